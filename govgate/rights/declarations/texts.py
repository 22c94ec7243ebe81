"""Licence files and headers: SPDX tags, short statements, and full texts.

    SPDX-License-Identifier: CC-BY-4.0          a tag, in any file (REUSE 3.3, SPDX 3.0.1 annex)
    MIT                                          a file that holds a name or an address alone
    This work is licensed under the Creative Commons Attribution 4.0 International License.

Several tags all bind. What is left of a LICENSE file once tags are taken out is compared with the
known texts by :mod:`matching`, which needs the extra ``licenses``.
"""

import re

from govgate.rights.declarations import matching
from govgate.rights.declarations.declaration import Declaration, Kind, Where
from govgate.rights.declarations.documents import decode
from govgate.rights.declarations.expressions import NOTHING, Reading, all_of, read_text

MAX_BYTES = 2**20
HEAD_BYTES = 64 * 2**10

CONTRADICTS = "a sentence that names one licence and leads to another"

_TAG = re.compile(r"SPDX-License-Identifier:([^\n]*)")
_CLOSERS = ("*/", "-->", "#}", "%>", "]", '"', "'")  # of comments and of strings in code
_STATEMENT = re.compile(
    r"(?:this|these|the|all) (?:[\w-]+ ){1,8}?(?:is|are) "
    r"(?:licen[sc]ed|released|distributed|published|provided|made available) under (?:the |an? )?"
    r"(?P<name>.{1,120}?)"
    r"(?:\. to view a copy of this licen[sc]e,? (?:please )?(?:visit|see) (?P<address>\S{1,200}?)"
    r"(?:,? or send a letter to creative commons, po box 1866, mountain view, ca 94042, usa)?)?\.?",
    re.IGNORECASE,
)


def read_license_file(data: bytes, file: str) -> tuple[Declaration, ...]:
    """What LICENSE, COPYING or the like says by its tags (declared), and by its text (concluded).

    UsageError where it is no text in UTF-8 of at most 1 MiB.
    """
    text = decode(data, file, MAX_BYTES).replace("\r\n", "\n").replace("\r", "\n")
    found = list(_tagged(text, file))
    rest = _TAG.sub("", text)
    read = concluded(rest)
    if read != NOTHING or not found:
        found.append(_declaration(Where.LICENSE_FILE, file, Kind.CONCLUDED, read, _first(rest)))
    return tuple(found)


def read_sidecar(data: bytes, file: str, part: str) -> tuple[Declaration, ...]:
    """What REUSE's ``NAME.license`` says of the file ``part``: by its tags, else by its text, as
    what stands there must not go unheard. Errors as ``read_license_file``."""
    text = decode(data, file, MAX_BYTES).replace("\r\n", "\n").replace("\r", "\n")
    read = concluded(text)
    said = _declaration(Where.HEADER, file, Kind.CONCLUDED, read, _first(text), part)
    return _tagged(text, file, part) or (said,)


def _first(text: str) -> int:
    """The first line that is not blank, from 1."""
    return next((n for n, one in enumerate(text.split("\n"), 1) if one.strip()), 1)


def read_header(data: bytes, file: str) -> tuple[Declaration, ...]:
    """What the SPDX tags in the first 64 KiB of any text file say; nothing if there are none.

    What is not UTF-8 there is replaced, as a tag is ASCII.
    """
    text = data[:HEAD_BYTES].decode("utf-8-sig", "replace")
    return _tagged(text.replace("\r\n", "\n").replace("\r", "\n"), file)


def _tagged(text: str, file: str, part: str | None = None) -> tuple[Declaration, ...]:
    tags = list(_TAG.finditer(text))
    if not tags:
        return ()
    line = text.count("\n", 0, tags[0].start()) + 1
    read = all_of(read_text(_value(tag[1])) for tag in tags)
    return (_declaration(Where.HEADER, file, Kind.DECLARED, read, line, part),)


def _value(rest: str) -> str:
    """What follows a tag on its line, without the end of the comment that it stands in."""
    text = rest.strip()
    closer = next((one for one in _CLOSERS if text.endswith(one)), "")
    return text.removesuffix(closer).strip()


def concluded(text: str) -> Reading:
    """The licence of a whole text without tags; nothing for a text that is blank."""
    words = " ".join(text.split())
    if not re.search(r"\w", words):
        return NOTHING
    named = read_text(words)
    if named[0] is None and (found := _STATEMENT.fullmatch(words)):
        named = _statement(found["name"], found["address"])
        if named[1] == CONTRADICTS:
            return named
    return named if named[0] else matching.match(text)


def _statement(name: str, address: str | None) -> Reading:
    named = read_text(name)
    led = read_text(address) if address else named
    return named if named == led else (None, CONTRADICTS)


def _declaration(
    where: Where, file: str, kind: Kind, read: Reading, line: int, part: str | None = None
) -> Declaration:
    return Declaration(where, file, kind, *read, None, None, None, line, part)
