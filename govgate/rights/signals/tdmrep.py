"""TDM Reservation Protocol: ``/.well-known/tdmrep.json``, header field and meta element.

    [{"location": "/articles/", "tdm-reservation": 1, "tdm-policy": "https://example.com/tdm.json"}]

W3C Community Group Final Report of 10 May 2024. The first rule whose location matches counts
("TDM File on the Origin Server"); a header supersedes the file, a meta element both ("Processing
priority"), which ``page`` and ``judging`` see to. Policies are not read: they are elsewhere.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from govgate.rights.signals.model import SILENT, Kind, Stances, rank, together
from govgate.rights.signals.patterns import Pattern, pattern
from govgate.rights.signals.robots import plain
from govgate.rights.signals.scoped import MAX_RULES, Everywhere, PathRules
from govgate.rights.signals.words import meaning

MAX_BYTES = 1 << 20
WORD = "tdm-reservation"
UNREAD = Stances(train=None, tdm=None)  # of retrieval the protocol never speaks
BROKEN = "its tdmrep.json could not be read"
CUT = "its tdmrep.json was not read to its end"


def reservation(values: Iterable[str]) -> Stances:
    """What the values of a header or meta element say; another value than 0 or 1 is unset
    ("tdm-reservation")."""
    parts = (part.strip() for value in values for part in value.split(","))
    return together(meaning("tdmrep", WORD, part) for part in parts)


@dataclass(frozen=True)
class FirstMatch:
    """The rules of a file, in its order. ``why``: a rule among them could not be read, so what
    the others do not refuse is unknown."""

    rules: tuple[tuple[Pattern, Stances], ...]
    why: str = ""
    kind: Kind = Kind.TDMREP_FILE

    @cached_property
    def constant(self) -> bool:
        return not self.rules or self.rules[0][0].everything

    def at(self, path: str) -> Stances:
        found = next((said for at, said in self.rules if at.matches(path)), SILENT)
        return together((found, UNREAD)) if self.why else found


def tdmrep_rules(data: bytes, *, cut: bool = False) -> PathRules:
    """The rules of a tdmrep.json. What is no JSON at all but a web page (servers that answer
    everything) implies that the site does not use the protocol."""
    text = plain(data)
    if text.lstrip().startswith(b"<"):
        return Everywhere(Kind.TDMREP_FILE, SILENT)
    if cut or len(data) > MAX_BYTES:
        return Everywhere(Kind.TDMREP_FILE, UNREAD, CUT)
    try:
        rules = json.loads(text.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return Everywhere(Kind.TDMREP_FILE, UNREAD, BROKEN)
    if not isinstance(rules, list) or len(rules) > MAX_RULES:
        return Everywhere(Kind.TDMREP_FILE, UNREAD, BROKEN)
    read = [_rule(rule) for rule in rules]
    good = tuple(rule for rule in read if rule is not None)
    return FirstMatch(good, BROKEN if len(good) < len(read) else "")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def _rule(rule: object) -> tuple[Pattern, Stances] | None:
    if not isinstance(rule, dict):
        return None
    location, value = rule.get("location"), rule.get(WORD)
    if not isinstance(location, str) or not location.startswith(("/", "*")) or value is None:
        return None
    at = pattern(location)
    return None if at is None else (at, _value(value))


def _value(value: object) -> Stances:
    """0 and 1 as numbers; a 1 that is written as a text or as true is a no all the same."""
    number = "1" if value in (1, "1") else str(value) if type(value) is int else ""
    return meaning("tdmrep", WORD, number)


def superseding(earlier: Stances, later: Stances) -> Stances:
    """What comes later replaces what it speaks of; its absence resets nothing ("Processing
    priority")."""
    return earlier if all(rank(use) == 0 for use in later) else later
