"""Statements that hold for some paths of a site: of those that match, the longest rule counts.

draft-ietf-aipref-attach-05, section 3.1: of rules with one path that differ, all apply, and the
strictest answer stands. A rule without a path is shorter than any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from govgate.rights.signals.model import SILENT, UNREADABLE, Kind, Stances, together
from govgate.rights.signals.patterns import Pattern

MAX_RULES = 10_000
MAX_WILDCARDS = 1_000  # each costs time for each path
TOO_MANY = "more rules than are read"


class PathRules(Protocol):
    """What one kind of signal says of the paths of a site."""

    @property
    def kind(self) -> Kind: ...

    @property
    def why(self) -> str:
        """What could not be read."""

    @property
    def constant(self) -> bool:
        """Whether all paths get one answer."""

    def at(self, path: str) -> Stances:
        """What is said of a path, spelled as ``patterns.matchable``."""


@dataclass(frozen=True, slots=True)
class Everywhere:
    """One answer for every path."""

    kind: Kind
    stances: Stances
    why: str = ""

    @property
    def constant(self) -> bool:
        return True

    def at(self, path: str) -> Stances:  # noqa: ARG002
        return self.stances


@dataclass(frozen=True)
class Longest:
    """Rules of which the longest that matches counts."""

    kind: Kind
    rules: tuple[tuple[Pattern, Stances], ...]
    why: str = ""

    @cached_property
    def _sorted(self) -> list[tuple[Pattern, Stances]]:
        return sorted(self.rules, key=lambda rule: -rule[0].length)

    @property
    def constant(self) -> bool:
        return all(pattern.everything for pattern, _ in self.rules)

    def at(self, path: str) -> Stances:
        found: list[Stances] = []
        longest = 0
        for pattern, stances in self._sorted:
            if found and pattern.length < longest:
                break
            if pattern.matches(path):
                longest = pattern.length
                found.append(stances)
        return together(found)


def too_many(patterns: Iterable[Pattern]) -> bool:
    """Whether a site has more rules than can be tried on each of its paths."""
    every = list(patterns)
    return len(every) > MAX_RULES or sum("*" in p.text for p in every) > MAX_WILDCARDS


def longest(kind: Kind, rules: Iterable[tuple[Pattern, Stances]], why: str = "") -> PathRules:
    """The rules, or ``unknown`` everywhere where there are too many."""
    every = tuple(dict.fromkeys(rules))
    if too_many(pattern for pattern, _ in every):
        return Everywhere(kind, UNREADABLE, TOO_MANY)
    if not every:
        return Everywhere(kind, SILENT, why)
    return Longest(kind, every, why)
