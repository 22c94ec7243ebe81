"""Run as a program by tests: one process that uses a content cache.

    python cache_program.py add|forever FOLDER PREFIX [COUNT [UID [FILE_BYTES]]]

``add`` looks up and adds COUNT questions, 50 at a time, and prints what became of them as JSON.
``forever`` adds until it is killed, and says ``adding`` once it has begun. UID: as whom (for root
only, to whom permissions do not apply); FILE_BYTES: how large a file may grow, as on a full disk.
"""

import itertools
import json
import os
import resource
import sys
from pathlib import Path

from spawned_detectors import Names

from govgate.model import Failure
from govgate.scan.cache import FindingCache
from govgate.scan.question import Question, Sighting

KEY, SCANNER = bytes(range(32)), "ab" * 32
BATCH = 50


class NotAsked(Names):
    """A detector that fails on every text: what it is not asked does not fail."""

    def detect(self, asks):
        return [Failure("asked", "this text was not known") for _ in asks]


def question(prefix: str, number: int) -> Question:
    return Question(f"{prefix} {number}")


def answer(number: int) -> tuple[Sighting, ...]:
    """Of another length for other numbers, so that a mix-up shows."""
    return tuple(
        Sighting(
            start=number + at,
            end=number + at + 3,
            entity="PERSON",
            score=0.85,
            recognizer="Names",
            view="original",
            fingerprint=f"{number:064x}",
        )
        for at in range(number % 3)
    )


def use(cache: FindingCache, prefix: str, numbers: list[int]) -> None:
    questions = [question(prefix, number) for number in numbers]
    for number, found in zip(numbers, cache.look_up(questions), strict=True):
        if found not in (None, answer(number)):
            raise AssertionError("another question's answer")
    cache.add((question(prefix, number), answer(number)) for number in numbers)


def main(kind: str, folder: str, prefix: str, count: str = "0", *limits: str) -> None:
    if limits and int(limits[0]):
        os.setuid(int(limits[0]))
    if len(limits) > 1:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limits[1]),) * 2)
    numbers = itertools.count() if kind == "forever" else iter(range(int(count)))
    with FindingCache(Path(folder), key=KEY, scanner=SCANNER) as cache:
        while batch := list(itertools.islice(numbers, BATCH)):
            use(cache, prefix, batch)
            if kind == "forever":
                print("adding", flush=True)
    print(
        json.dumps({name: getattr(cache, name) for name in ("hits", "misses", "damaged", "note")})
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
