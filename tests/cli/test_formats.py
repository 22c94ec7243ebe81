"""Every format, plain and compressed: what goes in comes out once, in its own format."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from tests.cli.conftest import MANIFEST, Cli, write_data

MAIL = "jane.doe@example.com"
PLACEHOLDER = "<EMAIL_ADDRESS_1>"
OPEN, LOOKUP, CLOSED = "CC0-1.0", "CC-BY-NC-4.0", "LicenseRef-All-Rights-Reserved"
ROWS: list[dict[str, Any]] = [
    {"n": 0, "text": "How do I reset the lamp? Open the lid.", "license": OPEN},
    {"n": 1, "text": f'Write to {MAIL}, "soon", please.', "license": OPEN},
    {"n": 2, "text": "Does the kettle ship abroad? Yes.", "license": LOOKUP},
    {"n": 3, "text": "Is the strap leather? It is cork.", "license": OPEN},
    {"n": 4, "text": "Why is the light red? The tank is empty.", "license": CLOSED},
    {
        "n": 5,
        "text": "Is there a discount at the café? There is.",
        "license": OPEN,
    },
]
TRAINED, LOOKED_UP, WITHHELD = [0, 1, 3, 5], [2], [4]

COMPRESSIONS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "": (bytes, bytes),
    ".gz": (gzip.compress, gzip.decompress),
    ".zst": (
        zstandard.compress,
        lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    ),
}


def _json_line(row: dict[str, Any], number: int) -> bytes:
    """One row as JSON, spelled in a way that no serialiser would choose again."""
    spaces = " " * (number + 1)
    text = json.dumps(row["text"])  # é becomes an escape, which must stay one
    return f'{{"n":{row["n"]},{spaces}"text" : {text}, "license":"{row["license"]}" }}'.encode()


def _delimited_line(row: dict[str, Any], delimiter: str) -> bytes:
    """One record with its text quoted, whether it must be or not, and an unquoted licence."""
    text = row["text"].replace('"', '""')
    return f'{row["n"]}{delimiter}"{text}"{delimiter}{row["license"]}\r\n'.encode()


def _jsonl(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(_json_line(row, n) + b"\n" for n, row in enumerate(rows))


def _json(rows: list[dict[str, Any]]) -> bytes:
    return b"[\n" + b",\n".join(_json_line(row, n) for n, row in enumerate(rows)) + b"\n]\n"


def _delimited(delimiter: str) -> Callable[[list[dict[str, Any]]], bytes]:
    head = delimiter.join(ROWS[0]).encode() + b"\r\n"
    return lambda rows: head + b"".join(_delimited_line(row, delimiter) for row in rows)


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(rows, schema_overrides={"n": pl.Int16}).write_parquet(out)
    return out.getvalue()


def _arrow(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(rows, schema_overrides={"n": pl.Int16}).write_ipc(out)
    return out.getvalue()


def _read_delimited(delimiter: str) -> Callable[[bytes], list[dict[str, Any]]]:
    def read(data: bytes) -> list[dict[str, Any]]:
        records = csv.DictReader(io.StringIO(data.decode(), newline=""), delimiter=delimiter)
        assert records.fieldnames == list(ROWS[0])
        return [{**record, "n": int(record["n"])} for record in records]

    return read


def _read_frame(reader: Callable[[io.BytesIO], pl.DataFrame]) -> Callable[[bytes], Any]:
    def read(data: bytes) -> list[dict[str, Any]]:
        frame = reader(io.BytesIO(data))
        assert frame.schema == {"n": pl.Int16, "text": pl.String, "license": pl.String}
        return frame.to_dicts()

    return read


WRITERS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "jsonl": _jsonl,
    "json": _json,
    "csv": _delimited(","),
    "tsv": _delimited("\t"),
    "parquet": _parquet,
    "arrow": _arrow,
}
READERS: dict[str, Callable[[bytes], list[dict[str, Any]]]] = {
    "jsonl": lambda data: [json.loads(line) for line in data.splitlines()],
    "json": json.loads,
    "csv": _read_delimited(","),
    "tsv": _read_delimited("\t"),
    "parquet": _read_frame(pl.read_parquet),
    "arrow": _read_frame(pl.read_ipc),
}
LINES = ("jsonl", "csv", "tsv")
NAMES = {format_: [f"rows.{format_}{suffix}" for suffix in COMPRESSIONS] for format_ in WRITERS}
ALL = sorted(name for names in NAMES.values() for name in names)


@pytest.fixture(scope="module")
def every_format(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the rows in every format, plain and compressed."""
    top = tmp_path_factory.mktemp("formats")
    (top / "data").mkdir()
    (top / "data" / "govgate.yaml").write_text(MANIFEST, encoding="utf-8")
    for format_, names in NAMES.items():
        for name, (compress, _) in zip(names, COMPRESSIONS.values(), strict=True):
            (top / "data" / name).write_bytes(compress(WRITERS[format_](ROWS)))
    done = cli("gate", top / "data", "--out", top / "run")
    assert done.returncode == 0, done.stderr + done.stdout
    assert cli("verify", top / "run").returncode == 0
    return top / "run"


def test_every_file_comes_out_in_the_partitions_that_its_rows_go_to(every_format: Path) -> None:
    for partition in ("train", "retrieve"):
        assert sorted(p.name for p in (every_format / partition).iterdir()) == ALL


@pytest.mark.parametrize("format_", WRITERS)
def test_each_format_comes_out_as_it_went_in_plain_or_compressed(
    every_format: Path, format_: str
) -> None:
    run, names, content = every_format, NAMES[format_], WRITERS[format_](ROWS)
    for name, (_, decompress) in zip(names, COMPRESSIONS.values(), strict=True):
        train = decompress((run / "train" / name).read_bytes())
        retrieve = decompress((run / "retrieve" / name).read_bytes())
        assert READERS[format_](train) == [_redacted(ROWS[n]) for n in TRAINED], name
        assert READERS[format_](retrieve) == [ROWS[n] for n in LOOKED_UP], name
        if format_ in LINES:
            _same_bytes(content, train, format_)
    withheld = _withheld(run, ALL, len(ROWS))
    assert {name: withheld[name] for name in names} == dict.fromkeys(names, WITHHELD)


def _redacted(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "text": row["text"].replace(MAIL, PLACEHOLDER)}


def _same_bytes(content: bytes, train: bytes, format_: str) -> None:
    """Every row but the redacted one stands in the partition as the bytes it came in."""
    header = int(format_ != "jsonl")
    given, kept = content.splitlines(keepends=True), train.splitlines(keepends=True)
    assert kept[:header] == given[:header]
    untouched = [(place, n) for place, n in enumerate(TRAINED) if n != 1]
    for place, n in untouched:
        assert kept[header + place] == given[header + n]
    assert MAIL.encode() not in train
    assert PLACEHOLDER.encode() in kept[header + TRAINED.index(1)]


def _withheld(run: Path, names: list[str], rows: int) -> dict[str, list[int]]:
    """Places of the withheld rows within each file, told by the data set's order."""
    table = pl.read_parquet(run / "withheld.parquet")
    found: dict[str, list[int]] = {name: [] for name in names}
    for index, file, reasons in table.select("index", "file", "reasons").iter_rows():
        found[file].append(index - rows * names.index(file))
        assert "license-proprietary" in reasons
    return found


TEXT_MANIFEST = "sources:\n" + "".join(
    f'  - {{files: "{kind}-*", name: {kind}, license: {licence}, consent_basis: contract}}\n'
    for kind, licence in (("open", OPEN), ("lookup", LOOKUP), ("closed", CLOSED))
)


def test_a_text_file_is_one_row_plain_or_compressed(cli: Cli, tmp_path: Path) -> None:
    folder, run = tmp_path / "data", tmp_path / "run"
    folder.mkdir()
    (folder / "govgate.yaml").write_text(TEXT_MANIFEST, encoding="utf-8")
    kinds = {OPEN: "open", LOOKUP: "lookup", CLOSED: "closed"}
    names = {
        row["n"]: [f"{kinds[row['license']]}-{row['n']}.txt{suffix}" for suffix in COMPRESSIONS]
        for row in ROWS
    }
    for row in ROWS:
        content = f"{row['text']}\r\nA second line.".encode()
        for name, (compress, _) in zip(names[row["n"]], COMPRESSIONS.values(), strict=True):
            (folder / name).write_bytes(compress(content))

    done = cli("gate", folder, "--out", run)
    assert done.returncode == 0, done.stderr + done.stdout
    for partition, numbers in (("train", TRAINED), ("retrieve", LOOKED_UP)):
        kept = {p.name: p.read_bytes() for p in (run / partition).iterdir()}
        assert sorted(kept) == sorted(name for n in numbers for name in names[n])
        for n in numbers:
            expected = f"{_redacted(ROWS[n])['text']}\r\nA second line.".encode()
            for name, (_, decompress) in zip(names[n], COMPRESSIONS.values(), strict=True):
                assert decompress(kept[name]) == expected, name
    withheld = pl.read_parquet(run / "withheld.parquet")["file"].to_list()
    assert sorted(withheld) == sorted(name for n in WITHHELD for name in names[n])


def test_files_a_glob_and_a_folder_are_gated_as_one_data_set_each_file_once(
    cli: Cli, tmp_path: Path
) -> None:
    top = tmp_path / "top"
    write_data(top / "folder" / "deep")
    (top / "folder" / "deep" / "govgate.yaml").rename(tmp_path / "config.yaml")
    (top / "one.jsonl").write_bytes(_jsonl(ROWS[:1]))
    (top / "two.csv").write_bytes(_delimited(",")(ROWS[3:4]))
    for name in ("three.jsonl", "four.jsonl", "five.txt"):
        (top / name).write_bytes(_jsonl(ROWS[5:]))
    done = cli(
        *("gate", top / "one.jsonl", top / "two.csv", top / "t*.*", top / "f*.jsonl"),
        *(top / "folder", "--config", tmp_path / "config.yaml", "--out", tmp_path / "run"),
        "--json",
    )
    assert done.returncode == 0, done.stderr
    files = json.loads(done.stdout)["coverage"]["files"]
    assert {file["name"]: file["rows"] for file in files} == {
        "one.jsonl": 1,
        "two.csv": 1,
        "three.jsonl": 1,
        "four.jsonl": 1,
        "folder/deep/rows.jsonl": 22,
    }
    parts = {
        p.relative_to(tmp_path / "run" / "train").as_posix()
        for p in (tmp_path / "run" / "train").rglob("*.*")
    }
    assert parts == {file["name"] for file in files}


def test_a_glob_that_matches_nothing_is_an_error_of_usage(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    done = cli("gate", data, data / "*.parquet", "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "*.parquet: matches no file" in done.stderr
    assert not (tmp_path / "run").exists()
