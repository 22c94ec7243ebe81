"""X-Robots-Tag and ``<meta name="robots">``: words against AI, for everybody or for one crawler.

    X-Robots-Tag: noai, noimageai
    X-Robots-Tag: otherbot: noindex, nofollow

In the header, a crawler's name before a colon holds for the words behind it, up to the next name
(Google's documentation of the header). Only the words of ``words.tsv`` count: ``noindex`` and its
kin are about search results.
"""

import re
from collections.abc import Iterable

from govgate.rights.signals.model import SILENT, Stances, together
from govgate.rights.signals.words import ANYBODY, crawlers, known_words, meaning

_VALUED = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}


def is_meant(token: str, agent: str, others: bool) -> bool:
    """Whether words for a crawler of this name count."""
    return token in (agent.lower(), "robots", ANYBODY) or (others and token in crawlers())


def header_tag(lines: Iterable[bytes], agent: str, *, others: bool) -> Stances:
    """What the header's lines say."""
    said = (_line(line.decode("latin-1").lower(), agent, others) for line in lines)
    return together(said)


def _line(line: str, agent: str, others: bool) -> Stances:
    whom, found = "robots", [SILENT]
    for part in line.split(","):
        name, colon, word = part.partition(":")
        if colon and name.strip() not in _VALUED and _is_name(name):
            whom = name.strip()
        else:
            word = part
        if is_meant(whom, agent, others):
            found.append(words_of(word))
    return together(found)


def _is_name(text: str) -> bool:
    """Not so the rest of a date: ``unavailable_after: Wed, 25 Jun 2010 15:00:00 GMT``."""
    return len(text.split()) < 2


def words_of(content: str) -> Stances:
    """What words say to whom they are meant for."""
    return together(meaning("robots-tag", word) for word in _words(content))


def speaks(content: str) -> bool:
    """Whether there is a word against AI in a meta element's content."""
    return not known_words("robots-tag").isdisjoint(_words(content))


def _words(content: str) -> list[str]:
    return re.split(r"[\s,;]+", content.lower())
