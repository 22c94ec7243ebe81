"""What a licence allows, as one class: the licence table, and SPDX expressions read against it.

The table is ``licenses.tsv`` beside this file, with tabs between its columns:

    id                  class           spellings         note
    CC-BY-NC-4.0        non-commercial  cc-by-nc-4
    LicenseRef-Llama-2  proprietary     llama-2 llama2    provider's terms with use restrictions
                        unknown         other custom n-a  declared as unknown or other

``id`` is an SPDX id or a LicenseRef of ours, ``spellings`` are keys of ``spelling_key`` that mean
the same licence, separated by spaces. A row of class ``unknown`` lists words that name no licence;
its note is the reason given.

A licence has one place on one scale, so a combination of terms stands where its strictest term
stands: BY-NC-SA and BY-NC-ND are non-commercial, because that term is the one that stops most
training; their share-alike and no-derivatives terms hold as well. The table is a reading aid for a
policy, not legal advice.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from govgate.rights.spelling import spelling_key

MAX_CHARACTERS = 500

NO_LICENSE = "no licence given"
NOT_AN_EXPRESSION = "not a licence expression"
NOT_IN_TABLE = "not an SPDX licence or a spelling that the licence table holds"
REF_NOT_IN_TABLE = "a LicenseRef that the licence table does not hold"
NO_CLASS = "the licence table has no class for this SPDX licence"
DEPRECATED = "a deprecated SPDX id, read as its current form"

_OPERATORS = re.compile(r"(\(|\)|\s(?:and|or|with)(?=[\s()]|$)|(?<=\))(?:and|or|with)\b)", re.I)


class LicenseClass(StrEnum):
    """What a licence asks of whoever trains on the text, from the least to the most restrictive.

    The order of definition is the order of restrictiveness that AND, OR and a conflict between
    row and manifest use.
    """

    PUBLIC_DOMAIN = "public-domain"  # nothing
    PERMISSIVE = "permissive"  # keep the notice
    ATTRIBUTION = "attribution"  # name the source
    SHARE_ALIKE = "share-alike"  # pass it on under the same terms
    NO_DERIVATIVES = "no-derivatives"  # pass it on unchanged only
    NON_COMMERCIAL = "non-commercial"  # no commercial use
    ACADEMIC = "academic"  # research or teaching only
    PROPRIETARY = "proprietary"  # the owner's own terms, use restrictions among them

    @property
    def strictness(self) -> int:
        """Place on the scale, from 0."""
        return _SCALE.index(self)


_SCALE = tuple(LicenseClass)


@dataclass(frozen=True, slots=True)
class LicenseFacts:
    """What is known of a licence text. ``cls`` None: unknown, for the reason ``why``.

    ``id`` is the normalised SPDX expression; it can be known where the class is not (an SPDX
    licence that the table has no class for). ``why`` of a known class is a remark
    (``DEPRECATED``). No field ever repeats the text that was read.
    """

    id: str | None
    cls: LicenseClass | None
    why: str | None


def read_license(value: str | None) -> LicenseFacts:
    """Reads an SPDX expression or a common spelling of a licence.

    OR is the licensee's choice, so the least restrictive part counts; AND binds to all, so the
    most restrictive; WITH keeps the licence's class (an exception only widens it). One unknown
    part makes the whole unknown.
    """
    text = value.strip() if value else ""
    if not text:
        return LicenseFacts(None, None, NO_LICENSE)
    if len(text) > MAX_CHARACTERS or "\n" in text or "\r" in text:
        return LicenseFacts(None, None, NOT_AN_EXPRESSION)
    return _read(text)


def license_ids() -> tuple[str, ...]:
    """All ids that a single licence can be given: those of SPDX, and the table's LicenseRefs."""
    ours = {facts.id for facts in _table().values() if facts.id}
    return tuple(sorted(ours.union(_spdx_ids().values())))


def table_digest() -> str:
    """SHA-256 of the licence table's bytes, for the record."""
    return hashlib.sha256(_table_bytes()).hexdigest()


@lru_cache(maxsize=65_536)
def _read(text: str) -> LicenseFacts:
    whole = _read_one(text)
    if whole.why != NOT_IN_TABLE:
        return whole
    tokens = [token.strip() for token in _OPERATORS.split(text) if token.strip()]
    return _read_expression(tokens) if len(tokens) > 1 else whole


def _read_one(text: str) -> LicenseFacts:
    """A single licence: by its id, as an SPDX id, by a spelling, then as ``ID+``."""
    low = text.lower()
    if entry := _table().get(low):
        return entry
    if low.startswith(("licenseref-", "documentref-")) and not re.search(r"[\s()]", low):
        return LicenseFacts(None, None, REF_NOT_IN_TABLE)
    if current := _spdx_ids().get(low):
        entry = _table().get(current.lower(), LicenseFacts(current, None, NO_CLASS))
        deprecated = entry.cls is not None and current.lower() != low
        return LicenseFacts(entry.id, entry.cls, DEPRECATED) if deprecated else entry
    if entry := _table().get(spelling_key(text)):
        return entry
    if low.endswith("+") and not low.endswith("++"):  # "or later" includes this version
        return _read_one(text[:-1].rstrip())
    return LicenseFacts(None, None, NOT_IN_TABLE)


def _read_expression(tokens: list[str]) -> LicenseFacts:
    """Several licences: each operand is brought to its SPDX id, then the whole is parsed."""
    if not _alternates(tokens):
        return LicenseFacts(None, None, NOT_AN_EXPRESSION)
    parts: list[str] = []
    remark: str | None = None
    for before, part in zip(["", *tokens], tokens, strict=False):
        if _kind(part) != "id" or before.lower() == "with":
            parts.append(part)
            continue
        facts = _read_one(part)
        if facts.id is None:
            return facts
        remark = remark or (facts.why if facts.cls else None)
        parts.append(facts.id)
    try:
        tree = _licensing().parse(" ".join(parts), validate=True, strict=True)
    except Exception:  # whatever the parser trips over, it is not an expression
        return LicenseFacts(None, None, NOT_AN_EXPRESSION)
    cls = _class_of(tree)
    return LicenseFacts(tree.render(), cls, remark if cls else NO_CLASS)


def _kind(token: str) -> str:
    low = token.lower()
    return low if low in ("(", ")") else "op" if low in ("and", "or", "with") else "id"


def _alternates(tokens: list[str]) -> bool:
    """Whether ids and operators take turns: license-expression drops an operator left dangling, so
    half an expression (``MIT AND ISC AND``) would count as a whole one."""
    kinds = ["op", *map(_kind, tokens)]  # the beginning asks for what an operator asks for
    turns = all(
        (after in ("id", "(")) == (before in ("op", "(")) for before, after in pairwise(kinds)
    )
    return turns and kinds[-1] in ("id", ")")


def _class_of(node: Any) -> LicenseClass | None:
    from license_expression import LicenseSymbol, LicenseWithExceptionSymbol

    if isinstance(node, LicenseWithExceptionSymbol):
        node = node.license_symbol
    if isinstance(node, LicenseSymbol):
        entry = _table().get(node.key.lower())
        return entry.cls if entry else None
    classes = [_class_of(part) for part in node.args]
    known = [cls for cls in classes if cls is not None]
    if len(known) < len(classes):
        return None
    choose = max if isinstance(node, _licensing().AND) else min
    return choose(known, key=lambda cls: cls.strictness)


@cache
def _table_bytes() -> bytes:
    return files("govgate.rights").joinpath("licenses.tsv").read_bytes()


@cache
def _table() -> dict[str, LicenseFacts]:
    """Lower-case ids and spelling keys to what they mean."""
    table: dict[str, LicenseFacts] = {}
    for key, facts in _entries():
        if table.setdefault(key, facts) != facts:
            raise ValueError(f"licenses.tsv: {key!r} stands for two licences")
    return table


def _entries() -> Iterator[tuple[str, LicenseFacts]]:
    for row in csv.DictReader(_table_bytes().decode().splitlines(), delimiter="\t", strict=True):
        if row["class"] == "unknown":
            facts = LicenseFacts(None, None, row["note"])
        else:
            facts = LicenseFacts(row["id"], LicenseClass(row["class"]), None)
            yield row["id"].lower(), facts
            yield spelling_key(row["id"]), facts
        for key in row["spellings"].split():
            yield key, facts


@cache
def _licensing() -> Any:
    """license-expression's SPDX licensing with the table's own LicenseRefs added."""
    from license_expression import build_spdx_licensing, get_license_index

    ours = sorted({facts.id for facts in _table().values() if facts.id})
    index = get_license_index()
    held = {entry.get("spdx_license_key") for entry in index}
    return build_spdx_licensing(
        [*index, *({"spdx_license_key": ref} for ref in ours if ref not in held)]
    )


@cache
def _spdx_ids() -> dict[str, str]:
    """Lower-case SPDX ids, deprecated ones included, to the current id (no LicenseRefs)."""
    ids: dict[str, str] = {}
    for symbol in _licensing().known_symbols.values():
        if symbol.is_exception or symbol.key.startswith("LicenseRef-"):
            continue
        for name in (*symbol.aliases, symbol.key):
            if not name.startswith("LicenseRef-"):
                ids[name.lower()] = symbol.key
    return ids
