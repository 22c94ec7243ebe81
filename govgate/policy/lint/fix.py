"""Mends what cannot be meant otherwise, and leaves every other byte as it is.

Safe are two things: a word that a list names twice loses its second place, and a key or word that
nothing knows becomes the one known one that is a letter or two away. A fix that would have to
guess, or would touch a comment, is not made.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from govgate.entities import ENTITIES
from govgate.errors import UsageError
from govgate.policy.lint.finding import Finding, Report
from govgate.policy.lint.matching import repeated
from govgate.policy.lint.registry import UNREADABLE
from govgate.policy.model import declared_in
from govgate.policy.vocabulary import FACTS
from govgate.yamltext import Place, Places, places_of, plain_yaml

_BOM: Final = b"\xef\xbb\xbf"
_UNKNOWN: Final = re.compile(r"unknown (key|value|fact|test|entity) '([^']*)'")
_ALLOWED: Final = re.compile(r"; allowed: ([^;]*)$")
_BLOCK_ENTRY: Final = re.compile(r"[ ]*-[ ]+")


@dataclass(frozen=True, slots=True)
class Fix:
    """One change; ``new`` is empty where something was taken out."""

    file: str
    line: int
    column: int
    old: str
    new: str

    def __str__(self) -> str:
        change = f"{self.old} -> {self.new}" if self.new else f"{self.old} taken out"
        return f"{self.file}:{self.line}:{self.column}: {change}"


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    new: str
    fix: Fix


def fixed(source: bytes, report: Report) -> tuple[bytes, list[Fix]]:
    """``source`` with the fixes that one look at its report allows, and the fixes.

    Look again afterwards: what could not be read may hide more.
    """
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError:
        return source, []  # which the report says
    if report.readable:
        edits = list(_repeats(places_of(source, report.file), report.file))
    else:
        words = (*ENTITIES, *_declared(source, report.file))
        edits = [e for f in report.findings if (e := _spelling(text, f, words)) is not None]
    done: list[_Edit] = []
    for edit in sorted(edits, key=lambda e: e.start):
        if not done or done[-1].end <= edit.start:
            done.append(edit)
    for edit in reversed(done):
        text = text[: edit.start] + edit.new + text[edit.end :]
    mark = _BOM if source.startswith(_BOM) else b""
    return mark + text.encode(), [edit.fix for edit in done]


def _declared(source: bytes, name: str) -> tuple[str, ...]:
    """Entities that the policy introduces, though the whole of it could not be read."""
    try:
        raw = plain_yaml(source, name)
    except UsageError:
        return ()
    scan = raw.get("scan") if isinstance(raw, dict) else None
    return tuple(declared_in(scan)) if isinstance(scan, dict) else ()


# -- words named twice -------------------------------------------------------------------------


def _repeats(places: Places, name: str) -> Iterator[_Edit]:
    for path, word in repeated(places.plain):
        *_, at = path
        if isinstance(at, int):
            here, before = places.value(path), places.value((*path[:-1], at - 1))
            span = _entry(places.text, here, before)
            if span is not None:
                yield _Edit(*span, "", Fix(name, here.line, here.column, word, ""))


def _entry(text: str, here: Place, before: Place) -> tuple[int, int] | None:
    """What to cut so that an entry leaves its list; None where that is more than the entry."""
    between = text[before.end : here.start]
    if between.strip() == ",":
        return before.end, here.end
    start = text.rfind("\n", 0, here.start) + 1
    end = text.find("\n", here.end)
    stop = len(text) if end < 0 else end + 1
    alone = _BLOCK_ENTRY.fullmatch(text[start : here.start]) and not text[here.end : stop].strip()
    return (start, stop) if alone else None


# -- words that nothing knows ------------------------------------------------------------------


def _spelling(text: str, finding: Finding, entities: Sequence[str]) -> _Edit | None:
    found = _UNKNOWN.match(finding.message) if finding.check == UNREADABLE else None
    if found is None:
        return None
    kind, word = found.groups()
    near = nearest(word, _known(kind, finding.message, entities))
    start = _offset(text, finding.line, finding.column)
    quote = text[start : start + 1] if text[start : start + 1] in ("'", '"') else ""
    start += len(quote)
    if near is None or not text.startswith(word + quote, start):
        return None
    fix = Fix(finding.file, finding.line, finding.column, word, near)
    return _Edit(start, start + len(word), near, fix)


def _known(kind: str, message: str, entities: Sequence[str]) -> Sequence[str]:
    if kind == "fact":
        return (*FACTS, "all", "any", "not")
    if kind == "entity":
        return entities
    allowed = _ALLOWED.search(message)
    words = allowed[1].split(", ") if allowed else []
    return () if any(" " in word for word in words) else words  # "… and 9 more"


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The one known word that ``word`` misspells: one letter off, or two of eight or more."""
    most = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
    near = {one: distance for one in known if (distance := edits(word, one)) <= most}
    best = min(near.values(), default=0)
    return next(iter(near)) if len(near) == 1 and best > 0 else None


def edits(one: str, other: str) -> int:
    """Letters to change, add, drop or swap with a neighbour, to come from one word to the other."""
    if abs(len(one) - len(other)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and (a, b) == (other[j - 2], one[i - 2]):
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start + column - 1
