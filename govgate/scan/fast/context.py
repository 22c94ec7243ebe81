"""Presidio's context: a finding scores more where one of its recognizer's words stands near.

Does what LemmaContextAwareEnhancer does (``context_aware_enhancers`` of presidio-analyzer), but
finds a finding's place among the tokens by bisection and keeps what it learnt of a word, so that
time grows with text and findings and not with their product. And it says beforehand for which
texts lemmas are needed at all.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import (
    ContextAwareEnhancer,
    LemmaContextAwareEnhancer,
)
from spacy.attrs import ORTH

from govgate.scan.fast.keywords import Keywords, Near, TooManyError, token_ends
from govgate.scan.fast.tok2vec import UnknownLayoutError
from govgate.scan.remembered import Remembered

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

LOOKS: Final = 64


class ContextStage:
    """Context as ``engine`` takes it into account. UnknownLayoutError if it does so otherwise."""

    def __init__(self, engine: AnalyzerEngine, nlp: "Language") -> None:
        enhancer: Any = engine.context_aware_enhancer
        recognizers: list[Any] = list(engine.registry.recognizers)
        _check(enhancer, recognizers)
        self._vocab = nlp.vocab
        self._gain = enhancer.context_similarity_factor
        self._least = enhancer.min_score_with_context_similarity
        self._before = enhancer.context_prefix_count + 1
        self._behind = enhancer.context_suffix_count + 1
        self._words = {
            r.id: tuple(word.lower() for word in r.context) for r in recognizers if r.context
        }
        self._keywords = Keywords(nlp)
        self._supported: Remembered[tuple[str, str], bool] = Remembered()
        self._words_known: Remembered[tuple[str, int], tuple[bool, bool]] = Remembered()

    def matters(
        self, results: Sequence[RecognizerResult], doc: "Doc", context: Sequence[str]
    ) -> bool:
        """Whether context could raise the score of any of ``results``, as far as can be told
        from ``doc`` without lemmas. Never wrongly no."""
        waiting = [result for result in results if self._words_for(result)]
        if not waiting or self._keywords.lemmas is None:
            return bool(waiting)
        lowered = [word.lower() for word in context]
        ends = token_ends(doc)
        words: list[int] = doc.to_array(ORTH).tolist()
        return any(
            any(self._supports(_owner(result), word) for word in lowered)
            or self._may_gain(result, ends, words)
            for result in waiting
        )

    def _may_gain(self, result: RecognizerResult, ends: list[int], words: list[int]) -> bool:
        """``words``: spaCy's numbers for them. A word can be as long as the text, so that to make
        it anew for each finding would take the square of the length."""
        token = bisect_right(ends, result.start)
        owner = _owner(result)
        before = (words[place] for place in range(min(token, len(ends) - 1), -1, -1))
        behind = (words[place] for place in range(token, len(ends)))
        return (
            token >= len(ends)  # Presidio's code is to say what it makes of that
            or self._may_support(owner, before, self._before)
            or self._may_support(owner, behind, self._behind)
        )

    def _may_support(self, owner: str, words: Iterator[int], keywords: int) -> bool:
        """Whether a word may support ``owner`` before ``keywords`` have passed for certain.

        Also yes if that is not settled within `LOOKS` words: making lemmas then costs less.
        """
        for word in islice(words, LOOKS):
            may, sure = self._about(owner, word)
            if may:
                return True
            keywords -= sure
            if keywords <= 0:
                return False
        return next(words, None) is not None

    def _about(self, owner: str, number: int) -> tuple[bool, bool]:
        """Whether any lemma of a word supports ``owner``, and whether all are keywords."""
        known = self._words_known.get((owner, number))
        if known is not None:
            return known
        word = self._vocab.strings[number]
        lemmas = self._keywords.lemmas_of(word)
        may = any(self._supports(owner, lemma.lower()) for lemma in lemmas)
        sure = all(":" not in lemma and self._keywords.has(lemma) for lemma in lemmas if lemma)
        return self._words_known.keep((owner, number), (may, sure))

    def enhance(
        self, results: Sequence[RecognizerResult], doc: "Doc", context: Sequence[str]
    ) -> None:
        """Raise the scores of those ``results`` that have support, in ``doc`` or in ``context``.

        ``doc`` must be fresh from the tokenizer. ValueError where Presidio raises one: a result
        behind the last token.
        """
        waiting = [result for result in results if self._words_for(result)]
        lowered = [word.lower() for word in context]
        try:
            near = self._keywords.near(doc, len(waiting))
            supported = self._supported_in(near, waiting, lowered)
        except TooManyError:
            supported = self._supported_in(self._keywords.near_in_all(doc), waiting, lowered)
        for result in supported:
            score = max(result.score + self._gain, self._least)
            result.score = min(score, ContextAwareEnhancer.MAX_SCORE)

    def _supported_in(
        self, near: Near, results: Sequence[RecognizerResult], context: list[str]
    ) -> list[RecognizerResult]:
        found = []
        for result in results:
            around = near.around(result.start, self._before, self._behind)
            if any(self._supports(_owner(result), word) for word in [*around, *context]):
                found.append(result)
        return found

    def _supports(self, recognizer: str, word: str) -> bool:
        """Whether ``word``, in lower case, is context for what ``recognizer`` finds."""
        known = self._supported.get((recognizer, word))
        if known is None:
            known = any(own in word for own in self._words[recognizer])
            self._supported.keep((recognizer, word), known, len(word))
        return known

    def _words_for(self, result: RecognizerResult) -> tuple[str, ...]:
        metadata: Any = result.recognition_metadata
        if metadata.get(RecognizerResult.IS_SCORE_ENHANCED_BY_CONTEXT_KEY):
            return ()
        if result.score >= ContextAwareEnhancer.MAX_SCORE:
            return ()  # it cannot score more, and is set to the maximum at most
        return self._words.get(_owner(result), ())


def _owner(result: RecognizerResult) -> str:
    metadata: Any = result.recognition_metadata
    return str(metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY])


def _check(enhancer: Any, recognizers: Sequence[Any]) -> None:
    if type(enhancer) is not LemmaContextAwareEnhancer:
        raise UnknownLayoutError("context is taken into account in another way")
    if enhancer.context_matching_mode != "substring":
        raise UnknownLayoutError("context words are compared in another way")
    own = EntityRecognizer.enhance_using_context
    if any(type(r).enhance_using_context is not own for r in recognizers):
        raise UnknownLayoutError("a recognizer takes context into account by itself")
