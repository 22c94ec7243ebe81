"""The part of `docs/policy.md` about facts, written from the vocabulary."""

from govgate.policy.fact import Fact, Kind
from govgate.policy.vocabulary import FACTS, PII_IN, ROLES

BEGIN = "<!-- facts -->"
END = "<!-- /facts -->"
_TOO_MANY = 30  # words of a closed list that the page spells out
_VALUES = {
    Kind.TEXT: "any text",
    Kind.NUMBER: "a whole number from 0",
    Kind.DATE: "a day, written YYYY-MM-DD",
    Kind.SET: "any texts",
}
_ELSEWHERE = {
    "source.jurisdictions": "ISO 3166-1 codes of countries, in capitals",
    "source.languages": "ISO 639 codes of languages",
}


def facts_markdown() -> str:
    """One heading per fact with its kind, values, source, what unknown means and how to mend it."""
    sections = []
    for fact in FACTS.values():
        if not fact.name.startswith(PII_IN):
            sections.append(_section(fact, fact.name, fact.description))
        elif fact.name == f"{PII_IN}{ROLES[0]}":
            sections.append(_section(fact, f"{PII_IN}ROLE", _of_roles()))
    return "\n".join(sections)


def rewritten(page: str) -> str:
    """``page`` with what stands between the two markers written anew; ValueError without them."""
    before, found, rest = page.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError(f"the page has no part between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{facts_markdown()}{END}{after}"


def _section(fact: Fact, name: str, description: str) -> str:
    lines = [
        f"### `{name}`",
        f"{description[0].upper()}{description[1:]}.",
        "",
        "| | |",
        "|---|---|",
        f"| kind | {fact.kind} |",
        f"| values | {_values(fact)} |",
        f"| example | `{name.replace('ROLE', 'user')}: {_example(fact)}` |",
        f"| source | {fact.source} |",
        f"| unknown if | {fact.unknown} |",
        f"| to mend | {fact.fix} |",
        "",
    ]
    return "\n".join(lines)


def _of_roles() -> str:
    return (
        "kinds of personal data found in one role's words: a fact for each of "
        + ", ".join(f"`{role}`" for role in ROLES)
        + ". `key` is the names of fields, `other` the fields of no known role"
    )


def _values(fact: Fact) -> str:
    if fact.entities:
        return (
            "[entities](scanning.md#identifiers-by-country), as `govgate policy schema` lists "
            "them, and the policy's own"
        )
    if fact.name in _ELSEWHERE:
        return _ELSEWHERE[fact.name]
    if fact.words and len(fact.words) <= _TOO_MANY:
        return ", ".join(f"`{word}`" for word in fact.words)
    return _VALUES[fact.kind]


def _example(fact: Fact) -> str:
    match fact.kind:
        case Kind.SET:
            return f"{{any: [{fact.example}]}}"
        case Kind.NUMBER:
            return f'">= {fact.example}"'
        case Kind.DATE:
            return f'"< {fact.example}"'
        case Kind.TEXT | Kind.WORD:
            return fact.example
