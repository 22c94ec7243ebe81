"""The fast path as a detector: finds what `presidio.PresidioDetector` finds, in less time.

A batch of texts goes through the parts in turn: tokens, names, patterns, telephone numbers; then,
for texts that hold a finding whose score context words could raise, lemmas and context; then the
same removal of duplicates. Where a part of Presidio or of the pipeline is not built as known,
Presidio's or spaCy's own code takes its place, and the identity says so.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from presidio_analyzer import EntityRecognizer, PatternRecognizer, RecognizerResult
from presidio_analyzer.predefined_recognizers import (
    GLiNERRecognizer,
    HuggingFaceNerRecognizer,
    PhoneRecognizer,
    SpacyRecognizer,
    ZaMobileNumberRecognizer,
    ZaTelephoneNumberRecognizer,
)

from govgate.model import Failure
from govgate.scan.custom import of_a_policy
from govgate.scan.detector import Ask, DetectorError, DetectorIdentity, Span
from govgate.scan.fast.biluo import Entities
from govgate.scan.fast.chunks import LongChunks
from govgate.scan.fast.context import ContextStage
from govgate.scan.fast.databases import Databases
from govgate.scan.fast.names import NameFinder
from govgate.scan.fast.patterns import PatternStage
from govgate.scan.fast.phone import PhoneStage
from govgate.scan.fast.tok2vec import UnknownLayoutError
from govgate.scan.fast.tokens import quicken
from govgate.scan.pipeline import forget
from govgate.scan.presidio import PresidioDetector, spans, stopped
from govgate.scan.witness import WITNESS
from govgate.scansettings import ScanSettings

if TYPE_CHECKING:
    from spacy.tokens import Doc

OTHERS: Final = (
    GLiNERRecognizer,
    HuggingFaceNerRecognizer,
    ZaMobileNumberRecognizer,
    ZaTelephoneNumberRecognizer,
)
"""Recognizers whose own code is asked, text by text, beside the stages."""
BATCH_CHARACTERS: Final = 64 * 1024
WORDS: Final = 100_000
"""Words that the pipeline learns for good, because looking one up is much cheaper than learning
it. Those that come later it forgets after each batch, so that memory does not grow."""


class FastDetector:
    """As PresidioDetector, for many texts at a time; give it a process of its own.

    ``databases``: where those of its patterns are kept, if anywhere.
    """

    def __init__(
        self, settings: ScanSettings, language: str = "en", databases: Databases | None = None
    ) -> None:
        self._reference = PresidioDetector(settings, language)
        self._nlp = self._reference.nlp
        quicken(self._nlp.tokenizer)
        self._nlp.tokenizer = LongChunks(self._nlp.tokenizer)
        self._full = len(self._nlp.vocab) + WORDS
        self._names = NameFinder(self._nlp)
        self._stages: _Stages | None = None
        by = {"names": self._names.reason or "govgate", "patterns": "govgate"}
        try:
            self._stages = _Stages(self._reference, databases)
        except UnknownLayoutError as unknown:
            by = {"names": "presidio", "patterns": f"presidio: {unknown}"}
        if self._reference.identity.models:
            by["models"] = "presidio"
        self._identity = replace(self._reference.identity, paths=tuple(sorted(by.items())))

    @property
    def identity(self) -> DetectorIdentity:
        """What this detector is made of."""
        return self._identity

    def detect(self, asks: Sequence[Ask]) -> list[list[Span] | Failure]:
        """All spans of each text, sorted; a failure where a part failed or timed out."""
        if self._stages is None:
            return self._reference.detect(asks)
        seen: list[list[Span] | Failure] = [[] for _ in asks]
        full = len(self._nlp.vocab) >= self._full
        with self._nlp.memory_zone() if full else nullcontext():
            self._all(asks, seen)
        forget(self._nlp)
        return seen

    def _all(self, asks: Sequence[Ask], seen: list[list[Span] | Failure]) -> None:
        """Look at ``asks`` in batches of texts of like length."""
        batch: list[int] = []
        size = 0
        for place in sorted(range(len(asks)), key=lambda p: len(asks[p].text)):
            if asks[place].across:
                seen[place] = self._across(asks[place])
                continue
            batch.append(place)
            size += len(asks[place].text)
            if size >= BATCH_CHARACTERS:
                self._batch(asks, batch, seen)
                batch, size = [], 0
        self._batch(asks, batch, seen)

    def _batch(
        self, asks: Sequence[Ask], places: Sequence[int], seen: list[list[Span] | Failure]
    ) -> None:
        docs: dict[int, Doc] = {}
        for place in places:
            try:
                docs[place] = self._nlp.make_doc(asks[place].text)
            except Exception as problem:
                seen[place] = stopped(problem)
        try:
            names = self._names.find(list(docs.values()))
        except Exception as problem:
            failure = stopped(problem)  # each is asked again alone
            for place in docs:
                seen[place] = failure
            return
        for (place, doc), entities in zip(docs.items(), names, strict=True):
            seen[place] = self._one(asks[place], doc, entities)

    def _one(self, ask: Ask, doc: "Doc", entities: Entities) -> list[Span] | Failure:
        return self._guarded(lambda stages: stages.found(ask, doc, entities))

    def _across(self, ask: Ask) -> list[Span] | Failure:
        return self._guarded(lambda stages: stages.across(ask, self._nlp.make_doc))

    def _guarded(self, look: "Callable[[_Stages], list[RecognizerResult]]") -> list[Span] | Failure:
        try:
            with WITNESS.watching():
                found = look(self._stages) if self._stages else []
                return spans(found, self._reference.entities)
        except DetectorError as fault:
            return fault.failure
        except Exception as problem:
            return stopped(problem)


class _Stages:
    """What follows on the names, text by text. UnknownLayoutError if Presidio's engine holds
    something whose findings come about in a way that is not known here."""

    def __init__(self, reference: PresidioDetector, databases: Databases | None = None) -> None:
        engine = reference.engine
        recognizers: list[Any] = list(engine.registry.recognizers)
        patterns = [r for r in recognizers if _finds_by_patterns(r)]
        self._phones = [PhoneStage(r) for r in recognizers if type(r) is PhoneRecognizer]
        spacy = [r for r in recognizers if type(r) is SpacyRecognizer]
        self._others = [r for r in recognizers if isinstance(r, OTHERS)]
        known = len(patterns) + len(self._phones) + len(spacy) + len(self._others)
        if known != len(recognizers) or len(spacy) > 1:
            raise UnknownLayoutError("it has recognizers of other kinds")
        self._patterns = PatternStage(patterns, databases)
        self._own = PatternStage([r for r in patterns if of_a_policy(r)], databases)
        self._context = ContextStage(engine, reference.nlp)
        self._labels = _Labels(engine.nlp_engine, spacy)

    def found(self, ask: Ask, doc: "Doc", entities: Entities) -> list[RecognizerResult]:
        """What AnalyzerEngine gives for the text."""
        results = self._patterns.find(ask.text)
        for stage in self._phones:
            results += stage.find(ask.text)
        others = [result for r in self._others for result in _asked(r, ask.text)]
        if self._context.matters([*results, *others], doc, ask.context):
            self._context.enhance([*results, *others], doc, ask.context)
        results += self._labels.results(doc, entities) + others
        return EntityRecognizer.remove_duplicates(results) if len(results) > 1 else results

    def across(self, ask: Ask, make_doc: "Callable[[str], Doc]") -> list[RecognizerResult]:
        """Of what AnalyzerEngine gives for the text, that which a policy's patterns find."""
        results = self._own.find(ask.text)
        if not results:
            return results
        doc = make_doc(ask.text)
        if self._context.matters(results, doc, ask.context):
            self._context.enhance(results, doc, ask.context)
        return EntityRecognizer.remove_duplicates(results) if len(results) > 1 else results


def _finds_by_patterns(recognizer: Any) -> bool:
    """Whether a recognizer finds nothing without a match of one of its patterns."""
    if not isinstance(recognizer, PatternRecognizer):
        return False
    home = type(recognizer).__module__
    return home.startswith("presidio_analyzer.") or home == "govgate.scan.custom"


def _asked(recognizer: Any, text: str) -> list[RecognizerResult]:
    """What a recognizer that needs nothing but the text finds, as AnalyzerEngine has it told."""
    found: list[RecognizerResult] = recognizer.analyze(text, recognizer.supported_entities)
    for result in found:
        result.recognition_metadata = {
            RecognizerResult.RECOGNIZER_NAME_KEY: recognizer.name,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: recognizer.id,
            **(result.recognition_metadata or {}),
        }
    return found


class _Labels:
    """Named entities → Presidio's results: SpacyNlpEngine's table, then SpacyRecognizer."""

    def __init__(self, engine: Any, recognizers: Sequence[Any]) -> None:
        table = engine.ner_model_configuration
        self._recognizer: Any = recognizers[0] if recognizers else None
        self._entities: dict[str, str] = dict(table.model_to_presidio_entity_mapping)
        self._ignored = set(table.labels_to_ignore)
        self._score = table.default_score
        self._low = set(table.low_score_entity_names)
        self._lowered = table.low_confidence_score_multiplier

    def results(self, doc: "Doc", entities: Entities) -> list[RecognizerResult]:
        """The results for ``entities`` of ``doc``."""
        found: list[RecognizerResult] = []
        for first, last, label in entities if self._recognizer else ():
            entity = self._entities.get(label, label)
            if label in self._ignored or entity in self._ignored:
                continue
            if entity not in self._recognizer.supported_entities:
                continue
            end = doc[last - 1]
            found.append(
                RecognizerResult(
                    entity_type=entity,
                    start=doc[first].idx,
                    end=end.idx + len(end),
                    score=self._score * (self._lowered if entity in self._low else 1),
                    recognition_metadata={
                        RecognizerResult.RECOGNIZER_NAME_KEY: self._recognizer.name,
                        RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self._recognizer.id,
                    },
                )
            )
        return found
