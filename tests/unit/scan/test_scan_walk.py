from decimal import Decimal

import pytest

from govgate.scan.walk import Text, TextKind, long_number, skip_reason, walk


def roles(value):
    return {t.pointer: t.role for t in walk(value) if t.kind is TextKind.STRING}


def test_chat_messages_take_the_role_of_their_turn():
    value = {
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "u"}], "name": "n"},
            {
                "role": "assistant",
                "content": None,
                "thinking": "t",
                "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "content": "r"},
            {"role": "narrator", "content": "x"},
        ],
        "tools": "[]",
    }
    found = roles(value)
    assert found["/messages/0/content"] == "system"
    assert found["/messages/1/content/0/text"] == "user"
    assert found["/messages/1/name"] == "user"
    assert found["/messages/2/thinking"] == "assistant"
    assert found["/messages/2/tool_calls/0/function/arguments"] == "assistant"
    assert found["/messages/3/content"] == "tool"
    assert found["/messages/4/content"] == "other"
    assert found["/tools"] == "tool"


def test_sharegpt_turns_take_the_role_of_their_speaker():
    speakers = ["human", "gpt", "function_call", "observation", "system"]
    value = {"conversations": [{"from": s, "value": "v"} for s in speakers]}
    found = roles(value)
    assert [found[f"/conversations/{i}/value"] for i in range(5)] == [
        "user",
        "assistant",
        "assistant",
        "tool",
        "system",
    ]


def test_messages_within_a_preference_keep_its_side_whoever_speaks():
    turn = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    value = {"prompt": turn, "chosen": turn, "rejected": {"from": "gpt", "value": "bad"}}
    found = roles(value)
    assert found["/prompt/0/content"] == "user"
    assert found["/chosen/0/content"] == found["/chosen/1/content"] == "chosen"
    assert found["/rejected/value"] == "rejected"


@pytest.mark.parametrize(
    ("value", "pointer", "role"),
    [
        ("a whole file", "", "text"),
        ({"text": "x"}, "/text", "text"),
        ({"instruction": "x"}, "/instruction", "user"),
        ({"input": "x"}, "/input", "user"),
        ({"output": "x"}, "/output", "assistant"),
        ({"response": "x"}, "/response", "assistant"),
        ({"system": "x"}, "/system", "system"),
        ({"question": "x"}, "/question", "user"),
        ({"answer": "x"}, "/answer", "assistant"),
        ({"answers": [{"answer": "x"}]}, "/answers/0/answer", "assistant"),
        ({"prompt": "x"}, "/prompt", "prompt"),
        ({"completion": "x"}, "/completion", "completion"),
        ({"completions": ["x", "y"]}, "/completions/1", "completion"),
        ({"chosen_response": "x"}, "/chosen_response", "chosen"),
        ({"rejected_response": "x"}, "/rejected_response", "rejected"),
        ({"history": [["x", "y"]]}, "/history/0/0", "user"),
        ({"history": [["x", "y"]]}, "/history/0/1", "assistant"),
        ({"history": [{"role": "user", "content": "x"}]}, "/history/0/content", "user"),
        ({"meta": {"author": "x"}}, "/meta/author", "other"),
        ({"meta": {"prompt": "x"}}, "/meta/prompt", "prompt"),
        (["x"], "/0", "other"),
    ],
)
def test_a_field_gives_its_role(value, pointer, role):
    assert roles(value)[pointer] == role


def test_a_key_comes_before_its_value_with_the_pointer_of_its_member():
    assert list(walk({"a/b~c": ["v"]})) == [
        Text("/a~1b~0c", "key", "a/b~c", TextKind.KEY),
        Text("/a~1b~0c/0", "other", "v", TextKind.STRING),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4155550134, "4155550134"),
        (-1234567, "-1234567"),
        (4155550134.0, "4155550134"),
        (1234567.25, "1234567.25"),
        (Decimal("1E+7"), "10000000"),
        (999999, None),
        (0.123456789, None),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_a_number_is_a_text_from_seven_digits_before_the_point(value, text):
    assert long_number(value) == text


def test_a_number_too_long_for_python_to_print_is_spelled_all_the_same():
    assert long_number(10**5000) == "1" + "0" * 5000


def test_truth_and_null_are_no_texts():
    assert list(walk([True, None, 12])) == []


def test_nesting_has_no_limit():
    value = "deep"
    for _ in range(50_000):
        value = [value]
    (text,) = walk(value)
    assert text.text == "deep"
    assert text.pointer == "/0" * 50_000


@pytest.mark.parametrize("key", ["movie_id", "max", "userName", "x-trace-id", "a.b.c", "top5"])
def test_a_programmers_identifier_is_not_looked_into_as_a_key(key):
    assert skip_reason(Text("/x", "key", key, TextKind.KEY)) == "identifier-key"
    assert skip_reason(Text("/x", "other", key, TextKind.STRING)) is None


@pytest.mark.parametrize(
    "key", ["john.smith@example.com", "415-555-0134", "John Smith", "Mary", "u41555", "josé", ""]
)
def test_a_key_that_could_be_personal_is_looked_into(key):
    assert skip_reason(Text("/x", "key", key, TextKind.KEY)) is None


def test_the_names_of_the_row_shapes_are_skipped_as_such():
    assert skip_reason(Text("/x", "key", "messages", TextKind.KEY)) == "field-name"
