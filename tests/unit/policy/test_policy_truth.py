"""The truth table of docs/policy.md, as the compiled policy answers it, line by line."""

import re
from pathlib import Path

import polars as pl
import pytest

from govgate.policy.compile import expression
from govgate.policy.conditions import AllOf, AnyOf, Not, OneOf
from govgate.policy.testing.cases import facts_frame

PAGE = (Path(__file__).parents[3] / "docs" / "policy.md").read_text(encoding="utf-8")
WORD = {"true": True, "false": False, "unknown": None}
LINE = r"^\| (true|false|unknown) " + r"\| (true|false|unknown) " * 4 + r"\|$"
TABLE = [tuple(WORD[word] for word in line) for line in re.findall(LINE, PAGE, re.MULTILINE)]
A, B = OneOf("license.class", ("academic",)), OneOf("consent.basis", ("contract",))
VALUES = {True: ("academic", "contract"), False: ("permissive", "consent"), None: (None, None)}


def test_the_table_has_a_line_for_every_pair() -> None:
    assert len({line[:2] for line in TABLE}) == len(TABLE) == 9


@pytest.mark.parametrize("line", TABLE, ids=str)
def test_conditions_answer_as_the_table_says(line: "tuple[bool | None, ...]") -> None:
    a, b, both, either, opposite = line
    facts = facts_frame([{"license.class": VALUES[a][0], "consent.basis": VALUES[b][1]}])
    asked = {"a": A, "b": B, "and": AllOf((A, B)), "or": AnyOf((A, B)), "not": Not(A)}
    answers = facts.with_columns(expression(one).alias(name) for name, one in asked.items())
    assert answers.select(pl.col(asked)).row(0) == (a, b, both, either, opposite)
