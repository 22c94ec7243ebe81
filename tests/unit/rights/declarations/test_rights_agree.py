"""Several papers on one licence: which holds, and whether they differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.errors import UsageError
from govgate.rights.declarations.agree import (
    CONFIRMED,
    DIFFER,
    NO_CLASS,
    NOTHING_SAID,
    OVERRIDDEN,
    Agreement,
    Override,
    agree,
)
from govgate.rights.declarations.declaration import NO_ASSERTION, Declaration, Kind, Where
from govgate.rights.licenses import read_license


def said(
    license_: str | None = None,
    where: Where = Where.CARD,
    *,
    unknown: str | None = None,
    part: str | None = None,
) -> Declaration:
    kind = Kind.CONCLUDED if where is Where.LICENSE_FILE else Kind.DECLARED
    return Declaration(where, "f", kind, license_, unknown, None, None, None, None, part)


def test_papers_that_say_the_same_agree() -> None:
    found = agree([said("MIT"), said("MIT", Where.LICENSE_FILE), said()])
    assert found == Agreement("MIT", None, False, (Where.CARD, Where.LICENSE_FILE))


def test_the_strictest_counts_and_the_conflict_stays() -> None:
    found = agree([said("MIT"), said("CC-BY-NC-4.0", Where.LICENSE_FILE)])
    assert found == Agreement("CC-BY-NC-4.0", DIFFER, True, (Where.LICENSE_FILE,))


def test_of_equally_strict_licences_all_bind() -> None:
    found = agree([said("MIT"), said("Apache-2.0", Where.SPDX), said("CC0-1.0", Where.HEADER)])
    assert found == Agreement("MIT AND Apache-2.0", DIFFER, True, (Where.CARD, Where.SPDX))


def test_one_paper_that_cannot_be_read_makes_it_unknown() -> None:
    found = agree([said("MIT"), said(where=Where.LICENSE_FILE, unknown="no text of a licence")])
    assert found == Agreement(
        None, "license-file: no text of a licence", False, (Where.LICENSE_FILE,)
    )


def test_one_licence_without_a_class_makes_it_unknown() -> None:
    assert read_license("Furuseth").cls is None
    found = agree([said("MIT"), said("Furuseth", Where.SPDX)])
    assert (found.license, found.why, found.conflict) == (None, f"spdx: {NO_CLASS}", True)


def test_a_paper_that_asserts_nothing_vetoes_nothing_but_is_no_licence_either() -> None:
    silent = said(where=Where.SPDX, unknown=NO_ASSERTION)
    assert agree([said("MIT"), silent]) == Agreement("MIT", None, False, (Where.CARD,))
    assert agree([silent]) == Agreement(None, f"spdx: {NO_ASSERTION}", False, (Where.SPDX,))


def test_nothing_said_is_unknown() -> None:
    assert agree([]) == agree([said()]) == Agreement(None, NOTHING_SAID, False, ())


def test_a_part_binds_and_is_no_conflict_with_the_whole() -> None:
    found = agree([said("MIT"), said("CC-BY-NC-4.0", part="a"), said("MIT", part="b")])
    assert (found.license, found.conflict) == ("CC-BY-NC-4.0", False)
    found = agree([said("MIT", part="a"), said("CC-BY-NC-4.0", Where.HEADER, part="a")])
    assert (found.license, found.conflict) == ("CC-BY-NC-4.0", True)


def test_an_override_beats_all_and_keeps_the_conflict_and_the_reason() -> None:
    override = Override("cc-by-4.0", " the author wrote to us on 3 May ")
    found = agree([said("MIT"), said(where=Where.SPDX, unknown="x")], override)
    why = f"{OVERRIDDEN}: the author wrote to us on 3 May"
    assert found == Agreement("CC-BY-4.0", why, True, ())
    found = agree([said("CC-BY-4.0")], override)
    assert (found.license, found.conflict) == ("CC-BY-4.0", False)
    assert found.why == f"{CONFIRMED}: the author wrote to us on 3 May"


@pytest.mark.parametrize(
    ("license_", "reason", "message"),
    [
        ("MIT", "", "has no reason"),
        ("MIT", " \n", "has no reason"),
        ("acme", "x", "cannot be read"),
    ],
)
def test_an_override_needs_a_reason_and_a_licence(license_: str, reason: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Override(license_, reason)


def test_a_declaration_is_known_or_unknown_never_both() -> None:
    with pytest.raises(ValueError, match="not both"):
        said("MIT", unknown="x")


LICENSES = st.sampled_from(
    ["MIT", "Apache-2.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "MIT OR ISC"]
)
SAID = st.builds(said, LICENSES, st.sampled_from(list(Where)), part=st.sampled_from([None, "a"]))


@given(st.lists(SAID, min_size=1, max_size=6))
def test_the_class_is_that_of_all_of_them_together_in_any_order(papers: list[Declaration]) -> None:
    found = agree(papers)
    together = read_license(" AND ".join(f"({one.license})" for one in papers))
    assert read_license(found.license).cls == together.cls
    turned = agree(papers[::-1])
    assert read_license(turned.license).cls == together.cls
    assert turned.conflict == found.conflict


@given(st.lists(SAID, min_size=1, max_size=4), LICENSES)
def test_one_more_paper_never_makes_it_less_strict(papers: list[Declaration], more: str) -> None:
    before = read_license(agree(papers).license).cls
    after = read_license(agree([*papers, said(more)]).license).cls
    assert before is not None
    assert after is not None
    assert after.strictness >= before.strictness
