"""What a policy has looked for, in words."""

from collections.abc import Iterable, Iterator

from govgate.policy.model import Scan
from govgate.policy.words.prose import listed
from govgate.scansettings import AllowList, Exclusion, FieldRule, Hotword, Nearby


def scan_words(scan: Scan) -> list[str]:
    """One sentence for each thing that is said of the scan."""
    return [
        f"Strings are read in {_all(scan.languages)}.",
        _countries(scan),
        _entities(scan),
        _threshold(scan),
        *_additions(scan),
        *_rules(scan),
    ]


def _countries(scan: Scan) -> str:
    if scan.countries is None:
        return "Identifiers are looked for of the countries that Presidio looks for by default."
    return f"Identifiers are looked for of {_all(scan.countries)}."


def _entities(scan: Scan) -> str:
    if scan.entities is None:
        return "Every kind of personal data that the detectors know is looked for."
    return f"Only {_all(scan.entities)} {_be(scan.entities)} looked for."


def _threshold(scan: Scan) -> str:
    own = "".join(
        f", and of {score:g} for {entity}" for entity, score in sorted(scan.thresholds.items())
    )
    return f"A finding counts from a score of {scan.threshold:g} (of 1){own}."


def _additions(scan: Scan) -> Iterator[str]:
    for pattern in scan.patterns:
        near = f", surer near {listed(pattern.context)}" if pattern.context else ""
        yield (
            f"What matches the pattern {pattern.pattern} is {pattern.entity}, at a score of "
            f"{pattern.score:g}{near} ({pattern.id})."
        )
    for deny in scan.deny:
        yield f"{_texts(deny.words)} {_be(deny.words)} always {deny.entity} ({deny.id})."
    if scan.extra_entities:
        yield f"Other models that govgate.yaml sets up find {_all(scan.extra_entities)}."


def _rules(scan: Scan) -> Iterator[str]:
    yield from (_hotword(rule) for rule in scan.hotwords)
    yield from (_allow(rule) for rule in scan.allow)
    yield from (_exclusion(rule) for rule in scan.exclusions)
    yield from (_field(rule) for rule in scan.fields)


def _hotword(rule: Hotword) -> str:
    effect = (
        f"gets a score of {rule.score:g}"
        if rule.score is not None
        else f"has {rule.change or 0:+g} added to its score"
    )
    return f"A finding{_of(rule.entities)} near {_near(rule)} {effect} ({rule.id})."


def _allow(rule: AllowList) -> str:
    case = ", whatever the letter case," if rule.ignore_case else ""
    count = "does not count" if len(rule.values) == 1 else "do not count"
    found = f" as {listed(rule.entities)}" if rule.entities else ""
    return f"{_texts(rule.values)}{case} {count}{found}: {rule.why} ({rule.id})."


def _exclusion(rule: Exclusion) -> str:
    if rule.pattern is not None:
        where = f"that the pattern {rule.pattern} matches whole"
    elif rule.within is not None:
        where = f"within a finding of {listed(rule.within)}"
    else:
        where = f"near {_near(rule.near)}" if rule.near else ""
    return f"A finding{_of(rule.entities)} {where} does not count: {rule.why} ({rule.id})."


def _field(rule: FieldRule) -> str:
    places = [f"in the fields {_texts(rule.fields, 'or')}"] if rule.fields else []
    places += [f"in the words of {listed(rule.roles)}"] if rule.roles else []
    where = f"Strings {', '.join(places)}"
    if rule.skip is not None:
        return f"{where} are not looked at: {rule.skip} ({rule.id})."
    said = [f"are {rule.holds} whatever they look like"] if rule.holds else []
    said += [f"count only for {listed(rule.entities)}"] if rule.entities else []
    said += [f"are read as if {listed(rule.context)} stood there"] if rule.context else []
    return f"{where} {', and '.join(said)} ({rule.id})."


def _near(near: Nearby) -> str:
    what = _texts(near.words, "or") if near.words else f"what matches {near.pattern}"
    return f"{what} ({near.before} characters before, {near.after} after)"


def _of(entities: tuple[str, ...] | None) -> str:
    return f" of {listed(entities)}" if entities else ""


def _all(words: Iterable[str]) -> str:
    return listed(words, "and")


def _texts(words: Iterable[str], joint: str = "and") -> str:
    return listed((f'"{word}"' for word in words), joint)


def _be(words: tuple[str, ...]) -> str:
    return "is" if len(words) == 1 else "are"
