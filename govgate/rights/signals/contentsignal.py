"""Content-Signal: Cloudflare's signals, as a header or in robots.txt.

    Content-Signal: search=yes, ai-train=no, use=reference

Keys and values are words without regard to case. A key that is not named is neither granted nor
restricted; one named twice is what its strictest value is (the policy says nothing of it).
"""

from collections.abc import Sequence

from govgate.rights.signals.model import Kind, Said, together
from govgate.rights.signals.words import meaning

MAX_PARTS = 1000


def content_signal(lines: Sequence[bytes], scope: str = "") -> Said:
    """What the field lines of one message, or the statement of one robots.txt rule, say."""
    parts = b",".join(lines).decode("latin-1").lower().split(",")[:MAX_PARTS]
    pairs = (part.partition("=") for part in parts)
    said = (meaning("content-signal", key.strip(), value.strip(' \t"')) for key, _, value in pairs)
    return Said(Kind.CONTENT_SIGNAL, together(said), "", scope)
