"""How often a caller may ask: a token bucket each.

A bucket holds as many requests as the rate names, refills evenly, and starts full: ``60/min`` lets
sixty through at once and then one a second.
"""

import re
from dataclasses import dataclass, field
from threading import Lock

from govgate.errors import UsageError

_SECONDS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "hour": 3600}


@dataclass(frozen=True, slots=True)
class Rate:
    """``requests`` in ``seconds``."""

    requests: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """A rate as typed, such as ``60/min``."""
        found = re.fullmatch(r"([1-9][0-9]{0,6})/([a-z]+)", text)
        if found is None or found[2] not in _SECONDS:
            raise UsageError(
                f"'{text}' is no rate", remedy="write one such as 60/min, 5/s or 1000/h"
            )
        return cls(int(found[1]), _SECONDS[found[2]])


@dataclass(slots=True)
class Buckets:
    """A bucket for each name that asked; threads may share them."""

    rate: Rate
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)
    _one: Lock = field(default_factory=Lock)

    def wait(self, name: str, now: float) -> float:
        """Take a request from the bucket of ``name`` at ``now`` (seconds of a clock that only goes
        forward); 0 if there was one, else the seconds until there is."""
        most, each = float(self.rate.requests), self.rate.seconds / self.rate.requests
        with self._one:
            left, before = self._left.get(name, (most, now))
            left = min(most, left + (now - before) / each)
            taken = left >= 1
            self._left[name] = (left - 1 if taken else left, now)
            return 0.0 if taken else (1 - left) * each
