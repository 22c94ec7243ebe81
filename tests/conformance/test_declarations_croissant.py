"""Croissant documents of others and of our own export, read as mlcroissant reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from govgate.rights.declarations.card import read_card
from govgate.rights.declarations.croissant import read_croissant
from govgate.rights.declarations.declaration import Declaration
from govgate.rights.declarations.frontmatter import front_matter
from tests.conformance.conftest import Export

pytestmark = pytest.mark.usefixtures("offline")

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "croissant" / "datasets"

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "prov": "http://www.w3.org/ns/prov#",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "citeAs": "cr:citeAs",
    "recordSet": "cr:recordSet",
    "field": "cr:field",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "data": {"@id": "cr:data", "@type": "@json"},
}


def document(version: str, **members: Any) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": f"http://mlcommons.org/croissant/{version}",
        "name": "small-data",
        "description": "Made for a test.",
        "url": "https://example.org/small",
        "datePublished": "2026-11-29",
        "version": "1.0.0",
        "citeAs": "none",
        "creator": {"@type": "sc:Organization", "name": "X"},
        **members,
    }


def both(raw: dict[str, Any]) -> tuple[Declaration, Any]:
    """Our reading of the data set, and the library's, which must find no error."""
    import mlcroissant as mlc

    metadata = mlc.Dataset(jsonld=raw).metadata
    assert metadata.ctx.issues.errors == set()
    return read_croissant(json.dumps(raw).encode(), "croissant.json")[0], metadata


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize(
    ("license_", "read_as"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
        ("MIT", "MIT"),
        (["https://spdx.org/licenses/MIT", "ISC"], "MIT AND ISC"),
        ({"@type": "CreativeWork", "name": "CC-BY-NC-4.0", "url": "https://e.org"}, "CC-BY-NC-4.0"),
    ],
)
def test_what_the_library_takes_for_a_licence_is_one(
    version: str, license_: Any, read_as: str
) -> None:
    said, metadata = both(document(version, license=license_, sdLicense="GPL-3.0-only"))
    assert metadata.license
    assert said.license == read_as
    assert said.name == metadata.name


def test_a_document_without_a_licence_has_none_for_the_library_either() -> None:
    said, metadata = both(document("1.1", sdLicense="MIT"))
    assert not metadata.license
    assert (said.license, said.unknown) == (None, None)


def test_provenance_that_the_library_accepts_is_read() -> None:
    said, _ = both(
        document(
            "1.1",
            license="MIT",
            **{
                "prov:wasDerivedFrom": {"@id": "urn:dataset:ImageNet"},
                "prov:wasGeneratedBy": {
                    "@type": "prov:Activity",
                    "prov:label": "Corruption Transformation",
                },
            },
        )
    )
    assert (said.sources, said.models) == (("urn:dataset:ImageNet",), None)


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the vectors are not beside the project")
@pytest.mark.parametrize(
    ("name", "license_", "why"),
    [
        ("1.1/huggingface-data_provenance_initiative", None, None),
        ("1.1/commoncrawl-CC-MAIN-2025-43-draft", None, "not an SPDX licence"),
    ],
)
def test_published_examples_are_read(name: str, license_: str | None, why: str | None) -> None:
    data = (VECTORS / name / "metadata.json").read_bytes()
    raw = json.loads(data)
    for named_so in (True, False):
        (said,) = read_croissant(data, "metadata.json", named_so=named_so)
        assert said.name == raw["name"]
        assert said.license == license_
        assert (said.unknown or "").startswith(why or "")
        assert (said.unknown is None) == ("license" not in raw)


def test_our_own_export_says_that_the_licence_is_unknown(export: Export, passed: Path) -> None:
    (said,) = read_croissant(export(passed, "croissant").encode(), "croissant.json")
    assert (said.license, said.unknown) == (None, "declared as unknown or other")
    assert (said.sources, said.models) == (None, None)


def test_our_own_card_says_that_the_licence_is_unknown(export: Export, passed: Path) -> None:
    text = export(passed, "huggingface")
    (said,) = read_card(text.encode(), "README.md")
    assert said.license is None
    assert said.unknown == "the card says that the licence is unknown"
    assert said.name


def test_front_matter_is_what_the_hubs_own_library_finds(export: Export, passed: Path) -> None:
    """`DatasetCard` reads YAML with implicit types; where values are texts, we read the same."""
    from huggingface_hub import DatasetCard

    cards = [
        export(passed, "huggingface"),
        "---\nlicense: cc-by-4.0\nlicense_name: x\nsource_datasets:\n- original\n---\n# Hi\n",
        "\n---\r\nlicense: [mit, isc]\r\ntags: [a]\r\n---\r\n# Hi\r\n---\r\nlicense: gpl-3.0\r\n",
    ]
    for text in cards:
        found = front_matter(text.encode(), "README.md", 2**20)
        theirs = DatasetCard(text, ignore_metadata_errors=False).data.to_dict()
        assert found is not None
        for key in ("license", "license_name", "source_datasets", "tags", "pretty_name"):
            assert found.values.get(key) == theirs.get(key)
