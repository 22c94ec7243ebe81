"""What the gate is set up to find out, as far as a configuration tells."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Produced:
    """What of the vocabulary something is set to produce.

    ``config``: the configuration's name, None where there is none. ``silent``: facts that are
    unknown for every row, each with the reason. ``entities``: all that is looked for by what comes
    with govgate, for this policy; ``models``: what the configured models find beside.
    """

    config: str | None
    silent: Mapping[str, str]
    entities: frozenset[str]
    models: frozenset[str] = frozenset()
