"""Laws of replaying: the same policy gives the record, another what a gate would decide by it."""

import sys
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from govgate import rundir
from govgate.data.tables import TableWriter, read_batches
from govgate.policy.change.replay import decide_in_doubt
from govgate.policy.decide import decide as decide_rows
from govgate.policy.load import parse_policy
from govgate.policy.prove.milder import milder
from govgate.policy.testing.cases import facts_frame
from govgate.steps.decide import decide
from govgate.steps.findings import FINDINGS_SCHEMA
from govgate.steps.replay.run import Replay
from govgate.steps.resolve import FACTS_SCHEMA
from tests.laws import law

sys.path.insert(0, str(Path(__file__).parent))
from test_policy_laws import bodies_list, policy_of, rows, tables

RULES = [
    "{id: open, when: {license.class: permissive}, then: {train: allow, retrieve: allow}}",
    "{id: always, when: always, then: {train: allow}}",
    "{id: names, when: {pii.entities: {any: [PERSON]}}, then: {train: redact, retrieve: allow}}",
    "{id: links, when: {pii.entities: {all: [PERSON, URL]}}, then: {train: deny}}",
    "{id: none, when: {pii.entities: none}, then: {retrieve: allow}, obligations: [attribute]}",
    "{id: many, when: {pii.count: '>= 2'}, then: {retrieve: redact}}",
    "{id: scanned, when: {pii.entities: known}, then: {retrieve: allow}}",
    "{id: told, when: {pii.roles: {none: [user]}}, then: {train: deny}, unknown: silent}",
    "{id: academic, when: {license.class: academic}, then: {train: deny, retrieve: deny}}",
    "{id: agreed, when: {consent.basis: unknown}, then: {train: deny}}",
]
BOUNDS = ["train.share: '>= 0.5'", "retrieve.share: '<= 0.4'", "pii.known: '>= 0.6'"]
LOOKS = [
    "scan: {countries: [de]}\n",
    "scan: {allow: [{id: a, values: [x], why: y}], threshold: 0.9}\n",
    "",
]


@st.composite
def policies(draw, scan=()):
    chosen = draw(st.lists(st.sampled_from(RULES), min_size=1, unique=True))
    bounds = draw(st.lists(st.sampled_from(BOUNDS), unique=True))
    head = "policy: t\nversion: 1\nexpires: 2099-01-01\npurposes: [fine-tuning]\n"
    looks = draw(st.sampled_from(scan)) if scan else ""
    required = f"require: {{{', '.join(bounds)}}}\n" if bounds else ""
    listed = "".join(f"- {rule}\n" for rule in chosen)
    return parse_policy(f"{head}{looks}rules:\n{listed}{required}".encode(), "t.yaml")


def run_of(folder, table, failures, policy):
    """A run directory over rows of these facts, and what was decided there."""
    facts = facts_frame(table).with_columns(
        failure=pl.Series(failures, dtype=pl.String),
        row=pl.format("r:{}", "index"),
        file=pl.lit("r"),
    )
    failed = pl.col("failure").is_not_null()
    facts = facts.with_columns(
        pl.when(failed).then(None).otherwise(pl.col(name)).alias(name)
        for name in facts.columns
        if name.startswith("pii.")
    )
    lacking = [name for name in FACTS_SCHEMA if name not in facts.columns]
    with TableWriter(folder / rundir.FACTS, FACTS_SCHEMA) as out:
        out.append(facts.with_columns(pl.lit(None, FACTS_SCHEMA[n]).alias(n) for n in lacking))
    TableWriter(folder / rundir.FINDINGS, FINDINGS_SCHEMA).close()
    return decide(folder, policy, complete=True)


def failures_for(table):
    return st.lists(
        st.sampled_from([None, None, None, "broken"]), min_size=len(table), max_size=len(table)
    )


@law(40)
@given(st.data(), tables, policies())
def test_with_the_same_policy_a_replay_is_the_record(data, table, policy):
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        decided = run_of(run, table, data.draw(failures_for(table)), policy)
        replayed = Replay(run, policy).replay(samples=2)
    assert (replayed.moved, replayed.unknown) == (0, 0)
    assert (replayed.reasons_differ, replayed.obligations_differ) == (0, 0)
    assert replayed.after.unmet == decided.unmet
    for side in (replayed.before, replayed.after):
        assert (side.outcome, side.counts) == (decided.outcome, decided.counts)


@law(40)
@given(st.data(), tables, policies(), policies())
def test_a_replay_is_what_a_gate_decides_over_the_same_facts(data, table, old, new):
    failures = data.draw(failures_for(table))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        run_of(Path(one), table, failures, old)
        decided = run_of(Path(two), table, failures, new)
        replayed = Replay(Path(one), new).replay(samples=2)
        before, after = (pl.concat(read_batches(Path(at) / rundir.VERDICTS)) for at in (one, two))
    assert (replayed.after.outcome, replayed.after.unmet) == (decided.outcome, decided.unmet)
    assert replayed.after.counts == decided.counts
    effects = ["train", "retrieve", "partition"]
    differ = [a != b for a, b in zip(before[effects].rows(), after[effects].rows(), strict=True)]
    assert replayed.moved == sum(differ)
    assert all(differ[index] for move in replayed.moves for index in move.samples)
    less = [
        any(not one.what.startswith(("train", "retrieve")) for one in milder(old_, new_, facts))
        for old_, new_, facts in zip(before.to_dicts(), after.to_dicts(), table, strict=True)
    ]
    if any(":*" in one for row in before["obligations"] for one in row):
        assert replayed.obligations_dropped >= sum(less)
    else:
        assert replayed.obligations_dropped == sum(less)
    same = [not moved for moved in differ]
    for column, counted in (
        ("reasons", replayed.reasons_differ),
        ("obligations", replayed.obligations_differ),
    ):
        assert before.filter(same)[column].ne_missing(after.filter(same)[column]).sum() == counted


@law(40)
@given(st.data(), tables, policies(), policies(scan=LOOKS))
def test_every_row_is_decided_or_counted_as_unknown(data, table, old, new):
    with tempfile.TemporaryDirectory() as folder:
        run_of(Path(folder), table, data.draw(failures_for(table)), old)
        replayed = Replay(Path(folder), new).replay(samples=0)
    assert replayed.after.counts.rows + replayed.unknown == len(table)
    assert replayed.unknown == 0 or replayed.why
    if old.looks == new.looks:
        assert replayed.unknown == 0


@law(150)
@given(st.data(), bodies_list, tables)
def test_what_is_decided_in_doubt_holds_whatever_the_scan_would_find(data, bodies, table):
    policy = policy_of(bodies)
    found = [
        row | {name: value for name, value in data.draw(rows).items() if name.startswith("pii.")}
        for row in table
    ]
    known = [row | _some_findings(row) for row in found]
    verdicts = decide_in_doubt(facts_frame(table), policy)
    assert verdicts["index"].to_list() == list(range(len(table)))
    truth = decide_rows(facts_frame(known), policy)
    for told, true in zip(verdicts.to_dicts(), truth.to_dicts(), strict=True):
        if told["train"] is not None:
            effects = ("train", "retrieve", "partition", "obligations")
            assert [told[name] for name in effects] == [true[name] for name in effects]


def _some_findings(row):
    """A scan that looks at a row in full leaves no fact unknown."""
    found = {name: value for name, value in row.items() if name.startswith("pii.")}
    return {
        name: value if value is not None else 0 if name == "pii.count" else ()
        for name, value in found.items()
    }


@law(100)
@given(bodies_list, tables)
def test_a_row_whose_verdict_asks_for_no_finding_is_never_in_doubt(bodies, table):
    policy = policy_of(bodies)
    blind = [row | dict.fromkeys(name for name in row if name.startswith("pii.")) for row in table]
    asks = any("pii." in repr(rule.when) or "redact" in repr(rule.then) for rule in policy.rules)
    if not asks:
        told = decide_in_doubt(facts_frame(table), policy)
        assert told.equals(decide_rows(facts_frame(blind), policy))
