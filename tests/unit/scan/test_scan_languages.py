"""Several languages. The second pipeline is made here: small, but trained, packaged, installed."""

import json
import random

import pytest
import spacy
from spacy.training import Example

from govgate.errors import UsageError
from govgate.model import Failure
from govgate.scan.detector import Ask, DetectorIdentity, Pipeline, Span
from govgate.scan.fast.detector import FastDetector
from govgate.scan.languages import Languages, combined, together
from govgate.scan.scan import presidio
from govgate.scansettings import ScanSettings

NAMES = ["Hans Müller", "Uwe Schmidt", "Ilse Krause", "Jutta Vogel", "Karl Weber", "Gerd Lang"]
SENTENCES = [
    "Gestern kam {} nach Hause.",
    "{} wohnt hier.",
    "Das Buch gehört {}.",
    "Ich sah {} oft.",
]
PACKAGE = "de_made_up_ner"


def trained():
    nlp = spacy.blank("de")
    nlp.add_pipe("ner").add_label("PER")
    examples = []
    for name in NAMES:
        for sentence in SENTENCES:
            start = sentence.index("{")
            text = sentence.format(name)
            entities = {"entities": [(start, start + len(name), "PER")]}
            examples.append(Example.from_dict(nlp.make_doc(text), entities))
    rng = random.Random(1)
    spacy.util.fix_random_seed(1)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(30):
        rng.shuffle(examples)
        nlp.update(examples, sgd=optimizer)
    return nlp


@pytest.fixture(scope="module")
def german(tmp_path_factory):
    """Installs a German pipeline, as a package of a folder of its own."""
    site = tmp_path_factory.mktemp("site")
    nlp = trained()
    nlp.meta.update(name=PACKAGE.removeprefix("de_"), version="0.0.1")
    folder = site / PACKAGE
    folder.mkdir()
    nlp.to_disk(folder / f"{PACKAGE}-0.0.1")
    (folder / "meta.json").write_text(json.dumps(nlp.meta))
    (folder / "__init__.py").write_text(
        "from spacy.util import load_model_from_init_py\n\n"
        "def load(**overrides):\n    return load_model_from_init_py(__file__, **overrides)\n"
    )
    told = site / f"{PACKAGE}-0.0.1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 0.0.1\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        yield PACKAGE


@pytest.fixture(scope="module")
def both(german):
    return presidio(settings(german))


def settings(german, **looks):
    pipelines = ScanSettings().tools.pipelines | {"de": german}
    return ScanSettings(looks={"languages": ["en", "de"], **looks}, tools={"pipelines": pipelines})


def seen(detector, text):
    (spans,) = detector.detect([Ask(text)])
    return {(text[s.start : s.end], s.entity) for s in spans}


def test_a_second_language_finds_what_the_first_does_not_see(german, both):
    text = "Gestern kam Jutta Vogel nach Hause. Ann Lee lives in Berlin."
    alone = FastDetector(settings(german), "de")
    assert ("Jutta Vogel", "PERSON") in seen(alone, text)
    assert seen(both, text) >= seen(alone, text) | seen(FastDetector(ScanSettings()), text)


def test_the_fast_path_equals_presidio_in_the_second_language(german):
    detector = FastDetector(settings(german, countries=["de", "at"]), "de")
    texts = [sentence.format(name) for name in NAMES for sentence in SENTENCES]
    texts += ["Visa 4111 1111 1111 1111, Steuer-ID 86095742719, ATU13585627, hans@example.de", ""]
    asks = [Ask(text) for text in texts]
    assert detector.detect(asks) == detector._reference.detect(asks)


def test_patterns_work_in_the_second_language_even_those_that_presidio_keeps_for_some(german):
    detector = FastDetector(settings(german), "de")
    found = seen(detector, "Karte 4111 1111 1111 1111, hans@example.de, DE89370400440532013000")
    assert {entity for _, entity in found} >= {"CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE"}


def test_the_identity_names_both_pipelines_in_order(both):
    told = both.identity.as_dict()
    assert [p["language"] for p in told["pipelines"]] == ["en", "de"]
    assert told["pipelines"][1]["name"] == PACKAGE
    assert told["pipelines"][1]["version"] == "0.0.1"
    assert told["pipelines"][1]["components"] == ["ner"]
    assert len(told["pipelines"][1]["sha256"]) == 64
    assert {"en: patterns", "de: patterns"} <= set(told["paths"])


def test_one_language_needs_no_merging():
    assert isinstance(presidio(ScanSettings()), FastDetector)


def test_a_language_whose_pipeline_is_missing_is_refused():
    with pytest.raises(UsageError, match="no spaCy pipeline is named for the language 'de'"):
        presidio(ScanSettings(looks={"languages": ["en", "de"]}))
    with pytest.raises(UsageError, match="'de_core_news_sm' is not installed"):
        presidio(settings("de_core_news_sm"))


def test_an_entity_that_no_language_reports_is_refused_and_one_of_either_is_not(german):
    detector = presidio(settings(german, entities=["PERSON", "US_SSN"]))
    assert detector.identity.entities == ("PERSON", "US_SSN")
    with pytest.raises(UsageError, match="BR_CPF is looked for only where"):
        presidio(settings(german, entities=["PERSON", "BR_CPF"]))


LOW, HIGH = Span(0, 3, "PERSON", 0.5, "first"), Span(0, 3, "PERSON", 0.85, "second")
OTHER = Span(0, 3, "LOCATION", 0.85, "second")


def test_the_best_score_counts_and_of_equal_ones_the_first():
    assert together([[LOW], [HIGH, OTHER]]) == sorted([HIGH, OTHER])
    assert together([[HIGH], [LOW]]) == [HIGH]
    equal = LOW._replace(recognizer="third")
    assert together([[LOW], [equal]]) == [LOW]
    assert together([[equal], [LOW]]) == [equal]


def test_a_failure_in_any_language_fails_the_text():
    failure = Failure("pattern-timed-out", "too slow")
    assert together([[LOW], failure]) == failure
    assert together([failure, [LOW]]) == failure


class Fixed:
    """A detector that always says the same."""

    def __init__(self, language, answers):
        self._answers = answers
        pipeline = Pipeline(language, f"{language}_x", "1", "00", ("ner",))
        self.identity = DetectorIdentity(
            "2",
            "3",
            (pipeline,),
            (f"r-{language}",),
            ("PERSON",),
            (("regex", "1"),),
            60,
            50_000,
            "aa",
            paths=(("names", "govgate"),),
            context_words=(language, "both"),
        )

    def detect(self, asks):
        return self._answers


def test_every_text_is_looked_at_in_each_language():
    failure = Failure("detector-failed", "it stumbled")
    several = Languages([Fixed("en", [[LOW], [], [LOW]]), Fixed("de", [[HIGH], [OTHER], failure])])
    assert several.detect([Ask("Ann"), Ask("Bob"), Ask("Cem")]) == [[HIGH], [OTHER], failure]


def test_the_combined_identity_holds_everything_of_each():
    both = combined([Fixed("en", []).identity, Fixed("de", []).identity])
    assert [p.language for p in both.pipelines] == ["en", "de"]
    assert both.recognizers == ("r-de", "r-en")
    assert both.libraries == (("regex", "1"),)
    assert both.context_words == ("both", "de", "en")
    assert both.paths == (("en: names", "govgate"), ("de: names", "govgate"))
