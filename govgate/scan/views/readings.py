"""A string → its views: what it spells beneath simple disguises.

1. text in base64, read like any other;
2. entities, percent-encoding and tags decoded, and what they spell looked through again;
3. split numbers, spelled-out addresses and characters that pass for others, as they look;
4. addresses at local hosts, which need no detector;
5. the columns of tables.

Text with none of these costs a few searches and gives no view.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from govgate.scan.views import signs
from govgate.scan.views.addresses import spelled_addresses
from govgate.scan.views.base64text import decoded_texts
from govgate.scan.views.characters import skeleton
from govgate.scan.views.disguises import addresses, figures, unveiled, words
from govgate.scan.views.encodings import encoded_stretches
from govgate.scan.views.hosts import local_addresses
from govgate.scan.views.ibans import ibans
from govgate.scan.views.numbers import split_numbers
from govgate.scan.views.offsets import through
from govgate.scan.views.tables import columns
from govgate.scan.views.view import ENCODED, NORMALISED, Part, Stretch, View, apart, around

Finder = Callable[[str, str], Iterator[Stretch]]
"""A string and its skeleton → the stretches of it that are to be read otherwise."""

MAX_DEPTH: Final = 3
"""How often what was decoded is decoded again."""


def views(text: str, *, tables: bool = True) -> Iterator[View]:
    """The views of ``text`` beyond itself, in order of the list above. ``tables``: columns, too."""
    found = signs.encoded(text)
    if signs.ANY.search(found):
        yield from _decoded(text, found, MAX_DEPTH)
        yield from _as_it_looks(text, found)
    if tables and "\n" in text:
        yield from columns(text, found)


def _decoded(text: str, found: bytes, depth: int) -> Iterator[View]:
    if not depth:
        return
    if signs.BASE64.search(found):
        for decoded in decoded_texts(text):
            whole = (Part(0, len(decoded.text)),)
            yield from _with_inner(View(ENCODED, decoded.text, decoded.outer, whole), depth - 1)
    stretches = apart(encoded_stretches(text, found))
    for view in around(text, stretches, NORMALISED):
        yield from _with_inner(view, depth - 1)


def _with_inner(view: View, depth: int) -> Iterator[View]:
    """``view``, and the views of its own text, led back to where that came from."""
    seen = tuple(span for span in local_addresses(view.text) if view.keeps(span))
    yield replace(view, seen=seen)
    found = signs.encoded(view.text)
    if not signs.ANY.search(found):
        return
    for inner in (*_decoded(view.text, found, depth), *_as_it_looks(view.text, found)):
        yield replace(inner, name=view.name, outer=through(inner.outer, view.outer))


def _as_it_looks(text: str, found: bytes) -> Iterator[View]:
    finders = list(_finders(text, found))
    plain = skeleton(text) if finders or not text.isascii() else text
    if finders:
        stretches = unveiled(plain, apart(s for find in finders for s in find(text, plain)))
        for view in around(text, stretches, NORMALISED):
            seen = tuple(span for span in local_addresses(view.text) if view.keeps(span))
            yield replace(view, seen=seen)
    if "@" in text and (seen := tuple(local_addresses(plain))):
        yield View(NORMALISED, text, _same, (), seen=seen, asked=False)


def _finders(text: str, found: bytes) -> Iterator[Finder]:
    """Those that a sign calls for. Of what two find at one place, the first one's counts."""
    if signs.IBAN.search(found):
        yield ibans
    if signs.NUMBER.search(found):
        yield split_numbers
    if signs.ADDRESS.search(found):
        yield spelled_addresses
    if signs.WORD.search(found):
        yield words
    if not text.isascii() and signs.AT.search(found):
        yield addresses
    if signs.FIGURE.search(found):
        yield figures


def _same(start: int, end: int) -> tuple[int, int]:
    return start, end
