"""Waivers: which exceptions were made, by whom, for how long, and which had no effect."""

from govgate.model import Use
from govgate.record import WaiverRead
from govgate.report.counting import table
from govgate.report.document import (
    Block,
    Column,
    Facts,
    Kind,
    Paragraph,
    Section,
    Shown,
    Table,
    Text,
    Value,
)
from govgate.report.evidence import RunEvidence
from govgate.rundir import RECORD, WAIVERS


def section(evidence: RunEvidence) -> Section:
    """Every waiver that the gate read, heeded or not."""
    listed = evidence.decision.waivers
    if not listed:
        said: Text = ("No waiver was read: every rule counted in every row.",)
        return Section("waivers", "Waivers", (Paragraph(said, lead=True),))
    counted = _counted(evidence)
    heeded = counted.figure("in effect", "waivers")
    blocks: tuple[Block, ...] = (
        Paragraph(
            (
                counted.figure("read", "waivers"),
                " waivers were read and ",
                heeded,
                " had effect. What a waiver lifts stays named in the row's verdict.",
            ),
            lead=True,
        ),
        Shown(counted),
        Shown(_table(evidence)),
    )
    parts = tuple(_part(evidence, one) for one in listed if one.id in evidence.grants)
    return Section("waivers", "Waivers", blocks, parts)


def _counted(evidence: RunEvidence) -> Table:
    listed = evidence.decision.waivers
    return table(
        "waivers-counted",
        "Waivers in numbers",
        (Column("what"), Column("waivers", Kind.COUNT)),
        (
            ("read", len(listed)),
            ("in effect", sum(one.state.in_effect for one in listed)),
            ("without effect", sum(not one.state.in_effect for one in listed)),
        ),
        f"{RECORD}: waivers",
    )


def _table(evidence: RunEvidence) -> Table:
    return table(
        "waivers-read",
        "Waivers that were read",
        (
            Column("waiver", Kind.CODE),
            Column("rule", Kind.CODE),
            Column("uses"),
            Column("rows", Kind.COUNT),
            Column("at most", Kind.COUNT),
            Column("state"),
            Column("until"),
            Column("approved by"),
        ),
        (_row(evidence, one) for one in evidence.decision.waivers),
        f"{RECORD}: waivers",
        "Rows: in how many the rule stood against a use that the waiver names.",
    )


def _row(evidence: RunEvidence, one: WaiverRead) -> tuple[Value, ...]:
    return (
        one.id or one.sha256[:16],
        one.rule or None,
        ", ".join(use.value for use in Use if use in one.uses) or None,
        one.rows,
        one.max_rows,
        f"{one.state.value}: {one.why}" if one.why else one.state.value,
        one.until.isoformat() if one.until else None,
        _approvers(evidence, one) or None,
    )


def _approvers(evidence: RunEvidence, one: WaiverRead) -> str:
    named = (f"{evidence.approvers.get(key) or 'key'} ({key[:16]})" for key in one.approvers)
    return ", ".join(named)


def _part(evidence: RunEvidence, one: WaiverRead) -> Section:
    grant = evidence.grants[one.id]
    facts: tuple[tuple[str, Text], ...] = (
        ("rule", (grant.rule,)),
        ("rows", (", ".join(grant.rows),)),
        ("reason", (grant.reason,)),
        ("ticket", (grant.ticket,)),
        ("granted on", (grant.granted_on.isoformat(),)),
        ("until", (grant.until.isoformat(),)),
        ("approved by", (_approvers(evidence, one) or "nobody whose signature counts",)),
        ("signed in", (f"{WAIVERS}, line of digest {one.sha256[:16]}",)),
    )
    return Section(f"waiver-{one.id}", one.id, (Facts(facts),))
