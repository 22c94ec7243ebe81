"""Two of Presidio's patterns, searched for in time that grows with the text alone.

The one for e-mail addresses takes the square of an unbroken run of characters, the one for hosts
without a scheme a thousand steps for each character with dots around it. In both, every match
holds something that is quickly found: an ``@`` with a domain behind it, a dot with a top level
domain. So the pattern is tried only from where a match around such a place can begin.
"""

from collections.abc import Iterator
from typing import Any, Final, Protocol

import regex

from govgate.scan.fast.prefilter import MANY

DOMAIN: Final = r"\w+(?:-+\w+)*(?:\.\w+(?:-+\w+)*)+"
EMAIL: Final = (
    r"\b((([!#$%&'*+\-/=?^_`{|}~\w])|([!#$%&'*+\-/=?^_`{|}~\w][!#$%&'*+\-/=?^_`{|}~\.\w]{0,}"
    r"[!#$%&'*+\-/=?^_`{|}~\w]))[@]" + DOMAIN + r")\b"
)
"""Presidio's pattern for e-mail addresses, as far as it is known here."""
HOST: Final = r"(?i)((www\d{0,3}[.])?[a-z0-9.\-]{1,253}[.]"
PATH: Final = r"(?:/[^\s()<>\"']*)?)"
"""What stands before and behind the list of top level domains in its pattern for bare hosts."""
LONGEST_HOST: Final = 253 + len("www000.")


class Search(Protocol):
    """A compiled expression, as far as Presidio uses one."""

    def finditer(self, text: str, timeout: float) -> "Iterator[regex.Match[str]]":
        """As `regex.Pattern.finditer`."""


def linear_search(pattern: str, flags: int) -> Search | None:
    """A search that matches as ``pattern`` does; None if it is none of those known here."""
    if pattern == EMAIL:
        return EmailSearch(flags)
    domains = pattern.removeprefix(HOST).removesuffix(PATH)
    if pattern == HOST + domains + PATH and MANY.fullmatch(domains):
        return HostSearch(domains, flags)
    return None


class EmailSearch:
    """Searches for `EMAIL`.

    A match ends in ``@`` and a domain, and what stands before the ``@`` is a run of certain
    characters whose last one is no dot. Where that is so, the leftmost start that the pattern
    allows lies in that run, and the match goes on to the end of the domain. So the pattern need
    only be tried from the beginning of such runs, and not where it must fail in the end.
    """

    def __init__(self, flags: int) -> None:
        self._whole = regex.compile(EMAIL, flags)
        self._at = regex.compile("@" + DOMAIN, flags)
        self._before = regex.compile(r"(?r)[!#$%&'*+\-/=?^_`{|}~\.\w]+", flags)
        self._behind = regex.compile(r"[\w.\-]*", flags)

    def finditer(self, text: str, timeout: float) -> "Iterator[regex.Match[str]]":
        """As `regex.Pattern.finditer`."""
        done = 0
        at = text.find("@")
        while at >= 0:
            match = self._around(text, at, done, timeout)
            if match is not None:
                yield match
                done = match.end()
            at = text.find("@", max(at + 1, done))

    def _around(self, text: str, at: int, done: int, timeout: float) -> "regex.Match[str] | None":
        """The match whose ``@`` stands at ``at``, none of it before ``done``."""
        if at <= done or text[at - 1] == "." or self._at.match(text, at) is None:
            return None
        run: Any = self._before.match(text, done, at)
        if run is None:
            return None
        end: Any = self._behind.match(text, at + 1)
        return self._whole.search(text, run.start(), min(end.end() + 1, len(text)), timeout=timeout)


class HostSearch:
    """Searches for a host name that ends in one of ``domains``, with the path behind it.

    Every match holds a dot with one of them. Around the first such dot that is not yet part of a
    match, the leftmost match begins in the run of host characters before it, no further away than
    a host can be long.
    """

    def __init__(self, domains: str, flags: int) -> None:
        self._whole = regex.compile(HOST + domains + PATH, flags)
        self._dot = regex.compile(r"(?i)[.](?=[a-z0-9-])" + domains, flags)  # seldom a long list
        self._before = regex.compile(r"(?ri)[a-z0-9.\-]+", flags)

    def finditer(self, text: str, timeout: float) -> "Iterator[regex.Match[str]]":
        """As `regex.Pattern.finditer`."""
        done = 0
        for dot in self._dot.finditer(text, overlapped=True, timeout=timeout):
            if dot.start() <= done:
                continue
            low = max(done, dot.start() - LONGEST_HOST)
            run: Any = self._before.match(text, low, dot.start())
            if run is None:
                continue
            match: Any = self._whole.search(text, run.start(), timeout=timeout)
            if match is not None:
                yield match
                done = match.end()
