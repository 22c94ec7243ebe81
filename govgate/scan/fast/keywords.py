"""Keywords around places of a text, as Presidio gives them to a finding as its context.

A keyword is a token's lemma in lower case, if that is one for the text: if it is, whole or between
colons, a lemma of the text that is no stop word and no punctuation (`NlpArtifacts.set_keywords` of
presidio-analyzer). Two ways to the same: with the lemmas of all tokens, or, in a long text with
few findings, with those of the tokens around them, made from slices of the text.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np
from spacy.attrs import IDX, LENGTH, NORM, ORTH, SPACY

from govgate.scan.fast.lemmas import lemma_reach, possible_lemmas
from govgate.scan.fast.tokens import doc_of
from govgate.scan.pipeline import naming_parts
from govgate.scan.remembered import Remembered

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

WHOLE: Final = 512
"""Tokens of the longest text whose lemmas are all made."""
BLOCK: Final = 64
"""Tokens whose lemmas are made at a time."""
SHARE: Final = 0.25
"""Of the blocks of a text; if more are needed, the lemmas of all tokens cost hardly more."""


class _Forms(NamedTuple):
    """A word's possible lemmas in lower case, and whether one of them is a keyword by itself."""

    keywords: frozenset[str]
    others: frozenset[str]
    may_be: bool


class Keywords:
    """What the keywords of texts are, by the lemmas that ``nlp`` gives to fresh docs.

    ``lemmas``: which ones a word may get; None if that cannot be told.
    """

    def __init__(self, nlp: "Language") -> None:
        naming = naming_parts(nlp)
        self._vocab = nlp.vocab
        self._components = [part for name, part in nlp.pipeline if name not in naming]
        self.lemmas = possible_lemmas(nlp)
        self._reach = lemma_reach(nlp) if self.lemmas else None
        self._known: Remembered[str, bool] = Remembered()
        self._forms: Remembered[int, _Forms] = Remembered()

    def has(self, lemma: str) -> bool:
        """Whether ``lemma`` is a keyword, and its parts are, wherever it stands."""
        known = self._known.get(lemma)
        if known is None:
            lexeme = self._vocab[lemma]
            known = not lexeme.is_stop and not lexeme.is_punct and lemma not in ("-PRON-", "be")
            self._known.keep(lemma, known, len(lemma))
        return known

    def lemmas_of(self, word: str) -> frozenset[str]:
        """Every lemma that ``word`` may get, if that can be told; else the word."""
        return self.lemmas.of(word) if self.lemmas else frozenset({word})

    def near(self, doc: "Doc", findings: int) -> "Near":
        """The keywords of a fresh ``doc``, in whichever way costs less for so many places."""
        few = 2 * findings <= SHARE * len(doc) / BLOCK  # the tokens around one lie in two blocks
        if self._reach is not None and len(doc) > WHOLE and few:
            places = self._places(doc)
            if places is not None:
                return NearInSlices(doc, places, self._alone, self._reach, self._with_lemmas)
        return self.near_in_all(doc)

    def near_in_all(self, doc: "Doc") -> "NearInAll":
        """The keywords of a fresh ``doc``, by the lemmas of all its tokens."""
        lemmas = [token.lemma_ for token in self._with_lemmas(doc)]
        keywords = {part for lemma in set(lemmas) if self.has(lemma) for part in _parts(lemma)}
        lowered = (lemma.lower() for lemma in lemmas)
        return NearInAll(doc, [lemma if lemma in keywords else None for lemma in lowered])

    def _with_lemmas(self, doc: "Doc") -> "Doc":
        """``doc`` after all components that do not name; one at a time, as the reference does."""
        for component in self._components:
            doc = component(doc)
        return doc

    def _alone(self, lemma: str) -> str | None:
        """The keyword that ``lemma`` is in a text where no other lemma has a say in it."""
        return lemma.lower() if ":" not in lemma and self.has(lemma) else None

    def _places(self, doc: "Doc") -> list[int] | None:
        """The tokens whose lemma may be a keyword; None if another lemma may have a say in that:
        if what is none by itself may be the part, or another spelling, of one."""
        numbers, words = np.unique(doc.to_array(ORTH), return_inverse=True)
        forms = [self._forms_of(number) for number in numbers.tolist()]
        keywords = frozenset[str]().union(*(one.keywords for one in forms))
        if any(not keywords.isdisjoint(one.others) for one in forms):
            return None
        places = np.fromiter((one.may_be for one in forms), np.bool_, len(forms))
        found: list[int] = np.nonzero(places[words])[0].tolist()
        return found

    def _forms_of(self, number: int) -> _Forms:
        known = self._forms.get(number)
        if known is not None:
            return known
        word = self._vocab.strings[number]
        lemmas = self.lemmas_of(word)
        some = [lemma for lemma in lemmas if lemma and self.has(lemma)]
        keywords = frozenset(part for lemma in some for part in _parts(lemma))
        others = frozenset(lemma.lower() for lemma in lemmas.difference(some))
        forms = _Forms(keywords, others, any(":" not in lemma for lemma in some))
        return self._forms.keep(number, forms, len(word) * len(lemmas))


class Near(Protocol):
    """Keywords of a text, by place."""

    def around(self, start: int, before: int, behind: int) -> list[str]:
        """Up to ``before`` keywords ending, and up to ``behind`` beginning, with the token at
        character ``start``. ValueError if that lies behind the last token."""


class TooManyError(Exception):
    """So many tokens are asked about that slices do not pay."""


class NearInAll:
    """By the lemmas of all tokens. ``keywords``: for each token its keyword, or None."""

    def __init__(self, doc: "Doc", keywords: list[str | None]) -> None:
        self._ends = token_ends(doc)
        self._places = [place for place, word in enumerate(keywords) if word is not None]
        self._words = [word for word in keywords if word is not None]

    def around(self, start: int, before: int, behind: int) -> list[str]:
        """See `Near`."""
        if not self._ends:
            return [""]
        token = token_at(self._ends, start)
        upto = bisect_right(self._places, token)
        since = bisect_left(self._places, token)
        return self._words[max(upto - before, 0) : upto] + self._words[since : since + behind]


class NearInSlices:
    """By the lemmas of the tokens asked about; raises TooManyError where they are many.

    ``places``: of the tokens whose lemma may be a keyword, in order. ``keyword``: lemma → keyword
    or None. ``reach``: how many tokens to either side a token's lemma hangs on. ``lemmatize``:
    gives a fresh doc its lemmas.
    """

    def __init__(
        self,
        doc: "Doc",
        places: list[int],
        keyword: Callable[[str], str | None],
        reach: int,
        lemmatize: "Callable[[Doc], Doc]",
    ) -> None:
        self._doc, self._places, self._keyword = doc, places, keyword
        self._reach, self._lemmatize = reach, lemmatize
        self._ends = token_ends(doc)
        self._tokens: Any = doc.to_array([ORTH, NORM, SPACY])
        self._blocks: dict[int, list[str]] = {}
        self._most = SHARE * len(doc) / BLOCK

    def around(self, start: int, before: int, behind: int) -> list[str]:
        """See `Near`."""
        token = token_at(self._ends, start)
        upto = bisect_right(self._places, token)
        since = bisect_left(self._places, token)
        left = self._first(before, (self._places[n] for n in range(upto - 1, -1, -1)))
        right = self._first(behind, (self._places[n] for n in range(since, len(self._places))))
        return left[::-1] + right

    def _first(self, many: int, places: Iterable[int]) -> list[str]:
        words = (self._keyword(self._lemma(place)) for place in places)
        return list(islice((word for word in words if word is not None), many))

    def _lemma(self, place: int) -> str:
        number, within = divmod(place, BLOCK)
        if number not in self._blocks:
            if len(self._blocks) >= self._most:
                raise TooManyError
            self._blocks[number] = self._made(number * BLOCK)
        return self._blocks[number][within]

    def _made(self, first: int) -> list[str]:
        """The lemmas of a block."""
        start = max(first - self._reach, 0)
        words, norms, spaces = self._tokens[start : first + BLOCK + self._reach].T.tolist()
        part = doc_of(self._doc.vocab, words, [bool(space) for space in spaces], norms)
        lemmas = [token.lemma_ for token in self._lemmatize(part)]
        return lemmas[first - start : first - start + BLOCK]


def token_ends(doc: "Doc") -> list[int]:
    """For each token, the character behind it."""
    places = doc.to_array([IDX, LENGTH])
    found: list[int] = places.sum(axis=1).tolist()
    return found


def token_at(ends: list[int], start: int) -> int:
    """The token that holds the character at ``start``, or follows it."""
    token = bisect_right(ends, start)
    if token == len(ends):
        raise ValueError("a finding begins behind the last token")
    return token


def _parts(lemma: str) -> list[str]:
    return lemma.lower().split(":")
