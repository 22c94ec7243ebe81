"""What would have to be different about a row of a run for it to pass. The run stays as it is.

The facts and findings that the run stored are changed as somebody could change them, and decided
again by the run's own policy.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.data.tables import rows_named
from govgate.model import Effect, Use
from govgate.policy.load import Policy, load_policy
from govgate.policy.model import INCOMPLETE, REQUIRE
from govgate.policy.testing.factvalues import FactValue
from govgate.policy.vocabulary import FACTS, ROLES
from govgate.policy.whatif.changes import (
    Change,
    Facts,
    Licensed,
    Subject,
    asked_leaves,
    words_named,
)
from govgate.policy.whatif.changewords import change_words, sentence
from govgate.policy.whatif.counterfactual import (
    MOST_CHANGES,
    After,
    Counterfactual,
    Way,
    counterfactual,
)
from govgate.rights.licenses import read_license
from govgate.scan.facts import PLACE, pii_facts
from govgate.steps.counted import counted

_USED = {Use.TRAIN: "trained on", Use.RETRIEVE: "looked up"}


def counterfactual_row(run: Path, row: str, use: Use) -> dict[str, Any]:
    """The smallest changes that would let ``row``, which is in ``run``, be used so; plain values.

    Personal data is only ever named by entity, role and number.
    """
    policy = load_policy(run / rundir.POLICY)
    verdict = rows_named(run / rundir.VERDICTS, row).to_dicts()[0]
    facts = rows_named(run / rundir.FACTS, row).to_dicts()[0]
    if verdict[use.value] != Effect.DENY.word:
        note = f"nothing has to change: the row may be {_USED[use]} already"
        return _empty(use, found=True, notes=[note], after=_stored(verdict))
    if facts.get("erased"):
        note = "no change of facts helps: the row was erased"
        return _empty(use, found=False, notes=[note], after=None)
    if facts["failure"] is not None:
        note = f"no change of facts helps while the row could not be read or scanned in full \
({facts['failure']}); mend the row, then gate again"
        return _empty(use, found=False, notes=[note], after=None)
    findings = rows_named(run / rundir.FINDINGS, row).filter(
        counted(policy), pl.col("index") == facts["index"]
    )
    subject = subject_of(facts, findings)
    return _answer(counterfactual(policy, subject, use), policy, subject, use, verdict)


def subject_of(facts: dict[str, Any], findings: pl.DataFrame) -> Subject:
    """The row with these stored facts and these findings that count."""
    places = findings.unique(subset=list(PLACE))
    known = {name: _fact(facts[name]) for name in FACTS if name in facts}
    return Subject(
        facts=known,
        spans=Counter(zip(places["entity"], places["role"], strict=True)),
        without=lambda sets: _without(places, sets),
        fixed=frozenset(facts.get("pii.fixed") or ()),
        purpose=str(known.get("run.purpose") or ""),
        terms_of=_terms_of,
    )


def _without(places: pl.DataFrame, sets: Sequence[frozenset[str]]) -> list[Facts]:
    """The row's facts of personal data once each set of entities is taken out."""
    left = [
        places.filter(~pl.col("entity").is_in(out)).with_columns(
            pl.lit(at, pl.UInt64).alias("index"), pl.col("pointer").alias("shown")
        )
        for at, out in enumerate(sets)
    ]
    rows = pl.DataFrame(
        {"index": range(len(sets)), "failure": None},
        schema={"index": pl.UInt64, "failure": pl.String},
    )
    found = pii_facts(pl.concat(left), rows, ROLES)
    kept = [name for name in found.columns if name in FACTS]
    return [
        {name: _fact(value) for name, value in one.items()}
        for one in found.select(kept).iter_rows(named=True)
    ]


def _terms_of(license_id: str) -> Licensed:
    terms = read_license(license_id).terms
    return (None, None) if terms is None else (terms.cls.value, tuple(sorted(terms.words)))


def _fact(value: Any) -> FactValue:
    return tuple(value) if isinstance(value, list) else value


def _answer(
    found: Counterfactual, policy: Policy, subject: Subject, use: Use, verdict: dict[str, Any]
) -> dict[str, Any]:
    whole = [reason for reason in verdict["reasons"] if reason in (REQUIRE, INCOMPLETE)]
    notes = [_WHOLE[reason] for reason in whole]
    if verdict["waivers"]:
        notes.append("waivers of the row are left out of account")
    if found.now.allows(use):
        notes.insert(0, f"by its own facts the row may be {_USED[use]}")
        return _empty(use, found=False, notes=notes, after=_after(found.now))
    if not found.ways:
        notes.insert(0, _nothing(found))
        return _empty(use, found=False, notes=notes, after=None)
    named = {name: words_named(asked_leaves(policy, use), name) for name in FACTS}
    ways = [_way(way, subject, named) for way in found.ways]
    if not found.smallest:
        notes.insert(
            0,
            f"no {MOST_CHANGES} changes or fewer were found to help; each of these is needed",
        )
    more = {"smallest": found.smallest, "tried": found.tried, "exhausted": found.exhausted}
    return (
        {"use": use.value, "found": True, **ways[0], "alternatives": ways[1:]}
        | more
        | {"notes": notes}
    )


_WHOLE = {
    REQUIRE: "the data set as a whole must meet what the policy requires, which no single row can",
    INCOMPLETE: "something else of the data set could not be read or scanned; mend that first",
}


def _nothing(found: Counterfactual) -> str:
    if found.exhausted:
        return (
            f"nothing was found: no set of up to {MOST_CHANGES} changes that a person could bring "
            f"about lets the row through ({found.tried:,} were decided)"
        )
    return f"nothing was found among the {found.tried:,} sets of changes that were tried; others \
were not tried"


def _way(way: Way, subject: Subject, named: dict[str, frozenset[str]]) -> dict[str, Any]:
    return {
        "words": sentence(way.changes, subject, named),
        "changes": [_change(change, subject, named) for change in way.changes],
        "after": _after(way.after),
        "redacts": _left(way, subject),
    }


def _change(change: Change, subject: Subject, named: dict[str, frozenset[str]]) -> dict[str, Any]:
    now = subject.facts.get(change.fact)
    after: Any = change.after
    if change.removes and isinstance(now, tuple):
        after = tuple(entity for entity in now if entity != change.removes)
    return {
        "fact": change.fact,
        "from": _plain(now),
        "to": _plain(after),
        "or": [_plain(other) for other in change.others],
        "words": change_words(change, subject, named[change.fact]),
    }


def _left(way: Way, subject: Subject) -> dict[str, int]:
    """How many findings govgate itself replaces for each use, once the row is changed."""
    out = {change.removes for change in way.changes}
    left = {place: count for place, count in subject.spans.items() if place[0] not in out}
    found = {}
    for use in Use:
        prefix = f"redact:{use.value}:"
        named = {one.removeprefix(prefix) for one in way.after.redacts if one.startswith(prefix)}
        found[use.value] = sum(
            count
            for (entity, role), count in left.items()
            if not named.isdisjoint({"*", entity, f"{entity}@{role}"})
        )
    return found


def _after(after: After) -> dict[str, Any]:
    return {
        "train": after.train,
        "retrieve": after.retrieve,
        "reasons": list(after.reasons),
    }


def _stored(verdict: dict[str, Any]) -> dict[str, Any]:
    return {name: verdict[name] for name in ("train", "retrieve", "reasons")}


def _plain(value: FactValue) -> Any:
    """The value as JSON has it."""
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, date) else value


def _empty(
    use: Use, *, found: bool, notes: list[str], after: dict[str, Any] | None
) -> dict[str, Any]:
    return {
        "use": use.value,
        "found": found,
        "words": "",
        "changes": [],
        "after": after,
        "alternatives": [],
        "notes": notes,
    }
