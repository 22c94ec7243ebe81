"""Several declarations of one row's licence: which holds, and what is told of a difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.rights.agreement import OVERRULED, Agreement, Declared, Place, agree
from govgate.rights.licenses import read_license
from govgate.rights.terms import Covers, Term

ROW, MANIFEST, CARD = Place.ROW, Place.MANIFEST, Place.CARD
ids = st.sampled_from(
    ["MIT", "CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0", "ODbL-1.0", "Zed", "other", ""]
)
declared = st.lists(st.builds(Declared, st.sampled_from(Place), ids), max_size=5)


def _agree(**texts: str | None) -> Agreement:
    return agree([Declared(Place[name.upper()], text) for name, text in texts.items()])


def test_one_declaration_is_the_licence_and_no_conflict():
    one = _agree(card="cc-by-4.0")
    assert (one.id, one.terms.cls, one.conflict, one.places) == (
        "CC-BY-4.0",
        "attribution",
        False,
        (CARD,),
    )


def test_two_spellings_of_one_licence_agree():
    two = _agree(row="cc-by-4.0", manifest="CC BY 4.0", card=None)
    assert (two.id, two.conflict, two.why, two.places) == (
        "CC-BY-4.0",
        False,
        None,
        (ROW, MANIFEST),
    )


def test_where_licences_differ_the_strictest_names_it_and_the_terms_of_all_hold():
    two = _agree(row="cc-by-sa-4.0", card="cc-by-nc-4.0")
    assert two.id == "CC-BY-NC-4.0"
    assert two.terms.words == {Term.ATTRIBUTION, Term.SHARE_ALIKE, Term.NON_COMMERCIAL}
    assert two.conflict is True
    assert two.why == "row and card name different licences; the terms of all hold"


@pytest.mark.parametrize("lost", ["other", "Zed", "MIT AND", "LicenseRef-Nobody"])
def test_one_that_is_not_known_makes_the_whole_unknown(lost):
    two = _agree(row="mit", manifest=lost)
    assert (two.id, two.terms, two.covers, two.conflict) == (None, None, None, True)
    assert two.why.startswith("manifest: ")


def test_an_spdx_licence_outside_the_table_has_an_id_and_no_terms():
    one = _agree(row="Zed", manifest="Zed")
    assert (one.id, one.terms, one.conflict) == ("Zed", None, False)


def test_a_paper_that_could_not_be_read_is_no_silence():
    one = agree(
        [Declared(ROW, "mit"), Declared(CARD, None, "the card's licence is a list of lists")]
    )
    assert (one.id, one.terms, one.conflict) == (None, None, True)
    assert one.why == "card: the card's licence is a list of lists"


def test_nothing_declared_is_unknown_and_there_is_nothing_to_conflict():
    one = _agree(row="", manifest=None)
    assert (one.id, one.terms, one.conflict, one.places) == (None, None, None, ())


def test_the_manifest_overrules_with_a_reason_and_the_conflict_is_told():
    both = [Declared(ROW, "cc-by-nc-4.0"), Declared(MANIFEST, "mit"), Declared(CARD, "other")]
    one = agree(both, overruling=True)
    assert (one.id, one.terms.cls, one.conflict, one.why) == ("MIT", "permissive", True, OVERRULED)
    assert agree([Declared(MANIFEST, "mit")], overruling=True).why is None


def test_overruling_with_nothing_known_does_not_pass():
    one = agree([Declared(ROW, "mit"), Declared(MANIFEST, "other")], overruling=True)
    assert one.terms is None


def test_a_licence_for_contents_beside_one_for_the_database_covers_both():
    assert _agree(manifest="odbl").covers is Covers.COMPILATION
    assert _agree(row="cc-by-4.0", manifest="odbl").covers is Covers.CONTENT
    assert _agree(card="cc-by-4.0", manifest="odbl").covers is Covers.COMPILATION
    assert _agree(card="cc-by-4.0", manifest="mit").covers is Covers.CONTENT


@given(declared, st.randoms(use_true_random=False))
def test_the_order_of_declarations_changes_nothing_that_a_policy_asks(said, random):
    one, other = agree(said), agree(random.sample(said, len(said)))
    assert (one.terms, one.covers, one.conflict, one.places) == (
        other.terms,
        other.covers,
        other.conflict,
        other.places,
    )


@given(declared, declared)
def test_a_further_declaration_never_frees(said, more):
    one, both = agree(said), agree([*said, *more])
    if one.terms and both.terms:
        assert both.terms.words >= one.terms.words
        assert both.terms.cls.strictness >= one.terms.cls.strictness
    if one.terms is None and one.places:
        assert both.terms is None


@given(declared)
def test_a_known_licence_has_terms_of_something_that_was_declared(said):
    one = agree(said)
    if one.terms is not None:
        words = [read_license(d.text).terms for d in said if read_license(d.text).terms]
        assert one.terms.words == frozenset().union(*(w.words for w in words))
