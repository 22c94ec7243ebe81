"""Conditions on what nothing is set to produce."""

from govgate.policy.lint.finding import Severity
from govgate.policy.lint.produced import Produced

HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"
SEEN = frozenset({"PERSON", "URL"})


def rule(when):
    return f"  - id: one\n    when: {when}\n    then: {{train: deny}}\n"


def told(silent=(), entities=SEEN, models=(), config="govgate.yaml"):
    reasons = dict.fromkeys(silent, "govgate.yaml does not say")
    return Produced(config, reasons, entities, frozenset(models))


def severities(report, check):
    return [f.severity for f in report.findings if f.check == check]


def test_a_test_of_a_fact_without_a_source_is_found(agrees):
    nothing = told(silent=["consent.status", "consent.basis"])
    agrees("fact-not-produced", rule("{¦consent.status: refused}"), produced=nothing)
    agrees(
        "fact-not-produced",
        rule("{all: [{consent.basis: known}, {¦consent.basis: consent}]}"),
        produced=nothing,
    )
    agrees("fact-not-produced", rule("{license.class: academic}"), produced=nothing)
    agrees("fact-not-produced", rule("{consent.status: refused}"), produced=told())


def test_asking_whether_it_is_known_is_no_fault(agrees):
    agrees(
        "fact-not-produced",
        rule("{consent.basis: unknown}"),
        produced=told(silent=["consent.basis"]),
    )


def test_without_a_configuration_no_fact_is_said_to_be_missing(agrees):
    produced = told(silent=["consent.status"], config=None)
    agrees("fact-not-produced", rule("{consent.status: refused}"), produced=produced)
    agrees("fact-not-produced", rule("{consent.status: refused}"), produced=None)


def test_entities_that_nobody_looks_for_are_found(agrees):
    check = "entity-not-looked-for"
    when = "{pii.entities: {¦any: [FR_NIF, DE_TAX_ID]}}"
    report = agrees(check, rule(when), produced=told())
    assert severities(report, check) == [Severity.WARNING]
    agrees(check, rule("{pii.in.user: {¦all: [FR_NIF]}}"), produced=told())
    agrees(check, rule("{pii.in.user: {all: [PERSON]}}"), produced=told())
    agrees(check, rule("{pii.entities: {any: [FR_NIF]}}"), produced=told(models=["FR_NIF"]))


def test_a_list_of_which_some_are_looked_for_is_no_fault_unless_the_policy_chose(agrees):
    check = "entity-not-looked-for"
    agrees(check, rule("{pii.entities: {any: [FR_NIF, PERSON]}}"), produced=told())
    chosen = HEAD + "scan: {countries: [de]}\n"
    when = rule("{pii.entities: {¦any: [FR_NIF, PERSON]}}")
    report = agrees(check, when, head=chosen, produced=told())
    assert severities(report, check) == [Severity.NOTE]


def test_without_a_configuration_the_policys_own_lists_give_notes(agrees):
    check = "entity-not-looked-for"
    named = HEAD + "scan: {entities: [PERSON]}\n"
    report = agrees(check, rule("{pii.entities: {¦any: [URL]}}"), head=named)
    assert severities(report, check) == [Severity.NOTE]
    agrees(check, rule("{pii.entities: {any: [PERSON]}}"), head=named)
    own = HEAD + "scan: {countries: [de], deny: [{id: x, entity: ACME, words: [Larch]}]}\n"
    agrees(check, rule("{pii.entities: {any: [ACME, DE_PLZ]}}"), head=own)
    agrees(check, rule("{pii.entities: {¦any: [ACME, US_SSN]}}"), head=own)


def test_an_entity_of_another_model_needs_one(agrees):
    head = HEAD + "scan: {extra_entities: [¦ACME_BADGE]}\n"
    when = rule("{pii.entities: {any: [ACME_BADGE]}}")
    agrees("entity-without-model", when, head=head, produced=told())
    bare = head.replace("¦", "")
    agrees("entity-without-model", when, head=bare, produced=told(models=["ACME_BADGE"]))
    agrees("entity-without-model", when, head=bare, produced=told(config=None))
