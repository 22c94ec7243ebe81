"""SPDX 2.2 and 2.3 in JSON: `licenseDeclared` and `licenseConcluded` of what a document describes.

Spec: https://spdx.github.io/spdx-spec/v2.3/, clauses 7.13, 7.15 and 11.
"""

import re
from collections.abc import Iterator
from typing import Any

from govgate.errors import UsageError
from govgate.rights.declarations.declaration import UNNAMED, Declaration, Kind, Where
from govgate.rights.declarations.expressions import NOTHING
from govgate.rights.declarations.names import distinct, label, name_of
from govgate.rights.declarations.spdxlicenses import expression

_KINDS = {Kind.DECLARED: "licenseDeclared", Kind.CONCLUDED: "licenseConcluded"}
_FROM = ("GENERATED_FROM", "DESCENDANT_OF", "COPY_OF", "VARIANT_OF", "EXPANDED_FROM_ARCHIVE")
_TO = ("GENERATES", "ANCESTOR_OF")
_DOCUMENT = "SPDXRef-DOCUMENT"

Members = dict[str, Any]


def declarations(raw: Members, file: str) -> tuple[Declaration, ...]:
    """What the document says of each package (or file) that it describes."""
    if not re.fullmatch(r"SPDX-2\.[23]", str(raw["spdxVersion"])):
        raise UsageError(
            f"{file}: a version of SPDX that is not read", remedy="write it as SPDX 2.3 or 3.0.1"
        )
    elements = _elements(raw, file)
    own = {str(one.get("licenseId")) for one in _objects(raw, "hasExtractedLicensingInfos")}
    origins = _origins(raw, elements)
    subjects = _described(raw, elements)
    return tuple(
        declaration
        for subject in subjects
        for declaration in _of(
            elements[subject], file, own, origins.get(subject), alone=len(subjects) == 1
        )
    )


def _elements(raw: Members, file: str) -> dict[str, Members]:
    found: dict[str, Members] = {}
    for one in (*_objects(raw, "packages"), *_objects(raw, "files")):
        name = one.get("SPDXID")
        if isinstance(name, str) and found.setdefault(name, one) is not one:
            raise UsageError(
                f"{file}: uses one SPDXID for two elements", remedy="repair the SPDX document"
            )
    return found


def _described(raw: Members, elements: dict[str, Members]) -> list[str]:
    """Ids of what the document describes; all packages, if it names none that it holds."""
    said = raw.get("documentDescribes")
    found = [one for one in said if isinstance(one, str)] if isinstance(said, list) else []
    for from_, kind, to in _relations(raw):
        if (from_, kind) == (_DOCUMENT, "DESCRIBES"):
            found.append(to)
        if (to, kind) == (_DOCUMENT, "DESCRIBED_BY"):
            found.append(from_)
    packages = [str(one.get("SPDXID")) for one in _objects(raw, "packages")]
    held = [one for one in found if one in elements]
    return [one for one in dict.fromkeys(held or packages) if one in elements]


def _of(
    subject: Members, file: str, own: set[str], origins: list[str] | None, *, alone: bool
) -> Iterator[Declaration]:
    name = label(subject.get("name", subject.get("fileName")))
    said = {k: expression(subject[m], own) for k, m in _KINDS.items() if subject.get(m) is not None}
    for kind in said or [Kind.DECLARED]:
        yield Declaration(
            Where.SPDX,
            file,
            kind,
            *said.get(kind, NOTHING),
            distinct(origins) if origins else None,
            None,
            name,
            None,
            None if alone else name or UNNAMED,
        )


def _origins(raw: Members, elements: dict[str, Members]) -> dict[str, list[str]]:
    """Names of what each element was made from, by its id."""
    found: dict[str, list[str]] = {}
    for from_, kind, to in _relations(raw):
        if kind in _FROM:
            found.setdefault(from_, []).append(_name(elements.get(to)))
        elif kind in _TO:
            found.setdefault(to, []).append(_name(elements.get(from_)))
    return found


def _name(element: Members | None) -> str:
    return name_of(element.get("name", element.get("fileName"))) if element else UNNAMED


def _relations(raw: Members) -> Iterator[tuple[str, str, str]]:
    keys = ("spdxElementId", "relationshipType", "relatedSpdxElement")
    for one in _objects(raw, "relationships"):
        from_, kind, to = (str(one.get(key)) for key in keys)
        yield from_, kind, to


def _objects(raw: Members, key: str) -> list[Members]:
    found = raw.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
