"""Addresses spelled out, so that no machine reads them: ``name [at] host (dot) org``."""

import re
from collections.abc import Iterator
from typing import Final

from govgate.scan.views.characters import UNSEEN, edits
from govgate.scan.views.hosts import LOCAL_HOSTS, public_suffix
from govgate.scan.views.offsets import Edit
from govgate.scan.views.view import Stretch

_S = rf"[ \t\u00a0{UNSEEN}]"
_OPEN, _CLOSE = r"[\[({<]", r"[\])}>]"
_BRACKETED_AT = (
    rf"{_S}{{0,3}}{_OPEN}{_S}{{0,2}}(?:a{UNSEEN}*t|@|arroba){_S}{{0,2}}{_CLOSE}{_S}{{0,3}}"
)
_BRACKETED_DOT = (
    rf"{_S}{{0,3}}{_OPEN}{_S}{{0,2}}(?:dot|\.|punto|period){_S}{{0,2}}{_CLOSE}{_S}{{0,3}}"
)
_DOT_WORD = rf"{_S}{{1,3}}dot{_S}{{1,3}}|[_-]dot[_-]"
_AT_WORD = rf"{_S}{{1,3}}at{_S}{{1,3}}|[_-]at[_-]"
_AT_SIGN = rf"{_S}{{0,3}}@{_S}{{0,3}}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

_SIGN: Final = re.compile(
    rf"(?P<bracket>{_BRACKETED_AT})|(?P<word>{_AT_WORD})|(?P<sign>{_AT_SIGN})", re.IGNORECASE
)
_DOT: Final = re.compile(
    rf"(?P<bracket>{_BRACKETED_DOT})|(?P<word>{_DOT_WORD})|(?P<spaced> {{0,2}}\. {{0,2}})",
    re.IGNORECASE,
)
_HOST_LABEL: Final = re.compile(_LABEL)
_BEFORE: Final = re.compile(rf"{_LABEL}(?:[._+-]{{1,2}}{_LABEL})*\Z")
_DOT_BEFORE: Final = re.compile(rf"({_LABEL})(?:{_BRACKETED_DOT}|{_DOT_WORD})\Z", re.IGNORECASE)
_PROSE_WORDS = (
    "us me him her it them you we i he she they look looking looked go online out up here there "
    "available found find is are was be site website page store visit shop live more info back "
    "now this that meet arrive start hosted located buy sold work works working read see check "
    "checked and or aim aimed good great best"
)
_PROSE: Final = frozenset(_PROSE_WORDS.split())
"""Words that stand before ``at HOST dot com`` in prose."""
_LABELS: Final = 6
_NAME_CHARACTERS: Final = 64


def spelled_addresses(text: str, plain: str) -> Iterator[Stretch]:
    """Stretches of a string, found in its skeleton, that read as an address with a public suffix,
    or with an at in brackets."""
    behind = 0
    for sign in _SIGN.finditer(plain):
        kind = sign.lastgroup or ""
        host = _host(plain, sign.end(), kind)
        if host is None:
            continue
        name = _name(plain, max(behind, sign.start() - _NAME_CHARACTERS), sign.start())
        if name is None:
            continue
        start, name_dots = name
        end, dots, how = host
        if not _plausible(plain, sign, start, name_dots, dots, end, how):
            continue
        changes = _edits(text, start, end, [*name_dots, (sign.span(), "@"), *dots])
        if changes:
            yield Stretch(start, end, changes)
            behind = end


Dots = list[tuple[tuple[int, int], str]]


def _host(plain: str, at: int, kind: str) -> tuple[int, Dots, set[str]] | None:
    """Where the host that begins at ``at`` ends, its dots, and how they are spelled."""
    label = _HOST_LABEL.match(plain, at)
    if label is None:
        return None
    dots: Dots = []
    how: set[str] = set()
    for _ in range(_LABELS):
        dot = _DOT.match(plain, label.end())
        following = _HOST_LABEL.match(plain, dot.end()) if dot else None
        if dot is None or following is None:
            break
        manner = "plain" if dot[0] == "." else str(dot.lastgroup)
        if manner == "spaced" and not (kind == "bracket" or kind == "sign"):
            break
        if manner == "spaced" and not (dot[0].startswith(" ") and dot[0].endswith(" ")):
            break
        dots.append((dot.span(), "."))
        how.add(manner)
        label = following
    local = kind == "bracket" and label[0].lower() in LOCAL_HOSTS
    return (label.end(), dots, how) if dots or local else None


def _name(plain: str, low: int, high: int) -> tuple[int, Dots] | None:
    """Where the name that ends at ``high`` begins, and the spelled dots in it."""
    dots: Dots = []
    place = high
    for _ in range(3):
        match = _BEFORE.search(plain[low:place])
        if match is None:
            return None
        start = low + match.start()
        dot = _DOT_BEFORE.search(plain[low:start])
        if dot is None or start == low:
            return start, dots
        dots.insert(0, ((low + dot.end(1), start), "."))
        place = low + dot.end(1)
    return start, dots


def _plausible(
    plain: str,
    sign: "re.Match[str]",
    start: int,
    name_dots: Dots,
    dots: Dots,
    end: int,
    how: set[str],
) -> bool:
    kind = sign.lastgroup
    name = plain[start : sign.start()]
    if kind == "sign" and sign[0] == "@" and how == {"plain"} and not name_dots:
        return False  # an address as it should be
    if not any(map(str.isalpha, name)):
        return False
    host = _read(plain, sign.end(), end, dots)
    if not public_suffix(host):
        return kind == "bracket"
    last = host.rpartition(".")[2]
    if kind == "bracket" or (how & {"bracket", "word"} and kind == "sign"):
        return True
    if last[:1].isupper() and not host.isupper():
        return False
    if how & {"bracket", "word"}:
        return name.lower() not in _PROSE
    if kind == "word":
        return bool(re.search(r"[._\d]", name)) and sign[0].strip().lower() == "at"
    return name.lower() not in _PROSE


def _read(plain: str, start: int, end: int, dots: Dots) -> str:
    parts = []
    for (dot, behind), mark in dots:
        parts += [plain[start:dot], mark]
        start = behind
    return "".join([*parts, plain[start:end]])


def _edits(text: str, start: int, end: int, marks: Dots) -> tuple[Edit, ...]:
    """``marks`` as edits, and between them the characters as they look."""
    changes: list[Edit] = []
    for (low, high), mark in marks:
        changes += edits(text, start, low)
        if text[low:high] != mark:
            changes.append(Edit(low, high, mark))
        start = high
    return (*changes, *edits(text, start, end))
