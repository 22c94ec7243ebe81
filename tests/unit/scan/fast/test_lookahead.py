import time

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer.predefined_recognizers import InPanRecognizer

from govgate.scan.fast.lookahead import PAN, PanSearch, pan_search

FLAGS = int(regex.I | regex.M | regex.S)
TEXTS = st.lists(
    st.sampled_from(
        [*"aZ0é٣ſ_@# .\n-", "1234", "0123456789", "abcdefghij", "a@#$%^?~-9", "ABCDE1234F"]
    ),
    max_size=16,
).map("".join)


def places(search, text):
    return [match.span() for match in search.finditer(text, timeout=60)]


@given(TEXTS)
@settings(max_examples=1500, deadline=None)
def test_it_matches_as_presidios_pattern_does(text):
    assert places(PanSearch(FLAGS), text) == places(regex.compile(PAN, FLAGS), text)


def test_the_pattern_is_presidios_own():
    assert PAN in [pattern.regex for pattern in InPanRecognizer().patterns]


@pytest.mark.parametrize(("pattern", "flags"), [(PAN + "x", FLAGS), (PAN, int(regex.I))])
def test_another_pattern_or_another_meaning_of_the_dot_is_left_alone(pattern, flags):
    assert pan_search(pattern, flags) is None
    assert pan_search(PAN, FLAGS) is not None


def test_time_grows_with_the_text_alone():
    started = time.monotonic()
    assert places(PanSearch(FLAGS), "abcdefghij " * 20_000) == []
    assert len(places(PanSearch(FLAGS), "abcdefghij " * 20_000 + "1234")) == 20_000
    assert time.monotonic() - started < 2
