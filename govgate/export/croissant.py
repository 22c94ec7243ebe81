"""Croissant 1.1 with its RAI vocabulary 1.0, in JSON-LD: the train partition's files.

There is no record set: names of fields can be personal data, and loading works from the files. The
record knows neither `url`, `creator` nor `datePublished`, so whoever publishes adds them.
Spec: http://mlcommons.org/croissant/1.1, http://mlcommons.org/croissant/RAI/1.0.
"""

from typing import Any
from urllib.parse import quote

from govgate.export import words
from govgate.export.encodings import media_type
from govgate.export.verified import Verified
from govgate.record import DataPart

CONFORMS_TO = (
    "http://mlcommons.org/croissant/1.1",
    "http://mlcommons.org/croissant/RAI/1.0",
)
_TERMS = (
    "annotation",
    "arrayShape",
    "citeAs",
    "column",
    "containedIn",
    "equivalentProperty",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isArray",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "readLines",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "sdVersion",
    "separator",
    "source",
    "subField",
    "transform",
    "unArchive",
    "value",
)


def document(record: Verified) -> dict[str, Any]:
    """The metadata file of ``record``'s train partition."""
    decision = record.decision
    return {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "name": words.title(record),
        "description": f"{words.answer(record)} {words.selected(record)} {words.redacted(record)}"
        f" {words.SIGNED}",
        "identifier": record.uri,
        "license": {"@type": "sc:CreativeWork", "name": "unknown", "description": _license(record)},
        "dateCreated": record.finished,
        "version": f"1.0.0+{record.digest[:12]}",
        "isLiveDataset": False,
        "keywords": ["govgate", decision.purpose.value],
        "additionalProperty": list(_properties(record)),
        "rai:dataPreprocessingProtocol": [
            words.selected(record),
            words.redacted(record),
            *words.held(record),
        ],
        "rai:personalSensitiveInformation": [words.personal(record), words.redacted(record)],
        "rai:dataUseCases": [f"{decision.purpose}, as policy {record.policy} allows"],
        "rai:dataLimitations": [
            words.scanned(record),
            *(f"Unchecked: {x}" for x in words.UNCHECKED),
        ],
        "rai:dataReleaseMaintenancePlan": f"The policy expires on {decision.policy.expires}; a gate"
        " under it is refused from then on. Other plans are unknown.",
        "distribution": [_file(part) for part in record.train],
    }


def _context() -> dict[str, Any]:
    """The vocabulary's own context: its terms, and the two that hold JSON or a term."""
    plain = {term: f"cr:{term}" for term in _TERMS}
    json_ = {term: {"@id": f"cr:{term}", "@type": "@json"} for term in ("data", "examples")}
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "dct": "http://purl.org/dc/terms/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "sc": "https://schema.org/",
        "conformsTo": "dct:conformsTo",
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        **json_,
        **plain,
    }


def _license(record: Verified) -> str:
    return (
        "Rows can be under different licences; the record holds the rules that decided on them"
        f" (policy {record.policy}), not which licence each row has."
    )


def _properties(record: Verified) -> list[dict[str, Any]]:
    """The decision as name and value, schema.org's PropertyValue."""
    decision = record.decision
    said = {
        "govgate:record-sha256": record.digest,
        "govgate:outcome": decision.outcome.value,
        "govgate:purpose": decision.purpose.value,
        "govgate:as-of": decision.as_of.isoformat(),
        "govgate:policy": record.policy,
        "govgate:policy-sha256": decision.policy.sha256,
        "govgate:partition-root": record.root,
        "govgate:rows": decision.counts.train,
        "govgate:version": record.version,
    }
    return [
        {"@type": "sc:PropertyValue", "propertyID": name, "value": value}
        for name, value in said.items()
    ]


def _file(part: DataPart) -> dict[str, Any]:
    """A file; as an identifier and an address its name is percent-encoded."""
    return {
        "@type": "cr:FileObject",
        "@id": quote(part.name),
        "name": part.name,
        "description": f"{part.rows} rows",
        "contentUrl": quote(part.name),
        "contentSize": f"{part.size} B",
        "encodingFormat": media_type(part.name),
        "sha256": part.sha256,
    }
