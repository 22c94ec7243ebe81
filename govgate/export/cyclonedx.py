"""CycloneDX 1.7 in JSON: the data as components, and what was decided of it as declarations.

Each use is a requirement of the policy; a claim says that the policy allows or refuses it, and the
signed record is its evidence. Spec: https://cyclonedx.org/docs/1.7/json/.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from govgate.attest.statement import DECISION_TYPE
from govgate.export import words
from govgate.export.verified import Verified, file_ref
from govgate.model import Outcome, Use
from govgate.record import NamedFile

SCHEMA = "http://cyclonedx.org/schema/bom-1.7.schema.json"
PROPERTY = "govgate"

Made = dict[str, Any]


def document(record: Verified) -> dict[str, Any]:
    """The bill of materials of ``record``; its subject is the train partition, or the inputs."""
    inputs = _part(record, "inputs", "Data that was gated", record.decision.inputs)
    retrieve = _part(record, "retrieve", "Retrieve partition", record.retrieve)
    subject: Made = inputs
    others: list[Made] = []
    if record.train:
        subject, others = _train(record), [inputs]
    if record.retrieve:
        others.append(retrieve)
    parts = (subject, *others)
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{record.uuid}",
        "version": 1,
        "metadata": {
            "timestamp": record.finished,
            "tools": {
                "components": [
                    {"type": "application", "name": "govgate", "version": record.version}
                ]
            },
            "component": subject,
            "properties": list(_properties(record)),
        },
        "components": others,
        **({"dependencies": _dependencies()} if record.train else {}),
        "compositions": [{"aggregate": "complete", "assemblies": [p["bom-ref"] for p in parts]}],
        "declarations": _declarations(record),
        "definitions": {"standards": [_standard(record)]},
    }


def _properties(record: Verified) -> Iterator[Made]:
    decision, counts = record.decision, record.decision.counts
    said: dict[str, str | int] = {
        "record-sha256": record.digest,
        "outcome": decision.outcome.value,
        "purpose": decision.purpose.value,
        "as-of": decision.as_of.isoformat(),
        "policy": decision.policy.name,
        "policy-version": decision.policy.version,
        "policy-sha256": decision.policy.sha256,
        "rows": counts.rows,
        "rows-train": counts.train,
        "rows-retrieve": counts.retrieve,
        "rows-withheld": counts.withheld,
        "rows-redacted": counts.redacted,
        "version": record.version,
    }
    for name, value in said.items():
        yield _property(name, value)
    for line in words.held(record):
        yield _property("held", line)


def _property(name: str, value: str | int) -> Made:
    return {"name": f"{PROPERTY}:{name}", "value": str(value)}


def _train(record: Verified) -> Made:
    part = _part(record, "train", words.title(record), record.train)
    return {
        **part,
        "description": f"{words.answer(record)} {words.selected(record)} {words.redacted(record)}"
        f" {words.personal(record)}",
        "properties": [
            _property("partition-root", record.root),
            _property("rows", record.decision.counts.train),
        ],
        "externalReferences": [
            {
                "type": "attestation",
                "url": "record.intoto.jsonl",
                "comment": f"The signed record; SHA-256 of its payload: {record.digest}",
            },
            {
                "type": "configuration",
                "url": "policy.yaml",
                "comment": f"The policy that decided, {record.policy}",
                "hashes": [_sha256(record.decision.policy.sha256)],
            },
        ],
    }


def _part(record: Verified, part: str, name: str, files: Sequence[NamedFile]) -> Made:
    """A set of files as a component of type `data`, each file one of its own."""
    return {
        "type": "data",
        "bom-ref": part,
        "name": name,
        "version": record.digest[:12],
        "data": [{"type": "dataset", "name": part}],
        "components": [_file(part, file) for file in files],
    }


def _file(part: str, file: NamedFile) -> Made:
    rows = getattr(file, "rows", None)
    return {
        "type": "data",
        "bom-ref": file_ref(part, file.name),
        "name": file.name,
        "hashes": [_sha256(file.sha256)],
        "properties": [
            _property("size", file.size),
            *([] if rows is None else [_property("rows", rows)]),
        ],
    }


def _dependencies() -> list[Made]:
    return [{"ref": "train", "dependsOn": ["inputs"]}, {"ref": "inputs"}]


def _standard(record: Verified) -> Made:
    policy = record.decision.policy
    return {
        "bom-ref": "policy",
        "name": policy.name,
        "version": str(policy.version),
        "requirements": [
            {"bom-ref": f"policy/{use}", "identifier": use.value, "text": _asked(record, use)}
            for use in _claimed(record)
        ],
    }


def _asked(record: Verified, use: Use) -> str:
    if use is Use.TRAIN:
        return f"The policy allows training for {record.decision.purpose}."
    return "The policy allows rows to be looked up."


def _declarations(record: Verified) -> Made:
    claimed = _claimed(record)
    answers = [
        {
            "requirement": f"policy/{use}",
            "claims": [f"claim/{use}"],
            "conformance": {"score": float(use in record.uses), "rationale": _why(record, use)},
        }
        for use in claimed
    ]
    return {
        "attestations": [{"summary": words.answer(record), "map": answers}],
        "claims": [_claim(record, use) for use in claimed],
        "evidence": [_evidence(record)],
    }


def _claimed(record: Verified) -> tuple[Use, ...]:
    """The uses that the record answers for. No row to look up does not mean that it is refused."""
    blocked = record.decision.outcome is Outcome.BLOCKED
    return (Use.TRAIN, *((Use.RETRIEVE,) if blocked or Use.RETRIEVE in record.uses else ()))


def _claim(record: Verified, use: Use) -> Made:
    allowed = use in record.uses
    target = use.value if allowed else "inputs"
    what = f"used for {record.decision.purpose}" if use is Use.TRAIN else "looked up"
    return {
        "bom-ref": f"claim/{use}",
        "target": target,
        "predicate": f"{'may' if allowed else 'is not allowed to'} be {what} under {record.policy}",
        "reasoning": _why(record, use),
        "evidence": ["evidence/record"],
    }


def _why(record: Verified, use: Use) -> str:
    if use is Use.TRAIN and record.decision.outcome is not Outcome.TRAIN:
        return "; ".join(record.decision.unmet) or words.selected(record)
    return words.selected(record)


def _evidence(record: Verified) -> Made:
    return {
        "bom-ref": "evidence/record",
        "description": f"Signed in-toto statement of type {DECISION_TYPE};"
        f" SHA-256 of its payload: {record.digest}",
        "data": [
            {"name": "record.intoto.jsonl", "contents": {"url": "record.intoto.jsonl"}},
        ],
        "created": record.finished,
    }


def _sha256(digest: str) -> Made:
    return {"alg": "SHA-256", "content": digest}
