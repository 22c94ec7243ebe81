"""spaCy's tokenizer in time that grows with the text alone; it gives the same tokens.

A chunk between two spaces is cut by taking prefixes and suffixes off it one by one. For each of
them spaCy searches the whole chunk, so that a chunk of n brackets takes n² steps. But a prefix can
only stand at the beginning, and a suffix is short.
"""

import re
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, Final

from spacy.attrs import LIKE_URL, NORM
from spacy.lang import lex_attrs
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

CACHED_CHUNKS: Final = 100_000
"""Chunks between spaces whose tokens spaCy keeps; its own 10,000 are soon used up."""
USERINFO: Final = r"(?:\S+(?::\S*)?@)?"
"""A part of spaCy's pattern for web addresses that tries every two places in a chunk; as no space
can stand there, ``\\S+@`` matches the same."""
DOTS: Final = r"|\.\.+$"
"""The one suffix of spaCy's that can be of any length."""
ENDLESS: Final = re.compile(r"[+*{]")

Search = Callable[[str], "re.Match[str] | None"]


def quicken(tokenizer: Any) -> None:
    """Put faster searches in ``tokenizer`` where it is spaCy's own and its patterns are built as
    known here."""
    if not isinstance(tokenizer, Tokenizer):
        return
    tokenizer.max_cache_size = CACHED_CHUNKS
    rules = tokenizer.rules
    tokenizer.rules = {}  # with each new search spaCy reads all of them anew
    prefix, suffix = _pattern(tokenizer.prefix_search), _pattern(tokenizer.suffix_search)
    address = _pattern(tokenizer.url_match)
    if prefix and all(one.startswith("^") for one in _alternatives(prefix.pattern)):
        tokenizer.prefix_search = prefix.match
    if suffix and (longest := _longest(suffix.pattern)):
        tokenizer.suffix_search = _from_the_end(suffix, longest)
    if address and USERINFO in address.pattern:
        faster = address.pattern.replace(USERINFO, r"(?:\S+@)?")
        tokenizer.url_match = re.compile(faster, address.flags).match
        _quicken_like_url(tokenizer.vocab.lex_attr_getters, address.pattern, tokenizer.url_match)
    tokenizer.rules = rules


def doc_of(vocab: Any, words: list[Any], spaces: list[bool], norms: Sequence[int | None]) -> Doc:
    """The doc of these tokens. ``words``: texts, or spaCy's numbers for them. ``norms``: as the
    tokenizer set them, None for the word's own."""
    doc = Doc(vocab, words=words, spaces=spaces)
    for place, (own, norm) in enumerate(zip(doc.to_array(NORM).tolist(), norms, strict=True)):
        if norm is not None and own != norm:
            doc[place].norm_ = vocab.strings[norm]
    return doc


def _quicken_like_url(getters: dict[int, Any], pattern: str, faster: Any) -> None:
    """Whether a new word looks like an address is found out with the same pattern once more: have
    spaCy's own function use the faster one."""
    own = getters.get(LIKE_URL)
    known = _pattern(getattr(own, "__globals__", {}).get("URL_MATCH"))
    if own is lex_attrs.like_url and known and known.pattern == pattern:
        names = {**own.__globals__, "URL_MATCH": faster}
        getters[LIKE_URL] = FunctionType(own.__code__, names, own.__name__)


def _pattern(method: Any) -> "re.Pattern[str] | None":
    """The pattern whose method ``method`` is, if its ``^`` and ``$`` mean the whole text's."""
    pattern = getattr(method, "__self__", None)
    plain = isinstance(pattern, re.Pattern) and not pattern.flags & (re.MULTILINE | re.VERBOSE)
    return pattern if plain else None


def _alternatives(pattern: str) -> list[str]:
    """What stands between the outermost ``|``, with an ``x`` for each character that it matches at
    most; what repeats without end keeps its sign for that."""
    plain = re.sub(r"\\.", "x", pattern, flags=re.DOTALL)
    plain, more = re.sub(r"\[[^\]]*\]", "x", plain), 1
    while more:
        plain, more = re.subn(r"\((\?<?[=!:])?([^()]*)\)", _group, plain)
    return plain.split("|")


def _group(group: "re.Match[str]") -> str:
    kind, inside = group.groups()
    if kind and kind != "?:":
        return ""  # looks ahead or behind
    return max(inside.split("|"), key=len) + ("+" if ENDLESS.search(inside) else "")


def _longest(suffixes: str) -> int:
    """How many characters a suffix has at most, dots aside; 0 if that is not known."""
    known = _alternatives(suffixes.replace(DOTS, "", 1))
    if any(not one.endswith("$") or ENDLESS.search(one) for one in known):
        return 0
    return max(map(len, known)) - len("$")


def _from_the_end(suffix: "re.Pattern[str]", longest: int) -> Search:
    """A search for ``suffix`` that looks at the last characters only."""

    def search(text: str) -> re.Match[str] | None:
        start = min(len(text) - longest - 1, len(text.rstrip(".")))
        return suffix.search(text, max(start, 0))  # it still looks behind at what stands before

    return search
