"""Verdicts: three-valued logic, the strictest effect, reasons and obligations."""

import polars as pl
import pytest

from govgate.policy.decide import SLICE_ROWS, VERDICTS, decide
from govgate.policy.load import parse_policy
from govgate.policy.testing.cases import facts_frame

HEAD = "policy: acme\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\nrules:\n"
OPEN = "- {id: open, when: always, then: {train: allow, retrieve: allow}}\n"


def policy(rules):
    return parse_policy((HEAD + rules).encode(), "acme.yaml")


def verdict(rules, **facts):
    row = {name.replace("_", "."): value for name, value in facts.items()}
    return decide(facts_frame([row]), policy(rules)).row(0, named=True)


def answer_of(when, **facts):
    """True, False or None for a condition, read off a verdict."""
    rules = OPEN + f"- {{id: asked, when: {when}, then: {{train: deny}}}}"
    reasons = verdict(rules, **facts)["reasons"]
    return None if "asked?" in reasons else "asked" in reasons


@pytest.mark.parametrize(
    ("when", "facts", "expected"),
    [
        ("{license.class: academic}", {"license_class": "academic"}, True),
        ("{license.class: academic}", {"license_class": "permissive"}, False),
        ("{license.class: academic}", {}, None),
        ("{license.class: [academic, unknown]}", {}, True),
        ("{license.class: [academic, unknown]}", {"license_class": "permissive"}, False),
        ("{license.class: known}", {}, False),
        ("{license.class: known}", {"license_class": "permissive"}, True),
        ("{pii.entities: any}", {"pii_entities": ()}, False),
        ("{pii.entities: any}", {"pii_entities": ("PERSON",)}, True),
        ("{pii.entities: any}", {}, None),
        ("{pii.entities: none}", {"pii_entities": ()}, True),
        ("{pii.entities: unknown}", {}, True),
        ("{pii.entities: {any: [PERSON, US_SSN]}}", {"pii_entities": ("PERSON",)}, True),
        ("{pii.entities: {any: [PERSON]}}", {"pii_entities": ("URL",)}, False),
        ("{pii.entities: {any: [PERSON]}}", {"pii_entities": ()}, False),
        ("{pii.entities: {any: [PERSON]}}", {}, None),
        ("{pii.entities: {all: [PERSON, US_SSN]}}", {"pii_entities": ("PERSON",)}, False),
        ("{pii.entities: {all: [PERSON, URL]}}", {"pii_entities": ("PERSON", "URL")}, True),
        ("{pii.entities: {all: [PERSON]}}", {}, None),
        ("{pii.entities: {none: [PERSON]}}", {"pii_entities": ("URL",)}, True),
        ("{pii.entities: {none: [PERSON]}}", {"pii_entities": ()}, True),
        ("{pii.entities: {none: [PERSON]}}", {"pii_entities": ("PERSON",)}, False),
        ("{pii.entities: {none: [PERSON]}}", {}, None),
        ("{not: {pii.entities: {none: [PERSON]}}}", {}, None),
        ("{not: {license.class: academic}}", {}, None),
        ("{not: {license.class: unknown}}", {}, False),
        ("{pii.count: '>= 3'}", {"pii_count": 3}, True),
        ("{pii.count: ['>= 3', '!= 5']}", {"pii_count": 5}, False),
        ("{pii.count: '>= 3'}", {}, None),
        ("{license.class: academic, pii.count: '> 0'}", {"pii_count": 0}, False),
        ("{license.class: academic, pii.count: '> 0'}", {"pii_count": 1}, None),
        ("{any: [{license.class: academic}, {pii.count: '> 0'}]}", {"pii_count": 1}, True),
        ("{any: [{license.class: academic}, {pii.count: '> 0'}]}", {"pii_count": 0}, None),
    ],
)
def test_conditions_answer_in_three_values(when, facts, expected):
    assert answer_of(when, **facts) is expected


def test_the_strictest_effect_wins_and_gives_the_reasons():
    rules = (
        OPEN
        + "- {id: b, when: always, then: {train: deny}}\n"
        + "- {id: a, when: always, then: {train: deny, retrieve: redact}}\n"
    )
    found = verdict(rules, pii_entities=("PERSON",))
    assert (found["train"], found["retrieve"], found["partition"]) == ("deny", "redact", "retrieve")
    assert found["reasons"] == ["a", "b"]


def test_what_no_rule_allows_is_denied():
    found = verdict("- {id: a, when: {pii.count: '> 9'}, then: {train: allow}}", pii_count=1)
    assert (found["train"], found["retrieve"], found["partition"]) == ("deny", "deny", "withheld")
    assert found["reasons"] == ["nothing-allows"]


def test_an_unknown_permission_is_no_permission():
    found = verdict("- {id: a, when: {license.class: permissive}, then: {train: allow}}")
    assert found["reasons"] == ["nothing-allows"]


def test_an_unknown_prohibition_prohibits():
    found = verdict(OPEN + "- {id: a, when: {license.class: academic}, then: {train: redact}}")
    assert (found["train"], found["retrieve"]) == ("deny", "allow")
    assert found["reasons"] == ["a?", "open"]


def test_redaction_is_of_what_the_rule_names_and_the_row_has():
    rules = OPEN + "- {id: a, when: {pii.entities: {any: [US_SSN, PERSON]}}, then: {train: redact}}"
    found = verdict(rules, pii_entities=("URL", "US_SSN"))
    assert found["obligations"] == ["redact:train:US_SSN"]


def test_a_rule_that_names_no_entity_redacts_every_finding():
    rules = OPEN + "- {id: a, when: {license.class: academic}, then: {retrieve: redact}}"
    found = verdict(rules, license_class="academic", pii_entities=("URL",))
    assert found["obligations"] == ["redact:retrieve:*"]


def test_an_entity_that_must_be_absent_is_not_what_is_redacted():
    rules = OPEN + "- {id: a, when: {pii.entities: {none: [US_SSN]}}, then: {train: redact}}"
    assert verdict(rules, pii_entities=("PERSON",))["obligations"] == ["redact:train:*"]


@pytest.mark.parametrize(
    ("when", "redacted"),
    [
        ("{not: {pii.entities: {none: [PERSON]}}}", "redact:train:PERSON"),
        ("{not: {pii.entities: {any: [US_SSN]}}}", "redact:train:*"),
        ("{not: {not: {pii.entities: {any: [PERSON]}}}}", "redact:train:PERSON"),
    ],
)
def test_a_double_negation_names_what_is_redacted(when, redacted):
    rules = OPEN + f"- {{id: a, when: {when}, then: {{train: redact}}}}"
    assert verdict(rules, pii_entities=("PERSON", "URL"))["obligations"] == [redacted]


def test_redaction_of_unknown_findings_is_a_denial():
    rules = OPEN + "- {id: a, when: {license.class: academic}, then: {train: redact}}"
    found = verdict(rules, license_class="academic")
    assert (found["train"], found["reasons"]) == ("deny", ["a?", "open"])
    assert found["obligations"] == []


def test_duties_go_with_a_row_that_is_used_and_not_with_one_that_is_withheld():
    rules = "- {id: a, when: always, then: {train: %s}, obligations: [attribute]}"
    assert verdict(rules % "allow")["obligations"] == ["attribute"]
    assert verdict(rules % "deny")["obligations"] == []


def test_the_columns_are_the_published_ones():
    frame = decide(facts_frame([{"pii.entities": ()}]), policy(OPEN))
    assert frame.schema == VERDICTS
    assert decide(facts_frame([]), policy(OPEN)).schema == VERDICTS


def test_a_fact_without_a_column_is_unknown_everywhere():
    rules = policy(OPEN + "- {id: a, when: {license.class: academic}, then: {train: deny}}")
    frame = decide(pl.DataFrame({"index": [7, 8]}), rules)
    assert frame["index"].to_list() == [7, 8]
    assert frame["reasons"].to_list() == [["a?", "open"]] * 2


def test_a_rule_called_like_a_column_does_no_harm():
    rules = policy("- {id: index, when: {pii.entities: any}, then: {train: redact}}")
    frame = decide(facts_frame([{"pii.entities": ("PERSON",)}]), rules)
    assert frame["reasons"].to_list() == [["index", "nothing-allows"]]


def test_more_rules_than_a_mask_has_bits():
    rules = "".join(
        f"- {{id: r{at}, when: {{row.characters: '== {at}'}}, then: {{train: allow}}}}\n"
        for at in range(130)
    )
    rows = [{"row.characters": at} for at in range(130)]
    frame = decide(facts_frame(rows), policy(rules))
    assert frame["reasons"].to_list() == [sorted([f"r{at}", "nothing-allows"]) for at in range(130)]


def test_rows_keep_their_order_across_slices():
    count = SLICE_ROWS + 10
    facts = pl.DataFrame({"index": range(count), "pii.count": [at % 3 for at in range(count)]})
    rules = OPEN + "- {id: a, when: {pii.count: '== 2'}, then: {train: deny}}"
    frame = decide(facts, policy(rules))
    assert frame["index"].to_list() == list(range(count))
    assert (frame["train"] == "deny").to_list() == [at % 3 == 2 for at in range(count)]
