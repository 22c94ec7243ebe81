"""The policy in prose: what it says, rule by rule, and what each rule rests on."""

from govgate.policy.words.describe import described
from govgate.policy.words.labelled import COMBINED, frame, parts
from govgate.report.document import Block, Bullets, Facts, Paragraph, Section, Text
from govgate.report.evidence import RunEvidence
from govgate.rundir import POLICY

_LONGEST = 24  # words of a list within a sentence


def section(evidence: RunEvidence) -> Section:
    """The policy whose digest the record names, in words that are made from its rules."""
    said = described(evidence.policy, most=_LONGEST)
    blocks: tuple[Block, ...] = (
        Paragraph((f"{said['policy']}, version {said['version']}.",), lead=True),
        Facts(tuple((name, (text,)) for name, text in frame(said))),
        Paragraph((COMBINED,)),
        Paragraph(
            (f"Lists of more than {_LONGEST} words are cut here; {POLICY} has all of them.",)
        ),
    )
    looked_for = Section("policy-scan", "What is looked for", (Bullets(_lines(said["scan"])),))
    rules = [
        Section(
            rule_section(rule["id"]),
            f"{rule['id']}: {rule['title']}" if rule["title"] else rule["id"],
            (Facts(tuple((name, (text,)) for name, text in parts(rule))),),
        )
        for rule in said["rules"]
    ]
    asked = Bullets(_lines(list(said["require"].values())))
    whole = [Section("policy-require", "What is asked of the data set", (asked,))]
    return Section(
        "policy",
        "The policy in prose",
        blocks,
        (looked_for, *rules, *(whole if said["require"] else ())),
    )


def rule_section(rule: str) -> str:
    """The id of the section that says what ``rule`` means."""
    return f"rule-{rule}"


def _lines(texts: list[str]) -> tuple[Text, ...]:
    return tuple((str(text),) for text in texts)
