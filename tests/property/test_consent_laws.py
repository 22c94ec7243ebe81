"""Laws of the consent registry: one answer in any order, the same as the plain evaluator's."""

import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.rights.consent.events import FORM, SCHEMA, read_events
from govgate.rights.consent.join import Standing, with_consent
from govgate.rights.consent.places import database_place
from govgate.rights.consent.purposes import Purposes
from govgate.rights.consent.registry import Registry, load_registry
from govgate.rights.consent.standing import SCHEMA as STANDING
from govgate.rights.consent.stores.store import import_events
from govgate.rights.consent.words import STRICTNESS
from tests.property.plain_consent import NO_EVENT, holds

DAY = date(2024, 1, 2)
UNDER = Purposes({"fine-tuning": "dpv:ImproveExistingProductsAndServices"})
STATUSES = ["given", "given", "renewed", "refused", "withdrawn", "revoked", "expired"]
STATUSES += ["invalidated", "requested", "deferred", "unknown"]
PURPOSES = ["any", "training", "fine-tuning", "pretraining", "dpv:ServiceProvision"]
PURPOSES += ["dpv:ServiceOptimisation", "dpv:Marketing"]

# Few distinct instants, around the end of the day, a change of law and each other.
moments = st.integers(0, 40).map(lambda n: datetime(2023, 12, 31, 12) + timedelta(hours=2 * n))
optional = lambda values: st.one_of(st.none(), values)  # noqa: E731
words = lambda *values: st.sampled_from([None, *values])  # noqa: E731
common = {
    "purpose": st.sampled_from(PURPOSES),
    "time": moments,
    "valid_from": optional(moments),
    "expires": optional(moments),
    "basis": words("consent", "contract"),
    "jurisdiction": words("DE", "FR", "ES", "US", "DK", "JP"),
    "given_by": words("subject", "guardian"),
    "age": st.sampled_from([None, None, None, "adult", "16-17", "13-15", "under-13", "child"]),
}
consents = st.fixed_dictionaries(
    {**common, "request": st.none(), "status": st.sampled_from(STATUSES)}
)
requests = st.fixed_dictionaries(
    {
        **common,
        "request": st.sampled_from(["erasure", "objection", "restriction"]),
        "status": st.sampled_from(["made", "lifted"]),
    }
)
holders = st.sampled_from([("subject_key", "a"), ("subject_key", "b"), ("source", "x")])
events = st.lists(st.tuples(holders, st.one_of(consents, consents, requests)), max_size=10)
purposes = st.sampled_from(Purpose)


def _registry(listed: list) -> Registry:
    rows = [{column: name, **event} for (column, name), event in listed]
    blank = dict.fromkeys(SCHEMA)
    return Registry("", pl.DataFrame([blank | row for row in rows], schema=SCHEMA), UNDER)


def _found(frame: pl.DataFrame, column: str) -> dict:
    assert frame[column].n_unique() == frame.height
    return {row.pop(column): row for row in frame.to_dicts()}


def _answers(listed: list, purpose: Purpose) -> dict:
    registry = _registry(listed)
    found = registry.status(DAY, purpose), registry.source_status(DAY, purpose)
    return {("subject_key", key): row for key, row in _found(found[0], "subject_key").items()} | {
        ("source", key): row for key, row in _found(found[1], "source").items()
    }


def _plainly(listed: list, purpose: Purpose) -> dict:
    told, owned = {}, {}
    for holder, event in listed:
        owned.setdefault(holder, []).append(event)
    for holder, own in owned.items():
        speaker = "subject" if holder[0] == "subject_key" else "source"
        held = holds(own, DAY, UNDER.covering(purpose), speaker)
        if held is not None:
            told[holder] = held
    return told


@settings(deadline=None, max_examples=50)
@given(events, purposes, st.randoms(use_true_random=False))
def test_the_plain_evaluator_says_the_same_and_order_never_matters(listed, purpose, random):
    answers = _answers(listed, purpose)
    assert answers == _plainly(listed, purpose)
    assert answers == _answers(random.sample(listed, len(listed)) + listed[:2], purpose)


@pytest.mark.parametrize("purpose", Purpose)
def test_the_plain_evaluator_says_the_same_of_thousands(purpose):
    random = Random(f"consent {purpose}")
    listed = [((column, str(number)), _at_random(random)) for column in ("subject_key", "source")
              for number in range(800) for _ in range(random.randint(0, 6))]  # fmt: skip
    random.shuffle(listed)
    answers = _answers(listed, purpose)
    assert answers == _plainly(listed, purpose)
    told = {(a["status"], a["why"], a["by"], *a["requests"]) for a in answers.values()}
    assert len(told) > 40  # the rules were met in many ways


def _at_random(random: Random) -> dict:
    asks = random.choice([None, None, "erasure", "objection"])
    return {
        "request": asks,
        "status": random.choice(["made", "lifted"] if asks else STATUSES),
        "purpose": random.choice(PURPOSES),
        "time": _moment(random),
        "valid_from": random.choice([None, None, _moment(random)]),
        "expires": random.choice([None, None, _moment(random)]),
        "basis": random.choice([None, "consent", "contract"]),
        "jurisdiction": random.choice([None, "DE", "FR", "ES", "US", "DK", "JP"]),
        "given_by": random.choice([None, "subject", "guardian"]),
        "age": random.choice([None, None, "adult", "16-17", "13-15", "under-13", "child"]),
    }


def _moment(random: Random) -> datetime:
    return datetime(2023, 12, 31, 12) + timedelta(hours=2 * random.randint(0, 40))


@settings(deadline=None, max_examples=12)
@given(events, purposes, st.datetimes(datetime(2024, 1, 3), datetime(2030, 1, 1)))
def test_what_lies_in_the_future_changes_nothing(listed, purpose, later):
    tomorrow = [(holder, {**event, "time": later}) for holder, event in listed]
    assert _answers(listed + tomorrow, purpose) == _answers(listed, purpose)
    assert _registry(tomorrow).ahead(DAY) == len(tomorrow)


@settings(deadline=None, max_examples=12)
@given(events, purposes)
def test_a_refusal_for_a_wider_purpose_said_last_always_holds(listed, purpose):
    last = {"status": "withdrawn", "time": datetime(2024, 1, 2, 23, 59), "given_by": None}
    for wider in {*UNDER.covering(purpose)} & {*PURPOSES}:
        everyone = [(("subject_key", "a"), {**last, "purpose": wider})]
        answer = _answers(listed + everyone, purpose)["subject_key", "a"]
        assert answer["status"] == "withdrawn"


@settings(deadline=None, max_examples=12)
@given(events)
def test_what_is_said_of_one_purpose_never_reaches_a_wider_or_another_one(listed):
    narrow = [(h, {**e, "purpose": "fine-tuning", "age": None}) for h, e in listed]
    for held in _answers(narrow, Purpose.PRETRAINING).values():
        assert (held["status"], held["why"], held["requests"]) == (None, NO_EVENT, [])


def _frame(column: str, held: dict) -> pl.DataFrame:
    rows = []
    for name, (status, age) in held.items():
        why = {"unknown": f"unknown of {column}", "no event": NO_EVENT}.get(status)
        by = None if status == "no event" else column
        row = {"status": None if why else status, "why": why, "basis": by, "by": by}
        rows.append({column: name, **row, "age": age, "requests": ["erasure"]})
    return pl.DataFrame(rows, schema={column: pl.String, **STANDING})


def test_of_subject_and_source_the_stricter_counts_in_every_pair_that_there_is():
    each = list(product([*STRICTNESS, "no event"], [None, "adult", "13-15"]))
    subjects = {f"s{n}": held for n, held in enumerate(each)}
    sources = {f"o{n}": held for n, held in enumerate(each)}
    standing = Standing.of(_frame("subject_key", subjects), _frame("source", sources))
    rows = list(product([None, "nobody", *subjects], [None, "nowhere", *sources]))
    frame = pl.DataFrame(rows, schema={"subject": pl.String, "source": pl.String}, orient="row")
    joined = with_consent(frame, standing)
    assert joined.select("subject", "source").equals(frame)
    for (subject, source), got in zip(rows, joined.to_dicts(), strict=True):
        own, others = subjects.get(subject), sources.get(source)
        said = [
            (STRICTNESS.index(held[0]), -place, held[0], by)
            for place, (held, by) in enumerate([(own, "subject_key"), (others, "source")])
            if held is not None and held[0] != "no event"
        ]
        *_, word, by = max(said, default=(None, None))
        assert got["consent.status"] == (None if word == "unknown" else word)
        assert (got["consent.by"], got["event_basis"]) == (by, by)
        silence = NO_EVENT if subject else "no subject in the row"
        whys = {None: silence, "unknown": f"unknown of {by}"}
        assert got["consent.why"] == whys.get(word)
        assert got["subject.age"] == ((own and own[1]) or (others and others[1]))
        made = ["erasure"] if own else []
        assert got["subject.requests"] == (None if subject is None else made)


# -- reading --------------------------------------------------------------------------------------

KEY = b"0123456789abcdef0123456789abcdef"
odd = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.integers(),
    st.booleans(),
    st.floats(),
    st.lists(st.integers(), max_size=1),
    st.sampled_from(["given", "any", "2026-01-01", "9999-12-31", "made", "erasure", "DE", "adult"]),
)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.dictionaries(st.sampled_from(FORM.known), odd), min_size=1, max_size=3))
def test_no_values_make_the_reader_fail_or_repeat_them(rows):
    whole = {"subject": "jane", "purpose": "any", "status": "given", "time": "2026-01-01"}
    lines = [json.dumps({**whole, **row, "evidence": "jane\tdoe"}) + "\n" for row in rows]
    with pytest.raises(UsageError) as caught:
        read_events("".join(lines).encode(), "c.jsonl", ".jsonl", KEY)
    assert "jane" not in str(caught.value)
    assert str(caught.value).startswith("c.jsonl:1: ")


texts = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12)
strange = st.sampled_from(
    ["null", "NULL", "\\N", '"', "'", ",", "#", "007", "NaN", "-", "''", "\\"]
)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(texts | strange, texts | strange, texts | strange), max_size=6))
def test_what_a_database_keeps_is_what_it_was_given(rows):
    told = [
        {"source": a, "purpose": "any", "status": "given", "time": "2026-01-01",
         "controller": b, "evidence": c}
        for a, b, c in rows if a.strip()
    ]  # fmt: skip
    data = "".join(json.dumps(row) + "\n" for row in told).encode()
    events = read_events(data, "c.jsonl", ".jsonl", KEY)
    with tempfile.TemporaryDirectory() as folder:
        place = database_place("consent.db", Path(folder))
        import_events(place, KEY, events, file="", name="", now=datetime(2026, 1, 1, tzinfo=UTC))
        assert load_registry(place, KEY).events.equals(events.drop("line"), null_equal=True)
