"""Models in local folders, as they are loaded."""

import json
import shutil
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from govgate.errors import UsageError
from govgate.retrieve.embed import load_embedder
from tests.unit.retrieve.models import static_model


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return static_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "tiny"))


def test_vectors_are_those_of_the_model_at_length_one(folder: Path) -> None:
    from model2vec import StaticModel

    texts = ["the harbour at sea", "Moon and TIDE, moon", "quay"]
    model = load_embedder(folder)
    wanted = StaticModel.from_pretrained(folder).encode(texts)
    found = model.encode(texts)
    assert (found.dtype, found.shape, model.dims) == (np.float32, (3, 24), 24)
    np.testing.assert_allclose(found, wanted / np.linalg.norm(wanted, axis=1)[:, None], rtol=1e-5)


def test_a_text_without_known_words_has_a_vector_of_zeros(folder: Path) -> None:
    found = load_embedder(folder).encode(["", " \n", "xylophone", "\ud800\0", "sea\ud800\0"])
    assert found[:4].any() == np.False_
    assert np.linalg.norm(found[4]) == pytest.approx(1)
    assert load_embedder(folder).encode([]).shape == (0, 24)


def test_the_end_of_a_text_beyond_the_window_has_no_part_in_its_vector(folder: Path) -> None:
    start, longer = load_embedder(folder).encode(["sea " * 600, "sea " * 600 + "moon " * 600])
    np.testing.assert_array_equal(start, longer)


def test_a_name_tells_one_model_from_another(folder: Path, tmp_path: Path) -> None:
    name = load_embedder(folder).name
    same = shutil.copytree(folder, tmp_path / "copy" / "tiny")
    other = static_model(tmp_path / "other" / "tiny", seed=8)
    assert name.startswith("tiny@")
    assert len(name) == len("tiny@") + 16
    assert load_embedder(Path(same)).name == name
    assert load_embedder(other).name not in ("", name)


def test_a_static_model_needs_no_list_of_modules(folder: Path) -> None:
    (folder / "modules.json").unlink()
    assert load_embedder(folder).dims == 24


def test_loading_and_asking_uses_no_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr("socket.socket.connect", refused)
    monkeypatch.setattr("socket.getaddrinfo", refused)
    assert load_embedder(folder).encode(["sea"]).any()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist; copy all files of one model"):
        load_embedder(tmp_path / "none")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / "modules.json").unlink()
    (folder / name).unlink()
    with pytest.raises(UsageError, match=f"holds no modules.json and no {name}"):
        load_embedder(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_broken_file_is_refused_in_our_words(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"{broken")
    with pytest.raises(UsageError, match="cannot be loaded as a model of model2vec"):
        load_embedder(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "2_Dense/pytorch_model.bin"])
def test_weights_in_a_pickle_are_refused(folder: Path, name: str) -> None:
    (folder / "model.safetensors").unlink()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"\x80\x04N.")
    with pytest.raises(UsageError, match=f"as a pickle .{name}., which can run code"):
        load_embedder(folder)


def test_a_module_from_elsewhere_is_refused(folder: Path) -> None:
    modules = [{"idx": 0, "name": "0", "path": "", "type": "os.path.Transformer"}]
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(UsageError, match="code that is not of sentence-transformers"):
        load_embedder(folder)


@pytest.mark.parametrize("content", ["", "{}", "[]", "[1]", '[{"path": ""}]'])
def test_a_list_of_modules_that_says_nothing_is_refused(folder: Path, content: str) -> None:
    (folder / "modules.json").write_text(content)
    with pytest.raises(UsageError, match=r"modules\.json"):
        load_embedder(folder)


@pytest.mark.parametrize(
    ("kind", "extra"), [("StaticEmbedding", "embed"), ("Transformer", "embed-transformers")]
)
def test_a_missing_package_names_its_extra(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, extra: str
) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    modules = [{"idx": 0, "name": "0", "path": "", "type": f"sentence_transformers.models.{kind}"}]
    (folder / "modules.json").write_text(json.dumps(modules))
    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(UsageError, match=rf'pip install "govgate\[{extra}\]"'):
        load_embedder(folder)
