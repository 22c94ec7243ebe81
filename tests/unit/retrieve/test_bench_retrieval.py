"""The bench of retrieval runs, and its score is the one that the field means."""

import json
import math
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.retrieve.test_retrieve_build import ROOT, environment

BENCH = ROOT / "bench" / "retrieval.py"


def test_gains_are_discounted_by_rank_and_held_against_the_best_order() -> None:
    ndcg = runpy.run_path(str(BENCH))["ndcg"]
    relevant = {"a": 2, "b": 1, "c": 0}
    best = 2 / math.log2(2) + 1 / math.log2(3)
    assert ndcg(["a", "b"], relevant) == pytest.approx(1)
    assert ndcg(["c", "b", "a"], relevant) == pytest.approx((1 / math.log2(3) + 2 / 2) / best)
    assert ndcg(["x"] * 10 + ["a"], relevant) == 0


def test_a_folder_of_beir_is_scored_beside_the_peers(tmp_path: Path) -> None:
    corpus = {"d1": "The moon raises tides.", "d2": "Cats sleep a lot.", "d3": "Far is the moon."}
    rows = [{"_id": id, "title": "", "text": text} for id, text in corpus.items()]
    asked = [{"_id": "q1", "text": "what raises the tides?"}, {"_id": "q2", "text": "cats"}]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, asked)))
    (tmp_path / "qrels").mkdir()
    judged = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\nq2\td3\t0\n"
    (tmp_path / "qrels" / "test.tsv").write_text(judged)
    shown = run("quality", tmp_path)
    assert shown.endswith("nDCG@10 govgate 1.0000, tantivy 1.0000, bm25s 1.0000\n")


def test_the_time_of_builds_and_questions_is_shown_beside_the_peers() -> None:
    shown = run("speed", "--rows", "2000", "--questions", "5")
    assert [line.split()[0] for line in shown.splitlines()[:3]] == ["govgate", "tantivy", "bm25s"]
    assert "median of govgate over that of tantivy" in shown


def run(*arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, BENCH, *map(str, arguments)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
