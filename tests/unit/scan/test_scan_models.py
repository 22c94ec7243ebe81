"""Further models: what is refused, and what is told of them; no library is needed for it."""

import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from govgate.config import load_config
from govgate.scan.models import identities, recognizers
from govgate.scan.pipeline import folder_digest
from tests.unit.scan.asked_models import (
    CONFIG,
    KINDS,
    LABELS,
    ONLY_GLINER,
    ONLY_TRANSFORMERS,
    model,
    refusal,
    settings,
)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def place(tmp_path: Path, kind: str) -> Path:
    """A folder in which nothing is missing, though its weights are none."""
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "tokenizer_config.json").write_text("{}")
    told = {"id2label": {"0": "O", "1": "B-PER"}, "encoder_config": {"model_type": "bert"}}
    (folder / CONFIG[kind]).write_text(json.dumps(told))
    return folder


def change(place: Path, kind: str, **more: object) -> None:
    path = place / CONFIG[kind]
    path.write_text(json.dumps(json.loads(path.read_text()) | more))


def test_a_missing_package_is_named_with_what_installs_it(place, kind, monkeypatch):
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    said = refusal(model(place, kind))
    assert f"{kind} models need the package" in said
    assert 'pip install "govgate[models]"' in said


def test_a_folder_that_is_not_there_is_named_as_configured(tmp_path):
    said = refusal(model(tmp_path / "models", folder="models/none"))
    assert "the folder 'models/none' does not exist" in said
    assert "never downloads" in said


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt"])
def test_weights_in_a_pickle_are_refused(place, kind, name):
    (place / "model.safetensors").rename(place / name)
    said = refusal(model(place, kind))
    assert f"pickle ({name}), which can run code" in said
    assert "safe_serialization=True" in said


def test_a_folder_without_weights_is_refused(place, kind):
    (place / "model.safetensors").unlink()
    assert "holds no model.safetensors" in refusal(model(place, kind))


@ONLY_TRANSFORMERS
@pytest.mark.parametrize(
    "part", ["part.bin", "../part.safetensors", "part.safetensors", "none.safetensors"]
)
def test_weights_in_parts_are_all_safetensors_in_the_folder(tmp_path, place, part):
    (place / "model.safetensors").unlink()
    for folder in (tmp_path, place):
        for ending in ("bin", "safetensors"):
            (folder / f"part.{ending}").write_bytes(b"weights")
    index = {"weight_map": {"a": "part.safetensors", "b": part}}
    (place / "model.safetensors.index.json").write_text(json.dumps(index))
    (place / "tokenizer_config.json").unlink()  # what is asked for next
    expected = "holds no tokenizer_config.json" if part == "part.safetensors" else "every part"
    assert expected in refusal(model(place))


def test_a_folder_with_a_file_missing_is_refused(place, kind):
    (place / CONFIG[kind]).unlink()
    assert f"holds no {CONFIG[kind]}" in refusal(model(place, kind))


def test_code_that_comes_with_a_model_is_refused(place, kind):
    (place / "modeling.py").write_text("")
    assert "Python code (modeling.py)" in refusal(model(place, kind))


def test_a_configuration_that_asks_for_code_is_refused(place, kind):
    change(place, kind, encoder_config={"auto_map": {"AutoModel": "other--modeling.Own"}})
    assert "(auto_map)" in refusal(model(place, kind))


def test_an_adapter_is_refused(place, kind):
    (place / "adapter_config.json").write_text("{}")
    assert "adapter" in refusal(model(place, kind))


@ONLY_GLINER
@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"encoder_config": None}, "does not hold the configuration of its encoder"),
        ({"labels_encoder": "some/encoder"}, "not run here (labels_encoder)"),
        ({"words_splitter_type": "stanza"}, "not run here (words_splitter_type)"),
    ],
)
def test_a_gliner_model_that_would_need_more_is_refused(place, kind, told, expected):
    change(place, kind, **told)
    assert expected in refusal(model(place, kind))


@ONLY_TRANSFORMERS
def test_a_label_that_the_model_never_gives_is_refused(place):
    said = refusal(model(place, labels={"PER": "PERSON", "LOC": "LOCATION"}))
    assert "gives no label 'LOC'" in said
    assert "its labels are PER" in said


def test_a_model_for_another_language_is_left_alone(tmp_path):
    absent = model(tmp_path / "none", language="de")
    assert recognizers([absent], "en") == []
    assert identities([absent], "en") == ()


def test_the_digest_is_of_every_byte_and_of_no_place(tmp_path, place):
    before = folder_digest(place)
    shutil.copytree(place, tmp_path / "elsewhere" / "renamed")
    assert folder_digest(tmp_path / "elsewhere" / "renamed") == before
    (place / ".cache").mkdir()
    (place / ".cache" / "when").write_text("downloaded today")
    assert folder_digest(place) == before
    (place / "model.safetensors").write_bytes(b"weighta")
    assert folder_digest(place) != before


def test_the_digest_of_settings_does_not_tell_where_a_model_lies(tmp_path):
    one = settings(model(tmp_path / "models"))
    other = settings(model(tmp_path / "elsewhere" / "models"))
    assert one.digest == other.digest
    assert one.digest != settings(model(tmp_path / "models", threshold=0.4)).digest
    assert one.digest != settings().digest


def test_a_folder_is_looked_for_beside_the_configuration(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "govgate.yaml").write_text(
        "scan:\n  models:\n"
        "    - {kind: gliner, folder: models/ours, labels: {person: PERSON}}\n"
        "    - {kind: gliner, folder: /models/theirs, labels: {person: PERSON}}\n"
    )
    monkeypatch.chdir(tmp_path)
    ours, theirs = load_config(Path("data/govgate.yaml")).tools.models
    assert ours.place == tmp_path / "data" / "models" / "ours"
    assert ours.folder == "models/ours"
    assert theirs.place == Path("/models/theirs")


def test_the_record_names_a_model_by_its_folder_and_digest(place, kind):
    (told,) = identities([model(place, kind)], "en")
    assert told.as_dict() == {
        "kind": kind,
        "name": "ours",
        "language": "en",
        "sha256": folder_digest(place),
        "labels": LABELS[kind],
        "threshold": 0.3,
    }


def test_without_models_no_library_is_imported():
    program = (
        "import sys; from govgate.scan.models import recognizers; recognizers((), 'en');"
        " sys.exit(bool({'torch', 'presidio_analyzer', 'huggingface_hub'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
