"""Laws of waivers, on random policies, rows and waivers."""

import sys
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from govgate.model import Effect, Use
from govgate.policy.decide import decide
from govgate.policy.testing.cases import facts_frame
from govgate.policy.waivers import Selector, Waiver
from tests.laws import law

sys.path.insert(0, str(Path(__file__).parent))
import plain_policy
from test_policy_laws import ORDER, bodies_list, policy_of, tables

FILES = ["a.jsonl", "sub/b.jsonl"]
selectors = st.sampled_from(
    [["all"], ["row:0"], ["row:0", "row:1"], ["file:a.jsonl"], ["file:**/*.jsonl"], ["row:none"]]
)
drafts = st.tuples(
    st.integers(0, 6), st.sets(st.sampled_from(Use), min_size=1), selectors, st.integers(0, 99)
)
drafts_list = st.lists(drafts, max_size=4, unique_by=lambda draft: draft[3])


def waivers_of(drafts):
    """Waivers of rules r0 to r6; a policy has fewer rules, so some are of no rule."""
    return [
        Waiver(f"w-{number}", f"r{rule}", frozenset(uses), Selector.of(words), 10)
        for rule, uses, words, number in drafts
    ]


def facts_of(table):
    frame = facts_frame(table)
    rows = range(frame.height)
    return frame.with_columns(
        row=pl.Series([str(at) for at in rows], dtype=pl.String),
        file=pl.Series([FILES[at % 2] for at in rows], dtype=pl.String),
    )


def verdicts(policy, table, waivers):
    return decide(facts_of(table), policy, waivers).to_dicts()


@law(300)
@given(bodies_list, tables, drafts_list, st.data())
def test_removing_a_waiver_never_loosens(bodies, table, drafts, data):
    policy, waivers = policy_of(bodies), waivers_of(drafts)
    fewer = [one for one in waivers if data.draw(st.booleans())]
    after = verdicts(policy, table, fewer)
    for old, new in zip(verdicts(policy, table, waivers), after, strict=True):
        for use in Use:
            assert ORDER[new[use]] >= ORDER[old[use]]


@law(200)
@given(bodies_list, tables, drafts_list, st.randoms())
def test_the_order_of_waivers_and_of_rows_does_not_matter(bodies, table, drafts, random):
    policy, waivers = policy_of(bodies), waivers_of(drafts)
    facts = facts_of(table)
    expected = decide(facts, policy, waivers)
    order = list(range(len(table)))
    random.shuffle(order)
    random.shuffle(waivers)
    assert decide(facts[order], policy, waivers).equals(expected[order])


@law(200)
@given(bodies_list, tables, drafts_list)
def test_a_waiver_changes_nothing_in_rows_and_uses_that_it_does_not_name(bodies, table, drafts):
    policy, waivers = policy_of(bodies), waivers_of(drafts)
    facts = facts_of(table)
    picked = pl.DataFrame(
        {"none": [False] * len(table)}
        | {one.id: one.selector.picks(facts) for one in waivers if one.rule in ids(policy)}
    )
    plain, waived = decide(facts, policy).to_dicts(), decide(facts, policy, waivers).to_dicts()
    for flags, old, new in zip(picked.to_dicts(), plain, waived, strict=True):
        chosen = [one for one in waivers if flags.get(one.id)]
        if not chosen:
            assert new == old
        for use in set(Use) - {use for one in chosen for use in one.uses}:
            assert new[use] == old[use]
        assert set(new["waivers"]) <= {one.id for one in chosen}
        if not new["waivers"]:
            assert new == old


@law(300)
@given(bodies_list, tables, st.integers(0, 5), st.sets(st.sampled_from(Use), min_size=1))
def test_a_waived_rule_has_nothing_against_the_uses_and_others_decide(bodies, table, at, uses):
    at = min(at, len(bodies) - 1)
    policy = policy_of(bodies)
    waiver = Waiver("w-1", f"r{at}", frozenset(uses), Selector.of(["all"]), 10)
    lifted = {(f"r{at}", use) for use in uses}
    expected = [plain_policy.verdict(policy, row, lifted) for row in table]
    found = [{**row, "index": None} for row in verdicts(policy, table, [waiver])]
    assert found == [{**row, "index": None} for row in expected]


@law(200)
@given(bodies_list, tables, drafts_list)
def test_whether_a_waiver_lists_a_row_does_not_depend_on_other_waivers(bodies, table, drafts):
    policy, waivers = policy_of(bodies), waivers_of(drafts)
    together = [set(row["waivers"]) for row in verdicts(policy, table, waivers)]
    alone = [verdicts(policy, table, [one]) for one in waivers]
    apart = [{i for rows in alone for i in rows[at]["waivers"]} for at in range(len(table))]
    assert together == apart


def ids(policy):
    return {rule.id for rule in policy.rules}


def test_effects_are_ordered_as_the_laws_take_them():
    assert ORDER == {"allow": Effect.ALLOW, "redact": Effect.REDACT, "deny": Effect.DENY}
