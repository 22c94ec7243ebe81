"""What was found: how many findings of which kind, and where they stood; never a value."""

from govgate.report.counting import findings_by, table
from govgate.report.document import Bars, Block, Column, Kind, Paragraph, Section, Shown, Table
from govgate.report.evidence import RunEvidence
from govgate.rundir import FACTS, FINDINGS

_WHERE = {
    "field": "By field",
    "role": "By whose words they are",
    "file": "By file",
    "source": "By source",
    "license": "By licence",
}
_FROM = (
    f"{FINDINGS}: entries that no rule took out and that score enough; one that was seen in two"
    " readings is one"
)
_JOINED = {
    "source": f"{_FROM}; {FACTS}: source.name, by index",
    "license": f"{_FROM}; {FACTS}: license.id, by index",
}
_UNKNOWN = {
    "source": "A dash is a row whose source nobody declares.",
    "license": "A dash is a row whose licence is unknown.",
}


def section(evidence: RunEvidence) -> Section:
    """Findings that count, by kind and by place."""
    kinds = findings_by(evidence, "entity")
    total = sum(int(str(count)) for _, count in kinds)
    by_kind = table(
        "found",
        "Findings by kind",
        (Column("kind", Kind.CODE), Column("findings", Kind.COUNT)),
        (*kinds, ("all", total)),
        _FROM,
    )
    blocks: list[Block] = [
        Paragraph(
            (
                "The detectors saw ",
                by_kind.figure("all", "findings"),
                " pieces of text that look like personal data. What they saw is counted here, and"
                " kept nowhere.",
            ),
            lead=True,
        )
    ]
    if kinds:
        chart = Table(by_kind.id, by_kind.title, by_kind.columns, by_kind.rows[:-1], by_kind.source)
        blocks.append(Bars(chart, ("findings",), "Findings by kind"))
    blocks.append(Shown(by_kind))
    parts = tuple(_part(evidence, where) for where in _WHERE) if kinds else ()
    return Section("findings", "What was found", tuple(blocks), parts)


def _part(evidence: RunEvidence, where: str) -> Section:
    listed = table(
        f"found-by-{where}",
        f"Findings {_WHERE[where][0].lower()}{_WHERE[where][1:]}",
        (Column(where, Kind.CODE), Column("kind", Kind.CODE), Column("findings", Kind.COUNT)),
        findings_by(evidence, where, "entity"),
        _JOINED.get(where, _FROM),
        _UNKNOWN.get(where, ""),
    )
    return Section(f"where-{where}", _WHERE[where], (Shown(listed),))
