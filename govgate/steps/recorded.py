"""What a run's record says, as `explain` reads a run: nothing is verified."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from govgate import __version__, rundir
from govgate.attest import dsse
from govgate.attest.files import read_bounded
from govgate.attest.statement import DECISION_TYPE, parse_statement
from govgate.record import Decision, parse_decision

MAX_RECORD = 64 * 2**20


def recorded(run: Path) -> Decision | None:
    """The decision in the record of ``run``; None for a run without one.

    EvidenceError when the record is there and cannot be read.
    """
    if not (run / rundir.RECORD).is_file():
        return None
    first = dsse.split_envelopes(read_bounded(run / rundir.RECORD, MAX_RECORD))[0]
    return parse_decision(parse_statement(dsse.parse_envelope(first).payload, DECISION_TYPE))


def changed_since(decision: Decision) -> tuple[str, ...]:
    """In what the scanner that is installed now differs from the one that made the run."""
    then = {
        "govgate": decision.versions.get("govgate"),
        "presidio-analyzer": decision.detector.get("presidio"),
        "spacy": decision.detector.get("spacy"),
        **{one["name"]: one["version"] for one in decision.detector.get("pipelines", ())},
        **decision.detector.get("libraries", {}),
    }
    now = {name: _installed(name) for name in then}
    return tuple(
        f"{name} was {before} and is {now[name] or 'not installed'}"
        for name, before in sorted(then.items())
        if before is not None and now[name] != before
    )


def _installed(name: str) -> str | None:
    if name == "govgate":
        return __version__
    try:
        return version(name)
    except PackageNotFoundError:
        return None
