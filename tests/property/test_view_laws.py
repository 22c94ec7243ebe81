"""Laws of views: maps are exact and monotone, and no disguise hides what is planted."""

import base64
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.scan.fast.detector import FastDetector
from govgate.scan.question import Question
from govgate.scan.strings import StringScanner
from govgate.scan.views.characters import skeleton
from govgate.scan.views.offsets import Edit, rewritten
from govgate.scan.views.readings import views
from govgate.scansettings import ScanSettings
from tests.laws import law

PLANTED = {
    "EMAIL_ADDRESS": "john.smith@example.com",
    "CREDIT_CARD": "4111 1111 1111 1111",
    "US_SSN": "536-22-1234",
    "PHONE_NUMBER": "212-555-0134",
}
UNSEEN = st.sampled_from("\u200b\u200c\u200d\xad\u2060\ufeff\ufe0f\u202e\U000e0100")
AROUND = st.text(st.sampled_from("ab é\u0301😀\U00020000\n—“中"), max_size=30)
TRICKY = st.text(st.sampled_from("a1@.% &#64;%40\u200b１ａаAGVs=|,\n-—ſﬁ[at] dot"), max_size=60)


@pytest.fixture(scope="module")
def scanner():
    return StringScanner(FastDetector(ScanSettings()), fingerprint_key=bytes(32))


@st.composite
def rewritings(draw):
    source = draw(st.text(max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(source)), max_size=12)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    edits = [Edit(a, b, draw(st.text(max_size=3))) for a, b in pairs if a < b]
    return source, edits


@given(rewritings())
def test_every_stretch_of_a_rewritten_text_leads_back_monotonely(made_of):
    source, edits = made_of
    made = rewritten(source, 0, len(source), edits)
    places = [made.outer(i, i + 1) for i in range(len(made.text))]
    assert all(0 <= a < b <= len(source) for a, b in places)
    assert places == sorted(places)
    for i, (a, b) in enumerate(places):
        edit = next(
            (e for e in edits if (e.start, e.end) == (a, b) and made.text[i] in e.text), None
        )
        assert edit or source[a:b] == made.text[i]
    for i in range(len(made.text)):
        for j in range(i + 1, len(made.text) + 1):
            assert made.outer(i, j) == (places[i][0], places[j - 1][1])


@given(st.text())
def test_a_skeleton_is_as_long_as_its_text_and_its_own_skeleton(text):
    plain = skeleton(text)
    assert len(plain) == len(text)
    assert skeleton(plain) == plain


@given(st.text() | TRICKY)
def test_views_of_any_text_lead_back_into_it_monotonely(text):
    for view in views(text):
        before = (0, 0)
        for place in range(len(view.text)):
            start, end = view.outer(place, place + 1)
            assert 0 <= start < end <= len(text)
            assert (start, end) >= before
            assert end >= before[1]
            before = (start, end)
        for span in view.seen:
            assert 0 <= span.start < span.end <= len(view.text)


@given(st.text(st.characters(codec="ascii"), max_size=200))
def test_views_do_not_grow_with_what_they_are_read_from(text):
    assert sum(len(view.text) for view in views(text) if view.asked) <= 8 * (len(text) + 200)


def hidden(draw, plain):
    mark = draw(UNSEEN)
    cuts = draw(st.sets(st.integers(1, len(plain) - 1), min_size=1, max_size=4))
    return "".join(c + mark * ((i + 1) in cuts) for i, c in enumerate(plain))


def wide(_, plain):
    return "".join(chr(ord(c) + 0xFEE0) if c != " " else "\u3000" for c in plain)


def entities(draw, plain):
    form = draw(st.sampled_from(["&#{};", "&#x{:x};"]))
    return "".join(form.format(ord(c)) for c in plain)


def percent(_, plain):
    return urllib.parse.quote(wide(_, plain))


@st.composite
def evasions(draw):
    entity = draw(st.sampled_from(sorted(PLANTED)))
    disguise = draw(st.sampled_from([hidden, wide, entities, percent]))
    written = disguise(draw, PLANTED[entity])
    return entity, written, draw(AROUND), draw(AROUND)


@law(120)
@given(evasions())
def test_a_disguised_number_or_address_is_covered_exactly(scanner, planted):
    entity, written, before, behind = planted
    text = f"{before} {written} {behind}"
    (answer,) = scanner.answer([Question(text)])
    assert (len(before) + 1, len(before) + 1 + len(written)) in {
        (s.start, s.end) for s in answer if s.entity == entity and s.score >= 0.4
    }


@law(40)
@given(st.sampled_from(sorted(PLANTED)), AROUND, AROUND, st.booleans())
def test_what_base64_hides_is_covered(scanner, entity, before, behind, padded):
    inner = f"contact: {PLANTED[entity]} thanks"
    token = base64.b64encode(inner.encode()).decode()
    token = token if padded else token.rstrip("=")
    text = f"{before} {token} {behind}"
    (answer,) = scanner.answer([Question(text)])
    start = inner.index(PLANTED[entity])
    low = len(before) + 1 + start * 8 // 6
    high = len(before) + 1 + -(-(start + len(PLANTED[entity])) * 8 // 6)
    found = [s for s in answer if s.entity == entity and s.view == "encoded"]
    assert any(s.start <= low and high <= s.end for s in found)
