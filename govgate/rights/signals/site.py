"""What one site says of its paths, from the newest captures of its files."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from govgate.rights.signals.aitxt import ai_txt_rules
from govgate.rights.signals.crawl import robots_rules
from govgate.rights.signals.model import (
    REFUSED,
    UNREADABLE,
    Artefact,
    Kind,
    Stance,
    Stances,
    rank,
    together,
)
from govgate.rights.signals.patterns import matchable
from govgate.rights.signals.scoped import Everywhere, PathRules
from govgate.rights.signals.tdmrep import UNREAD, tdmrep_rules

NO_ROBOTS = "its robots.txt was not captured"
STALE = "its robots.txt was captured too long ago"
ELSEWHERE = "its robots.txt redirects to where none was captured"
UNREACHABLE = "its robots.txt answered with a server error, which keeps everybody out"
MAX_REDIRECTS = 5  # RFC 9309, section 2.3.1.2
_MEMO = 4096


class Held(NamedTuple):
    """One captured file of a site."""

    status: int
    location: str | None
    cut: bool
    stale: bool
    digest: str
    data: bytes


Files = Mapping[Artefact, Sequence[Held]]
"""The newest captures of a site's files; several where they are of one instant."""


class Part(NamedTuple):
    """Ranks of train, retrieve and tdm, the kinds that permit or refuse as a mask, and what could
    not be read."""

    train: int = 0
    retrieve: int = 0
    tdm: int = 0
    kinds: int = 0
    why: str | None = None


class Outcome(NamedTuple):
    """What a site says of a path: by tdmrep.json, which a page can supersede, and by all else."""

    site: Part
    file: Part


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks."""

    agent: str
    others: bool


@dataclass(frozen=True)
class Site:
    """The rules of a site."""

    rules: tuple[PathRules, ...]
    file: tuple[PathRules, ...]

    @property
    def constant(self) -> bool:
        """Whether all paths get one answer."""
        return all(rules.constant for rules in (*self.rules, *self.file))

    def outcome(self) -> Callable[[str], Outcome]:
        """A function from paths to what is said of them, which works each combination of answers
        out once."""
        varying = [rules for rules in (*self.rules, *self.file) if not rules.constant]
        known: dict[tuple[Stances, ...], Outcome] = {}

        def at(path: str) -> Outcome:
            path = matchable(path)
            answers = tuple(rules.at(path) for rules in varying)
            if answers not in known:
                known[answers] = Outcome(_part(self.rules, path), _part(self.file, path))
            return known[answers]

        return at


def part_of(said: Iterable[tuple[Kind, Stances, str]]) -> Part:
    """What statements come to."""
    every = list(said)
    stances = together(s for _, s, _ in every)
    kinds = 0
    for kind, uses, _ in every:
        if Stance.REFUSED in uses or Stance.ALLOWED in uses:
            kinds |= kind.bit
    why = next((why for _, uses, why in every if why and None in uses), None)
    return Part(rank(stances.train), rank(stances.retrieve), rank(stances.tdm), kinds, why)


def _part(rules: Iterable[PathRules], path: str) -> Part:
    return part_of((one.kind, one.at(path), one.why) for one in rules)


@dataclass(frozen=True)
class _OnlyNo:
    """What an old capture is still good for."""

    rules: PathRules
    why: str = ""

    @property
    def kind(self) -> Kind:
        return self.rules.kind

    @property
    def constant(self) -> bool:
        return self.rules.constant

    def at(self, path: str) -> Stances:
        return self.rules.at(path).refusals()


def site_rules(files: Files, find: Callable[[str], Files], asking: Asking) -> Site:
    """The rules in a site's files. ``find`` gives the files of another origin, for redirects."""
    rules = [*_robots(files, find, asking, 0), *_others(files, Artefact.AI_TXT, find, asking)]
    return Site(tuple(rules), tuple(_others(files, Artefact.TDMREP_FILE, find, asking)))


def _robots(
    files: Files, find: Callable[[str], Files], asking: Asking, hops: int
) -> Iterator[PathRules]:
    held = files.get(Artefact.ROBOTS, ())
    if not held:
        yield Everywhere(Kind.ROBOTS, UNREADABLE, NO_ROBOTS if hops == 0 else ELSEWHERE)
    for file in held:
        if 300 <= file.status < 400:
            if file.location is None or hops >= MAX_REDIRECTS:
                yield Everywhere(Kind.ROBOTS, UNREADABLE, ELSEWHERE)
            else:
                yield from _robots(find(file.location), find, asking, hops + 1)
        else:
            yield from _aged(_robots_said(file, asking), file.stale)
        if file.stale:
            yield Everywhere(Kind.ROBOTS, UNREADABLE, STALE)


def _robots_said(file: Held, asking: Asking) -> tuple[PathRules, ...]:
    """By status as RFC 9309, section 2.3.1 has it: what is not there says nothing, what cannot be
    reached keeps everybody out."""
    if file.status == 429 or file.status >= 500:
        return (Everywhere(Kind.ROBOTS, REFUSED, UNREACHABLE),)
    if file.status >= 400:
        return ()
    return _parsed_robots(file.data, asking, file.cut)


def _others(
    files: Files, artefact: Artefact, find: Callable[[str], Files], asking: Asking, hops: int = 0
) -> Iterator[PathRules]:
    for file in files.get(artefact, ()):
        if 300 <= file.status < 400:
            if file.location is None:
                continue  # to some page of its own, as sites do that have no such file
            there = find(file.location) if hops < MAX_REDIRECTS else {}
            if artefact in there:
                yield from _others(there, artefact, find, asking, hops + 1)
            else:
                yield _unheard(artefact, "redirects to where none was captured")
        elif file.status == 429 or file.status >= 500:
            yield _unheard(artefact, "answered with a server error")
        elif 200 <= file.status < 300:
            if artefact is Artefact.TDMREP_FILE:
                yield from _aged(_parsed_tdmrep(file.data, file.cut), file.stale)
            else:
                yield from _aged(_parsed_ai_txt(file.data, asking, file.cut), file.stale)


def _unheard(artefact: Artefact, what: str) -> Everywhere:
    """What a site may have said in a file that could not be had."""
    if artefact is Artefact.TDMREP_FILE:
        return Everywhere(Kind.TDMREP_FILE, UNREAD, f"its tdmrep.json {what}")
    return Everywhere(Kind.AI_TXT, UNREAD, f"its ai.txt {what}")


def _aged(rules: Sequence[PathRules], stale: bool) -> Sequence[PathRules]:
    return [_OnlyNo(one) for one in rules] if stale else rules


@lru_cache(_MEMO)
def _parsed_robots(data: bytes, asking: Asking, cut: bool) -> tuple[PathRules, ...]:
    """Sites of one host often have one and the same file."""
    return robots_rules(data, asking.agent, others=asking.others, cut=cut)


@lru_cache(_MEMO)
def _parsed_ai_txt(data: bytes, asking: Asking, cut: bool) -> tuple[PathRules, ...]:
    return ai_txt_rules(data, asking.agent, others=asking.others, cut=cut)


@lru_cache(_MEMO)
def _parsed_tdmrep(data: bytes, cut: bool) -> tuple[PathRules, ...]:
    return (tdmrep_rules(data, cut=cut),)
