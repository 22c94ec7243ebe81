import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from presidio_analyzer import PatternRecognizer

from govgate.scan.detector import Ask
from govgate.scan.fast import keywords
from govgate.scan.fast.context import ContextStage
from govgate.scan.fast.keywords import Keywords, NearInAll, NearInSlices, TooManyError
from govgate.scan.fast.lemmas import PossibleLemmas, lemma_reach
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
    stage.enhance(ours, nlp.make_doc(text), context)
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


@pytest.fixture(scope="module")
def known(nlp):
    return Keywords(nlp)


@given(
    st.lists(
        st.sampled_from(
            [*WORDS, "the:1", "of:2", "a::of", "be", "BE", "-PRON-", "-pron-", "ran", "better"]
        )
        | st.text("abcdefghijklmnopqrstuvwxyz':.", min_size=1, max_size=9),
        min_size=1,
        max_size=80,
    ),
    st.integers(1, 5),
)
@settings(max_examples=150, deadline=None)
def test_keywords_around_a_place_are_the_same_from_slices_as_from_all_lemmas(
    nlp, known, words, block
):
    text = " ".join(words)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(keywords, "WHOLE", 0)
        patched.setattr(keywords, "SHARE", 1e9)
        patched.setattr(keywords, "BLOCK", block)
        near = known.near(nlp.make_doc(text), 1)
        whole = known.near_in_all(nlp.make_doc(text))
        event(type(near).__name__)
        for start in range(0, len(text), 3):
            assert near.around(start, 6, 3) == whole.around(start, 6, 3)


def test_slices_are_for_long_texts_in_which_few_places_are_asked_about(nlp, known):
    text = " ".join(["He ran and saw 212-555-0123 there ."] * 200)
    for words, findings, by in ((text, 2, NearInSlices), (text, 90, NearInAll)):
        assert type(known.near(nlp.make_doc(words), findings)) is by
    assert type(known.near(nlp.make_doc(text[:1000]), 1)) is NearInAll


def test_where_a_lemma_may_make_a_keyword_of_another_all_lemmas_are_made(nlp, known):
    """'the' is a keyword where 'the:1' stands anywhere in the text."""
    text = " ".join(["the man ran from the house ."] * 200)
    assert type(known.near(nlp.make_doc(text), 1)) is NearInSlices
    assert type(known.near(nlp.make_doc(f"{text} the:1"), 1)) is NearInAll
    assert "the" in known.near_in_all(nlp.make_doc(f"{text} the:1")).around(0, 6, 6)


def test_when_slices_do_not_pay_after_all_scores_are_those_of_presidio(nlp, reference, stage):
    """What looks like a keyword is none, so that keywords are looked for far and wide."""
    text = " ".join(["does"] * 3000 + ["card 4111111111111111"] + ["does"] * 3000)
    near = stage._keywords.near(nlp.make_doc(text), 1)
    with pytest.raises(TooManyError):
        near.around(text.index("4111"), 6, 6)
    ours = raw(reference, text)
    stage.enhance(ours, nlp.make_doc(text), [])
    theirs = reference.engine.context_aware_enhancer.enhance_using_context(
        text,
        raw(reference, text),
        reference.engine.nlp_engine.process_text(text, "en"),
        reference.engine.registry.recognizers,
        [],
    )
    assert [r.score for r in ours] == [r.score for r in theirs]


def test_how_far_a_lemma_hangs_on_its_neighbours_is_told_by_the_layers(nlp):
    import spacy

    assert lemma_reach(nlp) == 5  # four convolutions, and a pattern of two tokens
    other = spacy.blank("en")
    other.add_pipe("attribute_ruler").add([[{"LOWER": "a", "OP": "+"}]], {"LEMMA": "b"})
    assert lemma_reach(other) is None
    other = spacy.blank("en")
    other.add_pipe("tagger").add_label("NN")
    other.initialize()
    assert lemma_reach(other) == 4  # of a tok2vec of its own


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
