"""Characters written as something else: HTML entities, percent-encoding, escapes of programs,
Unicode's tags."""

import html
import re
from collections.abc import Iterator
from typing import Final

from govgate.scan.views import signs
from govgate.scan.views.characters import UNSEEN_SET, skeleton, spelling
from govgate.scan.views.offsets import Edit
from govgate.scan.views.view import Stretch

_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31};);?")
_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")
_TAGS: Final = re.compile("[\U000e0020-\U000e007e]{6,}")
_UTF8_LENGTH: Final = ((0x80, 1), (0xC2, 0), (0xE0, 2), (0xF0, 3), (0xF5, 4))
_TOKEN: Final = re.compile(r"""[^\s<>"'`,]*""")
_LETTER: Final = re.compile("[A-Za-z0-9@\u00c0-\u024f]")
_JOINS: Final = re.compile(rf"[ .\-_+\t\n\u00a0{UNSEEN_SET}]")
_SPLIT: Final = re.compile(r"""[\s<>"'`,]""")
BRACKETS: Final = frozenset("[](){}<>")
"""Between which ``at`` and ``dot`` stand for what they mean."""
_BEFORE: Final = 128
"""Code points that a token is followed back from what is encoded in it."""


def encoded_stretches(text: str, found: bytes) -> Iterator[Stretch]:
    """The tokens of ``text`` in which letters, digits or what joins them are encoded. ``found``: it
    for the signs."""
    if "%" in text and signs.PERCENT.search(found):
        yield from _tokens(text, _percent_edits(text))
    if "&" in text and signs.ENTITY.search(found):
        yield from _tokens(text, _entity_edits(text))
    if "\\u" in text and signs.ESCAPE.search(found):
        yield from _tokens(text, _escape_edits(text))
    if not text.isascii() and signs.TAGS.search(found):
        for match in _TAGS.finditer(text):
            spelled = "".join(chr(ord(c) - 0xE0000) for c in match[0])
            start = match.start()
            edits = (Edit(start + i, start + i + 1, c) for i, c in enumerate(spelled))
            yield Stretch(start, match.end(), tuple(edits), names=True)


def _entity_edits(text: str) -> Iterator[Edit]:
    for match in _ENTITY.finditer(text):
        character = html.unescape(match[0])
        if len(character) == 1 and character != "\ufffd":
            yield Edit(match.start(), match.end(), character)


def _escape_edits(text: str) -> Iterator[Edit]:
    """Escapes as in JSON that is not the whole of a string; halves of surrogate pairs stay."""
    for match in _ESCAPE.finditer(text):
        character = chr(int(match[1], 16))
        if character >= " " and not "\ud800" <= character <= "\udfff":
            yield Edit(match.start(), match.end(), character)


def _percent_edits(text: str) -> Iterator[Edit]:
    """Each run of bytes that is a character in UTF-8; what is none stays as it stands."""
    behind = 0
    for match in _PERCENT.finditer(text):
        start = match.start()
        if start < behind:
            continue
        length = next(
            (n for limit, n in _UTF8_LENGTH if int(text[start + 1 : start + 3], 16) < limit), 0
        )
        try:
            written = text[start : start + 3 * length].split("%")[1:]
            character = bytes.fromhex("".join(written)).decode()
        except ValueError:
            continue
        printable = character >= " " or character in "\t\r\n"
        if len(character) == 1 and len(written) == length and printable:
            behind = start + 3 * length
            yield Edit(start, behind, character)


def _tokens(text: str, edits: Iterator[Edit]) -> Iterator[Stretch]:
    """One stretch for each token with edits that matter."""
    token: list[Edit] = []
    start = end = 0
    for edit in edits:
        if edit.start >= end:
            if token and _matter(text, token):
                yield Stretch(start, end, tuple(token), names=True)
            start, end = _token(text, edit, end)
            token = []
        token.append(edit)
        end = max(end, edit.end)
    if token and _matter(text, token):
        yield Stretch(start, end, tuple(token), names=True)


def _token(text: str, edit: Edit, low: int) -> tuple[int, int]:
    """The run without spaces or quotes around ``edit``, from ``low``."""
    low = max(low, edit.start - _BEFORE)
    start = edit.start
    while start > low and not _SPLIT.match(text, start - 1):
        start -= 1
    match = _TOKEN.match(text, edit.end)
    return start, match.end() if match else edit.end


def _matter(text: str, token: list[Edit]) -> bool:
    """Whether a letter, a digit or an at-sign is encoded, or what stands between such."""
    for edit in token:
        shown = spelling(edit.text)
        if _LETTER.match(shown or " ") or (
            edit.text == "&" and text[edit.end : edit.end + 3].startswith(("#", "%23"))
        ):
            return True
        if edit.text in BRACKETS:
            return True
        if edit.text == "%" and re.match("[0-9A-Fa-f]{2}", text[edit.end : edit.end + 2]):
            return True
        if _JOINS.match(skeleton(edit.text)) and _in_number(text, edit):
            return True
    return _LETTER.search(text[token[0].start - 1 : token[0].start]) is not None and any(
        not spelling(edit.text) for edit in token
    )


def _in_number(text: str, edit: Edit) -> bool:
    before, behind = text[edit.start - 1 : edit.start], text[edit.end : edit.end + 1]
    return before.isdigit() and behind.isdigit() and _digits_around(text, edit) >= 7


def _digits_around(text: str, edit: Edit) -> int:
    return sum(map(str.isdigit, text[max(0, edit.start - 24) : edit.end + 24]))
