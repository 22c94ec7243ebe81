"""`govgate run`: exactly the gated bytes, or the command does not start."""

import os
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from govgate.attest.trustfile import load_trust
from govgate.enforce.admit import admit
from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.register.models import models
from govgate.register.runs import registered
from govgate.verify import verify
from tests.cli.conftest import Cli


def _change_a_byte(run: Path) -> None:
    part = run / "train" / "rows.jsonl"
    data = bytearray(part.read_bytes())
    data[20] ^= 1
    part.write_bytes(data)


def _add_a_file(run: Path) -> None:
    (run / "train" / "more.jsonl").write_text('{"prompt": "hello"}\n', encoding="utf-8")


def _add_a_file_beside(run: Path) -> None:
    (run / "notes.txt").write_text("hello", encoding="utf-8")


def _swap_in_a_link(run: Path) -> None:
    part = run / "train" / "rows.jsonl"
    elsewhere = run.parent / "elsewhere.jsonl"
    shutil.move(part, elsewhere)
    part.symlink_to(elsewhere)


def _swap_the_folder_for_a_link(run: Path) -> None:
    shutil.move(run / "train", run.parent / "elsewhere")
    (run / "train").symlink_to(run.parent / "elsewhere")


def _remove_a_file(run: Path) -> None:
    (run / "train" / "rows.jsonl").unlink()


def _change_the_policy(run: Path) -> None:
    policy = run / "policy.yaml"
    policy.write_bytes(policy.read_bytes() + b"# harmless\n")


def _change_a_verdict_table(run: Path) -> None:
    shutil.copy(run / "withheld.parquet", run / "verdicts.parquet")


def _drop_the_summary(run: Path) -> None:
    record = run / "record.intoto.jsonl"
    record.write_bytes(record.read_bytes().splitlines(keepends=True)[0])


def _swap_the_statements(run: Path) -> None:
    record = run / "record.intoto.jsonl"
    record.write_bytes(b"".join(reversed(record.read_bytes().splitlines(keepends=True))))


def _remove_the_proof(run: Path) -> None:
    (run / "proof.tlog-proof").unlink()


def _flip_a_signature(run: Path) -> None:
    record = run / "record.intoto.jsonl"
    data = record.read_bytes()
    place = data.index(b'"sig":"') + 20
    other = b"A" if data[place : place + 1] != b"A" else b"B"
    record.write_bytes(data[:place] + other + data[place + 1 :])


TAMPERINGS: dict[str, tuple[Callable[[Path], None], str]] = {
    "one changed byte": (_change_a_byte, "train/rows.jsonl is not the file"),
    "an added file": (_add_a_file, "train/more.jsonl was added"),
    "a file added beside": (_add_a_file_beside, "notes.txt was added"),
    "a link for a file": (_swap_in_a_link, "is a link"),
    "a link for the folder": (_swap_the_folder_for_a_link, "is a link"),
    "a missing file": (_remove_a_file, "train/rows.jsonl is missing"),
    "another policy": (_change_the_policy, "policy.yaml is not the file"),
    "other verdicts": (_change_a_verdict_table, "verdicts.parquet is not the file"),
    "a dropped summary": (_drop_the_summary, "one decision and its one summary"),
    "statements swapped": (_swap_the_statements, "predicate is not of type"),
    "no proof": (_remove_the_proof, "proof.tlog-proof is missing"),
    "a flipped signature": (_flip_a_signature, "the signature of key "),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_run_that_was_tampered_with_is_refused_and_named(
    cli: Cli, gated: Path, tmp_path: Path, what: str
) -> None:
    tamper, reason = TAMPERINGS[what]
    run = shutil.copytree(gated, tmp_path / "run")
    tamper(run)
    done = cli("run", run, "--", "touch", tmp_path / "started")
    assert done.returncode == 125
    assert done.stderr.startswith("govgate: refused: step ")
    assert reason in done.stderr
    assert not (tmp_path / "started").exists()
    verified = cli("verify", run)
    assert verified.returncode == 5
    assert reason in verified.stdout


def test_an_untrusted_key_is_refused(cli: Cli, gated: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert cli("key", "new", "--home", other).returncode == 0
    done = cli("run", gated, "--home", other, "--", "true")
    assert done.returncode == 125
    assert "0 valid signatures of trusted keys" in done.stderr


def test_a_revoked_key_is_refused_by_name(
    cli: Cli, gated: Path, home: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "home"
    copy.mkdir()
    text = (home / "trust.json").read_text(encoding="utf-8")
    (copy / "trust.json").write_text(
        text.replace(
            '"roles": [\n        "gate"',
            '"revoked": "2026-01-01",\n      "roles": [\n        "gate"',
        ),
        encoding="utf-8",
    )
    done = cli("run", gated, "--home", copy, "--", "true")
    assert done.returncode == 125
    assert "was revoked on 2026-01-01" in done.stderr


def test_the_command_sees_the_train_partition_and_nothing_else(cli: Cli, gated: Path) -> None:
    done = cli("run", gated, "--", "sh", "-c", 'ls "$GOVGATE_TRAIN_DATA"; echo "$GOVGATE_OUTCOME"')
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["rows.jsonl", "train"]
    path = cli("run", gated, "--", "sh", "-c", 'echo "$GOVGATE_TRAIN_DATA"').stdout.strip()
    assert Path(path) == gated.resolve() / "train"
    assert os.path.isabs(path)


def test_data_that_changes_under_the_command_is_reported(
    cli: Cli, gated: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(gated, tmp_path / "run")
    done = cli("run", run, "--", "sh", "-c", 'echo "{}" >> "$GOVGATE_TRAIN_DATA/rows.jsonl"')
    assert done.returncode == 5
    assert "changed while the command ran" in done.stderr


def test_a_command_that_does_not_exist_is_refused(cli: Cli, gated: Path) -> None:
    done = cli("run", gated, "--", "no-such-trainer")
    assert done.returncode == 125
    assert "no such command: no-such-trainer" in done.stderr


def test_the_command_is_killed_by_a_signal(cli: Cli, gated: Path) -> None:
    assert cli("run", gated, "--", "sh", "-c", "kill -TERM $$").returncode == 143


def test_a_training_is_noted_with_its_checkpoints_however_it_ends(
    cli: Cli, gated: Path, home: Path, tmp_path: Path
) -> None:
    before = len(models(Home(home)))
    listed = home / "register" / "models.json"
    look = f"import json; print(json.load(open({str(listed)!r}))['models'][-1]['exit'])"
    options = ("--checkpoint", "a.pt", "--checkpoint", tmp_path / "b.pt")
    started = cli("run", gated, *options, "--", sys.executable, "-c", look, cwd=tmp_path)
    assert started.stdout == "None\n", started.stderr
    assert cli("run", gated, "--", "sh", "-c", "kill -9 $$").returncode == 137
    assert cli("run", gated, "--", "no-such-command").returncode == 125
    noted = models(Home(home))[before:]
    assert [(one.model, one.command, one.exit) for one in noted] == [
        (str(tmp_path / "a.pt"), Path(sys.executable).name, 0),
        (str(tmp_path / "b.pt"), Path(sys.executable).name, 0),
        (None, "sh", 137),
    ]
    runs = {run.record: run.path for run in registered(Home(home))}
    assert {(one.run, runs[one.record]) for one in noted} == {(gated.resolve(), gated.resolve())}


def test_a_training_that_cannot_be_noted_does_not_start(
    cli: Cli, gated: Path, home: Path, tmp_path: Path
) -> None:
    other = tmp_path / "home"
    shutil.copytree(home, other, ignore=shutil.ignore_patterns("register", "cache"))
    (other / "register").write_text("in the way")
    done = cli("run", gated, "--home", other, "--", "touch", tmp_path / "started")
    assert done.returncode == 125
    assert "register" in done.stderr
    assert not (tmp_path / "started").exists()


def test_an_incomplete_run_is_refused(cli: Cli, data: Path, tmp_path: Path) -> None:
    (data / "broken.jsonl").write_text("{", encoding="utf-8")
    assert cli("gate", data, "--out", tmp_path / "run").returncode == 4
    done = cli("run", tmp_path / "run", "--", "true")
    assert done.returncode == 125
    assert "is incomplete: no record was issued" in done.stderr


def test_the_fallback_answers_when_training_is_refused(cli: Cli, retrieval_only: Path) -> None:
    script = 'test -s "$GOVGATE_RETRIEVAL" && test -z "$GOVGATE_TRAIN_DATA" && echo fallback'
    done = cli("run", retrieval_only, "--fallback", f"sh -c '{script}'", "--", "echo", "trained")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["fallback"]


def test_a_fallback_does_not_rescue_tampered_evidence(
    cli: Cli, retrieval_only: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(retrieval_only, tmp_path / "run")
    part = run / "retrieve" / "rows.jsonl"
    part.write_bytes(part.read_bytes() + b"{}\n")
    done = cli("run", run, "--fallback", "echo fallback", "--", "echo", "trained")
    assert done.returncode == 125
    assert done.stdout == ""


def test_a_policy_that_has_expired_since_admits_nothing_though_the_record_holds(
    gated: Path, home: Path
) -> None:
    trust, later = load_trust(home / "trust.json"), date(2099, 1, 1)
    assert verify(gated, trust, today=later).holds
    with pytest.raises(EvidenceError, match="policy default expired on 2027-12-31"):
        admit(gated, trust, today=later)
