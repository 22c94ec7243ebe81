"""Purposes that contain others: DPV's hierarchy, our four under ``training``, all under ``any``.

An event for a purpose counts for that purpose and for all that it contains, and never for a wider
one. Which of DPV's purposes a training purpose falls under is for the organisation to say; until it
does, none but ``any`` (``dpv:Purpose``) contains them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from govgate.errors import UsageError
from govgate.model import Purpose
from govgate.rights.consent.words import DPV, spelled
from govgate.spelling import did_you_mean

ANY, TRAINING = "any", "training"
_ROOT = "Purpose"  # of DPV; everything is one, so it is our `any`
_OURS = (*(purpose.value for purpose in Purpose), TRAINING)


@cache
def dpv_parents() -> Mapping[str, tuple[str, ...]]:
    """DPV's purposes, each with its broader ones, from ``purposes.tsv`` (source and date there)."""
    return {term: tuple(parents.split(";")) for term, parents in table("purposes.tsv")}


def table(name: str) -> Iterator[list[str]]:
    """The rows of a table that ships with this package, without comments and header."""
    text = files("govgate.rights.consent").joinpath(name).read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    yield from rows[1:]


@cache
def spellings() -> Mapping[str, str]:
    """Every way to write a purpose, folded, to its one name: ours, or ``dpv:Term``."""
    terms = {term: f"dpv:{term}" for term in dpv_parents()} | {_ROOT: ANY}
    return spelled(terms, DPV, bare=True) | {word: word for word in (*_OURS, ANY)}


def known() -> tuple[str, ...]:
    """The names of purposes, for messages and suggestions: ours first."""
    return (*_OURS, ANY, *(f"dpv:{term}" for term in dpv_parents()))


def fold(text: str) -> str:
    """A purpose as ``spellings`` holds it; of our own words ``fine_tuning`` is one, too."""
    folded = text.strip().lower()
    return folded if ":" in folded else folded.replace("_", "-").replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Purposes:
    """The hierarchy as an organisation has it: ``under`` puts training purposes under DPV's."""

    under: Mapping[str, str] = field(default_factory=dict)

    def covering(self, purpose: Purpose) -> tuple[str, ...]:
        """The purposes whose events count for a run's purpose: itself and all that contain it."""
        found: dict[str, None] = {}
        ahead = [purpose.value, TRAINING, ANY]
        while ahead:
            name = ahead.pop()
            if name not in found:
                found[name] = None
                ahead += self._parents(name)
        return tuple(sorted(found))

    def _parents(self, name: str) -> list[str]:
        placed = [self.under[name]] if name in self.under else []
        wider = dpv_parents().get(name.removeprefix("dpv:"), ())
        return placed + [ANY if term == _ROOT else f"dpv:{term}" for term in wider]


def placed(under: Mapping[str, str], where: str) -> Purposes:
    """``Purposes`` from a configuration's words; UsageError names what is no purpose."""
    found = {}
    for ours, theirs in under.items():
        if ours not in _OURS:
            raise UsageError(
                f"{where}: consent.purposes names an unknown purpose{did_you_mean(ours, _OURS)}",
                remedy=f"its keys are {', '.join(_OURS)}",
            )
        name = spellings().get(fold(theirs))
        if name is None or not name.startswith("dpv:"):
            terms = [f"dpv:{term}" for term in dpv_parents()]
            raise UsageError(
                f"{where}: consent.purposes puts {ours} under what is no purpose of DPV 2.2"
                f"{did_you_mean(theirs, terms)}",
                remedy="name one such as dpv:ImproveExistingProductsAndServices",
            )
        found[ours] = name
    return Purposes(found)
