"""Laws of the rights facts: order of events, licence algebra, and what is missing stays unknown."""

import csv
import io
import string
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from govgate.model import Purpose
from govgate.rights.consent.registry import load_registry
from govgate.rights.licenses import read_license
from govgate.rights.licensetable import license_table
from govgate.rights.lineage.solve import Lineage
from govgate.rights.manifest import Source
from govgate.rights.origins import FileRights
from govgate.rights.resolve import Rights
from govgate.rights.subjects import subject_key
from tests.laws import law

KEY = b"0123456789abcdef0123456789abcdef"
DAY = date(2026, 1, 31)
COLUMNS = ["subject", "purpose", "status", "time", "expiry"]
WORDS = ["given", "renewed", "refused", "withdrawn", "expired", "invalidated", "requested"]

ids = st.sampled_from([one.id for one in license_table().licenses])
unreadable = st.one_of(
    st.sampled_from(["other", "unknown", "cc", "LicenseRef-Nobody", "MIT AND", "((", "Zed"]),
    st.text(string.ascii_letters, min_size=12, max_size=20).map(lambda s: f"{s} {s}"),
)
expressions = st.recursive(
    ids,
    lambda parts: st.tuples(parts, st.sampled_from(["AND", "OR"]), parts).map(
        lambda p: f"({p[0]} {p[1]} {p[2]})"
    ),
    max_leaves=6,
).filter(lambda text: len(text) <= 200)
moments = st.integers(0, 60 * 24 * 45).map(lambda m: datetime(2026, 1, 1) + timedelta(minutes=m))
events = st.fixed_dictionaries(
    {
        "subject": st.sampled_from("abc"),
        "purpose": st.sampled_from(["any", "training", *(p.value for p in Purpose)]),
        "status": st.sampled_from(WORDS),
        "time": moments,
        "expiry": st.one_of(st.none(), moments, moments.map(lambda m: m.date())),
    }
)


def _iso(value: datetime | date | None) -> str:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return value.isoformat() if value else ""


def _statuses(rows: list[dict], purpose: Purpose) -> dict[str, str]:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows({**r, "time": _iso(r["time"]), "expiry": _iso(r["expiry"])} for r in rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "consent.csv")
        path.write_text(text.getvalue(), newline="")
        frame = load_registry(path, KEY).status(DAY, purpose)
    return dict(frame.select("subject_key", "status").iter_rows())


def _plainly(rows: list[dict], purpose: Purpose) -> dict[str, str]:
    """The same answer, the slow obvious way."""
    end = datetime.combine(DAY, datetime.min.time()) + timedelta(days=1)
    strict = ["given", "requested", "expired", "invalidated", "refused", "withdrawn"]
    best: dict[str, tuple[datetime, int]] = {}
    for row in rows:
        if row["purpose"] not in ("any", "training", purpose.value) or row["time"] >= end:
            continue
        status = "given" if row["status"] == "renewed" else row["status"]
        expiry = row["expiry"]
        if expiry is not None and status == "given":
            over = expiry < end if isinstance(expiry, datetime) else expiry < DAY
            status = "expired" if over else status
        found = (row["time"], strict.index(status))
        key = subject_key(row["subject"], KEY)
        best[key] = max(best.get(key, found), found)
    return {key: strict[rank] for key, (_, rank) in best.items()}


@law(60)
@given(
    st.lists(events, max_size=12, unique_by=lambda e: e["time"]),
    st.randoms(use_true_random=False),
    st.sampled_from(Purpose),
)
def test_the_last_event_wins_whatever_the_order_of_the_file(rows, random, purpose):
    shuffled = random.sample(rows, len(rows))
    assert _statuses(rows, purpose) == _statuses(shuffled, purpose) == _plainly(rows, purpose)


@law(60)
@given(st.lists(events, max_size=12), st.randoms(use_true_random=False), st.sampled_from(Purpose))
def test_events_of_one_instant_give_one_answer_in_any_order(rows, random, purpose):
    crowded = [{**r, "time": r["time"].replace(hour=0, minute=0)} for r in rows]
    shuffled = random.sample(crowded, len(crowded))
    assert _statuses(crowded, purpose) == _statuses(shuffled, purpose) == _plainly(crowded, purpose)


@law(100)
@given(expressions, expressions)
def test_and_is_never_less_and_or_never_more_restrictive_than_a_part(left, right):
    parts = [read_license(left).cls, read_license(right).cls]
    both, either = read_license(f"{left} AND {right}").cls, read_license(f"{left} OR {right}").cls
    assert None not in (*parts, both, either)
    ranks = [cls.strictness for cls in parts]
    assert both.strictness == max(ranks)
    assert either.strictness == min(ranks)


@law(100)
@given(expressions, expressions)
def test_and_asks_all_that_its_parts_ask_and_or_nothing_that_neither_asks(left, right):
    one, other = read_license(left).terms, read_license(right).terms
    both, either = (
        read_license(f"{left} AND {right}").terms,
        read_license(f"{left} OR {right}").terms,
    )
    assert both.words == one.words | other.words
    assert either in (one, other)


@law(100)
@given(ids, st.randoms(use_true_random=False))
def test_letter_case_and_surrounding_space_do_not_change_a_licence(id_, random):
    mixed = "".join(random.choice([c.lower(), c.upper()]) for c in id_)
    assert read_license(f" {mixed}\t") == read_license(id_)


@law(100)
@given(expressions)
def test_what_was_read_is_read_again_as_itself(text):
    first = read_license(text)
    assert first.id is not None
    again = read_license(first.id)
    assert (again.id, again.cls) == (first.id, first.cls)


@law(100)
@given(unreadable, expressions, st.sampled_from(["AND", "OR"]), st.booleans())
def test_one_unknown_part_keeps_the_whole_unknown_and_unrepeated(odd, known, operator, first):
    pair = (odd, known) if first else (known, odd)
    facts = read_license(f" {operator} ".join(pair))
    assert facts.cls is None
    assert facts.why
    assert len(odd) < 12 or odd not in facts.why


@law(100)
@given(st.text(max_size=600))
def test_no_text_makes_the_reader_fail_or_repeat_it(text):
    facts = read_license(text)
    assert (facts.cls is None) <= (facts.why is not None)
    assert len(text.strip()) < 12 or text.strip() not in (facts.why or "")


texts = st.one_of(st.none(), st.just(" "), unreadable, expressions)


@law(60)
@given(st.lists(st.tuples(texts, st.integers(0, 2)), max_size=8), st.lists(texts, max_size=3))
def test_what_is_missing_never_becomes_known(rows, manifests):
    files = [FileRights(Source(files="*", name="s", license=text)) for text in manifests]
    frame = pl.DataFrame(
        [(n, file, text, None, None, None) for n, (text, file) in enumerate(rows)],
        schema={
            "index": pl.UInt64,
            "file": pl.UInt32,
            "license_raw": pl.String,
            "source_raw": pl.String,
            "url_raw": pl.String,
            "subject": pl.String,
        },
        orient="row",
    )
    undescribed = [FileRights()] * (3 - len(files))
    for fact in Rights([*files, *undescribed], Lineage({})).facts(frame).iter_rows(named=True):
        manifest = manifests[fact["file"]] if fact["file"] < len(manifests) else None
        parts = [t for t in (fact["license_raw"], manifest) if t and t.strip()]
        classes = [read_license(text).cls for text in parts]
        if not classes or None in classes:
            assert fact["license.class"] is None
            assert fact["license.why"]
        else:
            strictest = max(classes, key=lambda cls: cls.strictness)
            assert fact["license.class"] == strictest.value
        assert fact["consent.status"] is None
        assert fact["consent.why"] == "no consent registry"
