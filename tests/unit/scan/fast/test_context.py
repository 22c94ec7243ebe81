import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import PatternRecognizer

from govgate.scan.detector import Ask
from govgate.scan.fast.context import ContextStage
from govgate.scan.fast.lemmas import PossibleLemmas
from govgate.scan.fast.tok2vec import UnknownLayoutError

WORDS = [
    "phone",
    "phones",
    "telephoned",
    "numbers",
    "Number",
    "CALL",
    "calling",
    "called",
    "my",
    "the",
    "of",
    "be",
    "was",
    "is",
    "card",
    "cards",
    "cell",
    "credit",
    "accounts",
    "bank",
    "ssn",
    "SSN:",
    "tax-id",
    "id",
    "ids",
    "website",
    "urls",
    "ip",
    "addresses",
    "date",
    "birth",
    "license",
    "licence",
    "driver's",
    "driving",
    "passport",
    "a:b",
    "it's",
    "doin'",
    "n't",
    "gonna",
    "212-555-0123",
    "4111111111111111",
    "078051120",
    "a@b.com",
    "www.x.org",
    "10.0.0.1",
    "1234567890",
    ",",
    ".",
    ":",
    "(",
    ")",
    "😀",
    "\n",
    "x",
    "y",
    "z",
    "birthday",
    "visa",
]


@pytest.fixture(scope="module")
def stage(reference):
    return ContextStage(reference.engine, reference.nlp)


def raw(reference, text):
    """Results before context, as the engine's recognizers give them."""
    return [
        result
        for recognizer in reference.engine.registry.recognizers
        if recognizer.name != "SpacyRecognizer"
        for result in recognizer.analyze(text, recognizer.supported_entities)
    ]


@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=25),
    st.lists(st.sampled_from(WORDS), max_size=2),
)
@settings(max_examples=120, deadline=None)
def test_scores_rise_as_presidio_has_them_rise_and_never_where_none_could(
    reference, stage, words, context
):
    text = " ".join(words)
    engine, nlp = reference.engine, reference.nlp
    artifacts = engine.nlp_engine.process_text(text, "en")
    theirs = engine.context_aware_enhancer.enhance_using_context(
        text, raw(reference, text), artifacts, engine.registry.recognizers, context
    )
    ours = raw(reference, text)
    matters = stage.matters(ours, nlp.make_doc(text), context)
    before = [r.score for r in ours]
    stage.enhance(ours, artifacts.tokens, context)
    assert [r.score for r in ours] == [r.score for r in theirs]
    if not matters:
        assert before == [r.score for r in ours]


@given(
    st.lists(
        st.sampled_from(WORDS) | st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=9),
        min_size=1,
    )
)
@settings(max_examples=150, deadline=None)
def test_a_word_gets_no_lemma_but_those_it_may_get(nlp, words):
    possible = PossibleLemmas(nlp)
    for token in nlp(" ".join(words)):
        assert token.lemma_ in possible.of(token.text)


def test_lemmas_of_an_unknown_component_cannot_be_told(nlp):
    import spacy

    other = spacy.blank("en")
    other.add_pipe("trainable_lemmatizer")
    with pytest.raises(UnknownLayoutError, match="may come from the component"):
        PossibleLemmas(other)


def test_a_text_whose_words_cannot_be_context_needs_no_lemmas(reference, stage):
    text = "He wrote 212-555-0123 on the wall"
    doc = reference.nlp.make_doc(text)
    assert not stage.matters(raw(reference, text), doc, [])
    assert stage.matters(raw(reference, text), doc, ["phone"])
    text = "Her mobile: 212-555-0123"
    assert stage.matters(raw(reference, text), reference.nlp.make_doc(text), [])


def test_context_words_of_the_caller_count_as_they_do_for_presidio(fast, reference):
    ask = Ask("it is 212-555-0123", ("phone", "home"))
    assert fast.detect([ask]) == reference.detect([ask])
    assert fast.detect([ask]) != fast.detect([Ask(ask.text)])


def test_a_recognizer_that_takes_context_into_account_by_itself_is_not_known(reference):
    class Own(PatternRecognizer):
        def enhance_using_context(self, *args, **kwargs):
            return super().enhance_using_context(*args, **kwargs)

    registry = reference.engine.registry
    before = list(registry.recognizers)
    registry.add_recognizer(Own("SECRET", deny_list=["x"]))
    try:
        with pytest.raises(UnknownLayoutError, match="by itself"):
            ContextStage(reference.engine, reference.nlp)
    finally:
        registry.recognizers = before
