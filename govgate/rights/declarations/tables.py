"""The two tables of words that papers use for licences: the Hub's identifiers, and terms of use."""

from functools import cache

from pydantic import Field

from govgate.rights.declarations.expressions import NOTHING, Reading, read_text
from govgate.shipped import shipped_table
from govgate.strict import Day, Strict, Text
from govgate.yamlfile import parse_yaml

HUB, USE = "hub-licenses.yaml", "use-terms.yaml"
NOT_A_TERM = "a term of use that no licence class says"


class HubLicenses(Strict):
    """``hub-licenses.yaml``: the Hub's identifiers to expressions, or to why they name none."""

    page: Text
    copied: Day
    verified: Day
    licenses: dict[str, Text] = Field(min_length=1)
    unnamed: dict[str, Text]


class UseTerms(Strict):
    """``use-terms.yaml``: terms of the Data Use Ontology to expressions."""

    page: Text
    verified: Day
    terms: dict[str, str] = Field(min_length=1)


def hub_license(identifier: object) -> Reading:
    """``license:`` of a card: by the Hub's list, else as any other licence text."""
    if isinstance(identifier, str):
        key, hub = identifier.strip().casefold(), hub_table()
        if key in hub.unnamed:
            return None, hub.unnamed[key]
        identifier = hub.licenses.get(key, identifier)
    return read_text(identifier)


def use_term(code: str) -> Reading:
    """``DUO_0000042`` as the licence that asks the same; nothing, if the term restricts nothing."""
    expression = use_table().terms.get(code)
    if expression is None:
        return None, NOT_A_TERM
    return read_text(expression) if expression else NOTHING


@cache
def hub_table() -> HubLicenses:
    """The shipped table of the Hub's identifiers."""
    return parse_yaml(shipped_table(HUB).read_bytes(), HUB, HubLicenses)


@cache
def use_table() -> UseTerms:
    """The shipped table of terms of use."""
    return parse_yaml(shipped_table(USE).read_bytes(), USE, UseTerms)
