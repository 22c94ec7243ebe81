"""Laws of the walker and of JSON within strings, over random JSON values."""

import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from govgate.model import Failure
from govgate.scan.fields import Fields
from govgate.scan.jsontext import inner_texts
from govgate.scan.rowscan import row_scan, row_texts
from govgate.scan.walk import TextKind, walk

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
NAMES = st.text() | st.sampled_from(
    ["messages", "role", "content", "from", "value", "chosen", "history", "text", "a/b", "~1", ""]
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=30
)

FIELDS = Fields()


def resolve(document, pointer):
    """RFC 6901, section 4, by itself."""
    for token in pointer.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        document = document[int(token)] if isinstance(document, list) else document[token]
    return document


def leaves(value):
    """All keys, strings and numbers, by recursion."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield "key", key
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        yield "string", value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield "number", value


@given(VALUES)
def test_every_string_and_key_is_walked_exactly_once(value):
    walked = Counter((t.kind.value, t.text) for t in walk(value) if t.kind is not TextKind.NUMBER)
    assert walked == Counter(leaf for leaf in leaves(value) if leaf[0] != "number")


@given(VALUES)
def test_exactly_the_numbers_of_a_million_and_more_are_walked(value):
    walked = [t for t in walk(value) if t.kind is TextKind.NUMBER]
    long = [
        number
        for kind, number in leaves(value)
        if kind == "number" and 10**6 <= abs(number) < float("inf")
    ]
    assert [float(t.text) for t in walked] == [float(number) for number in long]


@given(VALUES)
def test_every_pointer_resolves_to_its_text(value):
    for text in walk(value):
        found = resolve(value, text.pointer)
        if text.kind is TextKind.STRING:
            assert found == text.text
        elif text.kind is TextKind.KEY:
            last = text.pointer.rpartition("/")[2]
            assert last.replace("~1", "/").replace("~0", "~") == text.text


@given(VALUES)
def test_no_two_texts_share_kind_and_pointer_and_a_key_precedes_its_value(value):
    places = [(t.pointer, t.kind) for t in walk(value)]
    assert len(places) == len(set(places))
    for pointer, kind in places:
        if kind is TextKind.STRING and (pointer, TextKind.KEY) in places:
            assert places.index((pointer, TextKind.KEY)) < places.index((pointer, kind))


@given(VALUES, st.integers(1, 5))
def test_every_string_and_character_is_scanned_skipped_or_failed(value, limit):
    def answer(question):
        return Failure("too-long", "too long") if len(question.text) > limit else ()

    texts = list(walk(value))
    row = row_scan(row_texts(value, FIELDS), answer, fields=FIELDS, key=bytes(32))
    tallies = [row.scanned, *row.failed.values(), *row.skipped.values()]
    assert sum(t.strings for t in tallies) == len(texts)
    assert sum(t.characters for t in tallies) == sum(len(t.text) for t in texts)
    assert (row.failure is None) == (not row.failed)


@given(VALUES)
def test_what_is_asked_about_a_row_is_what_its_account_needs_to_know(value):
    texts = row_texts(value, FIELDS)
    needed = []

    def answer(question):
        needed.append(question)
        return ()

    row_scan(texts, answer, fields=FIELDS, key=bytes(32))
    assert needed == list(texts.questions())


@given(VALUES, st.booleans())
def test_each_code_point_of_inner_json_leads_back_to_its_spelling(value, ascii_only):
    outer = json.dumps([value], ensure_ascii=ascii_only)
    for text in inner_texts(outer):
        if text.around is not None or text.kind is TextKind.NUMBER:
            continue
        for start in range(len(text.text)):
            spelling = outer[text.outer(start) : text.outer(start + 1)]
            assert json.loads(f'"{spelling}"') == text.text[start]
        whole = outer[text.outer(0) : text.outer(len(text.text))]
        assert json.loads(f'"{whole}"') == text.text


@given(VALUES)
def test_inner_json_yields_the_strings_and_keys_of_the_value(value):
    outer = json.dumps([value])
    inner = [t for t in inner_texts(outer) if t.around is None and t.kind is not TextKind.NUMBER]
    assert [(t.kind.value, t.text) for t in inner] == [
        leaf for leaf in leaves([value]) if leaf[0] != "number"
    ]


@given(st.text(), st.booleans())
def test_offsets_lead_back_through_json_within_json(text, ascii_only):
    outer = json.dumps([json.dumps({"inner": text}, ensure_ascii=ascii_only)])
    found = [t for t in inner_texts(outer) if t.around is not None and t.kind is TextKind.STRING]
    whole = outer[found[0].outer(0) : found[0].outer(len(text))]
    once = json.loads(f'"{whole}"')
    assert json.loads(f'"{once}"') == text == found[0].text
