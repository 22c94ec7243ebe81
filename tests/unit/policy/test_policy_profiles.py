"""Answers by profiles: many rules, conditions of every shape, the same as one row at a time."""

import random
import sys
from pathlib import Path

from govgate.policy.decide import decide
from govgate.policy.load import parse_policy
from govgate.policy.profiles import WORD_BITS, mask_names
from govgate.policy.testing.cases import facts_frame

sys.path.insert(0, str(Path(__file__).parents[2] / "property"))
import plain_policy

HEAD = "policy: acme\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\nrules:\n"
WHENS = [
    "always",
    "{license.class: academic}",
    "{license.class: unknown, pii.count: '> 2'}",
    "{pii.entities: {any: [PERSON, URL]}, license.class: permissive}",
    "{any: [{pii.entities: {all: [PERSON, URL]}}, {license.class: [academic, permissive]}]}",
    "{not: {all: [{pii.count: '<= 1'}, {consent.basis: consent}]}}",
    "{all: [{pii.count: known}, {any: [{pii.count: '> 3'}, {pii.roles: {none: [user]}}]}]}",
]
THENS = ["{train: allow}", "{train: redact, retrieve: allow}", "{retrieve: deny}", "{train: deny}"]


def test_more_rules_than_a_word_has_bits_are_answered_as_by_the_plain_evaluator():
    dice = random.Random(3)
    rules = [
        f"- {{id: r{number}, when: {dice.choice(WHENS)}, then: {dice.choice(THENS)}}}\n"
        for number in range(3 * WORD_BITS + 5)
    ]
    values = {
        "license.class": ["academic", "permissive", "proprietary", None],
        "consent.basis": ["consent", "contract", None],
        "pii.count": [0, 2, 5, None],
        "pii.entities": [(), ("PERSON",), ("PERSON", "URL"), None],
        "pii.roles": [(), ("user",), None],
    }
    rows = [{name: dice.choice(some) for name, some in values.items()} for _ in range(300)]
    for size in (1, WORD_BITS - 1, WORD_BITS, WORD_BITS + 1, len(rules)):
        policy = parse_policy((HEAD + "".join(rules[:size])).encode(), "acme.yaml")
        found = decide(facts_frame(rows), policy).drop("index").to_dicts()
        assert found == [plain_policy.verdict(policy, row) for row in rows]


def test_a_rule_has_one_bit_of_one_word():
    assert mask_names(WORD_BITS) == ["m0", "u0"]
    assert mask_names(WORD_BITS + 1) == ["m0", "u0", "m1", "u1"]
