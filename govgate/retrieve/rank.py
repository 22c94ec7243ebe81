"""Which rows answer a question best, among those that a caller may see.

Words are ranked by Okapi BM25 (k1 = 1.2, b = 0.75) in the form that Lucene has it: for a word in
``n`` of ``N`` rows, ``f`` times in a row of ``d`` words where rows have ``a`` words on average, the
row scores ``ln(1 + (N - n + 0.5) / (n + 0.5)) * f / (f + k1 * (1 - b + b * d / a))``, summed over
the question's words. ``N``, ``n`` and ``a`` are counted over the rows that the caller may see, and
over no others. Words are taken by how rare they are; once the best rows are so good that no row
without one of the rare words can reach them, the common words are looked up for the remaining
candidates alone (MaxScore; Turtle and Flood, 1995): the same scores, sooner. Vectors are compared
exactly, all of them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from govgate.retrieve.scope import Scope
from govgate.retrieve.tables import BLOCK, F32, U16, U32, Damaged, Posting, Tables

K1, B = 1.2, 0.75
FUSION = 60  # of reciprocal rank fusion: Cormack, Clarke and Büttcher, 2009
_PARTS = 64  # of vectors that are compared at once
_COMMON = 50  # a word in one of so many rows is worth a look at whether it is needed
_CLOSE = 1e-9  # by which sums of the same numbers may differ

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Ranked = list[tuple[int, float]]  # places, best first, and what each scores


@dataclass(frozen=True, slots=True)
class Layout:
    """The group and the length of every place; of each group, and last of the holes, how many rows
    there are and how many words."""

    groups: U32
    lengths: U32
    rows: I64
    words: F64

    @classmethod
    def of(cls, tables: Tables) -> "Layout":
        """Read them; Damaged where a block but the last is not full."""
        blocks = list(tables.blocks())
        for number, block in enumerate(blocks):
            full = len(block.groups) == BLOCK or number == len(blocks) - 1
            if block.number != number or not full:
                raise Damaged("blocks that do not follow each other")
        none = np.zeros(0, dtype="<u4")
        lengths = np.concatenate([none, *(block.lengths for block in blocks)])
        groups = np.concatenate([none, *(block.groups for block in blocks)])
        known = max(tables.groups(), default=-1) + 1
        groups = np.minimum(groups, known)
        return cls(
            groups,
            lengths,
            np.bincount(groups, minlength=known + 1),
            np.bincount(groups, weights=lengths, minlength=known + 1).astype(np.float64),
        )


@dataclass(frozen=True, slots=True)
class View:
    """The rows that a caller may see: which, how many, all lengths, and the average of theirs."""

    seen: Bools
    rows: int
    lengths: U32
    average: float

    @classmethod
    def of(cls, tables: Tables, layout: Layout, scope: Scope) -> "View":
        """Whoever sees none sees an empty store."""
        allowed = tables.visible(scope)
        table = np.zeros(len(layout.rows), dtype=np.bool_)
        table[allowed] = True
        rows, words = int(layout.rows[allowed].sum()), float(layout.words[allowed].sum())
        return cls(table[layout.groups], rows, layout.lengths, words / rows if words else 1.0)

    def within(self, posting: Posting) -> Bools:
        """Which of the posting's places are seen."""
        return self.seen[posting.block * BLOCK :][:BLOCK][posting.places]

    def gains(self, places: I64, counts: U16) -> F64:
        """What BM25 makes of a word that stands so often at these places, before its weight."""
        times = counts.astype(np.float64)
        return times / (times + K1 * (1 - B + B / self.average * self.lengths[places]))


@dataclass(frozen=True, slots=True)
class Asked:
    """A word of the question (its stem): what it weighs, how many of the rows seen hold it, and
    where it stands, seen or not."""

    term: str
    weight: float
    rows: int
    postings: Sequence[Posting]


def asked(tables: Tables, view: View, question: Sequence[str]) -> list[Asked]:
    """The words of the question (stems) that any row seen holds, each once, those that weigh most
    first."""
    found = _asked(tables, view, question)
    return sorted(found, key=lambda word: (-word.weight, word.term))


def _asked(tables: Tables, view: View, question: Sequence[str]) -> Iterator[Asked]:
    for term in dict.fromkeys(question):
        postings = list(tables.postings(term))
        rows = sum(int(np.count_nonzero(view.within(posting))) for posting in postings)
        if rows:
            weight = math.log1p((view.rows - rows + 0.5) / (rows + 0.5))
            yield Asked(term, weight, rows, postings)


def by_words(words: Sequence[Asked], view: View, limit: int) -> Ranked:
    """The ``limit`` best rows that hold one of the words; ties in order of place."""
    scores = np.zeros(len(view.seen), dtype=np.float64)
    rest = sum(word.weight for word in words)
    for number, word in enumerate(words):
        if word.rows > len(scores) // _COMMON:
            places = np.flatnonzero(scores > 0)
            bar = _bar(scores[places], limit)
            if bar > rest + _CLOSE:
                places = places[scores[places] >= bar - rest - _CLOSE]
                return _finish(words[number:], view, scores, places, limit)
        for posting in word.postings:
            kept = view.within(posting)
            places = posting.block * BLOCK + posting.places[kept].astype(np.int64)
            scores[places] += word.weight * view.gains(places, posting.counts[kept])
        rest -= word.weight
    return _best(scores, np.flatnonzero(scores > 0), limit)


def _bar(scores: F64, limit: int) -> float:
    """What the last of the best has so far; -1 while there are not enough."""
    return float(np.partition(scores, -limit)[-limit]) if len(scores) >= limit else -1.0


def _finish(words: Sequence[Asked], view: View, scores: F64, places: I64, limit: int) -> Ranked:
    """Score the common words for the places that can still be among the best (ascending)."""
    starts = np.searchsorted(places, np.arange(0, len(scores) + 2 * BLOCK, BLOCK))
    for word in words:
        for posting in word.postings:
            some = places[starts[posting.block] : starts[posting.block + 1]]
            local = (some - posting.block * BLOCK).astype(np.uint16)
            at = np.searchsorted(posting.places, local)
            at[at == len(posting.places)] = 0
            there = posting.places[at] == local
            held = some[there]
            scores[held] += word.weight * view.gains(held, posting.counts[at[there]])
    return _best(scores, places, limit)


def by_vector(tables: Tables, view: View, wanted: F32, limit: int) -> Ranked:
    """The ``limit`` rows whose vectors are nearest (cosine); ties in order of place. A vector of
    zeros says nothing, so it is near to none."""
    places, scores = [_NONE], [np.zeros(0, dtype=np.float64)]
    for first, vectors in _joined(tables):
        seen = np.flatnonzero(view.seen[first : first + len(vectors)])
        if len(seen):
            near = (vectors[seen] @ wanted).astype(np.float64)
            best = np.argsort(-near, kind="stable")
            best = best[near[best] != 0][:limit]
            places.append(first + seen[best])
            scores.append(near[best])
    found, near = np.concatenate(places), np.concatenate(scores)
    order = np.lexsort((found, -near))[:limit]
    return list(zip(found[order].tolist(), near[order].tolist(), strict=True))


def fused(*rankings: Ranked) -> Ranked:
    """Reciprocal rank fusion: a row scores the sum of 1 / (60 + its rank) over ``rankings``."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, (place, _) in enumerate(ranking, start=1):
            scores[place] = scores.get(place, 0.0) + 1 / (FUSION + rank)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


def _joined(tables: Tables) -> Iterator[tuple[int, F32]]:
    """Vectors in larger pieces; a part that does not follow the last begins one."""
    first, held = 0, list[F32]()
    for at, vectors in tables.vectors():
        if held and (len(held) == _PARTS or at != first + sum(len(one) for one in held)):
            yield first, np.concatenate(held)
            held = []
        if not held:
            first = at
        held.append(vectors)
    if held:
        yield first, np.concatenate(held)


def _best(scores: F64, places: I64, limit: int) -> Ranked:
    if len(places) > limit:
        found = scores[places]
        bar = np.partition(found, -limit)[-limit]
        places = places[found >= bar]
    order = np.lexsort((places, -scores[places]))[:limit]
    return [(int(place), float(scores[place])) for place in places[order]]


_NONE = np.zeros(0, dtype=np.int64)
