"""How many examples a law is tried on: a share of them by default, all under `make check-laws`.

Examples are drawn anew in every run, so that many runs of a share see what one run of all sees.
"""

from typing import Final

from hypothesis import settings

SHARE: Final = 5
LEAST: Final = 20


def law(examples: int) -> settings:
    """Settings of a law that is tried on ``examples`` examples under ``--hypothesis-profile all``,
    and else on a fifth of them, or twenty."""
    some = min(examples, max(LEAST, examples // SHARE))
    full = settings.get_current_profile_name() == "all"
    return settings(max_examples=examples if full else some, deadline=None)
