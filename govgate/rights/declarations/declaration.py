"""One thing that one paper says of a data set, or of a part of it."""

from dataclasses import dataclass
from enum import StrEnum

UNNAMED = "(not named)"
"""Stands among ``sources`` or ``models`` for one that the paper mentions and does not name."""

NO_ASSERTION = "says of itself that it asserts nothing"
"""The ``unknown`` of a paper that leaves the licence to others; it vetoes nothing."""


class Where(StrEnum):
    """The kind of paper."""

    CARD = "card"  # Hugging Face's README.md
    CROISSANT = "croissant"
    SPDX = "spdx"
    LICENSE_FILE = "license-file"  # the text of LICENSE, COPYING and their like
    HEADER = "header"  # SPDX tags, REUSE.toml


class Kind(StrEnum):
    """Who says it, in SPDX's words."""

    DECLARED = "declared"  # whoever publishes the data
    CONCLUDED = "concluded"  # whoever looked at it afterwards, a matcher of texts among them


@dataclass(frozen=True, slots=True)
class Declaration:
    """What ``file`` says at ``line`` (from 1; None where the format has no lines).

    At most one of ``license`` and ``unknown`` is set; both None: nothing is said of a licence.
    ``license`` is a normalised expression that ``read_license`` reads. ``unknown`` is the reason
    why what stands there is not read, and never repeats it. ``sources`` are the data sets that this
    one was made from: None nothing said, ``()`` said to be original. ``models`` are those that
    wrote or labelled it: None nothing said. ``name`` is what the paper calls the data set,
    ``part`` the configuration, file or record set that it speaks of (None: the whole).
    """

    where: Where
    file: str
    kind: Kind
    license: str | None
    unknown: str | None
    sources: tuple[str, ...] | None
    models: tuple[str, ...] | None
    name: str | None
    line: int | None
    part: str | None = None

    def __post_init__(self) -> None:
        if self.license is not None and self.unknown is not None:
            raise ValueError("a licence is known or unknown, not both")
