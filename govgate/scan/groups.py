"""Rows → groups of neighbouring rows, each with the questions that nobody has answered yet.

Equal strings of a group are one question, and what the cache knows is not asked. So that shards
are worth their while also where nearly all is known, a group grows until enough is asked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from govgate.model import Row
from govgate.scan.question import Answer, Question, Sighting
from govgate.scan.rowscan import RowTexts

ASKED_CHARACTERS: Final = 64 * 1024
ASKED: Final = 1024
CHARACTERS: Final = 4 * 2**20
ROWS: Final = 4096
LOOK_UP: Final = 256
"""Questions that are looked up in the cache at a time."""


class Known(Protocol):
    """Answers given before."""

    def look_up(self, questions: list[Question]) -> list[tuple[Sighting, ...] | None]:
        """The answer to each, None where there is none."""

    def add(self, answers: Iterable[tuple[Question, tuple[Sighting, ...]]]) -> None:
        """Remember ``answers``."""


@dataclass(slots=True)
class Group:
    """Rows with their texts, what is known of them (``answers``) and what is not (``asked``)."""

    rows: list[Row] = field(default_factory=list)
    texts: list[RowTexts] = field(default_factory=list)
    answers: dict[Question, Answer] = field(default_factory=dict)
    asked: dict[Question, None] = field(default_factory=dict)
    characters: int = 0
    asked_characters: int = 0

    @property
    def full(self) -> bool:
        """Whether it is time for the next."""
        return (
            self.asked_characters >= ASKED_CHARACTERS
            or len(self.asked) >= ASKED
            or self.characters >= CHARACTERS
            or len(self.rows) >= ROWS
        )

    def add(self, row: Row, texts: RowTexts) -> None:
        """Take in one row."""
        self.rows.append(row)
        self.texts.append(texts)
        self.characters += size(row, texts)

    def ask(self, questions: list[Question], known: Known | None) -> None:
        """Sort ``questions`` into what is known and what is to be asked."""
        found = known.look_up(questions) if known else [None] * len(questions)
        for one, answer in zip(questions, found, strict=True):
            if answer is not None:
                self.answers[one] = answer
            else:
                self.asked[one] = None
                self.asked_characters += len(one.text)


def groups(rows: Iterable[tuple[Row, RowTexts]], known: Known | None) -> Iterator[Group]:
    """``rows`` with their texts, in order, in groups. The first in which something is asked ends
    there, so that a worker starts to load while the others are made."""
    group = Group()
    asked = False
    new: dict[Question, None] = {}
    waiting = 0
    for row, texts in rows:
        group.add(row, texts)
        for one in texts.questions():
            if one in new or one in group.asked or one in group.answers:
                continue
            new[one] = None
            waiting += len(one.text)
        if len(new) >= LOOK_UP or waiting >= ASKED_CHARACTERS or group.full:
            group.ask(list(new), known)
            new, waiting = {}, 0
        if group.full or (group.asked and not asked):
            yield group
            asked = asked or bool(group.asked)
            group = Group()
    group.ask(list(new), known)
    if group.rows:
        yield group


def size(row: Row, texts: RowTexts) -> int:
    """What ``row`` counts for: its bytes, or its characters if it has no bytes of its own."""
    return len(row.raw) or texts.characters
