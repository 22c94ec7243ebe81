"""What a gate of today would do beside deciding rows: refuse the policy, or heed other waivers."""

from collections.abc import Collection, Iterator
from datetime import date

from govgate.errors import UsageError
from govgate.home import Home
from govgate.model import Purpose
from govgate.policy.load import Policy, check_usable
from govgate.steps.open import find_waivers


def refusals(policy: Policy, purposes: Collection[Purpose], today: date) -> Iterator[str]:
    """Notes on why a gate would refuse the policy ``today``.

    ``purposes``: of the run, if it is known.
    """
    whys = {}
    for purpose in (*policy.purposes[:1], *purposes):
        try:
            check_usable(policy, today=today, purpose=purpose)
        except UsageError as error:
            whys[error.what] = error.remedy
    for why, remedy in whys.items():
        yield f"a gate would refuse it today: {why}; {remedy}"


def other_waivers(policy: str, home: Home, replayed: Collection[str]) -> Iterator[str]:
    """A note on waivers that a gate would find for ``policy`` and that are not ``replayed``."""
    try:
        found = find_waivers(policy, home, None)
    except UsageError as error:
        yield f"a gate would not read the waivers that go with it: {error.what}"
        return
    ids = {grant.id for _, _, grant in found.grants} - set(replayed)
    if ids:
        said = "1 waiver goes" if len(ids) == 1 else f"{len(ids):,} waivers go"
        yield f"left out: {said} with the policy, beside the run's own; a gate would judge them"
