"""The ranking against BM25 written out in plain Python."""

import gzip
import json
import math
from collections import Counter
from pathlib import Path

import apsw
import pytest

from govgate.retrieve.build import Document, build
from govgate.retrieve.search import MAX_WORDS, search
from govgate.retrieve.text import row_text

CORPORA = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "corpora"


def bm25(documents: list[list[str]], query: set[str]) -> list[float]:
    """Okapi BM25 of every document: k1 = 1.2, b = 0.75, and an IDF of at least 1e-6."""
    average = sum(map(len, documents)) / len(documents)
    counts = [Counter(document) for document in documents]
    scores = [0.0] * len(documents)
    for word in query:
        holders = sum(word in count for count in counts)
        idf = max(math.log((len(documents) - holders + 0.5) / (holders + 0.5)), 0.0) or 1e-6
        for number, count in enumerate(counts):
            length = 0.25 + 0.75 * len(documents[number]) / average
            scores[number] += idf * count[word] * 2.2 / (count[word] + 1.2 * length)
    return scores


def expected(scores: list[float], limit: int) -> list[tuple[str, float]]:
    order = sorted(range(len(scores)), key=lambda number: (-scores[number], number))
    return [(str(number), scores[number]) for number in order[:limit] if scores[number] > 0]


def stored(path: Path, texts: list[str]) -> Path:
    documents = (
        Document(str(number), "f", text, None, None, ()) for number, text in enumerate(texts)
    )
    build(path, documents, record="sha256:aa")
    return path


def test_scores_are_those_of_the_formula(tmp_path: Path) -> None:
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
    store = stored(tmp_path / "store.db", texts)
    for question in ("red", "fish", "red fish", "boat sea bird", "one old fish at sea"):
        want = expected(bm25([text.split() for text in texts], set(question.split())), 10)
        got = [(hit.row, hit.score) for hit in search(store, question).hits]
        assert [row for row, _ in got] == [row for row, _ in want], question
        assert [score for _, score in got] == pytest.approx([score for _, score in want])


def corpus(name: str, limit: int) -> list[str]:
    data = (CORPORA / name).read_bytes()
    data = gzip.decompress(data) if name.endswith(".gz") else data
    rows = json.loads(data) if ".json" in name and data[:1] == b"[" else data.splitlines()
    return [row_text(row if isinstance(row, dict) else json.loads(row)) for row in rows[:limit]]


def split(texts: list[str]) -> list[list[str]]:
    """The words as FTS5 files them; splitting is not what is compared here."""
    connection = apsw.Connection(":memory:")
    porter = connection.fts5_tokenizer("porter", ["unicode61", "remove_diacritics", "2"])
    flags = apsw.FTS5_TOKENIZE_DOCUMENT
    return [
        [
            word
            for group in porter(text.encode(), flags, None, include_offsets=False)
            for word in group
        ]
        for text in texts
    ]


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")
@pytest.mark.parametrize(
    "name", ["gsm8k_test.jsonl", "glaive_toolcall_en_demo.json", "c4_demo.jsonl"]
)
def test_real_rows_rank_as_the_formula_says(tmp_path: Path, name: str) -> None:
    texts = corpus(name, 400)
    indexed, questions = texts[:-20], texts[-20:]
    store = stored(tmp_path / "store.db", indexed)
    documents = split(indexed)
    for question, all_words in zip(questions, split(questions), strict=True):
        words = set(list(dict.fromkeys(all_words))[:MAX_WORDS])
        want = expected(bm25(documents, words), 10)
        got = search(store, question).hits
        assert [hit.score for hit in got] == pytest.approx([score for _, score in want])
        assert [hit.row for hit in got] == [row for row, _ in want]


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")
def test_the_start_of_a_real_row_finds_that_row(tmp_path: Path) -> None:
    texts = corpus("hh_harmless_base_test.jsonl.gz", 500)
    store = stored(tmp_path / "store.db", texts)
    found = [search(store, text[:400], limit=1).hits[0].text == text for text in texts[::10]]
    assert sum(found) >= 0.9 * len(found)
