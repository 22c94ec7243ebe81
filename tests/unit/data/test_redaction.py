import json

import pytest

from govgate.data.redact import Span, redact_json, redact_value
from govgate.errors import IncompleteError


def span(
    value, pointer: str, text: str, entity: str, *, after: int = 0, role: str = "user"
) -> Span:
    """The first place of ``text`` in the string at ``pointer``."""
    for part in pointer.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    start = value.index(text, after)
    return Span(pointer, role, start, start + len(text), entity)


def both(raw: bytes, spans) -> str:
    """The redacted text; the two ways to redact agree."""
    redacted = redact_json(raw, spans)
    assert json.loads(redacted) == redact_value(json.loads(raw), spans)
    return redacted.decode()


def test_one_text_has_one_name_throughout_the_row():
    raw = b'{"a": "Ann met Bob", "b": ["Bob", "ann"]}'
    row = json.loads(raw)
    spans = [
        span(row, "/b/1", "ann", "PERSON"),
        span(row, "/b/0", "Bob", "PERSON"),
        span(row, "/a", "Bob", "PERSON"),
        span(row, "/a", "Ann", "PERSON"),
    ]
    assert both(raw, spans) == (
        '{"a": "<PERSON_1> met <PERSON_2>", "b": ["<PERSON_2>", "<PERSON_3>"]}'
    )


def test_everything_that_is_not_a_span_keeps_its_bytes():
    raw = b' {"a" :  "\\u00e9\\/ Ann \\ud83d\\ude00\\n",\t"n":1.50e0 , "b":"\xc3\xa9"}\r\n'
    redacted = both(raw, [span(json.loads(raw), "/a", "Ann", "PERSON")])
    assert redacted == raw.decode().replace("Ann", "<PERSON_1>")


def test_offsets_are_code_points_also_across_escapes():
    raw = b'{"a": "\\ud83d\\ude00\\u00c9va\\u0021 \xf0\x9f\x98\x80 \\u00c9va"}'
    row = json.loads(raw)
    spans = [span(row, "/a", "Éva", "PERSON"), span(row, "/a", "Éva", "PERSON", after=3)]
    assert both(raw, spans).encode() == (
        b'{"a": "\\ud83d\\ude00<PERSON_1>\\u0021 \xf0\x9f\x98\x80 <PERSON_1>"}'
    )


def test_overlapping_spans_become_one_under_the_longest():
    raw = b'{"a": "x ann@acme.com y"}'
    spans = [
        Span("/a", "user", 6, 14, "URL"),
        Span("/a", "user", 2, 14, "EMAIL_ADDRESS"),
        Span("/a", "user", 2, 5, "PERSON"),
        Span("/a", "user", 14, 16, "NRP"),
    ]
    assert both(raw, spans) == '{"a": "x <EMAIL_ADDRESS_1><NRP_1>"}'


def test_a_tie_goes_to_the_first():
    spans = [Span("/a", "user", 1, 3, "TWO"), Span("/a", "user", 0, 2, "ONE")]
    assert both(b'{"a": "abcd"}', spans) == '{"a": "<ONE_1>d"}'


def test_a_key_is_redacted_where_the_role_says_so():
    raw = b'{"ann@x.org": {"a/b~c": "Bob"}, "z": 1}'
    spans = [
        Span("/ann@x.org", "key", 0, 9, "EMAIL_ADDRESS"),
        Span("/ann@x.org/a~1b~0c", "user", 0, 3, "PERSON"),
    ]
    assert both(raw, spans) == '{"<EMAIL_ADDRESS_1>": {"a/b~c": "<PERSON_1>"}, "z": 1}'


def test_a_number_becomes_null():
    raw = b'{"phone": 15551234567, "l": [-1.25e9]}'
    spans = [Span("/phone", "other", 0, 11, "PHONE"), Span("/l/0", "other", 0, 7, "PHONE")]
    assert both(raw, spans) == '{"phone": null, "l": [null]}'


def test_a_row_that_is_one_string_is_redacted():
    assert both(b'"Ann"\n', [Span("", "text", 0, 3, "PERSON")]) == '"<PERSON_1>"\n'


def test_a_placeholder_that_already_stands_in_the_row_is_not_given_again():
    raw = b'{"a": "<PERSON_1> met Ann"}'
    redacted = both(raw, [span(json.loads(raw), "/a", "Ann", "PERSON")])
    assert redacted == '{"a": "<PERSON_1> met <PERSON_2>"}'


def test_json_inside_a_string_is_still_json():
    inner = json.dumps({"name": "Éva Ek", "phone": 15551234567, "deep": json.dumps(["Éva Ek"])})
    raw = json.dumps({"say": "Éva Ek", "arguments": inner}).encode()
    row = json.loads(raw)
    spans = [
        span(row, "/say", "Éva Ek", "PERSON"),
        span(row, "/arguments", "\\u00c9va Ek", "PERSON"),
        span(row, "/arguments", "15551234567", "PHONE"),
        span(row, "/arguments", "\\\\u00c9va Ek", "PERSON"),
    ]
    redacted = json.loads(both(raw, spans))
    arguments = json.loads(redacted["arguments"])
    assert redacted["say"] == "<PERSON_1>"
    assert arguments == {"name": "<PERSON_1>", "phone": None, "deep": '["<PERSON_1>"]'}


def test_a_span_across_the_quotes_of_inner_json_takes_text_and_leaves_punctuation():
    inner = '{"a": "Ann", "b": "Bob", "c": true, "d": "Cy"}'
    raw = json.dumps({"x": inner}).encode()
    start, end = inner.index("nn"), inner.index("y")
    redacted = json.loads(both(raw, [Span("/x", "user", start, end, "ORG")]))["x"]
    assert json.loads(redacted) == {
        "a": "A<ORG_1>",
        "<ORG_2>": "<ORG_3>",
        "<ORG_4>": None,
        "<ORG_5>": "<ORG_6>y",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        Span("/b", "user", 0, 1, "PERSON"),
        Span("/a/0", "user", 0, 1, "PERSON"),
        Span("/a", "user", 0, 4, "PERSON"),
        Span("/a", "user", 2, 2, "PERSON"),
        Span("/a", "user", -1, 2, "PERSON"),
        Span("/t", "user", 0, 1, "PERSON"),
        Span("/a", "key", 0, 2, "PERSON"),
        Span("", "user", 0, 1, "PERSON"),
    ],
)
def test_a_span_that_does_not_fit_means_that_the_input_changed(wrong):
    raw = b'{"a": "Ann", "t": null}'
    with pytest.raises(IncompleteError, match="changed"):
        redact_json(raw, [wrong])
    with pytest.raises(IncompleteError, match="changed"):
        redact_value(json.loads(raw), [wrong])


def test_the_value_that_was_read_is_left_alone():
    row = {"a": ["Ann"], "b": {"c": 1}}
    redacted = redact_value(row, [Span("/a/0", "user", 0, 3, "PERSON")])
    assert row == {"a": ["Ann"], "b": {"c": 1}}
    assert redacted == {"a": ["<PERSON_1>"], "b": {"c": 1}}


@pytest.mark.parametrize(("written", "length"), [("true", 4), ("1234", 4), ("-0.5", 4)])
def test_a_number_or_truth_value_with_a_finding_becomes_null(written, length):
    raw = f'{{"a": "Ann", "t": {written}}}'.encode()
    span = Span("/t", "other", 0, length, "PERSON")
    assert redact_json(raw, [span]) == b'{"a": "Ann", "t": null}'
    assert redact_value(json.loads(raw), [span]) == {"a": "Ann", "t": None}
