"""Content-Usage: preferences of the IETF's aipref drafts, a dictionary of Structured Fields.

    Content-Usage: train-ai=n, search=y

Syntax and processing: draft-ietf-aipref-vocab-08, section 6; RFC 9651, section 4.2.2. A key that is
given twice counts as its last; unknown keys, values and parameters say nothing. What does not parse
is `unknown` in the draft, and here: a site meant to say something.
"""

from collections.abc import Sequence

from govgate.rights.signals.model import SILENT, UNREADABLE, Kind, Said, Stances, together
from govgate.rights.signals.words import meaning

MAX_BYTES = 16 * 1024
BROKEN = "a Content-Usage statement could not be read"


def usage(lines: Sequence[bytes], scope: str = "") -> Said:
    """What the field lines of one message, or the statement of one robots.txt rule, say."""
    stances = _stances(b", ".join(lines))
    return Said(Kind.CONTENT_USAGE, stances, BROKEN if stances is UNREADABLE else "", scope)


def _stances(value: bytes) -> Stances:
    import http_sf

    if not value.strip(b" \t"):
        return SILENT
    if len(value) > MAX_BYTES:
        return UNREADABLE
    try:
        members = http_sf.parse(value, tltype="dictionary")
    except (http_sf.StructuredFieldError, ValueError, OverflowError):
        return UNREADABLE
    if not isinstance(members, dict):
        return UNREADABLE
    return together(_member(key, member) for key, member in members.items())


def _member(key: str, member: object) -> Stances:
    from http_sf import Token

    value = member[0] if isinstance(member, tuple) else member
    return meaning("content-usage", key, str(value)) if isinstance(value, Token) else SILENT
