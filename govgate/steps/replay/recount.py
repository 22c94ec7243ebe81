"""Stored facts as another policy would have had them, as far as the table of findings tells."""

from pathlib import Path
from typing import NamedTuple

import polars as pl

from govgate import rundir
from govgate.policy.change.replay import Doubt
from govgate.policy.load import Policy
from govgate.policy.vocabulary import ROLES
from govgate.scan.facts import pii_facts
from govgate.steps.counted import counted
from govgate.steps.erased import erased_in
from govgate.steps.findings import findings_between
from govgate.steps.replay.damage import readable


class Reread(NamedTuple):
    """One batch of facts for another policy, and two answers for each row.

    ``doubt``: whether the findings are in doubt. ``fewer``: whether one that counted does not.
    """

    facts: pl.DataFrame
    doubt: pl.Series
    fewer: pl.Series


def reread(facts: pl.DataFrame, run: Path, policies: tuple[Policy, Policy], doubt: Doubt) -> Reread:
    """``facts`` for the second policy.

    ``policies``: the one that they were found for, and the one that asks. A row that failed, or
    was erased, stays as it is under every policy.
    """
    sound = facts["failure"].is_null() & ~erased_in(facts)
    if doubt is Doubt.NONE:
        return Reread(facts, sound & False, sound & False)
    if doubt is Doubt.ALL:
        return Reread(facts, sound, sound & False)
    with readable(run / rundir.FINDINGS):
        found = findings_between(run / rundir.FINDINGS, facts)
    if doubt is Doubt.FINDINGS:
        return Reread(facts, sound & _among(facts, found), sound & False)
    stored, asking = (counted(policy) for policy in policies)
    other = found.filter(stored != asking)
    # Names of fields that hold a finding are masked in the table, so places cannot be told apart.
    keys = found.filter(pl.col("role") == "key")
    masked = other.join(keys, on="index", how="semi")
    again = sound & _among(facts, other) & ~_among(facts, masked)
    return Reread(
        _recounted(facts, found.filter(asking), again),
        sound & _among(facts, masked),
        _among(facts, found.filter(stored, ~asking)),
    )


def _among(facts: pl.DataFrame, found: pl.DataFrame) -> pl.Series:
    return facts["index"].is_in(found["index"].unique().implode())


def _recounted(facts: pl.DataFrame, found: pl.DataFrame, again: pl.Series) -> pl.DataFrame:
    """The facts with those of personal data counted anew from ``found`` in the rows ``again``."""
    rows = facts.filter(again)
    if rows.is_empty():
        return facts
    shown = found.join(rows, on="index", how="semi").with_columns(shown=pl.col("pointer"))
    fresh = pii_facts(shown, rows.select("index", "failure"), ROLES)
    named = [name for name in fresh.columns if name in facts.columns and name != "pii.why"]
    kinds = pl.Schema({name: facts.schema[name] for name in named})
    return facts.update(fresh.select(named).cast(kinds), on="index", maintain_order="left")
