"""Lists of domains and of people that opted out.

    # domains.txt: one a line, with the uses that it refuses (none: all of them)
    example.com
    photos.example.org  train tdm

A domain stands for its subdomains too. A list of people has one subject a line, called what the
data calls them; they are hashed at once (``rights/subjects.py``) and nothing else is kept.
"""

from collections.abc import Iterator
from typing import NamedTuple

from govgate.errors import UsageError
from govgate.rights.signals.address import read_host
from govgate.rights.signals.model import Stances, together
from govgate.rights.signals.robots import plain
from govgate.rights.signals.words import known_words, meaning
from govgate.yamlnodes import MAX_REPORTED

MAX_BYTES = 512 << 20


class Listed(NamedTuple):
    """A domain or the keyed hash of a subject, with the line that says so (empty for a person)."""

    key: str
    line: bytes


def read_domains(data: bytes, name: str) -> list[Listed]:
    """The domains of a list. UsageError names every bad line, and then nothing counts."""
    found, problems = [], []
    for number, text in _lines(data, name):
        if not (line := text.partition("#")[0].strip()):
            continue
        domain, *uses = line.split()
        host = read_host(domain.removeprefix("*.").removeprefix("."))
        if host is None:
            problems.append(f"{name}:{number}: not a domain")
        elif unknown := set(uses) - known_words("domain-list"):
            allowed = ", ".join(sorted(known_words("domain-list") - {""}))
            problems.append(f"{name}:{number}: {len(unknown)} unknown uses (known: {allowed})")
        else:
            found.append(Listed(host, line.encode()))
    if problems:
        raise UsageError(
            "\n".join(problems[:MAX_REPORTED]), remedy="nothing was taken from this file"
        )
    return found


def read_subjects(data: bytes, name: str, key: bytes) -> list[Listed]:
    """The people of a list, as keyed hashes."""
    from govgate.rights.subjects import subject_keys

    hashed = subject_keys((line for _, line in _lines(data, name)), key)
    return [Listed(one, b"") for one in dict.fromkeys(hashed) if one is not None]


def domain_says(line: bytes) -> Stances:
    """What a line of a list of domains refuses."""
    _, *uses = line.decode().split()
    return together(meaning("domain-list", use) for use in uses or [""])


def _lines(data: bytes, name: str) -> Iterator[tuple[int, str]]:
    try:
        text = plain(data).decode("utf-8")
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{at}: not UTF-8", remedy="save the file as UTF-8") from error
    for number, raw in enumerate(text.split("\n"), 1):
        if (line := raw.strip()) and not line.startswith("#"):
            yield number, line
