"""Laws of partitions and redaction, over random rows, formats and verdicts."""

import json
import tempfile
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from govgate.data.dataset import open_dataset
from govgate.data.partitions import Assignment, InputDigest, write_partitions
from govgate.data.redact import Span, redact_json, redact_value
from govgate.data.rows import RowReader
from govgate.model import Partition
from tests.laws import law

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXT, inner, max_size=4)
        | inner.map(json.dumps)
    ),
    max_leaves=12,
)
BROKEN = st.sampled_from([b"{", b'{"a": NaN}', b"\xff", b'{"a":1,"a":2}', b"[" * 300 + b"]" * 300])


def read(path: Path):
    dataset = open_dataset([str(path)])
    reader = RowReader(dataset.files[0], file_index=0, first_index=0)
    rows = list(reader)
    digest = InputDigest(dataset.files[0].name, reader.sha256, reader.size, len(rows))
    return dataset, rows, digest


def dumped(draw, value) -> bytes:
    separators = draw(st.sampled_from([(", ", ": "), (",", ":"), (" , ", " :\t")]))
    return json.dumps(value, ensure_ascii=draw(st.booleans()), separators=separators).encode()


@st.composite
def jsonl(draw) -> bytes:
    rows = draw(st.lists(JSON.map(lambda v: ("good", v)) | BROKEN.map(lambda b: ("bad", b))))
    ends = st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \n"])
    return b"".join((dumped(draw, v) if k == "good" else v) + draw(ends) for k, v in rows)


@st.composite
def array(draw) -> bytes:
    rows = draw(st.lists(JSON))
    return b"[" + draw(st.sampled_from([b",", b" ,\n"])).join(dumped(draw, r) for r in rows) + b"]"


@st.composite
def table(draw) -> bytes:
    fields = st.text(st.sampled_from('ab ",\n\ré'), max_size=6)
    rows = draw(st.lists(st.lists(fields, min_size=2, max_size=2)))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoted = [",".join('"' + f.replace('"', '""') + '"' for f in row) for row in rows]
    return end.join(["x,y", *quoted, ""]).encode()


FILES = st.one_of(
    jsonl().map(lambda data: ("a.jsonl", data)),
    array().map(lambda data: ("a.json", data)),
    table().map(lambda data: ("a.csv", data)),
)


@law(150)
@given(FILES, st.data())
def test_train_retrieve_and_withheld_are_the_input_and_share_no_row(file, data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, file[0])
        path.write_bytes(file[1])
        dataset, rows, digest = read(path)
        chosen = [
            Partition.WITHHELD if row.failure else data.draw(st.sampled_from(Partition))
            for row in rows
        ]
        steps = [Assignment(i, partition, ()) for i, partition in enumerate(chosen)]
        files = write_partitions(dataset, iter(steps), Path(folder, "run"), [digest])
        assert sum(f.rows for f in files) == sum(p is not Partition.WITHHELD for p in chosen)
        for partition in (Partition.TRAIN, Partition.RETRIEVE):
            expected = [r.raw for r, p in zip(rows, chosen, strict=True) if p is partition]
            target = Path(folder, "run", partition, file[0])
            assert target.exists() == bool(expected)
            assert expected == ([r.raw for r in read(target)[1]] if expected else [])


def places(value, pointer=""):
    """(pointer, role, text) of everything in a row that can be redacted, slow and obvious."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            yield below, "key", key
            yield from places(inner, below)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from places(inner, f"{pointer}/{i}")
    elif isinstance(value, str):
        yield pointer, "other", value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield pointer, "number", json.dumps(value)


@st.composite
def rows_with_spans(draw, values=JSON):
    value = draw(values)
    spans = []
    for pointer, role, text in places(value):
        for _ in range(draw(st.integers(0, 2)) if text else 0):
            start = draw(st.integers(0, len(text) - 1))
            end = draw(st.integers(start + 1, len(text)))
            spans.append(Span(pointer, role, start, end, draw(st.sampled_from(["ONE", "TWO"]))))
    return value, dumped(draw, value), spans


@law(400)
@given(rows_with_spans())
def test_both_ways_to_redact_agree_and_the_output_parses(case):
    value, raw, spans = case
    assert json.loads(redact_json(raw, spans)) == redact_value(value, spans)


def is_json(text) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False


@law(400)
@given(rows_with_spans())
def test_spans_are_gone_and_everything_else_is_equal(case):
    value, raw, spans = case
    before, after = list(places(value)), json.loads(redact_json(raw, spans))
    touched = {(s.pointer, s.role) for s in spans}
    nulls = sum(role == "number" and (p, role) in touched for p, role, _ in before)
    left = list(places(after))
    assert len(left) == len(before) - nulls
    kept = [place for place in before if not (place[1] == "number" and place[:2] in touched)]
    for (pointer, role, text), (_, new_role, new_text) in zip(kept, left, strict=True):
        assert role == new_role
        if (pointer, role) not in touched:
            assert text == new_text
        elif is_json(text):
            assert is_json(new_text)
        else:
            gone = {
                i
                for s in spans
                if (s.pointer, s.role) == (pointer, role)
                for i in range(s.start, s.end)
            }
            rest = [c for i, c in enumerate(text) if i not in gone]
            assert without_placeholders(new_text, text) == "".join(rest)


def without_placeholders(new: str, old: str) -> str:
    """``new`` without the placeholders that ``old`` did not hold."""
    import re

    assume("<" not in old)
    return re.sub(r"<(?:ONE|TWO)_\d+>", "", new)


@law(200)
@given(rows_with_spans(st.builds(lambda v: {"arguments": json.dumps(v)}, JSON)))
def test_json_in_a_string_stays_json_and_keeps_its_shape(case):
    value, raw, spans = case
    before = json.loads(value["arguments"])
    redacted = json.loads(redact_json(raw, [s for s in spans if s.role == "other"]))
    if isinstance(before, dict | list):
        after = json.loads(redacted["arguments"])
        assert shape(after) == shape(before)


def shape(value):
    """The containers of a value and their sizes."""
    if isinstance(value, dict):
        return ["dict", *map(shape, value.values())]
    return ["list", *map(shape, value)] if isinstance(value, list) else "scalar"


@law(100)
@given(rows_with_spans(), st.randoms())
def test_the_order_of_the_spans_changes_nothing(case, random):
    _, raw, spans = case
    apart = [s for i, s in enumerate(spans) if not any(_meets(s, t) for t in spans[:i])]
    shuffled = random.sample(apart, len(apart))
    assert redact_json(raw, shuffled) == redact_json(raw, apart)


def _meets(one: Span, two: Span) -> bool:
    same = (one.pointer, one.role) == (two.pointer, two.role)
    return same and one.start < two.end and two.start < one.end
