"""The cheapest sign of each disguise, searched for before anything else is done with a string.

RE2 reads text several times as fast as `re`, and in time linear in it. Where a sign is missing
there is nothing of its kind; where it is there, there need not be.
"""

from typing import Any, Final

import re2  # type: ignore[import-untyped]

from govgate.scan.views.characters import UNSEEN_SET, read_as
from govgate.scan.views.ibans import LENGTHS as IBAN_LENGTHS
from govgate.scan.views.lookalikes import LOOKALIKES

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RAISED: Final = "ªº²³¹\u02b0-\u02ff\u1d2c-\u1d6a\u1d78\u1d9b-\u1dbf\u2070-\u209c™℠℡№"
FOREIGN: Final = "".join(LOOKALIKES.values())
PLAIN: Final = rb"A-Za-z0-9\u00c0-\u024f".decode("unicode_escape")
STYLED: Final = read_as(_LETTERS, without=RAISED + FOREIGN)
DIGITS: Final = read_as("0123456789")
_SEPARATORS = rf"\s._/|()\\{read_as(' -./()|_' + chr(10))}{UNSEEN_SET}-"
_DIGIT = f"[0-9{DIGITS}]"
_S = rf"[ \t{read_as(' ')}{UNSEEN_SET}]"
_U = f"[{UNSEEN_SET}]"
_OPEN, _CLOSE = rf"[\[({{<{read_as('[({<')}]", rf"[\])}}>{read_as('])}>')}]"


def sign(pattern: str) -> Any:
    """A pattern that is asked only whether it is in a text."""
    options = re2.Options()
    options.max_mem = 64 << 20
    options.log_errors = False
    return re2.compile(pattern, options=options)


_BASE64 = "[A-Za-z0-9+/_-]{15}"
_PERCENT = "%[0-9A-Fa-f]{2}"
_ENTITY = "&(?:#|[A-Za-z]{2,32};)"
_ESCAPE = r"\\u[0-9A-Fa-f]{4}"
_TAGS = "[\U000e0020-\U000e007e]{6}"
_NUMBER = (
    rf"(?:{_DIGIT}[{_SEPARATORS}]{{0,8}}){{8}}{_DIGIT}|{_DIGIT}\s{{0,3}}\n\s{{0,3}}[A-Z][a-z]*:"
)
_IBAN = (
    rf"(?:\b(?:{'|'.join(IBAN_LENGTHS)}|[A-Z]?[{STYLED}{FOREIGN}]|[{STYLED}{FOREIGN}][A-Z])"
    rf"[{_SEPARATORS}]{{0,4}}|(?i:\b(?:{'|'.join(IBAN_LENGTHS)})))"
    rf"{_DIGIT}[{_SEPARATORS}]{{0,4}}{_DIGIT}(?:[{_SEPARATORS}]{{0,6}}[A-Za-z0-9{DIGITS}{STYLED}]){{11}}"
)
_ADDRESS = (
    rf"(?i)(?:{_S}|[_-]|{_OPEN})(?:dot|punto|period)(?:{_S}|[_-]|{_CLOSE})|\s@|@\s"
    rf"|{_OPEN}{_S}{{0,2}}(?:a{_U}*t|@|arroba){_S}{{0,2}}{_CLOSE}|{_OPEN}{_S}{{0,2}}\.{_S}{{0,2}}{_CLOSE}"
    rf"|[._0-9-][a-z0-9]*{_S}at{_S}[a-z0-9-]+\.[a-z]"
)
_WORD = (
    rf"[{PLAIN}@._+-][{UNSEEN_SET}]+[{PLAIN}@._+-]|[A-Za-z][{FOREIGN}]|[{FOREIGN}][A-Za-z]"
    rf"|[{STYLED}][{UNSEEN_SET}]*[{STYLED}A-Za-z0-9@._]|[A-Za-z0-9@._][{STYLED}]"
)
_FIGURE = rf"[{DIGITS}]|[0-9][{read_as(' -./()')}{UNSEEN_SET}]|[{UNSEEN_SET}][0-9]"
_AT = f"[@{read_as('@')}]"

BASE64: Final = sign(_BASE64)
PERCENT: Final = sign(_PERCENT)
ENTITY: Final = sign(_ENTITY)
ESCAPE: Final = sign(_ESCAPE)
TAGS: Final = sign(_TAGS)
NUMBER: Final = sign(_NUMBER)
IBAN: Final = sign(_IBAN)
ADDRESS: Final = sign(_ADDRESS)
WORD: Final = sign(_WORD)
FIGURE: Final = sign(_FIGURE)
AT: Final = sign(_AT)
_EACH = (_BASE64, _PERCENT, _ENTITY, _ESCAPE, _TAGS, _NUMBER, _IBAN, _ADDRESS, _WORD, _FIGURE, _AT)
ANY: Final = sign("|".join(f"(?:{one})" for one in _EACH))


def encoded(text: str) -> bytes:
    """``text`` for the signs. Half a surrogate pair, which it does not take, is a ``?``."""
    return text.encode("utf-8", "replace")
