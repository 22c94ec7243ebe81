"""What of a row is searched for afterwards: short pieces of its strings, in every spelling.

A string is cut where JSON or CSV would escape a character, and each stretch into pieces of 32 code
points (the last one ends where the stretch ends, so pieces may overlap there). Whoever copies 63
characters of a stretch copies a whole piece. A stretch of 12 to 31 code points is one piece.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

CHUNK = 32
SHORTEST = 12
VECTOR = 32  # bytes: eight numbers of a vector
_FEWEST = 6  # different characters: less is a ruler or a blank, which anything may hold
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]+')


@dataclass(slots=True)
class Pieces:
    """The pieces to search for, each once; ``short`` ones are whole stretches under 32 characters.

    ``too_short``, ``too_plain``: strings and pieces that nothing could be told by. ``left_out``:
    pieces beyond what one erasure searches for.
    """

    texts: dict[str, None] = field(default_factory=dict)
    vectors: dict[bytes, None] = field(default_factory=dict)
    too_short: int = 0
    too_plain: int = 0
    left_out: int = 0

    def add(self, value: Any, most: int) -> None:
        """Add at most ``most`` pieces of a row's value, spread over the whole row."""
        found: dict[str, None] = {}
        for text in strings_of(value):
            self._cut(text, found)
        fresh = [piece for piece in found if piece not in self.texts]
        step = -(-len(fresh) // most) if most else 0
        kept = fresh[::step] if step else []
        self.left_out += len(fresh) - len(kept)
        self.texts.update(dict.fromkeys(kept))

    def add_vector(self, data: bytes) -> None:
        """Add a vector's bytes (float32, little-endian) in pieces of 32."""
        for start in range(0, len(data) - VECTOR + 1, VECTOR):
            piece = data[start : start + VECTOR]
            if len(set(piece)) >= _FEWEST:
                self.vectors[piece] = None

    def _cut(self, text: str, found: dict[str, None]) -> None:
        pieces = list(pieces_of(text))
        if text.strip() and not pieces:
            self.too_short += 1
        for piece in pieces:
            if len(set(piece)) < _FEWEST:
                self.too_plain += 1
            else:
                found[piece] = None


def pieces_of(text: str) -> Iterator[str]:
    """The pieces of one string, in their order."""
    for stretch in map(str.strip, _ESCAPED.split(text)):
        if len(stretch) >= CHUNK:
            yield from (stretch[i : i + CHUNK] for i in range(0, len(stretch) - CHUNK + 1, CHUNK))
            if len(stretch) % CHUNK:
                yield stretch[-CHUNK:]
        elif len(stretch) >= SHORTEST:
            yield stretch


def strings_of(value: Any) -> Iterator[str]:
    """Every string of a row's value, and the names of members that are as long as a piece.

    Rows of any depth; shorter names are a column's, not a person's.
    """
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            stack.extend(item.values())
            yield from (str(name) for name in item if len(str(name)) >= CHUNK)
        elif isinstance(item, list | tuple):
            stack.extend(item)


def spellings(piece: str) -> Iterable[bytes]:
    """The bytes by which ``piece`` may stand in a file: UTF-8, UTF-16 both ways, and with the
    escapes of JSON for what is not ASCII (lower or upper case) or is a slash."""
    escaped = json.dumps(piece)[1:-1]
    upper = re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), escaped)
    texts = (piece, escaped, upper, piece.replace("/", "\\/"))
    return dict.fromkeys(
        [text.encode() for text in texts] + [piece.encode("utf-16-le"), piece.encode("utf-16-be")]
    )
