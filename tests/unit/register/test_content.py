"""Keyed ids of rows: the same row in another format, and nothing else, has the same id."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.register.content import content_key, name_key, person_key
from govgate.rights.subjects import subject_key

KEY = bytes(range(32))
ROW = {"id": 17, "score": 1.0, "ok": True, "text": "Ann said hello.", "note": None}


def test_the_copies_of_a_row_in_json_csv_and_parquet_have_one_id() -> None:
    table = io.StringIO()
    writer = csv.DictWriter(table, ROW)
    writer.writeheader()
    writer.writerow(ROW)
    from_csv = next(csv.DictReader(io.StringIO(table.getvalue())))
    from_json = json.loads(json.dumps({**ROW, "score": 1}))
    columnar = {**ROW, "id": 17.0, "messages": None, "tags": [], "more": {"name": None}}
    ids = {content_key(row, KEY) for row in (ROW, from_csv, from_json, columnar)}
    assert len(ids) == 1
    assert len(ids.pop()) == 16


@pytest.mark.parametrize(
    "other",
    [
        {**ROW, "text": "Ann said hello!"},
        {**ROW, "id": 18},
        {**ROW, "score": 1.5},
        {**ROW, "more": {"text": "x"}},
        {"id": 17},
        {},
        "Ann said hello.",
    ],
)
def test_another_row_has_another_id(other: object) -> None:
    assert content_key(other, KEY) != content_key(ROW, KEY)


def test_members_are_not_told_apart_by_where_one_ends_and_the_next_begins() -> None:
    pairs = [({"a": "b,c"}, {"a": "b", "c": ""}), ({"a": ["b", "c"]}, {"a": '["b","c"]'})]
    for one, other in pairs:
        assert content_key(one, KEY) != content_key(other, KEY)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_any_row_has_an_id_that_the_order_of_its_members_does_not_change(row: dict) -> None:
    backwards = dict(reversed(row.items()))
    assert content_key(row, KEY) == content_key(backwards, KEY)
    assert content_key({**row, "blank": " ", "none": None}, KEY) == content_key(
        {key: value for key, value in row.items() if key not in ("blank", "none")}, KEY
    )


def test_ids_of_one_kind_tell_nothing_of_another_and_each_home_has_its_own() -> None:
    kinds = {content_key("x", KEY), name_key("x", KEY), person_key("x", KEY)[:16]}
    assert len(kinds) == 3
    assert name_key("x", bytes(32)) != name_key("x", KEY)
    assert person_key(" x ", KEY).hex() == subject_key("x", KEY)
