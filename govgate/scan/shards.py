"""Work as it is handed out: shards of questions, and the files that their answers are.

A backend takes shards and gives back, in the same order, the file of each one's answers. The
bytes of a file depend on nothing but the questions and the detector: not on the backend, the
machine or the number of workers. A file is JSON lines, UTF-8:

```
{"shard": 7, "questions": 3}
[[5, 15, "PERSON", 0.85, "SpacyRecognizer", "original", "9f…64 hex digits", ""]]
[]
{"code": "pattern-timed-out", "message": "…", "remedy": "…"}
```
"""

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import Any, Final, Protocol

from govgate.errors import IncompleteError
from govgate.model import Failure
from govgate.scan.detector import Detector, DetectorIdentity
from govgate.scan.question import Answer, Question, Sighting
from govgate.scansettings import ScanSettings

AT_A_TIME: Final = 10_000
Factory = Callable[[ScanSettings], Detector]
"""Makes a worker's detector. Must be importable by name: it is called in another process."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Questions to answer, all different. ``number`` counts shards of a scan from 0.

    There may be none: it then only keeps its place, for rows that wait behind those of others.
    """

    number: int
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What every worker of a scan has to know. ``folder`` is where the files of answers go.

    ``expected``: the detector that the factory is thought to make, None if that is not known.
    """

    factory: Factory
    settings: ScanSettings
    fingerprint_key: bytes
    folder: Path
    expected: DetectorIdentity | None = None


class OtherDetectorError(IncompleteError):
    """A worker's detector is not the expected one, or not the one that other workers have."""

    def __init__(self) -> None:
        super().__init__(
            "the detector changed while rows were being scanned",
            remedy="leave the environment alone during a run, and start again",
        )


class Backend(Protocol):
    """Has shards worked on, here or elsewhere."""

    def __call__(
        self,
        plan: Plan,
        shards: Iterator[Shard],
        *,
        workers: int,
        ready: Callable[[DetectorIdentity], None],
    ) -> Generator[Path]:
        """The file of each shard's answers, in order; the caller deletes it.

        ``ready`` is told the detector once, before the first shard is drawn: the expected one, if
        the plan names it, for which none need be loaded before there is a shard. No more shards
        are drawn than can be worked on. UsageError if the detector refuses the settings,
        OtherDetectorError if it is not the same everywhere, IncompleteError if none stays alive. A
        question that takes its worker down, twice, is answered with a failure.
        """


def answers_file(folder: Path, number: int) -> Path:
    """Where the answers of shard ``number`` lie."""
    return folder / f"{number:08}.answers"


def write_answers(path: Path, number: int, answers: Sequence[Answer]) -> None:
    """Make ``path``, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(_line({"shard": number, "questions": len(answers)}).encode() + b"\n")
        for answer in answers:
            file.writelines(piece.encode() for piece in _pieces(answer))
    part.replace(path)


def read_answers(path: Path, number: int, questions: int) -> list[Answer]:
    """The answers in ``path``; IncompleteError unless they are those of shard ``number``."""
    try:
        with path.open("rb") as file:
            head = json.loads(next(file, b""))
            answers = [_answer(json.loads(line)) for line in file]
        if head == {"shard": number, "questions": questions} and len(answers) == questions:
            return answers
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        pass
    raise IncompleteError(
        f"the answers of shard {number} are missing or damaged",
        remedy="start the run again, and see whether its folder's disk is sound",
    )


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pieces(answer: Answer) -> Iterator[str]:
    """The line of ``answer``, never more of it at a time than `AT_A_TIME` findings take."""
    if isinstance(answer, Failure):
        told = {"code": answer.code, "message": answer.message, "remedy": answer.remedy}
        yield _line(told) + "\n"
        return
    yield "["
    for start in range(0, len(answer), AT_A_TIME):
        yield "," * bool(start) + _line(answer[start : start + AT_A_TIME])[1:-1]
    yield "]\n"


def _answer(line: Any) -> Answer:
    if isinstance(line, dict):
        return Failure(line["code"], line["message"], line["remedy"])
    line.reverse()  # so that what is read can be let go of, one by one
    return tuple(_sighting(*line.pop()) for _ in range(len(line)))


def _sighting(
    start: int, end: int, entity: str, score: float, recognizer: str, view: str, *rest: str
) -> Sighting:
    """A sighting whose few names are held once, however many sightings there are."""
    return Sighting(start, end, intern(entity), score, intern(recognizer), intern(view), *rest)
