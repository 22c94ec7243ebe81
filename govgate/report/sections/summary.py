"""The first page: the answer, its numbers, and what stands against it, on one screen."""

from collections.abc import Mapping

from govgate.attest.statement import time_text
from govgate.model import Outcome
from govgate.report.document import (
    Block,
    Code,
    Facts,
    Link,
    Notice,
    Paragraph,
    Section,
    Table,
    Text,
)
from govgate.report.evidence import RunEvidence
from govgate.report.sections.outcome import ANSWERS

HEADLINES = {
    Outcome.TRAIN: "Training allowed",
    Outcome.RETRIEVAL_ONLY: "Retrieval only",
    Outcome.BLOCKED: "Blocked",
}


def summary(evidence: RunEvidence, tables: Mapping[str, Table]) -> Section:
    """What somebody reads who reads no further. Every number leads to its table."""
    decision = evidence.decision
    blocks: list[Block] = [
        Paragraph((f"{ANSWERS[decision.outcome]} ", *_asked(evidence)), lead=True)
    ]
    blocks += [Notice((one,), bad=True) for one in decision.unmet]
    blocks += [Facts(tuple(_numbers(tables))), Facts(tuple(_how(evidence, tables)))]
    return Section("summary", HEADLINES[decision.outcome], tuple(blocks))


def _asked(evidence: RunEvidence) -> Text:
    decision = evidence.decision
    policy = decision.policy
    return (
        f"Asked for {decision.purpose} under ",
        Code(policy.name),
        f" version {policy.version}, as of {decision.as_of}.",
    )


def _numbers(tables: Mapping[str, Table]) -> list[tuple[str, Text]]:
    parts, found, redacted = tables["partitions"], tables["found"], tables["redacted"]
    return [
        ("rows", (parts.figure("all", "rows"),)),
        ("may be trained on", (parts.figure("train", "rows"),)),
        ("may only be looked up", (parts.figure("retrieve", "rows"),)),
        ("withheld", (parts.figure("withheld", "rows"),)),
        ("changed before training", (redacted.figure(redacted.keys[0], "rows"),)),
        ("findings", (found.figure("all", "findings"),)),
    ]


def _how(evidence: RunEvidence, tables: Mapping[str, Table]) -> list[tuple[str, Text]]:
    signers = ", ".join(one.name or one.keyid[:16] for one in evidence.signers)
    ledger = tables["ledger"]
    said: list[tuple[str, Text]] = [
        (
            "read",
            (
                ledger.figure("characters", "read"),
                " characters, of which ",
                ledger.figure("characters", "failed"),
                " could not be scanned",
            ),
        ),
        ("waivers", _waivers(tables)),
        (
            "signed",
            (
                f"by {signers} on {time_text(evidence.decision.finished_on)}, entry"
                f" {evidence.proof.index} of ",
                Code(evidence.origin),
            ),
        ),
        ("check it", (Link("how to verify by hand", "#by-hand"),)),
        ("limits", (Link("what this report cannot tell", "#limits"),)),
    ]
    return said


def _waivers(tables: Mapping[str, Table]) -> Text:
    counted = tables.get("waivers-counted")
    if counted is None:
        return ("none: every rule counted in every row",)
    return (counted.figure("in effect", "waivers"), " in effect")
