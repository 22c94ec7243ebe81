"""What was found in strings before, kept on disk: the content cache.

Keyed by the string, its context and everything that decides what is found in it; holds findings,
never text. It only ever saves time: an entry whose seal does not hold is counted and asked anew,
and a cache that is locked, damaged, full or not ours leaves a note while the run goes on without.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from govgate.durable import translated
from govgate.locking import exclusive
from govgate.scan.cacheentry import Entries
from govgate.scan.cachefile import (
    NAME,
    CacheFile,
    DamagedError,
    UnusableError,
    read_generations,
    remove_files,
    sizes,
)
from govgate.scan.question import Question, Sighting

LIMIT: Final = 2**30
"""Bytes that the entries may take. The file can be larger by what is added at a time."""
LARGEST: Final = 2**20
"""Bytes of the largest value kept; a string with more findings is looked at again every time."""

T = TypeVar("T")


class FindingCache:
    """Answers given before, by question. A context manager; does nothing before it is entered.

    ``key``: the fingerprint key; UsageError if it is too short. ``scanner``: hex digest of all
    that decides what is found. ``limit``: bytes. ``today``: the day of this run (UTC), by which
    unused entries are told from used ones.

    ``hits``, ``misses``: questions answered or not. ``damaged``: entries that were not what was
    once kept (misses too). ``note``: what went wrong with the cache itself, for people. Several
    processes may use one folder at a time. Not to be carried across a fork.
    """

    def __init__(
        self,
        folder: Path,
        *,
        key: bytes,
        scanner: str,
        limit: int = LIMIT,
        today: date | None = None,
    ) -> None:
        self._folder, self._limit = folder, limit
        self._entries = Entries(key, scanner)
        self._today = today or datetime.now(UTC).date()
        self._file: CacheFile | None = None
        self._begun_anew = False
        self.hits = self.misses = self.damaged = 0
        self.note: str | None = None

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except UnusableError as cause:
                self._go_on_without(cause)

    def look_up(self, questions: Sequence[Question]) -> list[tuple[Sighting, ...] | None]:
        """The answer to each of ``questions``, None where there is none that can be relied on."""
        names = [self._entries.name(question) for question in questions]
        nothing: list[bytes | None] = [None] * len(names)
        values = self._try(lambda file: file.look_up(names), nothing)
        answers = [
            None if value is None else self._entries.open(name, value)
            for name, value in zip(names, values, strict=True)
        ]
        misses = answers.count(None)
        self.misses += misses
        self.hits += len(answers) - misses
        if misses > values.count(None):
            self._forget(names, values, answers)
        return answers

    def add(self, answers: Iterable[tuple[Question, Sequence[Sighting]]]) -> None:
        """Keep ``answers``, in one transaction. Never pass one that is not whole."""
        entries: list[tuple[bytes, bytes]] = []
        for question, answer in answers:
            name = self._entries.name(question)
            value = self._entries.seal(name, answer)
            if len(value) <= LARGEST:
                entries.append((name, value))
        if entries:
            self._try(lambda file: file.add(entries), None)

    def _forget(
        self,
        names: Sequence[bytes],
        values: Sequence[bytes | None],
        answers: Sequence[tuple[Sighting, ...] | None],
    ) -> None:
        """Remove entries that were read but did not open."""
        read = zip(names, values, answers, strict=True)
        bad = [name for name, value, answer in read if value is not None and answer is None]
        self.damaged += len(bad)
        self._try(lambda file: file.remove(bad), None)

    def _open(self) -> None:
        try:
            self._file = CacheFile(
                self._folder, self._entries.label, limit=self._limit, today=self._today
            )
        except UnusableError as error:
            self._go_on_without(error)
        else:
            if self._file.replaced:
                self._note_anew(self._file.replaced)

    def _try(self, action: Callable[[CacheFile], T], otherwise: T) -> T:
        """What ``action`` gives; ``otherwise`` if there is no cache, or no longer."""
        file = self._file
        if file is None:
            return otherwise
        try:
            return action(file)
        except DamagedError as error:
            self._begin_anew(file, error)
        except UnusableError as error:
            file.release()
            self._go_on_without(error)
        return otherwise

    def _begin_anew(self, file: CacheFile, error: DamagedError) -> None:
        """Once in a run: what is damaged a second time is left to the next."""
        self._file = None
        try:
            if self._begun_anew:
                raise error
            file.destroy()
        except UnusableError as cause:
            file.release()
            self._go_on_without(cause)
        else:
            self._note_anew(str(error))
            self._open()

    def _note_anew(self, reason: str) -> None:
        self._begun_anew = True
        self.note = f"the content cache {self._folder / NAME} was begun anew: {reason}"

    def _go_on_without(self, error: UnusableError) -> None:
        self._file = None
        self.note = (
            f"the content cache {self._folder / NAME} is not used: {error};"
            " `govgate cache clear` removes it"
        )


@dataclass(frozen=True, slots=True)
class ScannerEntries:
    """The entries of one scanner configuration under one key, and the day of their last use."""

    scanner: str
    entries: int
    used: date


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What is in a cache. ``bytes``: on disk. ``readable``: False if it is damaged or not ours,
    so that nothing but its size is known. ``scanners``: those used last come first."""

    bytes: int = 0
    readable: bool = True
    scanners: tuple[ScannerEntries, ...] = ()

    @property
    def entries(self) -> int:
        """Strings whose findings are known."""
        return sum(scanner.entries for scanner in self.scanners)

    @property
    def oldest(self) -> date | None:
        """When those entries were used last that were not used for longest."""
        return min((scanner.used for scanner in self.scanners), default=None)

    @property
    def newest(self) -> date | None:
        """When the cache was used last."""
        return max((scanner.used for scanner in self.scanners), default=None)


def info(folder: Path) -> CacheInfo | None:
    """What is in the cache in ``folder``; None if there is none. Changes nothing."""
    size = sum(sizes(folder).values())
    if not size:
        return None
    if not os.path.lexists(folder / NAME):
        return CacheInfo(size)  # notes and databases alone
    try:
        generations = read_generations(folder)
    except UnusableError:
        return CacheInfo(size, readable=False)
    entries: Counter[str] = Counter()
    used: dict[str, date] = {}
    for one in generations:
        entries[one.scanner] += one.entries
        used[one.scanner] = max(one.used, used.get(one.scanner, one.used))
    scanners = [ScannerEntries(label, entries[label], used[label]) for label in used]
    return CacheInfo(
        size, scanners=tuple(sorted(scanners, key=lambda one: (one.used, one.scanner))[::-1])
    )


def clear(folder: Path) -> CacheInfo | None:
    """Remove the cache's files; what was in it, None if there was none.

    A run that has it open goes on with what it has, of which nothing stays when it ends. Raises
    IncompleteError when a file cannot be removed.
    """
    if not sizes(folder):
        return None
    with exclusive(folder / "lock"):
        before = info(folder) or CacheInfo()
        with translated(folder, "clear"):
            remove_files(folder)
        return before
