"""The words that every layer shares: rows, findings, facts' enums, verdicts, the run's outcome.

Frozen values only; nothing here reads a file, a clock or a model.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple


class Use(StrEnum):
    """What a row may be used for."""

    TRAIN = "train"
    RETRIEVE = "retrieve"


class Purpose(StrEnum):
    """What the training of a run is for."""

    PRETRAINING = "pretraining"
    FINE_TUNING = "fine-tuning"
    INSTRUCTION_TUNING = "instruction-tuning"
    PREFERENCE_ALIGNMENT = "preference-alignment"


class Effect(IntEnum):
    """What a rule does to a use. Ordered: the strictest of all matching rules wins."""

    ALLOW = 0
    REDACT = 1
    DENY = 2

    @property
    def word(self) -> str:
        """The effect as policies and tables spell it."""
        return self.name.lower()


class Partition(StrEnum):
    """Where a row ends: trainable, not trainable but may be looked up, or neither."""

    TRAIN = "train"
    RETRIEVE = "retrieve"
    WITHHELD = "withheld"


class Outcome(StrEnum):
    """The answer of a gate for the whole data set."""

    TRAIN = "train"
    RETRIEVAL_ONLY = "retrieval-only"
    BLOCKED = "blocked"
    INCOMPLETE = "incomplete"


class FailureScope(StrEnum):
    """How much one failure takes with it."""

    ROW = "row"  # this row alone; reading went on behind it
    FILE = "file"  # the rest of the file: nothing behind this point was read


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something could not be read or scanned: counted, never dropped.

    ``code`` is a stable kebab-case word (``malformed-json``, ``invalid-utf8``, ``row-too-long``,
    ``detector-failed``…), ``message`` says it in words without any text of the row,
    ``remedy`` says what to do.
    """

    code: str
    message: str
    remedy: str = ""
    scope: FailureScope = FailureScope.ROW


@dataclass(frozen=True, slots=True)
class Row:
    """One unit of training data as read.

    ``index``: position in the data set, from 0. ``file``: index of its file in the data set.
    ``line``: position in the file, from 1 (physical line of JSONL/CSV where the row begins,
    element of a JSON array, row of a table; 1 for a text file).
    ``value``: the parsed row (dict for records, str for text), None when ``failure`` is set.
    ``raw``: the row's exact bytes as they stand in the (decompressed) file, with its line
    terminator for line formats, without separators for a JSON array; empty for columnar formats.
    """

    index: int
    file: int
    line: int
    value: Any
    raw: bytes = b""
    failure: Failure | None = None


class Finding(NamedTuple):
    """What a detector saw, and where. Never the matched text.

    ``pointer``: RFC 6901 pointer of the string within the row ("" is a text file's whole text).
    ``role``: whose words (``user``, ``assistant``, ``system``, ``tool``, ``prompt``, ``chosen``…;
    ``key``: the finding lies in the last name of ``pointer`` itself, a member's key).
    ``start``, ``end``: Unicode code points within the string (or key).
    ``view``: ``original``, or the derived reading it was seen in (``json``: inside JSON that the
    string holds; offsets are always mapped back to the original string).
    ``fingerprint``: HMAC-SHA-256 of the matched text under the organisation's key, 64 hex digits.
    ``excluded``: the id of the policy's rule that took the finding out; empty for one that counts.
    """

    pointer: str
    role: str
    entity: str
    start: int
    end: int
    score: float
    recognizer: str
    view: str
    fingerprint: str
    excluded: str = ""
