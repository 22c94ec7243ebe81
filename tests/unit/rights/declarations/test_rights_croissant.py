"""Croissant documents: licence, terms of use and provenance, whatever the context calls them."""

import json
from typing import Any

import pytest

from govgate.errors import UsageError
from govgate.rights.declarations import croissant
from govgate.rights.declarations.croissant import OFFER, TERMS, read_croissant
from govgate.rights.declarations.declaration import UNNAMED, Declaration
from govgate.rights.declarations.expressions import NOT_TEXT
from govgate.rights.declarations.tables import NOT_A_TERM

CONTEXT = {
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "prov": "http://www.w3.org/ns/prov#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "duo": "http://purl.obolibrary.org/obo/DUO_",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "recordSet": "cr:recordSet",
    "field": "cr:field",
}
V11 = "http://mlcommons.org/croissant/1.1"


def document(**members: Any) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": V11,
        "name": "Data",
        **{key.replace("__", ":"): value for key, value in members.items()},
    }


def read(raw: Any, **options: bool) -> tuple[Declaration, ...]:
    return read_croissant(json.dumps(raw).encode(), "croissant.json", **options)


def whole(**members: Any) -> Declaration:
    (said,) = read(document(**members))
    assert (said.name, said.part) == ("Data", None)
    return said


CC = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("license_", "read_as"),
    [
        (CC, "CC-BY-4.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ({"@id": "https://spdx.org/licenses/MIT"}, "MIT"),
        ({"@value": "MIT", "@language": "en"}, "MIT"),
        ({"@type": "CreativeWork", "name": "CC BY 4.0", "url": CC}, "CC-BY-4.0"),
        ({"@type": "CreativeWork", "name": "our licence", "url": CC}, "CC-BY-4.0"),
        ({"@type": "CreativeWork", "name": "MIT", "url": CC}, "CC-BY-4.0 AND MIT"),
        ({"@type": "CreativeWork", "@id": CC}, "CC-BY-4.0"),
        (["MIT", {"name": "CC-BY-NC-4.0"}], "MIT AND CC-BY-NC-4.0"),
        ([["MIT"], {"@list": ["ISC"]}], "MIT AND ISC"),
    ],
)
def test_a_licence_is_read_however_it_is_written(license_: Any, read_as: str) -> None:
    said = whole(license=license_)
    assert (said.license, said.unknown) == (read_as, None)


@pytest.mark.parametrize(
    ("license_", "why"),
    [
        ("https://commoncrawl.org/terms-of-use", "not an SPDX licence"),
        ({"@type": "CreativeWork", "name": "unknown", "description": "MIT"}, "declared as unknown"),
        (["MIT", "our terms"], "not an SPDX licence"),
        (7, NOT_TEXT),
        (True, NOT_TEXT),
        ({}, NOT_TEXT),
        ({"@type": "CreativeWork"}, NOT_TEXT),
    ],
)
def test_what_names_no_licence_is_unknown(license_: Any, why: str) -> None:
    said = whole(license=license_)
    assert said.license is None
    assert str(said.unknown).startswith(why)


@pytest.mark.parametrize("members", [{}, {"license": None}, {"license": []}, {"sdLicense": "MIT"}])
def test_the_licence_of_the_metadata_is_not_that_of_the_data(members: dict[str, Any]) -> None:
    said = whole(**members)
    assert (said.license, said.unknown) == (None, None)


def duo(code: str) -> dict[str, str]:
    return {"@type": "DefinedTerm", "name": "x", "termCode": f"DUO_{code}", "url": f"duo:{code}"}


@pytest.mark.parametrize(
    ("usage", "license_"),
    [
        (duo("0000042"), "MIT AND LicenseRef-Academic-Use-Only"),
        ({"@id": "duo:0000018"}, "MIT AND LicenseRef-Non-Commercial"),
        (duo("0000004"), "MIT"),
        (CC, "MIT AND CC-BY-4.0"),
        ([duo("0000004"), duo("0000046")], "MIT AND LicenseRef-Non-Commercial"),
    ],
)
def test_terms_of_use_bind_beside_the_licence(usage: Any, license_: str) -> None:
    assert whole(license="MIT", usageInfo=usage).license == license_


@pytest.mark.parametrize(
    ("usage", "why"),
    [
        ("https://example.org/terms", TERMS),
        ({"@type": "DefinedTerm", "name": "Health use"}, TERMS),
        (duo("0000007"), NOT_A_TERM),
        ({"@id": "duo:0000007"}, NOT_A_TERM),
        ({"@type": ["CreativeWork", "odrl:Offer"], "name": "MIT"}, OFFER),
        ({"@type": "http://www.w3.org/ns/odrl/2/Set", "name": "MIT"}, OFFER),
        ([duo("0000004"), "our terms"], TERMS),
    ],
)
def test_terms_that_cannot_be_read_make_the_licence_unknown(usage: Any, why: str) -> None:
    said = whole(license="MIT", usageInfo=usage)
    assert (said.license, said.unknown) == (None, why)


# -- contexts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "key"),
    [
        ({"@vocab": "http://schema.org/"}, "license"),
        ({"x": "https://schema.org/"}, "x:license"),
        ({"lic": "https://schema.org/license"}, "lic"),
        ({"s": "https://schema.org/", "lic": {"@id": "s:license"}}, "lic"),
        ({"lic": {"@id": "sc:license", "@type": "@id"}}, "lic"),
        ([{"lic": "x:y"}, {"lic": "sc:license"}], "lic"),
        ("https://schema.org/", "license"),
        ([{"license": "https://example.org/x"}, {"license": {"@type": "@id"}}], "license"),
        ({}, "https://schema.org/license"),
        ({"license": "http://purl.org/dc/terms/license"}, "license"),
    ],
)
def test_a_term_is_what_the_context_says(context: Any, key: str) -> None:
    raw = {"@context": context, "@type": "https://schema.org/Dataset", key: "MIT"}
    (said,) = read(raw)
    assert said.license == "MIT"


@pytest.mark.parametrize(
    ("context", "key"),
    [
        ({"license": "https://schema.org/sdLicense"}, "license"),
        ({"license": "https://example.org/license"}, "license"),
        ({"license": None}, "license"),
        ({"@vocab": "https://example.org/"}, "license"),
        ({"@vocab": "https://example.org/", "license": {"@type": "@id"}}, "license"),
    ],
)
def test_a_key_that_means_something_else_is_not_the_licence(context: Any, key: str) -> None:
    raw = {"@context": context, "@type": "https://schema.org/Dataset", key: "MIT"}
    (said,) = read(raw)
    assert (said.license, said.unknown) == (None, None)


def test_aliases_of_keywords_and_graphs_are_followed() -> None:
    context = {**CONTEXT, "id": "@id", "type": "@type"}
    graph = [
        {"id": "urn:d", "type": "Dataset", "conformsTo": V11, "license": {"id": "urn:l"}},
        {"id": "urn:l", "type": "CreativeWork", "name": "CC-BY-NC-4.0"},
    ]
    (said,) = read({"@context": context, "@graph": graph})
    assert said.license == "CC-BY-NC-4.0"


def test_what_is_said_of_one_id_in_two_places_all_counts() -> None:
    graph = [
        {"@id": "urn:d", "@type": "Dataset", "license": "MIT"},
        {"@id": "urn:d", "license": "CC-BY-NC-4.0"},
    ]
    (said,) = read({"@context": CONTEXT, "@graph": graph})
    assert said.license == "MIT AND CC-BY-NC-4.0"


def test_a_context_inside_a_node_holds_there_alone() -> None:
    part = {"@id": "a.csv", "@context": {"license": "sc:sdLicense", "l": "sc:license"}, "l": "ISC"}
    whole_, first = read(document(license="MIT", distribution=[{**part, "license": "x"}]))
    assert (whole_.license, first.part, first.license) == ("MIT", "a.csv", "ISC")


@pytest.mark.parametrize(
    "context",
    [
        "https://example.org/context.jsonld",
        ["https://schema.org/", "https://example.org/"],
        {"@import": "https://example.org/"},
        {"license": {"@reverse": "sc:license"}},
        {"a": "b:x", "b": "a:x"},
        7,
    ],
)
def test_contexts_that_are_not_read_are_refused(context: Any) -> None:
    with pytest.raises(UsageError, match=r"croissant\.json: holds a? ?@"):
        read({"@context": context, "@type": "Dataset", "license": "MIT"})


@pytest.mark.parametrize("keyword", ["@reverse", "@nest", "@included"])
def test_keywords_that_hide_members_are_refused(keyword: str) -> None:
    with pytest.raises(UsageError, match=f"holds {keyword}, which is not read"):
        read({**document(), keyword: {"license": "MIT"}})


# -- provenance -----------------------------------------------------------------------------------


def test_sources_are_named_by_id_or_name() -> None:
    said = whole(
        prov__wasDerivedFrom=[
            {"@id": "urn:dataset:ImageNet"},
            {"@type": "Dataset", "name": "PubMedQA", "url": "https://pubmedqa.github.io/"},
            "https://huggingface.co/datasets/a/b",
            {"@type": "Dataset"},
        ],
        isBasedOn="https://doi.org/10.1000/X",
    )
    assert said.sources == ("urn:dataset:ImageNet", "PubMedQA", "a/b", UNNAMED, "doi:10.1000/x")
    assert whole(prov__wasDerivedFrom=[]).sources is None
    assert whole(citation="urn:dataset:ImageNet").sources is None


def test_the_licence_of_a_source_is_not_that_of_the_data() -> None:
    said = whole(prov__wasDerivedFrom={"@type": "Dataset", "name": "x", "license": "MIT"})
    assert (said.license, said.unknown, said.sources) == (None, None, ("x",))


def test_a_file_made_from_another_file_of_the_set_has_no_source_outside() -> None:
    files = [
        {"@id": "a.csv", "prov:wasDerivedFrom": {"@id": "urn:x"}},
        {"@id": "b.csv", "prov:wasDerivedFrom": {"@id": "a.csv"}},
        {"@id": "c.csv"},
    ]
    whole_, first = read(document(distribution=files))
    assert (whole_.sources, first.part, first.sources) == (None, "a.csv", ("urn:x",))


def test_a_field_that_software_wrote_has_a_model() -> None:
    label = {
        "@id": "r/label",
        "prov:wasAttributedTo": {"@type": "prov:SoftwareAgent", "prov:label": "Generator-1.2"},
    }
    person = {"@id": "r/text", "prov:wasAttributedTo": {"@type": "prov:Person", "name": "A. N."}}
    whole_, part = read(document(recordSet={"@id": "r", "field": [label, person]}))
    assert (whole_.models, part.part, part.models) == (None, "r/label", ("Generator-1.2",))


@pytest.mark.parametrize(
    ("members", "models"),
    [
        ({"rai__hasSyntheticData": True}, (UNNAMED,)),
        ({"rai__hasSyntheticData": "yes, by a model"}, (UNNAMED,)),
        ({"rai__hasSyntheticData": False}, None),
        ({"rai__hasSyntheticData": "false"}, None),
        ({"rai__dataCollectionType": ["Surveys", "Synthetic"]}, (UNNAMED,)),
        ({"rai__dataCollectionType": "Surveys"}, None),
        ({"rai__machineAnnotationTools": ["GPT-4o"]}, ("GPT-4o",)),
        (
            {
                "rai__hasSyntheticData": True,
                "prov__wasGeneratedBy": {"prov:wasAssociatedWith": {"name": "Mixtral"}},
            },
            ("Mixtral",),
        ),
        ({"prov__wasGeneratedBy": {"prov:label": "Web crawl", "agent": {"name": "X"}}}, None),
        ({"prov__wasGeneratedBy": {"prov:label": "LLM synthesis"}}, (UNNAMED,)),
    ],
)
def test_synthetic_data_has_a_model_named_or_not(members: dict[str, Any], models: Any) -> None:
    assert whole(**members).models == models


# -- which documents ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "version", ["http://mlcommons.org/croissant/1.0", V11, [V11, "http://example.org/profile"]]
)
def test_versions_1_x_are_read(version: Any) -> None:
    assert read({**document(license="MIT"), "conformsTo": version})[0].license == "MIT"


def test_another_version_is_refused() -> None:
    with pytest.raises(UsageError, match="a version of Croissant that is not read"):
        read({**document(), "conformsTo": "http://mlcommons.org/croissant/2.0"})


def test_a_file_that_is_not_called_croissant_must_say_that_it_is() -> None:
    assert read(document(license="MIT"), named_so=False)[0].license == "MIT"
    escaped = json.dumps(document(license="MIT")).replace("/", "\\/").encode()
    assert read_croissant(escaped, "metadata.json", named_so=False)[0].license == "MIT"
    for other in ({"license": "MIT"}, [1], {**document(license="MIT"), "conformsTo": "x"}):
        assert read(other, named_so=False) == ()
    assert read_croissant(b"{no JSON", "metadata.json", named_so=False) == ()
    text = json.dumps({"text": "see http://mlcommons.org/croissant/1.1"}).encode()
    assert read_croissant(text, "metadata.json", named_so=False) == ()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ([], "holds no data sets"),
        ({"@context": CONTEXT, "@type": "Person"}, "holds no data sets"),
        ({"@context": CONTEXT, "@graph": [{"@type": "Dataset"}] * 2}, "holds 2 data sets"),
    ],
)
def test_a_document_is_of_one_data_set(raw: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(raw)


def test_parts_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(croissant, "MAX_PARTS", 2)
    files = [{"@id": f"{n}.csv", "license": "MIT"} for n in range(3)]
    assert len(read(document(distribution=files[:2]))) == 3
    with pytest.raises(UsageError, match="more than 2 files"):
        read(document(distribution=files))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "croissant.json:1: not JSON"),
        (b'{\n"a": }', "croissant.json:2: not JSON"),
        (b'{"a": 1, "a": 2}', "the same key twice"),
        (b'{"a": NaN}', "NaN and Infinity"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number that is too long"),
        (b"[" * 100_000, "nested deeper than 64 levels"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nested deeper than 64 levels"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"a": "\xff"}', "croissant.json:1: not UTF-8"),
    ],
)
def test_broken_json_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_croissant(data, "croissant.json")


def test_a_mark_at_the_beginning_does_not_matter() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(document(license="MIT")).replace(", ", ",\r\n").encode()
    assert read_croissant(data, "croissant.json")[0].license == "MIT"
