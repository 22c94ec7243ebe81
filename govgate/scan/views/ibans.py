"""IBANs (ISO 13616) in unusual pieces or in small letters. The checksum decides."""

import re
from collections.abc import Iterator
from typing import Final

from govgate.scan.views.characters import UNSEEN
from govgate.scan.views.offsets import Edit
from govgate.scan.views.view import Stretch

_COUNTRIES = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
    "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 "
    "IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 "
    "MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 "
    "SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
LENGTHS: Final = {entry[:2]: int(entry[2:]) for entry in _COUNTRIES.split()}
"""Characters of an IBAN, by country."""
_GAP = rf"[\s{UNSEEN}._/|\-]"
_BEGIN: Final = re.compile(
    rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}{_GAP}{{0,4}}\d{_GAP}{{0,4}}\d", re.ASCII
)
_NEXT: Final = re.compile(rf"{_GAP}{{0,6}}([A-Za-z0-9])", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z0-9]")
_AS_IT_STANDS: Final = re.compile(
    r"[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?", re.ASCII
)


def ibans(text: str, plain: str) -> Iterator[Stretch]:
    """Of a string and its skeleton, the stretches that are IBANs but not written as Presidio
    knows them. Each is read without separators and in capitals."""
    for begin in _BEGIN.finditer(plain):
        country = begin[0][:2].upper()
        if country not in LENGTHS or not (places := _places(plain, begin, LENGTHS[country])):
            continue
        start, end = places[0], places[-1] + 1
        if _AS_IT_STANDS.fullmatch(text, start, end) or _WORD.match(plain, end):
            continue
        if _checks("".join(plain[place] for place in places).upper()):
            yield Stretch(start, end, tuple(_edits(text, plain, places)), whole=True, least=1.0)


def _places(plain: str, begin: "re.Match[str]", length: int) -> list[int]:
    """Where the characters of an IBAN are; nothing if there are too few."""
    places = [begin.start() + i for i, c in enumerate(begin[0]) if c.isalnum()]
    at = begin.end()
    while len(places) < length:
        following = _NEXT.match(plain, at)
        if following is None:
            return []
        places.append(following.start(1))
        at = following.end()
    return places


def _checks(iban: str) -> bool:
    """ISO 7064, MOD 97-10."""
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1


def _edits(text: str, plain: str, places: list[int]) -> Iterator[Edit]:
    behind = places[0]
    for place in places:
        if place > behind:
            yield Edit(behind, place, "")
        capital = plain[place].upper()
        if capital != text[place]:
            yield Edit(place, place + 1, capital)
        behind = place + 1
