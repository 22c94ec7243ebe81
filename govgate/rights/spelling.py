"""Brings the many spellings of one licence to one key: letter case, spaces, noise words, addresses.

A key is only ever looked up in the licence table, so a spelling that the table does not hold stays
unknown; nothing is guessed from a likeness.
"""

import re

_SEPARATORS = re.compile(r"[\s_,/–—-]+")
_NOISE = {"the", "license", "licence", "licensed", "version", "v"}
_NOISE |= {"international", "unported", "generic"}  # Creative Commons' words for no jurisdiction
_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?")
_ADDRESS_TAIL = re.compile(r"(?:/(?:deed|legalcode)(?:\.[a-z-]+)?|\.html|\.txt|\.json)?/?$")
_ADDRESS_HEADS = (
    ("creativecommons.org/licenses/", "cc-"),
    ("creativecommons.org/publicdomain/zero/", "cc0-"),
    ("creativecommons.org/publicdomain/mark/", "cc-pdm-"),
    ("opensource.org/license/", ""),
    ("opensource.org/licenses/", ""),
    ("spdx.org/licenses/", ""),
)
_CC_WORDS = (
    (re.compile(r"^creative-commons-"), "cc-"),
    (re.compile(r"\battribution\b"), "by"),
    (re.compile(r"\bnon-?commercial\b"), "nc"),
    (re.compile(r"\bshare-?alike\b"), "sa"),
    (re.compile(r"\bno-?deriv(?:ative)?s?(?:-works)?\b"), "nd"),
)


def spelling_key(text: str) -> str:
    """The key of a spelling: ``CC BY-NC 4.0``, ``cc_by_nc_4.0`` and the licence's address at
    creativecommons.org all give ``cc-by-nc-4.0``; ``The MIT License`` gives ``mit``."""
    key = _from_address(text.strip().strip("\"'“”").casefold())
    words = (re.sub(r"^v(?=\d)", "", word) for word in _SEPARATORS.split(key))
    key = "-".join(word for word in words if word and word not in _NOISE)
    if key.startswith("creative-commons-") or key.startswith("cc-"):
        for pattern, short in _CC_WORDS:
            key = pattern.sub(short, key)
    return key


def _from_address(text: str) -> str:
    bare = _ADDRESS.sub("", text)
    for head, short in _ADDRESS_HEADS:
        if bare.startswith(head):
            return short + _ADDRESS_TAIL.sub("", bare.removeprefix(head))
    return _ADDRESS_TAIL.sub("", bare) if bare != text else text
