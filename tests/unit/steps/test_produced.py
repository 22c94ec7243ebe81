"""What a configuration and the scan are set to find out."""

import pytest

from govgate.config import load_config
from govgate.policy.load import parse_policy
from govgate.scan.registry import chosen_recognizers
from govgate.steps.produced import license_doubt, looked_for, produced

HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
RULES = "rules: [{id: a, when: always, then: {train: allow}}]\n"


def policy(scan=""):
    return parse_policy(f"{HEAD}{scan}{RULES}".encode(), "acme.yaml")


def config(tmp_path, text):
    path = tmp_path / "govgate.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def silent(tmp_path, text):
    return set(produced(config(tmp_path, text), policy()).silent)


EVERY = {
    "source.name",
    "source.jurisdictions",
    "source.languages",
    "source.collected",
    "source.categories",
    "source.retention",
    "source.audience",
    "consent.basis",
    "consent.status",
    "consent.by",
    "subject.age",
    "subject.requests",
    "optout.train",
    "optout.retrieve",
    "optout.tdm",
    "optout.signals",
}
SOURCE = "sources:\n  - {files: '**', name: x, subject_field: who, consent_basis: consent}\n"
REGISTRY = "consent: {registry: consent.csv}\n"


def test_each_fact_is_silent_until_something_says_it(tmp_path):
    assert silent(tmp_path, "sources: []\n") == EVERY
    declared = {
        "source.jurisdictions",
        "source.languages",
        "source.collected",
        "source.categories",
        "source.retention",
        "source.audience",
    }
    people = {"consent.status", "consent.by", "subject.age", "subject.requests"}
    sites = {"optout.train", "optout.retrieve", "optout.tdm", "optout.signals"}
    assert silent(tmp_path, SOURCE) == declared | people | sites
    assert silent(tmp_path, SOURCE + REGISTRY) == declared | sites
    assert "consent.status" in silent(
        tmp_path, SOURCE.replace("subject_field: who, ", "") + REGISTRY
    )
    whole = SOURCE.replace(
        "name: x",
        "name: x, jurisdictions: [DE], languages: [en], collected: 2024-05-25, "
        "special_categories: [], retain_until: 2028-01-01, audience: [support], url_field: url",
    )
    assert silent(tmp_path, whole + REGISTRY) == {"source.retention"} | sites
    whole += "signals: {files: [signals.parquet]}\n"
    assert silent(tmp_path, whole + REGISTRY) == {"source.retention"}
    checkpoint = "checkpoint: {kept_until: 2027-01-01}\n"
    assert silent(tmp_path, whole + REGISTRY + checkpoint) == set()


def test_a_reason_names_the_file(tmp_path):
    told = produced(config(tmp_path, "sources: []\n"), policy())
    assert all(str(tmp_path / "govgate.yaml") in why for why in told.silent.values())
    assert produced(load_config(None), policy()).config is None


@pytest.mark.parametrize(
    "scan",
    [
        "",
        "scan: {languages: [de]}\n",
        "scan: {languages: [es]}\n",
        "scan: {languages: [it]}\n",
        "scan: {languages: [pl]}\n",
        "scan: {countries: [de, fr, us]}\n",
        "scan: {countries: [uk]}\n",
        "scan: {deny: [{id: x, entity: ACME, words: [Larch]}]}\n",
    ],
)
def test_it_is_what_the_detectors_report(scan):
    from presidio_analyzer import RecognizerRegistry

    looks = policy(scan).looks
    (language,) = looks.languages
    registry = RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language])
    found = chosen_recognizers(list(registry.recognizers), looks, language)
    entities = {entity for one in found for entity in one.get_supported_entities()}
    assert looked_for(policy(scan)) == entities - {"ORGANIZATION"}


def test_a_list_of_entities_is_the_end_of_it():
    scan = "scan: {entities: [PERSON, ORGANIZATION, FR_NIF]}\n"
    assert looked_for(policy(scan)) == {"PERSON", "ORGANIZATION"}


def test_the_entities_of_models_are_told_apart(tmp_path):
    text = "scan: {models: [{kind: gliner, folder: m, labels: {badge: ACME_BADGE}}]}\n"
    assert produced(config(tmp_path, text), policy()).models == {"ACME_BADGE"}


def test_the_names_of_declared_sources_are_told(tmp_path):
    assert produced(config(tmp_path, SOURCE), policy()).sources == {"x"}
    assert produced(load_config(None), policy()).sources == set()


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("MIT", None),
        ("MIT OR Apache-2.0", None),
        ("GPL-2.0-only WITH Classpath-exception-2.0", None),
        (
            "LicenseRef-Acme",
            " (the licence table does not hold it, so a row with it has an unknown licence)",
        ),
        ("MITT", " (did you mean MIT?)"),
        ("CC-BY-4", " (did you mean CC-BY-4.0?)"),
        ("cc-by-4.0", " (did you mean CC-BY-4.0?)"),
        ("GPL-2.0", " (did you mean GPL-2.0-only?)"),
        ("MIT OR", " (did you mean MIT?)"),
        ("qqqqqqqq", ""),
    ],
)
def test_a_licence_is_doubted_unless_a_row_can_have_it(text, doubt):
    assert license_doubt(text) == doubt
