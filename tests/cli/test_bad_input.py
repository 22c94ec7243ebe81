"""Whatever is wrong with the input ends in a counted failure or a clear error, no traceback."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from tests.cli.conftest import MANIFEST, ROWS, Cli, write_data

GOOD = "".join(json.dumps(row) + "\n" for row in ROWS).encode()

# What is appended to 22 good lines, and the code that the 23rd is counted under.
BAD_LINES = {
    "malformed-json": b'{"prompt": \n',
    "invalid-utf8": b'{"prompt": "\xff\xfe"}\n',
    "not-a-number": b'{"prompt": "x", "score": NaN}\n',
    "duplicate-key": b'{"prompt": "x", "prompt": "y"}\n',
    "too-deep": b"[" * 10_000 + b"]" * 10_000 + b"\n",
    "lone-surrogate": b'{"prompt": "\\ud800"}\n',
    "row-too-long": b'{"prompt": "' + b"x" * 100_000_000 + b'"}\n',
}


@pytest.mark.parametrize("code", BAD_LINES)
def test_a_bad_line_is_counted_by_place_and_loses_no_other(
    cli: Cli, tmp_path: Path, code: str
) -> None:
    folder = _folder(tmp_path, {"rows.jsonl": GOOD + BAD_LINES[code] + GOOD})
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 4, done.stderr
    coverage = _coverage(tmp_path / "run")
    assert coverage["rows"] == {"read": 45, "scanned": 44, "skipped": 0, "failed": 1}
    (failure,) = coverage["failures"]
    assert (failure["code"], failure["row"]) == (code, "rows.jsonl:23")
    assert failure["message"]
    assert failure["remedy"]
    assert "rows.jsonl:23" in done.stdout
    _no_partial_result(tmp_path)


def _truncated_parquet(tmp_path: Path) -> bytes:
    path = tmp_path / "whole.parquet"
    pl.DataFrame(ROWS[:3]).write_parquet(path)
    return path.read_bytes()[:-20]


def _truncated_arrow(tmp_path: Path) -> bytes:
    path = tmp_path / "whole.arrow"
    pl.DataFrame(ROWS[:3]).write_ipc(path)
    return path.read_bytes()[:-20]


BAD_FILES: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "truncated gzip": ("rows.jsonl.gz", lambda _: gzip.compress(GOOD * 50)[:-30]),
    "not gzip at all": ("rows.jsonl.gz", lambda _: GOOD),
    "truncated zstd": ("rows.jsonl.zst", lambda _: zstandard.compress(GOOD * 50)[:-30]),
    "truncated parquet": ("rows.parquet", _truncated_parquet),
    "truncated arrow": ("rows.arrow", _truncated_arrow),
    "empty parquet": ("rows.parquet", lambda _: b""),
    "a JSON array cut short": ("rows.json", lambda _: b'[{"text": "one"}, {"text": "tw'),
    "UTF-16": ("rows.jsonl", lambda _: GOOD.decode().encode("utf-16")),
    "NUL bytes in text": ("notes.txt", lambda _: b"one\x00two"),
    "a CSV row with too many fields": ("rows.csv", lambda _: b"text\none\ntwo,three\n"),
    "an open quote in CSV": ("rows.csv", lambda _: b'text\none\n"two\nthree\n'),
}


@pytest.mark.parametrize("what", BAD_FILES)
def test_a_bad_file_makes_the_run_incomplete(cli: Cli, tmp_path: Path, what: str) -> None:
    name, make = BAD_FILES[what]
    folder = _folder(tmp_path, {"good.jsonl": GOOD, name: make(tmp_path)})
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 4, done.stderr + done.stdout
    coverage = _coverage(tmp_path / "run")
    assert coverage["rows"]["scanned"] >= len(ROWS)
    assert coverage["rows"]["failed"] >= 1
    assert all(failure["row"].startswith(name) for failure in coverage["failures"])
    assert "Traceback" not in done.stderr
    _no_partial_result(tmp_path)


def test_rows_before_a_truncation_are_read(cli: Cli, tmp_path: Path) -> None:
    body = "".join(json.dumps({"text": f"Row {os.urandom(40).hex()}"}) + "\n" for _ in range(400))
    folder = _folder(tmp_path, {"rows.jsonl.gz": gzip.compress(body.encode())[:-3000]})
    assert cli("gate", folder, "--out", tmp_path / "run").returncode == 4
    assert _coverage(tmp_path / "run")["rows"]["scanned"] > 100


def test_a_byte_order_mark_and_crlf_are_read_and_kept(cli: Cli, tmp_path: Path) -> None:
    body = b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n")
    folder = _folder(tmp_path, {"rows.jsonl": body})
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stdout
    train = (tmp_path / "run" / "train" / "rows.jsonl").read_bytes()
    assert train.count(b"\r\n") == train.count(b"\n") == 20


def test_files_of_different_schemas_are_gated_together(cli: Cli, tmp_path: Path) -> None:
    folder = _folder(
        tmp_path,
        {
            "a.jsonl": GOOD,
            "b.json": b'[{"instruction": "Say hello.", "input": "", "output": "Hello."}]',
            "c.csv": b"title,text\nTea,Leaves and water.\n",
            "d.txt": b"A plain text about lighthouses.\n",
        },
    )
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stdout
    names = sorted(p.name for p in (tmp_path / "run" / "train").iterdir())
    assert names == ["a.jsonl", "b.json", "c.csv", "d.txt"]


def test_an_empty_file_beside_others_is_fine_and_nothing_at_all_is_incomplete(
    cli: Cli, tmp_path: Path
) -> None:
    folder = _folder(tmp_path, {"empty.jsonl": b""})
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 4
    assert "the data holds no rows at all" in done.stdout
    (folder / "rows.jsonl").write_bytes(GOOD)
    assert cli("gate", folder, "--out", tmp_path / "run2").returncode == 0


def test_a_folder_without_data_is_incomplete_and_says_what_it_holds(
    cli: Cli, tmp_path: Path
) -> None:
    folder = _folder(tmp_path, {"README.md": b"# nothing"})
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 4
    assert "there is nothing to gate" in done.stderr


def test_a_missing_path_is_an_error_of_usage(cli: Cli, tmp_path: Path) -> None:
    done = cli("gate", tmp_path / "nowhere.jsonl", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "nowhere.jsonl: no such file or folder" in done.stderr


def test_a_file_name_that_could_steer_a_terminal_is_refused(cli: Cli, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"ro\x1b[2Jws.jsonl": GOOD})
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "rename the file" in done.stderr
    assert "\x1b" not in done.stderr


def test_an_empty_argument_does_not_mean_the_working_directory(cli: Cli, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"rows.jsonl": GOOD})
    done = cli("gate", "", "--out", tmp_path / "run", cwd=folder)
    assert done.returncode == 2
    assert "no data was named" in done.stderr


def test_bytes_in_a_table_are_never_passed_unseen(cli: Cli, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"rows.jsonl": GOOD})
    pl.DataFrame({"text": [b"jane.doe@example.com"]}).write_parquet(folder / "b.parquet")
    assert cli("gate", folder, "--out", tmp_path / "run").returncode == 4
    (failure,) = _coverage(tmp_path / "run")["failures"]
    assert (failure["row"], failure["code"]) == ("b.parquet:1", "unsupported-value")


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ('sources: [{files: "[z-a].jsonl", name: x}]\n', "govgate.yaml:1:19: "),
        (MANIFEST + "    subject_field: userid\n", "no row of source tests has its subject_field"),
        (MANIFEST.replace("license:", "licence:"), "did you mean license?"),
    ],
    ids=["a glob that cannot be read", "a subject field that no row has", "a misspelt key"],
)
def test_a_mistake_in_the_configuration_stops_the_gate(
    cli: Cli, tmp_path: Path, manifest: str, message: str
) -> None:
    folder = _folder(tmp_path, {"rows.jsonl": GOOD})
    (folder / "govgate.yaml").write_text(manifest, encoding="utf-8")
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_source_that_matches_nothing_is_said(cli: Cli, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"rows.jsonl": GOOD})
    more = MANIFEST + '  - files: "ghost.jsonl"\n    name: ghost\n'
    (folder / "govgate.yaml").write_text(more, encoding="utf-8")
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert "source ghost: no file matches ghost.jsonl" in done.stdout


def test_an_answer_that_nobody_reads_is_no_answer(cli: Cli, home: Path, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"rows.jsonl": GOOD})
    command = f"{sys.executable} -m govgate gate {folder} --home {home} --out {tmp_path}/"
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": str(root)}
    full = subprocess.run(f"{command}a > /dev/full", shell=True, env=env, check=False)
    assert full.returncode == 4
    closed = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}b | true"], env=env, check=False
    )
    assert closed.returncode == 141


def test_links_that_dangle_or_loop_are_counted(cli: Cli, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"rows.jsonl": GOOD})
    (folder / "dangling.jsonl").symlink_to(folder / "gone.jsonl")
    (folder / "loop.jsonl").symlink_to(folder / "loop.jsonl")
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 4, done.stderr
    failed = {f["row"].split(":")[0] for f in _coverage(tmp_path / "run")["failures"]}
    assert failed == {"dangling.jsonl", "loop.jsonl"}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_an_unreadable_file_is_counted(cli: Cli, tmp_path: Path) -> None:
    folder = _folder(tmp_path, {"rows.jsonl": GOOD, "secret.jsonl": GOOD})
    # Root reads everything, so what it cannot open stands in: a socket.
    if os.geteuid() == 0:
        import socket

        (folder / "secret.jsonl").unlink()
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(folder / "secret.jsonl"))
    else:
        (folder / "secret.jsonl").chmod(0)
    assert cli("gate", folder, "--out", tmp_path / "run").returncode == 4
    assert "secret.jsonl" in json.dumps(_coverage(tmp_path / "run")["failures"])


def _folder(tmp_path: Path, files: dict[str, bytes]) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "govgate.yaml").write_text(MANIFEST, encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def _coverage(run: Path) -> Any:
    return json.loads((run / "coverage.json").read_text(encoding="utf-8"))


def _no_partial_result(tmp_path: Path) -> None:
    assert not (tmp_path / "run" / "train").exists()
    assert not (tmp_path / "run" / "record.intoto.jsonl").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_configuration_deeper_in_the_data_does_not_go_unheard(cli: Cli, tmp_path: Path) -> None:
    data = write_data(tmp_path / "data")
    write_data(data / "more")
    out = tmp_path / "run"
    done = cli("gate", data, "--out", out)
    assert done.returncode == 2
    assert "more/govgate.yaml lies in the data and would not be read" in done.stderr
    assert not out.exists()
    done = cli("gate", data, "--out", out, "--config", data / "govgate.yaml")
    assert done.returncode == 0, done.stderr
    assert "more/govgate.yaml (a configuration that this run did not read)" in done.stdout


def test_a_configuration_beside_what_a_pattern_matches_does_not_go_unheard(
    cli: Cli, tmp_path: Path
) -> None:
    write_data(tmp_path / "data" / "one")
    for pattern in ("data/*/rows.jsonl", "data/**/*.jsonl"):
        done = cli("gate", pattern, "--out", tmp_path / "run", cwd=tmp_path)
        assert done.returncode == 2
        assert "one/govgate.yaml lies in the data and would not be read" in done.stderr
    config = ("--config", "data/one/govgate.yaml")
    assert cli("gate", pattern, "--out", tmp_path / "run", *config, cwd=tmp_path).returncode == 0


def test_nothing_is_written_into_a_run(cli: Cli, gated: Path, data: Path) -> None:
    for words in (
        ("gate", data, "--out", gated / "train" / "run"),
        ("prove", gated, "--row", "rows.jsonl:9", "--out", gated / "answer"),
    ):
        done = cli(*words)
        assert done.returncode == 2
        assert "a run, which would no longer verify" in done.stderr
    assert cli("verify", gated).returncode == 0
