"""The YAML between the two lines of ``---`` with which a card begins.

---
license: cc-by-4.0
---
# The card itself
"""

import re
from dataclasses import dataclass
from typing import Any

from govgate.errors import UsageError
from govgate.rights.declarations.documents import decode
from govgate.yamlnodes import Path_
from govgate.yamltext import Places, places_of

_BEGIN = re.compile(r"\s*---[ \t]*(?:\r\n|\n|\r)")
_END = re.compile(r"^---[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The mapping of a card, and where its values stand in the file."""

    values: dict[str, Any]
    places: Places

    def line(self, *path: str | int) -> int:
        """The line of the key (or list entry) at ``path``, from 1."""
        steps: Path_ = path
        return self.places.key(steps).line


def front_matter(data: bytes, file: str, limit: int) -> FrontMatter | None:
    """The front matter of ``data``; None if there is none, or it is empty.

    UsageError where it has no end, or is no mapping in YAML as :mod:`govgate.yamlnodes` reads it.
    """
    text = decode(data, file, limit)
    begin = _BEGIN.match(text)
    if begin is None:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = text.index("---") + 3
    end = _END.search(text, text.index("\n", start) + 1)
    if end is None:
        line = text.count("\n", 0, start) + 1
        raise UsageError(
            f"{file}:{line}: the front matter that begins here has no end",
            remedy="end it with a line of three hyphens",
        )
    inside = text[start : end.start()]
    if all(not line.strip() or line.lstrip().startswith("#") for line in inside.split("\n")):
        return None
    before = "\n" * text.count("\n", 0, start)  # so that errors name lines of the file
    places = places_of((before + inside).encode(), file)
    if not isinstance(places.plain, dict):
        raise UsageError(
            f"{file}: the front matter is no mapping of keys to values",
            remedy="write lines such as `license: cc-by-4.0`",
        )
    return FrontMatter(places.plain, places)
