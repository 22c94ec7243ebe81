"""Web addresses in one spelling, so that a row's address meets the one that was captured.

Scheme and host in small letters, internationalised names in ASCII (UTS 46, then IDNA 2008), no
default port, no user, no fragment, no dot segments, percent-encoding as ``patterns.same_spelling``
(RFC 3986, section 6.2.2). What a browser would repair rather than refuse (backslashes, line breaks,
escapes in the host) is a bad address here: two programs would disagree on where it leads.
"""

import hashlib
import hmac
import ipaddress
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from govgate.errors import UsageError
from govgate.rights.signals.patterns import same_spelling

MAX_CHARACTERS = 8000
NOT_WEB = "not an http or https address"
NO_HOST = "an address without a host that can be read"
BAD_PORT = "an address with a port that is none"
BAD_CHARACTERS = "an address with control characters, spaces or backslashes"
TOO_LONG = "an address longer than is read"

_DOMAIN = b"govgate page v1\0"
_MIN_KEY_BYTES = 16
_PORTS = {"http": 80, "https": 443}
_LABELS = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*").fullmatch
_BAD = re.compile(r"[\x00-\x20\x7f\\]").search


class Address(NamedTuple):
    """A web address in the common spelling. ``path`` has the query, too."""

    origin: str
    host: str
    path: str

    @property
    def text(self) -> str:
        return self.origin + self.path


def read_address(text: str) -> Address | str:
    """The address, or why it is none. No reason repeats what was written."""
    text = text.strip()
    if len(text) > MAX_CHARACTERS:
        return TOO_LONG
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _PORTS:
        return NOT_WEB
    rest = rest.partition("#")[0]
    if _BAD(rest):
        return BAD_CHARACTERS
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port
    except ValueError:  # brackets without an IPv6 address, a port out of range
        return BAD_PORT if rest[:1] not in ("[", "") else NO_HOST
    host = read_host(parts.hostname or "")
    if host is None:
        return NO_HOST
    place = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    query = f"?{parts.query}" if "?" in rest else ""
    path = _without_dots(same_spelling(parts.path or "/"))
    return Address(f"{scheme}://{place}", host, path + same_spelling(query))


def read_host(name: str) -> str | None:
    """A host's name or address in the common spelling; None where it is none."""
    name = name.lower().removesuffix(".")
    if ":" in name:
        try:
            return f"[{ipaddress.IPv6Address(name.strip('[]'))}]"
        except ValueError:
            return None
    if not name.isascii():
        name = _ascii_name(name) or ""
    return name if _LABELS(name) else None


def _ascii_name(name: str) -> str | None:
    import idna

    try:
        return idna.encode(name, uts46=True).decode("ascii").removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        return None


def _without_dots(path: str) -> str:
    """RFC 3986, section 5.2.4."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def page_key_secret(key: bytes) -> bytes:
    """The secret of ``page_key``, derived from the organisation's key for this use alone."""
    if len(key) < _MIN_KEY_BYTES:
        raise UsageError(
            f"the key for addresses has {len(key)} bytes",
            remedy=f"use a random key of at least {_MIN_KEY_BYTES} bytes",
        )
    return hmac.digest(key, _DOMAIN, hashlib.sha256)


def page_key(address: str, secret: bytes) -> str:
    """A page's address as signals files hold it: HMAC-SHA-256, 64 hex digits. An address can name
    a person; what was captured of it is found again only by who has the key."""
    return hmac.digest(secret, address.encode("utf-8", "surrogatepass"), "sha256").hex()
