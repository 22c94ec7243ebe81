"""Counter-examples: shrunk until nothing more can go, and only ever rows that really differ."""

import pytest

from govgate.errors import GovgateError
from govgate.policy.load import parse_policy
from govgate.policy.prove.counterexample import counterexample
from govgate.policy.prove.domains import domains
from govgate.policy.prove.milder import Difference

HEAD = "policy: acme\nversion: 1\nexpires: 2027-06-30\npurposes: [fine-tuning]\nrules:\n"
OPEN = "- {id: open, when: always, then: {train: allow, retrieve: allow}}\n"


def shrunk(when, row, *, laws=(), looser=False):
    """The counter-example to "one more denial changes nothing" that comes of ``row``."""
    rule = f"- {{id: a, when: {when}, then: {{train: deny}}, unknown: silent}}\n"
    base, other = (parse_policy((HEAD + rules).encode(), "p") for rules in (OPEN, OPEN + rule))
    asked = domains(other.rules, other.purposes)
    return counterexample(base, other, dict.fromkeys(asked) | row, asked, laws, looser=looser)


@pytest.mark.parametrize(
    ("when", "row", "smallest"),
    [
        ("{license.class: unknown}", {"license.class": None}, {}),
        ("{pii.entities: known}", {"pii.entities": ("URL",)}, {"pii.entities": ()}),
        ("{pii.entities: any}", {"pii.entities": ("URL", "PERSON")}, {"pii.entities": ("URL",)}),
        (
            "{pii.entities: {all: [PERSON, US_SSN]}}",
            {"pii.entities": ("PERSON", "URL", "US_SSN")},
            {"pii.entities": ("PERSON", "US_SSN")},
        ),
        ("{pii.count: '> 3'}", {"pii.count": 70}, {"pii.count": 4}),
        (
            "{any: [{license.class: academic}, {pii.count: '> 3'}]}",
            {"license.class": "academic", "pii.count": 5},
            {"pii.count": 4},
        ),
    ],
)
def test_a_row_is_made_as_small_as_it_can_be(when, row, smallest):
    found = shrunk(when, row)
    assert found.facts == smallest
    assert found.differences == (Difference("train", "allow", "deny"),)


def test_a_row_that_differs_the_other_way_is_no_counter_example():
    with pytest.raises(GovgateError, match="verdicts do not"):
        shrunk("{license.class: academic}", {"license.class": "academic"}, looser=True)
