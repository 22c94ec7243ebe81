"""What a detector is to the rest of the scanner: text in, spans out, or a reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from govgate.model import Failure


class Span(NamedTuple):
    """One sighting in a text, in code points. The order is that of findings within a text."""

    start: int
    end: int
    entity: str
    score: float
    recognizer: str


class DetectorError(Exception):
    """The detector could not look at a text, or not with all it has. Holds nothing of the text."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """A further model that finds names. ``name``: of its folder. ``digest``: SHA-256 over its
    files (`pipeline.py`). ``labels``: those it is asked for, and the entity that each becomes."""

    kind: str
    name: str
    language: str
    digest: str
    labels: tuple[tuple[str, str], ...]
    threshold: float

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the record."""
        return {
            "kind": self.kind,
            "name": self.name,
            "language": self.language,
            "sha256": self.digest,
            "labels": dict(self.labels),
            "threshold": self.threshold,
        }


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A spaCy pipeline. ``digest``: SHA-256 over its installed files (`pipeline.py` says how).
    ``components``: its parts that run, in order."""

    language: str
    name: str
    version: str
    digest: str
    components: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the record."""
        return {
            "language": self.language,
            "name": self.name,
            "version": self.version,
            "sha256": self.digest,
            "components": list(self.components),
        }


@dataclass(frozen=True, slots=True)
class DetectorIdentity:
    """Everything that decides what is found, for the record of a run.

    ``pipelines``: one for each language, in the order of the policy. ``libraries``: further
    packages that findings depend on, with their versions. ``paths``: for each part of the work
    whose code does it, ``govgate`` or a library; of a library, why. ``settings``: their digest.
    ``context_words``: sorted and in lower case, those that raise the score of anything; they
    follow from the rest, so the record is spared them.
    """

    presidio: str
    spacy: str
    pipelines: tuple[Pipeline, ...]
    recognizers: tuple[str, ...]
    entities: tuple[str, ...]
    libraries: tuple[tuple[str, str], ...]
    pattern_timeout_seconds: int
    window_characters: int
    settings: str
    paths: tuple[tuple[str, str], ...] = ()
    models: tuple[ModelIdentity, ...] = ()
    context_words: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the record."""
        return {
            "presidio": self.presidio,
            "spacy": self.spacy,
            "pipelines": [pipeline.as_dict() for pipeline in self.pipelines],
            "recognizers": list(self.recognizers),
            "entities": list(self.entities),
            "libraries": dict(self.libraries),
            "pattern_timeout_seconds": self.pattern_timeout_seconds,
            "window_characters": self.window_characters,
            "settings": {"sha256": self.settings},
            "paths": dict(self.paths),
            "models": [model.as_dict() for model in self.models],
        }


class Ask(NamedTuple):
    """One text to look at, of at most `windows.WINDOW` code points.

    ``context``: words to be read as if they stood before the text, such as its field's name; as
    ``AnalyzerEngine.analyze`` takes them. ``across``: wanted are only matches of the policy's
    patterns, too long for what two windows share; whatever else is seen does not count.
    """

    text: str
    context: tuple[str, ...] = ()
    across: bool = False


class Detector(Protocol):
    """Looks at texts, many at a time. What it finds in one depends on that one alone."""

    @property
    def identity(self) -> DetectorIdentity:
        """What this detector is made of."""

    def detect(self, asks: Sequence[Ask]) -> list[list[Span] | Failure]:
        """For each of ``asks``, in order: all its spans, sorted, each (start, end, entity) once;
        or why it could not be looked at, or not with all there is. Never raises for a text."""
