"""A policy marked as a floor: whatever extends it may be stricter, never looser."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from govgate.errors import IncompleteError, UsageError
from govgate.policy.loosen import loosened

if TYPE_CHECKING:
    from govgate.policy.load import Policy


def check_floors(policy: "Policy") -> None:
    """UsageError when the policy may let more through than a floor that it stands on.

    Where a change only might do so, the solver of `govgate[prove]` is asked if it is installed;
    without it the change is refused.
    """
    for floor in policy.floors:
        changes = loosened(floor.document, policy.document)
        if changes and not _proved(floor, policy):
            raise UsageError(
                f"{policy.name_for_messages}: policy {policy.name} lets more through than "
                f"{floor.name}, which is a floor: {'; '.join(changes)}",
                remedy=_REMEDY if find_spec("z3") else f"{_REMEDY}, or {_PROVE}",
            )


_REMEDY = "undo these changes, or agree on them with whoever answers for the floor"
_PROVE = "install govgate[prove], which can tell harmless changes from loosening ones"


def _proved(floor: "Policy", policy: "Policy") -> bool:
    if find_spec("z3") is None:
        return False
    from govgate.policy.prove.compare import Relation, compare

    try:
        return compare(floor, policy).relation in (Relation.EQUAL, Relation.STRICTER)
    except IncompleteError:  # the solver gave up, and what is not proved is refused
        return False
