"""Words, addresses and numbers in characters that only look like theirs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from govgate.scan.views.characters import UNSEEN, UNSEEN_SET, AsItLooks, read_as
from govgate.scan.views.numbers import counts
from govgate.scan.views.offsets import Edit
from govgate.scan.views.signs import FOREIGN, PLAIN, STYLED
from govgate.scan.views.view import Stretch

_HIDING: Final = re.compile(
    rf"[{PLAIN}@._+-](?=[{UNSEEN_SET}]+[{PLAIN}@._+-])"
    rf"|[A-Za-z](?=[{FOREIGN}])|[{FOREIGN}](?=[A-Za-z])"
    rf"|[{STYLED}](?=[{UNSEEN_SET}]*[{STYLED}A-Za-z0-9@._])|[A-Za-z0-9@._](?=[{STYLED}])"
)
"""Where a word begins to be not what it looks like."""
_AT: Final = re.compile(f"[@{read_as('@')}]")
_LIKE_ADDRESS = rf"[\w.%+@\-{UNSEEN}\u0300-\u036f]"
_BEHIND: Final = re.compile(rf"{_LIKE_ADDRESS}*")
_LETTER_OR_SO: Final = re.compile(_LIKE_ADDRESS)
_NUMBER: Final = re.compile(rf"(?<!\d)\d++(?:[ \-./()\u0300-\u036f{UNSEEN}]{{1,3}}+\d++)*+")
LEAST_DIGITS: Final = 7
_SHORTEST: Final = 3
"""Characters of an address; an ``@`` that stands alone is none."""
_YEARS: Final = re.compile(r"(?:1\d|20)\d\d[ -]{1,3}(?:1\d|20)\d\d")
_MARK: Final = re.compile("[\u0300-\u036f]")


def words(text: str, plain: str) -> Iterator[Stretch]:
    """Of a string and its skeleton, the words in which something is hidden or passes for Latin."""
    return _words(text, plain, _HIDING)


def addresses(text: str, plain: str) -> Iterator[Stretch]:
    """Of a string and its skeleton, the addresses that are not what they look like."""
    return _words(text, plain, _AT)


def _words(text: str, plain: str, begins: "re.Pattern[str]") -> Iterator[Stretch]:
    """Words, or addresses, that ``begins`` finds."""
    address = begins is _AT
    behind = 0
    while sign := begins.search(text, behind):
        start, end = _word(plain, sign.start(), behind)
        behind = max(end, sign.end())
        hidden = plain[start:end] != text[start:end] or UNSEEN in plain[start:end]
        hidden = hidden or (address and _beside_unseen(plain, start, end))
        if hidden and not (address and end - start < _SHORTEST):
            yield Stretch(start, end, AsItLooks(text, start, end), names=not address)


def _beside_unseen(plain: str, start: int, end: int) -> bool:
    """Whether something unseen is next to a stretch: some of it counts as a letter in patterns."""
    return UNSEEN in (plain[start - 1 : start], plain[end : end + 1])


def _word(plain: str, place: int, low: int) -> tuple[int, int]:
    """The run of letters, digits and what joins them in addresses around ``place``."""
    start = place
    while start > low and _LETTER_OR_SO.match(plain, start - 1):
        start -= 1
    match = _BEHIND.match(plain, place)
    end = match.end() if match else place
    while start < place and plain[start] in f"{UNSEEN}.-":
        start += 1
    while end > place + 1 and plain[end - 1] in f"{UNSEEN}.-":
        end -= 1
    return start, end


def figures(text: str, plain: str) -> Iterator[Stretch]:
    """Of a string and its skeleton, the numbers that are not in plain digits and separators."""
    for match in _NUMBER.finditer(plain):
        start, end = match.span()
        shown = plain[start:end] == text[start:end] and UNSEEN not in match[0]
        if shown and not _beside_unseen(plain, start, end):
            continue
        digits = "".join(re.findall(r"\d", match[0]))
        if len(digits) < LEAST_DIGITS or counts(digits) or _YEARS.fullmatch(match[0]):
            continue
        yield Stretch(start, end, _number_edits(text, start, end))


def _number_edits(text: str, start: int, end: int) -> Iterable[Edit]:
    """As they look, and without marks, which no digit has."""
    looks = AsItLooks(text, start, end)
    marks = {m.start(): Edit(m.start(), m.end(), "") for m in _MARK.finditer(text, start, end)}
    if not marks:
        return looks
    changed = marks | {edit.start: edit for edit in looks}
    return tuple(changed[place] for place in sorted(changed))


def unveiled(plain: str, stretches: Sequence[Stretch]) -> list[Stretch]:
    """``stretches``, which are apart, each with what is unseen right before and behind it left
    out, because patterns take some of that for a letter."""
    wider: list[Stretch] = []
    for position, stretch in enumerate(stretches):
        low = wider[-1].end if wider else 0
        high = stretches[position + 1].start if position + 1 < len(stretches) else len(plain)
        start, end = stretch.start, stretch.end
        while start > low and plain[start - 1] == UNSEEN:
            start -= 1
        while end < high and plain[end] == UNSEEN:
            end += 1
        if isinstance(stretch.edits, AsItLooks):
            edits: Iterable[Edit] = AsItLooks(stretch.edits.text, start, end)
        else:
            before = (Edit(place, place + 1, "") for place in range(start, stretch.start))
            behind = (Edit(place, place + 1, "") for place in range(stretch.end, end))
            edits = (*before, *stretch.edits, *behind)
        wider.append(stretch._replace(start=start, end=end, edits=edits))
    return wider
