"""Further models: what is refused and told needs no library; what is found needs all of them."""

import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presidio_analyzer import RecognizerResult
from presidio_analyzer.chunkers import BaseTextChunker, CharacterBasedTextChunker

from govgate.config import load_config
from govgate.errors import UsageError
from govgate.model import Failure
from govgate.scan.detector import Ask, Span
from govgate.scan.fast.detector import FastDetector
from govgate.scan.models import identities, recognizers
from govgate.scan.pipeline import folder_digest
from govgate.scan.presidio import PresidioDetector
from govgate.scan.wholetext import WholeText
from govgate.scansettings import Looks, Model, ScanSettings, Tools

LABELS = {"gliner": {"person": "PERSON"}, "transformers": {"PER": "PERSON"}}
CONFIG = {"gliner": "gliner_config.json", "transformers": "config.json"}
KINDS = sorted(LABELS)
ONLY_GLINER = pytest.mark.parametrize("kind", ["gliner"], indirect=True)
ONLY_TRANSFORMERS = pytest.mark.parametrize("kind", ["transformers"], indirect=True)


def model(place: Path, kind: str = "transformers", **more: object) -> Model:
    """A model in ``place``, as a govgate.yaml in the folder above would name it."""
    told = {"kind": kind, "folder": place.name, "labels": LABELS[kind]} | more
    return Model.model_validate(told).within(place.parent)


def settings(*models: Model, **looks: object) -> ScanSettings:
    return ScanSettings(looks=Looks(**looks), tools=Tools(models=models))


def refusal(asked: Model) -> str:
    with pytest.raises(UsageError) as refused:
        recognizers([asked], "en")
    assert str(asked.place.parent) not in str(refused.value)
    return str(refused.value)


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


@given(st.text(alphabet="ab \n😀", max_size=400), st.integers(1, 30))
def test_chunks_fit_and_leave_no_character_out(text, room):
    chunks = WholeText(50, 10, lambda part: len(part) <= room).chunk(text)
    covered = {place for chunk in chunks for place in range(chunk.start, chunk.end)}
    assert covered == set(range(len(text)))
    assert all(len(c.text) <= room and text[c.start : c.end] == c.text for c in chunks)


FOUND = st.builds(
    lambda entity, start, length, score: RecognizerResult(entity, start, start + length, score),
    st.sampled_from(["PERSON", "LOCATION"]),
    st.integers(0, 40),
    st.integers(1, 8),
    st.sampled_from([0.3, 0.5, 0.9]),
)


@given(st.lists(st.tuples(FOUND, st.tuples(st.booleans(), st.booleans())), max_size=20))
def test_what_chunks_share_is_kept_once_as_presidio_keeps_it(seen):
    found, edges = [one for one, _ in seen], [edge for _, edge in seen]
    ours, theirs = WholeText(50, 10, bool), CharacterBasedTextChunker(50, 10)
    assert ours.deduplicate_overlapping_entities(
        found, at_chunk_edge=edges
    ) == theirs.deduplicate_overlapping_entities(found, at_chunk_edge=edges)


def test_a_text_full_of_names_takes_no_more_than_its_length(monkeypatch):
    compared = 0

    def counted(self: BaseTextChunker, found: list, *rest: object) -> list:
        nonlocal compared
        compared += len(found) ** 2
        return found

    monkeypatch.setattr(BaseTextChunker, "deduplicate_overlapping_entities", counted)
    found = [RecognizerResult("PERSON", at, at + 3, 0.9) for at in range(0, 40_000, 4)]
    assert WholeText(50, 10, bool).deduplicate_overlapping_entities(found) == found
    assert compared == len(found)


def test_a_character_that_does_not_fit_is_a_fault_and_not_left_out():
    with pytest.raises(ValueError, match="more than the model takes"):
        WholeText(50, 10, lambda part: False).chunk("ab")


# What follows runs the real libraries: make check-models.

TEXT = "my friend Ann went home with Bob . the cat sat on a mat with zoe ."
PEOPLE = ["Ann", "Bob", "zoe"]
TEXTS = (
    "",
    " \n ",
    TEXT,
    "the cat sat on the mat . " * 60 + "kim",
    "John Smith of Berlin, visa 4111 1111 1111 1111, fox@example.org, and lee .",
    "😀 ann 😀 bob",
    "my " * 2000,
)
UNBROKEN = "the.cat.sat.on.a.mat," * 60 + "ann," + "the.cat.sat.on.a.mat." * 60


@pytest.fixture(scope="module")
def tiny() -> ModuleType:
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        import tiny_models
    finally:
        sys.path.pop(0)
    return tiny_models


@pytest.fixture(scope="module")
def taught(tiny, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "gliner": tiny.gliner_model(folder / "gliner"),
        "transformers": tiny.transformers_model(folder / "transformers"),
    }


@pytest.fixture(scope="module")
def both(taught) -> ScanSettings:
    return settings(
        model(taught["transformers"], "transformers"),
        model(taught["gliner"], "gliner", threshold=0.5),
    )


@pytest.fixture(scope="module")
def fast(both) -> FastDetector:
    return FastDetector(both)


@pytest.fixture(scope="module")
def presidio(both) -> PresidioDetector:
    return PresidioDetector(both)


@pytest.fixture
def alone(taught, kind):
    """Makes a recognizer of one kind."""
    (made,) = recognizers([model(taught[kind], kind, threshold=0.5)], "en")
    return made


def models_of(detector: FastDetector | PresidioDetector, kind: str) -> list:
    engine = getattr(detector, "_reference", detector).engine
    return [one for one in engine.registry.recognizers if one.name.startswith(f"{kind}:")]


def people(text: str, found: list) -> list[str]:
    return [text[one.start : one.end] for one in sorted(found, key=lambda one: one.start)]


@pytest.mark.models
def test_a_model_finds_names_from_its_folder_alone(alone):
    assert people(TEXT, alone.analyze(TEXT, ["PERSON"])) == PEOPLE


@pytest.mark.models
def test_with_the_network_shut_a_model_loads_and_finds(taught, kind, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    (made,) = recognizers([model(taught[kind], kind, threshold=0.5)], "en")
    assert people(TEXT, made.analyze(TEXT, ["PERSON"])) == PEOPLE


@pytest.mark.models
def test_the_libraries_are_told_to_stay_offline(alone):
    from huggingface_hub import is_offline_mode, snapshot_download

    assert is_offline_mode()
    with pytest.raises(Exception, match=re.compile("offline|local", re.IGNORECASE)):
        snapshot_download("govgate-test/none")


@pytest.mark.models
def test_findings_beside_the_fast_path_equal_those_of_presidios_engine(fast, presidio):
    asks = [Ask(text) for text in (*TEXTS, UNBROKEN)]
    assert fast.detect(asks) == presidio.detect(asks)
    assert dict(fast.identity.paths) == {
        "names": "govgate",
        "patterns": "govgate",
        "models": "presidio",
    }


@pytest.mark.models
def test_a_finding_names_the_model(fast):
    (found,) = fast.detect([Ask("my friend ann went home with a cat .")])
    assert ("ann", "PERSON", "transformers:transformers") in {
        ("ann", one.entity, one.recognizer) for one in found if isinstance(one, Span)
    }


@pytest.mark.models
def test_a_text_that_is_looked_at_with_others_has_the_findings_it_has_alone(fast):
    asks = [Ask(text) for text in TEXTS]
    assert fast.detect(asks) == [fast.detect([ask])[0] for ask in asks]


@pytest.mark.models
def test_the_identity_holds_models_and_libraries(fast, taught):
    told = fast.identity.as_dict()
    assert [one["sha256"] for one in told["models"]] == [
        folder_digest(taught["transformers"]),
        folder_digest(taught["gliner"]),
    ]
    assert {"gliner", "torch", "transformers", "tokenizers"} <= set(told["libraries"])
    assert str(taught["gliner"].parent) not in json.dumps(told)


@pytest.mark.models
def test_a_long_text_without_a_space_is_looked_at_to_its_end(alone):
    assert people(UNBROKEN, alone.analyze(UNBROKEN, ["PERSON"])) == ["ann"]


@pytest.mark.models
def test_presidios_own_recognizer_loses_the_end_of_such_a_text(taught):
    from presidio_analyzer.predefined_recognizers import HuggingFaceNerRecognizer

    folder = str(taught["transformers"])
    theirs = HuggingFaceNerRecognizer(model_name=folder, label_mapping={"PER": "PERSON"})

    def found(text: str) -> list[str]:
        seen = theirs.analyze(text, ["PERSON"])
        return people(text, [one for one in seen if one.entity_type == "PERSON"])

    assert found(TEXT) == PEOPLE
    assert found(UNBROKEN) == []


@pytest.mark.models
def test_a_text_that_is_cut_off_all_the_same_is_a_failure(taught, monkeypatch):
    detector = FastDetector(settings(model(taught["gliner"], "gliner")))
    (own,) = models_of(detector, "gliner")
    monkeypatch.setattr(own.text_chunker, "_fits", lambda text: True)
    (seen,) = detector.detect([Ask("the cat sat " * 20)])
    assert isinstance(seen, Failure)


@pytest.mark.models
def test_only_labels_of_the_settings_are_asked_for_and_reported(alone):
    text = "the cat sat . ann"
    everything = ["PERSON", "CREDIT_CARD", "DOT", "LOCATION"]
    assert people(text, alone.analyze(text, everything)) == ["ann"]
    assert alone.analyze(text, ["LOCATION"]) == []


@pytest.mark.models
def test_weights_that_are_broken_or_not_all_there_are_refused(taught, kind, tmp_path):
    from safetensors.torch import load_file, save_file

    place = tmp_path / "ours"
    shutil.copytree(taught[kind], place)
    weights = load_file(place / "model.safetensors")
    weights.pop(max(weights))
    save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
    assert "has not all weights" in refusal(model(place, kind))
    (place / "model.safetensors").write_bytes(b"\0" * 100)
    assert f"cannot be loaded as a {kind} model" in refusal(model(place, kind))


@pytest.mark.models
def test_labels_that_leave_no_room_for_a_text_are_refused(taught):
    labels = {f"person {'a' * n}": "PERSON" for n in range(1, 17)}
    assert "no room for a text" in refusal(model(taught["gliner"], "gliner", labels=labels))


@pytest.mark.models
@pytest.mark.parametrize("looking", ["fast", "presidio"])
def test_a_model_that_fails_fails_the_row_and_tells_nothing_of_it(
    looking, kind, request, monkeypatch, capfd
):
    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"cannot take {TEXT}")

    detector = request.getfixturevalue(looking)
    (own,) = models_of(detector, kind)
    part = own.gliner if kind == "gliner" else own.ner_pipeline.model
    monkeypatch.setattr(part, "predict_entities" if kind == "gliner" else "forward", fail)
    (seen,) = detector.detect([Ask(TEXT)])
    assert isinstance(seen, Failure)
    assert "Ann" not in seen.message + "".join(capfd.readouterr())
