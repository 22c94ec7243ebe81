"""Verdicts for any number of rows: masks of the rules that speak, then one verdict per mask."""

from collections.abc import Sequence

import polars as pl

from govgate.model import Use
from govgate.policy.compile import KNOWN, Compiled, column_type, compile_policy
from govgate.policy.load import Policy
from govgate.policy.profiles import Codes
from govgate.policy.verdict import EVERY_FINDING
from govgate.policy.vocabulary import PII_ENTITIES, PII_IN
from govgate.policy.waivers import Waiver, by_waivers

# Bounds on the memory of the steps between facts and verdicts.
SLICE_ROWS = 250_000
SLICE_ANSWERS = 100_000_000

VERDICTS = pl.Schema(
    {
        "index": pl.UInt64(),
        "train": pl.String(),
        "retrieve": pl.String(),
        "partition": pl.String(),
        "reasons": pl.List(pl.String()),
        "waivers": pl.List(pl.String()),
        "obligations": pl.List(pl.String()),
    }
)
"""Columns of a frame of verdicts."""

_PLACE = "place"
_REDACT = {use: f"redact_{use}" for use in Use}
_PLAN = ["duties", *_REDACT.values()]
_WORDS = pl.List(pl.String())


def decide(facts: pl.DataFrame, policy: Policy, waivers: Sequence[Waiver] = ()) -> pl.DataFrame:
    """One verdict per row of ``facts``, in its order, as VERDICTS.

    ``facts`` has ``index`` and a column per fact, null where unknown. A fact without a column is
    unknown in every row. ``waivers``: those in effect; to tell which rows they pick, ``facts`` has
    the columns ``row`` and ``file`` too.
    """
    compiled = compile_policy(policy)
    heeded = [one for one in waivers if not one.of_failures]
    if not heeded:
        return _decide(facts, policy, compiled)
    parts = [
        _decide(facts.filter(rows), policy, compiled.waiving(chosen)).with_columns(
            rows.arg_true().alias(_PLACE)
        )
        for chosen, rows in by_waivers(facts, heeded)
    ]
    return pl.concat(parts).sort(_PLACE).drop(_PLACE)


def _decide(facts: pl.DataFrame, policy: Policy, compiled: Compiled) -> pl.DataFrame:
    rows = max(1, min(SLICE_ROWS, SLICE_ANSWERS // len(policy.rules)))
    read = fact_columns(facts, compiled)
    slices = [_decide_slice(part, compiled) for part in read.iter_slices(rows)]
    return pl.concat([VERDICTS.to_frame(), *slices])


def fact_columns(facts: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    """The columns that the policy reads, with the types that its expression expects."""
    columns = [
        (pl.col(fact) if fact in facts.columns else pl.lit(None).alias(fact)).cast(
            column_type(fact)
        )
        for fact in compiled.facts
    ]
    return facts.select(pl.col("index").cast(pl.UInt64), *columns)


def _decide_slice(facts: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    codes = Codes(facts)
    known = facts[PII_ENTITIES].is_not_null() if compiled.redacts else pl.lit(value=True)
    masks = compiled.profiles.masks(facts, codes).with_columns(known.alias(KNOWN))
    keys = masks.select(KNOWN, *compiled.deciding)
    settled = compiled.settled(keys.unique())
    # Verdicts differ more than what follows from them: number the few sets of obligations.
    plans = settled.select(_PLAN).unique(maintain_order=True).with_row_index("plan")
    numbered = settled.join(plans, on=_PLAN, how="left", maintain_order="left").drop(_PLAN)
    rows = keys.join(numbered, on=keys.columns, how="left", maintain_order="left")
    rows = rows.with_columns(facts["index"])
    rows = _with_obligations(rows, _redactable(codes, compiled), plans)
    return rows.select(VERDICTS.names())


def _redactable(codes: Codes, compiled: Compiled) -> tuple[pl.Series, pl.Series]:
    """What rows have that a rule may name to be redacted: ``ENTITY``, and ``ENTITY@ROLE``.

    The distinct sets, and for each row the number of its own.
    """
    if not compiled.redacts:
        _, numbers = codes.of(())
        return pl.Series(PII_ENTITIES, [[]], _WORDS), numbers
    named = {entity for speaker in compiled.speakers for entity in speaker.entities}
    roles = sorted({entity.split("@")[1] for entity in named if "@" in entity})
    values, numbers = codes.of((PII_ENTITIES, *(f"{PII_IN}{role}" for role in roles)))
    by_role = (
        pl.col(f"{PII_IN}{role}").fill_null([]).list.eval(pl.format(f"{{}}@{role}", pl.element()))
        for role in roles
    )
    return values.select(pl.concat_list(pl.col(PII_ENTITIES), *by_role))[PII_ENTITIES], numbers


def _with_obligations(
    rows: pl.DataFrame, entities: tuple[pl.Series, pl.Series], plans: pl.DataFrame
) -> pl.DataFrame:
    """Add ``obligations``: duties, then ``redact:USE:ENTITY`` for what the row itself has.

    Worked out once for each plan with each set of entities, and both go by number: comparing
    sets row by row is slow.
    """
    sets, numbers = entities
    rows = rows.with_columns(numbers.alias("set"))
    each = rows.select("plan", "set").unique().join(plans, on="plan")
    each = each.with_columns(sets.gather(each["set"]))
    each = each.select(
        "plan",
        "set",
        obligations=pl.concat_list("duties", *(_redactions(use) for use in reversed(Use))),
    )
    return rows.join(each, on=["plan", "set"], how="left", maintain_order="left")


def _redactions(use: Use) -> pl.Expr:
    named = pl.col(_REDACT[use])
    every = named.list.contains(EVERY_FINDING)
    found = named.list.set_intersection(
        pl.col(PII_ENTITIES).fill_null([])
    )  # in the order of `named`
    chosen = pl.when(every).then(named).otherwise(found)
    return chosen.list.eval(pl.format(f"redact:{use}:{{}}", pl.element()))
