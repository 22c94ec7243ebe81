import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.scan.detector import Span
from govgate.scan.windows import OVERLAP, WINDOW, Stitches, Window, across, stitched, windows


def span(start, end, entity="PERSON", score=0.85):
    return Span(start, end, entity, score, "R")


@pytest.mark.parametrize("length", [0, 1, WINDOW])
def test_a_string_that_fits_is_one_window(length):
    assert list(windows("x" * length)) == [(0, "x" * length)]


TEXTS = {
    "prose": "word " * 60_000,
    "unbroken": "a" * 300_000,
    "spaces": " " * 200_000,
    "one over": "b" * (WINDOW + 1),
    "a line": "x" * (WINDOW - 10) + "\n" + "y" * WINDOW,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_windows_cover_the_string_in_order_with_enough_shared_between_them(text):
    cut = list(windows(text))
    assert all(text[start : start + len(part)] == part for start, part in cut)
    assert all(len(part) <= WINDOW for _, part in cut)
    assert cut[0].start == 0
    assert cut[-1].start + len(cut[-1].text) == len(text)
    for one, other in itertools.pairwise(cut):
        shared = one.start + len(one.text) - other.start
        assert OVERLAP // 2 <= shared <= OVERLAP


def test_a_window_begins_behind_white_space_where_there_is_some():
    text = "word " * 60_000
    assert all(start == 0 or text[start - 1] == " " for start, _ in windows(text))


def test_windows_are_few_so_that_time_grows_with_the_length():
    length = 5_000_000
    assert len(list(windows("ab " * (length // 3)))) <= length // (WINDOW - OVERLAP) + 1


def test_what_two_windows_saw_alike_is_kept_once_and_of_a_part_only_the_whole():
    whole, part, other = span(10, 30), span(20, 30), span(20, 30, "LOCATION")
    assert stitched([whole, part, whole, other]) == [whole, other]


def test_a_part_that_scores_more_is_kept_beside_the_whole():
    whole, part = span(10, 30, score=0.4), span(20, 30, score=0.9)
    assert stitched([part, whole]) == [whole, part]


SPANS = st.lists(
    st.builds(
        lambda start, length, entity, score: span(start, start + length, entity, score),
        st.integers(0, 40),
        st.integers(1, 20),
        st.sampled_from("AB"),
        st.sampled_from([0.1, 0.5, 1.0]),
    ),
    max_size=30,
)


def test_a_window_alone_changes_nothing_and_its_offsets_are_those_of_the_string():
    seen = [span(10, 30), span(12, 20), span(20, 30)]
    stitches = Stitches()
    stitches.add(Window(0, "x" * 40), seen)
    assert stitches.spans() == seen
    stitches.add(Window(100, "x" * 40), [span(1, 2)])
    assert stitches.spans() == [*seen, span(101, 102)]


@given(st.data())
def test_windows_one_by_one_give_what_all_of_them_give_stitched_together(data):
    """Each window sees what lies whole in it, and of the rest what lies in it."""
    spans = stitched(data.draw(SPANS))
    length, size, step = 60, 25, 18
    stitches, together = Stitches(), []
    for start in range(0, length, step):
        end = min(start + size, length)
        cut = [s._replace(start=max(s.start, start), end=min(s.end, end)) for s in spans]
        seen = stitched(s for s in cut if s.start < s.end)
        together += seen
        stitches.add(
            Window(start, "x" * (end - start)),
            [s._replace(start=s.start - start, end=s.end - start) for s in seen],
        )
    assert stitches.spans() == stitched(together)


@given(SPANS)
def test_stitching_drops_only_what_another_covers_and_says_so_again(spans):
    kept = stitched(spans)
    assert kept == sorted(set(kept))
    assert set(kept) <= set(spans)
    for one in spans:
        assert any(
            other.entity == one.entity
            and other.start <= one.start
            and other.end >= one.end
            and other.score >= one.score
            for other in kept
        )
    assert stitched(kept) == kept


def test_what_lies_across_takes_the_place_of_its_parts_and_of_nothing_else():
    """Two findings of one window stay as they are, though one holds the other."""
    text = "x" * (2 * WINDOW - 5_000)
    before, after = windows(text)
    seen, cut = Stitches(), across(text, before, after)
    whole, left = span(10, 30), span(WINDOW - 4_000, WINDOW)
    seen.add(before, [whole, span(12, 20), left])
    shared = Window(after.start, text[after.start : before.end])
    long = span(WINDOW - 4_000 - cut.start, WINDOW + 3_000 - cut.start)
    seen.add_across(cut, shared, [long, span(after.start - cut.start, before.end - cut.start)])
    seen.add(after, [span(0, WINDOW + 3_000 - after.start)])
    assert seen.spans() == [span(10, 30), span(12, 20), span(WINDOW - 4_000, WINDOW + 3_000)]
