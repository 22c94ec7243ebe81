"""Verdicts for any number of rows: masks by one expression, then one verdict per distinct mask."""

import polars as pl

from govgate.model import Use
from govgate.policy.compile import ENTITIES, Compiled, column_type, compile_policy
from govgate.policy.load import Policy
from govgate.policy.verdict import EVERY_FINDING, Verdict
from govgate.policy.vocabulary import PII_IN

# Bounds on the memory of the steps between facts and verdicts.
SLICE_ROWS = 250_000
SLICE_ANSWERS = 25_000_000

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

_KNOWN = "findings known"
_REDACT = {use: f"redact_{use}" for use in Use}
_PLAN = ["duties", *_REDACT.values()]
_WORDS = pl.List(pl.String())
_SETTLED = pl.Schema({name: VERDICTS.get(name, _WORDS) for name in Verdict._fields})


def decide(facts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """One verdict per row of ``facts``, in its order, as VERDICTS.

    ``facts`` has ``index`` and a column per fact, null where unknown. A fact without a column is
    unknown in every row.
    """
    compiled = compile_policy(policy)
    rows = max(1, min(SLICE_ROWS, SLICE_ANSWERS // len(policy.rules)))
    read = _fact_columns(facts, compiled)
    slices = [_decide_slice(part, compiled) for part in read.iter_slices(rows)]
    return pl.concat([VERDICTS.to_frame(), *slices])


def _fact_columns(facts: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    """The columns that the policy reads, with the types that its expression expects."""
    columns = [
        (pl.col(fact) if fact in facts.columns else pl.lit(None).alias(fact)).cast(
            column_type(fact)
        )
        for fact in compiled.facts
    ]
    return facts.select(pl.col("index").cast(pl.UInt64), *columns)


def _decide_slice(facts: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    # with_columns, not select: a rule that always speaks is a literal and must take every row.
    answers = facts.select("index").hstack(
        facts.with_columns(compiled.answers.alias("answers")).select("answers")
    )
    known = facts[ENTITIES].is_not_null() if compiled.redacts else pl.lit(value=True)
    masks = answers.unnest("answers").select("index", known.alias(_KNOWN), *compiled.masks)
    keys = masks.columns[1:]
    distinct = masks.select(keys).unique()
    settled = pl.DataFrame(
        [compiled.verdict(*key) for key in distinct.iter_rows()], schema=_SETTLED, orient="row"
    )
    # Verdicts differ more than what follows from them: number the few sets of obligations.
    plans = settled.select(_PLAN).unique(maintain_order=True).with_row_index("plan")
    numbered = settled.join(plans, on=_PLAN, how="left", maintain_order="left").drop(_PLAN)
    rows = masks.join(distinct.hstack(numbered), on=keys, how="left", maintain_order="left")
    entities = _redactable(facts) if compiled.redacts else pl.Series(ENTITIES, [[]], _WORDS)
    rows = _with_obligations(rows, entities, plans)
    return rows.select(
        pl.lit([], _WORDS).alias(name) if name == "waivers" else name for name in VERDICTS
    )


def _redactable(facts: pl.DataFrame) -> pl.Series:
    """What the rows have that a rule may name to be redacted: ``ENTITY``, and ``ENTITY@ROLE``."""
    by_role = [
        pl.col(name)
        .fill_null([])
        .list.eval(pl.format(f"{{}}@{name.removeprefix(PII_IN)}", pl.element()))
        for name in facts.columns
        if name.startswith(PII_IN)
    ]
    if not by_role:
        return facts[ENTITIES]
    return facts.select(pl.concat_list(pl.col(ENTITIES), *by_role))[ENTITIES]


def _with_obligations(rows: pl.DataFrame, entities: pl.Series, plans: pl.DataFrame) -> pl.DataFrame:
    """Add ``obligations``: duties, then ``redact:USE:ENTITY`` for what the row itself has.

    Worked out once for each plan with each set of entities, and both go by number: comparing
    sets row by row is slow.
    """
    sets = entities.unique().to_frame().with_row_index("set")
    number = entities.to_frame().join(
        sets, on=ENTITIES, how="left", nulls_equal=True, maintain_order="left"
    )["set"]
    rows = rows.with_columns(set=number if len(number) == rows.height else pl.lit(number.item()))
    each = rows.select("plan", "set").unique().join(plans, on="plan").join(sets, on="set")
    each = each.select(
        "plan",
        "set",
        obligations=pl.concat_list("duties", *(_redactions(use) for use in reversed(Use))),
    )
    return rows.join(each, on=["plan", "set"], how="left", maintain_order="left")


def _redactions(use: Use) -> pl.Expr:
    named = pl.col(_REDACT[use])
    every = named.list.contains(EVERY_FINDING)
    found = named.list.set_intersection(pl.col(ENTITIES).fill_null([]))  # in the order of `named`
    chosen = pl.when(every).then(named).otherwise(found)
    return chosen.list.eval(pl.format(f"redact:{use}:{{}}", pl.element()))
