"""SPDX 3.0.1 in JSON-LD: the gate as a build, with its inputs and, if any row passed, its output.

The train partition is a `dataset_DatasetPackage` that meets the Dataset profile. An `ai_AIPackage`
is a model that looked for personal data, not one trained on the partition: the gate comes before
any training. The AI profile is not claimed, as it asks who supplied a model and when.
Spec: https://spdx.github.io/spdx-spec/v3.0.1/.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from govgate.export import words
from govgate.export.verified import Verified, file_ref
from govgate.record import DataPart

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
NO_LICENSE = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense"
BUILD_TYPE = "tag:govgate,2026:gate/v1"
INFO = "_:creation"
TREE_HASH = "RFC 6962 tree hash over name, SHA-256, size and rows of each file."
FOLDER_DIGEST = "SHA-256 over the paths and SHA-256 digests of its files."
PROFILES = ("core", "software")  # not `build`: who started the gate is not recorded

Element = dict[str, Any]


def document(record: Verified) -> dict[str, Any]:
    """The SPDX document of ``record``."""
    elements = list(_elements(record))
    train = bool(record.train)
    head = {
        "type": "SpdxDocument",
        "spdxId": f"{record.uri}#document",
        "creationInfo": INFO,
        "name": f"Gate of training data, record {record.digest[:12]}",
        "comment": words.SIGNED,
        "profileConformance": [*PROFILES, *(["dataset", "expandedLicensing"] if train else ())],
        "rootElement": [_id(record, "train" if train else "inputs")],
        "element": [element["spdxId"] for element in elements],
    }
    return {"@context": CONTEXT, "@graph": [_creation(record), head, *elements]}


def _creation(record: Verified) -> Element:
    return {
        "type": "CreationInfo",
        "@id": INFO,
        "specVersion": "3.0.1",
        "created": record.finished,
        "createdBy": [_id(record, "agent")],
        "createdUsing": [_id(record, "tool")],
        "comment": "The time is the record's, not that of the export.",
    }


def _elements(record: Verified) -> Iterator[Element]:
    yield _element(record, "SoftwareAgent", "agent", name=f"govgate {record.version}")
    yield _element(record, "Tool", "tool", name=f"govgate {record.version}")
    yield _build(record)
    yield _annotation(record)
    models = list(_models(record))
    yield from models
    yield _relation(record, "build", "usesTool", ["tool", *(_model(n) for n in range(len(models)))])
    yield _inputs(record)
    yield from _files(record, "inputs", record.decision.inputs)
    yield _relation(record, "build", "hasInput", ["inputs"])
    if record.train:
        yield _train(record)
        yield from _files(record, "train", record.train)
        yield _relation(record, "build", "hasOutput", ["train"])
        yield _relation(record, "train", "descendantOf", ["inputs"])
        for kind in ("hasDeclaredLicense", "hasConcludedLicense"):
            yield _relation(record, "train", kind, [NO_LICENSE])


def _build(record: Verified) -> Element:
    policy = record.decision.policy
    parameters = {
        "policy": record.policy,
        "purpose": record.decision.purpose.value,
        "asOf": record.decision.as_of.isoformat(),
        "outcome": record.decision.outcome.value,
    }
    return _element(
        record,
        "build_Build",
        "build",
        name="govgate gate",
        description=words.answer(record),
        externalIdentifier=[
            {
                "type": "ExternalIdentifier",
                "externalIdentifierType": "other",
                "identifier": record.uri,
                "comment": "The signed record, by the SHA-256 of its payload.",
            }
        ],
        build_buildType=BUILD_TYPE,
        build_buildId=record.digest,
        build_buildEndTime=record.finished,
        build_configSourceUri=["policy.yaml"],
        build_configSourceDigest=[_sha256(policy.sha256)],
        build_parameter=[
            {"type": "DictionaryEntry", "key": key, "value": value}
            for key, value in parameters.items()
        ],
    )


def _annotation(record: Verified) -> Element:
    return _element(
        record,
        "Annotation",
        "decision",
        annotationType="other",
        contentType="application/json",
        statement=json.dumps(record.summary, ensure_ascii=False, sort_keys=True),
        subject=_id(record, "build"),
    )


def _models(record: Verified) -> Iterator[Element]:
    """The detector's pipelines and further models, each with the folder digest of the record."""
    detector = record.decision.detector
    models = (*detector.get("pipelines", ()), *detector.get("models", ()))
    for number, model in enumerate(models):
        version = {"software_packageVersion": model["version"]} if "version" in model else {}
        yield _element(
            record,
            "ai_AIPackage",
            _model(number),
            name=model["name"],
            verifiedUsing=[_other(model["sha256"], FOLDER_DIGEST)],
            software_primaryPurpose="model",
            ai_domain=["named entity recognition"],
            ai_informationAboutApplication="Looked for personal data in the data that was gated;"
            f" language {model['language']}.",
            ai_typeOfModel=[model.get("kind", "spaCy pipeline")],
            **version,
        )


def _model(number: int) -> str:
    return f"model/{number}"


def _inputs(record: Verified) -> Element:
    """All that was gated: a plain package, as neither origin nor age of it is recorded."""
    return _element(
        record,
        "software_Package",
        "inputs",
        name="Data that was gated",
        description=words.selected(record),
        software_primaryPurpose="data",
    )


def _train(record: Verified) -> Element:
    counts = record.decision.counts
    anonymized = {"dataset_anonymizationMethodUsed": [words.redacted(record)]}
    return _element(
        record,
        "dataset_DatasetPackage",
        "train",
        name=words.title(record),
        description=words.answer(record),
        comment=words.personal(record),
        verifiedUsing=[_other(record.root, TREE_HASH)],
        originatedBy=[_id(record, "agent")],
        builtTime=record.finished,
        releaseTime=record.finished,
        software_primaryPurpose="data",
        software_downloadLocation="train/",
        dataset_datasetType=["text" if words.text_was_scanned(record) else "noAssertion"],
        dataset_datasetSize=sum(part.size for part in record.train),
        dataset_intendedUse=f"{record.decision.purpose}, as policy {record.policy} allows",
        dataset_dataPreprocessing=[words.selected(record), words.redacted(record)],
        dataset_hasSensitivePersonalInformation="noAssertion",
        **(anonymized if counts.redacted else {}),
    )


def _files(record: Verified, package: str, parts: Sequence[DataPart]) -> Iterator[Element]:
    names = [quote(file_ref(package, part.name)) for part in parts]
    for name, part in zip(names, parts, strict=True):
        yield _element(
            record,
            "software_File",
            name,
            name=part.name,
            comment=f"{part.rows} rows, {part.size} bytes",
            verifiedUsing=[_sha256(part.sha256)],
            software_primaryPurpose="data",
            software_fileKind="file",
        )
    if names:
        yield _relation(record, package, "contains", names)


def _relation(record: Verified, from_: str, kind: str, to: Sequence[str]) -> Element:
    targets = [name if "://" in name else _id(record, name) for name in to]
    scoped = from_ == "build"  # as the Build profile asks of each relationship of a build
    made = _element(
        record,
        "LifecycleScopedRelationship" if scoped else "Relationship",
        f"{from_}-{kind}",
        relationshipType=kind,
        to=targets,
        completeness="noAssertion" if NO_LICENSE in to else "complete",
        **({"scope": "build"} if scoped else {}),
    )
    return {**made, "from": _id(record, from_)}


def _element(record: Verified, type_: str, ref: str, **members: Any) -> Element:
    return {"type": type_, "spdxId": _id(record, ref), "creationInfo": INFO, **members}


def _id(record: Verified, name: str) -> str:
    return f"{record.uri}#{name}"


def _sha256(digest: str) -> dict[str, str]:
    return {"type": "Hash", "algorithm": "sha256", "hashValue": digest}


def _other(digest: str, how: str) -> dict[str, str]:
    """A digest that is not that of one file's bytes; ``how`` says of what."""
    return {"type": "Hash", "algorithm": "other", "hashValue": digest, "comment": how}
