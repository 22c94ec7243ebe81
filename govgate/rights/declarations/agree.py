"""What several papers say of one licence, taken together.

The strictest counts where all can be classed; one that cannot be makes the whole unknown, since its
terms may be stricter still. That they differ stays a fact of its own, whatever is decided.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from govgate.errors import UsageError
from govgate.rights.declarations.declaration import NO_ASSERTION, Declaration, Where
from govgate.rights.declarations.expressions import all_of
from govgate.rights.licenses import read_license

NOTHING_SAID = "no paper of the data set says anything of its licence"
DIFFER = "the papers name different licences; the strictest counts"
NO_CLASS = "names a licence of no known class"
OVERRIDDEN = "set by hand, against the papers"
CONFIRMED = "set by hand"


@dataclass(frozen=True, slots=True)
class Override:
    """A licence that whoever runs the gate vouches for, and why.

    UsageError where it is not a licence that can be read, or the reason is blank.
    """

    license: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise UsageError(
                "a licence set by hand has no reason", remedy="say why the papers do not hold"
            )
        facts = read_license(self.license)
        if facts.id is None:
            raise UsageError(
                f"a licence set by hand cannot be read: {facts.why}",
                remedy="write an SPDX expression, such as CC-BY-4.0",
            )


@dataclass(frozen=True, slots=True)
class Agreement:
    """The licence that holds; None: unknown, for the reason ``why``.

    ``why`` is None where all papers say the same. ``conflict``: two of them name different
    licences, or an override differs from one. ``from_``: the kinds of paper that say ``license``,
    or that leave it unknown; none for an override.
    """

    license: str | None
    why: str | None
    conflict: bool
    from_: tuple[Where, ...]


def agree(declarations: Iterable[Declaration], override: Override | None = None) -> Agreement:
    """The licence of what ``declarations`` speak of: the whole, or one part of it.

    Those of a part bind as those of the whole do, and a part that differs from the whole is no
    conflict. Of licences that are equally strict all bind (``A AND B``).
    """
    said = [one for one in declarations if one.license or one.unknown]
    heard = [one for one in said if one.unknown != NO_ASSERTION] or said
    conflict = _conflict(heard)
    if override is not None:
        return _overridden(heard, override, conflict)
    if not heard:
        return Agreement(None, NOTHING_SAID, False, ())
    if unknown := [one for one in heard if _why(one)]:
        why = f"{unknown[0].where}: {_why(unknown[0])}"
        return Agreement(None, why, conflict, _wheres(unknown))
    return _strictest(heard, conflict)


def _strictest(heard: Sequence[Declaration], conflict: bool) -> Agreement:
    top = max(_rank(one) for one in heard)
    strict = [one for one in heard if _rank(one) == top]
    license_, why = all_of((one.license, None) for one in strict)
    if len({one.license for one in heard}) > 1 and license_:
        why = DIFFER
    return Agreement(license_, why, conflict, _wheres(strict))


def _overridden(heard: Sequence[Declaration], override: Override, conflict: bool) -> Agreement:
    license_ = read_license(override.license).id
    against = conflict or any(one.license != license_ for one in heard)
    why = f"{OVERRIDDEN if against else CONFIRMED}: {override.reason.strip()}"
    return Agreement(license_, why, against, ())


def _conflict(heard: Sequence[Declaration]) -> bool:
    """Whether two name different licences for the whole, or for one and the same part."""
    named: dict[str | None, set[str]] = {}
    for one in heard:
        if one.license:
            named.setdefault(one.part, set()).add(one.license)
    return any(len(licenses) > 1 for licenses in named.values())


def _why(declaration: Declaration) -> str | None:
    """Why a declaration gives no class."""
    if declaration.unknown:
        return declaration.unknown
    return NO_CLASS if read_license(declaration.license).cls is None else None


def _rank(declaration: Declaration) -> int:
    cls = read_license(declaration.license).cls
    return -1 if cls is None else cls.strictness


def _wheres(declarations: Iterable[Declaration]) -> tuple[Where, ...]:
    return tuple(dict.fromkeys(one.where for one in declarations))
