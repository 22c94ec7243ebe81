"""Rules about findings: what changes a score, what takes a finding out, and what does neither."""

import pytest

from govgate.scan.detector import DetectorError, Span
from govgate.scan.judge import Judge
from govgate.scansettings import Looks

TEXT = "Sample card 4111 1111 1111 1111; my real card is 5500 0000 0000 0004, order no 123456789."


def span(words, entity="CREDIT_CARD", score=0.5, text=TEXT):
    start = text.index(words)
    return Span(start, start + len(words), entity, score, "R")


def judged(spans, text=TEXT, thresholds=None, **looks):
    judge = Judge(Looks.model_validate(looks), thresholds)
    return [(one.span.score, one.excluded) for one in judge.judge(text, spans)]


CARDS = [span("4111 1111 1111 1111"), span("5500 0000 0000 0004")]


def test_without_rules_nothing_changes():
    assert judged(CARDS) == [(0.5, ""), (0.5, "")]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"words": ["sample"], "before": 20, "score": 0.1}, [0.1, 0.5]),
        ({"words": ["SAMPLE"], "before": 20, "change": -0.3}, [0.2, 0.5]),
        ({"words": ["sample"], "before": 11, "score": 0.1}, [0.5, 0.5]),
        ({"words": ["sample"], "before": 12, "score": 0.1}, [0.1, 0.5]),
        ({"words": ["ample"], "before": 20, "score": 0.1}, [0.5, 0.5]),
        ({"pattern": "real +card", "before": 20, "change": 0.4}, [0.5, 0.9]),
        ({"words": ["order no"], "before": 0, "after": 10, "change": 0.9}, [0.5, 1.0]),
        ({"words": ["order no"], "before": 0, "after": 9, "change": 0.9}, [0.5, 0.5]),
        ({"words": ["sample"], "before": 20, "change": -0.9}, [0.0, 0.5]),
        ({"words": ["sample"], "before": 20, "score": 0.1, "entities": ["US_SSN"]}, [0.5, 0.5]),
    ],
)
def test_a_hotword_in_the_window_changes_the_score_and_one_outside_it_does_not(rule, expected):
    assert [score for score, _ in judged(CARDS, hotwords=[{"id": "h", **rule}])] == expected


def test_hotwords_apply_one_after_the_other():
    rules = [
        {"id": "a", "words": ["card"], "before": 10, "score": 0.6},
        {"id": "b", "words": ["real card"], "before": 20, "change": 0.2},
    ]
    assert [score for score, _ in judged(CARDS, hotwords=rules)] == [0.6, 0.8]


@pytest.mark.parametrize(
    ("rule", "out"),
    [
        ({"values": ["4111 1111 1111 1111"]}, [True, False]),
        ({"values": ["4111 1111 1111"]}, [False, False]),
        ({"values": ["4111 1111 1111 1111"], "entities": ["US_SSN"]}, [False, False]),
        ({"values": ["4111 1111 1111 1111"], "entities": ["CREDIT_CARD"]}, [True, False]),
    ],
)
def test_an_allowed_text_is_taken_out_if_it_is_the_whole_finding(rule, out):
    got = judged(CARDS, allow=[{"id": "a", "why": "test numbers", **rule}])
    assert got == [(0.5, "a" if one else "") for one in out]


def test_letter_case_counts_in_an_allow_list_unless_it_says_otherwise():
    text = "ask HELP@acme.example"
    spans = [span("HELP@acme.example", "EMAIL_ADDRESS", text=text)]
    rule = {"id": "a", "why": "ours", "values": ["help@acme.example"]}
    assert judged(spans, text, allow=[rule]) == [(0.5, "")]
    assert judged(spans, text, allow=[rule | {"ignore_case": True}]) == [(0.5, "a")]


@pytest.mark.parametrize(
    ("rule", "out"),
    [
        ({"pattern": "4111.*"}, [True, False]),
        ({"pattern": "4111"}, [False, False]),
        ({"near": {"words": ["sample"], "before": 20}}, [True, False]),
        ({"near": {"words": ["sample"], "before": 20}, "entities": ["US_SSN"]}, [False, False]),
    ],
)
def test_an_exclusion_takes_out_what_it_describes(rule, out):
    got = judged(CARDS, exclusions=[{"id": "x", "why": "no cards", **rule}])
    assert got == [(0.5, "x" if one else "") for one in out]


def test_what_lies_inside_a_finding_of_another_entity_is_taken_out_and_what_only_overlaps_is_not():
    text = "see https://acme.example/ann/4111 and ann"
    url = span("https://acme.example/ann/4111", "URL", text=text)
    inside = span("4111", "US_SSN", text=text)
    person = Span(text.index("ann"), text.index("ann") + 3, "PERSON", 0.85, "R")
    overlapping = Span(url.end - 4, url.end + 8, "PERSON", 0.85, "R")
    rule = {"id": "x", "why": "links", "within": ["URL"]}
    spans = [url, inside, person, overlapping]
    assert [out for _, out in judged(spans, text, exclusions=[rule])] == ["", "x", "x", ""]


@pytest.mark.parametrize(("score", "out"), [(0.6, "x"), (0.5, "")])
def test_what_does_not_count_itself_takes_nothing_out(score, out):
    text = "see https://acme.example/ann"
    url = span("https://acme.example/ann", "URL", score, text)
    person = Span(url.end - 3, url.end, "PERSON", 0.85, "R")
    rule = {"id": "x", "why": "links", "within": ["URL"]}
    spans = judged([url, person], text, {"URL": 0.6}, exclusions=[rule])
    assert spans[1][1] == out
    allow = [{"id": "site", "values": ["https://acme.example/ann"], "why": "ours"}]
    spans = judged([url, person], text, {"URL": 0.4}, exclusions=[rule], allow=allow)
    assert [excluded for _, excluded in spans] == ["site", ""]


def test_a_pattern_that_matches_nothing_where_it_stands_is_not_near():
    rule = {"id": "x", "why": "w", "near": {"pattern": "(?<=card )|zzz", "before": 20}}
    assert [out for _, out in judged(CARDS, exclusions=[rule])] == ["", ""]


def test_what_is_inside_is_found_among_many_and_nested_findings():
    outer = [Span(n * 10, n * 10 + 8, "URL", 0.5, "R") for n in range(5000)]
    outer.append(Span(0, 25_000, "URL", 0.5, "R"))
    inner = [Span(n * 10 + 1, n * 10 + 9, "PERSON", 0.5, "R") for n in range(5000)]
    rule = {"id": "x", "why": "links", "within": ["URL"]}
    got = judged([*outer, *inner], "x" * 60_000, exclusions=[rule])[len(outer) :]
    assert [out for _, out in got] == ["x" if s.end <= 25_000 else "" for s in inner]


def test_allow_lists_come_before_exclusions_and_the_first_that_applies_is_named():
    allow = [{"id": "a", "why": "w", "values": [TEXT[12:31]]}]
    exclusions = [
        {"id": "x", "why": "w", "pattern": ".*1111"},
        {"id": "y", "why": "w", "pattern": "[0-9 ]+"},
    ]
    assert [out for _, out in judged(CARDS, allow=allow, exclusions=exclusions)] == ["a", "y"]


def test_a_pattern_that_runs_out_of_time_is_a_failure_that_names_its_rule_and_not_the_text(
    monkeypatch,
):
    monkeypatch.setattr("govgate.scan.judge.SECONDS", 0.05)
    text = "a" * 60 + "!"
    rule = {"id": "slow", "why": "w", "pattern": "(?:a|aa)+[^a]?(?<=x)"}
    judge = Judge(Looks.model_validate({"exclusions": [rule]}))
    with pytest.raises(DetectorError) as caught:
        judge.judge(text, [Span(0, len(text), "PERSON", 0.5, "R")])
    assert caught.value.failure.code == "pattern-timed-out"
    assert "'slow'" in caught.value.failure.message
    assert "aaa" not in caught.value.failure.message + caught.value.failure.remedy


def test_a_hotword_that_leaves_no_score_takes_the_finding_out_under_its_name():
    rule = {"id": "h", "words": ["sample"], "before": 20, "change": -0.9}
    assert judged(CARDS, hotwords=[rule]) == [(0.0, "h"), (0.5, "")]
