"""Every number of a report, counted again from the run's files in plain Python."""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from govgate.attest.trustfile import load_trust
from govgate.home import Home
from govgate.report.build import build
from govgate.report.document import Report, Table, figures_of
from govgate.report.evidence import gathered

RUNS = ("gated", "retrieval_only", "secretive")


class Run:
    """The files of a run, read without a line of govgate."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts = pq.read_table(path / "facts.parquet").to_pylist()
        self.verdicts = pq.read_table(path / "verdicts.parquet").to_pylist()
        self.findings = pq.read_table(path / "findings.parquet").to_pylist()
        self.coverage = json.loads((path / "coverage.json").read_text("utf-8"))
        first = json.loads((path / "record.intoto.jsonl").read_bytes().split(b"\n")[0])
        self.payload = base64.b64decode(first["payload"])
        self.decision = json.loads(self.payload)["predicate"]
        scan = yaml.safe_load((path / "policy.yaml").read_text("utf-8")).get("scan") or {}
        self.threshold = float(scan.get("threshold", 0.4))
        self.own = {one: float(score) for one, score in (scan.get("thresholds") or {}).items()}

    def places(self) -> list[dict[str, Any]]:
        """Findings that count, once for each place of a row."""
        seen: dict[tuple[Any, ...], dict[str, Any]] = {}
        for one in self.findings:
            enough = one["score"] >= self.own.get(one["entity"], self.threshold)
            if enough and one["excluded"] is None:
                key = tuple(one[k] for k in ("index", "pointer", "role", "start", "end", "entity"))
                fact = self.facts[one["index"]]
                seen[key] = {**one, "source": fact["source.name"], "license": fact["license.id"]}
        return list(seen.values())

    def by_partition(self, *facts: str) -> dict[tuple[Any, ...], dict[str, int]]:
        counted: dict[tuple[Any, ...], Counter[str]] = {}
        for fact, verdict in zip(self.facts, self.verdicts, strict=True):
            key = tuple(_word(fact[name]) for name in facts)
            told = counted.setdefault(key, Counter())
            told["rows"] += 1
            told[verdict["partition"]] += 1
        return {key: dict(told) for key, told in counted.items()}


def _word(value: Any) -> Any:
    return (", ".join(value) or "none") if isinstance(value, list) else value


def report_of(home: Path, *runs: Path) -> Report:
    where = Home(home)
    today = datetime.now(UTC).date()
    return build(gathered(runs, where, load_trust(where.trust), today=today, quorum=None))


@pytest.fixture(scope="module", params=RUNS)
def made(request: pytest.FixtureRequest, home: Path) -> tuple[Report, Run]:
    given = request.getfixturevalue(request.param)
    run = given if isinstance(given, Path) else given.run
    return report_of(home, run), Run(run)


def cells(table: Table, keys: int) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows of a table by their first cells; the numbers by the heading of their column."""
    names = [column.name for column in table.columns[keys:]]
    return {row[:keys]: dict(zip(names, row[keys:], strict=True)) for row in table.rows}


def without_zeros(told: dict[tuple[Any, ...], dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    return {key: {k: v for k, v in row.items() if v} for key, row in told.items()}


@pytest.mark.parametrize(
    ("table", "facts"),
    [
        ("licenses", ("license.id", "license.class")),
        ("sources", ("source.name",)),
        ("lineage", ("lineage.status", "lineage.models")),
        ("opt-outs", ("optout.train", "optout.retrieve", "optout.tdm")),
        ("consent-status", ("consent.status",)),
        ("consent-basis", ("consent.basis",)),
        ("consent-by", ("consent.by",)),
        ("requests", ("subject.requests",)),
    ],
)
def test_rows_by_a_fact_are_those_of_the_tables(
    made: tuple[Report, Run], table: str, facts: tuple[str, ...]
) -> None:
    report, run = made
    shown = report.tables[table]
    assert shown.left_out == 0
    assert without_zeros(cells(shown, len(facts))) == run.by_partition(*facts)


@pytest.mark.parametrize("where", ["field", "role", "file", "source", "license"])
def test_findings_are_those_of_the_table(made: tuple[Report, Run], where: str) -> None:
    report, run = made
    field: Callable[[dict[str, Any]], Any] = {"field": _field}.get(where, lambda one: one[where])
    counted = Counter((field(one), one["entity"]) for one in run.places())
    listed = report.tables.get(f"found-by-{where}")
    shown = {row[:2]: row[2] for row in listed.rows} if listed else {}
    assert shown == counted


def _field(one: dict[str, Any]) -> str:
    steps = one["pointer"].split("/")[1:]
    return "/".join("*" if step.isascii() and step.isdigit() else step for step in steps)


def test_the_sum_of_all_kinds_is_the_sum(made: tuple[Report, Run]) -> None:
    report, run = made
    kinds = dict(Counter(one["entity"] for one in run.places()))
    assert dict(report.tables["found"].rows) == {**kinds, "all": sum(kinds.values())}


def test_partitions_and_rules_are_those_of_the_verdicts(made: tuple[Report, Run]) -> None:
    report, run = made
    counted = Counter(verdict["partition"] for verdict in run.verdicts)
    shown = {row[0]: row[2] for row in report.tables["partitions"].rows}
    assert {name: rows for name, rows in shown.items() if rows and name != "all"} == counted
    assert shown["all"] == len(run.verdicts)
    reasons = Counter(reason for verdict in run.verdicts for reason in verdict["reasons"])
    for rule, told in cells(report.tables["rules"], 1).items():
        assert max(v for k, v in told.items() if k != "what it is for") <= reasons[str(rule[0])]
    assert set(report.tables["rules"].keys) == set(reasons)


def test_the_ledger_and_the_digests_are_those_of_the_files(made: tuple[Report, Run]) -> None:
    report, run = made
    for unit, told in cells(report.tables["ledger"], 1).items():
        assert told == run.coverage[unit[0]]
    for name, size, digest in report.tables["digests"].rows:
        data = (run.path / str(name)).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (size, digest)
    assert report.about["records"][0]["sha256"] == hashlib.sha256(run.payload).hexdigest()


def test_duties_are_those_of_the_verdicts(made: tuple[Report, Run]) -> None:
    report, run = made
    counted: Counter[tuple[str, str]] = Counter()
    for verdict in run.verdicts:
        for duty in verdict["obligations"]:
            if not duty.startswith("redact:"):
                counted[duty, "rows"] += 1
                counted[duty, verdict["partition"]] += 1
    shown = {
        (row[0], column.name): value
        for row in report.tables["duties"].rows
        for column, value in zip(report.tables["duties"].columns[2:], row[2:], strict=True)
        if value
    }
    assert shown == counted


def test_the_sample_is_what_anyone_would_pick(made: tuple[Report, Run]) -> None:
    report, run = made
    digest = hashlib.sha256(run.payload).hexdigest()
    expected = set()
    for partition, reason in {(v["partition"], r) for v in run.verdicts for r in v["reasons"]}:
        able = [
            (hashlib.sha256(f"{digest}:{v['index']}".encode()).hexdigest(), v["row"])
            for v in run.verdicts
            if v["partition"] == partition and reason in v["reasons"]
        ]
        expected |= {(row, partition, reason) for _, row in sorted(able)[:5]}
    assert {(r[0], r[2], r[3]) for r in report.tables["sample"].rows} == expected


def test_every_number_of_a_sentence_is_the_one_in_its_table(made: tuple[Report, Run]) -> None:
    report, _ = made
    seen = [one for section in report.all_sections for one in figures_of(section)]
    assert len(seen) > 10
    for one in seen:
        assert report.tables[one.table].rows[one.row][one.column] == one.value


def test_no_id_of_a_section_or_table_is_there_twice(made: tuple[Report, Run]) -> None:
    report, _ = made
    ids = [*_ids(report), *(table.id for table in _shown(report))]
    assert len(ids) == len(set(ids))


def _ids(report: Report) -> Iterator[str]:
    waiting = list(report.all_sections)
    while waiting:
        section = waiting.pop()
        yield section.id
        waiting += section.parts


def _shown(report: Report) -> list[Table]:
    from govgate.report.document import tables_of

    return [table for section in report.all_sections for table in tables_of(section)]


def test_a_table_says_how_many_rows_it_leaves_out() -> None:
    from govgate.report.counting import table
    from govgate.report.document import Column

    made = table("t", "t", (Column("x"),), ((str(n),) for n in range(5)), "s", most=3)
    assert (made.rows, made.left_out) == ((("0",), ("1",), ("2",)), 2)
    assert replace(made, left_out=0) == table("t", "t", made.columns, made.rows, "s")
