"""What compare and lint take for granted of rows, held against rows that gates wrote."""

from pathlib import Path

import polars as pl
import pytest

from govgate.model import Purpose
from govgate.policy.compile import expression
from govgate.policy.conditions import Condition, IsKnown
from govgate.policy.possible import laws
from govgate.policy.vocabulary import FACTS
from tests.cli.conftest import Gated


def _laws() -> list[Condition]:
    entities = [(word,) for word in ("PERSON", "EMAIL_ADDRESS", "CREDIT_CARD", "URL")]
    return laws([IsKnown(fact) for fact in FACTS], [Purpose.FINE_TUNING], entities)


@pytest.mark.parametrize("run", ["gated", "retrieval_only", "secretive"])
def test_no_row_that_a_gate_wrote_breaks_a_law(run: str, request: pytest.FixtureRequest) -> None:
    made = request.getfixturevalue(run)
    facts = pl.read_parquet((made.run if isinstance(made, Gated) else made) / "facts.parquet")
    assert facts["pii.count"].sum() > 0
    for law in _laws():
        held = facts.select(expression(law).fill_null(value=True).alias("held"))["held"]
        assert held.all(), law


def test_the_laws_tell_a_row_that_no_gate_writes(gated: Path) -> None:
    facts = pl.read_parquet(gated / "facts.parquet").with_columns(
        pl.lit(["URL"]).alias("pii.in.user")
    )
    assert not all(
        facts.select(expression(law).fill_null(value=True).alias("held"))["held"].all()
        for law in _laws()
    )
