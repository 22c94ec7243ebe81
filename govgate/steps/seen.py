"""What a scan saw, summed up: the part of an answer that `gate` and `scan` share."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.data.tables import scan_table
from govgate.policy.load import Policy
from govgate.rights.manifest import source_for
from govgate.scan.facts import PLACE
from govgate.steps.counted import counted
from govgate.steps.open import Inputs
from govgate.steps.scan import Scanned


@dataclass(frozen=True, slots=True)
class Seen:
    """``entities``: findings that count, most first. ``excluded``: findings that a rule of the
    policy took out, by rule, most first. ``below``: findings that score too little to count."""

    policy: str
    config: Path | None
    notes: tuple[str, ...]
    coverage: dict[str, Any]
    entities: tuple[tuple[str, int], ...]
    rows: int
    excluded: tuple[tuple[str, int], ...]
    below: int


def seen(
    opened: Inputs, scanned: Scanned, coverage: dict[str, Any], run: Path, today: date
) -> Seen:
    """Sum up the findings in ``run``. A policy that has expired ``today`` is noted."""
    findings = scan_table(run / rundir.FINDINGS)
    counting = findings.filter(counted(opened.policy))
    counts = counting.unique(subset=["index", *PLACE])
    excluded = findings.filter(pl.col("excluded").is_not_null())
    total, out = (_height(frame) for frame in (findings, excluded))
    return Seen(
        policy=f"{opened.policy.name} version {opened.policy.version}{_looser(opened.policy)}",
        config=opened.config.path,
        notes=(
            *_loosened(opened.policy),
            *_notes(opened, today),
            *_unmet(scanned),
            *scanned.notes,
        ),
        coverage=coverage,
        entities=_most(counts, "entity"),
        rows=counts.select(pl.col("index").n_unique()).collect().item(),
        excluded=_most(excluded, "excluded"),
        below=total - out - _height(counting),
    )


def _looser(policy: Policy) -> str:
    if not policy.loosens or policy.document.based_on[0].floor:
        return ""
    return f", LOOSER than {policy.document.based_on[0].policy}"


def _loosened(policy: Policy) -> list[str]:
    if policy.loosens and policy.document.based_on[0].floor:  # else it would not have been read
        said = "the policy was proved to let nothing more through, in spite of"
    else:
        said = "the policy may let more through"
    return [f"{said}: {text}" for text in policy.loosens]


def _unmet(scanned: Scanned) -> list[str]:
    return [
        f"the policy's {rule} met no string: see whether its fields and roles are spelt right"
        for rule in scanned.ledger.unmet
    ]


def _height(frame: pl.LazyFrame) -> int:
    height: int = frame.select(pl.len()).collect().item()
    return height


def _most(findings: pl.LazyFrame, by: str) -> tuple[tuple[str, int], ...]:
    """How many findings there are by the column ``by``, most first."""
    found = findings.group_by(by).len().sort("len", by, descending=[True, False])
    return tuple(found.collect().iter_rows())


def _notes(opened: Inputs, today: date) -> tuple[str, ...]:
    """What a reader of the answer should know of the configuration it rests on."""
    names = [file.name for file in opened.dataset.files]
    sources = opened.config.sources
    used = {source.files for name in names if (source := source_for(name, sources))}
    notes = [
        f"source {source.name}: no file matches {source.files}"
        for source in sources
        if source.files not in used
    ]
    notes += [f"{name}: no source claims it" for name in names if not source_for(name, sources)]
    looks = opened.policy.looks
    if today >= opened.policy.expires:
        notes.append(f"the policy expired on {opened.policy.expires}; no gate takes it")
    if looks.entities is not None:
        notes.append(f"the policy has the scan look for nothing but {', '.join(looks.entities)}")
    if looks.countries is not None:
        countries = ", ".join(looks.countries) or "no country"
        notes.append(f"the policy has the scan look for identifiers of {countries} alone")
    return tuple(notes)
