"""What each word of each signal means for each use: ``words.tsv`` and ``agents.tsv`` beside this.

    family          word      value  train    retrieve  tdm      source   dated       note
    content-signal  ai-input  no              refused   refused  …        2025-09-24  …

An empty stance is ``unstated``. A word or value that the table does not hold says nothing.
``dated`` is the text's own date. ``agents.tsv`` says what a site refuses that keeps a crawler of
that product token from a path; there it is the day on which the row was written.
"""

import csv
from functools import cache
from importlib.resources import files

from govgate.rights.signals.model import SILENT, Stance, Stances

ANYBODY = "*"


def meaning(family: str, word: str, value: str = "") -> Stances:
    """What ``word=value`` says; ``SILENT`` where the table does not hold it."""
    return _words().get((family, word, value), SILENT)


def known_words(family: str) -> frozenset[str]:
    """The words of a family that the table holds."""
    return frozenset(word for of, word, _ in _words() if of == family)


@cache
def crawlers() -> dict[str, Stances]:
    """What keeping a crawler out refuses, by product token in small letters; ``*`` is anybody."""
    return {row["token"].lower(): _stances(row) for row in _rows("agents.tsv")}


@cache
def _words() -> dict[tuple[str, str, str], Stances]:
    rows = _rows("words.tsv")
    return {(row["family"], row["word"], row["value"]): _stances(row) for row in rows}


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), delimiter="\t", strict=True))


def _stances(row: dict[str, str]) -> Stances:
    said = (row["train"], row["retrieve"], row["tdm"])
    return Stances(*(Stance(word) if word else Stance.UNSTATED for word in said))
