import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import Pattern, PatternRecognizer

from govgate.scan.fast.patterns import PatternStage
from govgate.scan.fast.prefilter import Prefilter, rewrite

FLAGS = regex.I | regex.M | regex.S
PIECES = st.sampled_from(
    (
        "a|Z|_|1|٣|é|ß|ſ|\u212a|中|.|-|@|/|:|'|\"| |\n|\t|\u2003|\u200b|%|+|#|(|)|00|19|123|"
        "4111111111111111|http://|https://|www.|.com|.de|a@b.co|::|fe80|12:30|2021-03-04|"
        "078-05-1120|DE89 3704 0044 0532 0130 00|10.0.0.1|A123|bc1q|00:1B:44:11|"
        "550e8400-e29b-41d4-a716-446655440000|AB1234567|943 476 5919|1/2/99|May-2020"
    ).split("|")
)
TEXTS = st.lists(PIECES, max_size=24).map("".join)


@pytest.fixture(scope="module")
def by_patterns(recognizers):
    return [r for r in recognizers.values() if isinstance(r, PatternRecognizer)]


@pytest.fixture(scope="module")
def stage(by_patterns):
    return PatternStage(by_patterns)


def told(results):
    return sorted(
        (r.start, r.end, r.entity_type, r.score, r.recognition_metadata["recognizer_name"])
        for r in results
    )


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_what_is_found_is_what_the_recognizers_find_by_themselves(stage, by_patterns, text):
    theirs = [found for r in by_patterns for found in r.analyze(text, r.supported_entities)]
    assert told(stage.find(text)) == told(theirs)


@pytest.fixture(scope="module")
def prefilter(by_patterns):
    patterns = [(p.regex, int(r.global_regex_flags)) for r in by_patterns for p in r.patterns]
    return Prefilter(patterns), [regex.compile(*pattern) for pattern in patterns]


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_no_pattern_that_matches_is_left_out(prefilter, text):
    filtered, compiled = prefilter
    matching = {number for number, one in enumerate(compiled) if one.search(text)}
    assert matching <= filtered.candidates(text)


def test_every_default_pattern_is_filtered_and_prose_has_no_candidate(prefilter):
    filtered, _ = prefilter
    assert filtered.always == frozenset()
    assert (
        filtered.candidates("Nothing to see here, or there: he said it was so. Well then?") == set()
    )
    assert filtered.candidates("naïve café — “quoted” prose… nothing else") == set()


@pytest.mark.parametrize(
    ("pattern", "hits", "miss"),
    [
        (r"\bkey\b", ["the KEY", "\u212aey"], "lock"),
        (r"\d{3}", ["a123", "a٣٤٥"], "12"),
        (r"\w+@x", ["é@x", "中@X"], "@y"),
        (r"a[^b]c", ["a\u00e9c", "a\nc"], "abc"),
        (r"[\s,]x", ["\u2003x", ",x", "\x0bx"], "yx"),
        (r"[^\W\d]7", ["é7"], "!8"),
        (r"(a|b)-\1", ["b-b"], "c"),
        (r"^end$", ["x\nend\ny"], "then"),
        (r"(?<!x)y(?=z)", ["ayz"], "q"),
    ],
)
def test_a_candidate_is_every_text_that_matches(pattern, hits, miss):
    filtered = Prefilter([(pattern, int(FLAGS))])
    compiled = regex.compile(pattern, FLAGS)
    for hit in hits:
        assert compiled.search(hit)
        assert filtered.candidates(hit) == {0}
    assert not compiled.search(miss)


@pytest.mark.parametrize(
    "pattern", [r"\p{L}+", r"(?P<n>a)(?P=n)", r"\Aé", r"a\xe9", r"[[:alpha:]]x"]
)
def test_a_pattern_whose_meaning_is_not_sure_to_stay_is_always_a_candidate(pattern):
    assert rewrite(pattern, int(FLAGS)) is None
    assert Prefilter([(pattern, int(FLAGS))]).candidates("zzz") == {0}


def test_a_pattern_that_a_flag_makes_mean_something_else_is_always_a_candidate():
    assert rewrite("a b", int(regex.X)) is None
    assert rewrite("a b", int(regex.A)) is None


def test_patterns_of_ones_own_and_lists_of_words_are_found_too():
    own = [
        PatternRecognizer("BADGE", patterns=[Pattern("badge", r"E-\d{3}", 0.5)]),
        PatternRecognizer("SECRET", deny_list=["Nightjar", "Élan"]),
    ]
    found = PatternStage(own).find("E-123 is in Nightjar with ÉLAN, e-12")
    assert [(r.entity_type, r.start, r.end) for r in found] == [
        ("BADGE", 0, 5),
        ("SECRET", 12, 20),
        ("SECRET", 26, 30),
    ]
