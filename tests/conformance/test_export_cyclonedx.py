"""The CycloneDX export under the strict JSON validator of the CycloneDX community's library."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.conformance.conftest import Export, signed

pytestmark = pytest.mark.usefixtures("offline")

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_7)


def valid(export: Export, run: Path) -> dict[str, Any]:
    text = export(run, "cyclonedx")
    error = VALIDATOR.validate_str(text)
    assert error is None, str(getattr(error, "data", error))[:500]
    bom: dict[str, Any] = json.loads(text)
    return bom


def refs(value: Any) -> Iterator[str]:
    """Every `bom-ref`, however deep."""
    if isinstance(value, dict):
        if "bom-ref" in value:
            yield value["bom-ref"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from refs(one)


def links(bom: dict[str, Any]) -> Iterator[str]:
    declared = bom["declarations"]
    for answer in declared["attestations"][0]["map"]:
        yield answer["requirement"]
        yield from answer["claims"]
    for claim in declared["claims"]:
        yield claim["target"]
        yield from claim["evidence"]
    for one in bom.get("dependencies", ()):
        yield one["ref"]
        yield from one.get("dependsOn", ())
    for one in bom["compositions"]:
        yield from one["assemblies"]


def named(component: dict[str, Any]) -> dict[str, str]:
    return {file["name"]: file["hashes"][0]["content"] for file in component["components"]}


def digests(parts: dict[str, dict]) -> dict[str, str]:
    return {name: part["sha256"] for name, part in parts.items()}


def test_it_is_valid_and_its_subject_is_the_train_partition(export, passed: Path) -> None:
    bom, record = valid(export, passed), signed(passed)
    subject = bom["metadata"]["component"]
    assert (subject["type"], subject["bom-ref"]) == ("data", "train")
    assert named(subject) == digests(record.train)
    inputs = next(part for part in bom["components"] if part["bom-ref"] == "inputs")
    assert named(inputs) == digests(record.inputs)


@pytest.mark.parametrize("run", ["gated", "awkward", "retrieval_only", "blocked"])
def test_every_reference_leads_somewhere(export, run: str, request) -> None:
    bom = valid(export, request.getfixturevalue(run))
    there = list(refs(bom))
    assert len(set(there)) == len(there)
    assert set(links(bom)) <= set(there)


@pytest.mark.parametrize(
    ("run", "scores"),
    [
        ("gated", {"policy/train": 1, "policy/retrieve": 1}),
        ("retrieval_only", {"policy/train": 0, "policy/retrieve": 1}),
        ("blocked", {"policy/train": 0, "policy/retrieve": 0}),
    ],
)
def test_the_claims_are_what_the_record_answers(
    export, run: str, scores: dict[str, int], request
) -> None:
    bom = valid(export, request.getfixturevalue(run))
    answers = bom["declarations"]["attestations"][0]["map"]
    assert {a["requirement"]: a["conformance"]["score"] for a in answers} == scores
    targets = {c["bom-ref"]: c["target"] for c in bom["declarations"]["claims"]}
    assert targets == {
        f"claim/{use}": use if scores[f"policy/{use}"] else "inputs"
        for use in ("train", "retrieve")
    }
    (evidence,) = bom["declarations"]["evidence"]
    assert signed(request.getfixturevalue(run)).digest in evidence["description"]


def test_no_rows_to_look_up_is_not_told_as_a_refusal(cli, export, tmp_path: Path) -> None:
    from tests.cli.conftest import ROWS, write_data

    done = cli("gate", write_data(tmp_path / "data", ROWS[4:]), "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert signed(tmp_path / "run").says["counts"]["retrieve"] == 0
    bom = valid(export, tmp_path / "run")
    assert [claim["bom-ref"] for claim in bom["declarations"]["claims"]] == ["claim/train"]


def test_a_gate_that_let_nothing_through_has_no_train_component(export, stopped: Path) -> None:
    bom = valid(export, stopped)
    assert bom["metadata"]["component"]["bom-ref"] == "inputs"
    assert "train" not in set(refs(bom))


BROKEN = {
    "an unknown member": {"rows": 3},
    "a serial number that is no UUID": {"serialNumber": "urn:uuid:1"},
    "a component without a name": {"components": [{"type": "data"}]},
    "an unknown type of component": {"components": [{"type": "rows", "name": "x"}]},
    "a hash that is too short": {
        "components": [
            {"type": "data", "name": "x", "hashes": [{"alg": "SHA-256", "content": "ab"}]}
        ]
    },
    "a score above one": {
        "declarations": {"attestations": [{"map": [{"conformance": {"score": 2}}]}]}
    },
    "a time that is none": {"metadata": {"timestamp": "yesterday"}},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_document_is_refused(export: Export, gated: Path, name: str) -> None:
    bom = valid(export, gated)
    assert VALIDATOR.validate_str(json.dumps({**bom, **BROKEN[name]})) is not None
