"""Content-Signal: Cloudflare's signals, as a header or in robots.txt.

    Content-Signal: search=yes, ai-train=no, use=reference

Keys and values are words without regard to case, whatever stands between the pairs. A key that is
not named is neither granted nor restricted; one named twice is what its strictest value is (the
policy says nothing of it).
"""

import re
from collections.abc import Sequence

from govgate.rights.signals.model import UNREADABLE, Kind, Said, together
from govgate.rights.signals.words import meaning

BROKEN = "a Content-Signal statement is longer than is read"
MAX_CHARACTERS = 16 * 1024
_PAIR = re.compile(r"(?<![a-z0-9_-])([a-z0-9_-]+)\s*=\s*\"?([a-z0-9_-]+)")


def content_signal(lines: Sequence[bytes], scope: str = "") -> Said:
    """What the field lines of one message, or the statement of one robots.txt rule, say."""
    text = b",".join(lines).decode("latin-1").lower()
    if len(text) > MAX_CHARACTERS:
        return Said(Kind.CONTENT_SIGNAL, UNREADABLE, BROKEN, scope)
    said = (meaning("content-signal", key, value) for key, value in _PAIR.findall(text))
    return Said(Kind.CONTENT_SIGNAL, together(said), "", scope)
