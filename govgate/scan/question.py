"""What is asked of the scanner about one string, and what it answers. Both can be sent anywhere."""

from collections.abc import Sequence
from itertools import pairwise
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
    """A finding without its place in a row. ``start`` and ``end`` are code points of the string.

    ``excluded``: the id of the policy's rule that took it out; empty for one that counts.
    """

    start: int
    end: int
    entity: str
    score: float
    recognizer: str
    view: str
    fingerprint: str
    excluded: str = ""


def merged(found: Sequence[Sighting]) -> list[Sighting]:
    """``found`` by start, end and entity, of each the best: what is not taken out before what is,
    then the score, then the first. A plain reading's own stays beside a better one of another."""
    if all(one[:3] < next_one[:3] for one, next_one in pairwise(found)):
        return list(found)
    best: dict[tuple[int, int, str], Sighting] = {}
    plain: dict[tuple[int, int, str], Sighting] = {}
    for one in found:
        place = (one.start, one.end, one.entity)
        if place not in best or _weight(one) > _weight(best[place]):
            best[place] = one
        if one.view == ORIGINAL and (place not in plain or _weight(one) > _weight(plain[place])):
            plain[place] = one
    kept: list[Sighting] = []
    for place in sorted(best):
        if place in plain and plain[place] is not best[place]:
            kept.append(plain[place])
        kept.append(best[place])
    return kept


def _weight(one: Sighting) -> tuple[bool, float]:
    return not one.excluded, one.score


Answer = tuple[Sighting, ...] | Failure
"""What was seen in a string, by start, end and entity; or why it was not wholly looked at."""
