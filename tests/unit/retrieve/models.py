"""Small real models for tests, made in place."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from govgate.retrieve.change import Embedder
from govgate.retrieve.tables import F32

WORDS = (
    "harbour quay pier ship boat sea tide moon gull lamp light tower rock sand rope crane"
).split()


def static_model(folder: Path, words: Sequence[str] = WORDS, dims: int = 24, seed: int = 7) -> Path:
    """A model2vec model that knows ``words``, with seeded vectors."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    vocabulary = {word: number for number, word in enumerate(["[UNK]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    vectors = np.random.default_rng(seed).normal(size=(len(vocabulary), dims)).astype("float32")
    StaticModel(vectors, tokenizer, config={}).save_pretrained(folder)
    return folder


class Recording:
    """A model that notes which texts it was asked for."""

    def __init__(self, model: Embedder) -> None:
        self._model = model
        self.name, self.dims = model.name, model.dims
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> F32:
        self.texts.extend(texts)
        return self._model.encode(texts)
