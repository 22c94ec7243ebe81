"""How fast is a store of a million rows, and how good are its answers, beside tantivy and bm25s?

    python bench/retrieval.py speed [--rows 1000000] [--questions 500] [--folder DIR]
    python bench/retrieval.py quality FOLDER...

`speed` writes rows of made-up words (a Zipf law over 200,000, 20 to 100 words a row, eight
sources), builds a store of them and an index of each peer, and asks all the same questions of 4 to
13 words, each filtered to three of the sources. tantivy filters by a clause that scores nothing and
reads memory-mapped segments; bm25s multiplies the scores of the whole corpus by a mask. Both count
words over the rows that the filter hides, which is faster and is what our store must not do. Prints
the time of each build, p50, p95 and p99 of the questions, and the ratio of the medians; exits 1 if
our store is not within its limits.

`quality` takes folders in the format of BEIR (corpus.jsonl, queries.jsonl, qrels/test.tsv) and
prints nDCG@10 of each. Words of bm25s are ours; tantivy has its own.
"""

import argparse
import csv
import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import bm25s
import numpy as np
import tantivy

from govgate.retrieve.partition import Document
from govgate.retrieve.scope import Scope
from govgate.retrieve.search import Searcher
from govgate.retrieve.tables import About, Group
from govgate.retrieve.update import synchronise
from govgate.retrieve.words import terms

Texts = Callable[[], Iterator[tuple[str, str, str]]]  # name, source, text
Answer = Callable[[str, Sequence[str] | None], Sequence[str]]  # question, sources → names

MILLION = 1_000_000
BUILD, P99 = 600.0, 0.050  # seconds: limits for a million rows on two cores
SOURCES = [f"source{number}" for number in range(8)]
VOCABULARY, TEN = 200_000, 10
TODAY = date(2026, 1, 1)


def made_up(rows: int) -> Texts:
    """Rows of words by a Zipf law, the same each time they are read."""

    def texts() -> Iterator[tuple[str, str, str]]:
        random = np.random.default_rng(2)
        for start in range(0, rows, 10_000):
            lengths = random.integers(20, 100, min(10_000, rows - start))
            drawn, at = draw(random, int(lengths.sum())), 0
            for number, length in enumerate(lengths.tolist(), start=start):
                said = " ".join(drawn[at : at + length])
                yield str(number), SOURCES[number % len(SOURCES)], said
                at += length

    return texts


def draw(random: np.random.Generator, count: int) -> list[str]:
    """Words, common ones often."""
    return [f"w{number:x}q" for number in np.searchsorted(_LAW, random.random(count)).tolist()]


_LAW = np.cumsum(1 / (np.arange(VOCABULARY) + 2.7))
_LAW /= _LAW[-1]


def ours(folder: Path, texts: Texts) -> Answer:
    """Our store."""
    groups = {source: Group("rows", source=source) for source in ["", *SOURCES]}
    store = folder / "store.sqlite"
    synchronise(
        store,
        lambda: (Document(name, text, groups[source]) for name, source, text in texts()),
        About("bench", "bench", date(2100, 1, 1)),
        b"k" * 32,
    )
    searcher = Searcher(store)

    def answer(question: str, sources: Sequence[str] | None) -> Sequence[str]:
        scope = Scope(TODAY, sources=frozenset(sources) if sources else None)
        return [hit.row for hit in searcher.search(question, scope, limit=TEN).hits]

    return answer


def by_tantivy(folder: Path, texts: Texts) -> Answer:
    """tantivy, with its English stemmer."""
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("name", stored=True, tokenizer_name="raw")
    schema.add_text_field("source", tokenizer_name="raw")
    schema.add_text_field("text", stored=True, tokenizer_name="en_stem")
    (folder / "tantivy").mkdir()
    built = schema.build()
    index = tantivy.Index(built, path=str(folder / "tantivy"))
    writer = index.writer(500_000_000, 2)
    for name, source, text in texts():
        writer.add_document(tantivy.Document(name=name, source=source, text=text))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def answer(question: str, sources: Sequence[str] | None) -> Sequence[str]:
        query, _ = index.parse_query_lenient(" ".join(terms_alone(question)), ["text"])
        if sources:
            among = tantivy.Query.term_set_query(built, "source", list(sources))
            free = tantivy.Query.const_score_query(among, 0.0)
            must = tantivy.Occur.Must
            query = tantivy.Query.boolean_query([(must, query), (must, free)])
        found = searcher.search(query, TEN).hits
        return [searcher.doc(address)["name"][0] for _, address in found]

    return answer


def terms_alone(question: str) -> list[str]:
    """Words without the signs that are syntax to a query parser."""
    return "".join(c if c.isalnum() else " " for c in question).split()


def by_bm25s(folder: Path, texts: Texts) -> Answer:
    """bm25s, with our words."""
    names, sources_of, words = [], [], []
    for name, source, text in texts():
        names.append(name)
        sources_of.append(source)
        words.append(terms(text))
    model = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    model.index(words, show_progress=False)
    masks: dict[tuple[str, ...], Any] = {}

    def answer(question: str, sources: Sequence[str] | None) -> Sequence[str]:
        key, mask = tuple(sources or ()), None
        if sources:
            if key not in masks:
                masks[key] = np.isin(sources_of, key).astype(np.float32)
            mask = masks[key]
        asked = [list(dict.fromkeys(terms(question)))]
        few = min(TEN, len(names))
        found = model.retrieve(asked, k=few, show_progress=False, weight_mask=mask)
        hits = zip(found.documents[0].tolist(), found.scores[0].tolist(), strict=True)
        return [names[number] for number, score in hits if score > 0]

    return answer


PEERS = {"govgate": ours, "tantivy": by_tantivy, "bm25s": by_bm25s}


def speed(rows: int, questions: int, folder: Path) -> bool:
    """Build and ask; whether our store is within the limits (for a million rows)."""
    texts, random = made_up(rows), np.random.default_rng(7)
    asked = [" ".join(draw(random, int(random.integers(4, 14)))) for _ in range(questions)]
    within, medians = True, {}
    for peer, build in PEERS.items():
        start = perf_counter()
        answer = build(folder, texts)
        built = perf_counter() - start
        times = []
        for number, question in enumerate(asked):
            sources = [SOURCES[(number * step) % len(SOURCES)] for step in (1, 3, 5)]
            start = perf_counter()
            answer(question, sources)
            times.append(perf_counter() - start)
        p50, p95, p99 = np.percentile(times, [50, 95, 99])
        medians[peer] = p50
        print(
            f"{peer:8} build {built:6.1f} s   filtered question: p50 {p50 * 1000:6.1f} ms,"
            f" p95 {p95 * 1000:6.1f} ms, p99 {p99 * 1000:6.1f} ms",
            flush=True,
        )
        if build is ours:
            within = built < BUILD and p99 < P99
        del answer
    for peer in ("tantivy", "bm25s"):
        print(f"median of govgate over that of {peer}: {medians['govgate'] / medians[peer]:.2f}")
    if rows < MILLION:
        return True
    print(f"limits: build under {BUILD:.0f} s, p99 under {P99 * 1000:.0f} ms:", end=" ")
    print("held" if within else "NOT HELD")
    return within


def quality(beir: Path, folder: Path) -> dict[str, float]:
    """nDCG@10 on the test questions of a folder, by peer."""
    judged = judgements(beir / "qrels" / "test.tsv")
    questions = {one["_id"]: one["text"] for one in lines(beir / "queries.jsonl")}

    def texts() -> Iterator[tuple[str, str, str]]:
        for one in lines(beir / "corpus.jsonl"):
            yield one["_id"], "", f"{one.get('title') or ''}\n{one['text']}".strip()

    scores = {}
    for peer, build in PEERS.items():
        answer = build(folder, texts)
        gained = [ndcg(answer(questions[id], None), judged[id]) for id in judged]
        scores[peer] = sum(gained) / len(gained)
    return scores


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def judgements(path: Path) -> dict[str, dict[str, int]]:
    """How relevant which rows are, by question: of those that any row answers."""
    found: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            found.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    return {id: rows for id, rows in found.items() if any(score > 0 for score in rows.values())}


def ndcg(names: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Normalised discounted cumulative gain of the first ten, with linear gains (as trec_eval)."""
    best = sorted((gain for gain in relevant.values() if gain > 0), reverse=True)
    return _gain([relevant.get(name, 0) for name in names]) / _gain(best)


def _gain(gains: Sequence[int]) -> float:
    return sum(max(gain, 0) / math.log2(rank + 2) for rank, gain in enumerate(gains[:TEN]))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    modes = parser.add_subparsers(dest="mode", required=True)
    fast = modes.add_parser("speed")
    fast.add_argument("--rows", type=int, default=MILLION)
    fast.add_argument("--questions", type=int, default=500)
    fast.add_argument("--folder", type=Path)
    modes.add_parser("quality").add_argument("folders", type=Path, nargs="+")
    asked = parser.parse_args()
    if asked.mode == "quality":
        for beir in asked.folders:
            with tempfile.TemporaryDirectory() as folder:
                scores = quality(beir, Path(folder))
            said = ", ".join(f"{peer} {score:.4f}" for peer, score in scores.items())
            print(f"{beir.name}: nDCG@10 {said}")
        return 0
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        return 0 if speed(asked.rows, asked.questions, Path(folder)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
