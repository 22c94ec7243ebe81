"""What a licence text allows: SPDX expressions and common spellings, read against the table.

The table is `policies/licenses.yaml` (``licensetable.py``). A licence has one place on one scale,
so a combination of terms stands where its strictest term stands: BY-NC-SA and BY-NC-ND are
non-commercial, because that term is the one that stops most training; ``terms`` holds the others as
well.
"""

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from govgate.rights.licensetable import Licensed, license_table
from govgate.rights.spelling import spelling_key
from govgate.rights.terms import Covers, LicenseClass, Terms, choice, meet_all

MAX_CHARACTERS = 500

NO_LICENSE = "no licence given"
NOT_AN_EXPRESSION = "not a licence expression"
NOT_IN_TABLE = "not an SPDX licence or a spelling that the licence table holds"
REF_NOT_IN_TABLE = "a LicenseRef that the licence table does not hold"
NO_CLASS = "the licence table has no class for this SPDX licence"
DEPRECATED = "a deprecated SPDX id, read as its current form"

_OPERATORS = re.compile(r"(\(|\)|\s(?:and|or|with)(?=[\s()]|$)|(?<=\))(?:and|or|with)\b)", re.I)


@dataclass(frozen=True, slots=True)
class LicenseFacts:
    """What is known of a licence text. ``terms`` None: unknown, for the reason ``why``.

    ``id`` is the normalised SPDX expression; it can be known where the terms are not (an SPDX
    licence that the table does not hold). ``why`` of known terms is a remark (``DEPRECATED``).
    ``output``: what the licence, as a model's, says of text that the model generates; None where
    unknown. ``covers`` means something where terms are known. No field repeats the text that was
    read.
    """

    id: str | None
    terms: Terms | None
    why: str | None
    output: Terms | None = None
    covers: Covers = Covers.CONTENT

    @property
    def cls(self) -> LicenseClass | None:
        """The class of the terms."""
        return None if self.terms is None else self.terms.cls


def read_license(value: str | None) -> LicenseFacts:
    """Reads an SPDX expression or a common spelling of a licence.

    OR is the licensee's choice, so the part that asks least counts; AND binds to all of them; WITH
    keeps the licence's terms (an exception only widens it). One unknown part makes the whole
    unknown.
    """
    text = value.strip() if value else ""
    if not text:
        return LicenseFacts(None, None, NO_LICENSE)
    if len(text) > MAX_CHARACTERS or "\n" in text or "\r" in text:
        return LicenseFacts(None, None, NOT_AN_EXPRESSION)
    return _read(text)


def license_ids() -> tuple[str, ...]:
    """All ids that a single licence can be given: those of SPDX, and the table's LicenseRefs."""
    return tuple(sorted(_ours().union(_spdx_ids().values())))


def table_digest() -> str:
    """SHA-256 of the licence table's bytes, for the record."""
    return license_table().digest


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
    if entry := _held(low):
        return entry
    if low.startswith(("licenseref-", "documentref-")) and not re.search(r"[\s()]", low):
        return LicenseFacts(None, None, REF_NOT_IN_TABLE)
    key = spelling_key(text)
    if current := _spdx_ids().get(low) or (None if _held(key) else _spdx_ids().get(key)):
        entry = _held(current.lower()) or LicenseFacts(current, None, NO_CLASS)
        deprecated = entry.terms is not None and current.lower() != low
        return replace(entry, why=DEPRECATED) if deprecated else entry
    if entry := _held(key):
        return entry
    if low.endswith("+") and not low.endswith("++"):  # "or later" includes this version
        return _read_one(text[:-1].rstrip())
    return LicenseFacts(None, None, NOT_IN_TABLE)


def _held(key: str) -> LicenseFacts | None:
    """What the table says of a lower-case id or a spelling key."""
    match license_table().get(key):
        case Licensed() as one:
            return LicenseFacts(one.id, one.terms, None, one.output, one.covers)
        case str(why):
            return LicenseFacts(None, None, why)
        case _:
            return None


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
        remark = remark or (facts.why if facts.terms else None)
        parts.append(facts.id)
    try:
        tree = _licensing().parse(" ".join(parts), validate=True, strict=True)
    except Exception:  # whatever the parser trips over, it is not an expression
        return LicenseFacts(None, None, NOT_AN_EXPRESSION)
    whole = _combined(tree)
    return replace(whole, id=tree.render(), why=remark if whole.terms else NO_CLASS)


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


_NOTHING = LicenseFacts(None, None, None)


def _combined(node: Any) -> LicenseFacts:
    """The terms of an expression, those on a model's output, and what it covers."""
    from license_expression import LicenseSymbol, LicenseWithExceptionSymbol

    if isinstance(node, LicenseWithExceptionSymbol):
        node = node.license_symbol
    if isinstance(node, LicenseSymbol):
        return _held(node.key.lower()) or _NOTHING
    parts = [_combined(part) for part in node.args]
    all_of_them = isinstance(node, _licensing().AND)
    combine = meet_all if all_of_them else choice
    terms = [part.terms for part in parts if part.terms is not None]
    if len(terms) < len(parts):
        return _NOTHING
    outputs = [part.output for part in parts if part.output is not None]
    output = combine(outputs) if len(outputs) == len(parts) else None
    # A licence for the contents beside one for the compilation covers both; of a choice, all must.
    content = (any if all_of_them else all)(part.covers is Covers.CONTENT for part in parts)
    covers = Covers.CONTENT if content else Covers.COMPILATION
    return LicenseFacts(None, combine(terms), None, output, covers)


def _ours() -> set[str]:
    return {entry.id for entry in license_table().licenses}


@cache
def _licensing() -> Any:
    """license-expression's SPDX licensing with the table's own LicenseRefs added.

    Of exceptions those of the SPDX list alone: they permit more than their licence, while among
    ScanCode's others are some that forbid (the Commons Clause).
    """
    from license_expression import build_spdx_licensing, get_license_index

    index = [entry for entry in get_license_index() if not _adds_terms(entry)]
    held = {entry.get("spdx_license_key") for entry in index}
    return build_spdx_licensing(
        [*index, *({"spdx_license_key": ref} for ref in sorted(_ours()) if ref not in held)]
    )


def _adds_terms(entry: dict[str, Any]) -> bool:
    ref = str(entry.get("spdx_license_key")).startswith("LicenseRef-")
    return ref and bool(entry.get("is_exception"))


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
