"""Presidio's weak pattern for Indian tax numbers, in time that grows with the text alone.

It looks ahead for a letter and for four digits, each anywhere behind, from every word of ten
characters. Where they stand last decides it for all words at once.
"""

from collections.abc import Iterator
from typing import Final

import regex

WORD: Final = r"[\w@#$%^?~-]{10}"
PAN: Final = rf"\b((?=.*?[a-zA-Z])(?=.*?[0-9]{{4}}){WORD})\b"
"""Presidio's pattern, as far as it is known here. What it looks for need not be in the word."""


class PanSearch:
    """Searches for `PAN`: words that begin no later than the last letter and the last four digits.

    ``flags`` must be such that ``.`` matches a line break.
    """

    def __init__(self, flags: int) -> None:
        self._words = regex.compile(rf"\b({WORD})\b", flags)
        self._last = [regex.compile(rf"(?r){one}", flags) for one in ("[0-9]{4}", "[a-zA-Z]")]

    def finditer(self, text: str, timeout: float) -> "Iterator[regex.Match[str]]":
        """As `regex.Pattern.finditer`."""
        found = [last.search(text, timeout=timeout) for last in self._last]
        limit = min(-1 if match is None else match.start() for match in found)
        for word in self._words.finditer(text, timeout=timeout) if limit >= 0 else ():
            if word.start() > limit:
                return
            yield word


def pan_search(pattern: str, flags: int) -> PanSearch | None:
    """A search that matches as ``pattern`` does, if it is the one known here."""
    return PanSearch(flags) if pattern == PAN and flags & int(regex.DOTALL) else None
