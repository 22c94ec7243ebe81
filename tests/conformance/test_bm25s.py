"""The ranking against bm25s, an implementation that is not ours: same words, same k1 and b."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import bm25s
import pytest

from govgate.retrieve.search import MAX_WORDS
from govgate.retrieve.text import row_text
from govgate.retrieve.words import terms
from tests.unit.retrieve.stores import ask, build, document

CORPORA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "corpora"
QUERIES, TEN = 1000, 10
_CLOSE = 1e-9


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")
def test_the_top_ten_are_those_of_bm25s(tmp_path: Path) -> None:
    corpora = [rows(path) for path in sorted(CORPORA.iterdir())]
    agreed = asked = 0
    for number, texts in enumerate(corpora):
        share = (QUERIES - asked) // (len(corpora) - number)
        held_out = min(share, len(texts) // 3)
        results = compared(tmp_path / f"{number}.sqlite", texts[:-held_out], texts[-held_out:])
        agreed, asked = agreed + sum(results), asked + len(results)
    assert asked == QUERIES
    assert agreed >= 0.95 * asked
    print(f"{agreed} of {asked} questions agree")


def rows(path: Path) -> list[str]:
    """The rows that say anything, as text; at most 3,000."""
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    found = json.loads(data) if data[:1] == b"[" else map(json.loads, data.splitlines())
    return [text for row in found if terms(text := row_text(row))][:3000]


def compared(store: Path, texts: Sequence[str], questions: Sequence[str]) -> list[bool]:
    """Whether both name the same ten rows, question by question."""
    build(store, [document(str(number), text) for number, text in enumerate(texts)])
    other = bm25s.BM25(method="lucene", k1=1.2, b=0.75, dtype="float64")
    other.index([terms(text) for text in texts], show_progress=False)
    return [agree(store, other, question) for question in questions]


def agree(store: Path, other: bm25s.BM25, question: str) -> bool:
    """Ties aside: the scores are the same ten, and each row named has the score that is said."""
    words = list(dict.fromkeys(terms(question)))[:MAX_WORDS]
    known = [word for word in words if word in other.vocab_dict]
    scores = other.get_scores(known)
    best = sorted(scores[scores > 0], reverse=True)[:TEN]
    hits = ask(store, question, limit=TEN).hits
    return len(hits) == len(best) and all(
        abs(hit.score - score) <= _CLOSE * score
        and abs(scores[int(hit.row)] - score) <= _CLOSE * score
        for hit, score in zip(hits, best, strict=True)
    )
