"""`docs/verify-by-hand.md`, the way with openssl: every block of it, typed into a shell."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from govgate.attest.keyfile import load_key
from govgate.attest.log import Log
from govgate.attest.proof import parse_proof
from tests.cli.conftest import run_govgate
from tests.conformance import byhand
from tests.conformance.conftest import Audit
from tests.tsa import Tsa

JQ, PYTHON = "Or JSON with Python", "JSON with jq"  # each leaves the other out


def _missing() -> str | None:
    """Why the page's tools are not here; None where they are."""
    if wanting := [t for t in ("openssl", "basenc", "awk", "sha256sum") if not shutil.which(t)]:
        return f"{wanting[0]} is not installed"
    said = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False)
    version = re.match(r"OpenSSL (\d+)", said.stdout)
    if version is None or int(version[1]) < 3:
        return f"openssl is not 3.0 or newer: {said.stdout.strip()}"
    return None


WHY = _missing()
pytestmark = pytest.mark.skipif(WHY is not None, reason=str(WHY))
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def go(folder: Path, leave_out: str = PYTHON, shell: str = "sh") -> tuple[int, str, str]:
    done = byhand.way("With openssl", leave_out=leave_out).go(folder, shell)
    return done.returncode, done.stdout, done.stderr


def assert_refused(folder: Path) -> None:
    code, out, err = go(folder)
    assert code != 0, out
    assert "holds" not in out
    assert err


@pytest.mark.parametrize("json", [pytest.param(JQ, marks=needs_jq, id="jq"), PYTHON])
@pytest.mark.parametrize("shell", ["sh", pytest.param("bash", marks=needs_bash)])
def test_a_record_holds_step_by_step(folder: Path, json: str, shell: str) -> None:
    code, out, err = go(folder, json, shell)
    assert (code, err) == (0, "")
    steps = [line for line in out.splitlines() if line[0].isdecimal()]
    assert [line.split("  ")[0] for line in steps] == ["1, 2", "3", "4", "5", "6", "7, 8", "9"]
    assert "allowed: GOVGATE_TRAINABLE GOVGATE_RETRIEVABLE" in out
    assert "entry 1 of govgate-log/" in out
    assert "5 train files" in out
    assert out.endswith("the record holds: train\n")


@needs_jq
def test_jq_and_python_take_the_same_out_of_the_json(audit: Audit, tmp_path: Path) -> None:
    def taken(name: str, run: str, leave_out: str) -> dict[str, bytes]:
        folder = audit.folder(tmp_path / f"{name} {run}", run)
        assert go(folder, leave_out)[0] == 0
        (folder / "check" / "line").unlink(missing_ok=True)  # only jq needs the line in a file
        return {path.name: path.read_bytes() for path in (folder / "check").iterdir()}

    for run in audit.runs:
        assert taken("jq", run, JQ) == taken("python", run, PYTHON), run


@pytest.mark.parametrize("run", ["retrieval-only", "blocked"])
def test_records_that_allow_no_training_hold_too(audit: Audit, tmp_path: Path, run: str) -> None:
    code, out, err = go(audit.folder(tmp_path / "audit", run))
    assert (code, err) == (0, "")
    assert out.endswith(f"the record holds: {run}\n")
    assert "0 train files" in out
    allowed = {"retrieval-only": "GOVGATE_RETRIEVABLE", "blocked": "nothing"}[run]
    assert f"allowed: {allowed}\n" in out


@pytest.mark.parametrize(
    ("before", "after"), [(0, 0), (0, 6), (5, 1), (6, 0), (4, 0), (3, 9), (7, 8)]
)
def test_the_entry_is_found_wherever_it_stands_in_the_log(
    audit: Audit, folder: Path, tmp_path: Path, before: int, after: int
) -> None:
    index = parse_proof((folder / "run" / "proof.tlog-proof").read_bytes()).index
    key = load_key(audit.home / "keys" / "log.pem")
    origin = (folder / "kept").read_text("utf-8").split("\n")[0]
    entry = Log(audit.home / "log", origin, key.public).entry(index)
    log = Log.create(tmp_path / "log", origin, key)
    entries = [b"before %d" % n for n in range(before)]
    for each in (*entries, entry, *(b"after %d" % n for n in range(after))):
        log.append(each)
    (folder / "run" / "proof.tlog-proof").write_bytes(log.prove(before).encode())
    code, out, err = go(folder)
    assert (code, err) == (0, "")
    assert f"entry {before} of {origin}, which had {before + 1 + after}" in out
    if before:
        (folder / "run" / "proof.tlog-proof").write_bytes(log.prove(before - 1).encode())
        assert "does not lead to the log's root" in go(folder)[2]


@pytest.mark.parametrize("damage", byhand.damages(), ids=lambda damage: damage.what)
def test_one_flipped_bit_is_refused(folder: Path, damage: byhand.Damage) -> None:
    assert "openssl" in damage.refused_by
    assert byhand.shell_run(damage.command, folder).returncode == 0
    assert_refused(folder)


@pytest.mark.parametrize("change", [*byhand.CHANGES, *byhand.LOG_CHANGES])
def test_what_does_not_count_is_refused(folder: Path, change: Callable[[Path], None]) -> None:
    change(folder)
    assert_refused(folder)


def test_a_file_that_the_record_does_not_name_is_named(folder: Path) -> None:
    (folder / "run" / "added later.txt").write_text("hello\n")
    assert "      not named by the record: run/added later.txt\n" in go(folder)[1]
    (folder / "run" / "withheld.parquet").unlink()
    assert_refused(folder)


@pytest.fixture
def stamped(folder: Path, tmp_path: Path) -> Path:
    """The auditor's folder, over a run with a time stamp by an authority of the trust file."""
    tsa = Tsa(tmp_path / "tsa")
    query, answer, at = tmp_path / "q.tsq", tmp_path / "a.tsr", ("--home", folder)
    for command in (
        ("key", "authority", tsa.folder / "root.pem", "--require"),
        ("stamp", folder / "run", "--request", query),
    ):
        assert run_govgate(*command, *at).returncode == 0
    answer.write_bytes(tsa.answer(query.read_bytes()))
    done = run_govgate("stamp", folder / "run", "--response", answer, *at)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("json", [pytest.param(JQ, marks=needs_jq, id="jq"), PYTHON])
def test_a_time_stamp_holds(stamped: Path, json: str) -> None:
    code, out, err = go(stamped, json)
    assert (code, err) == (0, "")
    assert re.search(r"^6     stamped \w{3} .* 20\d\d GMT$", out, re.MULTILINE)


def test_a_time_stamp_that_is_wrong_or_taken_away_is_refused(stamped: Path) -> None:
    path = stamped / "run" / "timestamp.tsr"
    sound = path.read_bytes()
    for at in (20, len(sound) // 2, len(sound) - 20):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        assert_refused(stamped)
    path.unlink()
    assert_refused(stamped)
