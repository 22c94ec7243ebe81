"""What was read and what was not: the coverage ledger, and who looked."""

from typing import Any

from govgate.report.counting import table
from govgate.report.document import (
    Block,
    Column,
    Facts,
    Kind,
    Notice,
    Paragraph,
    Section,
    Shown,
    Table,
    Text,
)
from govgate.report.evidence import RunEvidence
from govgate.rundir import COVERAGE, RECORD

_ENDS = ("read", "scanned", "skipped", "failed")
_NOT_SAID = "the record does not say"
_UNITS = ("rows", "strings", "characters")
WHY = {
    "field-name": "names of members that chat and instruction formats use, such as role",
    "identifier-key": "names of members in programmers' spelling, such as movie_id",
    "date-or-time-value": "values of a column of dates or times",
}


def section(evidence: RunEvidence) -> Section:
    """Every row, string and character that was read, by what became of it."""
    ledger = _ledger(evidence.coverage)
    rows = evidence.coverage["rows"]
    blocks: list[Block] = [
        Paragraph(
            (
                "Of ",
                ledger.figure("characters", "read"),
                " characters that were read, ",
                ledger.figure("characters", "scanned"),
                " were scanned, ",
                ledger.figure("characters", "skipped"),
                " were skipped by name, and ",
                ledger.figure("characters", "failed"),
                " could not be scanned.",
            ),
            lead=True,
        ),
        Shown(ledger),
        Shown(_skipped(evidence.coverage)),
    ]
    if rows["failed"]:
        blocks += _failed(evidence.coverage)
    if evidence.coverage["notGated"]:
        blocks.append(Shown(_not_gated(evidence.coverage)))
    return Section(
        "coverage", "What was read, and what was not", tuple(blocks), (_detector(evidence),)
    )


def _ledger(coverage: Any) -> Table:
    return table(
        "ledger",
        "The coverage ledger",
        (Column("unit"), *(Column(end, Kind.COUNT) for end in _ENDS)),
        ((unit, *(coverage[unit][end] for end in _ENDS)) for unit in _UNITS),
        f"{COVERAGE}: rows, strings, characters",
        "Scanned, skipped and failed add up to read.",
    )


def _skipped(coverage: Any) -> Table:
    return table(
        "skipped",
        "What was skipped, by reason",
        (
            Column("reason", Kind.CODE),
            Column("meaning"),
            Column("strings", Kind.COUNT),
            Column("characters", Kind.COUNT),
        ),
        (
            (reason, _why(reason), told["strings"], told["characters"])
            for reason, told in coverage["skipped"].items()
        ),
        f"{COVERAGE}: skipped",
    )


def _why(reason: str) -> str:
    if reason.startswith("policy:"):
        return "a rule of the policy's scan says so"
    return WHY.get(reason, "")


def _failed(coverage: Any) -> list[Block]:
    told = coverage["failed"]
    by_code = table(
        "failed",
        "What could not be read or scanned, by code",
        (Column("code", Kind.CODE), *(Column(unit, Kind.COUNT) for unit in _UNITS)),
        (
            (code, *(told[unit].get(code, 0) for unit in _UNITS))
            for code in sorted({code for unit in _UNITS for code in told[unit]})
        ),
        f"{COVERAGE}: failed",
    )
    listed = coverage["failures"]
    rows = table(
        "failures",
        "Rows that failed",
        (Column("row", Kind.CODE), Column("code", Kind.CODE), Column("what"), Column("remedy")),
        ((one["row"], one["code"], one["message"], one["remedy"]) for one in listed),
        f"{COVERAGE}: failures",
        "The ledger itself lists the first thousand.",
    )
    said: Text = ("Some rows failed. A waiver covers each; they are withheld all the same.",)
    return [Notice(said, bad=True), Shown(by_code), Shown(rows)]


def _not_gated(coverage: Any) -> Table:
    return table(
        "not-gated",
        "Files that lay with the data and were not read as data",
        (Column("file", Kind.CODE), Column("reason")),
        ((one["name"], one["reason"]) for one in coverage["notGated"]),
        f"{COVERAGE}: notGated",
    )


def _detector(evidence: RunEvidence) -> Section:
    detector = evidence.decision.detector
    pipelines = table(
        "pipelines",
        "Models that find names",
        (
            Column("model", Kind.CODE),
            Column("language"),
            Column("version"),
            Column("SHA-256", Kind.CODE),
        ),
        (
            (one["name"], one.get("language"), one.get("version"), one["sha256"])
            for one in (*detector.get("pipelines", ()), *detector.get("models", ()))
        ),
        f"{RECORD}: detector.pipelines, detector.models",
    )
    facts: tuple[tuple[str, Text], ...] = (
        ("kinds looked for", (_listed(detector, "entities"),)),
        ("recognizers", (_listed(detector, "recognizers"),)),
        ("libraries", (_libraries(detector),)),
        ("windows", (_windows(detector),)),
    )
    return Section("detector", "Who looked", (Facts(facts), Shown(pipelines)))


def _listed(detector: Any, name: str) -> str:
    return ", ".join(detector.get(name, ())) or _NOT_SAID


def _windows(detector: Any) -> str:
    if "window_characters" not in detector:
        return _NOT_SAID
    return f"strings are looked at {detector['window_characters']:,} characters at a time"


def _libraries(detector: Any) -> str:
    named = {
        "presidio-analyzer": detector.get("presidio"),
        "spaCy": detector.get("spacy"),
        **detector.get("libraries", {}),
    }
    known = (f"{name} {version}" for name, version in named.items() if version)
    return ", ".join(known) or _NOT_SAID
