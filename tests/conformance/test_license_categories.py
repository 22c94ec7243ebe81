"""Our classes beside the categories that ScanCode's people gave the same licences.

Their index comes with license-expression. Categories are coarser than our classes, so each class
names those that it may meet; what differs is listed with the reason.
"""

import pytest
from license_expression import get_license_index

from govgate.rights.licensetable import license_table
from govgate.rights.terms import LicenseClass as L

MAY_MEET = {
    L.PUBLIC_DOMAIN: {"Public Domain"},
    L.PERMISSIVE: {"Permissive"},
    L.ATTRIBUTION: {"Permissive"},
    L.SHARE_ALIKE: {"Copyleft", "Copyleft Limited"},
    L.NO_DERIVATIVES: {"Source-available", "Free Restricted", "Proprietary Free"},
    L.NON_COMMERCIAL: {"Source-available", "Free Restricted", "Proprietary Free"},
    L.ACADEMIC: {"Source-available", "Free Restricted", "Proprietary Free"},
    L.PROPRIETARY: {"Source-available", "Free Restricted", "Proprietary Free", "Commercial"},
}
DIFFERENT = {
    # asks for nothing, not even for its notice
    "ANTLR-PD": "Permissive",
    "DL-DE-ZERO-2.0": "Permissive",
    "NIST-PD-fallback": "Permissive",
    # a notice to keep, or words that grant and do not give up
    "FSFUL": "Public Domain",
    "WTFPL": "Public Domain",
    "LiLiQ-P-1.1": "Copyleft Limited",  # P is its permissive kind; R and R+ are reciprocal
    # conditions on changed versions, or the source passed on under the same licence
    "MS-PL": "Permissive",
    "C-UDA-1.0": "Free Restricted",
    "OFL-1.0": "Permissive",
    "OFL-1.0-no-RFN": "Permissive",
    "OFL-1.0-RFN": "Permissive",
    "OFL-1.1-no-RFN": "Permissive",
    "OFL-1.1-RFN": "Permissive",
    "Aladdin": "Copyleft",  # no commercial distribution, which is the stricter term
}
CATEGORIES = {
    key: entry["category"]
    for entry in get_license_index()
    for key in (entry.get("spdx_license_key"), *entry["other_spdx_license_keys"])
    if key
}


@pytest.mark.parametrize("cls", L)
def test_no_class_contradicts_the_category_that_others_gave(cls):
    odd = {
        one.id: CATEGORIES[one.id]
        for one in license_table().licenses
        if one.terms.cls is cls and one.id in CATEGORIES and CATEGORIES[one.id] not in MAY_MEET[cls]
    }
    assert odd == {k: v for k, v in DIFFERENT.items() if k in odd}


def test_what_is_listed_as_different_is_so():
    ours = {one.id: one.terms.cls for one in license_table().licenses}
    for id_, category in DIFFERENT.items():
        assert CATEGORIES[id_] == category
        assert category not in MAY_MEET[ours[id_]], id_
