"""Presidio's AnalyzerEngine as a detector: nothing downloaded, nothing swallowed, nothing logged.

With a policy that asks for nothing in particular, what is reported is what Presidio's own default
configuration reports over the same spaCy pipeline without its parser.
"""

import difflib
import importlib
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from govgate.entities import BY_COUNTRY
from govgate.errors import UsageError
from govgate.model import Failure
from govgate.scan import models
from govgate.scan.custom import IdentifierRecognizer
from govgate.scan.detector import Ask, DetectorError, DetectorIdentity, Pipeline, Span
from govgate.scan.pipeline import (
    entity_labels,
    forget,
    installed_version,
    load_pipeline,
    pipeline_digest,
)
from govgate.scan.registry import chosen_recognizers
from govgate.scan.suffixes import suffix_list
from govgate.scan.windows import WINDOW
from govgate.scan.witness import WITNESS
from govgate.scansettings import Looks, ScanSettings

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language

LIBRARIES: Final = ("phonenumbers", "regex", "thinc", "tldextract")
OPTIONAL: Final = "ORGANIZATION"


class PresidioDetector:
    """All recognizers of the settings for one language; loads in one to two seconds.

    UsageError if the pipeline is not installed or an entity of the settings is not known.
    Loading it sets logging and domain lists for the whole process: give it a process of its own.
    """

    def __init__(self, settings: ScanSettings, language: str = "en") -> None:
        pipeline = _pipeline(settings, language)
        version = installed_version(pipeline)
        WITNESS.install()
        _keep_domain_lists_offline()
        self._language = language
        self._nlp = load_pipeline(pipeline, language=language)
        self._engine, self._entities = _engine(self._nlp, settings)
        self._identity = _identify(
            self._engine, self._nlp, self._entities, version, pipeline, settings
        )

    @property
    def identity(self) -> DetectorIdentity:
        """What this detector is made of."""
        return self._identity

    @property
    def engine(self) -> "AnalyzerEngine":
        """Presidio's engine as it is used here: explicit registry, threshold 0."""
        return self._engine

    @property
    def nlp(self) -> "Language":
        """The pipeline under the engine."""
        return self._nlp

    @property
    def entities(self) -> frozenset[str]:
        """The entities that are reported."""
        return self._entities

    def detect(self, asks: Sequence[Ask]) -> list[list[Span] | Failure]:
        """All spans of each text, sorted; a failure if a recognizer failed or timed out."""
        return [self._one(ask) for ask in asks]

    def _one(self, ask: Ask) -> list[Span] | Failure:
        try:
            with WITNESS.watching(), self._nlp.memory_zone():
                found = self._engine.analyze(
                    ask.text, self._language, context=list(ask.context) or None
                )
        except DetectorError as seen:
            return seen.failure
        except Exception as problem:
            return stopped(problem)
        forget(self._nlp)
        return spans(found, self._entities)


def _pipeline(settings: ScanSettings, language: str) -> str:
    """The configured pipeline for ``language``; UsageError if there is none."""
    pipeline = settings.tools.pipelines.get(language)
    if pipeline is None:
        raise UsageError(
            f"no spaCy pipeline is named for the language {language!r}",
            remedy="name an installed one in govgate.yaml: "
            f"scan: {{pipelines: {{{language}: NAME}}}}",
        )
    return pipeline


def stopped(problem: Exception) -> Failure:
    """Says what stopped the detector, without its words: they can quote the text."""
    return Failure(
        "detector-failed",
        f"the detector stopped with {type(problem).__name__} on a string of this row",
        "withhold the row, or change the string",
    )


def spans(found: Iterable[Any], entities: frozenset[str]) -> list[Span]:
    """Presidio's results as spans. Scores are rounded so that no machine's last bit shows."""
    return sorted(
        Span(
            int(result.start),
            int(result.end),
            result.entity_type,
            round(float(result.score), 6),
            result.recognition_metadata[result.RECOGNIZER_NAME_KEY],
        )
        for result in found
        if result.entity_type in entities
    )


def _keep_domain_lists_offline() -> None:
    """Have tldextract read the public suffix list it ships, instead of fetching and caching one.

    Presidio calls ``tldextract.extract``, which uses this one extractor.
    """
    module: Any = importlib.import_module("tldextract.tldextract")
    module.TLD_EXTRACTOR = suffix_list()


def _engine(nlp: "Language", settings: ScanSettings) -> "tuple[AnalyzerEngine, frozenset[str]]":
    """The engine, and the entities that it is to report."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

    wanted = settings.looks.entities
    nlp_engine = _nlp_engine(nlp, report_optional=wanted is not None and OPTIONAL in wanted)
    languages = [str(nlp.lang)]
    registry = RecognizerRegistry(supported_languages=languages)
    registry.load_predefined_recognizers(languages=languages, nlp_engine=nlp_engine)
    registry.recognizers = [
        *chosen_recognizers(list(registry.recognizers), settings.looks, str(nlp.lang)),
        *models.recognizers(settings.tools.models, str(nlp.lang)),
    ]
    entities = _entities(registry, settings.looks)
    registry.recognizers = [
        recognizer
        for recognizer in registry.recognizers
        if not entities.isdisjoint(recognizer.get_supported_entities())
    ]
    engine = AnalyzerEngine(
        registry=registry,
        nlp_engine=nlp_engine,
        supported_languages=languages,
        log_decision_process=False,
        default_score_threshold=0,
    )
    return engine, entities


def _nlp_engine(nlp: "Language", *, report_optional: bool) -> "SpacyNlpEngine":
    """An engine over the loaded pipeline, with Presidio's default table of labels.

    A label that the table does not know is ignored, as Presidio would after a warning for each.
    The pipeline is put in place, so that `load`, which can download, is never called.
    """
    import presidio_analyzer
    from presidio_analyzer.nlp_engine import (
        NerModelConfiguration,
        NlpEngineProvider,
        SpacyNlpEngine,
    )

    defaults = Path(presidio_analyzer.__file__).parent / "conf" / "default.yaml"
    provider = NlpEngineProvider(conf_file=str(defaults))
    table = dict(provider.nlp_configuration["ner_model_configuration"])
    table["low_score_entity_names"] = [n for n in table["low_score_entity_names"] if n]
    ignored = set(table["labels_to_ignore"]) - ({OPTIONAL} if report_optional else set())
    unknown = entity_labels(nlp) - set(table["model_to_presidio_entity_mapping"])
    table["labels_to_ignore"] = sorted(ignored | unknown)
    configuration = NerModelConfiguration.from_dict(table)
    engine: Any = SpacyNlpEngine(ner_model_configuration=configuration)
    engine.nlp = {nlp.lang: nlp}
    return cast("SpacyNlpEngine", engine)


def _entities(registry: "RecognizerRegistry", looks: Looks) -> frozenset[str]:
    """The entities to report. `check_entities` if this is the one language that is looked at."""
    found = {e for recognizer in registry.recognizers for e in recognizer.get_supported_entities()}
    if looks.entities is None:
        return frozenset(found)
    if len(set(looks.languages)) == 1:
        check_entities(looks, found)
    return frozenset(found.intersection(looks.entities))


def check_entities(looks: Looks, found: Iterable[str]) -> None:
    """UsageError with suggestions for an entity of ``looks`` that is not among ``found``, which are
    all that the recognizers can report, nor brought in by ``looks`` itself."""
    known = {*found, *looks.declared}
    wanted = looks.entities or ()
    complaints = [_unknown_entity(name, known | {OPTIONAL}) for name in wanted if name not in known]
    if complaints:
        raise UsageError(
            f"scan.entities: {'; '.join(complaints)}",
            remedy=f"known are {', '.join(sorted(known | {OPTIONAL}))}",
        )


def _unknown_entity(name: str, known: set[str]) -> str:
    if country := next((code for code, some in BY_COUNTRY.items() if name in some), None):
        return f"{name} is looked for only where scan.countries names {country}"
    near = difflib.get_close_matches(name.upper(), sorted(known), n=3)
    return f"unknown entity {name!r}" + (f" (did you mean {', '.join(near)}?)" if near else "")


def _checks(recognizers: Iterable[Any]) -> tuple[str, ...]:
    """The package that checks govgate's own identifiers, if any of ``recognizers`` finds one."""
    some = any(isinstance(r, IdentifierRecognizer) for r in recognizers)
    return ("python-stdnum",) if some else ()


def _identify(
    engine: "AnalyzerEngine",
    nlp: "Language",
    entities: frozenset[str],
    version: str,
    pipeline: str,
    settings: ScanSettings,
) -> DetectorIdentity:
    from presidio_analyzer.analyzer_engine import REGEX_TIMEOUT_SECONDS

    recognizers: list[Any] = list(engine.registry.recognizers)
    return DetectorIdentity(
        presidio=metadata.version("presidio-analyzer"),
        spacy=metadata.version("spacy"),
        pipelines=(
            Pipeline(
                language=str(nlp.lang),
                name=pipeline,
                version=version,
                digest=pipeline_digest(pipeline),
                components=tuple(nlp.pipe_names),
            ),
        ),
        recognizers=tuple(sorted(str(r.name) for r in recognizers)),
        entities=tuple(sorted(entities)),
        libraries=(
            *((name, metadata.version(name)) for name in (*LIBRARIES, *_checks(recognizers))),
            *models.libraries(settings.tools.models, str(nlp.lang)),
        ),
        pattern_timeout_seconds=REGEX_TIMEOUT_SECONDS,
        window_characters=WINDOW,
        settings=settings.digest,
        models=models.identities(settings.tools.models, str(nlp.lang)),
        context_words=tuple(sorted({w.lower() for r in recognizers for w in r.context or ()})),
    )
