"""The SPDX export, read by the SPDX community's own Python model, which checks types and values."""

import io
import json
from pathlib import Path

import pytest
from spdx_python_model import v3_0_1 as spdx

from govgate.export.formats import Format, render
from govgate.export.verified import Verified
from govgate.record import Decision
from tests.conformance.conftest import Export, signed

pytestmark = pytest.mark.usefixtures("offline")


def read(text: str) -> spdx.SHACLObjectSet:
    """All objects of a document; a value of a wrong type or name is a ValueError or TypeError."""
    objects = spdx.SHACLObjectSet()
    spdx.JSONLDDeserializer().read(io.BytesIO(text.encode()), objects)
    spdx.JSONLDSerializer().write(objects, io.BytesIO())  # counts values: too few, too many
    return objects


def only(objects: spdx.SHACLObjectSet, kind: type):
    (found,) = objects.foreach_type(kind, match_subclass=False)
    return found


def related(objects: spdx.SHACLObjectSet, from_, kind: str) -> list:
    wanted = getattr(spdx.RelationshipType, kind)
    found = objects.foreach_type(spdx.Relationship, match_subclass=True)
    return [to for r in found if (r.from_, r.relationshipType) == (from_, wanted) for to in r.to]


def files(objects: spdx.SHACLObjectSet, package) -> dict[str, list[str]]:
    contained = related(objects, package, "contains")
    return {f.name: [h.hashValue for h in f.verifiedUsing] for f in contained}


def digests(parts: dict[str, dict]) -> dict[str, list[str]]:
    return {name: [part["sha256"]] for name, part in parts.items()}


def test_the_models_reader_finds_every_reference_and_every_file(export, passed: Path) -> None:
    objects = read(export(passed, "spdx"))
    assert objects.missing_ids == set()
    record = signed(passed)
    dataset = only(objects, spdx.dataset_DatasetPackage)
    assert files(objects, dataset) == digests(record.train)
    inputs = only(objects, spdx.software_Package)
    assert files(objects, inputs) == digests(record.inputs)
    assert related(objects, dataset, "descendantOf") == [inputs]
    assert dataset.dataset_datasetSize == sum(part["size"] for part in record.train.values())


def test_the_document_lists_all_its_elements(export, passed: Path) -> None:
    graph = json.loads(export(passed, "spdx"))["@graph"]
    ids = [element["spdxId"] for element in graph if "spdxId" in element]
    document = next(element for element in graph if element["type"] == "SpdxDocument")
    assert len(set(ids)) == len(ids)
    assert set(document["element"]) == set(ids) - {document["spdxId"]}


def test_the_dataset_profile_that_it_claims_is_met(export, passed: Path) -> None:
    """The profile's conformance rules, which the model's classes do not hold."""
    objects = read(export(passed, "spdx"))
    document = only(objects, spdx.SpdxDocument)
    assert any(profile.endswith("/dataset") for profile in document.profileConformance)
    dataset = only(objects, spdx.dataset_DatasetPackage)
    assert len(dataset.originatedBy) == 1
    for name in ("software_downloadLocation", "software_primaryPurpose", "builtTime"):
        assert getattr(dataset, name), name
    assert dataset.releaseTime
    assert dataset.dataset_datasetType
    no_license = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
    for kind in ("hasDeclaredLicense", "hasConcludedLicense"):
        (license_,) = related(objects, dataset, kind)
        assert getattr(license_, "_id", license_) == no_license


def test_nothing_that_the_record_does_not_know_is_asserted(export, gated: Path) -> None:
    objects = read(export(gated, "spdx"))
    dataset = only(objects, spdx.dataset_DatasetPackage)
    assert dataset.dataset_hasSensitivePersonalInformation.endswith("/noAssertion")
    assert dataset.dataset_confidentialityLevel is None
    assert dataset.dataset_dataCollectionProcess is None
    assert list(dataset.dataset_knownBias) == []


@pytest.mark.parametrize("run", ["gated", "blocked"])
def test_the_models_that_looked_for_personal_data_are_those_of_the_record(
    export, run: str, request
) -> None:
    folder = request.getfixturevalue(run)
    objects = read(export(folder, "spdx"))
    pipelines = signed(folder).says["detector"]["pipelines"]
    models = list(objects.foreach_type(spdx.ai_AIPackage))
    assert len(models) == len(pipelines) > 0
    for model, pipeline in zip(models, pipelines, strict=True):
        assert (model.name, model.software_packageVersion) == (
            pipeline["name"],
            pipeline["version"],
        )
        assert [h.hashValue for h in model.verifiedUsing] == [pipeline["sha256"]]
        assert model in related(objects, only(objects, spdx.build_Build), "usesTool")
        assert related(objects, model, "trainedOn") == []
    document = only(objects, spdx.SpdxDocument)
    assert not any(profile.endswith("/ai") for profile in document.profileConformance)


def test_a_further_model_is_named_with_its_kind(gated: Path) -> None:
    says = signed(gated).says
    model = {"kind": "gliner", "name": "some model", "language": "de", "sha256": "0" * 64}
    says["detector"]["models"] = [{**model, "labels": {"person": "PERSON"}, "threshold": 0.5}]
    record = Verified(Decision.model_validate(says), signed(gated).digest)
    objects = read(render(record, Format.SPDX).decode())
    assert objects.missing_ids == set()
    found = {m.name: m for m in objects.foreach_type(spdx.ai_AIPackage)}["some model"]
    assert list(found.ai_typeOfModel) == ["gliner"]
    assert found.ai_informationAboutApplication.endswith("language de.")
    assert found.software_packageVersion is None


def test_a_gate_that_let_nothing_through_is_a_build_without_output(export, stopped: Path) -> None:
    objects = read(export(stopped, "spdx"))
    assert list(objects.foreach_type(spdx.dataset_DatasetPackage)) == []
    build = only(objects, spdx.build_Build)
    assert related(objects, build, "hasOutput") == []
    inputs = only(objects, spdx.software_Package)
    assert related(objects, build, "hasInput") == [inputs]
    said = {p.key: p.value for p in build.build_parameter}
    assert said["outcome"] == signed(stopped).says["outcome"] != "train"
    document = only(objects, spdx.SpdxDocument)
    assert not any(profile.endswith("/dataset") for profile in document.profileConformance)


BROKEN = {
    "an unknown type of data": (
        '"dataset_datasetType": [\n        "text"',
        '"dataset_datasetType": [\n        "txt"',
    ),
    "no type of data": (
        '"dataset_datasetType": [\n        "text"\n      ]',
        '"dataset_datasetType": []',
    ),
    "a size in words": ('"dataset_datasetSize": ', '"dataset_datasetSize": "big", "ignored": '),
    "an unknown relationship": ('"descendantOf"', '"madeFrom"'),
    "a time without its zone": ('Z",\n      "createdBy"', '",\n      "createdBy"'),
    "an unknown class": ('"dataset_DatasetPackage"', '"dataset_DataPackage"'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_document_is_refused(export: Export, gated: Path, name: str) -> None:
    text = export(gated, "spdx")
    right, wrong = BROKEN[name]
    assert right in text
    with pytest.raises((ValueError, TypeError, KeyError)):
        read(text.replace(right, wrong))
