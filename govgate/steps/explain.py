"""One row's verdict, facts and findings, as plain values. Reads a run; decides nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

from govgate import rundir
from govgate.attest.waiver import Grant
from govgate.data.tables import read_batches, rows_named
from govgate.errors import UsageError
from govgate.policy.explain import Reason, explain
from govgate.policy.load import load_policy
from govgate.rights.licenses import read_license
from govgate.steps.waivers.effect import grants_of, of_run

_FINDING = ("pointer", "role", "entity", "start", "end", "score", "recognizer", "view", "excluded")


def explain_row(run: Path, row: str) -> dict[str, Any]:
    """Everything that decided ``row``; UsageError when the run has no such row."""
    if (run / rundir.DETECTOR).is_file():
        raise UsageError(
            f"{run} is a scan: nothing was decided there",
            remedy=f"read {run / rundir.FINDINGS}, or gate the data",
        )
    for name in (rundir.VERDICTS, rundir.FACTS, rundir.FINDINGS, rundir.POLICY):
        if not (run / name).is_file():
            raise UsageError(f"{run} is not a run directory: it has no {name}")
    verdict = _one(run / rundir.VERDICTS, row)
    facts = _one(run / rundir.FACTS, row)
    findings = rows_named(run / rundir.FINDINGS, row).select(_FINDING).to_dicts()
    ids = verdict["waivers"]
    heeded = of_run(run) if ids else ()
    reasons = explain(load_policy(run / rundir.POLICY), facts, verdict, heeded)
    return {
        "row": row,
        "file": verdict["file"],
        "partition": verdict["partition"],
        "train": verdict["train"],
        "retrieve": verdict["retrieve"],
        "reasons": [_reason(reason, _remarks(facts)) for reason in reasons],
        "waived": _waived(ids, grants_of(run) if ids else {}),
        "obligations": verdict["obligations"],
        "findings": findings,
    }


def _waived(ids: Sequence[str], grants: Mapping[str, Grant]) -> list[dict[str, Any]]:
    return [
        {
            "rule": grants[one].rule,
            "waiver": one,
            "until": grants[one].until.isoformat(),
            "ticket": grants[one].ticket,
            "reason": grants[one].reason,
        }
        for one in ids
        if one in grants
    ]


def _one(table: Path, row: str) -> dict[str, Any]:
    found = rows_named(table, row)
    if found.height:
        return found.to_dicts()[0]
    first = next(read_batches(table, ["row"], batch_rows=1), None)
    example = f", for example {first.item()}" if first is not None else ""
    raise UsageError(
        f"there is no row '{row}' in {table.parent}",
        remedy=f"rows are called FILE:LINE, counted from 1{example}; by their id only where it is"
        " unique and holds no finding of any score (docs/data.md)",
    )


def _remarks(facts: Mapping[str, Any]) -> dict[str, str]:
    """What has to be said of facts that are known: where the class comes from, if not from the
    row's own licence."""
    own, cls = facts["license.id"], facts["license.class"]
    if own is None or cls is None or read_license(own).cls == cls:
        return {}
    source = facts["source.name"]
    see = f"; see: govgate rights explain {quote(source)}" if source else ""
    return {"license.class": f"not by its own licence, {own}, but by its lineage{see}"}


def _reason(reason: Reason, remarks: Mapping[str, str]) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "title": reason.title,
        "effects": {use.value: effect.word for use, effect in reason.effects.items()},
        "matched": reason.matched,
        "facts": [
            {
                "name": fact.name,
                "value": list(fact.value) if isinstance(fact.value, tuple) else fact.value,
                "why": fact.why or remarks.get(fact.name, ""),
            }
            for fact in reason.facts
        ],
        "cites": list(reason.cites),
        # A reason without an effect was overruled: what it advises would not help.
        "remedy": reason.remedy if reason.effects else "",
    }
