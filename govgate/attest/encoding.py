"""Text that has exactly one spelling: base64 and decimals that print back as they were read."""

import base64
import binascii

from govgate.errors import EvidenceError

MAX_NUMBER = 2**63 - 1


def to_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str, what: str, *, length: int | None = None) -> bytes:
    """The bytes of standard, padded base64; anything :func:`to_base64` would not write is refused.

    That covers white space, missing padding, the other alphabet and stray low bits. ``length``
    is how many bytes there must be.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise EvidenceError(f"{what} is not base64") from error
    if to_base64(data) != text:
        raise EvidenceError(f"{what} is not canonical base64")
    if length is not None and len(data) != length:
        raise EvidenceError(f"{what} has {len(data)} bytes, not {length}")
    return data


def from_decimal(text: str, what: str) -> int:
    """A whole number from 0 to 2**63 - 1 in ASCII digits, without sign or leading zeroes."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_NUMBER))):
        raise EvidenceError(f"{what} is not a whole number")
    number = int(text)
    if str(number) != text or number > MAX_NUMBER:
        raise EvidenceError(f"{what} is not a whole number in its shortest form")
    return number


def is_sha256(text: object) -> bool:
    """Whether ``text`` is a SHA-256 digest in 64 lower-case hexadecimal digits."""
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")
