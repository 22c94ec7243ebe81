"""What the gate is set up to find out, as far as a configuration tells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Produced:
    """What of the vocabulary something is set to produce.

    ``config``: the configuration's name, None where there is none. ``silent``: facts that are
    unknown for every row, each with the reason. ``entities``: all that is looked for by what comes
    with govgate, for this policy; ``models``: what the configured models find beside.
    ``sources``: names of the declared sources. ``license_doubt``: None for a text that a row's
    ``license.id`` can be, otherwise a hint in brackets at what it should be, or an empty text.
    """

    config: str | None
    silent: Mapping[str, str]
    entities: frozenset[str]
    models: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    license_doubt: Callable[[str], str | None] = lambda _: None
