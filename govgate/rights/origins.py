"""What licence and lineage say of a row, by its file, the source that it names, and its licence.

Rows that are alike in those have the same answers, so each is worked out once; ``resolve.py`` joins
them to the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from govgate.rights.agreement import Agreement, Declared, Place, agree
from govgate.rights.lineage.nodes import Kind, Node
from govgate.rights.lineage.solve import Doubt, Lineage, Status
from govgate.rights.manifest import Source
from govgate.rights.terms import Covers, Terms

THE_DATA = "the data"
ROW_SOURCE = "the row's source"
NOT_NAMED = "the row does not name it"
IS_MODEL = "it is a model, and data is made from data"
NOT_IN_LINEAGE = "the lineage does not describe it"


class Retention(StrEnum):
    """The checkpoint's planned life beside the last day on which the source may be kept."""

    WITHIN = "within"
    EXCEEDED = "exceeded"


@dataclass(frozen=True, slots=True)
class FileRights:
    """What the manifest and the papers beside the data say of one file's rows.

    ``kept_until``: the last day on which a checkpoint is planned to live. ``declared``: the
    licences of the papers. ``derived_from`` and ``generated_by``: what the papers name; None where
    they say nothing.
    """

    source: Source | None = None
    kept_until: date | None = None
    declared: tuple[Declared, ...] = ()
    derived_from: tuple[str, ...] | None = None
    generated_by: tuple[str, ...] | None = None

    @property
    def retention(self) -> Retention | None:
        """Whether the source may be kept for as long as the checkpoint; None: not both are said."""
        until = self.source.retain_until if self.source else None
        if until is None or self.kept_until is None:
            return None
        return Retention.WITHIN if self.kept_until <= until else Retention.EXCEEDED

    def node(self, lineage: Lineage) -> Node:
        """The file's source with what lineage and papers add to what it was made from."""
        name = self.source.name if self.source else THE_DATA
        node = lineage.nodes.get(name) or (self.source.node if self.source else Node(name=name))
        said = {
            "derived_from": _union(node.derived_from, self.derived_from),
            "generated_by": _union(node.generated_by, self.generated_by),
        }
        return node.model_copy(update=said)


@dataclass(frozen=True, slots=True)
class Origin:
    """What the lineage of a row says, without the licences that are declared for the row itself.

    ``above``: the terms of all that it was made from. ``covers``: what the source's licence is
    declared to cover, or ``content`` where everything is traced; None: the licence says it.
    """

    above: Terms | Doubt
    status: Status | Doubt
    models: frozenset[str] | Doubt
    covers: Covers | None
    source: str | None


def own_agreement(file: FileRights, lineage: Lineage, license_text: str | None) -> Agreement:
    """What the declarations for a row of ``file`` with this licence of its own come to."""
    node = file.node(lineage)
    declared = [Declared(Place.ROW, license_text), Declared(Place.MANIFEST, node.license)]
    overruling = file.source is not None and file.source.overrules is not None
    return agree([*declared, *file.declared], overruling=overruling)


def origin(file: FileRights, lineage: Lineage, named: str | None) -> Origin:
    """Where a row of ``file`` comes from that names its source ``named``, if it names any."""
    source, node = file.source, file.node(lineage)
    name = source.name if source else None
    if source is not None and source.source_field is not None and not source.cleared:
        if isinstance(asked := _row_source(named, lineage), Doubt):
            return Origin(asked, asked, asked, node.covers, None)
        node, name = _made_from(node, asked), asked
    traced = lineage.judge(node)
    return Origin(traced.above, traced.status, traced.models, traced.covers_above, name)


def _row_source(named: str | None, lineage: Lineage) -> str | Doubt:
    """The source that a row names, or why the row cannot be known to be made from it."""
    if named is None:
        return Doubt(ROW_SOURCE, NOT_NAMED)
    node = lineage.nodes.get(named)
    if node is None:
        return Doubt(ROW_SOURCE, NOT_IN_LINEAGE)
    return Doubt(ROW_SOURCE, IS_MODEL) if node.kind is Kind.MODEL else named


def _made_from(node: Node, named: str) -> Node:
    """The file's source as the row has it. What the row names stands in place of all that the
    source is declared to be made from where it is one of these, and else beside them; the source
    itself adds nothing."""
    if named == node.name:
        return node
    parents = node.derived_from or ()
    said = (named,) if named in parents else (named, *parents)
    return node.model_copy(update={"derived_from": said})


def _union(one: tuple[str, ...] | None, other: Sequence[str] | None) -> tuple[str, ...] | None:
    if one is None and other is None:
        return None
    return tuple(dict.fromkeys((*(one or ()), *(other or ()))))
