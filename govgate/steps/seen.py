"""What a scan saw, summed up: the part of an answer that `gate` and `scan` share."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from govgate import rundir
from govgate.data.tables import read_batches, whole_rows
from govgate.policy.load import Policy
from govgate.rights.manifest import source_for
from govgate.scan.facts import PLACE
from govgate.steps.counted import counted
from govgate.steps.open import Inputs
from govgate.steps.scan import Scanned

_READ = ("index", *PLACE, "score", "excluded")


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
    counts = _Counts()
    for findings in whole_rows(read_batches(run / rundir.FINDINGS, _READ)):
        counts.add(findings, counted(opened.policy))
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
        entities=_most(counts.entities),
        rows=counts.rows,
        excluded=_most(counts.excluded),
        below=counts.below,
    )


@dataclass(slots=True)
class _Counts:
    """Findings, counted a batch of whole rows at a time. The names are those of `Seen`."""

    entities: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    below: int = 0

    def add(self, findings: pl.DataFrame, counted: pl.Expr) -> None:
        counting = findings.filter(counted)
        places = counting.unique(subset=["index", *PLACE])
        out = findings["excluded"].drop_nulls()
        self.entities.update(dict(places["entity"].value_counts().iter_rows()))
        self.rows += places["index"].n_unique()
        self.excluded.update(dict(out.value_counts().iter_rows()))
        self.below += findings.height - out.len() - counting.height


def _most(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    """Most first; of equals, by name."""
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


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
