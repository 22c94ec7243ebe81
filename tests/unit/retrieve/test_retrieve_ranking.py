"""The ranking against BM25 written out in plain Python."""

import gzip
import json
import math
from collections import Counter
from pathlib import Path

import pytest

from govgate.retrieve.search import MAX_WORDS
from govgate.retrieve.text import row_text
from govgate.retrieve.words import terms
from tests.unit.retrieve.stores import ask, build, document

CORPORA = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "corpora"


def bm25(documents: list[list[str]], query: set[str]) -> list[float]:
    """Okapi BM25 of every document: k1 = 1.2, b = 0.75, and an IDF that is never negative."""
    average = sum(map(len, documents)) / len(documents)
    counts = [Counter(document) for document in documents]
    scores = [0.0] * len(documents)
    for word in query:
        holders = sum(word in count for count in counts)
        idf = math.log(1 + (len(documents) - holders + 0.5) / (holders + 0.5))
        for number, count in enumerate(counts):
            length = 0.25 + 0.75 * len(documents[number]) / average
            scores[number] += idf * count[word] / (count[word] + 1.2 * length)
    return scores


def expected(scores: list[float], limit: int) -> list[tuple[str, float]]:
    order = sorted(range(len(scores)), key=lambda number: (-scores[number], number))
    return [(str(number), scores[number]) for number in order[:limit] if scores[number] > 0]


def filled(path: Path, texts: list[str]) -> Path:
    build(path, [document(str(number), text) for number, text in enumerate(texts)])
    return path


def test_scores_are_those_of_the_formula(store: Path) -> None:
    texts = [
        "red red red fish",
        "blue fish",
        "red boat at sea with one fish and one bird",
        "one bird",
        "sea",
        "old boat",
        "fish fish",
        "fish at sea",
    ]
    filled(store, texts)
    for question in ("red", "fish", "red fish", "boat sea bird", "one old fish at sea"):
        want = expected(bm25([text.split() for text in texts], set(question.split())), 10)
        got = [(hit.row, hit.score) for hit in ask(store, question).hits]
        assert [row for row, _ in got] == [row for row, _ in want], question
        assert [score for _, score in got] == pytest.approx([score for _, score in want])


def corpus(name: str, limit: int) -> list[str]:
    data = (CORPORA / name).read_bytes()
    data = gzip.decompress(data) if name.endswith(".gz") else data
    rows = json.loads(data) if ".json" in name and data[:1] == b"[" else data.splitlines()
    return [row_text(row if isinstance(row, dict) else json.loads(row)) for row in rows[:limit]]


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")
@pytest.mark.parametrize(
    "name", ["gsm8k_test.jsonl", "glaive_toolcall_en_demo.json", "c4_demo.jsonl"]
)
def test_real_rows_rank_as_the_formula_says(store: Path, name: str) -> None:
    texts = corpus(name, 400)
    indexed, questions = texts[:-20], texts[-20:]
    filled(store, indexed)
    documents = [terms(text) for text in indexed]
    for question in questions:
        words = set(list(dict.fromkeys(terms(question)))[:MAX_WORDS])
        want = expected(bm25(documents, words), 10)
        got = ask(store, question).hits
        assert [hit.score for hit in got] == pytest.approx([score for _, score in want])
        assert [hit.row for hit in got] == [row for row, _ in want]


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")
def test_the_start_of_a_real_row_finds_that_row(store: Path) -> None:
    texts = corpus("hh_harmless_base_test.jsonl.gz", 500)
    filled(store, texts)
    found = [ask(store, text[:400], limit=1).hits[0].text == text for text in texts[::10]]
    assert sum(found) >= 0.9 * len(found)
