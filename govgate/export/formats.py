"""The formats of exports by name, and how each is rendered."""

from collections.abc import Callable
from enum import StrEnum
from importlib import import_module
from typing import Any

from govgate.errors import UsageError
from govgate.export.verified import Verified


class Format(StrEnum):
    """A name that `--as` takes; a module of this package renders it."""

    SPDX = "spdx"
    CYCLONEDX = "cyclonedx"
    CROISSANT = "croissant"
    HUGGINGFACE = "huggingface"
    OPENLINEAGE = "openlineage"


NEEDS_ROWS = frozenset({Format.CROISSANT, Format.HUGGINGFACE})


def render(record: Verified, format_: Format) -> bytes:
    """``record`` as ``format_``: UTF-8, the same bytes each time.

    UsageError where the train partition is empty and the format can only describe data that is
    there.
    """
    if format_ in NEEDS_ROWS and not record.train:
        raise UsageError(
            f"the outcome is {record.decision.outcome} and the train partition is empty, and"
            f" {format_} has no words for a data set without files",
            remedy="export as spdx, cyclonedx or openlineage, which say that nothing passed",
        )
    written: Callable[[Verified], dict[str, Any] | str]
    written = import_module(f"govgate.export.{format_}").document
    made = written(record)
    return (made if isinstance(made, str) else _json(made)).encode()


def _json(value: dict[str, Any]) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
