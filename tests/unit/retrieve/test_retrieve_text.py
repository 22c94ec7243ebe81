"""What a row reads like once it is text."""

from datetime import date
from decimal import Decimal

from govgate.retrieve.text import row_text


def test_a_text_file_reads_as_itself() -> None:
    assert row_text("One line.\nAnother.") == "One line.\nAnother."


def test_a_text_field_needs_no_name_and_other_fields_carry_theirs() -> None:
    row = {"title": "Tides", "text": "The moon pulls.", "license": "CC0-1.0"}
    assert row_text(row) == "title: Tides\nThe moon pulls.\nlicense: CC0-1.0"


def test_chat_turns_read_as_spoken_by_their_role() -> None:
    row = {
        "messages": [
            {"role": "user", "content": "Where is it?"},
            {"role": "assistant", "content": [{"type": "text", "text": "In the depot."}]},
        ]
    }
    assert row_text(row) == "user: Where is it?\nassistant: In the depot."


def test_sharegpt_turns_read_as_spoken_by_their_role() -> None:
    row = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}
    assert row_text(row) == "human: Hi\ngpt: Hello"


def test_a_rejected_answer_is_never_mistaken_for_the_chosen_one() -> None:
    row = {
        "prompt": "2+2?",
        "chosen": {"role": "assistant", "content": "4"},
        "rejected": [{"role": "assistant", "content": "5"}],
    }
    assert row_text(row) == "prompt: 2+2?\nchosen assistant: 4\nrejected assistant: 5"


def test_tool_calls_show_the_function_and_its_arguments() -> None:
    call = {"id": "c1", "function": {"name": "track", "arguments": '{"order": "A-1"}'}}
    row = {"messages": [{"role": "assistant", "content": None, "tool_calls": [call]}]}
    assert row_text(row) == 'id: c1\nname: track\narguments: {"order": "A-1"}'


def test_an_address_with_a_from_field_but_no_words_keeps_it() -> None:
    assert row_text({"from": "Oslo", "to": "Bergen"}) == "from: Oslo\nto: Bergen"


def test_lists_carry_the_name_of_their_field() -> None:
    assert row_text({"tags": ["a", ["b"]]}) == "tags: a\ntags: b"


def test_numbers_and_dates_are_read_and_blanks_nulls_flags_and_bytes_are_not() -> None:
    row = {
        "price": Decimal("4.50"),
        "count": 3,
        "day": date(2026, 1, 2),
        "blank": " \n",
        "none": None,
        "flag": True,
        "image": b"\x89PNG",
        "empty": {},
    }
    assert row_text(row) == "price: 4.50\ncount: 3\nday: 2026-01-02"


def test_a_field_name_never_breaks_the_line() -> None:
    assert row_text({"a\nb": "c"}) == "a b: c"


def test_a_role_that_is_not_a_word_is_no_speaker() -> None:
    assert row_text({"role": {"x": "y"}, "content": "z"}) == "x: y\nz"


def test_ten_thousand_levels_are_read() -> None:
    row: object = "bottom"
    for _ in range(10_000):
        row = {"a": [row]}
    assert row_text(row) == "a: bottom"


def test_a_row_without_words_is_empty() -> None:
    assert row_text({}) == row_text(None) == row_text([]) == ""
