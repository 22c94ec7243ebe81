import csv
import io

import pytest

from govgate.model import FailureScope


def codes(rows) -> list[str | None]:
    return [row.failure and row.failure.code for row in rows]


@pytest.fixture
def table(tmp_path, read):
    def reading(data: bytes, name: str = "a.csv", limit: int = 64 * 2**20):
        (tmp_path / name).write_bytes(data)
        return read(tmp_path / name, limit=limit)

    return reading


def test_records_keep_their_bytes_and_the_line_they_begin_on(table):
    rows = table(b'\xef\xbb\xbfa,b\r\n1,"x\r\n""y"", z"\r\n\r\n2,\n3,"q"')
    assert [(r.line, r.raw, r.value) for r in rows] == [
        (2, b'1,"x\r\n""y"", z"\r\n', {"a": "1", "b": 'x\r\n"y", z'}),
        (5, b"2,\n", {"a": "2", "b": ""}),
        (6, b'3,"q"', {"a": "3", "b": "q"}),
    ]


def test_tsv_is_split_at_tabs(table):
    rows = table(b'a\tb\n1,2\t"x\ty"\n', "a.tsv")
    assert [r.value for r in rows] == [{"a": "1,2", "b": "x\ty"}]


def test_a_quote_inside_an_unquoted_field_is_just_a_character(table):
    rows = table(b'a,b\n6" pipe,1\n7,2\n')
    assert [r.value for r in rows] == [{"a": '6" pipe', "b": "1"}, {"a": "7", "b": "2"}]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"1", "column-count"),
        (b"1,2,3", "column-count"),
        (b'"x"y,2', "malformed-csv"),
        (b"x\ry,2", "malformed-csv"),
        (b"\xff,2", "invalid-utf8"),
        (b"\0,2", "nul-byte"),
    ],
)
def test_a_bad_record_fails_alone(table, bad, code):
    rows = table(b"a,b\n0,0\n" + bad + b"\n2,2\n")
    assert codes(rows) == [None, code, None]
    assert rows[1].failure.scope is FailureScope.ROW


def test_a_quote_that_never_closes_ends_the_file(table):
    rows = table(b'a,b\n0,0\n"1,1\n2,2\n3,3\n')
    assert codes(rows) == [None, "unbalanced-quote"]
    assert rows[1].failure.scope is FailureScope.FILE
    assert rows[1].line == 3


def test_a_record_over_the_limit_is_passed_over_up_to_its_end(table):
    long = b'"' + b'x""\n' * 200_000 + b'"'
    rows = table(b"a,b\n0,0\n" + long + b",1\n2,2\n", limit=1000)
    assert codes(rows) == [None, "row-too-long", None]
    assert rows[2].line == 4 + 200_000


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a,a\n1,2\n", "duplicate-column"),
        (b"\xff,b\n1,2\n", "invalid-utf8"),
        (b'"a"b,c\n1,2\n', "malformed-csv"),
    ],
)
def test_a_bad_header_fails_the_file(table, data, code):
    rows = table(data)
    assert codes(rows) == [code]
    assert rows[0].failure.scope is FailureScope.FILE


def test_an_empty_file_and_a_lone_header_have_no_rows(table):
    assert table(b"") == []
    assert table(b"a,b\n") == []


def test_a_field_longer_than_the_csv_modules_default_is_read(table):
    assert len(table(b"a\n" + b"x" * 300_000 + b"\n")[0].value["a"]) == 300_000


def test_what_the_csv_module_writes_is_read_back(table):
    fields = [["a", "b"], ['x"', 'y,\n"'], ["", "\r\n"], ['""', " "]]
    out = io.StringIO(newline="")
    csv.writer(out).writerows(fields)
    assert [list(r.value.values()) for r in table(out.getvalue().encode())] == fields[1:]
