import json
from pathlib import Path

import pytest

from govgate.data import jsonstream
from govgate.model import FailureScope


def lines(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    return path


def document(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    return path


def codes(rows) -> list[str | None]:
    return [row.failure and row.failure.code for row in rows]


def test_jsonl_rows_keep_their_exact_bytes_and_physical_line(tmp_path, read):
    rows = read(lines(tmp_path, b'\xef\xbb\xbf{"a": 1}\r\n\n  \r\n [2] \n"x"'))
    assert [(r.line, r.raw, r.value) for r in rows] == [
        (1, b'{"a": 1}\r\n', {"a": 1}),
        (4, b" [2] \n", [2]),
        (5, b'"x"', "x"),
    ]
    assert [r.index for r in rows] == [0, 1, 2]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b'{"a": 1', "malformed-json"),
        (b'{"a": 1} {}', "malformed-json"),
        (b'{"a": "\0"}', "malformed-json"),
        (b'{"a": "\xff"}', "invalid-utf8"),
        (b'{"a": 1, "a": 2}', "duplicate-key"),
        (b'{"a": 1, "\\u0061": 2}', "duplicate-key"),
        (b'{"a": NaN}', "not-a-number"),
        (b'{"a": -Infinity}', "not-a-number"),
        (b'{"a": 1e999}', "number-out-of-range"),
        (b'{"a": ' + b"1" * 5000 + b"}", "number-out-of-range"),
        (b"[" * 10_000 + b"]" * 10_000, "too-deep"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too-deep"),
        (b"[" * 201 + b"]" * 201, "too-deep"),
        (b'{"a": "\\ud800"}', "lone-surrogate"),
        (b'{"\\udfff": 1}', "lone-surrogate"),
    ],
)
def test_a_bad_line_is_a_counted_failure_and_the_rows_around_it_stand(tmp_path, read, bad, code):
    rows = read(lines(tmp_path, b'{"a": 0}\n' + bad + b'\n{"a": 2}\n'))
    assert codes(rows) == [None, code, None]
    assert rows[1].value is None
    assert rows[1].line == 2
    assert rows[1].failure.scope is FailureScope.ROW


@pytest.mark.parametrize(
    "good",
    [
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud83d\\ude00"}',
        b"[" * 200 + b"]" * 200,
        b"[" + b",".join([b"{}"] * 500) + b"]",
    ],
)
def test_unusual_but_valid_rows_are_read(tmp_path, read, good):
    assert codes(read(lines(tmp_path, good + b"\n"))) == [None]


def test_messages_never_quote_the_row(tmp_path, read):
    rows = read(lines(tmp_path, b'{"name": "Ada Lovelace", secret}\n'))
    assert "Ada" not in rows[0].failure.message
    assert "secret" not in rows[0].failure.message


def test_a_line_over_the_limit_is_passed_over_and_reading_goes_on(tmp_path, read):
    path = lines(tmp_path, b'{"a": 1}\n{"b": "' + b"x" * 3_000_000 + b'"}\n{"c": 1}\n')
    rows = read(path, limit=1000)
    assert codes(rows) == [None, "row-too-long", None]
    assert rows[1].raw == b""
    assert rows[2].line == 3


def test_a_line_of_exactly_the_limit_is_read(tmp_path, read):
    raw = b'"' + b"x" * 97 + b'"\n'
    assert codes(read(lines(tmp_path, raw), limit=100)) == [None]
    assert codes(read(lines(tmp_path, raw), limit=99)) == ["row-too-long"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_is_named_as_such(tmp_path, read, name, encoding):
    path = tmp_path / name
    path.write_bytes(("\ufeff" if encoding == "utf-16-be" else "").encode(encoding))
    path.write_bytes(path.read_bytes() + '{"a": 1}\n'.encode(encoding))
    rows = read(path)
    assert codes(rows) == ["utf-16"]
    assert "UTF-8" in rows[0].failure.remedy


def test_an_empty_jsonl_file_has_no_rows_and_an_empty_json_file_fails(tmp_path, read):
    assert read(lines(tmp_path, b"")) == []
    assert read(lines(tmp_path, b"\xef\xbb\xbf")) == []
    assert codes(read(document(tmp_path, b""))) == ["empty-json"]
    assert codes(read(document(tmp_path, b" \n"))) == ["empty-json"]


def test_an_array_is_read_element_by_element_with_exact_bytes(tmp_path, read):
    rows = read(document(tmp_path, b'\xef\xbb\xbf [ {"a":  1} ,\n"x",-1.5e+3 , null, [ ] ]\n'))
    assert [(r.line, r.raw, r.value) for r in rows] == [
        (1, b'{"a":  1}', {"a": 1}),
        (2, b'"x"', "x"),
        (3, b"-1.5e+3", -1500.0),
        (4, b"null", None),
        (5, b"[ ]", []),
    ]


def test_an_empty_array_has_no_rows(tmp_path, read):
    assert read(document(tmp_path, b"[ ]")) == []


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (b'{"a": 1}', [{"a": 1}]),
        (b'{"a": 1}{"a": 2}\n{"a": 3}', [{"a": 1}, {"a": 2}, {"a": 3}]),
        (b"1 2\n12", [1, 2, 12]),
    ],
)
def test_loose_values_are_a_row_each(tmp_path, read, data, values):
    assert [r.value for r in read(document(tmp_path, data))] == values


@pytest.mark.parametrize(
    "data",
    [
        b'[{"a": 1}, {"a": 2}',
        b'[{"a": 1}, {"a": 2},',
        b'[{"a": 1}, {"a": 2},]',
        b'[{"a": 1}, {"a": 2}, {"a"',
        b'[{"a": 1}, {"a": 2}, {"a": "x',
        b'[{"a": 1}, {"a": 2} {"a": 3}]',
        b'[{"a": 1}, {"a": 2}] {"a": 3}',
        b'[{"a": 1}, {"a": 2}, {"a": oops}, {"a": 4}]',
        b'{"a": 1}\n{"a": 2}\n{"a": ',
        b'{"a": 1}\n{"a": 2}]',
    ],
)
def test_a_broken_stream_keeps_the_rows_before_and_fails_the_file(tmp_path, read, data):
    rows = read(document(tmp_path, data))
    assert codes(rows) == [None, None, "malformed-json"]
    assert rows[-1].failure.scope is FailureScope.FILE


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b'{"a": "\xff]"}', "invalid-utf8"),
        (b'{"a": 1, "a": "]}\\""}', "duplicate-key"),
        (b"NaN", "not-a-number"),
        (b'{"a": [NaN, "]"]}', "not-a-number"),
        (b"1e999", "number-out-of-range"),
        (b"[" * 10_000 + b"]" * 10_000, "too-deep"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "too-deep"),
        (b'"\\ud800"', "lone-surrogate"),
    ],
)
def test_an_unfit_element_fails_alone(tmp_path, read, bad, code):
    rows = read(document(tmp_path, b'[{"a": 0},' + bad + b', {"a": 2}]'))
    assert codes(rows) == [None, code, None]
    assert rows[2].value == {"a": 2}


def test_an_element_over_the_limit_is_passed_over(tmp_path, read):
    path = document(tmp_path, b'[1, {"b": "' + b"x" * 5_000_000 + b'"}, 3]')
    rows = read(path, limit=1000)
    assert codes(rows) == [None, "row-too-long", None]
    assert rows[2].value == 3


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 64])
def test_where_the_buffer_ends_changes_nothing(tmp_path, read, monkeypatch, size):
    data = (
        '[{"a": -1.5e+3, "b": [true, false, null, "\\ud83d\\ude00 é😀\\n"]},'
        '   12345678901234567890, 1.25E-7, "\\u00e9", {"k" :  {}, "l": [1e5 , 2]}, -0, ""]  '
    ).encode()
    expected = json.loads(data)
    monkeypatch.setattr(jsonstream, "BUFFER", size)
    rows = read(document(tmp_path, data))
    assert codes(rows) == [None] * len(expected)
    assert [r.value for r in rows] == expected
    assert b",".join(r.raw for r in rows).replace(b" ", b"") == data.strip()[1:-1].replace(
        b" ", b""
    )
