"""Which detector some settings make: noted down, believed only where nothing can have changed."""

import json
from pathlib import Path

import pytest

from govgate.errors import UsageError
from govgate.scan import detectornotes
from govgate.scan.cachefile import DETECTORS
from govgate.scan.detector import DetectorIdentity, ModelIdentity, Pipeline
from govgate.scan.detectornotes import KEPT, DetectorNotes, what_decides
from govgate.scansettings import Looks, Model, ScanSettings, Tools

KEY = bytes(range(32))
IDENTITY = DetectorIdentity(
    presidio="2.2.366",
    spacy="3.8.18",
    pipelines=(Pipeline("en", "some", "1.0", "ab" * 32, ("ner", "tagger")),),
    recognizers=("SpacyRecognizer",),
    entities=("PERSON", "URL"),
    libraries=(("regex", "2026"),),
    pattern_timeout_seconds=60,
    window_characters=50_000,
    settings="cd" * 32,
    paths=(("names", "govgate"),),
    models=(ModelIdentity("gliner", "m", "en", "ef" * 32, (("person", "PERSON"),), 0.3),),
    context_words=("card", "größe"),
)


def notes(folder: Path, key: bytes = KEY, settings: ScanSettings | None = None) -> DetectorNotes:
    return DetectorNotes(folder, key=key, settings=settings or ScanSettings())


def test_what_was_noted_is_recalled_whole(tmp_path):
    assert notes(tmp_path).recall() is None
    notes(tmp_path).keep(IDENTITY)
    assert notes(tmp_path).recall() == IDENTITY
    assert (tmp_path / DETECTORS).stat().st_mode & 0o777 == 0o600


def test_the_youngest_note_counts(tmp_path):
    notes(tmp_path).keep(DetectorIdentity("0", "0", (), (), (), (), 1, 1, ""))
    notes(tmp_path).keep(IDENTITY)
    assert notes(tmp_path).recall() == IDENTITY


def test_another_key_and_other_settings_recall_nothing(tmp_path):
    notes(tmp_path).keep(IDENTITY)
    assert notes(tmp_path, key=KEY[::-1]).recall() is None
    assert notes(tmp_path, settings=_looking_for("URL")).recall() is None
    assert notes(tmp_path).recall() == IDENTITY


def test_a_note_that_was_changed_or_moved_is_none(tmp_path):
    path = tmp_path / DETECTORS
    notes(tmp_path).keep(IDENTITY)
    sound = json.loads(path.read_text())
    ((name, (seal, told)),) = sound["notes"].items()
    for changed in (
        {name: [seal, told.replace("2.2.366", "2.2.367")]},
        {name: ["", told]},
        {name: ["é", told]},
        {"0" * 64: [seal, told]},
    ):
        path.write_text(json.dumps(sound | {"notes": changed}))
        assert notes(tmp_path).recall() is None
    path.write_text(
        json.dumps(sound | {"notes": {what_decides(_looking_for("URL")): [seal, told]}})
    )
    assert notes(tmp_path, settings=_looking_for("URL")).recall() is None


@pytest.mark.parametrize(
    "garbage",
    [
        *(b"", b"{", b"[]", b"null", b"\xff", b"[" * 10**6),
        b'{"version": 1, "notes": {"a": ["\\ud800", ""]}}',
        *(b'{"version": 2}', b'{"version": 1, "notes": [1]}'),
        *(b'{"version": 1, "notes": {"a": 1}}', b'{"version": 1, "notes": {"a": [1]}}'),
    ],
)
def test_what_is_no_file_of_notes_is_replaced(tmp_path, garbage):
    (tmp_path / DETECTORS).write_bytes(garbage)
    assert notes(tmp_path).recall() is None
    notes(tmp_path).keep(IDENTITY)
    assert notes(tmp_path).recall() == IDENTITY


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path):
    notes(tmp_path / "missing").keep(IDENTITY)
    assert notes(tmp_path / "missing").recall() is None


def test_where_a_file_that_decides_cannot_be_read_nothing_is_known(tmp_path, monkeypatch):
    notes(tmp_path).keep(IDENTITY)

    def unreadable(root):
        raise PermissionError(root)

    monkeypatch.setattr(detectornotes, "folder_digest", unreadable)
    assert notes(tmp_path).recall() is None
    notes(tmp_path).keep(DetectorIdentity("0", "0", (), (), (), (), 1, 1, ""))
    monkeypatch.undo()
    assert notes(tmp_path).recall() == IDENTITY


def test_what_changed_while_the_detector_was_loaded_is_not_noted(tmp_path, monkeypatch):
    ours = notes(tmp_path)
    monkeypatch.setenv("REGEX_TIMEOUT_SECONDS", "7")
    ours.keep(IDENTITY)
    assert not (tmp_path / DETECTORS).exists()


def test_a_pipeline_is_not_imported_to_find_it(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "loud.py").write_text("raise RuntimeError('imported')")
    for name in ("loud", "loud.model"):
        assert what_decides(ScanSettings(tools=Tools(pipelines={"en": name})))


def test_a_folder_that_is_no_model_is_refused_before_it_is_read():
    model = Model(kind="gliner", folder="/", labels={"person": "PERSON"}).within(Path("/"))
    with pytest.raises(UsageError, match=r"model\.safetensors"):
        what_decides(ScanSettings(tools=Tools(models=(model,))))


def test_a_model_under_another_name_is_another(tmp_path):
    seen = set()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(b"weights")
        for part in ("gliner_config.json", "tokenizer_config.json"):
            (folder / part).write_text('{"encoder_config": {"model_type": "bert"}}')
        model = Model(kind="gliner", folder=name, labels={"person": "PERSON"}).within(tmp_path)
        seen.add(what_decides(ScanSettings(tools=Tools(models=(model,)))))
    assert len(seen) == 2


def test_few_notes_are_kept_those_made_last(tmp_path):
    settings = [_looking_for("URL", score) for score in range(KEPT + 2)]
    for one in settings:
        notes(tmp_path, settings=one).keep(IDENTITY)
    recalled = [notes(tmp_path, settings=one).recall() is not None for one in settings]
    assert recalled == [False, False] + [True] * KEPT


def test_whatever_can_change_the_detector_changes_what_decides(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    package = tmp_path / "some_pipeline"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('is never imported')")
    settings = ScanSettings(tools=Tools(pipelines={"en": package.name}))
    seen = {what_decides(ScanSettings()), what_decides(settings)}
    (package / "model").write_bytes(b"weights")
    seen.add(what_decides(settings))
    (package / "model").write_bytes(b"others!")
    seen.add(what_decides(settings))
    (tmp_path / "spacy-99.dist-info").mkdir()
    seen.add(what_decides(settings))
    monkeypatch.setenv("REGEX_TIMEOUT_SECONDS", "7")
    seen.add(what_decides(settings))
    assert len(seen) == 6
    assert what_decides(settings) in seen


def test_a_pipeline_that_is_not_installed_is_no_error_yet():
    for name in ("no_such_package_here", "no.such.package"):
        assert len(what_decides(ScanSettings(tools=Tools(pipelines={"en": name})))) == 64


def _looking_for(entity: str, score: int = 0) -> ScanSettings:
    patterns = [{"id": "badge", "entity": "BADGE", "pattern": "x", "score": score / 100}]
    return ScanSettings(looks=Looks(entities=(entity,), patterns=patterns))
