"""Licence expressions beside SPDX's own examples and beside another implementation.

Examples and rules: SPDX 3.0.1, annex B (License expressions). The other implementation is
`packaging.licenses`, which PyPI checks expressions with (PEP 639).
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from govgate.rights.licenses import NOT_AN_EXPRESSION, REF_NOT_IN_TABLE, read_license
from govgate.rights.licensetable import license_table

SPDX_IDS = [e.id for e in license_table().licenses if not e.id.startswith("LicenseRef-")]


@pytest.mark.parametrize(
    ("expression", "id_", "cls"),
    [
        ("CDDL-1.0", "CDDL-1.0", "share-alike"),
        ("CDDL-1.0+", "CDDL-1.0", "share-alike"),
        ("LGPL-2.1-only OR MIT", "LGPL-2.1-only OR MIT", "permissive"),
        ("MIT OR LGPL-2.1-only", "MIT OR LGPL-2.1-only", "permissive"),
        ("LGPL-2.1-only OR MIT OR BSD-3-Clause", None, "permissive"),
        ("LGPL-2.1-only AND MIT", None, "share-alike"),
        ("MIT AND LGPL-2.1-only", None, "share-alike"),
        ("LGPL-2.1-only AND MIT AND BSD-2-Clause", None, "share-alike"),
        ("GPL-2.0-or-later WITH Bison-exception-2.2", None, "share-alike"),
        (
            "LGPL-2.1-only OR BSD-3-Clause AND MIT",
            "LGPL-2.1-only OR (BSD-3-Clause AND MIT)",
            "permissive",
        ),
        ("(LGPL-2.1-or-later OR BSD-3-Clause) AND MIT", None, "permissive"),
        ("Mit", "MIT", "permissive"),
        ("mIt", "MIT", "permissive"),
    ],
)
def test_the_annexs_examples_are_read(expression, id_, cls):
    facts = read_license(expression)
    assert facts.id == (id_ or expression)
    assert facts.cls == cls


@pytest.mark.parametrize(
    "reference",
    ["LicenseRef-23", "LicenseRef-MIT-Style-1", "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2"],
)
def test_a_reference_to_a_text_that_we_do_not_have_is_unknown(reference):
    assert read_license(reference).why == REF_NOT_IN_TABLE


@pytest.mark.parametrize("special", ["NONE", "NOASSERTION", "MIT AND NONE", "MIT AND NOASSERTION"])
def test_none_and_noassertion_are_unknown_alone_and_in_a_conjunction(special):
    facts = read_license(special)
    assert facts.terms is None
    assert facts.why


def test_and_binds_closer_than_or():
    loose = read_license("CC-BY-NC-4.0 OR MIT AND CC-BY-4.0")
    tight = read_license("(CC-BY-NC-4.0 OR MIT) AND CC-BY-4.0")
    assert loose.terms.words == tight.terms.words == {"notice", "attribution"}
    strict = read_license("MIT OR CC-BY-4.0 AND CC-BY-NC-4.0")
    assert strict.terms.words == {"notice"}
    assert read_license("(MIT OR CC-BY-4.0) AND CC-BY-NC-4.0").cls == "non-commercial"


ids = st.sampled_from(SPDX_IDS)
words = st.one_of(ids, st.sampled_from(["AND", "OR", "and", "or", "(", ")", "MIT", "WITH"]))


@settings(deadline=None)
@given(st.lists(words, min_size=1, max_size=7).map(" ".join))
def test_what_the_other_implementation_accepts_we_read_and_what_it_refuses_we_do_not(text):
    try:
        canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        facts = read_license(text)
        assert facts.terms is None, text
    else:
        facts = read_license(text)
        assert facts.terms is not None, text
        assert facts.why != NOT_AN_EXPRESSION
