import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.attest import jcs
from govgate.errors import EvidenceError

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(scalars, lambda v: st.lists(v) | st.dictionaries(texts, v), max_leaves=20)


@settings(deadline=None)
@given(values)
def test_canonical_bytes_read_back_as_the_same_value_and_print_the_same(value):
    data = jcs.canonical(value)
    assert jcs.parse_canonical(data, "it") == value
    assert jcs.canonical(jcs.parse(data, "it")) == data


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (123.456, "123.456"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (-1.5e-9, "-1.5e-9"),
        (5e-324, "5e-324"),
    ],
)
def test_numbers_print_in_their_shortest_form(number, text):
    assert jcs.canonical(number) == text.encode()


def test_a_whole_number_that_no_double_holds_is_not_canonical():
    assert jcs.parse_canonical(b"9007199254740992", "it") == 2.0**53
    with pytest.raises(EvidenceError, match="canonical"):
        jcs.parse_canonical(b"9007199254740993", "it")


def test_names_are_sorted_by_utf16_code_units():
    # U+1F600 is written with surrogates (D83D…), which sort before U+FB33.
    assert jcs.canonical({"\ufb33": 1, "\U0001f600": 2, "a": 3}).decode() == (
        '{"a":3,"\U0001f600":2,"\ufb33":1}'
    )


def test_control_characters_are_escaped_and_nothing_else():
    assert jcs.canonical('\x00\x1f\b\t\n\f\r"\\/\x7fé') == (
        b'"\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/\x7f\xc3\xa9"'
    )


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), float("nan"), float("inf"), "\ud800", {"\udfff": 1}]
)
def test_what_readers_disagree_on_is_refused(value):
    with pytest.raises(EvidenceError):
        jcs.canonical(value)


def test_a_hundred_levels_are_written_and_one_more_is_refused():
    value: object = []
    for _ in range(100):
        value = [value]
    assert jcs.canonical(value)
    with pytest.raises(EvidenceError, match="nested"):
        jcs.canonical([value])


@pytest.mark.parametrize("value", [b"x", {1: 2}, object()])
def test_a_type_that_json_does_not_have_is_a_mistake_of_the_caller(value):
    with pytest.raises(TypeError):
        jcs.canonical(value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":1,"a":1}', "twice"),
        (b"NaN", "NaN"),
        (b"[Infinity]", "NaN"),
        (b"\xff", "UTF-8"),
        (b"\xef\xbb\xbf1", "not JSON"),
        (b"", "not JSON"),
        (b"1 2", "not JSON"),
        (b"[" * 100_000, "deeply"),
        (b"9" * 5000, "too large"),
        (b"1e400", "too large"),
    ],
)
def test_ambiguous_or_broken_json_is_refused_with_the_reason(data, reason):
    with pytest.raises(EvidenceError, match=f"the thing.*{reason}"):
        jcs.parse(data, "the thing")


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b"[1, 2]", b"1.0", b'"\\u0061"', b"1\n", b"-0"])
def test_json_in_another_spelling_is_not_canonical(data):
    jcs.parse(data, "it")
    with pytest.raises(EvidenceError, match="canonical"):
        jcs.parse_canonical(data, "it")


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_parse_or_raise_an_evidence_error(data):
    try:
        jcs.parse_canonical(data, "it")
    except EvidenceError:
        return
