"""spaCy's greedy BILUO decode, all tokens side by side.

In spaCy's transition system for names (``spacy/pipeline/_parser_internals/ner.pyx``) the state
is whether an entity is open, its label and its first token. While none is open, the scores of a
token depend on that token alone; from an opening token on, they depend on it and on the tokens
since. So both can be worked out without walking through a text: what each token would be if no
entity were open, and where an entity that opens there would end. The walk is then a jump from
entity to entity.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from govgate.scan.fast.tok2vec import Floats, UnknownLayoutError

TIE: Final = np.float32(1e-3)
"""Two scores nearer to each other than this are not told apart here. Scores of numpy and of thinc
were never seen to differ by more than 4e-5 (`tests/unit/scan/fast/test_names.py` holds the vectors
that they are made from to a fiftieth of this)."""
FINE: Final = np.float32(4e-5)
"""The same for scores made from spaCy's own vectors in double precision, so that only spaCy's
rounding in its last two layers lies between: 1.2e-5 at most in 5,000 scores of real text (a test
there holds it to half of this)."""
Real = TypeVar("Real", np.float32, np.float64)
STEPS: Final = 16
"""Tokens up to which all entities are followed at once; longer ones only where they count."""
NEAR: Final = 256
"""Most tokens whose near ties are settled together."""
LOOKED_AT: Final = 1024
"""Most tokens of a longer one that are looked at together."""

BLOCKED: Final = "U-"
"""The move over a token that somebody said is no entity; never valid in a fresh doc."""


Entities = list[tuple[int, int, str]]
"""First token, token behind the last, label; in order."""


class Judge(Protocol):
    """Settles, for one text, what two ways to go on that are as good as equal cannot."""

    def entity_at(self, token: int) -> tuple[int, str] | None:
        """The entity that opens at ``token`` (token behind the last, label); None if none does."""

    def vectors(self, tokens: Sequence[int]) -> Floats:
        """spaCy's own vectors of ``tokens``, a row for each."""


class Decoder:
    """The weights of a transition model, and the walk. UnknownLayoutError if not as expected."""

    def __init__(self, model: Any, moves: Any) -> None:
        lower, upper = model.get_ref("lower"), model.get_ref("upper")
        _check(model, lower, upper, moves)
        weights = np.asarray(lower.get_param("W"), np.float32)
        features, hidden, pieces, width = weights.shape
        self._pieces = pieces  # weights are laid out piece by piece, so that a maximum is cheap
        self._by_feature = [
            np.ascontiguousarray(weights[f].swapaxes(0, 1).reshape(pieces * hidden, width).T)
            for f in range(features)
        ]
        self._bias = np.asarray(lower.get_param("b"), np.float32).T.reshape(-1)
        pad = np.asarray(lower.get_param("pad"), np.float32)[0]
        self._pad = pad.swapaxes(1, 2).reshape(features, -1)
        names = [moves.get_class_name(i) for i in range(moves.n_moves)]
        self.labels = _labels(names)
        scores = np.asarray(upper.get_param("W"), np.float32)
        bias = np.asarray(upper.get_param("b"), np.float32)
        columns = {k: [names.index(f"{k}-{label}") for label in self.labels] for k in "BILU"}
        closed = [names.index("O"), *columns["U"], *columns["B"]]
        self._closed = scores[closed].T.copy(), bias[closed]
        self._in = scores[columns["I"]], bias[columns["I"]]
        self._last = scores[columns["L"]], bias[columns["L"]]

    def decode(
        self,
        vectors: Floats,
        lengths: list[int],
        spaces: NDArray[np.bool_],
        judges: Sequence[Judge],
    ) -> Iterator[Entities]:
        """The entities of each text. ``vectors``: a row for each token of all texts;
        ``spaces``: which of these tokens are white space."""
        ends = np.cumsum(lengths)
        token_ends = np.repeat(ends, lengths)
        base = vectors @ self._by_feature[0] + self._bias
        last = np.arange(len(base)) == token_ends - 1
        choice, close = self._choices(base, spaces, last, TIE)
        opening = np.nonzero(choice > len(self.labels))[0]
        paths = _Paths(self, vectors, base, token_ends, opening, choice)
        naming = np.nonzero((choice > 0) | close)[0]
        for judge, length, end in zip(judges, lengths, ends.tolist(), strict=True):
            start = end - length
            low, high = np.searchsorted(naming, [start, end])
            tokens = naming[low:high].tolist()
            yield self._walk(start, tokens, choice, close, paths, judge)

    def _choices(
        self,
        base: NDArray[Real],
        spaces: NDArray[np.bool_],
        last: NDArray[np.bool_],
        hair: np.float32,
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """What each token is if no entity is open: 0 for outside, then units, then openings, by
        label; and whether a second choice scored the same but for a ``hair``. ``last``: which
        tokens are the last of their texts."""
        scores = self._hidden(base + (self._pad[1] + self._pad[2])) @ self._closed[0]
        scores += self._closed[1]
        scores[last, 1 + len(self.labels) :] = -np.inf
        scores[spaces, 1:] = -np.inf
        choice = scores.argmax(axis=1)
        best = scores[np.arange(len(scores)), choice]
        close = (scores > (best - hair)[:, None]).sum(axis=1) != 1  # no such score: not a number
        return choice, close

    def choices_finely(
        self, vectors: Floats, last: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The same of tokens that are not white space, by spaCy's own vectors of them."""
        base = vectors.astype(np.float64) @ self._by_feature[0] + self._bias
        return self._choices(base, np.zeros(len(last), np.bool_), last, FINE)

    def _hidden(self, features: NDArray[Real]) -> NDArray[Real]:
        found, *others = np.split(features, self._pieces, axis=1)
        for other in others:
            found = np.maximum(found, other)
        return found

    def going_on(
        self, base: Floats, vectors: Floats, starts: Any, tokens: Any, labels: Any
    ) -> Floats:
        """By how much more entities that opened at ``starts`` go on behind ``tokens`` (neither is
        the last of its text) than end there."""
        features = base[tokens] + vectors[starts] @ self._by_feature[1]
        features += vectors[tokens - 1] @ self._by_feature[2]
        return self._apart(features, labels)

    def going_on_finely(self, vectors: Floats, label: int) -> NDArray[np.float64]:
        """`going_on` for one entity. ``vectors``: spaCy's own of its first token, and then of the
        token before and of that in question, for each of these."""
        first, before, at = (
            v.astype(np.float64) for v in (vectors[:1], vectors[1::2], vectors[2::2])
        )
        features = at @ self._by_feature[0] + self._bias
        features += first @ self._by_feature[1]
        features += before @ self._by_feature[2]
        return self._apart(features, np.full(len(at), label))

    def _apart(self, features: NDArray[Real], labels: NDArray[np.int64]) -> NDArray[Real]:
        hidden = self._hidden(features)
        inside = np.einsum("ij,ij->i", hidden, self._in[0][labels]) + self._in[1][labels]
        ending = np.einsum("ij,ij->i", hidden, self._last[0][labels]) + self._last[1][labels]
        apart: NDArray[Real] = inside - ending
        return apart

    def _walk(
        self,
        start: int,
        naming: list[int],
        choice: NDArray[np.int64],
        close: NDArray[np.bool_],
        paths: "_Paths",
        judge: Judge,
    ) -> Entities:
        """From entity to entity of the text that begins at ``start``. ``naming``: its tokens at
        which one may open."""
        entities = []
        at = start
        count = len(self.labels)
        fine: dict[int, tuple[int, bool]] = {}
        many = 1
        for place, token in enumerate(naming):
            if token < at:
                continue
            chosen, undecided = int(choice[token]), bool(close[token])
            if undecided:
                if token not in fine:
                    near = islice((other for other in naming[place:] if close[other]), many)
                    fine = paths.choices(start, list(near), judge)
                    many = min(2 * many, NEAR)
                chosen, undecided = fine[token]
                if chosen == 0 and not undecided:
                    continue
            chosen, end = chosen - 1, token + 1
            if chosen >= count and not undecided:
                end, undecided = paths.end(start, token, chosen - count, judge)
            label = self.labels[chosen % count]
            if undecided:
                settled = judge.entity_at(token - start)
                if settled is None:
                    at = token + 1
                    continue
                end, label = settled[0] + start, settled[1]
            entities.append((token - start, end - start, label))
            at = end
        return entities


class _Paths:
    """Where the entity that opens at a token would end: for all of them up to `STEPS` tokens
    ahead of time, further on request. (All to the end would be quadratic.)"""

    def __init__(
        self,
        decoder: Decoder,
        vectors: Floats,
        base: Floats,
        token_ends: NDArray[np.int64],
        opening: NDArray[np.int64],
        choice: NDArray[np.int64],
    ) -> None:
        self._decoder, self._vectors, self._base = decoder, vectors, base
        self._token_ends = token_ends
        self._labels = choice - 1 - len(decoder.labels)
        self._ends: dict[int, tuple[int, int]] = {}  # end and label of those that are certain
        starts = opening
        undecided = np.zeros(len(starts), np.bool_)
        for step in range(1, STEPS + 1):
            if not len(starts):
                return
            labels = self._labels[starts]
            on, close = self._step(starts, starts + step, labels)
            undecided |= close
            sure = ~on & ~undecided
            ends = zip((starts[sure] + step + 1).tolist(), labels[sure].tolist(), strict=True)
            self._ends.update(zip(starts[sure].tolist(), ends, strict=True))
            starts, undecided = starts[on], undecided[on]

    def choices(self, text: int, tokens: list[int], judge: Judge) -> dict[int, tuple[int, bool]]:
        """What each of ``tokens``, of the text that begins at ``text``, is by spaCy's own vector
        of it if no entity is open; and whether that is as good as undecided."""
        last = np.array([token == self._token_ends[token] - 1 for token in tokens])
        vectors = judge.vectors([token - text for token in tokens])
        found = self._decoder.choices_finely(vectors, last)
        return dict(zip(tokens, zip(*(f.tolist() for f in found), strict=True), strict=True))

    def end(self, text: int, start: int, label: int, judge: Judge) -> tuple[int, bool]:
        """The token behind the entity of ``label`` that opens at ``start`` of the text that begins
        at ``text``, and whether that is uncertain."""
        end, known = self._ends.get(start, (0, label))
        if end and known == label:
            return end, False
        undecided = False
        first, many = start + 1, 2 * STEPS
        while True:
            tokens = np.arange(first, min(first + many, int(self._token_ends[start])))
            starts, labels = np.full(len(tokens), start), np.full(len(tokens), label)
            ons, closes = self._step(starts, tokens, labels)
            if closes.any():
                self._settle(text, start, label, tokens, ons, closes, judge)
            if not ons.all():
                last = int(ons.argmin())
                return first + last + 1, undecided or bool(closes[: last + 1].any())
            undecided = undecided or bool(closes.any())
            first, many = first + many, min(2 * many, LOOKED_AT)

    def _settle(
        self,
        text: int,
        start: int,
        label: int,
        tokens: NDArray[np.int64],
        ons: NDArray[np.bool_],
        closes: NDArray[np.bool_],
        judge: Judge,
    ) -> None:
        """Decide anew, with spaCy's own vectors, what is close in ``ons``, and whether it still
        is. (To leave it to spaCy altogether would cost as much as the entity is long.)"""
        near = tokens[closes] - text
        around = np.stack([near - 1, near], axis=1).reshape(-1)
        vectors = judge.vectors([start - text, *around.tolist()])
        apart = self._decoder.going_on_finely(vectors, label)
        ons[closes] = apart > 0
        closes[closes] = ~(np.abs(apart) >= FINE)

    def _step(
        self, starts: NDArray[np.int64], tokens: NDArray[np.int64], labels: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        apart = self._decoder.going_on(self._base, self._vectors, starts, tokens, labels)
        on, close = apart > 0, ~(np.abs(apart) >= TIE)
        last = tokens == self._token_ends[starts] - 1  # there it can only end
        return on & ~last, close & ~last


def _check(model: Any, lower: Any, upper: Any, moves: Any) -> None:
    if model.name != "parser_model" or not model.attrs.get("has_upper"):
        raise UnknownLayoutError("its transition model is of another kind")
    if lower.name != "precomputable_affine" or upper.name != "linear":
        raise UnknownLayoutError("its state layers are of another kind")
    if lower.get_dim("nF") != 3 or lower.get_dim("nP") < 2:
        raise UnknownLayoutError("its states have other features")
    if model.attrs.get("unseen_classes"):
        raise UnknownLayoutError("it has labels that were never trained")
    names = [moves.get_class_name(i) for i in range(moves.n_moves)]
    labels = _labels(names)
    known = {f"{kind}-{label}" for kind in "BILU" for label in labels} | {"O"}
    if not labels or sorted(set(names) - {BLOCKED}) != sorted(known) or names.count("O") != 1:
        raise UnknownLayoutError("it has other moves than BILUO")


def _labels(names: list[str]) -> list[str]:
    return sorted({name[2:] for name in names if name[1:2] == "-" and name != BLOCKED})
