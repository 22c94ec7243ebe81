"""What compare and lint take for granted of opt-outs, held against what signals come to."""

import polars as pl
import pytest

from govgate.policy.compile import expression
from govgate.policy.conditions import IsKnown
from govgate.policy.possible import laws
from govgate.rights.resolve import OPTOUT
from govgate.rights.signals.judging import RESULT
from tests.unit.rights.signals.test_rights_evaluate import PAGE, TODAY, listed, of, robots

FACTS = ("optout.train", "optout.retrieve", "optout.tdm", "optout.signals")
CAPTURED = [
    of(),
    of(robots()),
    of(robots(status=404)),
    of(robots(b"User-agent: GPTBot\nDisallow: /\n")),
    of(robots(b"User-agent: GPTBot\nDisallow: /\n"), max_age_days=1),
    of(*listed("a.example train")),
    of(*listed("a.example retrieve")),
    of(*listed("a.example")),
]


@pytest.mark.parametrize("asked", [FACTS, FACTS[:3], FACTS[1:], FACTS[::3]])
def test_no_law_speaks_against_what_signals_come_to(asked: tuple[str, ...]) -> None:
    urls = pl.Series("u", [PAGE, None, "https://b.example/", "x"])
    rows = pl.concat([signals.for_urls(urls, TODAY) for signals in CAPTURED])
    assert rows.schema == RESULT
    assert {"refused", "unstated", None} <= set(rows["optout.train"])
    for law in laws([IsKnown(fact) for fact in asked], ["fine-tuning"]):
        held = rows.select(expression(law).fill_null(value=True).alias("held"))["held"]
        assert held.all(), law


def test_the_laws_tell_signals_that_are_known_beside_a_use_that_is_not() -> None:
    row = pl.DataFrame({"optout.retrieve": [None], "optout.signals": [["robots"]]}, schema=_TWO)
    (law,) = laws([IsKnown("optout.retrieve"), IsKnown("optout.signals")], ["fine-tuning"])
    assert row.select(expression(law)).item() is False


_TWO = {name: OPTOUT[name] for name in ("optout.retrieve", "optout.signals")}
