import sys
import time

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.errors import UsageError
from govgate.model import Failure
from govgate.scan.custom import FLAGS, ListSearch, folded_case, policy_recognizers
from govgate.scan.detector import Ask
from govgate.scan.fast.detector import FastDetector
from govgate.scansettings import Looks, ScanSettings

LOOKS = {
    "patterns": [
        {"id": "badge", "entity": "ACME_BADGE", "pattern": r"\bEMP-\d{6}\b", "context": ["staff"]},
        {"id": "case", "entity": "ACME_CASE", "pattern": r"(?-i)\bCase[0-9]\b", "score": 0.2},
        {"id": "slow", "entity": "ACME_SLOW", "pattern": r"(?:a|a)+(?:a|a)+(?:a|a)+c"},
        {"id": "endless", "entity": "ACME_ENDLESS", "pattern": r"(?:zz|(?R)z)q"},
    ],
    "deny": [
        {"id": "names", "entity": "ACME_CODENAME", "words": ["Project Larch", "Élan", "C++", "#x"]},
    ],
}


@pytest.fixture(scope="module")
def detector():
    return FastDetector(ScanSettings(looks=LOOKS))


def seen(detector, text, context=()):
    (ours,) = detector.detect([Ask(text, context)])
    (theirs,) = detector._reference.detect([Ask(text, context)])
    assert ours == theirs
    if isinstance(ours, Failure):
        return ours
    return [
        (text[s.start : s.end], s.score, s.recognizer) for s in ours if s.entity.startswith("ACME_")
    ]


def test_a_pattern_is_a_recognizer_named_by_its_id(detector):
    assert seen(detector, "It is emp-123456.") == [("emp-123456", 0.5, "badge")]
    assert {"badge", "names"} <= set(detector.identity.recognizers)
    assert "ACME_BADGE" in detector.identity.entities
    assert detector.identity.as_dict()["paths"] == {"names": "govgate", "patterns": "govgate"}


def test_context_words_raise_a_patterns_score(detector):
    assert seen(detector, "The staff number is EMP-123456.") == [("EMP-123456", 0.85, "badge")]
    assert seen(detector, "EMP-123456", ("staff",)) == [("EMP-123456", 0.85, "badge")]
    assert "staff" in detector.identity.context_words


def test_a_pattern_can_insist_on_letter_case(detector):
    assert seen(detector, "Case1 case2 CASE3") == [("Case1", 0.2, "case")]


def test_words_of_a_list_stand_for_themselves_in_any_letter_case(detector):
    found = seen(detector, "project  larch, PROJECT\nLARCH and élan; Élans, C++, C++x, #x, a#x")
    assert [one[0] for one in found] == ["project  larch", "PROJECT\nLARCH", "élan", "C++", "#x"]
    assert {one[1:] for one in found} == {(1.0, "names")}


def test_a_pattern_that_runs_out_of_time_fails_the_text_and_is_named(detector):
    started = time.monotonic()
    asks = [Ask("a" * 9000 + "baaac"), Ask("EMP-123456")]
    for some in (detector, detector._reference):
        failure, other = some.detect(asks)
        assert failure.code == "pattern-timed-out"
        assert "the policy's pattern 'slow'" in failure.message
        assert "aaa" not in repr(failure)
        assert "badge" in {span.recognizer for span in other}
    assert time.monotonic() - started < 20


def test_a_pattern_of_endless_recursion_fails_the_text_and_is_named(detector):
    (failure,) = detector.detect([Ask("zqz")])
    assert failure.code == "pattern-timed-out"
    assert "'endless'" in failure.message


def test_a_word_of_white_space_is_refused():
    looks = Looks(deny=[{"id": "blank", "entity": "ACME_X", "words": ["a", " \t"]}])
    with pytest.raises(UsageError, match="'blank' has a word of white space"):
        policy_recognizers(looks, "en")


def test_only_the_wanted_entities_of_a_policys_own_are_looked_for():
    chosen = {"entities": ["ACME_BADGE"], "countries": ["fr"]}
    detector = FastDetector(ScanSettings(looks=LOOKS | chosen))
    (found,) = detector.detect([Ask("EMP-123456, Project Larch, Ann Lee")])
    assert [s.entity for s in found] == ["ACME_BADGE"]
    assert detector.identity.recognizers == ("badge",)


def places(search, text):
    return [match.span() for match in search.finditer(text, timeout=60)]


WORDS = st.lists(
    st.text("aAbBkKſ\u212aéÉßẞİıi_1 -#+", min_size=1, max_size=5).filter(str.strip),
    min_size=1,
    max_size=5,
)


@given(WORDS, st.text("aAbBkKſ\u212aéÉßẞİıi_1 -#+\n", max_size=30))
@settings(max_examples=1500, deadline=None)
def test_a_list_finds_what_one_pattern_of_all_its_words_finds(words, text):
    ordered = sorted(set(words), key=lambda w: (-len(w), w))
    spelt = ["\\s+".join(map(regex.escape, word.split())) for word in ordered]
    whole = regex.compile(rf"(?<!\w)(?:{'|'.join(spelt)})(?!\w)", FLAGS)
    assert places(ListSearch("list", words), text) == [m.span() for m in whole.finditer(text)]


def test_letters_that_regex_takes_for_the_same_are_folded_to_the_same():
    letters = [c for c in map(chr, range(sys.maxunicode + 1)) if c.lower() != c or c.upper() != c]
    for letter in letters:
        for other in {letter.lower(), letter.upper(), letter.title(), letter.casefold()}:
            if len(other) == 1 and regex.fullmatch(regex.escape(letter), other, FLAGS):
                assert folded_case(letter) == folded_case(other), (letter, other)


def test_folding_keeps_every_place():
    text = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x20000)]))
    assert len(folded_case(text)) == len(text)


def test_a_list_of_thousands_is_quick():
    words = [f"Codename{n} Alpha" for n in range(5000)] + [f"Project {n}" for n in range(5000)]
    search = ListSearch("list", words)
    text = (
        "Nothing of it in this project, said Codename7. " * 1000 + "codename4999 ALPHA Project 17"
    )
    places(search, text)
    started = time.monotonic()
    found = places(search, text)
    assert time.monotonic() - started < 1
    assert [text[start:end] for start, end in found] == ["codename4999 ALPHA", "Project 17"]
