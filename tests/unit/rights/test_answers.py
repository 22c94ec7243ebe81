"""Answers that rows share: asked for once, joined in order, and not remembered without end."""

import polars as pl

import govgate.rights.answers as answers
from govgate.rights.answers import Answers

KEYS = pl.Schema({"a": pl.UInt32(), "b": pl.String()})
SCHEMA = pl.Schema({"sum": pl.String(), "list": pl.List(pl.String())})


class Counting:
    def __init__(self) -> None:
        self.asked: list[tuple[int | None, str | None]] = []

    def __call__(self, a, b):
        self.asked.append((a, b))
        return f"{a}{b}", None if b is None else [b]


def _rows(*keys):
    return pl.DataFrame(
        [(n, *key) for n, key in enumerate(keys)],
        schema={"n": pl.Int64, "a": pl.UInt32, "b": pl.String},
        orient="row",
    )


def test_rows_keep_their_order_and_each_answer_is_asked_for_once():
    counting = Counting()
    shared = Answers(KEYS, SCHEMA, counting)
    first = shared.join(_rows((1, "x"), (1, None), (1, "x"), (2, "x")))
    assert first["n"].to_list() == [0, 1, 2, 3]
    assert first["sum"].to_list() == ["1x", "1None", "1x", "2x"]
    assert first["list"].to_list() == [["x"], None, ["x"], ["x"]]
    again = shared.join(_rows((2, "x"), (3, None), (1, None)))
    assert again["sum"].to_list() == ["2x", "3None", "1None"]
    assert len(counting.asked) == len(set(counting.asked)) == 4


def test_what_is_remembered_has_an_end_and_answers_stay_right(monkeypatch):
    monkeypatch.setattr(answers, "MOST", 10)
    counting = Counting()
    shared = Answers(KEYS, SCHEMA, counting)
    for start in range(0, 50, 5):
        keys = [(n, "x") for n in range(start, start + 5)]
        assert shared.join(_rows(*keys))["sum"].to_list() == [f"{n}x" for n, _ in keys]
        assert shared._known.height <= 10
    many = [(n, "y") for n in range(30)]
    assert shared.join(_rows(*many))["sum"].to_list() == [f"{n}y" for n, _ in many]


def test_no_rows_are_no_questions():
    counting = Counting()
    assert Answers(KEYS, SCHEMA, counting).join(_rows()).columns == ["n", "a", "b", "sum", "list"]
    assert counting.asked == []
