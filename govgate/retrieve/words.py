"""How a text is split into the words that an index files it under.

SQLite's own FTS5 tokenizers do it: `unicode61 remove_diacritics 2` splits, `porter` stems, so that
a question about a *refund* finds what was *refunded*. Porter knows English alone: words of other
languages pass it almost unchanged, and text without spaces between words (Chinese, Thai) counts as
one word. A word of more than 255 characters is none: nobody asks for one, and it would be stored
whole.
"""

import threading
from collections.abc import Callable

import apsw

LONGEST = 255
_SPLITTER = ("unicode61", "remove_diacritics", "2")
_local = threading.local()


def terms(text: str) -> list[str]:
    """The stems of ``text``'s words, in their order, as indexes file them."""
    found: list[str] = _tokenizer()(
        _utf8(text),
        apsw.FTS5_TOKENIZE_DOCUMENT,
        None,
        include_offsets=False,
        include_colocated=False,
    )
    return [term for term in found if len(term) <= LONGEST] if _has_long(found) else found


def placed_terms(text: str) -> tuple[bytes, list[tuple[int, int, str]]]:
    """``text`` in UTF-8, and each of its words: where it starts and ends there, and its stem."""
    data = _utf8(text)
    split = _tokenizer()(data, apsw.FTS5_TOKENIZE_DOCUMENT, None)
    return data, [(start, end, term) for start, end, term, *_ in split if len(term) <= LONGEST]


def storable(text: str) -> str:
    """Text that SQLite gives back whole: it ends strings at NUL here and there, and takes UTF-8
    alone, so a NUL becomes a space and a lone surrogate a question mark."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _has_long(found: list[str]) -> bool:
    return max(map(len, found), default=0) > LONGEST


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _tokenizer() -> Callable[..., list]:  # type: ignore[type-arg]
    """One for each thread: SQLite lends them with a connection, which threads do not share."""
    if not hasattr(_local, "split"):
        _local.connection = apsw.Connection(":memory:")
        _local.split = _local.connection.fts5_tokenizer("porter", list(_SPLITTER))
    split: Callable[..., list] = _local.split  # type: ignore[type-arg]
    return split
