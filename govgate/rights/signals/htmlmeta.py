"""Meta elements that say something, found in the beginning of a page as a browser would find them.

selectolax (Lexbor) reads it by the rules of HTML: what stands in a comment, a script or an
attribute is no element, entities are resolved, whatever the site's own mistakes.
"""

import re
from typing import NamedTuple

from govgate.rights.signals import robotstag, tdmrep

MAX_BYTES = 256 * 1024
_HEAD_ENDED = re.compile(rb"</head[\s>]|<body[\s>/]", re.IGNORECASE).search
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Meta(NamedTuple):
    """A meta element: its name in small letters, its content, and itself as it is written."""

    name: str
    content: str
    written: str


def metas(data: bytes) -> list[Meta]:
    """The elements that can say something about use: a reservation, or words against AI for
    whatever crawler."""
    if b"<meta" not in data.lower() and not data.startswith(_UTF16):
        return []
    from selectolax.lexbor import LexborHTMLParser

    found = []
    for node in LexborHTMLParser(_text(data[:MAX_BYTES])).tags("meta"):
        name = (node.attributes.get("name") or "").strip().lower()
        content = node.attributes.get("content") or ""
        if name == tdmrep.WORD or (name and robotstag.speaks(content)):
            found.append(Meta(name, content.strip(), node.html or ""))
    return found


def head_ended(data: bytes) -> bool:
    """Whether the page's head ends within ``data``, so that no meta element is missing."""
    return _HEAD_ENDED(data) is not None


def _text(data: bytes) -> str:
    """All that matters is ASCII, which every encoding of the web but UTF-16 holds as it is."""
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8"
    return data.decode(encoding, "replace").replace("\0", "")
