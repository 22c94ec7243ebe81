import pytest
from presidio_analyzer import Pattern, PatternRecognizer, pattern_recognizer

from govgate.model import Failure
from govgate.scan.detector import Ask
from govgate.scan.fast.detector import FastDetector, _Stages
from govgate.scan.fast.tok2vec import UnknownLayoutError
from govgate.scansettings import ScanSettings

TEXTS = [
    "",
    " \n\t ",
    "John Smith lives in Berlin; call 415-555-0134 or write to john.smith@example.com.",
    "Visa 4111 1111 1111 1111, SSN 219-09-9999, IBAN DE89370400440532013000, 10.0.0.1",
    "Angela and Bob met on 3 May 2021\nin Kyoto.\nTheir Danish friend works at Acme Corp.",
    "emoji 😀 then José Núñez, +44 20 7946 0958; e\u0301ric@exam\u0301ple.com",
    "my phone number is 212-555-0123, my credit card 4111111111111111, licence A1234567",
    "x" * 3000 + "@example.com " + "1.1" * 500,
]


def asks(texts):
    return [Ask(text) for text in texts]


def test_what_is_found_is_what_the_reference_finds(fast, reference):
    assert fast.detect(asks(TEXTS)) == reference.detect(asks(TEXTS))


def test_the_order_of_texts_and_the_size_of_batches_change_nothing(fast, monkeypatch):
    together = fast.detect(asks(TEXTS))
    assert fast.detect(asks(reversed(TEXTS))) == together[::-1]
    monkeypatch.setattr("govgate.scan.fast.detector.BATCH_CHARACTERS", 1)
    assert fast.detect(asks(TEXTS)) == together


def test_the_identity_says_whose_code_decides(fast):
    told = fast.identity.as_dict()
    assert told["paths"] == {"names": "govgate", "patterns": "govgate"}
    assert told["window_characters"] == 50_000


def test_a_text_that_cannot_be_read_fails_alone(fast):
    good, bad, other = fast.detect(asks(["Ann Lee", "a \ud800 b", "Bob Ray"]))
    assert [len(good), len(other)] == [1, 1]
    assert bad.code == "detector-failed"
    assert "\ud800" not in bad.message


def test_a_pattern_that_times_out_is_a_failure_of_its_text(fast, monkeypatch):
    slow = PatternRecognizer("SLOW", patterns=[Pattern("slow", r"(?:a|a)+(?:a|a)+(?:a|a)+c", 0.5)])
    registry = fast._reference.engine.registry
    before, stages = list(registry.recognizers), fast._stages
    registry.add_recognizer(slow)
    try:
        monkeypatch.setattr(fast, "_stages", _Stages(fast._reference))
        monkeypatch.setattr(pattern_recognizer, "REGEX_TIMEOUT_SECONDS", 0.05)
        timed_out, short = fast.detect(asks(["a" * 5000 + "b aac"[:2], "Ann Lee"]))
        assert [s.entity for s in short] == ["PERSON"]
        (seen,) = fast.detect(asks(["a" * 5000 + " c aab"]))
        assert isinstance(timed_out, Failure | list)
        assert seen.code == "pattern-timed-out" if isinstance(seen, Failure) else seen == []
    finally:
        registry.recognizers = before
        fast._stages = stages


class Elsewhere(PatternRecognizer):
    """Finds things by other means than patterns."""

    def analyze(self, text, entities, nlp_artifacts=None, regex_flags=None):
        return []


def test_an_engine_with_a_recognizer_of_another_kind_is_left_to_presidio(fast):
    registry = fast._reference.engine.registry
    before = list(registry.recognizers)
    registry.add_recognizer(Elsewhere("SECRET", deny_list=["x"]))
    try:
        with pytest.raises(UnknownLayoutError, match="recognizers of other kinds"):
            _Stages(fast._reference)
    finally:
        registry.recognizers = before


def test_without_known_stages_presidios_own_code_finds_the_same(fast, monkeypatch):
    expected = fast.detect(asks(TEXTS))
    monkeypatch.setattr(fast, "_stages", None)
    assert fast.detect(asks(TEXTS)) == expected


def test_words_beyond_those_kept_for_good_are_forgotten_and_findings_stay(fast, monkeypatch):
    expected = fast.detect(asks(TEXTS))
    monkeypatch.setattr(fast, "_full", 0)
    known = len(fast._nlp.vocab.strings)
    fast.detect(asks([f"Qwertz{n} Yxcvb{n}" for n in range(200)]))
    assert len(fast._nlp.vocab.strings) == known
    assert fast.detect(asks(TEXTS)) == expected


def test_only_the_entities_asked_for_are_reported():
    detector = FastDetector(ScanSettings(looks={"entities": ["ORGANIZATION", "PHONE_NUMBER"]}))
    (found,) = detector.detect([Ask("Microsoft, 415-555-0134, ann@example.com")])
    assert {s.entity for s in found} == {"ORGANIZATION", "PHONE_NUMBER"}
