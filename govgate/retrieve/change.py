"""Rows that enter a draft of a store, and leave it: the same for every program that keeps one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
import numpy.typing as npt

from govgate.retrieve.tables import BLOCK, F32, HOLE, KEY, PART, U16, U32, Block, Draft, Posting
from govgate.retrieve.words import terms

_MOST = 0xFFFF  # what a count in a posting can say


class Embedder(Protocol):
    """Turns texts into vectors of length 1. ``name`` tells one model from another."""

    name: str
    dims: int

    def encode(self, texts: Sequence[str]) -> F32:
        """One vector for each text: (texts, dims)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row on its way into a store: its name, text and group, and the keyed digest of its text."""

    name: str
    text: str
    group: int
    key: bytes


def add(draft: Draft, entries: Iterable[Entry], embedder: Embedder | None = None) -> int:
    """Put ``entries`` behind the rows that are there, in their order; how many they were."""
    blocks = list(draft.blocks())
    last = blocks[-1] if blocks and len(blocks[-1].groups) < BLOCK else None
    number = len(blocks) - 1 if last else len(blocks)
    todo, added = iter(entries), 0
    while batch := list(islice(todo, BLOCK - (len(last.groups) if last else 0))):
        _fill(draft, number, last, batch)
        if embedder is not None:
            first = number * BLOCK + (len(last.groups) if last else 0)
            _embed(draft, first, [entry.text for entry in batch], embedder)
        last, number, added = None, number + 1, added + len(batch)
    return added


def take_out(draft: Draft, places: Iterable[int]) -> None:
    """Take the rows at ``places`` out of everything that holds them."""
    by_block: dict[int, set[int]] = defaultdict(set)
    for place in places:
        by_block[place // BLOCK].add(place)
    for block in list(draft.blocks()):
        if gone := by_block.get(block.number):
            _empty(draft, block, sorted(gone))


def regroup(draft: Draft, wanted: U32) -> None:
    """Give the row at each place the group that ``wanted`` says; holes stay holes."""
    for block in list(draft.blocks()):
        base = block.number * BLOCK
        groups = wanted[base : base + len(block.groups)]
        if not np.array_equal(groups, block.groups):
            draft.put_block(Block(block.number, groups, block.lengths, block.keys))


def _fill(draft: Draft, number: int, before: Block | None, entries: Sequence[Entry]) -> None:
    """Put ``entries`` into a block, behind those of ``before``."""
    start = len(before.groups) if before else 0
    found = _Inverted()
    for entry in entries:
        found.take(terms(entry.text))
    groups = np.fromiter((entry.group for entry in entries), "<u4", len(entries))
    lengths = np.array(found.lengths, "<u4")
    keys = b"".join(entry.key for entry in entries)
    if before is not None:
        groups = np.concatenate([before.groups, groups])
        lengths = np.concatenate([before.lengths, lengths])
        keys = before.keys + keys
    draft.put_block(Block(number, groups, lengths, keys))
    first = number * BLOCK + start
    draft.put_rows((first + n, entry.name, entry.text) for n, entry in enumerate(entries))
    draft.put_postings(_merged(draft, number, start, found))


def _merged(
    draft: Draft, number: int, start: int, found: "_Inverted"
) -> Iterator[tuple[str, Posting]]:
    """The postings of new rows that begin at ``start``, behind those that the block has."""
    for term, places, counts in found.postings(start):
        old = draft.posting(term, number) if start else None
        if old is not None:
            places = np.concatenate([old.places, places])
            counts = np.concatenate([old.counts, counts])
        yield term, Posting(number, places, counts)


class _Inverted:
    """Words of rows → rows of words."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__
        self._tokens: list[npt.NDArray[np.uint32]] = []

    def take(self, found: Sequence[str]) -> None:
        """Note the words of the next row."""
        numbers = self._numbers
        self._tokens.append(np.array([numbers[term] for term in found], dtype=np.uint32))
        self.lengths.append(len(found))

    def postings(self, start: int) -> Iterator[tuple[str, U16, U16]]:
        """Words in their order, each with its places from ``start`` on, and counts."""
        if not self._numbers:
            return
        words = sorted(self._numbers)
        order = np.empty(len(words), dtype=np.uint64)
        order[[self._numbers[word] for word in words]] = np.arange(len(words), dtype=np.uint64)
        places = np.repeat(np.arange(len(self.lengths), dtype=np.uint64) + start, self.lengths)
        both, counts = np.unique(
            (order[np.concatenate(self._tokens)] << 16) | places, return_counts=True
        )
        ends = np.searchsorted(both >> 16, np.arange(1, len(words) + 1, dtype=np.uint64)).tolist()
        small = (both & 0xFFFF).astype("<u2")
        capped = np.minimum(counts, _MOST).astype("<u2")
        first = 0
        for word, end in zip(words, ends, strict=True):
            yield word, small[first:end], capped[first:end]
            first = end


def _empty(draft: Draft, block: Block, places: Sequence[int]) -> None:
    """Leave holes at ``places`` of a block."""
    base = block.number * BLOCK
    local = np.array(places, dtype=np.int64) - base
    words: set[str] = set()
    for place in places:
        words.update(terms(draft.row(place)[1]))
    _unpost(draft, block.number, sorted(words), local)
    groups, lengths, keys = block.groups.copy(), block.lengths.copy(), bytearray(block.keys)
    groups[local], lengths[local] = HOLE, 0
    for at in local.tolist():
        keys[at * KEY : (at + 1) * KEY] = bytes(KEY)
    draft.put_block(Block(block.number, groups, lengths, bytes(keys)))
    draft.drop_rows(places)
    _blank(draft, places)


def _unpost(draft: Draft, block: int, words: Sequence[str], local: npt.NDArray[np.int64]) -> None:
    changed, gone = [], []
    left = np.zeros(BLOCK, dtype=np.bool_)
    left[local] = True
    for word in words:
        posting = draft.posting(word, block)
        if posting is None:
            continue
        kept = ~left[posting.places]
        if kept.any():
            changed.append((word, Posting(block, posting.places[kept], posting.counts[kept])))
        else:
            gone.append((word, block))
    draft.put_postings(changed)
    draft.drop_postings(gone)


def _blank(draft: Draft, places: Sequence[int]) -> None:
    """Zeros in place of the vectors at ``places``."""
    if not draft.about.dims:
        return
    by_part: dict[int, list[int]] = defaultdict(list)
    for place in places:
        by_part[place // PART].append(place % PART)
    for number, local in by_part.items():
        vectors = draft.vector_part(number).copy()
        vectors[local] = 0
        draft.put_vectors(number, vectors)


def _embed(draft: Draft, first: int, texts: Sequence[str], embedder: Embedder) -> None:
    """Vectors for ``texts`` at the places from ``first`` on, part by part."""
    done = 0
    while done < len(texts):
        number, start = divmod(first + done, PART)
        some = texts[done : done + PART - start]
        vectors = embedder.encode(some).astype("<f4")
        draft.put_vectors(number, np.concatenate([draft.vector_part(number)[:start], vectors]))
        done += len(some)
