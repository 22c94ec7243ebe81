"""Groups of entities that laws speak of, such as HIPAA's names: `policies/groups.yaml`.

A policy may write a group's id where an entity can stand in a rule; it means each of its entities.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field

from govgate.entities import ENTITIES
from govgate.shipped import shipped_table
from govgate.strict import Id, SomeLine, Strict
from govgate.yamlfile import parse_yaml

FILE = "groups.yaml"


def _entity(name: str) -> str:
    if name not in ENTITIES:
        raise ValueError(f"{name!r} is no entity")
    return name


class Group(Strict):
    """A group: what it stands for, where that is written, and what of it nothing looks for."""

    id: Id
    title: SomeLine
    cites: tuple[SomeLine, ...] = Field(min_length=1)
    source: SomeLine
    entities: tuple[Annotated[str, AfterValidator(_entity)], ...] = Field(min_length=1)
    undetected: SomeLine | None = None


class _GroupsFile(Strict):
    groups: tuple[Group, ...]


@cache
def entity_groups() -> Mapping[str, Group]:
    """The shipped groups by id."""
    groups = parse_yaml(shipped_table(FILE).read_bytes(), FILE, _GroupsFile).groups
    found = {group.id: group for group in groups}
    if len(found) < len(groups):
        raise ValueError(f"{FILE}: two groups have one id")
    return found
