"""`credits.json` and `NOTICE.txt` of a run without the rows that were erased.

What the configuration said when the run was gated is not asked again: sources, licences and lineage
are those that the run's own `credits.json` lists; only the counts are new, and who is still named.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from govgate import rundir
from govgate.durable import write_durably
from govgate.errors import EvidenceError
from govgate.rights.credits import Credit, Terms, notice
from govgate.rights.lineage.nodes import Kind
from govgate.rights.terms import Term
from govgate.runfiles import load_json
from govgate.steps.credit import Group, groups_of

_Named = Mapping[str, Mapping[str, Any]]


def write_credits(old: Path, run: Path) -> None:
    """Write both files into ``run``, whose facts and verdicts are there, by those of ``old``.

    Runs of earlier versions have neither, and get neither.
    """
    if not (old / rundir.CREDITS).is_file():
        return
    said = load_json(old / rundir.CREDITS)
    try:
        groups = [(group, _entry(group, said["rows"])) for group in groups_of(run)]
        named = {one["name"]: one for one in said["sources"]}
        kept = _closure((entry for _, entry in groups), named)
        rows = [{**entry, "train": g.train, "retrieve": g.retrieve} for g, entry in groups]
        document = {
            "rows": rows,
            "sources": [one for one in said["sources"] if one["name"] in kept],
        }
        write_durably(run / rundir.CREDITS, json.dumps(document, indent=1).encode() + b"\n")
        trained = [(group, entry) for group, entry in groups if group.train]
        if trained:
            write_durably(run / rundir.NOTICE, _notice(trained, named).encode())
    except (KeyError, TypeError, ValueError) as error:
        raise EvidenceError(
            f"{rundir.CREDITS} is not of a form that this version writes"
        ) from error


def _entry(group: Group, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the old file says of the rows of ``group``."""
    wanted = {"file": group.file, "source": group.source, **group.terms.as_json()}
    for entry in rows:
        if all(entry[name] == value for name, value in wanted.items()):
            return entry
    raise EvidenceError(f"{rundir.CREDITS} does not list rows that the verdicts let through")


def _own(entry: Mapping[str, Any]) -> str:
    """By what the sources list the source of an entry: its name, or that of its file."""
    return str(entry["source"] or entry["file"])


def _closure(entries: Iterable[Mapping[str, Any]], named: _Named) -> set[str]:
    """The sources of ``entries``, and all that they were made from."""
    queue = [name for one in entries for name in (_own(one), one["within"]) if name in named]
    for name in queue:
        queue += [n for n in named[name]["madeFrom"] if n in named and n not in queue]
    return set(queue)


def _notice(trained: Sequence[tuple[Group, Mapping[str, Any]]], named: _Named) -> str:
    counts: dict[str, Counter[Terms]] = {}
    for group, entry in trained:
        counts.setdefault(_own(entry), Counter())[group.terms] += group.train
    credited = sorted(_closure((entry for _, entry in trained), named))
    rows = {name: list(terms.items()) for name, terms in counts.items()}
    return notice([_credit(named[name]) for name in credited], rows)


def _credit(said: Mapping[str, Any]) -> Credit:
    asks = None if said["terms"] is None else tuple(map(Term, said["terms"]))
    terms = Terms(said["license"], asks, tuple(said["texts"]))
    return Credit(said["name"], Kind(said["kind"]), terms, said["url"], tuple(said["madeFrom"]))
