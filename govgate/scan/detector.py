"""What a detector is to the rest of the scanner: text in, spans out, or a reason why not."""

from dataclasses import dataclass
from typing import Any, Protocol

from govgate.model import Failure


@dataclass(frozen=True, slots=True, order=True)
class Span:
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
class DetectorIdentity:
    """Everything that decides what is found, for the record of a run.

    ``pipeline_digest``: SHA-256 over the pipeline's installed files (`pipeline.py` says how).
    ``components``: the parts of the pipeline that run, in order. ``libraries``: further packages
    that findings depend on, with their versions.
    """

    presidio: str
    spacy: str
    language: str
    pipeline: str
    pipeline_version: str
    pipeline_digest: str
    components: tuple[str, ...]
    recognizers: tuple[str, ...]
    entities: tuple[str, ...]
    libraries: tuple[tuple[str, str], ...]
    pattern_timeout_seconds: int
    max_characters: int

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the record."""
        return {
            "presidio": self.presidio,
            "spacy": self.spacy,
            "language": self.language,
            "pipeline": {
                "name": self.pipeline,
                "version": self.pipeline_version,
                "sha256": self.pipeline_digest,
                "components": list(self.components),
            },
            "recognizers": list(self.recognizers),
            "entities": list(self.entities),
            "libraries": dict(self.libraries),
            "pattern_timeout_seconds": self.pattern_timeout_seconds,
            "max_characters": self.max_characters,
        }


class Detector(Protocol):
    """Looks at one text at a time. What it finds depends on the text alone."""

    @property
    def identity(self) -> DetectorIdentity:
        """What this detector is made of."""

    def detect(self, text: str) -> list[Span]:
        """All spans in ``text``, sorted, each (start, end, entity) once.

        DetectorError if it could not look, or not with all it has.
        """
