"""The parts of `docs/policy.md` about facts and groups, written from vocabulary and table."""

from collections.abc import Callable, Mapping

from govgate.entitygroups import entity_groups
from govgate.policy.fact import Fact, Kind
from govgate.policy.vocabulary import FACTS, PII_IN, ROLES

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


def groups_markdown() -> str:
    """A row per group of entities: what it is, where that is written, what nothing looks for."""
    lines = ["| group | what it is | entities | from | not looked for |", "|---|---|---|---|---|"]
    for group in entity_groups().values():
        many = len(group.entities) > _TOO_MANY
        named = f"{len(group.entities)} of them" if many else ", ".join(group.entities)
        cited = "; ".join(group.cites)
        missing = group.undetected or ""
        lines.append(f"| `{group.id}` | {group.title} | {named} | {cited} | {missing} |")
    return "\n".join([*lines, ""])


PARTS: Mapping[str, Callable[[], str]] = {"facts": facts_markdown, "groups": groups_markdown}


def rewritten(page: str) -> str:
    """``page`` with what stands between the markers written anew; ValueError without them."""
    for name, written in PARTS.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"the page has no part between {begin} and {end}")
        page = f"{before}{begin}\n{written()}{end}{after}"
    return page


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
