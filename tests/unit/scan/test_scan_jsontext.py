import json

from govgate.scan.jsontext import inner_texts
from govgate.scan.walk import TextKind


def seen(outer):
    return [(t.text, t.kind.value) for t in inner_texts(outer)]


def test_strings_keys_and_long_numbers_of_json_are_seen():
    assert seen('{"name": "Ann", "n": [1, 4155550134, true, null]}') == [
        ("name", "key"),
        ("Ann", "string"),
        ("n", "key"),
        ("4155550134", "number"),
    ]


def test_a_text_that_is_no_object_or_array_holds_nothing():
    for outer in ["", "Ann", '"Ann"', "12345678", "{'a': 'Ann'}", '{"a": "Ann"', '["a"] and so on']:
        assert seen(outer) == []


def test_offsets_lead_back_through_escapes():
    outer = '["say \\"Jos\\u00e9\\" \\ud83d\\ude00 now"]'
    (text,) = inner_texts(outer)
    assert text.text == 'say "José" 😀 now'
    at = text.text.index("José")
    assert outer[text.outer(at) : text.outer(at + 4)] == "Jos\\u00e9"
    at = text.text.index("😀")
    assert outer[text.outer(at) : text.outer(at + 1)] == "\\ud83d\\ude00"
    assert outer[text.outer(len(text.text))] == '"'


def test_json_within_json_is_opened_and_offsets_lead_all_the_way_back():
    outer = json.dumps({"arguments": json.dumps({"who": 'Ann "é" Lee'})})
    text = next(t for t in inner_texts(outer) if t.text.startswith("Ann"))
    covered = outer[text.outer(0) : text.outer(len(text.text))]
    once = json.loads(f'"{covered}"')
    assert json.loads(f'"{once}"') == 'Ann "é" Lee'


def test_raw_line_breaks_in_strings_do_not_hide_them():
    assert ("a\nb", "string") in seen('{"x": "a\nb"}')


def test_half_a_surrogate_pair_is_read_as_the_replacement_character():
    (text,) = inner_texts('["a\\ud800b"]')
    assert text.text == "a\ufffdb"
    assert text.outer(3) == 10


def test_json_too_deep_to_parse_and_numbers_too_long_to_convert_are_still_seen():
    assert seen("[" * 20_000 + '"Ann"' + "]" * 20_000) == [("Ann", "string")]
    assert seen(f"[{'9' * 5000}]") == [("9" * 5000, "number")]


def test_a_colon_inside_a_string_makes_no_key():
    assert seen('["a", ": b"]') == [("a", "string"), (": b", "string")]
    assert [t.kind for t in inner_texts('{"a" : "b"}')] == [TextKind.KEY, TextKind.STRING]
