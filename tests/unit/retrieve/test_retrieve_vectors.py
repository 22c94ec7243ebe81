"""Ranking by words and vectors together, and what becomes of vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from govgate.errors import UsageError
from govgate.retrieve.change import Embedder
from govgate.retrieve.embed import load_embedder
from govgate.retrieve.removal import remove
from govgate.retrieve.store import reading
from govgate.retrieve.words import terms
from tests.unit.retrieve.models import WORDS, Recording, static_model
from tests.unit.retrieve.stores import ask, build, document
from tests.unit.retrieve.test_retrieve_ranking import bm25


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return load_embedder(static_model(tmp_path_factory.mktemp("models") / "tiny"))


def sentences(count: int, seed: int = 1) -> list[str]:
    random = np.random.default_rng(seed)
    return [
        " ".join([*random.choice(WORDS, size=random.integers(1, 9)), f"row{n}"])
        for n in range(count)
    ]


def hybrid(
    model: Embedder, texts: Sequence[str], question: str, seen: Sequence[int], limit: int
) -> list[tuple[int, float]]:
    """BM25 and cosine over the texts at ``seen``, fused: 1 / (60 + rank), of the best 100 each."""
    scores = bm25([terms(texts[at]) for at in seen], set(terms(question)))
    near = model.encode([texts[at] for at in seen]) @ model.encode([question])[0]
    by_words = sorted((n for n in range(len(seen)) if scores[n] > 0), key=lambda n: (-scores[n], n))
    by_vector = sorted(range(len(seen)), key=lambda n: (-near[n], n))
    fused: dict[int, float] = {}
    for ranking in (by_words, by_vector):
        for rank, n in enumerate(ranking[: max(limit, 100)], start=1):
            fused[seen[n]] = fused.get(seen[n], 0) + 1 / (60 + rank)
    return sorted(fused.items(), key=lambda one: (-one[1], one[0]))[:limit]


@pytest.mark.parametrize("question", ["harbour light", "moon", "a gull over the sea", "row17 rock"])
def test_words_and_vectors_rank_as_a_plain_reference_does(
    store: Path, model: Embedder, question: str
) -> None:
    texts = sentences(700)
    build(store, [document(str(n), text) for n, text in enumerate(texts)], embedder=model)
    hits = ask(store, question, limit=150, embedder=model).hits
    want = hybrid(model, texts, question, range(len(texts)), 150)
    assert [int(hit.row) for hit in hits] == [row for row, _ in want]
    assert [hit.score for hit in hits] == pytest.approx([score for _, score in want])


def test_rows_that_a_caller_may_not_see_change_nothing_of_the_ranking(
    store: Path, model: Embedder
) -> None:
    texts = sentences(600)
    rows = [document(str(n), text, source="ab"[n % 2]) for n, text in enumerate(texts)]
    build(store, rows, embedder=model)
    hits = ask(store, "tide and moon", embedder=model, sources=frozenset({"b"})).hits
    want = hybrid(model, texts, "tide and moon", range(1, len(texts), 2), 10)
    assert [(int(hit.row), hit.score) for hit in hits] == want


def test_a_row_that_shares_no_word_is_found_by_its_vector(store: Path, model: Embedder) -> None:
    build(store, [document("1", "harbour lamp"), document("2", "rope")], embedder=model)
    assert [hit.row for hit in ask(store, "harbour").hits] == ["1"]
    assert [hit.row for hit in ask(store, "harbour", embedder=model).hits] == ["1", "2"]


def test_only_new_rows_are_embedded(store: Path, model: Embedder) -> None:
    texts = sentences(300)
    rows = [document(str(n), text) for n, text in enumerate(texts)]
    recording = Recording(model)
    build(store, rows[:290], embedder=recording)
    assert recording.texts == texts[:290]
    recording.texts.clear()
    build(store, rows[5:], record="sha256:bb", embedder=recording)
    assert recording.texts == texts[290:]
    recording.texts.clear()
    build(store, [document(f"x{n}", text) for n, text in enumerate(texts[7:])], embedder=recording)
    assert recording.texts == []
    hits = ask(store, "harbour light", embedder=model, limit=20).hits
    want = hybrid(model, texts[7:], "harbour light", range(293), 20)
    assert [(int(hit.row[1:]), hit.score) for hit in hits] == want


def test_vectors_of_another_model_are_made_anew(
    store: Path, model: Embedder, tmp_path: Path
) -> None:
    other = load_embedder(static_model(tmp_path / "other", dims=16, seed=3))
    rows = [document(str(n), text) for n, text in enumerate(sentences(50))]
    build(store, rows, embedder=model)
    recording = Recording(other)
    build(store, rows, embedder=recording)
    assert len(recording.texts) == 50
    with reading(store) as tables:
        assert (tables.about.model, tables.about.dims) == (other.name, 16)
        assert sum(len(vectors) for _, vectors in tables.vectors()) == 50


def test_asking_with_a_model_that_the_store_was_not_built_with_is_refused(
    store: Path, model: Embedder, tmp_path: Path
) -> None:
    other = load_embedder(static_model(tmp_path / "other", seed=3))
    build(store, [document("1", "harbour")], embedder=other)
    with pytest.raises(UsageError, match=f"vectors are of {other.name}, not of {model.name}"):
        ask(store, "harbour", embedder=model)
    build(store.with_name(f"plain{store.suffix}"), [document("1", "harbour")])
    with pytest.raises(UsageError, match="vectors are of no model"):
        ask(store.with_name(f"plain{store.suffix}"), "harbour", embedder=model)


def test_new_rows_without_their_model_are_refused_and_what_must_go_is_gone(
    store: Path, model: Embedder
) -> None:
    build(store, [document("1", "harbour"), document("2", "quay")], embedder=model)
    with pytest.raises(UsageError, match="new rows need theirs; name the model's folder"):
        build(store, [document("2", "quay"), document("3", "pier")], record="sha256:bb")
    assert ask(store, "harbour pier").hits == ()
    assert [hit.row for hit in ask(store, "quay", embedder=model).hits] == ["2"]
    with reading(store) as tables:
        assert not tables.about.whole
    build(store, [document("2", "quay"), document("3", "pier")], "sha256:bb", embedder=model)
    assert [hit.row for hit in ask(store, "pier").hits] == ["3"]


def test_rows_can_go_without_the_model(store: Path, model: Embedder) -> None:
    build(store, [document("1", "harbour"), document("2", "quay")], embedder=model)
    build(store, [document("2", "quay")], record="sha256:bb")
    assert remove(store, lambda file, name, text: name == "2") == 1
    assert ask(store, "harbour quay", embedder=model).hits == ()
