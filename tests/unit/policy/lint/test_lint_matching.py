"""Rules and parts of rules that never hold, always hold, or say a thing twice."""

import pytest

from govgate.policy.lint.finding import Severity

NEVER = [
    "¦when: {all: [{license.class: academic}, {license.class: permissive}]}",
    "¦when: {pii.count: ['>= 5', '< 3']}",
    "¦when: {pii.entities: none, any: [{pii.entities: any}]}",
    "¦when: {pii.entities: {any: [PERSON], none: [PERSON, URL]}}",
    "¦when: {license.id: MIT, not: {license.id: MIT}}",
    "¦when: {pii.count: '< 0'}",
    "¦when: {license.class: unknown, license.id: MIT, not: {license.class: unknown}}",
    "¦when: {source.collected: ['> 2024-05-24', '< 2024-05-25']}",
    "¦when: {pii.count: '== 0', pii.entities: any}",
    "¦when: {pii.in.user: {any: [PERSON]}, pii.entities: {none: [PERSON]}}",
    "¦when: {pii.in.user: any, pii.roles: {none: [user]}}",
    "¦when: {license.class: academic, license.id: unknown}",
    "¦when: {run.purpose: pretraining}",
    "¦when: {row.characters: unknown}",
]
SOMETIMES = [
    "when: {any: [{license.class: academic}, {license.class: permissive}]}",
    "when: {pii.count: ['>= 3', '< 5']}",
    "when: {pii.entities: {any: [PERSON], none: [URL]}}",
    "when: {pii.entities: {all: [PERSON, URL]}, pii.count: '>= 2'}",
    "when: {license.class: known, not: {license.class: academic}}",
    "when: {source.collected: ['> 2024-05-24', '< 2024-05-26']}",
    "when: {pii.in.user: {any: [PERSON]}, pii.entities: {none: [URL]}}",
    "when: {pii.in.user: any, pii.roles: {none: [system]}}",
    "when: {license.class: unknown, license.id: MIT}",
    "when: {run.purpose: fine-tuning}",
    "when: {pii.entities: unknown, license.class: unknown}",
]


def one(when, then="{train: deny}"):
    return f"  - id: one\n    {when}\n    then: {then}"


@pytest.mark.parametrize("when", NEVER)
def test_a_condition_that_no_row_meets_is_found(agrees, when):
    assert agrees("never-matches", one(when)).worst is Severity.ERROR


@pytest.mark.parametrize("when", SOMETIMES)
def test_a_condition_that_some_row_meets_is_not(agrees, when):
    agrees("never-matches", one(when))


def test_the_message_names_the_two_tests_that_contradict_each_other(agrees):
    report = agrees(
        "never-matches", one("¦when: {pii.roles: any, pii.count: ['> 5', '> 3', '< 2']}")
    )
    (found,) = (f for f in report.findings if f.check == "never-matches")
    assert "more than 5" in found.message
    assert "less than 2" in found.message
    assert "more than 3" not in found.message


def test_a_condition_that_every_row_meets_is_found(agrees):
    agrees("always-matches", one("¦when: {license.class: [known, unknown]}"))
    agrees("always-matches", one("¦when: {row.characters: '>= 0'}"))
    agrees("always-matches", one("when: always"))
    agrees("always-matches", one("when: {pii.count: '>= 0'}"))  # not of a row that failed


def test_an_alternative_that_never_holds_is_found(agrees):
    agrees(
        "dead-alternative",
        one("when: {any: [{pii.count: '> 5'}, {¦pii.count: '< 0'}]}"),
    )
    agrees("dead-alternative", one("when: {any: [{pii.count: '> 5'}, {pii.count: '< 1'}]}"))


def test_an_alternative_that_contradicts_what_stands_around_it_is_found(agrees):
    agrees(
        "dead-alternative",
        one(
            "when: {license.class: [academic, permissive], "
            "any: [{¦license.class: proprietary}, {pii.count: '> 1'}]}"
        ),
    )
    agrees("dead-alternative", one("when: {run.purpose: [fine-tuning, ¦pretraining]}"))
    agrees(
        "dead-alternative",
        one(
            "when: {license.class: [academic, permissive], "
            "any: [{license.class: academic}, {pii.count: '> 1'}]}"
        ),
    )


def test_an_alternative_that_another_one_covers_is_found(agrees):
    agrees(
        "covered-alternative",
        one("when: {any: [{¦pii.count: '> 5'}, {pii.count: '> 3'}]}"),
    )
    agrees(
        "covered-alternative",
        one("when: {any: [{pii.roles: {any: [user, tool]}}, {pii.roles: {¦any: [tool]}}]}"),
    )
    agrees(
        "covered-alternative", one("when: {any: [{pii.count: '> 5'}, {license.class: academic}]}")
    )


def test_of_two_alternatives_that_are_the_same_the_later_one_is_found(agrees):
    agrees(
        "covered-alternative",
        one("when: {any: [{license.class: academic}, {¦license.class: academic}]}"),
    )


def test_a_test_that_every_value_meets_is_found(agrees):
    agrees("idle-test", one("when: {license.class: academic, ¦pii.count: '>= 0'}"))
    agrees("idle-test", one("when: {license.class: academic, ¦run.purpose: known}"))
    agrees("idle-test", one("when: {license.class: academic, not: {¦pii.count: '< 0'}}"))
    agrees("idle-test", one("when: {license.class: academic, pii.count: '>= 1'}"))
    agrees("idle-test", one("when: {license.class: academic, consent.status: known}"))


def test_a_word_named_twice_is_found_wherever_it_stands(agrees):
    agrees("repeated-word", one("when: {license.class: [academic, permissive, ¦academic]}"))
    agrees("repeated-word", one("when: {pii.entities: {any: [URL, ¦'URL']}}"))
    agrees("repeated-word", one("when: {pii.count: ['> 1', ¦'> 1']}"))
    agrees("repeated-word", one("when: {pii.entities: {any: [URL], none: [UUID]}}"))


@pytest.mark.parametrize(
    "rule",
    [
        "when: {pii.entities: none}\n    ¦then: {train: redact}",
        "when: {pii.count: '< 1'}\n    ¦then: {train: allow, retrieve: redact}",
        "when: {pii.entities: none}\n    then: {train: allow}",
        "when: {pii.entities: {none: [PERSON]}}\n    then: {train: redact}",
        "when: {pii.entities: unknown}\n    then: {train: redact}",
        "when: {pii.in.user: none}\n    then: {train: redact}",
        "when: always\n    then: {train: redact}",
    ],
)
def test_redacting_where_nothing_is_found_is_told(agrees, rule):
    agrees("redacts-nothing", f"  - id: one\n    {rule}\n")
