"""Full licence texts, compared word by word with the known ones, and what stands around them.

The matcher is ``licenseclassifier`` (the extra ``licenses``): patterns of whole licences over
words, which find each licence and its place. It gives a text the name of a licence if most of the
text is that licence. That is not enough here: one added sentence can forbid what the licence
allows. So all that the patterns do not cover must be a copyright line, the licence's title, or a
notice that the licence's own steward puts around it; any other word makes the text unknown.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from govgate.rights.declarations.expressions import Reading, all_of, read_text

NOT_INSTALLED = (
    "the text of a licence, which is only read with the extra `licenses`: "
    'pip install "govgate[licenses]"'
)
NO_MATCH = "not the text of a known licence"
MORE_WORDS = "the text of a known licence with further words around it"
TOO_MANY = "more licence texts or copyright lines in one file than are read"

_MAX_REGIONS = 20
_MAX_STEPS = 60  # the matcher goes back by 50 words at most
_COPYRIGHT = re.compile(r"copyright|©|\(c\)", re.IGNORECASE)
_COPYRIGHT_LINE = re.compile(
    r"\W*(?:portions\s+)?(?:copyright|©|\(c\))(?![\w-]).{0,200}", re.IGNORECASE
)
_TERMS = re.compile(
    r"\b(?:us(?:e[ds]?|ing|age)|permi\w*|licen\w*|grant\w*|\w*commerc\w*|excep\w*|only|not|no"
    r"|without|research|academ\w*|train\w*|restrict\w*|forbid\w*|prohibit\w*|subject|under|may"
    r"|must|shall|allow\w*|agree\w*|terms?|conditions?|provided|for|if|unless|distribut\w*"
    r"|modif\w*|cop(?:y|ies))\b",
    re.IGNORECASE,
)
_SECOND = re.compile(  # a stop that is none of an initial or a company, or stands before many words
    r"(?<!\binc)(?<!\bltd)(?<!\bcorp)(?<!\bco)(?<!\bdr)(?<!\bprof)(?<!\b\w)[.!?]\s+\w"
    r"|[.!?](?:\s+(?!and\b|its\b|or\b)\w+){3}|[;:]\s|\s[-–—]+\s+[^\W\d]",
    re.IGNORECASE,
)
_RESERVED = re.compile(r"all rights? reserved", re.IGNORECASE)

_GENERIC = frozenset(
    re.findall(
        r"\w+",
        "a agreement an code commons creative data database deed general generic international"
        " legal legalcode licence license licenses open public software text the unported v"
        " version",
    )
)
_SPELT = {
    "by": "attribution",
    "nc": "noncommercial non commercial",
    "sa": "sharealike share alike",
    "nd": "noderivatives noderivs no derivatives derivs",
    "cc0": "zero cc universal dedication domain",
    "odbl": "odbl",
    "pddl": "dedication domain pddl",
    "odc": "odc",
    "gpl": "gnu gpl",
    "lgpl": "gnu lgpl lesser library",
    "agpl": "gnu agpl affero",
    "gfdl": "gnu gfdl free documentation",
    "mpl": "mozilla",
    "epl": "eclipse",
    "cdla": "community cdla",
    "bsd": "simplified new revised modified berkeley",
    "mit": "expat",
    "clause": "clause clauses",
}
_NOTICES = {
    "590211f31d5f1197ea8e3fd161b2a11288853cf017fdb031b325eed21249126c": "CC 4.0, before the text",
    "15c4a1c2d7cfac17c456667d6061548fedb9d595d2b55f6d012cf64088615547": "CC 4.0, after the text",
    "ac78bf3f3d6d209d2c2857ee828238f42545f0fdac04dd266176f80f7162fce4": "GPL 3.0, how to apply",
    "629b0c70fe4245b2ca359b0fa69dec69f382206f307e3df55b36132daa9dd2e4": "GPL 3.0, how to apply",
    "fbc003417d1fac126910dd5ad969477fce15a9a2e9fd5031bef8952628ff6789": "LGPL 3.0, how to apply",
}
"""SHA-256 of the words (small letters, single spaces) of notices that belong to licences."""

Region = tuple[str, int, int]
"""A licence's id, and from where to where its text stands."""


def match(text: str) -> Reading:
    """The licences whose texts make up ``text``, which all bind; unknown unless nothing is left."""
    try:
        identify = import_module("licenseclassifier").identify_license
    except ImportError:
        return None, NOT_INSTALLED
    regions = [(one.id, one.start, one.end) for one in identify(text, 0.0)]
    if not regions:
        return None, NO_MATCH
    if len(regions) > _MAX_REGIONS:
        return None, TOO_MANY
    ids = {name for name, _, _ in regions}
    for piece in _pieces(text, regions, identify):
        if piece is None:
            return None, TOO_MANY
        if not _is_harmless(piece, ids):
            return None, MORE_WORDS
    return all_of(read_text(name) for name in _names(regions))


def _names(regions: list[Region]) -> list[str]:
    """Each licence once. The GNU texts end with a sample notice that says "or later": the text
    itself does not, so that beside the text of the same version it says nothing."""
    names = dict.fromkeys(name for name, _, _ in regions)
    samples = {f"{name}-or-later" for name in names}
    return [name for name in names if name not in samples]


def _pieces(text: str, regions: list[Region], identify: Callable[..., Any]) -> Iterator[str | None]:
    """What stands before, between and after the regions; None where that cannot be told."""
    done = 0
    for region in regions:
        start = _true_start(text, region, identify)
        yield None if start is None else text[done:start]
        done = region[2]
    yield text[done:]


def _true_start(text: str, region: Region, identify: Callable[..., Any]) -> int | None:
    """Where the licence itself begins.

    The matcher lets a region begin at a copyright sign up to 50 words before the licence, with all
    that stands between. So the signs are taken away from the front, one by one, as long as the rest
    is still found to be the same licence.
    """
    name, start, end = region
    for _ in range(_MAX_STEPS):
        sign = _COPYRIGHT.search(text, start, end)
        if sign is None or re.search(r"\w", text[start : sign.start()]):
            return start
        rest = next(iter(identify(text[sign.end() : end], 0.0)), None)
        if rest is None or rest.id != name or rest.end < end - sign.end():
            return start
        start = sign.end() + rest.start
    return None


def _is_harmless(piece: str, ids: set[str]) -> bool:
    """Whether a piece beside a licence says nothing of its own."""
    lines = [line for line in piece.split("\n") if re.search(r"\w", line)]
    while lines and _is_formal(lines[0], ids):
        lines.pop(0)
    while lines and _is_formal(lines[-1], ids):
        lines.pop()
    return not lines or digest("\n".join(lines)) in _NOTICES


def _is_formal(line: str, ids: set[str]) -> bool:
    return _is_copyright(line) or any(_is_title(line, name) for name in ids)


def _is_copyright(line: str) -> bool:
    """A line that names who holds the copyright, with no word of terms and no second sentence."""
    held = _RESERVED.sub("", line)
    is_line = _COPYRIGHT_LINE.fullmatch(line) or not re.search(r"\w", held)
    return bool(is_line) and not _TERMS.search(held) and not _SECOND.search(held)


def _is_title(line: str, name: str) -> bool:
    """Whether each word of a short line is one of the licence's own name."""
    words = [re.sub(r"^v(?=\d)", "", word) for word in re.findall(r"\w+", line.casefold())]
    parts = re.findall(r"\w+", name.casefold())
    known = {*_GENERIC, *parts, *(word for part in parts for word in _SPELT.get(part, "").split())}
    return len(words) <= 14 and known.issuperset(words)


def digest(text: str) -> str:
    """SHA-256 of the words of a notice, by which it is known however it is broken into lines."""
    words = " ".join(re.findall(r"\w+", text.casefold()))
    return hashlib.sha256(words.encode()).hexdigest()
