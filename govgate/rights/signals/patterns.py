"""Path patterns of robots.txt and its relatives (RFC 9309, section 2.2): prefixes, ``*`` and ``$``.

Paths and patterns are compared in one spelling: unreserved characters stand for themselves, all
others are percent-encoded in capitals (section 2.2.2), and so are ``*`` and ``$`` of a path, which
a pattern names as ``%2A`` and ``%24`` (section 2.2.3).
"""

import re
from dataclasses import dataclass, field

MAX_CHARACTERS = 2000
_UNRESERVED = re.compile(rb"[A-Za-z0-9._~-]")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_OUTSIDE = re.compile(rb"[^!-~]|[\"<>\\^`{|}]")
_PLAIN = re.compile(r"/[A-Za-z0-9._~/=?&;,:@!'()+-]*").fullmatch


def same_spelling(path: str) -> str:
    """A path with its query, as patterns are compared with it."""
    if _PLAIN(path):
        return path
    return _spelled(path).replace("*", "%2A").replace("$", "%24")


def _spelled(text: str) -> str:
    data = _ESCAPE.sub(_decoded, text.encode("utf-8", "surrogateescape"))
    return _OUTSIDE.sub(_encoded, data).decode("ascii")


def _decoded(match: re.Match[bytes]) -> bytes:
    byte = bytes.fromhex(match[1].decode())
    return byte if _UNRESERVED.fullmatch(byte) else match[0].upper()


def _encoded(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern in the common spelling. ``length`` in octets decides which of several is meant."""

    text: str
    _parts: tuple[str, ...] = field(init=False, repr=False)
    _anchored: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        anchored = self.text.endswith("$")
        body = self.text[:-1] if anchored else self.text
        object.__setattr__(self, "_anchored", anchored)
        object.__setattr__(self, "_parts", tuple(re.sub(r"\*+", "*", body).split("*")))

    @property
    def length(self) -> int:
        """Octets of the pattern."""
        return len(self.text)

    @property
    def everything(self) -> bool:
        """Whether every path matches."""
        return self.text in ("", "/", "*", "/*")

    def matches(self, path: str) -> bool:
        """Whether a path of ``same_spelling`` is meant. Linear in the path."""
        first, *rest = self._parts
        if not path.startswith(first):
            return False
        if not rest:
            return not self._anchored or len(path) == len(first)
        at = len(first)
        *middle, last = rest
        for part in middle:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        if self._anchored:
            return len(path) - len(last) >= at and path.endswith(last)
        return path.find(last, at) >= 0


def pattern(text: str) -> Pattern | None:
    """The pattern as written; None where it is longer than any path that counts."""
    if len(text) > MAX_CHARACTERS:
        return None
    end = "$" if text.endswith("$") else ""
    body = _spelled(text.removesuffix("$")).replace("$", "%24")
    return Pattern(body + end)
