"""What a run leaves behind and prints quotes no personal data."""

import base64
import json
from pathlib import Path

import polars as pl

from tests.cli.conftest import CARD, MAIL, ROWS, Cli, Gated, assert_silent, write_data


def test_personal_data_is_in_the_partitions_as_placeholders_and_nowhere_else(
    secretive: Gated, home: Path
) -> None:
    train = (secretive.run / "train" / "rows.jsonl").read_text(encoding="utf-8")
    assert "<EMAIL_ADDRESS_1>" in train
    assert "<CREDIT_CARD_1>" in train
    retrieve = (secretive.run / "retrieve" / "rows.jsonl").read_text(encoding="utf-8")
    assert "<EMAIL_ADDRESS_1>" in retrieve
    files = [p for p in secretive.run.rglob("*") if p.is_file()]
    assert len(files) == 13
    for path in files:
        assert_silent(_everything_in(path), path.name)
    entries = [p for p in (home / "log").rglob("*") if p.is_file() and p.name != ".lock"]
    assert entries
    for path in entries:
        assert_silent(_everything_in(path), path.name)
    assert_silent(secretive.printed, "what the gate printed")


def test_a_line_that_cannot_be_read_is_not_quoted(cli: Cli, tmp_path: Path) -> None:
    folder = write_data(tmp_path / "data")
    with (folder / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.write(f'{{"prompt": "{MAIL}" {CARD}\n')
    done = cli("gate", folder, "--out", tmp_path / "run")
    assert done.returncode == 4
    assert "rows.jsonl:23" in done.stdout
    assert_silent(done.stdout + done.stderr, "what the gate printed")
    for path in (tmp_path / "run").iterdir():
        assert_silent(_everything_in(path), path.name)


def test_a_member_name_that_is_personal_data_is_not_quoted(cli: Cli, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [*ROWS, {"prompt": "Who called?", MAIL: "the harbour"}]
    done = cli("gate", write_data(tmp_path / "data", rows), "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    explained = cli("explain", tmp_path / "run", "rows.jsonl:23").stdout
    assert "EMAIL_ADDRESS" in explained
    assert_silent(explained, "explain")
    assert_silent(_everything_in(tmp_path / "run" / "findings.parquet"), "findings.parquet")


def _everything_in(path: Path) -> str:
    """The file's bytes, the strings of its columns, the payloads within its envelopes."""
    data = path.read_bytes()
    text = data.decode("latin-1")
    if path.suffix == ".parquet":
        text += str(pl.read_parquet(path).to_dicts())
    if path.name.endswith(".intoto.jsonl"):
        for line in data.splitlines():
            text += base64.b64decode(json.loads(line)["payload"]).decode()
    return text
