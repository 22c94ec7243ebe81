"""Path patterns of robots.txt and its relatives (RFC 9309, section 2.2): prefixes, ``*`` and ``$``.

An address has one spelling (``same_spelling``): unreserved characters stand for themselves, what no
address may hold is percent-encoded, escapes are in capitals. Patterns are compared with a freer one
(``matchable``), in which a delimiter and its escape are the same, as section 2.2.2 has it for a
query: ``?to=https://a.b`` is ``?to=https%3A%2F%2Fa.b``. ``*`` and ``$`` of a path are ``%2A`` and
``%24`` there, which is how a pattern names them (section 2.2.3).
"""

import re
from dataclasses import dataclass, field

MAX_CHARACTERS = 2000
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_PATH = _UNRESERVED | frozenset(b"!&'()+,;=:@[]")
_IN_QUERY = _IN_PATH | frozenset(b"/?")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_OUTSIDE = re.compile(rb"[^!-~]|[\"<>\\^`{|}]")
_PLAIN = re.compile(r"/[A-Za-z0-9._~/=?&;,:@!'()+-]*").fullmatch


def same_spelling(path: str) -> str:
    """A path or query as addresses hold it."""
    return path if _PLAIN(path) else _literal(_spelled(path, _UNRESERVED))


def matchable(path: str) -> str:
    """A path with its query, as patterns are compared with it."""
    return path if _PLAIN(path) else _literal(_freely(path))


def _literal(text: str) -> str:
    return text.replace("*", "%2A").replace("$", "%24")


def _freely(text: str) -> str:
    path, mark, query = text.partition("?")
    return _spelled(path, _IN_PATH) + mark + _spelled(query, _IN_QUERY)


def _spelled(text: str, themselves: frozenset[int]) -> str:
    def decoded(match: re.Match[bytes]) -> bytes:
        byte = int(match[1], 16)
        return bytes((byte,)) if byte in themselves else match[0].upper()

    data = _ESCAPE.sub(decoded, text.encode("utf-8", "surrogateescape"))
    return _OUTSIDE.sub(_encoded, data).decode("ascii")


def _encoded(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern, spelled as ``matchable``. ``length`` in octets decides which of several counts."""

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
        """Whether a path of ``matchable`` is meant. Linear in the path."""
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
    body = _freely(text.removesuffix("$")).replace("$", "%24")
    return Pattern(body + end)
