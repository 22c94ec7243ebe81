"""Further models as they run, with the real libraries: make check-models."""

import json
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from govgate.model import Failure
from govgate.scan.detector import Ask, Span
from govgate.scan.fast.detector import FastDetector
from govgate.scan.models import recognizers
from govgate.scan.pipeline import folder_digest
from govgate.scan.presidio import PresidioDetector
from govgate.scansettings import ScanSettings
from tests.unit.scan.asked_models import (
    KINDS,
    model,
    refusal,
    settings,
)

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


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


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
