"""A text of any length → chunks that a model takes whole, and findings in them → one list."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from presidio_analyzer import RecognizerResult
from presidio_analyzer.chunkers import BaseTextChunker, CharacterBasedTextChunker
from presidio_analyzer.chunkers.base_chunker import TextChunk

_BETWEEN: Final = re.compile(r"\W")
"""What no word goes across, white space above all."""


class WholeText(BaseTextChunker):
    """Presidio's chunks, of which one that the model would cut short is divided until all fit.

    Two parts that follow one another share some characters, as Presidio's chunks do.
    """

    def __init__(self, size: int, overlap: int, fits: Callable[[str], bool]) -> None:
        self._chunks = CharacterBasedTextChunker(chunk_size=size, chunk_overlap=overlap)
        self._overlap = overlap
        self._longest = 2 * size
        self._fits = fits

    def chunk(self, text: str) -> list[TextChunk]:
        """Chunks of ``text`` that leave none of it out."""
        return [part for chunk in self._chunks.chunk(text) for part in self._parts(chunk)]

    def deduplicate_overlapping_entities(
        self,
        predictions: list[RecognizerResult],
        overlap_threshold: float = 0.5,
        at_chunk_edge: list[tuple[bool, bool]] | None = None,
    ) -> list[RecognizerResult]:
        """As Presidio's, which compares each with each; here only within what overlaps."""
        edges = at_chunk_edge or [(False, False)] * len(predictions)
        kept: list[RecognizerResult] = []
        for group in _overlapping(predictions):
            kept += super().deduplicate_overlapping_entities(
                [predictions[place] for place in group],
                overlap_threshold,
                [edges[place] for place in group],
            )
        return kept

    def _parts(self, chunk: TextChunk) -> Iterator[TextChunk]:
        size = len(chunk.text)
        if size <= self._longest and self._fits(chunk.text):
            yield chunk
            return
        if size == 1:
            raise ValueError("one character is more than the model takes")
        shared = min(self._overlap, size // 2) // 2
        for low, high in _halves(chunk.text, size // 2, shared):
            part = TextChunk(chunk.text[low:high], chunk.start + low, chunk.start + high)
            yield from self._parts(part)


def _overlapping(found: list[RecognizerResult]) -> Iterator[list[int]]:
    """The places of ``found`` in groups, of which none overlaps another, by where they start."""
    group: list[int] = []
    end = 0
    for place in sorted(range(len(found)), key=lambda p: found[p].start):
        if group and found[place].start >= end:
            yield sorted(group)
            group, end = [], 0
        group.append(place)
        end = max(end, found[place].end)
    if group:
        yield sorted(group)


def _halves(text: str, middle: int, shared: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two parts of ``text`` around its middle, cut between words where that can be told.

    Each reaches up to ``shared`` characters, and at least half as many, beyond the middle.
    """
    begin = _BETWEEN.search(text, middle - shared, middle - shared // 2)
    end = _BETWEEN.search(text, middle + shared // 2, middle + shared)
    low = begin.end() if begin else middle - shared
    high = end.start() if end else middle + shared
    return (0, high), (low, len(text))
