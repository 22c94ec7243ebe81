"""Numbers written in pieces: over lines, in cells, behind a speaker's label, with odd separators.

Only the whole of a run of digits is put together, and only if it can be a number that identifies:
by its checksum (cards, IBANs), or by the lengths of its pieces.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from govgate.scan.views.characters import UNSEEN, edits
from govgate.scan.views.offsets import Edit
from govgate.scan.views.view import Stretch

_SEPARATORS: Final = rf"[\s{UNSEEN}._/|()\-\\]"
_LABEL = r"(?:Human|Assistant|User|AI|Bot|System|Customer|Agent|Q|A): ?"
_TURN = rf"\s{{0,3}}\n\s{{0,3}}{_LABEL}(?:[^\n]{{0,200}}\n\s{{0,3}}{_LABEL})?"
_RUN: Final = re.compile(rf"(?<!\d)(?>\+?\d+)(?>(?:{_TURN}|{_SEPARATORS}{{1,8}})\d++)++", re.ASCII)
_GROUP: Final = re.compile(r"\d+", re.ASCII)
_NOT_BEFORE: Final = re.compile(r"[\w.,$€£¥%#@/*=^|-]")
_NOT_BEHIND: Final = re.compile(r"[\w%@*=^|]|[.,/-]\d|[ ]?[%€£]")
_LONGEST: Final = 600
_CARD: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|6[05]|64|62)\d{14}|2[2-7]\d{14}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}",
    re.ASCII,
)
_PLAIN_CARD: Final = re.compile(r"\d{4}[- ]?\d{3,4}[- ]?\d{3,4}[- ]?\d{3,5}", re.ASCII)
_CARD_SHAPES: Final = ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3))
SSN_SHAPE: Final = (3, 2, 4)
PHONE_SHAPES: Final = ((3, 3, 4), (1, 3, 3, 4), (3, 7), (6, 4))
_FROM_CONTEXT: Final = 0.75
"""What a telephone number scores with a context word: single digits need one, as lists have ten
of them, too."""


def split_numbers(text: str, plain: str) -> Iterator[Stretch]:
    """Of a string and its skeleton, the numbers in pieces."""
    for run in _RUN.finditer(plain):
        if 9 <= run.end() - run.start() <= _LONGEST and _alone(plain, *run.span()):
            yield from _number(text, run)


def _alone(plain: str, start: int, end: int) -> bool:
    before = plain[start - 1 : start]
    return not (before and _NOT_BEFORE.match(before)) and not _NOT_BEHIND.match(plain, end)


def _number(text: str, run: "re.Match[str]") -> Iterator[Stretch]:
    quiet = _without_talk(run[0])
    groups = [g.span() for g in _GROUP.finditer(quiet)]
    digits = "".join(quiet[low:high] for low, high in groups)
    if not 9 <= len(digits) <= 19 or counts(digits):
        return
    gaps = [quiet[a[1] : b[0]].replace(UNSEEN, "") for a, b in pairwise(groups)]
    joint = _joint(run[0], digits, *_fused([high - low for low, high in groups], gaps))
    if joint is not None:
        spans = [(low + run.start(), high + run.start()) for low, high in groups]
        changes = _joined(text, spans, joint.hyphens)
        least, least_phone = joint.least, joint.least_phone
        yield Stretch(run.start(), run.end(), changes, False, True, least, least_phone)


def _fused(lengths: Sequence[int], gaps: Sequence[str]) -> tuple[tuple[int, ...], list[str]]:
    """Lengths of pieces and what parts them, where nothing seen parts them put together."""
    shape = [lengths[0]]
    for length, gap in zip(lengths[1:], gaps, strict=True):
        if gap:
            shape.append(length)
        else:
            shape[-1] += length
    return tuple(shape), [gap for gap in gaps if gap]


class Joint(NamedTuple):
    """How pieces are put together: hyphens after so many digits; what then scores enough, and
    what does for a telephone number."""

    hyphens: tuple[int, ...]
    least: float = 0.4
    least_phone: float = 0.4


def _without_talk(run: str) -> str:
    """``run`` with what was said between blanked, so that its digits do not count."""
    if ":" not in run:
        return run
    return re.sub(rf"\n\s{{0,3}}{_LABEL}[^\n]*(?=\n\s{{0,3}}{_LABEL}\d)", _blank, run)


def _blank(match: "re.Match[str]") -> str:
    return re.sub(r"\d", " ", match[0])


def _joint(run: str, digits: str, shape: tuple[int, ...], gaps: list[str]) -> Joint | None:
    """How to read the pieces as one number; None if they are none, or one that Presidio sees as
    they stand."""
    mended = _mended(shape, gaps)
    if is_card(digits, shape) or (mended in _CARD_SHAPES and is_card(digits, mended)):
        return None if _PLAIN_CARD.fullmatch(run) else Joint((), 1.0, 1.0)
    least = 0.4 if len(digits) == 9 else _FROM_CONTEXT
    single = len(shape) >= 9 and set(shape) == {1} and set(gaps) != {"."}
    torn = len(shape) == 2 and "\n" in gaps[0] and shape not in PHONE_SHAPES
    if (single or torn) and run[0] != "+" and len(digits) in (9, 10, 11):
        return Joint((), least, _FROM_CONTEXT)
    if SSN_SHAPE in (shape, mended):
        as_it_stands = len(set(gaps)) == 1 and gaps[0] in ("-", " ", ".")
        return None if as_it_stands else Joint((3, 5))
    if all(gap in _PHONE_GAPS for gap in gaps):
        return None
    of_phone = next((s for s in (shape, mended) if _is_phone(run, digits, s)), None)
    return None if of_phone is None else Joint(tuple(accumulate(of_phone[:-1])))


def _mended(shape: tuple[int, ...], gaps: Sequence[str]) -> tuple[int, ...]:
    """The lengths of the pieces with those put together that the end of a line parts."""
    lengths = [shape[0]]
    for length, gap in zip(shape[1:], gaps, strict=True):
        if "\n" in gap:
            lengths[-1] += length
        else:
            lengths.append(length)
    return tuple(lengths)


_PHONE_GAPS: Final = frozenset(("-", " ", ".", "/", ") ", ")", " - ", ")-", " (", "  "))


def _is_phone(run: str, digits: str, shape: tuple[int, ...]) -> bool:
    if run.startswith("+"):
        return 10 <= len(digits) <= 15 and len(shape) <= 7
    if shape in PHONE_SHAPES:
        return True
    return digits[0] == "0" and digits[1] != "0" and len(shape) <= 4 and len(digits) in (10, 11)


def counts(digits: str) -> bool:
    """Whether digits are just the digits in order, as in alphabets."""
    return digits in "01234567890123456789" or digits in "98765432109876543210"


def is_card(digits: str, shape: tuple[int, ...]) -> bool:
    """Whether digits are a card number that a person may have written in such pieces."""
    if not _CARD.fullmatch(digits) or not _luhn(digits):
        return False
    return shape in _CARD_SHAPES or len(shape) <= 3 or len(set(shape[:-1])) == 1


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _joined(
    text: str, spans: Sequence[tuple[int, int]], hyphens: tuple[int, ...]
) -> tuple[Edit, ...]:
    """Edits that leave out what parts the pieces, with hyphens after so many digits."""
    changes: list[Edit] = []
    before = behind = 0
    for low, high in spans:
        if before:
            changes.append(Edit(behind, low, "-" if before in hyphens else ""))
        changes += edits(text, low, high)
        before, behind = before + high - low, high
    return tuple(changes)
