"""The words of rights facts, as policies ask for them, are those that the gate writes."""

import pytest

from govgate.policy import rightsfacts as asked
from govgate.policy import vocabulary
from govgate.rights.agreement import Place
from govgate.rights.consent.words import BY, COMES_TO, REQUESTS, YOUNGEST
from govgate.rights.licensetable import license_table
from govgate.rights.lineage.solve import Status
from govgate.rights.manifest import Basis, Category
from govgate.rights.origins import Retention
from govgate.rights.signals.model import Kind, Stance
from govgate.rights.terms import Covers, LicenseClass, Term


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (asked.LICENSE_CLASSES, LicenseClass),
        (asked.LICENSE_TERMS, Term),
        (asked.LICENSE_PLACES, Place),
        (asked.LICENSE_COVERS, Covers),
        (asked.LINEAGE, Status),
        (asked.CONSENT_STATUSES, [word for word in COMES_TO.values() if word != "unknown"]),
        (asked.CONSENT_BASES, Basis),
        (asked.GIVEN_BY, [*BY, "source"]),
        (asked.AGES, YOUNGEST),
        (asked.REQUESTS, REQUESTS),
        (asked.STANCES, Stance),
        (asked.SIGNALS, Kind),
        (vocabulary.CATEGORIES, Category),
        (vocabulary.RETENTION, Retention),
    ],
    ids=str,
)
def test_a_policy_can_ask_for_each_word_that_is_written_and_for_no_other(words, written):
    assert set(words) == {str(word) for word in written}
    assert len(words) == len(set(words))


def test_the_scale_of_classes_and_their_terms_are_the_licence_tables():
    assert list(asked.LICENSE_SCALE) == [cls.value for cls in LicenseClass]
    for cls, terms in asked.TERMS_OF.items():
        for term in terms:
            alone = {e.terms.cls for e in license_table().licenses if e.terms.words == {term}}
            assert alone <= {LicenseClass(cls)}
    assert {term for terms in asked.TERMS_OF.values() for term in terms} == set(Term)
