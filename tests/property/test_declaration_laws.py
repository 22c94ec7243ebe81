"""Readers of papers under any bytes: declarations or our own error, and nothing leaks."""

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.errors import UsageError
from govgate.rights.declarations.card import read_card
from govgate.rights.declarations.croissant import read_croissant
from govgate.rights.declarations.declaration import Declaration
from govgate.rights.declarations.reuse import read_reuse
from govgate.rights.declarations.spdx import read_spdx
from govgate.rights.declarations.texts import read_header, read_license_file
from govgate.rights.licenses import read_license
from tests.fuzz.mutate import mutate

Reader = Callable[[bytes, str], tuple[Declaration, ...]]

CARD = b"""---
license: [mit, cc-by-4.0]
license_name: gemma
source_datasets: ['extended|glue', original]
configs:
- config_name: a
  license: gpl-3.0
tags: [synthetic]
---
# Text
"""
CROISSANT = {
    "@context": {"@vocab": "https://schema.org/", "prov": "http://www.w3.org/ns/prov#"},
    "@type": "Dataset",
    "license": [{"@id": "l"}, "MIT"],
    "usageInfo": {"@type": "DefinedTerm", "termCode": "DUO_0000042"},
    "prov:wasDerivedFrom": [{"@id": "urn:x"}, {"name": "y"}],
    "distribution": [{"@id": "a.csv", "license": {"@id": "l", "name": "ISC"}}],
    "prov:wasGeneratedBy": {"prov:wasAssociatedWith": {"@type": "prov:SoftwareAgent"}},
}
SPDX3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "SpdxDocument", "spdxId": "doc", "rootElement": ["d"]},
        {"type": "dataset_DatasetPackage", "spdxId": "d", "name": "D"},
        {
            "type": "Relationship",
            "relationshipType": "hasDeclaredLicense",
            "from": "d",
            "to": ["s", "https://spdx.org/licenses/MIT"],
        },
        {"type": "Relationship", "relationshipType": "descendantOf", "from": "d", "to": ["x"]},
        {
            "type": "expandedlicensing_ConjunctiveLicenseSet",
            "spdxId": "s",
            "expandedlicensing_member": ["https://spdx.org/licenses/ISC", "s"],
        },
    ],
}
SPDX2 = {
    "spdxVersion": "SPDX-2.3",
    "packages": [
        {"SPDXID": "p", "name": "P", "licenseDeclared": "MIT", "licenseConcluded": "NONE"}
    ],
    "relationships": [
        {"spdxElementId": "p", "relationshipType": "COPY_OF", "relatedSpdxElement": "q"}
    ],
    "hasExtractedLicensingInfos": [{"licenseId": "LicenseRef-x"}],
}
READERS: dict[str, tuple[Reader, bytes]] = {
    "card": (read_card, CARD),
    "croissant": (read_croissant, json.dumps(CROISSANT).encode()),
    "spdx-3": (read_spdx, json.dumps(SPDX3).encode()),
    "spdx-2": (read_spdx, json.dumps(SPDX2).encode()),
    "license": (
        read_license_file,
        b"SPDX-License-Identifier: MIT\n\nThis is licensed under MIT.\n",
    ),
    "header": (read_header, b"# SPDX-License-Identifier: MIT\n"),
    "reuse": (
        read_reuse,
        b'version = 1\n[[annotations]]\npath = "a"\nSPDX-License-Identifier = "MIT"\n',
    ),
}


def holds(reader: Reader, data: bytes) -> tuple[Declaration, ...]:
    """The law: declarations that keep their promises, or a UsageError that names the file."""
    found: tuple[Declaration, ...] = ()
    message = None
    try:
        found = reader(data, "FILE")
    except UsageError as error:
        message = str(error)
    assert message is None or message.startswith("FILE")
    for one in found:
        assert one.license is None or read_license(one.license).id == one.license
        assert one.unknown is None or one.unknown.isprintable()
        for name in (*(one.sources or ()), *(one.models or ()), one.name or "-", one.part or "-"):
            assert name.isprintable()
            assert 0 < len(name) <= 500
    return found


@pytest.mark.parametrize("kind", READERS)
def test_the_honest_paper_is_read(kind: str) -> None:
    reader, data = READERS[kind]
    found = holds(reader, data)
    assert found
    assert any(one.license or one.unknown for one in found)


@pytest.mark.parametrize("kind", READERS)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(kind: str, data: bytes) -> None:
    holds(READERS[kind][0], data)


@pytest.mark.parametrize("kind", READERS)
@given(st.data())
def test_any_cut_and_change_of_bytes_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    reader, honest = READERS[kind]
    at = data.draw(st.integers(0, len(honest)))
    length = data.draw(st.integers(0, 12))
    holds(reader, honest[:at] + data.draw(st.binary(max_size=6)) + honest[at + length :])


@pytest.mark.parametrize("kind", ["croissant", "spdx-3", "spdx-2"])
@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_any_change_of_a_value_is_read_or_refused(kind: str, seed: int) -> None:
    reader, honest = READERS[kind]
    once = mutate(honest, random.Random(seed))
    holds(reader, once)
    holds(reader, mutate(once, random.Random(seed + 1)))


SECRET = "Jane Q. Public, jane@example.com"


@pytest.mark.parametrize("kind", ["croissant", "spdx-3", "spdx-2", "card"])
def test_no_reason_and_no_message_repeats_a_text_of_the_paper(kind: str) -> None:
    reader, honest = READERS[kind]
    for word in ("MIT", "mit", "license", "DUO_0000042", "dataset_DatasetPackage", "SPDX-2.3"):
        data = honest.replace(word.encode(), SECRET.encode())
        try:
            said = [one.unknown or "" for one in reader(data, "FILE")]
        except UsageError as error:
            said = [str(error)]
        assert not [text for text in said if "Jane" in text]
