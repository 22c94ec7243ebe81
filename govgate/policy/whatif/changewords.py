"""Changes of a row in words: what somebody would do, never what the row says."""

from collections.abc import Iterable, Mapping, Sequence

from govgate.policy.testing.factvalues import FactValue
from govgate.policy.whatif.changes import ANOTHER_LICENSE, ANOTHER_NAME, Change, Subject
from govgate.policy.words.prose import listed

_DECLARE = {
    "source.name": "name the source in govgate.yaml, if it is {}",
    "source.jurisdictions": "declare the source's jurisdictions in govgate.yaml, if they are {}",
    "source.languages": "declare the source's languages in govgate.yaml, if they are {}",
    "source.collected": "declare in govgate.yaml until when the source was collected, if that was "
    "a day such as {}",
    "source.categories": "declare the source's special_categories in govgate.yaml, if they are {}",
    "source.retention": "declare the source's retain_until and the checkpoint's kept_until, if the "
    "checkpoint's life is {} it",
    "source.audience": "declare the source's audience in govgate.yaml, if it is {}",
    "lineage.status": "declare what the source was made from, if it is {}",
}


def change_words(change: Change, subject: Subject, named: frozenset[str] = frozenset()) -> str:
    """What to do: ``redact 2 EMAIL_ADDRESS spans``.

    ``named``: the words that the policy's rules name of the change's fact.
    """
    if change.removes:
        return _removal(change.removes, subject)
    now = subject.facts.get(change.fact)
    match change.fact:
        case "consent.status":
            return _consent(now, subject.purpose)
        case "consent.basis":
            return _basis(change, now, subject.purpose)
        case "license.class" | "license.id":
            return _license(change, subject)
        case "pii.count":
            return f"split the row, so that no part has more than {spans(change.after)}"
        case "row.characters":
            return f"split the row, so that no part is longer than {change.after} characters"
        case fact:
            return _DECLARE[fact].format(_choice(change, named))


def sentence(
    changes: Sequence[Change], subject: Subject, named: Mapping[str, frozenset[str]]
) -> str:
    """All of ``changes`` as one line; the findings that are taken out count together."""
    removed = [c.removes for c in changes if c.removes and c.removes not in subject.fixed]
    said = [
        change_words(change, subject, named.get(change.fact, frozenset()))
        for change in changes
        if not change.removes or change.removes in subject.fixed
    ]
    if len(removed) == 1:
        said.insert(0, _removal(removed[0], subject))
    elif removed:
        counts = {entity: subject.count(entity) for entity in removed}
        of = ", ".join(f"{count} {entity}" for entity, count in counts.items())
        said.insert(0, f"redact {sum(counts.values())} spans ({of})")
    return ", and ".join(said) or "nothing"


def spans(count: object) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{count} finding" if count == 1 else f"{count} findings"


def _removal(entity: str, subject: Subject) -> str:
    count = subject.count(entity)
    if entity not in subject.fixed:
        return f"redact {count} {entity} {'span' if count == 1 else 'spans'}"
    others = count - subject.spans.get((entity, "key"), 0)
    rest = f", and redact the other {spans(others)}" if others else ""
    return f"rename the column in whose name {entity} was found{rest}"


def _consent(now: FactValue, purpose: str) -> str:
    what = f"consent for `{purpose}`" if purpose else "consent"
    if now is None:
        return f"obtain {what} and record it"
    if now == "requested":
        return f"obtain the {what} that was requested"
    return f"obtain {what} anew (it is {now})"


def _basis(change: Change, now: FactValue, purpose: str) -> str:
    if now is not None:
        return f"{_consent(None, purpose)}, and rest the source on it in place of {now}"
    return f"declare the source's lawful basis, if it is {_choice(change, frozenset())}"


def _license(change: Change, subject: Subject) -> str:
    by_name = change.fact == "license.id"
    what = f'"{change.after}"' if by_name else _choice(change, frozenset())
    if all(subject.facts.get(fact) is None for fact in ("license.class", "license.id")):
        return f"name the row's licence, if it is {what}, or obtain such a licence"
    return f"obtain the licence {what}" if by_name else f"obtain a licence that is {what}"


def _choice(change: Change, named: frozenset[str]) -> str:
    """The value, and those that would do as well; no set of what would each do alone."""
    values = (change.after, *change.others)
    alone = {value[0] for value in values if isinstance(value, tuple) and len(value) == 1}
    told = [v for v in values if not (isinstance(v, tuple) and len(v) > 1 and alone >= {*v})]
    return listed(_value(value, named) for value in told)


def _value(value: FactValue, named: Iterable[str]) -> str:
    if value in (ANOTHER_NAME, ANOTHER_LICENSE):
        return "one that no rule names"
    if not isinstance(value, tuple):
        return str(value)
    if any(word in named for word in value):
        return listed(value, "and") if len(value) > 1 else str(value[0])
    return "others than the rules name"
