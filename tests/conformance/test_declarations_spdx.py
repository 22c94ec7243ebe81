"""SPDX documents written by the SPDX community's own Python model, and by our own export."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from spdx_python_model import v3_0_1 as spdx

from govgate.rights.declarations.declaration import NO_ASSERTION, Declaration, Kind
from govgate.rights.declarations.spdx import read_spdx
from govgate.rights.declarations.spdxlicenses import NONE
from tests.conformance.conftest import Export

pytestmark = pytest.mark.usefixtures("offline")

BASE = "https://example.org/doc#"
LISTED = "https://spdx.org/licenses/"


class Document:
    """A document about one data set, built with the model's classes, which check every value."""

    def __init__(self) -> None:
        self.info = spdx.CreationInfo(_id="_:info", specVersion="3.0.1")
        self.info.created = datetime(2026, 11, 29, tzinfo=UTC)
        agent = self.make(spdx.SoftwareAgent, "agent", name="test")
        self.info.createdBy = [agent]
        self.objects: list[Any] = [self.info, agent]
        self.data = self.add(spdx.dataset_DatasetPackage, "data", name="Data")
        self.data.dataset_datasetType = [spdx.dataset_DatasetType.text]
        document = self.add(spdx.SpdxDocument, "document", rootElement=[self.data])
        document.element = [self.data]

    def make(self, kind: Any, ref: str, /, **members: Any) -> Any:
        return kind(_id=BASE + ref, creationInfo=self.info, **members)

    def add(self, kind: Any, ref: str, /, **members: Any) -> Any:
        made = self.make(kind, ref, **members)
        self.objects.append(made)
        return made

    def relate(self, kind: str, to: list[Any], from_: Any = None) -> None:
        self.add(
            spdx.Relationship,
            f"r{len(self.objects)}",
            relationshipType=getattr(spdx.RelationshipType, kind),
            from_=from_ or self.data,
            to=to,
        )

    def bytes(self) -> bytes:
        objects, out = spdx.SHACLObjectSet(self.objects), io.BytesIO()
        spdx.JSONLDSerializer().write(objects, out)
        return out.getvalue()

    def read(self) -> tuple[Declaration, ...]:
        return read_spdx(self.bytes(), "x.spdx.json")


@pytest.fixture
def document() -> Document:
    return Document()


def test_expressions_of_both_kinds_are_read(document: Document) -> None:
    for kind, text in (("hasDeclaredLicense", "MIT"), ("hasConcludedLicense", "CC-BY-NC-4.0")):
        made = document.add(
            spdx.simplelicensing_LicenseExpression,
            kind,
            simplelicensing_licenseExpression=text,
        )
        document.relate(kind, [made])
    found = [(one.kind, one.license, one.name) for one in document.read()]
    assert found == [(Kind.DECLARED, "MIT", "Data"), (Kind.CONCLUDED, "CC-BY-NC-4.0", "Data")]


def test_expanded_licences_are_read(document: Document) -> None:
    def listed(name: str) -> Any:
        made = spdx.expandedlicensing_ListedLicense(_id=LISTED + name, creationInfo=document.info)
        made.name, made.simplelicensing_licenseText = name, "text"
        document.objects.append(made)
        return made

    mit, isc, gpl = listed("MIT"), listed("ISC"), listed("GPL-2.0-only")
    exception = spdx.expandedlicensing_ListedLicenseException(
        _id=LISTED + "Classpath-exception-2.0",
        creationInfo=document.info,
        name="Classpath exception",
        expandedlicensing_additionText="text",
    )
    document.objects.append(exception)
    with_ = document.add(
        spdx.expandedlicensing_WithAdditionOperator,
        "with",
        expandedlicensing_subjectExtendableLicense=gpl,
        expandedlicensing_subjectAddition=exception,
    )
    choice = document.add(
        spdx.expandedlicensing_DisjunctiveLicenseSet, "or", expandedlicensing_member=[isc, with_]
    )
    both = document.add(
        spdx.expandedlicensing_ConjunctiveLicenseSet, "and", expandedlicensing_member=[mit, choice]
    )
    document.relate("hasDeclaredLicense", [both])
    (said,) = document.read()
    assert said.license == "MIT AND (ISC OR GPL-2.0-only WITH Classpath-exception-2.0)"


@pytest.mark.parametrize(
    ("individual", "why"),
    [("NoAssertionLicense", NO_ASSERTION), ("NoneLicense", NONE)],
)
def test_the_individuals_stand_for_no_licence(
    document: Document, individual: str, why: str
) -> None:
    info = spdx.expandedlicensing_IndividualLicensingInfo
    document.relate("hasConcludedLicense", [info.NAMED_INDIVIDUALS[individual]])
    (said,) = document.read()
    assert (said.kind, said.license, said.unknown) == (Kind.CONCLUDED, None, why)


def test_lineage_is_read(document: Document) -> None:
    source = document.add(spdx.software_Package, "source", name="Source")
    model = document.add(spdx.ai_AIPackage, "model", name="Model")
    document.relate("descendantOf", [source])
    document.relate("generates", [document.data], model)
    document.relate("trainedOn", [source], model)
    (said,) = document.read()
    assert (said.sources, said.models) == (("Source",), ("Model",))


def test_every_relationship_that_is_read_is_one_of_the_models() -> None:
    from govgate.rights.declarations import spdx as ours

    names = ("descendantOf", "hasOutput", "hasInput", *ours._TO, *ours.KINDS.values())
    for name in names:
        assert getattr(spdx.RelationshipType, name)


def test_our_own_export_asserts_no_licence_and_names_its_input(
    export: Export, passed: Path
) -> None:
    text = export(passed, "spdx")
    found = read_spdx(text.encode(), "train.spdx.json")
    assert [(one.kind, one.license, one.unknown) for one in found] == [
        (Kind.DECLARED, None, NO_ASSERTION),
        (Kind.CONCLUDED, None, NO_ASSERTION),
    ]
    assert {one.sources for one in found} == {("Data that was gated",)}
    named = [e["name"] for e in json.loads(text)["@graph"] if e["type"] == "dataset_DatasetPackage"]
    assert [one.name for one in found] == named * 2


def test_the_published_examples_shape_says_nothing_of_the_data() -> None:
    """Shaped like ai/example05 of spdx/spdx-examples: the root is a model under its own licence,
    trained on a data set of which no licence is given."""
    graph = [
        {"type": "SpdxDocument", "spdxId": "u:doc", "rootElement": ["u:sbom"]},
        {"type": "software_Sbom", "spdxId": "u:sbom", "rootElement": ["u:model"]},
        {"type": "ai_AIPackage", "spdxId": "u:model", "name": "WarehouseDetect"},
        {"type": "dataset_DatasetPackage", "spdxId": "u:data", "name": "WarehouseSafety-Train"},
        {
            "type": "Relationship",
            "spdxId": "u:r1",
            "relationshipType": "trainedOn",
            "from": "u:model",
            "to": ["u:data"],
        },
        {
            "type": "Relationship",
            "spdxId": "u:r2",
            "relationshipType": "hasDeclaredLicense",
            "from": "u:model",
            "to": ["u:l"],
        },
        {
            "type": "simplelicensing_LicenseExpression",
            "spdxId": "u:l",
            "simplelicensing_licenseExpression": "LicenseRef-WarehouseDetect-Commercial",
        },
    ]
    raw = {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph}
    assert read_spdx(json.dumps(raw).encode(), "x.spdx3.json") == ()
