"""Sentences about a decision that several formats hold: what it is, what was not checked.

They are made of the record's names and counts. What nobody recorded is said to be unknown.
"""

from collections.abc import Iterator
from typing import NamedTuple

from govgate.export.verified import Verified
from govgate.model import Outcome, Use

NOT_RECORDED = "not stated in the record"
SIGNED = (
    "The signed record answers for this text: `govgate verify` checks it, and this file proves"
    " nothing by itself."
)


class Ruled(NamedTuple):
    """In how many ``rows`` the rule ``reason`` gave ``use`` this ``effect``."""

    reason: str
    use: str
    effect: str
    rows: int


def title(record: Verified) -> str:
    """The partition's name: the record does not know what its owners call the data set."""
    return f"Train partition of govgate record {record.digest[:12]}"


def answer(record: Verified) -> str:
    """The outcome in a sentence."""
    decision = record.decision
    said = {
        Outcome.TRAIN: f"the train partition may be used for {decision.purpose}",
        Outcome.RETRIEVAL_ONLY: f"the data may not be used for {decision.purpose}; "
        "the retrieve partition may be looked up",
        Outcome.BLOCKED: "the data may not be used",
    }[decision.outcome]
    return (
        f"Outcome {decision.outcome} under policy {decision.policy.name} version"
        f" {decision.policy.version}, as of {decision.as_of}: {said}."
    )


def selected(record: Verified) -> str:
    """How many rows ended where."""
    counts = record.decision.counts
    return (
        f"Of {counts.rows:,} rows, {counts.train:,} are in the train partition,"
        f" {counts.retrieve:,} in the retrieve partition, and {counts.withheld:,} were withheld."
    )


def redacted(record: Verified) -> str:
    """In how many rows of the train partition something was replaced."""
    counts = record.decision.counts
    return (
        f"In {counts.redacted:,} of {counts.train:,} rows of the train partition, findings that"
        " a rule redacts were replaced by placeholders."
    )


def personal(record: Verified) -> str:
    """What is known of personal data that is left: which kinds were looked for, and no more."""
    looked_for = record.decision.detector.get("entities") or ["kinds that are not recorded"]
    return (
        "Whether personal data is left is unknown: detectors miss names and numbers, and a policy"
        f" may let kinds pass. The gate looked for {', '.join(map(str, looked_for))}."
    )


def scanned(record: Verified) -> str:
    """The coverage ledger in a sentence."""
    rows, characters = (_ledger(record, name) for name in ("rows", "characters"))
    return (
        f"Rows: {rows['read']:,} read, {rows['scanned']:,} scanned, {rows['skipped']:,} skipped,"
        f" {rows['failed']:,} failed. Characters: {characters['read']:,} read,"
        f" {characters['scanned']:,} scanned, {characters['skipped']:,} skipped by name,"
        f" {characters['failed']:,} failed."
    )


def _ledger(record: Verified, name: str) -> dict[str, int]:
    counted = record.decision.coverage.get(name, {})
    return {key: counted.get(key, 0) for key in ("read", "scanned", "skipped", "failed")}


def text_was_scanned(record: Verified) -> bool:
    """Whether the ledger counts any character as scanned, so that the data is known to be text."""
    return _ledger(record, "characters")["scanned"] > 0


def ruled(record: Verified) -> Iterator[Ruled]:
    """What each rule did, most rows first."""
    rules = record.decision.counts.rules
    found = (
        Ruled(reason, use, effect, rows)
        for reason, uses in rules.items()
        for use, effects in uses.items()
        for effect, rows in effects.items()
    )
    yield from sorted(found, key=lambda one: (one.use != Use.TRAIN, -one.rows, one))


UNCHECKED = (
    "That all personal data was found: the record names the detector, so that you can judge.",
    "That licence, source and consent entries are true: the gate read what the files declared.",
    "Bias, quality and fitness for a task: the gate does not look at them.",
    "That the policy is lawful: nothing here is legal advice.",
)


def held(record: Verified) -> Iterator[str]:
    """What stands against training, and which waivers were heeded."""
    yield from (f"Against training: {reason}." for reason in record.decision.unmet)
    for waiver in record.decision.waivers:
        if waiver.state.in_effect:
            yield (
                f"Waiver {waiver.id} of rule {waiver.rule} was heeded in {waiver.rows:,} rows,"
                f" until {waiver.until}."
            )
