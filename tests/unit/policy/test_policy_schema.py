"""The published JSON Schemas accept what govgate accepts, and explain every key."""

import pytest
import yaml
from jsonschema import Draft202012Validator

from govgate.errors import UsageError
from govgate.policy.load import parse_policy
from govgate.policy.packs import pack_names, pack_path
from govgate.policy.schema import DIALECT, cases_schema, schema


class Editor(yaml.SafeLoader):
    """YAML as editors read it: numbers are numbers, days stay text."""


Editor.yaml_implicit_resolvers = {
    first: [(tag, found) for tag, found in known if tag != "tag:yaml.org,2002:timestamp"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

RULE = {"id": "one", "when": "always", "then": {"train": "allow"}}
POLICY = {
    "policy": "acme",
    "version": 1,
    "expires": "2027-06-30",
    "purposes": ["fine-tuning"],
    "rules": [RULE],
}


def accepts(document):
    return Draft202012Validator(schema()).is_valid(document)


def with_when(when):
    return POLICY | {"rules": [RULE | {"when": when}]}


@pytest.mark.parametrize("published", [schema, cases_schema])
def test_it_is_a_valid_schema_of_its_dialect(published):
    assert published()["$schema"] == DIALECT
    Draft202012Validator.check_schema(published())


@pytest.mark.parametrize("pack", pack_names())
def test_the_shipped_packs_fit(pack):
    for published, name in ((schema, "policy.yaml"), (cases_schema, "cases.yaml")):
        document = yaml.load((pack_path(pack) / name).read_text(), Editor)
        Draft202012Validator(published()).validate(document)


@pytest.mark.parametrize("published", [schema, cases_schema])
def test_every_key_is_described_and_has_examples(published):
    document = published()
    for owner in [document, *document["$defs"].values()]:
        assert owner["title"]
        assert owner["description"]
        for key, body in owner.get("properties", {}).items():
            assert body["description"], key
            assert "examples" in body, key


@pytest.mark.parametrize(
    "when",
    [
        "always",
        {"license.class": ["academic", "unknown"]},
        {"license.id": "MIT"},
        {"pii.entities": {"any": ["ACME_BADGE"]}},
        {"pii.entities": "none"},
        {"pii.count": [">= 3", "< 10"]},
        {"all": [{"not": {"consent.status": "given"}}]},
    ],
)
def test_a_right_condition_fits(when):
    assert accepts(with_when(when))


@pytest.mark.parametrize(
    "when",
    [
        "sometimes",
        {},
        {"license.class": []},
        {"license.class": "NO"},
        {"pii.entites": "any"},
        {"pii.entities": ["PERSON"]},
        {"pii.entities": {"any": []}},
        {"pii.count": 3},
        {"all": []},
        {"not": {"consent.status": "maybe"}},
    ],
)
def test_a_wrong_condition_does_not_fit(when):
    assert not accepts(with_when(when))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"purposes": []},
        {"rules": []},
        {"rules": [RULE | {"then": {"train": None}}]},
        {"rules": [RULE | {"then": {"train": "denied"}}]},
        {"require": {"train.share": "much"}},
        {"require": {"train.share": ">= 1.5"}},
        {"rules": [RULE | {"then": {}}]},
        {"rules": [RULE | {"id": "nothing-allows"}]},
        {"expires": "never"},
        {"without": ["one"]},
        {"colour": "red"},
        {"description": None},
    ],
)
def test_a_wrong_policy_does_not_fit(change):
    assert accepts(POLICY)
    assert not accepts(POLICY | change)


NEAR = {"words": ["lot"], "before": 9}
SCANS = [
    {"hotwords": [{"id": "a", "words": ["x"], "score": 0.5}]},
    {"hotwords": [{"id": "a", "pattern": "x", "change": 0.5}]},
    {"hotwords": [{"id": "a", "words": ["x"], "pattern": "x", "score": 0.5}]},
    {"hotwords": [{"id": "a", "words": ["x"]}]},
    {"hotwords": [{"id": "a", "words": ["x"], "score": 0.5, "change": 0.1}]},
    {"exclusions": [{"id": "a", "pattern": "x", "why": "y"}]},
    {"exclusions": [{"id": "a", "near": NEAR, "why": "y"}]},
    {"exclusions": [{"id": "a", "near": {"before": 9}, "why": "y"}]},
    {"exclusions": [{"id": "a", "why": "y"}]},
    {"exclusions": [{"id": "a", "near": NEAR, "within": ["URL"], "why": "y"}]},
    {"fields": [{"id": "a", "fields": ["x"], "skip": "y"}]},
    {"fields": [{"id": "a", "roles": ["user"], "holds": "PERSON", "context": ["name"]}]},
    {"fields": [{"id": "a", "fields": ["x"]}]},
    {"fields": [{"id": "a", "skip": "y"}]},
    {"fields": [{"id": "a", "fields": ["x"], "skip": "y", "holds": "PERSON"}]},
]


@pytest.mark.parametrize("scan", SCANS)
def test_keys_that_go_together_are_told_as_the_reader_tells_them(scan):
    document = POLICY | {"scan": scan}
    try:
        parse_policy(yaml.safe_dump(document).encode(), "acme.yaml")
        read = True
    except UsageError:
        read = False
    assert accepts(document) is read
    assert accepts(POLICY)
