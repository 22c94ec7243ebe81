"""What a report cannot tell, so that nobody reads it as more."""

from govgate.report.document import Bullets, Paragraph, Section, Text
from govgate.report.evidence import RunEvidence


def section(evidence: RunEvidence) -> Section:
    """The limits of the record, in plain words."""
    said: tuple[Text, ...] = (
        (
            "That no personal data is left. Detectors miss names and numbers, above all names that"
            " are rare, in lower case or in another language; the section on coverage says who"
            " looked.",
        ),
        ("That what files and papers declare of licences, sources and consent is true.",),
        ("That the policy is lawful, or fits this use. Nothing here is legal advice.",),
        ("Whether the rows are good, fair or fit for a task. Nobody looked.",),
        (
            "What happened to the files after the run. govgate verify compares them again whenever"
            " it is asked.",
        ),
        (
            "That the log was never rolled back. Compare it with a checkpoint that was kept"
            " elsewhere, or ask its witnesses.",
        ),
        (
            "What was trained: a record allows a training, and does not watch it. The register of"
            " the organisation's home names the trainings that govgate run started.",
        ),
        *_more(evidence),
    )
    lead = "A record proves what was decided and on which bytes. It does not prove:"
    return Section(
        "limits", "What this report cannot tell", (Paragraph((lead,), lead=True), Bullets(said))
    )


def _more(evidence: RunEvidence) -> tuple[Text, ...]:
    skipped = evidence.coverage["characters"]["skipped"]
    failed = evidence.coverage["rows"]["failed"]
    more: list[Text] = []
    if skipped:
        more.append(
            ("What stands in text that was skipped by name; the coverage ledger counts it.",)
        )
    if failed:
        more.append(("What stands in the rows that failed: nobody could read or scan them.",))
    return tuple(more)
