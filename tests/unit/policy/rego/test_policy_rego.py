"""The text of an export: what stands in it, and what cannot get out of its place."""

import json
import time

import pytest
import regorus

from govgate.errors import UsageError
from govgate.policy.conditions import AllOf, OneOf
from govgate.policy.law import Law
from govgate.policy.load import Policy, default_policy, parse_policy
from govgate.policy.model import MAX_RULES
from govgate.policy.rego.export import GENERATED, package_of, to_rego

HEAD = "policy: acme-fine-tuning\nversion: 4\nexpires: 2027-06-30\npurposes: [fine-tuning]\n"


def policy(*rules, head=HEAD):
    return parse_policy((head + f"rules: {json.dumps(rules)}\n").encode(), "acme.yaml")


def rule(**more):
    return {"id": "stop", "when": "always", "then": {"train": "deny"}, **more}


def code(text):
    """The export without its comments."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_the_header_says_which_policy_it_was_and_what_it_leaves_out():
    made = policy(rule())
    text = to_rego(made)
    header, _, _ = text.partition("package ")
    assert text.startswith(GENERATED + "\n")
    assert "# Policy acme-fine-tuning, version 4, expires 2027-06-30\n" in header
    assert f"# SHA-256 of the policy: {made.digest}\n" in header
    words = " ".join(line.removeprefix("#").strip() for line in header.splitlines())
    assert "Not in here: requirements on the data set as a whole; the scan" in words
    assert "waivers; the day on which the policy expires (2027-06-30)" in words
    assert "of another type is unknown" in words
    assert "Query: data.govgate_acme_fine_tuning.verdict" in words


LAW = {
    "jurisdiction": "EU",
    "article": "art. 9(1)",
    "effective": "2018-05-25",
    "source": "https://law.example/9",
}


def test_above_each_rule_stands_what_it_means():
    text = to_rego(
        policy(
            rule(
                title="Research only",
                when={"license.class": "academic"},
                cites=["clause 1", "clause 2"],
                remedy="ask the owner",
                law=LAW,
            )
        )
    )
    comment = text[text.index("# stop: Research only") : text.index("answers[")]
    assert "academic: training is denied" in comment
    assert "# Where a fact that it needs is unknown: training is denied\n" in comment
    assert "# Rests on: clause 1; clause 2\n" in comment
    assert "# Law: EU, art. 9(1), from 2018-05-25 on\n" in comment
    assert "# Remedy: ask the owner\n" in comment
    assert 'answers["stop"] := one_of(facts["license.class"], {"academic"})\n' in text


def test_what_a_rule_does_not_say_is_left_out():
    text = to_rego(policy(rule(id="open", then={"retrieve": "allow"})))
    assert 'says["open"] := {\n\t"effects": {"retrieve": "allow"},\n}\n' in text


def test_the_export_is_the_same_every_time_and_tells_policies_apart():
    assert to_rego(default_policy()) == to_rego(default_policy())
    assert to_rego(policy(rule())) != to_rego(policy(rule(then={"train": "redact"})))


def saying(made, **texts):
    """The policy with such texts in its rule, which the reader of YAML would not let in."""
    (only,) = made.rules
    document = made.document.model_copy(update={"rules": (only.model_copy(update=texts),)})
    return Policy(made.source, document, made.name_for_messages)


EVIL = [
    "x\nallow_train := true",
    "x\rallow_train := true",
    "x\u2028allow_train := true",
    "x\u2029allow_train := true",
    "x\x85allow_train := true",
    "x\x0ballow_train := true",
    'x"\nallow_train := true #',
    "x \u202eeurt =: niart_wolla",
    "x `\nallow_train := true\n`",
    "METADATA",
    "METADATA " * 40,
    "y" * 5000,
]


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_of_the_policy_leaves_its_comment(evil):
    tame = to_rego(policy(rule(title="t", cites=["c"], remedy="r")))
    law = Law.model_construct(**LAW | {"article": evil, "jurisdiction": evil})
    text = to_rego(saying(policy(rule()), title=evil, cites=(evil,), remedy=evil, law=law))
    assert code(text) == code(tame)
    assert all(line.isprintable() for line in text.replace("\t", "").split("\n"))
    assert all(len(line) <= 100 for line in text.split("\n") if line.startswith("#"))
    assert not any(line.strip("# ").startswith("METADATA") for line in text.splitlines())


@pytest.mark.parametrize("evil", [*EVIL[:9], '"}) \nallow_train := true', "\\", '\\"', "\x00", "é"])
def test_no_word_of_the_policy_leaves_its_string(evil):
    asked = AllOf((OneOf("license.id", (evil,)), OneOf("source.name", (evil,))))
    made = saying(policy(rule()), when=asked)
    tame = to_rego(policy(rule(when={"license.id": "MIT", "source.name": "MIT"})))
    text = to_rego(made)
    assert all(line.isascii() for line in code(text))
    assert [line for line in code(text) if '"stop"' not in line and "one_of(" not in line] == [
        line for line in code(tame) if '"stop"' not in line and "one_of(" not in line
    ]
    engine = regorus.Engine()
    engine.add_policy("p.rego", text)
    for value, reason in ((evil, "stop"), (evil + "x", "nothing-allows")):
        engine.set_input_json(json.dumps({"license.id": value, "source.name": value}))
        assert reason in engine.eval_rule(f"data.{package_of(made)}.verdict")["reasons"]


def test_deep_conditions_are_cut_into_parts_that_engines_read_quickly():
    when = {"pii.count": ">= 1"}
    for level in range(25):
        when = {"any" if level % 2 else "all": [when, {"license.id": f"L{level}"}]}
    text = to_rego(policy(rule(when=when)))
    assert "part_of_stop_1 := " in text
    assert max(line.count("all_of([") + line.count("any_of([") for line in code(text)) <= 4
    began = time.perf_counter()
    regorus.Engine().add_policy("p.rego", text)
    assert time.perf_counter() - began < 2


def test_no_two_rules_share_a_part():
    deep = {"license.id": "MIT"}
    for level in range(20):
        deep = {"any" if level % 2 else "all": [deep, {"pii.count": f">= {level}"}]}
    text = to_rego(policy(*(rule(id=name, when=deep) for name in ("a", "a-1", "a-1-1"))))
    names = [line.split(" := ")[0] for line in code(text) if line.startswith("part_of_")]
    assert len(names) == len(set(names)) >= 9


def test_a_policy_of_a_keywords_name_gets_a_package_that_rego_accepts():
    assert package_of(default_policy()) == "govgate_default"
    assert "\npackage acme.training\n" in to_rego(policy(rule()), "acme.training")


@pytest.mark.parametrize(
    "name", ["", "a b", "a.", ".a", "1a", "a-b", "default", "acme.default", "a\nallow_train", "ä"]
)
def test_a_package_that_rego_has_not_is_refused(name):
    with pytest.raises(UsageError, match="Rego has no package named"):
        to_rego(policy(rule()), name)


def test_the_largest_policy_is_exported_in_seconds():
    many = policy(
        *(
            rule(id=f"r{at}", when={"license.id": f"L{at}", "pii.entities": {"any": ["PERSON"]}})
            for at in range(MAX_RULES)
        )
    )
    began = time.perf_counter()
    text = to_rego(many)
    assert time.perf_counter() - began < 10
    assert text.count("\nanswers[") == MAX_RULES
