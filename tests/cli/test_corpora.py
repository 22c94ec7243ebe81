"""The first rows of real corpora, gated as their trainers get them."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.conftest import Cli

CORPORA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "corpora"
pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")
ROWS = 12

OPEN = {
    "hh_harmless_base_test.jsonl.gz": "MIT",
    "gsm8k_test.jsonl": "MIT",
    "gpteacher_roleplay.json": "MIT",
    "dpo_en_demo.json": "Apache-2.0",
    "glaive_toolcall_en_demo.json": "Apache-2.0",
    "c4_demo.jsonl": "ODC-By-1.0",
}
NONCOMMERCIAL = {"alpaca_en_demo.json": "CC-BY-NC-4.0"}
UNLICENSED: dict[str, str | None] = {"gsm8k_test.jsonl": None}


@pytest.mark.parametrize(
    ("licences", "code", "outcome"),
    [
        pytest.param(OPEN, 0, "train", id="open"),
        pytest.param(NONCOMMERCIAL, 1, "retrieval-only", id="non-commercial"),
        pytest.param(UNLICENSED, 3, "blocked", id="no licence named"),
    ],
)
def test_real_corpora_are_gated_as_their_licences_say(
    cli: Cli, tmp_path: Path, licences: dict[str, str | None], code: int, outcome: str
) -> None:
    run = tmp_path / "run"
    done = cli("gate", _cut(tmp_path / "data", licences), "--out", run, "--json")
    assert done.returncode == code, done.stderr + done.stdout
    answer = json.loads(done.stdout)
    assert answer["outcome"] == outcome
    assert {f["name"]: f["rows"] for f in answer["coverage"]["files"]} == dict.fromkeys(
        licences, ROWS
    )
    _rows_add_up(run, licences)
    verified = cli("verify", run)
    assert verified.returncode == 0, verified.stdout


def _rows_add_up(run: Path, licences: dict[str, str | None]) -> None:
    """Each row of a file is in the partition that its verdict names, and nowhere else."""
    verdicts = pl.read_parquet(run / "verdicts.parquet")
    withheld = pl.read_parquet(run / "withheld.parquet")["row"].to_list()
    for name in licences:
        stored = verdicts.filter(file=name)
        counts = dict(stored["partition"].value_counts().iter_rows())
        kept = {p: _count(run / p / name) for p in ("train", "retrieve")}
        kept["withheld"] = sum(row in withheld for row in stored["row"])
        assert kept == {p: counts.get(p, 0) for p in kept}, name
        assert sum(kept.values()) == ROWS


def _count(path: Path) -> int:
    return len(_rows(path)) if path.exists() else 0


def _rows(path: Path) -> list[Any]:
    text = _text(path)
    if path.name.endswith(".json"):
        value = json.loads(text)
        assert isinstance(value, list)
        return value
    return [json.loads(line) for line in text.splitlines() if line]


def _text(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def _cut(folder: Path, licences: dict[str, str | None]) -> Path:
    """The first rows of each corpus, cut out of its own text, and a manifest."""
    folder.mkdir()
    sources = []
    for name, licence in licences.items():
        text = _text(CORPORA / name)
        data = (_first_of_array(text) if name.endswith(".json") else _first_lines(text)).encode()
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        source = {"files": name, "name": name.split(".")[0], "license": licence}
        sources.append({**source, "consent_basis": "legitimate-interests"})
    manifest = json.dumps({"sources": sources})  # JSON is YAML
    (folder / "govgate.yaml").write_text(manifest, encoding="utf-8")
    return folder


def _first_lines(text: str) -> str:
    return "".join(line + "\n" for line in text.split("\n")[:ROWS])


def _first_of_array(text: str) -> str:
    end = text.index("[")
    for _ in range(ROWS):
        end = text.index("{", end)
        _, end = json.JSONDecoder().raw_decode(text, end)
    return text[:end] + "\n]\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "licence", "rows", "code"),
    [
        ("hh_harmless_base_test.jsonl.gz", "MIT", 2312, 0),
        ("gsm8k_test.jsonl", "MIT", 1319, 0),
        ("gpteacher_roleplay.json", "MIT", 1923, 0),
        ("dpo_en_demo.json", "Apache-2.0", 299, 0),
        ("glaive_toolcall_en_demo.json", "Apache-2.0", 300, 0),
        ("c4_demo.jsonl", "ODC-By-1.0", 300, 0),
        ("alpaca_en_demo.json", "CC-BY-NC-4.0", 999, 1),
    ],
)
def test_a_whole_corpus_is_gated_and_verifies(
    cli: Cli, tmp_path: Path, name: str, licence: str, rows: int, code: int
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / name).write_bytes((CORPORA / name).read_bytes())
    (data / "govgate.yaml").write_text(
        f'sources: [{{files: "*", name: corpus, license: {licence}, consent_basis: contract}}]\n',
        encoding="utf-8",
    )
    done = cli("gate", data, "--out", tmp_path / "run", "--json")
    assert done.returncode == code, done.stderr
    answer = json.loads(done.stdout)
    assert answer["coverage"]["rows"] == {"read": rows, "scanned": rows, "skipped": 0, "failed": 0}
    assert sum(answer["partitions"].values()) == rows
    assert cli("verify", tmp_path / "run").returncode == 0
