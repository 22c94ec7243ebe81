"""`docs/verify-by-hand.md`, the way with Go: its program, over what gate and the log wrote."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from govgate.attest.keyfile import load_key
from govgate.attest.log import Log
from tests.cli.conftest import run_govgate
from tests.conformance import byhand
from tests.conformance.conftest import Audit

PROGRAM = byhand.ROOT / "examples" / "verify-by-hand" / "main.go"
pytestmark = pytest.mark.evidence


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built with the page's own commands (all but the last of the first block)."""
    if not shutil.which("go"):
        pytest.fail("go is missing: run `make evidence-tools`")
    folder = tmp_path_factory.mktemp("go")
    shutil.copy(PROGRAM, folder)
    *build, _verify = byhand.way("With Go", last=1).script.rstrip("\n").split("\n")
    env = {**os.environ, "GOCACHE": str(folder / "cache"), "GOPROXY": "off"}
    done = byhand.shell_run("\n".join(build), folder, env=env)
    assert done.returncode == 0, done.stderr
    return folder / "verify-by-hand"


@pytest.fixture
def go(built: Path, folder: Path) -> Callable[..., tuple[int, str, str]]:
    """Type the page's commands without those that build: `record`, `log` or both."""

    def run(*wanted: str, where: Path = folder) -> tuple[int, str, str]:
        shutil.copy(built, where)
        lines = byhand.way("With Go").script.split("\n")
        typed = [line for line in lines if line.startswith("./")]
        assert [line.split()[1] for line in typed] == ["record", "log"]
        script = "\n".join(line for line in typed if line.split()[1] in (wanted or line))
        done = byhand.shell_run(script, where)
        return done.returncode, done.stdout, done.stderr

    return run


def test_the_program_is_in_gos_own_format_and_vet_finds_nothing() -> None:
    formatted = subprocess.run(["gofmt", "-l", PROGRAM], capture_output=True, check=True)
    assert formatted.stdout == b""
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}
    subprocess.run(["go", "vet", PROGRAM], check=True, env=env)


def test_a_record_and_the_whole_log_hold(go, audit: Audit) -> None:
    code, out, err = go()
    assert (code, err) == (0, "")
    assert "the record holds: train\n" in out
    assert "entry 1 of govgate-log/" in out
    assert "the first 1 entries are those of the checkpoint kept\n" in out
    assert "the log holds: 4 entries of govgate-log/" in out
    shown = run_govgate("key", "show", "--vkey", "--home", audit.home)
    assert f"log key {shown.stdout}" in out


@pytest.mark.parametrize("run", ["retrieval-only", "blocked"])
def test_records_that_allow_no_training_hold_too(go, audit: Audit, tmp_path: Path, run: str):
    code, out, err = go("record", where=audit.folder(tmp_path / run, run))
    assert (code, err) == (0, "")
    assert out.endswith(f"the record holds: {run}\n")


@pytest.mark.parametrize("damage", byhand.damages(), ids=lambda damage: damage.what)
def test_a_flipped_bit_is_refused_where_the_page_says_so(
    go, folder: Path, damage: byhand.Damage
) -> None:
    assert byhand.shell_run(damage.command, folder).returncode == 0
    code, out, err = go("record")
    refused = "Go" in damage.refused_by
    assert (code != 0, "holds" not in out, bool(err)) == (refused, refused, refused)


@pytest.mark.parametrize("change", [*byhand.CHANGES, *byhand.LOG_CHANGES])
def test_what_does_not_count_is_refused(go, folder: Path, change: Callable[[Path], None]) -> None:
    change(folder)
    code, out, err = go("record")
    assert code == 1
    assert "holds" not in out
    assert err.startswith("no: ")


@pytest.mark.parametrize("file", ["checkpoint", "tile/0/000.p/4", "tile/entries/000.p/4"])
def test_any_flipped_bit_of_the_log_is_refused(go, folder: Path, file: str) -> None:
    path = folder / "log" / file
    sound = path.read_bytes()
    for at in range(0, len(sound), 29):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        code, out, err = go("log")
        assert code == 1, at
        assert "holds" not in out
        assert err.startswith("no: ")
    path.write_bytes(sound)
    assert go("log")[0] == 0


@pytest.mark.parametrize("size", [255, 256, 257, 300, 600])
def test_logs_of_several_tiles_are_read(go, audit: Audit, folder: Path, size: int) -> None:
    key = load_key(audit.home / "keys" / "log.pem")
    origin = (folder / "kept").read_text("utf-8").split("\n")[0]
    shutil.rmtree(folder / "log")
    log = Log.create(folder / "log", origin, key)
    kept = {}
    for number in range(size):
        log.append(b"entry %d" % number)
        if number + 1 in (1, 3, 200, size - 1, size):
            kept[number + 1] = log.signed_checkpoint()
    for old, checkpoint in kept.items():
        (folder / "kept").write_bytes(checkpoint)
        code, out, err = go("log")
        assert (code, err) == (0, "")
        assert f"the first {old} entries are those of the checkpoint kept\n" in out
        assert f"the log holds: {size} entries of {origin}\n" in out


def test_a_log_that_was_rolled_back_or_forked_is_refused(go, audit: Audit, folder: Path) -> None:
    shutil.copy(folder / "log" / "checkpoint", folder / "kept")
    key = load_key(audit.home / "keys" / "log.pem")
    origin = (folder / "kept").read_text("utf-8").split("\n")[0]
    for entries, why in ((3, "has 4"), (4, "proof"), (5, "proof")):
        shutil.rmtree(folder / "log")
        log = Log.create(folder / "log", origin, key)
        for number in range(entries):
            log.append(b"another %d" % number)
        code, out, err = go("log")
        assert code == 1
        assert "holds" not in out
        assert why in err
