"""spaCy's hash-embedding, convolutional tok2vec in numpy, with what each word type embeds to kept.

The layers are those of ``spacy.MultiHashEmbed`` and ``spacy.MaxoutWindowEncoder`` followed by the
linear layer of the transition model (spaCy 3.8, ``spacy/ml/models/tok2vec.py``). Between thinc's
result and this one lies nothing but rounding.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import NORM, ORTH

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from thinc.api import Model

Floats = NDArray[np.float32]

ENCODER: Final = (
    r"extract_features>>list2ragged"
    r">>with_array\(ints-getitem>>hashembed(?:\|ints-getitem>>hashembed)*\)"
    r">>with_array\(maxout>>layernorm>>dropout\)>>ragged2list"
    r">>with_array\(residual\(expand_window>>maxout>>layernorm>>dropout\)"
    r"(?:>>residual\(expand_window>>maxout>>layernorm>>dropout\))*\)"
)
LINEAR: Final = ">>list2array>>linear"
BY_WORD: Final = frozenset({"ORTH", "NORM", "LOWER", "PREFIX", "SUFFIX", "SHAPE"})
"""Attributes that the pair of a token's text and its norm decides."""

EPSILON: Final = np.float32(1e-8)
TYPES: Final = 1 << 15
"""Word types that are kept, with 3.8 kB each for what the first layers make of them in a model of
width 96; when there are more, all are let go."""
ROWS: Final = 1024
"""Tokens that go through the layers at a time: what a layer makes of them stays in the cache of a
core, which saves a tenth against 8,192."""


class UnknownLayoutError(Exception):
    """The model is not built as this module expects; the message says in what."""


class Tok2Vec:
    """The token vectors of docs, as ``model.predict`` gives them but for rounding.

    UnknownLayoutError if ``model`` is anything but the layout described above.
    """

    def __init__(self, model: "Model[Any, Any]") -> None:
        parts = parts_of(model, LINEAR)
        (extract,) = parts["extract_features"]
        self._columns: list[str] = list(extract.attrs["columns"])
        self._tables = [_Table(layer) for layer in parts["hashembed"]]
        first, *rest = map(_Layer, parts["maxout"], parts["layernorm"])
        self._mix, self._convolutions = first, rest
        self._linear = _floats(parts["linear"][0], "W").T.copy(), _floats(parts["linear"][0], "b")
        self._check(parts)
        self._types: dict[int, int] = {}
        self._table = np.zeros((1024, self._mix.width), np.float32)
        self._shares = [np.zeros((1024, 0), np.float32)] * 3
        self._forget()

    @property
    def width(self) -> int:
        """Numbers in the vector of a token."""
        return int(self._linear[0].shape[1])

    @property
    def reach(self) -> int:
        """Tokens to either side that a token's vector hangs on."""
        return len(self._convolutions)

    def vectors(self, docs: Sequence["Doc"]) -> Floats:
        """One row for each token of ``docs``, in order."""
        lengths = [len(doc) for doc in docs]
        words = self._words(docs)
        found = np.empty((len(words), self.width), np.float32)
        for tokens, kept, targets in _portions(lengths, self.reach):
            rows = np.where(tokens < 0, 0, words[tokens])
            found[targets] = self._encoded(rows)[kept] @ self._linear[0] + self._linear[1]
        return found

    def _check(self, parts: dict[str, list[Any]]) -> None:
        depth = len(self._convolutions)
        if not BY_WORD.issuperset(self._columns) or len(self._columns) != len(self._tables):
            raise UnknownLayoutError("its embedding uses other attributes than a word's own")
        if any(layer.attrs["window_size"] != 1 for layer in parts["expand_window"]):
            raise UnknownLayoutError("its convolutions look further than one token")
        if [layer.attrs["pad"] for layer in parts["with_array"]] != [0, 0, depth]:
            raise UnknownLayoutError("it pads its input in another way")
        if any(layer.inputs != 3 * self._mix.width for layer in self._convolutions):
            raise UnknownLayoutError("its layers have unequal widths")

    def _forget(self) -> None:
        """Keep no word type. Row 0 of the tables is the padding between docs."""
        first = self._convolutions[0]
        self._types.clear()
        self._table = np.zeros((1024, self._mix.width), np.float32)
        self._shares = [np.zeros((1024, first.outputs), np.float32) for _ in range(3)]

    def _words(self, docs: Sequence["Doc"]) -> NDArray[np.int64]:
        """For each token the row of its type in the tables; adds the types not seen before."""
        arrays = [doc.to_array([ORTH, NORM]) for doc in docs]
        pairs = np.concatenate(arrays) if arrays else np.zeros((0, 2), np.uint64)
        keys = pairs[:, 0] ^ (pairs[:, 1] * np.uint64(0x9E3779B97F4A7C15))
        types, first, words = np.unique(keys, return_index=True, return_inverse=True)
        if len(self._types) + len(types) > TYPES:
            self._forget()
        known = self._types
        rows = np.fromiter((known.get(t, -1) for t in types.tolist()), np.int64, len(types))
        new = np.nonzero(rows < 0)[0]
        if len(new):
            rows[new] = self._embed(types[new].tolist(), first[new], docs)
        return rows[words]

    def _embed(
        self, types: list[int], tokens: NDArray[np.int64], docs: Sequence["Doc"]
    ) -> NDArray[np.int64]:
        """New rows of the tables: a type's embedding, and what it adds to the first convolution
        as the word before, at, and behind a token."""
        rows = np.arange(1 + len(self._types), 1 + len(self._types) + len(types))
        while rows[-1] >= len(self._table):
            self._table = _doubled(self._table)
            self._shares = [_doubled(share) for share in self._shares]
        features = _features(docs, tokens, self._columns)
        values = [table.rows(features[:, place]) for place, table in enumerate(self._tables)]
        embedded = self._mix.forward(np.concatenate(values, axis=1))
        self._table[rows] = embedded
        width = self._mix.width
        for place, share in enumerate(self._shares):
            part = self._convolutions[0].weights[place * width : (place + 1) * width]
            share[rows] = embedded @ part
        self._types.update(zip(types, rows.tolist(), strict=True))
        return rows

    def _encoded(self, words: NDArray[np.int64]) -> Floats:
        """The encoder's output for rows of the tables, one behind the other."""
        first, *others = self._convolutions
        before, at, behind = self._shares
        pieces = at[words]
        pieces[1:] += before[words[:-1]]
        pieces[:-1] += behind[words[1:]]
        current = self._table[words]
        current += first.finish(pieces)
        width = self._mix.width
        around = np.zeros((len(words), 3 * width), np.float32)
        for layer in others:
            around[1:, :width] = current[:-1]
            around[:, width : 2 * width] = current
            around[:-1, 2 * width :] = current[1:]
            current += layer.forward(around)
        return current


class _Table:
    """A table of vectors that a feature's value is hashed into four times."""

    def __init__(self, layer: Any) -> None:
        self._vectors = layer.get_param("E")
        self._seed, self._ops = layer.attrs["seed"], layer.ops

    def rows(self, values: NDArray[np.uint64]) -> Floats:
        keys = self._ops.hash(np.ascontiguousarray(values), self._seed) % len(self._vectors)
        return np.asarray(self._ops.gather_add(self._vectors, keys))


class _Layer:
    """Maxout and layer normalisation."""

    def __init__(self, maxout: Any, norm: Any) -> None:
        weights = _floats(maxout, "W")
        self.width, self._pieces, self.inputs = weights.shape
        self.outputs = self.width * self._pieces
        # All pieces in one matrix, piece by piece: one product, and a maximum of three blocks.
        together = weights.transpose(1, 0, 2).reshape(self.outputs, self.inputs)
        self.weights = np.ascontiguousarray(together.T)
        self._bias = np.ascontiguousarray(_floats(maxout, "b").T).reshape(-1)
        self._scale, self._shift = _floats(norm, "G"), _floats(norm, "b")

    def forward(self, inputs: Floats) -> Floats:
        """One row of ``width`` for each row of ``inputs``."""
        return self.finish(inputs @ self.weights)

    def finish(self, pieces: Floats) -> Floats:
        """The rest of the layer, once ``inputs @ weights`` is known; overwrites ``pieces``."""
        pieces += self._bias
        best, *others = np.split(pieces, self._pieces, axis=1)
        for other in others:
            best = np.maximum(best, other)
        best -= best.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", best, best) / np.float32(self.width) + EPSILON
        best *= (1 / np.sqrt(variance))[:, None]
        best *= self._scale
        best += self._shift
        return best


def _doubled(table: Floats) -> Floats:
    return np.concatenate([table, np.zeros_like(table)])


def _floats(layer: Any, name: str) -> Floats:
    return np.asarray(layer.get_param(name), np.float32)


def parts_of(model: Any, behind: str) -> dict[str, list[Any]]:
    """The layers that compute something, by name, in the order they are used in.

    UnknownLayoutError if ``model`` is anything but an encoder with ``behind`` behind it.
    """
    if re.fullmatch(ENCODER + re.escape(behind), model.name) is None:
        raise UnknownLayoutError("its tok2vec is put together from other layers")
    parts: dict[str, list[Any]] = {}
    for layer in _layers(model):
        name = "with_array" if layer.name.startswith("with_array") else layer.name
        parts.setdefault(name, []).append(layer)
        home = layer._func.__module__
        if not home.startswith(("thinc.layers.", "spacy.ml.")):
            raise UnknownLayoutError("it has a layer of its own making")
    return parts


def _layers(model: Any) -> Iterator[Any]:
    yield model
    for layer in model.layers:
        yield from _layers(layer)


def _features(
    docs: Sequence["Doc"], tokens: NDArray[np.int64], columns: list[str]
) -> NDArray[np.uint64]:
    """``columns`` of the tokens with the numbers ``tokens``, counted through all ``docs``."""
    ends = np.cumsum([len(doc) for doc in docs])
    owners = np.searchsorted(ends, tokens, side="right")
    found = np.empty((len(tokens), len(columns)), np.uint64)
    for owner in np.unique(owners).tolist():
        here = owners == owner
        start = int(ends[owner]) - len(docs[owner])
        found[here] = docs[owner].to_array(columns).reshape(-1, len(columns))[tokens[here] - start]
    return found


def _portions(
    lengths: Sequence[int], depth: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Docs of ``lengths`` in portions of about `ROWS` tokens: the tokens of a portion's rows (-1:
    padding), which rows to keep, and the tokens those are the vectors of.

    ``depth`` rows of padding stand between docs, as in thinc. A doc that is cut takes ``depth``
    tokens of either side along: no layer can tell the difference.
    """
    rows: list[NDArray[np.int64]] = []
    kept: list[NDArray[np.int64]] = []
    targets: list[NDArray[np.int64]] = []
    padding = np.full(depth, -1)
    filled = begin = 0
    for start, end, first, last in _pieces(lengths, depth):
        piece = np.arange(start, end)
        rows += [padding, piece]
        begin = filled + depth + (first - start)
        kept.append(np.arange(begin, begin + last - first))
        targets.append(np.arange(first, last))
        filled += depth + len(piece)
        if filled >= ROWS:
            yield np.concatenate([*rows, padding]), np.concatenate(kept), np.concatenate(targets)
            rows, kept, targets, filled = [], [], [], 0
    if rows:
        yield np.concatenate([*rows, padding]), np.concatenate(kept), np.concatenate(targets)


def _pieces(lengths: Sequence[int], depth: int) -> Iterator[tuple[int, int, int, int]]:
    """Tokens start…end to be read, of which first…last are wanted, doc after doc."""
    offset = 0
    for length in lengths:
        for first in range(0, length, ROWS):
            last = min(first + ROWS, length)
            start, end = max(first - depth, 0), min(last + depth, length)
            yield offset + start, offset + end, offset + first, offset + last
        offset += length
