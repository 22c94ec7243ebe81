"""Models that are known by name, `policies/models.yaml`: for data that a lineage says they wrote.

A name is looked up as its key (small letters, hyphens), nothing is guessed from a likeness: a model
that the table does not hold is unknown until the lineage describes it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from govgate.rights.spelling import spelling_key
from govgate.shipped import shipped_table
from govgate.strict import Day, Line, Strict
from govgate.yamlfile import parse_yaml

FILE = "models.yaml"


class Family(Strict):
    """Models under one licence."""

    license: Line
    source: Line
    verified: Day | None = None
    names: tuple[Line, ...]


class ModelsFile(Strict):
    """The form of the table."""

    models: tuple[Family, ...]


@dataclass(frozen=True, slots=True)
class KnownModels:
    """``licenses``: from a model's key to its licence; ``digest``: of the table's bytes."""

    licenses: Mapping[str, str]
    digest: str

    def license_of(self, name: str) -> str | None:
        """The licence of the model called ``name``, with or without its owner before a slash."""
        whole = spelling_key(name.replace("/", "--"))
        return self.licenses.get(whole) or self.licenses.get(spelling_key(name.rpartition("/")[2]))


@cache
def known_models() -> KnownModels:
    """The shipped table."""
    data = shipped_table(FILE).read_bytes()
    file = parse_yaml(data, FILE, ModelsFile)
    licenses: dict[str, str] = {}
    for family in file.models:
        for name in family.names:
            if licenses.setdefault(spelling_key(name), family.license) != family.license:
                raise ValueError(f"{FILE}: {name!r} stands under two licences")
    return KnownModels(licenses, hashlib.sha256(data).hexdigest())
