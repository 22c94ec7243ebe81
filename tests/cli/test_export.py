"""`govgate export`: what a verified record says, in formats that others read.

That each is what its community's own reader takes is for `tests/conformance/test_export_*.py`.
"""

import base64
import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from govgate.attest.cosignature import Cosigner
from govgate.attest.note import Verifier
from govgate.cli.export import NAMES
from govgate.export.formats import NEEDS_ROWS, Format
from tests.cli.conftest import MAIL, ROWS, Cli, Gated, assert_silent, write_data

NEEDLE = "vellumquartz"


def exported(cli: Cli, run: Path, name: str, **options: object) -> str:
    done = cli("export", run, "--as", name, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def digest_of(run: Path) -> str:
    """The record's name: SHA-256 of its payload."""
    line = (run / "record.intoto.jsonl").read_bytes().splitlines()[0]
    return sha256(base64.b64decode(json.loads(line)["payload"])).hexdigest()


def test_the_command_offers_every_format_that_there_is() -> None:
    assert set(NAMES) == set(Format)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_record_gives_the_same_bytes_wherever_it_lies_and_goes(
    cli: Cli, gated: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "new").mkdir()
    out = tmp_path / "new" / "out"
    done = cli("export", gated, "--as", name, "-o", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{out}: {out.stat().st_size:,} bytes\n"
    moved = shutil.copytree(gated, tmp_path / "elsewhere")
    printed = exported(cli, moved, name, env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"})
    assert out.read_text(encoding="utf-8") == printed
    assert digest_of(gated) in printed
    assert str(tmp_path) not in printed
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize("name", NAMES)
def test_no_text_of_a_row_is_in_any_format(
    cli: Cli, secretive: Gated, tmp_path: Path, name: str
) -> None:
    assert_silent(exported(cli, secretive.run, name), name)


def test_no_word_of_a_row_its_names_or_its_licence_is_in_any_format(
    cli: Cli, tmp_path: Path
) -> None:
    rows: list[dict[str, object]] = [
        *ROWS,
        *ROWS[4:],
        {"prompt": f"What is {NEEDLE}?", "completion": "A stone."},
        {"prompt": "And this?", f"{NEEDLE}_field": "A stone."},
        {"prompt": "And that?", "completion": "A stone.", "license": f"{NEEDLE} licence"},
    ]
    run = tmp_path / "run"
    done = cli("gate", write_data(tmp_path / "data", rows), "--out", run)
    assert done.returncode == 0, done.stderr
    assert (run / "train" / "rows.jsonl").read_text(encoding="utf-8").count(NEEDLE) == 2
    for name in NAMES:
        text = exported(cli, run, name)
        assert NEEDLE not in text, name
        assert "rows.jsonl" in text, name


@pytest.mark.parametrize(
    ("damage", "step"),
    [
        ("train/rows.jsonl", "step 7"),
        ("verdicts.parquet", "step 8"),
        ("record.intoto.jsonl", "step 1"),
        ("proof.tlog-proof", "step 5"),
    ],
)
def test_a_run_that_does_not_verify_is_not_exported(
    cli: Cli, gated: Path, tmp_path: Path, damage: str, step: str
) -> None:
    run = shutil.copytree(gated, tmp_path / "run")
    with (run / damage).open("ab") as file:
        file.write(b"x")
    out = tmp_path / "out"
    done = cli("export", run, "--as", "spdx", "-o", out)
    assert (done.returncode, done.stdout) == (5, "")
    assert "does not verify, so nothing is exported" in done.stderr
    assert step in done.stderr
    assert not out.exists()


def test_a_run_that_does_not_verify_leaves_the_file_as_it_was(
    cli: Cli, gated: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(gated, tmp_path / "run")
    (run / "train" / "rows.jsonl").write_text("{}\n")
    out = tmp_path / "out"
    out.write_text("mine")
    done = cli("export", run, "--as", "cyclonedx", "--out", out, "--replace")
    assert (done.returncode, out.read_text()) == (5, "mine")


def test_signatures_of_strangers_do_not_count(cli: Cli, gated: Path, tmp_path: Path) -> None:
    done = cli("key", "new", "--home", tmp_path / "other")
    assert done.returncode == 0, done.stderr
    strange = ("--trust", tmp_path / "other" / "trust.json")
    done = cli("export", gated, "--as", "spdx", *strange)
    assert (done.returncode, done.stdout) == (5, "")
    assert "step 2" in done.stderr


def test_witnesses_that_are_asked_for_must_have_signed(
    cli: Cli, gated: Path, tmp_path: Path
) -> None:
    assert cli("key", "new", "--home", tmp_path / "w", "--origin", "w.example").returncode == 0
    key = Verifier.parse(cli("key", "show", "--vkey", "--home", tmp_path / "w").stdout.strip())
    log = cli("key", "show", "--vkey").stdout.strip()
    (tmp_path / "quorum").write_text(
        f"log {log}\nwitness w {Cosigner(key.name, key.key).vkey}\nquorum w\n"
    )
    done = cli("export", gated, "--as", "spdx", "--quorum", tmp_path / "quorum")
    assert (done.returncode, done.stdout) == (5, "")
    assert "step 5" in done.stderr
    assert "cosigned by nobody" in done.stderr


def test_an_incomplete_run_has_no_record_to_export(cli: Cli, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    with (data / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.write(f'{{"prompt": "{MAIL}"\n')
    run = tmp_path / "run"
    assert cli("gate", data, "--out", run).returncode == 4
    out = tmp_path / "out"
    done = cli("export", run, "--as", "openlineage", "--out", out)
    assert (done.returncode, done.stdout) == (5, "")
    assert "is incomplete: no record was issued for it" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize("name", sorted(NEEDS_ROWS))
def test_a_format_that_only_describes_files_is_refused_without_files(
    cli: Cli, retrieval_only: Path, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    done = cli("export", retrieval_only, "--as", name, "--out", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the train partition is empty" in done.stderr
    assert "export as spdx, cyclonedx or openlineage" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize("name", sorted(set(NAMES) - NEEDS_ROWS))
def test_the_others_say_that_nothing_passed(cli: Cli, retrieval_only: Path, name: str) -> None:
    text = exported(cli, retrieval_only, name)
    assert "retrieval-only" in text
    assert "train/rows.jsonl" not in text


def test_what_is_asked_wrongly_is_refused(cli: Cli, gated: Path, tmp_path: Path) -> None:
    for wrong, said in (
        (("--as", "docx"), "'docx' is not one of"),
        ((), "Missing option '--as'"),
        (("--as", "spdx", "--out", tmp_path), "is a directory"),
    ):
        done = cli("export", gated, *wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
    done = cli("export", tmp_path / "nowhere", "--as", "spdx")
    assert (done.returncode, "is not a run directory" in done.stderr) == (2, True)


def test_a_file_that_is_there_is_replaced_only_when_asked(
    cli: Cli, gated: Path, tmp_path: Path
) -> None:
    out, aim = tmp_path / "out", tmp_path / "aim"
    out.write_text("mine")
    done = cli("export", gated, "--as", "spdx", "--out", out)
    assert (done.returncode, out.read_text()) == (2, "mine")
    assert "exists already" in done.stderr
    assert cli("export", gated, "--as", "spdx", "--out", out, "--replace").returncode == 0
    assert out.read_text(encoding="utf-8") == exported(cli, gated, "spdx")
    link = tmp_path / "link"
    link.symlink_to(aim)
    assert cli("export", gated, "--as", "spdx", "--out", link).returncode == 2
    assert not aim.exists()


def test_a_folder_that_is_not_there_gets_no_part_of_a_file(
    cli: Cli, gated: Path, tmp_path: Path
) -> None:
    done = cli("export", gated, "--as", "spdx", "--out", tmp_path / "no" / "out")
    assert (done.returncode, done.stdout) == (4, "")
    assert "it does not exist" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_into_the_run(cli: Cli, gated: Path, tmp_path: Path) -> None:
    run = shutil.copytree(gated, tmp_path / "run")
    for place in (run / "README.md", run / "train" / "x", tmp_path / "." / "run" / "x"):
        done = cli("export", run, "--as", "huggingface", "--out", place)
        assert done.returncode == 2
        assert "would no longer verify" in done.stderr
    assert cli("verify", run).returncode == 0
