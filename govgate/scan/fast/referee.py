"""spaCy's own word on single tokens, where two choices score too near to each other for us: what it
decides, or the vectors that it would decide by.

A short doc is given to spaCy to its end, a long one as a slice around the token in question, so
that what a question costs does not grow with the doc. A slice decides as the whole doc would: the
vector of a token hangs on as many tokens to either side as there are convolutions, and these come
along; no entity is open before the token, so those before it are barred from being names.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from spacy.attrs import NORM, ORTH, SPACY
from spacy.tokens import Doc

from govgate.scan.fast.tok2vec import Floats
from govgate.scan.fast.tokens import doc_of

WHOLE: Final = 512
"""Tokens of the longest doc that is given to spaCy to its end."""
AHEAD: Final = 32
"""Tokens behind the one in question that a slice has at first."""

Entity = tuple[int, str]
"""Token behind the last, label."""


class Referee:
    """Asks ``component``, spaCy's greedy ``ner``, about ``doc``. ``reach``: its convolutions.
    ``asked`` counts the tokens that it was to decide."""

    def __init__(self, component: Any, reach: int, doc: Doc) -> None:
        self._component, self._reach, self._doc = component, reach, doc
        self._ahead = len(doc) if len(doc) <= WHOLE else AHEAD
        self._entities: dict[int, Entity] = {}
        self._settled = range(0)
        self._tokens: Any = None
        self.asked = 0

    def entity_at(self, token: int) -> Entity | None:
        """The entity that spaCy opens at ``token``; None if none.

        To be asked with growing tokens, at each of which no entity is open by what the referee
        has said and by what needed no referee.
        """
        self.asked += 1
        if token not in self._settled:
            far = token > self._settled.stop + self._ahead
            self._ahead = AHEAD if far else 2 * self._ahead
            self._look(token)
        return self._entities.get(token)

    def vectors(self, tokens: Sequence[int]) -> Floats:
        """The vectors that spaCy makes of ``tokens``, a row for each. Slices that meet are one."""
        slices: list[tuple[int, int]] = []
        for token in sorted(set(tokens)):
            start, end = max(token - self._reach, 0), min(token + self._reach + 1, len(self._doc))
            if slices and start <= slices[-1][1]:
                slices[-1] = slices[-1][0], end
            else:
                slices.append((start, end))
        docs = [self._slice(start, end) for start, end in slices]
        found = np.asarray(self._component.model.get_ref("tok2vec").predict(docs), np.float32)
        starts = np.array([start for start, _ in slices])
        offsets = np.cumsum([0, *map(len, docs[:-1])]) - starts
        places = np.asarray(tokens)
        own: Floats = found[places + offsets[np.searchsorted(starts, places, "right") - 1]]
        return own

    def _look(self, token: int) -> None:
        """Settle ``token``, and as many behind it as a slice does."""
        while token not in self._settled:
            end = min(token + self._ahead, len(self._doc))
            entities = self._seen(token, end)
            sure = end if end == len(self._doc) else end - self._reach
            self._entities = {first: (last, label) for first, last, label in entities}
            cut = [first for first, last, _ in entities if last > sure]
            self._settled = range(token, min([sure, *cut]))
            self._ahead *= 1 if token in self._settled else 4

    def _seen(self, token: int, end: int) -> list[tuple[int, int, str]]:
        """The entities from ``token`` on, as seen in a slice that goes up to ``end``."""
        start = max(token - self._reach, 0)
        doc = self._slice(start, end)
        if token > start:
            doc.set_ents([], blocked=[doc[: token - start]], default="missing")
        found = self._component(doc).ents
        return [(one.start + start, one.end + start, one.label_) for one in found]

    def _slice(self, start: int, end: int) -> Doc:
        if self._tokens is None:
            self._tokens = self._doc.to_array([ORTH, NORM, SPACY])
        words, norms, spaces = self._tokens[start:end].T.tolist()
        return doc_of(self._doc.vocab, words, [bool(space) for space in spaces], norms)
