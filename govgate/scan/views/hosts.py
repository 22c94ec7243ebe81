"""E-mail addresses that Presidio finds by its pattern and then refuses: those at hosts that the
public suffix list does not know, and those behind a path or a query, where it asks for the suffix
of what stands before."""

import re
from collections.abc import Iterator
from typing import Final

from govgate.scan.detector import Span
from govgate.scan.suffixes import suffix_list

RECOGNIZER: Final = "LocalEmailRecognizer"
ENTITY: Final = "EMAIL_ADDRESS"

LOCAL_SCORE: Final = 0.6
"""A name at a host that is local by its very name (RFC 2606, RFC 6762, appendix G; ICANN's
``internal``): surer than a bare pattern, less sure than a public domain (1.0)."""
DOTTED_SCORE: Final = 0.5
"""What Presidio gives an address by its pattern, before it asks for a public suffix."""
IN_QUERY_SCORE: Final = 1.0
"""``/send?to=ann@example.com``: what Presidio gives the same address where it stands alone."""
BARE_SCORE: Final = 0.3
"""``name@word`` can be anything in code: reported, below the default threshold of 0.4."""

_LOCAL_HOST_WORDS = (
    "localhost localdomain local lan intranet intra internal private corp home mail mailhost "
    "mailserver workgroup domain invalid test example onion"
)
LOCAL_HOSTS: Final = frozenset(_LOCAL_HOST_WORDS.split())
_NO_HOST_WORDS = (
    "latest next beta alpha canary stable main master head dev develop nightly rc edge sha256 "
    "sha1 sha512 md5 js ts py rb go java cpp c h jpg jpeg png gif svg webp css html json yaml yml "
    "md txt exe dll so jar class xml csv pdf plt dtype property override"
)
_NO_HOSTS: Final = frozenset(_NO_HOST_WORDS.split())
_NAME: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]*\Z")
_HOST: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9-]{1,63}){0,8}")
_ENCODED: Final = re.compile(r"%[0-9A-Fa-f]{2}|&#")
_NAME_CHARACTERS: Final = 64
_QUERY_NAME: Final = re.compile(r"[/?#][^@]*?(?<![\w.+-])(\w[\w.+-]*)\Z")
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[\w.+-]*\w)?\Z")
_JOINED_NAME: Final = re.compile(r"[A-Za-z]+[._][A-Za-z]+")


def local_addresses(text: str) -> Iterator[Span]:
    """Such addresses in ``text``. Linear: their parts never hold an ``@``."""
    at = text.find("@")
    previous = 0
    while at >= 0:
        if (span := _address(text, max(previous, at - _NAME_CHARACTERS), at)) is not None:
            yield span
        previous, at = at + 1, text.find("@", at + 1)


def _address(text: str, low: int, at: int) -> Span | None:
    host = _HOST.match(text, at + 1)
    name = _NAME.search(text[low:at])
    if host is None or name is None:
        return None
    queried = _QUERY_NAME.search(name[0])
    if queried is not None and _is_refused(name[0]) and public_suffix(host[0].rstrip("-")):
        end = host.end() - len(host[0]) + len(host[0].rstrip("-"))
        return Span(at - len(queried[1]), end, ENTITY, IN_QUERY_SCORE, RECOGNIZER)
    spelled = re.sub(r"\A[^\w]+", "", name[0])
    following = text[host.end() : host.end() + 1]
    before = text[at - len(spelled) - 1 : at - len(spelled)]
    if not _PLAIN_NAME.match(spelled) or following in ("@", "(", "/", "=", "_") or before == "@":
        return None
    if following.isalnum() or "://" in text[low:at] or _ENCODED.match(text, host.end()):
        return None
    if not (score := _score(spelled, host[0].rstrip("-"))):
        return None
    return Span(at - len(spelled), at + 1 + len(host[0].rstrip("-")), ENTITY, score, RECOGNIZER)


def _is_refused(name: str) -> bool:
    """Whether Presidio refuses an address that it reads with all of ``name`` before its ``@``: it
    asks for the public suffix of what stands before the path or query."""
    return not public_suffix(re.split("[/?#]", name.lstrip("/.-"), maxsplit=1)[0])


def _score(name: str, host: str) -> float:
    """How sure an address is; 0 if it is none, or one that has a public suffix."""
    labels = host.lower().split(".")
    last = labels[-1]
    if last in _NO_HOSTS or not all(_is_label(label) for label in labels):
        return 0.0
    if not any(map(str.isalpha, name)) or public_suffix(host):
        return 0.0
    if last in LOCAL_HOSTS:
        return LOCAL_SCORE
    if len(labels) == 1 and len(last) > 2 and _JOINED_NAME.fullmatch(name):
        return DOTTED_SCORE
    if not last.isalpha() or len(last) < 2:
        return 0.0
    if len(labels) > 1:
        return DOTTED_SCORE
    return BARE_SCORE if len(last) > 2 and len(name) > 1 else 0.0


def _is_label(label: str) -> bool:
    return bool(label) and not label.startswith("-") and not label.endswith("-")


def public_suffix(host: str) -> str:
    """The public suffix under which ``host`` is a domain, the empty string if there is none."""
    parts = suffix_list()(host)
    return str(parts.suffix) if parts.domain and parts.suffix else ""
