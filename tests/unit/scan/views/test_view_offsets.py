"""The way back from a rewritten text, and which of two overlapping stretches is read."""

from govgate.scan.detector import Span
from govgate.scan.views.offsets import Edit, rewritten, through
from govgate.scan.views.view import Part, Stretch, View, apart, around

SOURCE = "ab<x>cd<y>ef"
EDITS = [Edit(2, 5, ""), Edit(7, 10, "YY")]


def test_what_is_between_edits_keeps_its_place():
    made = rewritten(SOURCE, 1, 11, EDITS)
    assert made.text == "bcdYYe"
    assert made.outer(0, 1) == (1, 2)
    assert made.outer(1, 3) == (5, 7)
    assert made.outer(5, 6) == (10, 11)


def test_what_was_left_out_belongs_to_a_stretch_only_between_two_of_its_characters():
    made = rewritten(SOURCE, 0, len(SOURCE), EDITS)
    assert made.outer(0, 2) == (0, 2)
    assert made.outer(2, 4) == (5, 7)
    assert made.outer(1, 3) == (1, 6)


def test_any_part_of_a_replacement_stands_for_all_that_it_replaces():
    made = rewritten(SOURCE, 0, len(SOURCE), EDITS)
    assert made.outer(4, 5) == made.outer(5, 6) == made.outer(4, 6) == (7, 10)


def test_two_maps_lead_back_one_through_the_other():
    first = rewritten("&amp;#64;", 0, 9, [Edit(0, 5, "&")])
    second = rewritten(first.text, 0, 5, [Edit(0, 5, "@")])
    assert second.text == "@"
    assert through(second.outer, first.outer)(0, 1) == (0, 9)


def test_of_overlapping_stretches_the_one_given_first_is_read():
    early, late, other = Stretch(0, 5, ()), Stretch(4, 8, ()), Stretch(8, 9, ())
    assert apart([late, early, other]) == [late, other]
    assert apart([early, late, other]) == [early, other]


def test_stretches_far_apart_are_read_apart_with_a_bounded_surrounding():
    text = "word " * 1000
    views = list(around(text, [Stretch(500, 504, ()), Stretch(4000, 4004, ())], "normalised"))
    assert len(views) == 2
    assert all(len(view.text) < 200 and view.text.startswith("word") for view in views)


def test_a_view_keeps_what_touches_its_parts_and_what_they_ask_for():
    view = View("normalised", "x" * 30, lambda a, b: (a, b), [Part(10, 20, False, True, 0.4)])
    assert view.keeps(Span(10, 20, "US_SSN", 0.4, "UsSsnRecognizer"))
    assert not view.keeps(Span(10, 19, "US_SSN", 0.4, "UsSsnRecognizer"))
    assert not view.keeps(Span(10, 20, "US_SSN", 0.3, "UsSsnRecognizer"))
    assert not view.keeps(Span(10, 20, "PERSON", 0.85, "SpacyRecognizer"))
    assert not view.keeps(Span(0, 10, "US_SSN", 0.5, "UsSsnRecognizer"))
