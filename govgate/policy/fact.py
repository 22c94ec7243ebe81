"""What one fact of the vocabulary is: its kind, its words, who says it, when nobody does."""

from dataclasses import dataclass
from enum import StrEnum

from govgate.entities import ENTITIES


class Kind(StrEnum):
    """What values a fact takes, and so which conditions may ask for it."""

    TEXT = "text"
    WORD = "word"  # one of a closed list
    SET = "set"  # any number of words: out of a closed list, or any text where there is none
    NUMBER = "number"  # a whole number, zero or more
    DATE = "date"  # a day of the calendar


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the vocabulary.

    ``words`` is empty for kinds without a closed list; ``example`` is a value to show. ``source``:
    who says it; ``unknown``: when nobody does; ``fix``: what makes it known.
    """

    name: str
    kind: Kind
    words: tuple[str, ...]
    description: str
    source: str
    unknown: str
    fix: str
    example: str = "3"

    @property
    def entities(self) -> bool:
        """Whether its words are entities, to which a policy may add its own."""
        return self.words is ENTITIES


def words(text: str) -> tuple[str, ...]:
    """The words of a closed list."""
    return tuple(text.split())
