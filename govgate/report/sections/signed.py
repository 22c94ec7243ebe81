"""Who signed with what, what verification saw, and how to do it without govgate."""

from collections.abc import Iterator

from govgate.report.counting import table
from govgate.report.document import (
    Bullets,
    Code,
    Column,
    Facts,
    Kind,
    Listing,
    Paragraph,
    Section,
    Shown,
    Text,
    Value,
)
from govgate.report.evidence import RunEvidence
from govgate.rundir import PROOF, RECORD
from govgate.subjects import partition_root

_COMMANDS = """\
# with govgate, and a trust file that came by another road than the run
govgate verify RUN --trust trust.json

# without it: the digest of the signed decision, which must be the one above
head -n 1 RUN/record.intoto.jsonl | jq -r .payload | base64 -d | sha256sum

# the digests of the files, which must be those in the table
cd RUN && find . -type f ! -name record.intoto.jsonl ! -name proof.tlog-proof \\
  ! -name timestamp.tsr -exec sha256sum {} +"""


def section(evidence: RunEvidence) -> Section:
    """Signatures, the log, the steps of verification, commands and digests."""
    signers = table(
        "signers",
        "Who signed the record",
        (Column("key", Kind.CODE), Column("named"), Column("algorithm")),
        ((one.keyid, one.name or None, one.algorithm) for one in evidence.signers),
        f"{RECORD}: signatures; the trust file",
        "A dash: the trust file gives the key no name.",
    )
    log: tuple[tuple[str, Text], ...] = (
        ("log", (Code(evidence.origin),)),
        ("entry", (f"{evidence.proof.index} of {evidence.log_size}",)),
        ("record", (Code(evidence.digest),)),
        ("train partition", (Code(partition_root(evidence.decision.train)),)),
    )
    return Section(
        "signed",
        "Who signed, and how to check it",
        (
            Paragraph(
                ("This report was made from a record that verified in every step below.",),
                lead=True,
            ),
            Shown(signers),
            Facts(log),
        ),
        (_steps(evidence), _by_hand(evidence), _versions(evidence)),
    )


def _steps(evidence: RunEvidence) -> Section:
    steps = table(
        "steps",
        "What verification saw",
        (Column("step", Kind.CODE), Column("what was checked"), Column("what was seen")),
        ((str(one.number), one.title, one.detail) for one in evidence.steps),
        f"govgate verify over {RECORD}, {PROOF} and every file that they name",
    )
    return Section("steps-section", "Step by step", (Shown(steps),))


def _by_hand(evidence: RunEvidence) -> Section:
    digests = table(
        "digests",
        "Files and their digests",
        (Column("file", Kind.CODE), Column("bytes", Kind.COUNT), Column("SHA-256", Kind.CODE)),
        _files(evidence),
        f"{RECORD}: train, byproducts",
    )
    where: tuple[Text, ...] = (
        ("The signature by openssl, Go, securesystemslib or node: docs/verify-by-hand.md.",),
        ("One person or row alone, without the run: govgate prove and docs/row-proofs.md.",),
    )
    return Section("by-hand", "By hand", (Listing(_COMMANDS), Bullets(where), Shown(digests)))


def _files(evidence: RunEvidence) -> Iterator[tuple[Value, ...]]:
    decision = evidence.decision
    for file in sorted((*decision.train, *decision.byproducts), key=lambda one: one.name):
        yield file.name, file.size, file.sha256


def _versions(evidence: RunEvidence) -> Section:
    versions = table(
        "versions",
        "What it was made with",
        (Column("library", Kind.CODE), Column("version")),
        sorted(evidence.decision.versions.items()),
        f"{RECORD}: versions",
    )
    registries = table(
        "registries",
        "What the facts were read from",
        (Column("registry", Kind.CODE), Column("SHA-256", Kind.CODE)),
        sorted(evidence.decision.registries.items()),
        f"{RECORD}: registries",
    )
    return Section(
        "versions-section", "Versions and registries", (Shown(versions), Shown(registries))
    )
