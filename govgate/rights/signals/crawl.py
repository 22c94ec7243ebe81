"""What robots.txt says of the uses of a path, for us and for crawlers that stand for training.

A robots rule is a rule about fetching. It is read as a statement about use all the same, because
it is the one that most sites make: a path that our own crawler, or anybody, is kept from is refused
for every use; one that a named AI crawler is kept from is refused for what that crawler fetches for
(``agents.tsv``). To be let in is no permission: an Allow says nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from govgate.rights.signals import robots, usage
from govgate.rights.signals.contentsignal import content_signal
from govgate.rights.signals.model import SILENT, UNREADABLE, Kind, Said, Stances
from govgate.rights.signals.patterns import Pattern, pattern
from govgate.rights.signals.robots import Field, Group, Line
from govgate.rights.signals.scoped import TOO_MANY, Everywhere, PathRules, longest, too_many
from govgate.rights.signals.words import ANYBODY, crawlers

if TYPE_CHECKING:
    from protego import Protego

CUT = "its robots.txt was not read to its end"
_STATEMENTS = {Field.CONTENT_USAGE: Kind.CONTENT_USAGE, Field.CONTENT_SIGNAL: Kind.CONTENT_SIGNAL}


def robots_rules(data: bytes, agent: str, *, others: bool, cut: bool) -> tuple[PathRules, ...]:
    """Everything that a robots.txt says about uses.

    ``agent``: our crawler's product token, or ``*``. ``others``: whether rules for other operators'
    AI crawlers count; they do not where the file names us. ``cut``: the file went on, so that what
    it does not refuse is unknown.
    """
    said = robots.groups(data)
    return tuple(_all_rules(said, agent.lower(), others, cut or len(data) > robots.MAX_BYTES))


def _all_rules(said: Sequence[Group], agent: str, others: bool, cut: bool) -> Iterator[PathRules]:
    lines = robots.addressed(said, agent)
    yield crawl_rules(lines, crawlers()[ANYBODY])
    yield from _statements(lines, to_us=True)
    yield from _statements(said[0].lines, to_us=False)  # of no group: a no is heard all the same
    for token, refused in _stand_ins(said, agent) if others else ():
        theirs = robots.lines_for(said, token) or []
        yield crawl_rules(theirs, refused)
        yield from _statements(theirs, to_us=False)
    if cut:
        yield Everywhere(Kind.ROBOTS, UNREADABLE, CUT)


def _stand_ins(said: Sequence[Group], agent: str) -> list[tuple[str, Stances]]:
    """Named AI crawlers and what keeping them out refuses; none where the file speaks to us."""
    named = frozenset[str]().union(*(group.agents for group in said))
    if agent in named - {ANYBODY}:
        return []
    return [(token, refused) for token, refused in crawlers().items() if token in named - {ANYBODY}]


def _statements(lines: Sequence[Line], *, to_us: bool) -> Iterator[PathRules]:
    for of, kind in _STATEMENTS.items():
        rules = [_statement(line, kind) for line in lines if line.field is of]
        if rules:
            why = next((said.why for _, said in rules if said.why), "")
            heard = ((at, said.stances if to_us else said.stances.only_no()) for at, said in rules)
            yield longest(kind, heard, why)


def _statement(line: Line, kind: Kind) -> tuple[Pattern, Said]:
    """``[path] statement`` of either field (draft-ietf-aipref-attach-05, section 3.2)."""
    path, value = b"", line.value
    if value.startswith(b"/"):
        path, _, value = value.replace(b"\t", b" ").partition(b" ")
    at = pattern(_text(path))
    if at is None:
        return Pattern(""), Said(kind, UNREADABLE, usage.BROKEN)
    if kind is Kind.CONTENT_USAGE:
        return at, usage.usage([value], at.text)
    return at, content_signal([value], at.text)


def _from_root(line: Line) -> str:
    """A rule's path. One to keep out of ``private/`` means ``/private/``, though it is no path."""
    text = _text(line.value)
    rooted = text.startswith(("/", "*", "$")) or line.field is Field.ALLOW
    return text if rooted else f"/{text}"


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def crawl_rules(lines: Sequence[Line], refused: Stances) -> PathRules:
    """Allow and Disallow as what they refuse."""
    crawl = [line for line in lines if line.value and line.field not in _STATEMENTS]
    rules = [(line.field, pattern(_from_root(line))) for line in crawl]
    patterns = [at for _, at in rules if at is not None]
    if len(patterns) < len(rules) or too_many(dict.fromkeys(patterns)):
        return Everywhere(Kind.ROBOTS, UNREADABLE, f"its robots.txt has {TOO_MANY}")
    barred = tuple(dict.fromkeys(at.text for field, at in rules if at and field is Field.DISALLOW))
    open_ = tuple(dict.fromkeys(at.text for field, at in rules if at and field is Field.ALLOW))
    if not barred:
        return Everywhere(Kind.ROBOTS, SILENT)
    if not open_ and any(Pattern(text).everything for text in barred):
        return Everywhere(Kind.ROBOTS, refused)
    return _Crawl(barred, open_, refused)


@dataclass(frozen=True)
class _Crawl:
    """Rules that Protego judges: the longest match counts, of two alike the Allow.

    Protego takes ``Allow: /a/index.html`` for ``/a/`` as well, and ``$`` for itself beside the end
    of a path; where a file has such an Allow, both Protego and the letter of RFC 9309 must let in.
    """

    barred: tuple[str, ...]
    open: tuple[str, ...]
    refused: Stances
    kind: Kind = Kind.ROBOTS
    why: str = ""

    @property
    def constant(self) -> bool:
        return False

    @cached_property
    def _parsed(self) -> "Protego":
        from protego import Protego

        barred = [f"Disallow: {text}" for text in self.barred]
        return Protego.parse("\n".join(["User-agent: *", *barred, *_allows(self.open)]))

    def at(self, path: str) -> Stances:
        # A whole address: Protego would take the second segment of //a/b for a host.
        let_in = self._parsed.can_fetch(f"https://x{path}", "x")
        return SILENT if let_in and (not self._lenient or self._by_letter(path)) else self.refused

    @cached_property
    def _lenient(self) -> bool:
        return any("$" in text or text.endswith("/index.html") for text in self.open)

    def _by_letter(self, path: str) -> bool:
        barred, let_in = (
            max((at.length for at in map(Pattern, rules) if at.matches(path)), default=-1)
            for rules in (self.barred, self.open)
        )
        return let_in >= barred


def _allows(patterns: Sequence[str]) -> list[str]:
    return [f"Allow: {text}" for text in patterns]
