"""A described policy as labelled lines, for `policy show` and the auditor's report."""

from collections.abc import Iterator
from typing import Any

COMBINED = (
    "Every rule that applies to a row has its say on each use that it speaks of. The strictest "
    "effect wins: allowed, then allowed with replacements, then denied. A use that no rule allows "
    "is denied."
)
KNOWN = (
    "A fact is known when its source says it of the row, and unknown otherwise. What a rule asks "
    "of an unknown fact is neither true nor false, unless the rule asks whether it is known."
)


def frame(shown: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What holds of the whole policy: a label, and the words."""
    yield "for", ", ".join(shown["purposes"])
    yield "expires", f"may not be used from {shown['expires']} on"
    if shown["description"]:
        yield "about", shown["description"]
    for base in shown["based_on"]:
        looser = "; ".join(base["loosened"])
        loud = f"; LETS MORE THROUGH: {looser}" if looser else "; lets nothing more through"
        if looser and base["floor"]:  # else it would not have been read
            loud = f"; lets nothing more through, which was proved in spite of: {looser}"
        if not shown["inherited"]:
            loud += " (as its own file says; nothing here proves it)"
        yield "extends", f"{base['policy']}, version {base['version']}{loud}"
    if shown["floor"]:
        yield "floor", "a policy that extends this one is refused if it lets more through"
    yield "waivers", f"{_people(shown['approvals'])} must sign a waiver"
    yield "sha256", shown["sha256"]


def parts(rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What one of its rules says: a label, and the words."""
    clauses = rule["when"]
    if len(clauses) > 1:
        numbered = "; ".join(f"({chr(97 + at)}) {one}" for at, one in enumerate(clauses[:26]))
        rest = "".join(f"; {one}" for one in clauses[26:])
        yield "when", f"all of these hold: {numbered}{rest}"
    else:
        yield "when", clauses[0]
    yield "then", rule["effect"]
    yield "unknown", rule["unknown"] or "an unknown fact never leaves this rule open"
    if rule["duties"]:
        yield "duties", "; ".join(f"{text} ({duty})" for duty, text in rule["duties"].items())
    if rule["cites"]:
        yield "why", "; ".join(rule["cites"])
    if rule["law"]:
        yield "law", _law(rule["law"])
    if rule["remedy"]:
        yield "remedy", rule["remedy"]
    if rule["stops"]:
        people = f"if {_people(rule['approvals'])} sign" + ("s" if rule["approvals"] == 1 else "")
        yield "waiver", people if rule["waivable"] else "cannot be waived"
    if rule["facts"]:
        yield "asks for", ", ".join(rule["facts"])


def _law(law: dict[str, Any]) -> str:
    read = f"text last read on {law['verified']}" if law["verified"] else "text not read"
    return (
        f"{law['article']} ({law['jurisdiction']}), from {law['effective']} on; {read}: "
        f"{law['source']}"
    )


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"
