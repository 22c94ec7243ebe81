"""robots.txt as groups of lines (RFC 9309, section 2.2): who is spoken to, and what is said.

Written for files that nobody can trust: any bytes, any line ends, byte order marks, NULs, UTF-16.
Fields are read as generously as crawlers read them (misspelt ``disallow``, a missing colon); a
field that is not known neither ends a group nor begins one (section 2.2.4).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from govgate.rights.signals.words import ANYBODY

MAX_BYTES = 1 << 20  # RFC 9309, section 2.5: at least 500 KiB


class Field(StrEnum):
    """What a line of a group can be."""

    ALLOW = "allow"
    DISALLOW = "disallow"
    CONTENT_USAGE = "content-usage"
    CONTENT_SIGNAL = "content-signal"


_AGENT = "user-agent"
_FIELDS: dict[bytes, Field | str] = {
    **{name.encode(): name for name in Field},
    **dict.fromkeys((b"user-agent", b"useragent", b"user agent"), _AGENT),
    **dict.fromkeys((b"dissallow", b"dissalow", b"disalow"), Field.DISALLOW),
    **dict.fromkeys((b"diasllow", b"disallaw"), Field.DISALLOW),
}
_SPACE = b" \t\v\f"


class Line(NamedTuple):
    """One line of a group, without comment and outer space."""

    field: Field
    value: bytes


@dataclass(slots=True)
class Group:
    """The product tokens (small letters) of a group and its lines; no tokens: before any group."""

    agents: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)


def groups(data: bytes) -> tuple[Group, ...]:
    """The groups of a file's first ``MAX_BYTES``."""
    found = [Group()]
    naming = False  # whether the last line that counts named a crawler
    for name, value in _lines(data[:MAX_BYTES]):
        if isinstance(name, Field):
            naming = False
            found[-1].lines.append(Line(name, value))
            continue
        if not naming:
            found.append(Group())
            naming = True
        found[-1].agents.update(_tokens(value))
    return tuple(found)


def lines_for(said: Iterable[Group], agent: str) -> list[Line] | None:
    """The lines of all groups that name a crawler, merged; None where none does (section 2.2.1)."""
    own = [group for group in said if agent.lower() in group.agents]
    return [line for group in own for line in group.lines] if own else None


def addressed(said: Sequence[Group], agent: str) -> list[Line]:
    """The lines that a crawler must obey: those of its own groups, else those to anybody."""
    own = None if agent == ANYBODY else lines_for(said, agent)
    return own if own is not None else lines_for(said, ANYBODY) or []


def _lines(data: bytes) -> Iterator[tuple[Field | str, bytes]]:
    for raw in plain(data).replace(b"\r", b"\n").split(b"\n"):
        line = raw.partition(b"#")[0].strip(_SPACE)
        if not line:
            continue
        name, colon, value = line.partition(b":")
        known = _FIELDS.get(name.strip(_SPACE).lower()) if colon else None
        if known is None:
            first, _, value = line.replace(b"\t", b" ").partition(b" ")
            known = _FIELDS.get(first.lower())
        if known is not None:
            yield known, value.strip(_SPACE)


def plain(data: bytes) -> bytes:
    """Bytes of a text file as UTF-8 or something like it: no byte order mark, no NUL."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(encoding, "replace").encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")


def _tokens(value: bytes) -> set[str]:
    """A user-agent line's product token, up to a version or space; several, where somebody wrote a
    list. Asterisks beside a name mean nothing (section 2.2.1)."""
    parts = (part.partition("/")[0].split() for part in value.decode("latin-1").split(","))
    return {words[0].lower().strip("*")[:200] or ANYBODY for words in parts if words}
