import gzip
import json
import resource

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from govgate.data.dataset import open_dataset
from govgate.data.digest import digest_file
from govgate.data.partitions import Assignment, InputDigest, write_partitions
from govgate.data.redact import Span
from govgate.data.rows import RowReader
from govgate.errors import IncompleteError
from govgate.model import Partition

PLACES = [Partition.TRAIN, Partition.RETRIEVE, Partition.WITHHELD]


def by_turns(row):
    return (Partition.WITHHELD if row.failure else PLACES[row.index % 3]), ()


def all_train(row):
    return Partition.TRAIN, ()


def hiding(pointer: str, start: int, end: int, only: int | None = None):
    """Everything to train, with one span of every row (or of one row) redacted."""

    def choose(row):
        spans = (Span(pointer, "text", start, end, "PERSON"),)
        return Partition.TRAIN, spans if only in (None, row.index) else ()

    return choose


def test_jsonl_rows_pass_byte_for_byte_into_their_partition(tmp_path, split):
    lines = [b' {"n": %d}\r\n' % n for n in range(6)] + [b"broken\n", b'{"n":  7}']
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(lines))
    files = split(tmp_path / "a.jsonl", choose=by_turns)
    assert [(f.name, f.rows) for f in files] == [("train/a.jsonl", 2), ("retrieve/a.jsonl", 3)]
    assert (tmp_path / "run/train/a.jsonl").read_bytes() == lines[0] + lines[3]
    assert (tmp_path / "run/retrieve/a.jsonl").read_bytes() == lines[1] + lines[4] + lines[7]
    for file in files:
        assert digest_file(tmp_path / "run" / file.name) == (file.sha256, file.size)


def test_a_file_without_a_row_for_a_partition_is_not_there(tmp_path, split):
    (tmp_path / "d/deep").mkdir(parents=True)
    (tmp_path / "d/a.jsonl").write_bytes(b"1\n")
    (tmp_path / "d/deep/b.jsonl").write_bytes(b"2\n")
    files = split(tmp_path / "d", choose=lambda row: (PLACES[row.index * 2], ()))
    assert [f.name for f in files] == ["train/a.jsonl"]
    assert not (tmp_path / "run/retrieve").exists()
    assert [p.name for p in (tmp_path / "run/train").iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_partitions_are_compressed_as_their_input_and_the_same_each_time(tmp_path, split, suffix):
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}[suffix]
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(pack(b'{"a": 1}\n{"b": 2}\n'))
    one, two = (split(path, choose=all_train, out=out) for out in ("one", "two"))
    assert one == two
    stored = (tmp_path / "one/train" / path.name).read_bytes()
    unpack = {"": bytes, ".gz": gzip.decompress, ".zst": unzstd}[suffix]
    assert unpack(stored) == b'{"a": 1}\n{"b": 2}\n'


def unzstd(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


def test_a_json_array_is_an_array_again_and_loose_values_stay_loose(tmp_path, split):
    (tmp_path / "a.json").write_bytes(b'[{"n":  0}, {"n": 1},\n{"n" : 2},3]')
    (tmp_path / "b.json").write_bytes(b'{"n":  0} {"n": 1}')
    split(tmp_path / "a.json", choose=by_turns)
    assert (tmp_path / "run/train/a.json").read_bytes() == b'[\n{"n":  0},\n3\n]\n'
    assert (tmp_path / "run/retrieve/a.json").read_bytes() == b'[\n{"n": 1}\n]\n'
    split(tmp_path / "b.json", choose=all_train)
    assert (tmp_path / "run/train/b.json").read_bytes() == b'{"n":  0}\n{"n": 1}\n'


def test_csv_repeats_its_header_and_redacts_one_field(tmp_path, split):
    (tmp_path / "a.csv").write_bytes(b'\xef\xbb\xbfid,text\r\n1,"Ann, ""x"""\r\n2,"Bob"\r\n')
    split(tmp_path / "a.csv", choose=hiding("/text", 0, 3, only=0))
    expected = b'id,text\r\n1,"<PERSON_1>, ""x"""\r\n2,"Bob"\r\n'
    assert (tmp_path / "run/train/a.csv").read_bytes() == expected


def test_a_csv_field_with_a_bare_line_break_is_quoted_again(tmp_path, split, read):
    (tmp_path / "a.tsv").write_bytes(b'id\ttext\n"1\n2"\t"Ann\rx"\n')
    split(tmp_path / "a.tsv", choose=hiding("/text", 0, 3))
    assert [r.value for r in read(tmp_path / "run/train/a.tsv")] == [
        {"id": "1\n2", "text": "<PERSON_1>\rx"}
    ]


def test_a_header_without_a_line_end_stays_apart_from_the_rows(tmp_path, split):
    (tmp_path / "a.csv").write_bytes(b"a,b")
    assert split(tmp_path / "a.csv", choose=all_train) == []


def test_a_text_file_is_copied_or_redacted(tmp_path, split):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfAnn\r\nwas here")
    split(tmp_path / "a.txt", choose=all_train)
    assert (tmp_path / "run/train/a.txt").read_bytes() == b"\xef\xbb\xbfAnn\r\nwas here"
    split(tmp_path / "a.txt", choose=hiding("", 0, 3), out="two")
    assert (tmp_path / "two/train/a.txt").read_bytes() == b"<PERSON_1>\r\nwas here"


COLUMNS = {
    "large": pa.array(["Ann", "Bob", "Cy.", "Ann"], pa.large_string()),
    "view": pa.array(["Ann", "Bob", "Cy.", "Ann"], pa.string_view()),
    "dictionary": pa.array(["Ann", "Bob", "Cy.", "Ann"], pa.dictionary(pa.int8(), pa.string())),
    "json": pa.array(['["Ann"]'] * 4, pa.json_()),
    "list": pa.array([["Ann", "x"], ["Bob"], ["Cy.", None], ["Ann"]], pa.list_(pa.large_string())),
    "fixed": pa.array([["Ann", "x"]] * 4, pa.list_(pa.string(), 2)),
    "map": pa.array([[("k", "Ann")]] * 4, pa.map_(pa.string(), pa.string())),
    "struct": pa.array(
        [{"s": "Ann", "t": 1_700_000_000_123_456_789, "d": "c"}] * 4,
        pa.struct([("s", pa.string()), ("t", pa.int64()), ("d", pa.string())]),
    ).cast(
        pa.struct(
            [
                ("s", pa.string()),
                ("t", pa.timestamp("ns", "Europe/Paris")),
                ("d", pa.dictionary(pa.int16(), pa.string())),
            ]
        )
    ),
}
POINTERS = {
    "large": "/c", "view": "/c", "dictionary": "/c", "json": "/c", "list": "/c/0", "fixed": "/c/0",
    "map": "/c/0/1", "struct": "/c/s",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["parquet", "file", "stream"])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_table_keeps_its_schema_and_redacts_in_any_column_type(
    tmp_path, split, read, kind, column
):
    table = pa.table(
        {
            "n": pa.array([1, 2, 3, 4], pa.int16()),
            "c": COLUMNS[column],
            "image": pa.array([b"\xff\xd8"] * 4),
            "when": pa.array([1_700_000_000_123_456_789] * 4, pa.timestamp("ns")),
        }
    ).replace_schema_metadata({"huggingface": "{}"})
    path = tmp_path / ("a.parquet" if kind == "parquet" else "a.arrow")
    save(path, table, kind)
    before = read(path)
    start = 2 if column == "json" else 0
    split(path, choose=hiding(POINTERS[column], start, start + 3, only=2))
    written = load(tmp_path / "run/train" / path.name, kind)
    original = load(path, kind)
    assert written.schema.equals(original.schema, check_metadata=True)
    others = pa.array([0, 1, 3])
    assert str(column_of(written).take(others)) == str(column_of(original).take(others))
    assert written.select(["n", "image", "when"]).equals(original.select(["n", "image", "when"]))
    after = read(tmp_path / "run/train" / path.name)
    wanted = json.loads(json.dumps(before[2].value["c"], default=str))
    text = json.dumps(wanted)
    hidden = next(name for name in ("Cy.", "Ann") if name in text)
    assert json.dumps(after[2].value["c"], default=str) == text.replace(hidden, "<PERSON_1>", 1)


def column_of(table):
    """The redacted column without the types that cannot be taken from or compared."""
    column = table.column("c").combine_chunks()
    shared = pa.types.is_dictionary(column.type) or pa.types.is_string_view(column.type)
    return column.cast(pa.string()) if shared else column


@pytest.mark.parametrize("kind", ["parquet", "file", "stream"])
@pytest.mark.parametrize("column", ["large", "view", "dictionary", "nested"])
def test_no_byte_of_a_withheld_row_or_a_redacted_span_is_left_in_a_table(
    tmp_path, split, kind, column
):
    secrets = ["Wilhelmina Withheld", "Rosamund Redacted", "open", "open"]
    types = {"large": pa.large_string(), "view": pa.string_view()}
    kept = pa.array(secrets, types.get(column, pa.dictionary(pa.int8(), pa.string())))
    if column == "nested":
        kept = pa.array([[s] for s in secrets], pa.list_(pa.dictionary(pa.int8(), pa.string())))
    path = tmp_path / ("a.parquet" if kind == "parquet" else "a.arrow")
    save(path, pa.table({"c": kept, "n": [1, 2, 3, 4]}), kind, codec="none")
    span = Span("/c/0" if column == "nested" else "/c", "text", 0, 17, "PERSON")
    steps = [(Partition.WITHHELD, ()), (Partition.TRAIN, (span,)), *[(Partition.TRAIN, ())] * 2]
    split(path, choose=lambda row: steps[row.index])
    data = (tmp_path / "run/train" / path.name).read_bytes()
    assert b"Withheld" in path.read_bytes()
    assert b"<PERSON_1>" in data
    assert b"Withheld" not in data
    assert b"Redacted" not in data


def save(path, table, kind, codec="gzip"):
    if kind == "parquet":
        pq.write_table(table, path, compression=codec)
        return
    new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with pa.OSFile(str(path), "wb") as sink, new(sink, table.schema) as writer:
        writer.write_table(table)


def load(path, kind):
    if kind == "parquet":
        assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "GZIP"
        return pq.ParquetFile(path).read()
    with pa.OSFile(str(path), "rb") as source:
        opened = pa.ipc.open_file(source) if kind == "file" else pa.ipc.open_stream(source)
        return opened.read_all()


def test_an_arrow_file_with_many_groups_and_redacted_categories_reads_back(
    tmp_path, split, read, monkeypatch
):
    from govgate.data import columnparts

    monkeypatch.setattr(columnparts, "GROUP_ROWS", 3)
    monkeypatch.setattr("govgate.data.columnar.BATCH_ROWS", 2)
    names = pa.array([f"name{i % 7}" for i in range(40)]).dictionary_encode()
    save(tmp_path / "a.arrow", pa.table({"c": names}), "file")
    files = split(
        tmp_path / "a.arrow",
        choose=lambda r: (PLACES[r.index % 2], (Span("/c", "text", 0, 4, f"E{r.index % 5}"),)),
    )
    assert [f.rows for f in files] == [20, 20]
    values = [r.value["c"] for r in read(tmp_path / "run/train/a.arrow")]
    assert values == [f"<E{i % 5}_1>{i % 7}" for i in range(0, 40, 2)]


def test_a_null_in_a_column_that_allows_none_is_refused(tmp_path, split):
    schema = pa.schema([pa.field("n", pa.int64(), nullable=False)])
    pq.write_table(pa.table({"n": [15551234567]}, schema=schema), tmp_path / "a.parquet")
    with pytest.raises(IncompleteError, match="column n"):
        split(tmp_path / "a.parquet", choose=hiding("/n", 0, 11))


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_personal_data_in_a_column_name_is_refused(tmp_path, split, name):
    (tmp_path / "a.csv").write_bytes(b"Ann\n1\n")
    pq.write_table(pa.table({"Ann": ["1"]}), tmp_path / "a.parquet")
    span = Span("/Ann", "key", 0, 3, "PERSON")
    with pytest.raises(IncompleteError, match="name of a column"):
        split(tmp_path / name, choose=lambda row: (Partition.TRAIN, (span,)))


def first_pass(path):
    dataset = open_dataset([str(path)])
    reader = RowReader(dataset.files[0], file_index=0, first_index=0)
    count = len(list(reader))
    return dataset, [InputDigest(dataset.files[0].name, reader.sha256, reader.size, count)], count


def train(count: int):
    return iter([Assignment(i, Partition.TRAIN, ()) for i in range(count)])


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_input_that_changed_since_the_first_pass_is_refused(tmp_path, name):
    path = tmp_path / name
    for content in ("one", "two"):
        if name == "a.parquet":
            pq.write_table(pa.table({"t": [content]}), path)
        else:
            path.write_text(json.dumps(content) + "\n")
        if content == "one":
            dataset, digests, count = first_pass(path)
    with pytest.raises(IncompleteError, match=f"{name} changed"):
        write_partitions(dataset, train(count), tmp_path / "run", digests)


@pytest.mark.parametrize("assigned", [0, 1, 3])
def test_decisions_and_rows_must_be_as_many(tmp_path, assigned):
    (tmp_path / "a.jsonl").write_bytes(b"1\n2\n")
    dataset, digests, _ = first_pass(tmp_path / "a.jsonl")
    with pytest.raises(IncompleteError):
        write_partitions(dataset, train(assigned), tmp_path / "run", digests)


def test_decisions_out_of_step_with_the_rows_are_refused(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"1\n2\n")
    dataset, digests, _ = first_pass(tmp_path / "a.jsonl")
    with pytest.raises(IncompleteError):
        write_partitions(dataset, iter(list(train(2))[::-1]), tmp_path / "run", digests)


@pytest.mark.parametrize("data", [b"oops\n", b"\xff\n"])
def test_a_row_that_could_not_be_read_is_never_written(tmp_path, split, data):
    (tmp_path / "a.jsonl").write_bytes(data)
    with pytest.raises(IncompleteError, match="could not be read"):
        split(tmp_path / "a.jsonl", choose=all_train)


def test_a_file_that_ended_early_takes_one_step_for_its_failure(tmp_path, split):
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a.jsonl.gz").write_bytes(gzip.compress(b"1\n2\n")[:-4])
    pq.write_table(pa.table({"t": ["x"]}), tmp_path / "d/b.parquet")
    (tmp_path / "d/c.parquet").write_bytes((tmp_path / "d/b.parquet").read_bytes()[:-9])
    (tmp_path / "d/d.jsonl").symlink_to("absent")
    (tmp_path / "d/e.jsonl").write_bytes(b"3\n")
    files = split(tmp_path / "d", choose=lambda r: (PLACES[2 if r.failure else 0], ()))
    assert [(f.name, f.rows) for f in files] == [
        ("train/a.jsonl.gz", 2),
        ("train/b.parquet", 1),
        ("train/e.jsonl", 1),
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.parquet", "a.arrow"])
def test_a_full_disk_is_an_incomplete_error(tmp_path, split, name):
    rows = [{"t": str(hash((i, "x")))} for i in range(15_000)]
    plain = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    match name.rpartition(".")[2]:
        case "parquet" | "arrow" as kind:
            save(tmp_path / name, pa.Table.from_pylist(rows), kind.replace("arrow", "file"))
        case "gz":
            (tmp_path / name).write_bytes(gzip.compress(plain))
        case "zst":
            (tmp_path / name).write_bytes(zstandard.compress(plain))
        case _:
            (tmp_path / name).write_bytes(plain)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, limits[1]))
    try:
        with pytest.raises(IncompleteError, match="cannot write"):
            split(tmp_path / name, choose=all_train)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_folder_that_cannot_be_written_is_an_incomplete_error(tmp_path, split):
    (tmp_path / "a.jsonl").write_bytes(b"1\n")
    (tmp_path / "run").write_bytes(b"in the way")
    with pytest.raises(IncompleteError):
        split(tmp_path / "a.jsonl", choose=all_train)
