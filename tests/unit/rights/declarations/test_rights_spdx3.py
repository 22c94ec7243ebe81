"""SPDX 3 documents: which elements they speak of, and the licences these are related to."""

import json
from typing import Any

import pytest

from govgate.errors import UsageError
from govgate.rights.declarations.declaration import NO_ASSERTION, UNNAMED, Declaration, Kind
from govgate.rights.declarations.expressions import NOT_TEXT
from govgate.rights.declarations.spdx import read_spdx
from govgate.rights.declarations.spdxlicenses import (
    CIRCLE,
    NONE,
    NOT_THERE,
    OWN_REF,
    OWN_TEXT,
    PART,
)

CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
TERMS = "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/"
LISTED = "https://spdx.org/licenses/"
DATA = {"type": "dataset_DatasetPackage", "spdxId": "urn:data", "name": "Data"}

Node = dict[str, Any]


def read(
    *elements: Node, root: str | list[str] = "urn:data", **top: Any
) -> tuple[Declaration, ...]:
    head = {"type": "SpdxDocument", "spdxId": "urn:doc", "rootElement": root}
    raw = {"@context": CONTEXT, "@graph": [head, DATA, *elements], **top}
    return read_spdx(json.dumps(raw).encode(), "x.spdx.json")


def related(kind: str, to: Any, from_: str = "urn:data") -> Node:
    return {"type": "Relationship", "relationshipType": kind, "from": from_, "to": to}


def expression(text: str, name: str = "urn:l", **more: Any) -> Node:
    return {
        "type": "simplelicensing_LicenseExpression",
        "spdxId": name,
        "simplelicensing_licenseExpression": text,
        **more,
    }


def expanded(kind: str, name: str = "urn:l", **members: Any) -> Node:
    prefixed = {f"expandedlicensing_{key}": value for key, value in members.items()}
    return {"type": f"expandedlicensing_{kind}", "spdxId": name, **prefixed}


def declared(to: Any, *elements: Node) -> tuple[str | None, str | None]:
    (said,) = read(related("hasDeclaredLicense", to), *elements)
    assert (said.kind, said.name, said.part) == (Kind.DECLARED, "Data", None)
    return said.license, said.unknown


def test_declared_and_concluded_are_two_declarations() -> None:
    first, second = read(
        related("hasConcludedLicense", ["urn:c"]),
        related("hasDeclaredLicense", ["urn:l"]),
        expression("MIT"),
        expression("CC-BY-NC-4.0", "urn:c"),
    )
    assert (first.kind, first.license) == (Kind.DECLARED, "MIT")
    assert (second.kind, second.license) == (Kind.CONCLUDED, "CC-BY-NC-4.0")


@pytest.mark.parametrize(
    ("to", "elements", "license_"),
    [
        (["urn:l"], [expression("MIT OR Apache-2.0")], "MIT OR Apache-2.0"),
        ("urn:l", [expression("mit")], "MIT"),
        (["urn:l", "urn:m"], [expression("MIT"), expression("ISC", "urn:m")], "MIT AND ISC"),
        ([expression("MIT")], [], "MIT"),
        ([LISTED + "MIT"], [], "MIT"),
        ([LISTED + "GPL-2.0"], [], "GPL-2.0-only"),
        (["urn:l"], [{**expanded("ListedLicense"), "name": "CC0-1.0"}], "CC0-1.0"),
        (
            ["urn:l"],
            [
                expanded(
                    "ConjunctiveLicenseSet",
                    member=[
                        LISTED + "MIT",
                        expanded(
                            "DisjunctiveLicenseSet", "urn:d", member=[LISTED + "ISC", "urn:m"]
                        ),
                    ],
                ),
                expression("0BSD", "urn:m"),
            ],
            "MIT AND (ISC OR 0BSD)",
        ),
        (["urn:l"], [expanded("OrLaterOperator", subjectLicense=LISTED + "MPL-2.0")], "MPL-2.0"),
        (
            ["urn:l"],
            [
                expanded(
                    "WithAdditionOperator",
                    subjectExtendableLicense=LISTED + "GPL-2.0-only",
                    subjectAddition=LISTED + "Classpath-exception-2.0",
                )
            ],
            "GPL-2.0-only WITH Classpath-exception-2.0",
        ),
    ],
)
def test_licence_elements_become_expressions(to: Any, elements: list[Node], license_: str) -> None:
    assert declared(to, *elements) == (license_, None)


@pytest.mark.parametrize(
    ("to", "elements", "why"),
    [
        ([TERMS + "NoAssertionLicense"], [], NO_ASSERTION),
        (["https://spdx.org/rdf/3.0.0/terms/Licensing/NoAssertion"], [], NO_ASSERTION),
        (["urn:l"], [expression("NOASSERTION")], NO_ASSERTION),
        (["expandedlicensing_NoAssertionLicense"], [], NO_ASSERTION),
        ([TERMS + "NoneLicense"], [], NONE),
        (["expandedlicensing_NoneLicense"], [], NONE),
        (["urn:l"], [expression("NONE")], NONE),
        (["urn:elsewhere"], [], NOT_THERE),
        (["CC-BY-4.0"], [], NOT_THERE),
        ([7], [], NOT_THERE),
        (["urn:data"], [], NOT_THERE),
        (["urn:l"], [{**expanded("CustomLicense"), "name": "MIT"}], OWN_TEXT),
        (
            ["urn:l"],
            [
                {**expanded("CustomLicense", LISTED + "MIT")},
                expanded("OrLaterOperator", subjectLicense=LISTED + "MIT"),
            ],
            OWN_TEXT,
        ),
        (["urn:l"], [{"type": "simplelicensing_SimpleLicensingText", "spdxId": "urn:l"}], OWN_TEXT),
        (["urn:l"], [expanded("ConjunctiveLicenseSet", member=["urn:l"])], CIRCLE),
        (["urn:l"], [expanded("ConjunctiveLicenseSet")], NOT_TEXT),
        (
            ["urn:l"],
            [
                expanded(
                    "ConjunctiveLicenseSet", member=[LISTED + "MIT", TERMS + "NoAssertionLicense"]
                )
            ],
            PART,
        ),
        (
            ["urn:l"],
            [
                expanded(
                    "WithAdditionOperator",
                    subjectExtendableLicense=LISTED + "MIT",
                    subjectAddition={**expanded("CustomLicenseAddition", "urn:a"), "name": "x"},
                )
            ],
            OWN_TEXT,
        ),
        (
            ["urn:l"],
            [
                expression(
                    "LicenseRef-Public-Domain",
                    simplelicensing_customIdToUri=[
                        {
                            "type": "DictionaryEntry",
                            "key": "LicenseRef-Public-Domain",
                            "value": "u:x",
                        }
                    ],
                )
            ],
            OWN_REF,
        ),
        (["urn:l"], [expression("MIT", simplelicensing_licenseExpression=None)], NOT_TEXT),
        ([LISTED + "MIT", "urn:elsewhere"], [], NOT_THERE),
    ],
)
def test_what_stands_for_no_known_licence_is_unknown(
    to: Any, elements: list[Node], why: str
) -> None:
    assert declared(to, *elements) == (None, why)


def test_no_assertion_beside_a_licence_does_not_hide_it() -> None:
    assert declared([TERMS + "NoAssertionLicense", LISTED + "MIT"]) == ("MIT", None)


def test_sets_of_sets_are_read_once_each() -> None:
    sets = [
        expanded("ConjunctiveLicenseSet", f"urn:s{n}", member=[f"urn:s{n + 1}"] * 500)
        for n in range(14)
    ]
    assert declared(["urn:s0"], *sets, expression("MIT", "urn:s14")) == ("MIT", None)
    deep = [
        expanded("ConjunctiveLicenseSet", f"urn:s{n}", member=[f"urn:s{n + 1}"]) for n in range(50)
    ]
    assert declared(["urn:s0"], *deep, expression("MIT", "urn:s50")) == (None, CIRCLE)


# -- what the document speaks of ------------------------------------------------------------------


def test_the_root_of_a_collection_is_followed() -> None:
    box = {"type": "software_Sbom", "spdxId": "urn:box", "rootElement": ["urn:data"]}
    (said,) = read(box, related("hasDeclaredLicense", [LISTED + "MIT"]), root="urn:box")
    assert said.license == "MIT"
    loop = {**box, "rootElement": ["urn:box"]}
    assert read(loop, root="urn:box")[0].name == "Data"  # no root: the one data set of the graph


def test_the_licence_of_another_element_is_not_that_of_the_root() -> None:
    other = {"type": "software_Package", "spdxId": "urn:other", "name": "Other"}
    (said,) = read(other, related("hasDeclaredLicense", [LISTED + "MIT"], "urn:other"))
    assert (said.license, said.unknown) == (None, None)
    (said,) = read(
        other, related("hasDeclaredLicense", [LISTED + "MIT"], "urn:other"), root="urn:other"
    )
    assert (said.name, said.license) == ("Other", "MIT")


def test_a_root_that_the_document_does_not_hold_hides_no_data_set() -> None:
    said = read(
        related("hasDeclaredLicense", ["urn:l"]), expression("CC-BY-NC-4.0"), root="urn:gone"
    )
    assert [one.license for one in said] == ["CC-BY-NC-4.0"]


def test_of_a_model_alone_nothing_is_said() -> None:
    model = {"type": "ai_AIPackage", "spdxId": "urn:model", "name": "Model"}
    licensed = related("hasDeclaredLicense", [LISTED + "MIT"], "urn:model")
    assert (
        read(model, licensed, related("trainedOn", ["urn:data"], "urn:model"), root="urn:model")
        == ()
    )
    (said,) = read(model, licensed, root=["urn:model", "urn:data"])
    assert (said.name, said.license) == ("Data", None)


def test_several_data_sets_are_parts() -> None:
    other = {"type": "dataset_DatasetPackage", "spdxId": "urn:b", "name": "B"}
    found = read(
        other,
        related("hasDeclaredLicense", [LISTED + "MIT"]),
        related("hasDeclaredLicense", [LISTED + "ISC"], "urn:b"),
        root=["urn:data", "urn:b"],
    )
    assert [(one.part, one.license) for one in found] == [("Data", "MIT"), ("B", "ISC")]


def test_lineage_goes_by_relationships_in_both_directions_and_by_builds() -> None:
    (said,) = read(
        {"type": "software_Package", "spdxId": "urn:a", "name": "A"},
        {
            "type": "software_Package",
            "spdxId": "urn:b",
            "software_packageUrl": "pkg:huggingface/o/b",
        },
        {"type": "ai_AIPackage", "spdxId": "urn:m", "name": "Model"},
        {"type": "build_Build", "spdxId": "urn:build"},
        related("descendantOf", ["urn:a"]),
        related("ancestorOf", ["urn:data"], "urn:b"),
        related("generates", ["urn:data"], "urn:m"),
        related("hasOutput", ["urn:data"], "urn:build"),
        related("hasInput", ["urn:elsewhere", "urn:data"], "urn:build"),
        related("descendantOf", ["urn:not"], "urn:a"),
        related("contains", ["urn:file"]),
    )
    assert said.sources == ("A", "o/b", "urn:elsewhere")
    assert said.models == ("Model",)


def test_a_source_without_an_id_or_a_name_is_still_a_source() -> None:
    (said,) = read(related("descendantOf", [{"type": "software_Package"}]))
    assert said.sources == (UNNAMED,)


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "context",
    [
        None,
        "https://spdx.org/rdf/4.0/spdx-context.jsonld",
        "https://example.org/spdx-context.jsonld",
        [CONTEXT, {"from": "https://example.org/to"}],
    ],
)
def test_another_context_may_mean_anything_and_is_refused(context: Any) -> None:
    with pytest.raises(UsageError, match=r"x\.spdx\.json: not an SPDX document of a version"):
        read(**{"@context": context})


def test_the_contexts_of_3_0_0_and_3_0_1_are_read() -> None:
    for version in ("3.0.0", "3.0.1", "3.1"):
        context = f"https://spdx.org/rdf/{version}/spdx-context.jsonld"
        assert read(**{"@context": context})[0].name == "Data"


def test_one_id_for_two_elements_is_refused() -> None:
    with pytest.raises(UsageError, match="one id for two elements"):
        read({**DATA, "name": "Other"})
    assert read(DATA)[0].name == "Data"


def test_types_spelt_as_addresses_are_refused_rather_than_passed_over() -> None:
    spelt = {**DATA, "spdxId": "urn:x", "type": "https://spdx.org/rdf/3.0.1/terms/Dataset/X"}
    with pytest.raises(UsageError, match="spells types as addresses"):
        read(spelt)


@pytest.mark.parametrize("raw", [[], 1, {"@context": CONTEXT, "@graph": 7}, {}])
def test_other_json_is_refused(raw: Any) -> None:
    with pytest.raises(UsageError, match=r"x\.spdx\.json: "):
        read_spdx(json.dumps(raw).encode(), "x.spdx.json")
