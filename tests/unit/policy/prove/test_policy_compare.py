"""Comparing two policies: effects, redactions, duties, and what stands beside the rules."""

import subprocess
import sys

import pytest

from govgate.errors import GovgateError, IncompleteError
from govgate.policy.load import default_policy, parse_policy
from govgate.policy.prove import counterexample as counterexamples
from govgate.policy.prove.compare import REQUIREMENTS, Relation, compare

HEAD = "policy: acme\nversion: 1\nexpires: 2027-06-30\n"
OPEN = "- {id: open, when: always, then: {train: allow, retrieve: allow}}\n"
S, E, L, N = Relation.STRICTER, Relation.EQUAL, Relation.LOOSER, Relation.NEITHER


def policy(rules="", *, purposes="fine-tuning", more=""):
    text = f"{HEAD}purposes: [{purposes}]\n{more}rules:\n{OPEN}{rules}"
    return parse_policy(text.encode(), "acme.yaml")


def relation(first, second):
    return compare(policy(first), policy(second)).relation


def rule(when, then, id="a", more=""):
    return f"- {{id: {id}, when: {when}, then: {{{then}}}{more}}}\n"


ACADEMIC = rule("{license.class: academic}", "train: deny")
PERSON = rule("{pii.entities: {any: [PERSON]}}", "train: redact")
PERSON_URL = rule("{pii.entities: {any: [PERSON, URL]}}", "train: redact")
USER = rule("{pii.in.user: {any: [PERSON]}}", "train: redact", "b")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (ACADEMIC, ACADEMIC, E),
        (ACADEMIC, rule("{license.class: academic}", "train: deny", "renamed"), E),
        ("", ACADEMIC, S),
        (ACADEMIC, "", L),
        (ACADEMIC, rule("{license.class: proprietary}", "train: deny"), N),
        (ACADEMIC, rule("{license.class: academic}", "train: redact"), L),
        (ACADEMIC, rule("{license.class: [academic, unknown]}", "train: deny"), E),
        (ACADEMIC, rule("{license.class: [academic, proprietary]}", "train: deny"), S),
        (ACADEMIC, rule("{license.class: academic}", "train: deny", more=", unknown: silent"), L),
        (
            rule("{pii.count: '>= 3'}", "train: deny"),
            rule("{not: {pii.count: ['>= 0', '<= 2']}}", "train: deny"),
            E,
        ),
        (
            rule("{pii.count: '>= 3'}", "train: deny"),
            rule("{pii.count: '> 3'}", "train: deny"),
            L,
        ),
        (
            rule("{pii.count: '< 0'}", "train: deny"),
            rule("{all: [{pii.count: known}, {pii.count: unknown}]}", "train: deny"),
            L,  # an unknown count is denied by the first alone: no count is below zero
        ),
        (
            rule("{source.collected: '>= 2024-02-29'}", "train: deny"),
            rule("{source.collected: '> 2024-02-28'}", "train: deny"),
            E,
        ),
        (
            rule("{source.collected: '>= 2024-02-29'}", "train: deny"),
            rule("{source.collected: '> 2024-02-29'}", "train: deny"),
            L,
        ),
        (PERSON, PERSON_URL, S),
        (PERSON_URL, PERSON, L),
        (PERSON, rule("{pii.entities: any}", "train: redact"), S),
        (rule("{pii.entities: any}", "train: redact"), PERSON, L),
        (PERSON, PERSON + USER, E),  # what is found in a role is found in the row
        (USER, PERSON, S),
        (PERSON + rule("always", "train: redact", "c"), rule("always", "train: redact"), E),
        (
            rule("always", "train: allow", more=", obligations: [attribute]"),
            rule("always", "train: allow"),
            L,
        ),
        (
            rule("always", "train: allow", more=", obligations: [attribute]"),
            rule("always", "train: deny, retrieve: deny"),
            S,
        ),
        (
            rule("always", "train: allow", more=", obligations: [attribute]"),
            rule("always", "train: deny"),
            N,  # retrieval goes on without the duty
        ),
    ],
)
def test_rules_are_compared_over_all_facts(first, second, expected):
    assert relation(first, second) is expected


def test_an_entity_covers_its_roles_and_a_role_does_not_cover_the_entity():
    found = "{any: [PERSON]}"
    in_user = f"{{pii.in.user: {found}, pii.entities: any}}"
    narrow = rule(in_user, "train: redact", "narrow")
    wide = rule(f"{{pii.entities: {found}, pii.in.user: known}}", "train: redact", "wide")
    assert relation(narrow, narrow + wide) is S
    assert relation(narrow + wide, narrow) is L
    # Where both match, PERSON takes PERSON@user along, and what is named twice adds nothing.
    whole = rule(f"{{pii.entities: {found}, pii.in.user: {found}}}", "train: redact", "whole")
    silent = whole.replace("train: redact}", "train: redact}, unknown: silent")
    assert relation(wide + silent, wide) is E


def test_a_closed_list_that_is_named_to_the_end_leaves_nothing_else():
    bases = "consent, contract, legal-obligation, vital-interests, public-task"
    every = rule(f"{{consent.basis: [{bases}, legitimate-interests, not-personal]}}", "train: deny")
    most = rule(f"{{consent.basis: [{bases}, legitimate-interests]}}", "train: deny")
    known = rule("{any: [{consent.basis: known}, {consent.basis: consent}]}", "train: deny")
    assert relation(known, every) is E
    assert relation(known, most) is L
    assert compare(policy(known), policy(most)).looser.facts == {"consent.basis": "not-personal"}


def test_the_counter_example_is_small_and_uses_words_of_the_vocabulary():
    first = rule("{license.class: known, pii.entities: {none: [PERSON]}}", "train: deny")
    found = compare(policy(first), policy())
    assert found.relation is L
    assert found.stricter is None
    assert found.looser.facts == {"license.class": "non-commercial"}
    assert (found.looser.base["train"], found.looser.other["train"]) == ("deny", "allow")
    assert ("train", "deny", "allow") in found.looser.differences


def test_a_word_that_no_rule_names_stands_for_all_others():
    first = rule("{license.id: MIT}", "train: deny", more=", unknown: silent")
    second = rule("{license.id: known}", "train: deny")
    found = compare(policy(first), policy(second))
    assert found.stricter.facts == {"license.id": "CC-BY-4.0"}
    named = rule("{license.id: [MIT, CC-BY-4.0]}", "train: deny", more=", unknown: silent")
    found = compare(policy(named), policy(second))
    assert found.stricter.facts == {"license.id": "other-1"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("fine-tuning", "fine-tuning, pretraining", L),
        ("fine-tuning, pretraining", "fine-tuning", S),
        ("fine-tuning", "pretraining", N),
    ],
)
def test_a_purpose_that_only_one_covers_is_a_difference(first, second, expected):
    found = compare(policy(purposes=first), policy(purposes=second))
    assert found.relation is expected
    assert any("pretraining" in note for note in found.notes)


def test_rules_about_a_purpose_that_not_both_cover_are_not_compared():
    pretraining = rule("{run.purpose: pretraining}", "train: deny", more=", unknown: silent")
    assert relation("", pretraining) is E
    both = "fine-tuning, pretraining"
    found = compare(policy(purposes=both), policy(pretraining, purposes=both))
    assert found.stricter.facts == {"run.purpose": "pretraining"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("scan: {threshold: 0.4}", "scan: {thresholds: {PERSON: 0.4}}", E),
        ("scan: {threshold: 0.4}", "scan: {threshold: 0.5}", N),
        ("scan: {threshold: 0.4}", "scan: {threshold: 0.3}", N),
        ("", "scan: {thresholds: {PERSON: 0.6}}", N),
        ("", "scan: {entities: [PERSON]}", N),
        ("", "scan: {extra_entities: [ACME_BADGE]}", E),
        ("", "require: {train.share: '>= 0.5'}", S),
        ("require: {train.share: '>= 0.5'}", "", L),
        ("require: {train.share: '>= 0.5'}", "require: {train.share: '> 0.5'}", S),
        ("require: {train.share: '>= 0.5'}", "require: {train.share: '<= 0.5'}", N),
        ("require: {train.share: '>= 0'}", "", E),
        ("require: {pii.known: '== 1'}", "require: {pii.known: '>= 1'}", E),
        ("require: {rows.count: '> 9'}", "require: {rows.count: '>= 10'}", E),
        ("require: {rows.count: '> 9'}", "require: {rows.count: '>= 11'}", S),
        ("approvals: 2", "approvals: 1", L),
    ],
)
def test_what_stands_beside_the_rules_counts(first, second, expected):
    more = [f"{part}\n" if part else "" for part in (first, second)]
    found = compare(policy(more=more[0]), policy(more=more[1]))
    assert found.relation is expected
    assert bool(found.notes) is (expected is not E)


@pytest.mark.parametrize(
    ("share", "expected"), [("train.share: '>= 0.5'", S), ("retrieve.share: '<= 0.5'", N)]
)
def test_stricter_rules_can_meet_a_requirement_of_what_they_move(share, expected):
    require = f"require: {{{share}}}\n"
    assert compare(policy(more=require), policy(ACADEMIC, more=require)).relation is expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (", waivable: false", "", L),
        ("", ", waivable: false", S),
        (", approvals: 2", "", L),
        (", approvals: 2", ", approvals: 3", S),
        (", waivable: false", ", waivable: false", E),
    ],
)
def test_a_rule_that_more_may_waive_is_looser(first, second, expected):
    sides = [
        policy(rule("{license.class: academic}", "train: deny", more=m)) for m in (first, second)
    ]
    found = compare(*sides)
    assert found.relation is expected
    assert (found.looser, found.stricter) == (None, None)
    assert all("may waive" in note for note in found.notes)
    assert bool(found.notes) is (expected is not E)


def test_the_unwaivable_part_of_a_policy_is_compared_by_what_it_says_and_not_by_ids():
    firm, soft = ", waivable: false", ""
    person = "{pii.entities: {any: [PERSON]}}"
    academic = "{license.class: academic}"
    first = rule(person, "train: deny", "a", firm) + rule(academic, "train: deny", "b", soft)
    swapped = rule(person, "train: deny", "b", soft) + rule(academic, "train: deny", "a", firm)
    renamed = rule(person, "train: deny", "x", firm) + rule(academic, "train: deny", "y", soft)
    assert relation(first, swapped) is N
    assert relation(first, renamed) is E


def test_titles_versions_and_expiry_do_not_count():
    other = policy().source.replace(b"version: 1", b"version: 9").replace(b"2027", b"2026")
    assert compare(policy(), parse_policy(other, "b.yaml")).relation is E


def test_the_default_policy_equals_itself_and_a_denial_for_a_redaction_is_stricter():
    default = default_policy()
    assert compare(default, default).relation is E
    old = b"{any: [PERSON]}}\n    then: {train: redact"
    assert old in default.source
    edited = parse_policy(default.source.replace(old, old.replace(b"redact", b"deny")), "b.yaml")
    assert compare(default, edited).relation is S
    assert compare(edited, default).relation is L


def test_requirements_name_the_relations_that_meet_them():
    assert REQUIREMENTS["stricter-or-equal"] == {S, E}
    assert all(N not in allowed for allowed in REQUIREMENTS.values())


def test_what_the_verdicts_do_not_confirm_is_an_internal_error(monkeypatch):
    monkeypatch.setattr(counterexamples, "milder", lambda *_: [])
    with pytest.raises(GovgateError, match="verdicts do not") as caught:
        compare(policy(), policy(ACADEMIC))
    assert caught.value.code == 70


def test_a_solver_that_gives_up_is_never_a_yes(monkeypatch):
    import z3

    monkeypatch.setattr(z3.Solver, "check", lambda self: z3.unknown)
    with pytest.raises(IncompleteError, match="could not be proved") as caught:
        compare(policy(), policy())
    assert caught.value.code == 4


def test_without_z3_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['z3'] = None\n"
        "from govgate.errors import UsageError\n"
        "from govgate.policy.prove.compare import compare\n"
        "from govgate.policy.load import default_policy\n"
        "try: compare(default_policy(), default_policy())\n"
        "except UsageError as error: print(error.remedy)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "pip install 'govgate[prove]'\n"
