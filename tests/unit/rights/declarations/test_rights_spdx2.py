"""SPDX 2.2 and 2.3 in JSON."""

import json
from typing import Any

import pytest

from govgate.errors import UsageError
from govgate.rights.declarations.declaration import NO_ASSERTION, UNNAMED, Declaration, Kind
from govgate.rights.declarations.spdx import read_spdx
from govgate.rights.declarations.spdxlicenses import NONE, OWN_REF

PACKAGE = {"SPDXID": "SPDXRef-P", "name": "Data"}
DESCRIBES = {
    "spdxElementId": "SPDXRef-DOCUMENT",
    "relationshipType": "DESCRIBES",
    "relatedSpdxElement": "SPDXRef-P",
}


def read(package: dict[str, Any], **top: Any) -> tuple[Declaration, ...]:
    raw = {"spdxVersion": "SPDX-2.3", "packages": [{**PACKAGE, **package}], **top}
    return read_spdx(json.dumps(raw).encode(), "x.spdx.json")


def test_declared_and_concluded_are_read_as_the_published_example_has_them() -> None:
    """Shaped like OSS-NA-2023/SPDXVersion2.3/SBOMwSourceLicense.json of spdx/spdx-examples."""
    file = {"SPDXID": "SPDXRef-F", "fileName": "./a.java", "licenseConcluded": "MIT"}
    contains = {**DESCRIBES, "spdxElementId": "SPDXRef-P", "relationshipType": "CONTAINS"}
    first, second = read(
        {"licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0"},
        files=[file],
        relationships=[DESCRIBES, {**contains, "relatedSpdxElement": "SPDXRef-F"}],
    )
    assert (first.kind, first.license, first.name, first.part) == (
        Kind.DECLARED,
        "Apache-2.0",
        "Data",
        None,
    )
    assert (second.kind, second.license) == (Kind.CONCLUDED, "Apache-2.0")


@pytest.mark.parametrize(
    ("text", "license_", "why"),
    [
        ("MIT AND (ISC OR GPL-2.0-only)", "MIT AND (ISC OR GPL-2.0-only)", None),
        ("NOASSERTION", None, NO_ASSERTION),
        ("NONE", None, NONE),
        ("LicenseRef-Public-Domain", "LicenseRef-Public-Domain", None),
        ("LicenseRef-Own", None, OWN_REF),
        ("MIT AND LicenseRef-Own", None, OWN_REF),
    ],
)
def test_expressions_are_read_and_own_references_are_not(
    text: str, license_: str | None, why: str | None
) -> None:
    own = [{"licenseId": "LicenseRef-Own", "extractedText": "x"}]
    (said,) = read({"licenseDeclared": text}, hasExtractedLicensingInfos=own)
    assert (said.license, said.unknown) == (license_, why)


@pytest.mark.parametrize("text", ["LicenseRef-Public-Domain", "licenseref-public-domain"])
def test_a_table_reference_that_the_document_redefines_is_its_own(text: str) -> None:
    own = [{"licenseId": "LicenseRef-Public-Domain", "extractedText": "research only"}]
    (said,) = read({"licenseDeclared": text}, hasExtractedLicensingInfos=own)
    assert (said.license, said.unknown) == (None, OWN_REF)


def test_the_described_package_counts_and_no_other() -> None:
    other = {"SPDXID": "SPDXRef-O", "name": "Other", "licenseDeclared": "MIT"}
    package = {**PACKAGE, "licenseDeclared": "CC-BY-4.0"}
    for described in ({"documentDescribes": ["SPDXRef-P"]}, {"relationships": [DESCRIBES]}):
        (said,) = read({}, packages=[other, package], **described)
        assert (said.name, said.license) == ("Data", "CC-BY-4.0")
    found = read({}, packages=[other, package])
    assert [(one.part, one.license) for one in found] == [("Other", "MIT"), ("Data", "CC-BY-4.0")]


def test_a_document_that_describes_what_it_does_not_hold_is_heard_in_full() -> None:
    package = {**PACKAGE, "licenseDeclared": "CC-BY-NC-4.0"}
    (said,) = read({}, packages=[package], documentDescribes=["SPDXRef-Gone"])
    assert said.license == "CC-BY-NC-4.0"


def test_sources_are_read_in_both_directions() -> None:
    def related(from_: str, kind: str, to: str) -> dict[str, str]:
        return {"spdxElementId": from_, "relationshipType": kind, "relatedSpdxElement": to}

    other = {"SPDXID": "SPDXRef-O", "name": "org/other"}
    (said,) = read(
        {},
        packages=[PACKAGE, other],
        relationships=[
            DESCRIBES,
            related("SPDXRef-P", "GENERATED_FROM", "SPDXRef-O"),
            related("SPDXRef-X", "ANCESTOR_OF", "SPDXRef-P"),
            related("SPDXRef-O", "DESCENDANT_OF", "SPDXRef-Y"),
        ],
    )
    assert said.sources == ("org/other", UNNAMED)


@pytest.mark.parametrize("version", ["SPDX-2.1", "SPDX-3.0", 7])
def test_other_versions_are_refused(version: Any) -> None:
    with pytest.raises(UsageError, match="a version of SPDX that is not read"):
        read({}, spdxVersion=version)


def test_one_id_for_two_packages_is_refused() -> None:
    with pytest.raises(UsageError, match="one SPDXID for two elements"):
        read({}, packages=[PACKAGE, {**PACKAGE, "name": "Other"}])
