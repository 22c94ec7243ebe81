"""Consent: what people said, on what ground rows are held, and what was asked for."""

from govgate.report.counting import BY_PARTITION, rows_by, table
from govgate.report.document import Column, Paragraph, Section, Shown
from govgate.report.evidence import RunEvidence
from govgate.rundir import FACTS, VERDICTS

_BY = f"{FACTS}, {VERDICTS}, joined by index"


def section(evidence: RunEvidence) -> Section:
    """Rows by consent, lawful basis, speaker, age and requests, as of the run's day."""
    as_of = evidence.decision.as_of
    said = (
        f"What people had said counts as it stood on {as_of}. Events after that day are not here."
    )
    return Section(
        "consent",
        "Consent and lawful basis",
        (
            Paragraph((said,), lead=True),
            *(
                Shown(
                    table(
                        id,
                        title,
                        (Column(heading), *BY_PARTITION),
                        rows_by(evidence, fact),
                        f"{_BY}: {fact}",
                        "A dash: unknown.",
                    )
                )
                for id, title, heading, fact in (
                    ("consent-status", "Rows by consent", "consent", "consent.status"),
                    ("consent-basis", "Rows by lawful basis", "basis", "consent.basis"),
                    ("consent-by", "Rows by who spoke", "who spoke", "consent.by"),
                    ("requests", "Rows by requests that stand", "requests", "subject.requests"),
                )
            ),
        ),
    )
