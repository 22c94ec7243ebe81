"""Named entities of many docs at once, exactly as spaCy's pipeline gives them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from spacy.attrs import IS_SPACE

from govgate.scan.fast.biluo import Decoder, Entities
from govgate.scan.fast.referee import Referee
from govgate.scan.fast.tok2vec import Tok2Vec, UnknownLayoutError
from govgate.scan.pipeline import naming_parts

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc


class NameFinder:
    """Finds what the naming component of ``nlp`` finds.

    In numpy, if that component is built as known; where two choices score as good as equal, the
    component itself is asked. ``reason``: why everything is left to it, None if not. ``asked``
    counts the tokens that it was asked about.
    """

    def __init__(self, nlp: "Language") -> None:
        self._nlp = nlp
        self._numpy: tuple[Tok2Vec, Decoder] | None = None
        self.reason: str | None = None
        self.asked = 0
        try:
            self._numpy = _read(nlp)
        except UnknownLayoutError as unknown:
            self.reason = str(unknown)

    @property
    def path(self) -> str:
        """Who decides: ``numpy`` or ``spacy``."""
        return "numpy" if self._numpy else "spacy"

    def find(self, docs: Sequence["Doc"]) -> list[Entities]:
        """The entities of each of ``docs``, fresh from the tokenizer."""
        if self._numpy is None:
            return self._leave(docs)
        tok2vec, decoder = self._numpy
        lengths = [len(doc) for doc in docs]
        if not sum(lengths):
            return [[] for _ in docs]
        spaces = np.concatenate([doc.to_array(IS_SPACE) for doc in docs]).astype(np.bool_)
        component = self._nlp.get_pipe(naming_parts(self._nlp)[0])
        referees = [Referee(component, tok2vec.reach, doc) for doc in docs]
        found = list(decoder.decode(tok2vec.vectors(docs), lengths, spaces, referees))
        self.asked += sum(referee.asked for referee in referees)
        return found

    def _leave(self, docs: Sequence["Doc"]) -> list[Entities]:
        """What spaCy says. The docs keep the entities that it sets."""
        found = []
        for doc in docs:
            for _, component in self._nlp.pipeline:
                doc = component(doc)
            found.append([(ent.start, ent.end, ent.label_) for ent in doc.ents])
        return found


def _read(nlp: "Language") -> tuple[Tok2Vec, Decoder]:
    parts = naming_parts(nlp)
    if len(parts) != 1 or nlp.get_pipe_meta(parts[0]).factory != "ner":
        raise UnknownLayoutError("names come from other components than one ner")
    component: Any = nlp.get_pipe(parts[0])
    if component.cfg.get("beam_width", 1) != 1:
        raise UnknownLayoutError("its ner searches with a beam")
    return Tok2Vec(component.model.get_ref("tok2vec")), Decoder(component.model, component.moves)
