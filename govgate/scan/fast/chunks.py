"""Long chunks between spaces, cut into spaCy's own tokens in time that grows with their length.

For each prefix and suffix that spaCy takes off a chunk it copies and hashes what is left, so that
a chunk of n signs takes n² steps. Here two places move towards each other instead, by spaCy's own
searches (`Tokenizer._split_affixes` in ``spacy/tokenizer.pyx``); what is left between them is
given to spaCy.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from spacy.attrs import NORM, ORTH, SPACY
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

from govgate.scan.fast.tokens import doc_of

LONG: Final = re.compile(r"\S{1000,}")
"""Shorter chunks are quick enough."""
LOOKED_AT: Final = 64
"""Characters in which a prefix, or a suffix, is searched for; twice as many as it may have."""
FEWEST: Final = 64
"""Prefixes and suffixes that a chunk has at least for it to be cut here."""
Cut = tuple[list[str], str, list[str]]
"""Prefixes, what is between, suffixes: in the order of the text."""


class LongChunks:
    """``tokenizer``, which must be quickened, for texts that may hold long chunks."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        rules = tokenizer.rules if isinstance(tokenizer, Tokenizer) else {}
        self._specials = frozenset(rule for rule in rules if not rule.isspace())
        self._longest = max(map(len, self._specials), default=0)
        self._known = bool(rules) and not any(map(_spaced, self._specials))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def __call__(self, text: str) -> Doc:
        """The doc that the tokenizer makes of ``text``."""
        if self._known and self._tokenizer.token_match is None and LONG.search(text):
            parts = list(self._parts(text))
            if len(parts) > 1:
                return self._joined(text, parts)
        doc: Doc = self._tokenizer(text)
        return doc

    def _parts(self, text: str) -> Iterator[str | list[str]]:
        """Texts to be given to spaCy, and words that are tokens already."""
        at = 0
        for found in LONG.finditer(text):
            cut = self._cut(text, *found.span())
            if cut is not None:
                yield from (text[at : found.start()], *cut)
                at = found.end() + text.startswith(" ", found.end())  # the last token's own space
        yield text[at:]

    def _cut(self, text: str, start: int, end: int) -> Cut | None:
        """The chunk from ``start`` to ``end`` without its prefixes and suffixes; None where there
        are few, or long ones, or where a special case of spaCy's may have a say in them."""
        prefixes: list[str] = []
        suffixes: list[str] = []
        low, high = start, end
        while low < high:
            head = self._tokenizer.find_prefix(text[low : min(low + LOOKED_AT, high)])
            tail = self._tokenizer.find_suffix(text[max(low + head, high - LOOKED_AT) : high])
            if max(head, tail) > LOOKED_AT // 2:
                return None
            if not head and not tail:
                break
            prefixes += [text[low : low + head]] * bool(head)
            suffixes += [text[high - tail : high]] * bool(tail)
            low, high = low + head, high - tail
        if len(prefixes) + len(suffixes) < FEWEST or self._special(text, start, low, high, end):
            return None
        return prefixes, text[low:high], suffixes[::-1]

    def _special(self, text: str, start: int, low: int, high: int, end: int) -> bool:
        """Whether a special case may lie wholly or in part in what was taken off. To spaCy it also
        does where single spaces stand in it."""
        far = 2 * self._longest
        before = text[max(start - far, 0) : low + far].replace(" ", "")
        behind = text[max(high - far, 0) : end + far].replace(" ", "")
        return any(special in before or special in behind for special in self._specials)

    def _joined(self, text: str, parts: list[str | list[str]]) -> Doc:
        """The doc of ``parts``: three for each chunk that was cut, between texts."""
        words: list[Any] = []  # texts, or the numbers that stand for them
        spaces: list[bool] = []
        norms: list[int | None] = []
        at = 0
        for number, part in enumerate(parts):
            if isinstance(part, str):
                doc = self._tokenizer(part)
                ids = doc.to_array([ORTH, NORM, SPACY])
                words += ids[:, 0].tolist()
                norms += ids[:, 1].tolist()
                spaces += ids[:, 2].astype(bool).tolist()
                at += len(part)
            else:
                words += part
                norms += [None] * len(part)
                spaces += [False] * len(part)
                at += sum(map(len, part))
            if number % 4 == 3 and text.startswith(" ", at):  # behind a chunk
                spaces[-1] = True
                at += 1
        return doc_of(self._tokenizer.vocab, words, spaces, norms)


def _spaced(rule: str) -> bool:
    return re.search(r"\s", rule) is not None
