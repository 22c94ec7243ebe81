"""What is asked of the scanner about one string, and what it answers. Both can be sent anywhere."""

from typing import Final, NamedTuple

from govgate.model import Failure

ORIGINAL: Final = "original"
JSON: Final = "json"


class Question(NamedTuple):
    """A string of a row, without its place: equal strings are equal questions.

    ``opens``: it is a value, so JSON inside it is looked into too; member names and numbers are
    looked at as they stand. ``context``: words of its place, such as
    its field's name, that count as context for what is found in it.
    """

    text: str
    opens: bool = True
    context: tuple[str, ...] = ()


class Sighting(NamedTuple):
    """A finding without its place in a row. ``start`` and ``end`` are code points of the string."""

    start: int
    end: int
    entity: str
    score: float
    recognizer: str
    view: str
    fingerprint: str


Answer = tuple[Sighting, ...] | Failure
"""What was seen in a string, by start, end and entity; or why it was not wholly looked at."""
