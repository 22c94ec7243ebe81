"""A run without some of its rows: what stays says what it said, or the run is retired."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from govgate.attest.trustfile import load_trust
from govgate.cli import run as govgate
from govgate.erase.act import opened
from govgate.erase.parts import standing_rows
from govgate.erase.rewrite import UnfaithfulError, check_in_force, checked, rewrite
from govgate.home import Home, fingerprint_key
from govgate.register.runs import registered, row_batches
from govgate.steps.recorded import recorded

POLICY = """\
policy: acme
version: 1
expires: 2030-01-01
purposes: [fine-tuning]
require: {rows.count: ">= 7"}
rules:
  - {id: open, when: {license.class: [public-domain, permissive, non-commercial]},
     then: {train: allow, retrieve: allow}}
  - {id: noncommercial, when: {license.class: non-commercial}, then: {train: deny, retrieve: allow}}
  - {id: mail, when: {pii.entities: {any: [EMAIL_ADDRESS]}}, then: {train: redact}}
"""
MANIFEST = """\
sources:
  - {files: "a.jsonl", name: alpha, license: CC0-1.0, subject_field: who}
  - {files: "b.csv", name: beta, license: MIT}
"""
TODAY = datetime.now(UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two files: six rows and three."""
    top = tmp_path_factory.mktemp("rewrite")
    (top / "data").mkdir()
    rows = [{"who": f"p{n}@example.com", "text": f"Lamp number {n} glows."} for n in range(6)]
    rows[4]["license"] = "CC-BY-NC-4.0"
    (top / "data" / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (top / "data" / "b.csv").write_text('id,text\n1,"One, two"\n2,Plain\n3,"Say ""so"""\n')
    (top / "data" / "govgate.yaml").write_text(MANIFEST)
    (top / "policy.yaml").write_text(POLICY)
    home = ["--home", str(top / "home")]
    assert govgate(["key", "new", *home]) == 0
    asked = ["gate", str(top / "data"), "--policy", str(top / "policy.yaml"), "--quiet"]
    assert govgate([*asked, "--out", str(top / "run"), "--workers", "1", *home]) == 0
    return top


@pytest.fixture
def top(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "top")
    return tmp_path / "top"


def rewritten(top: Path, *gone: int, now: datetime = TODAY):
    home = Home(top / "home")
    (noted,) = registered(home)
    old = checked(top / "run", noted.id, load_trust(home.trust), now)
    check_in_force(old, now)
    key = fingerprint_key(home)
    return old, rewrite(old, frozenset(gone), opened(home, now.date()), key, now)


def test_without_a_row_to_erase_every_file_but_the_record_is_the_same(top):
    before = {p: p.read_bytes() for p in sorted((top / "run").rglob("*")) if p.is_file()}
    old, (decision, _) = rewritten(top)
    changed = {p.name for p, data in before.items() if p.read_bytes() != data}
    assert changed <= {"record.intoto.jsonl", "proof.tlog-proof", "coverage.json"}
    assert decision.supersedes == old.record
    assert decision.members == old.decision.members
    assert decision.counts == old.decision.counts
    assert govgate(["verify", str(top / "run"), "--home", str(top / "home")]) == 0


def test_what_stays_keeps_its_bytes_its_facts_and_its_members(top):
    run = top / "run"
    old_csv = (run / "train" / "b.csv").read_bytes()
    old_facts = pl.read_parquet(run / "facts.parquet")
    old_text = {row.index: row.value for row in standing_rows(run)}
    old, (decision, _) = rewritten(top, 1, 7)
    assert (run / "train" / "b.csv").read_bytes() == old_csv.replace(b"2,Plain\n", b"")
    left = {row.index: row.value for row in standing_rows(run)}
    assert left == {index: value for index, value in old_text.items() if index not in (1, 7)}
    facts = pl.read_parquet(run / "facts.parquet")
    stays = ~pl.col("index").is_in([1, 7])
    assert facts.filter(stays).equals(old_facts.filter(stays))
    gone = facts.filter(~stays)
    assert gone["row"].to_list() == ["erased:2", "erased:8"]
    known = [name for name in gone.columns if gone[name].null_count() == 0]
    assert known == ["index", "row", "file", "run.purpose", "erased"]
    assert decision.members.subjects.size == old.decision.members.subjects.size - 1
    assert decision.members.rows.size == old.decision.members.rows.size - 2
    findings = pl.read_parquet(run / "findings.parquet")
    assert findings.filter(~stays).is_empty()
    assert recorded(run) == decision
    assert govgate(["verify", str(run), "--home", str(top / "home")]) == 0


def test_a_source_without_rows_is_credited_no_more(top):
    assert "beta" in (top / "run" / "NOTICE.txt").read_text()
    home = Home(top / "home")
    policy = (top / "run" / "policy.yaml").read_text()
    assert "rows.count" in policy
    with pytest.raises(UnfaithfulError, match="another answer"):
        rewritten(top, 6, 7, 8)  # six rows are left, and seven are asked for
    assert govgate(["verify", str(top / "run"), "--home", str(home.path)]) == 0
    assert sorted(p.name for p in top.iterdir()) == ["data", "home", "policy.yaml", "run"]


def test_credits_count_the_rows_that_are_left(top):
    rewritten(top, 4)
    said = json.loads((top / "run" / "credits.json").read_text())
    assert [(r["file"], r["license"], r["train"], r["retrieve"]) for r in said["rows"]] == [
        ("a.jsonl", "CC0-1.0", 5, 0),
        ("b.csv", "MIT", 3, 0),
    ]
    assert not (top / "run" / "retrieve").exists()


def test_a_policy_that_has_expired_cannot_decide_again(top):
    with pytest.raises(UnfaithfulError, match="expired"):
        rewritten(top, 1, now=datetime(2030, 1, 2, tzinfo=UTC))


@pytest.mark.parametrize("name", ["train/a.jsonl", "facts.parquet", "extra.txt"])
def test_a_run_that_was_changed_is_not_signed_anew(top, name):
    with (top / "run" / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(UnfaithfulError):
        rewritten(top, 1)


def test_the_register_keeps_what_a_rewriting_needs(top):
    home = Home(top / "home")
    (noted,) = registered(home)
    rows = pl.concat(row_batches(home, noted.id))
    assert rows["member"].null_count() == 3  # of the file without a field of subjects
    assert rows["member"].n_unique() == 7
    assert TODAY - timedelta(days=1) < noted.finished_on
