"""Strict YAML: bytes to a checked pydantic model, or errors that name line and column.

Every scalar is text until the model asks for something else (``NO`` stays a country; a key without
a value is None). What of YAML is read at all, :mod:`govgate.yamlnodes` says.

A model's own validators may raise :class:`Problems` to place messages inside their value. They
share one fresh dict per document as ``info.context``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from govgate.errors import UsageError
from govgate.spelling import did_you_mean, shown, unknown_word
from govgate.yamlnodes import MAX_BYTES, Node, Path_, Report, compose, decode, find, plain

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """One message placed in a document: ``path`` from the value whose validator raised it.

    ``at_key`` points at the key instead of its value. ``see`` names a second place, which the
    message ends with as ``(SEE_TEXT line N)``; its path is counted from the document's root.
    """

    path: Path_
    text: str
    at_key: bool = False
    see: Path_ | None = None
    see_text: str = "see"


class Problems(ValueError):
    """What a validator raises to report several problems, each at its own place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.text for problem in self.problems))


def load_yaml(path: Path, model: type[M]) -> M:
    """The file at ``path`` as a ``model``; UsageError when it cannot be read or does not fit."""
    return parse_yaml(read_limited(path), str(path), model)


def read_limited(path: Path) -> bytes:
    """The bytes of a configuration file, at most one byte over the limit of 5 MiB."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise UsageError(f"{path}: cannot be read ({reason})", remedy="check the path") from error


def parse_yaml(
    data: bytes, name: str, model: type[M], *, context: Mapping[str, Any] | None = None
) -> M:
    """``data`` as a ``model``; ``name`` is what error messages call it.

    ``context`` is what the model's validators find in ``info.context`` to begin with.
    """
    from pydantic import ValidationError

    report = Report(name)
    root = compose(decode(data, report), report)
    try:
        return model.model_validate(plain(root), context=dict(context or {}))
    except ValidationError as error:
        _report_misfits(error.errors(include_url=False), root, model, report)
        raise report.error() from error


# -- pydantic's errors to messages with a place --------------------------------------------------


def _report_misfits(
    errors: list[ErrorDetails], root: Node, model: type[BaseModel], report: Report
) -> None:
    branches: dict[Path_, list[tuple[int, tuple[int, int], str]]] = {}
    for error in errors:
        raised = error.get("ctx", {}).get("error")
        if isinstance(raised, Problems):
            for problem in raised.problems:
                _report_problem(problem, error["loc"], root, report)
            continue
        if error["type"] == "too_short" and error["input"]:
            continue  # the list is not empty: its entries are wrong, and are reported themselves
        loc = error["loc"][:-1] if error["type"] == "missing" else error["loc"]
        node, reached, fork = find(root, loc)
        at = (node.key_at or node.at) if error["type"] == "extra_forbidden" else node.at
        message = misfit_words(error, model)
        if fork is None:
            report.add(at, message)
        else:
            branches.setdefault(fork, []).append((reached, at, message))
    for tried in branches.values():
        _report_union(tried, report)


def _report_problem(problem: Problem, loc: Path_, root: Node, report: Report) -> None:
    node, _, _ = find(root, (*loc, *problem.path))
    text = problem.text
    if problem.see is not None:
        other, _, _ = find(root, problem.see)
        text += f" ({problem.see_text} line {other.at[0]})"
    report.add((node.key_at or node.at) if problem.at_key else node.at, text)


def _report_union(tried: list[tuple[int, tuple[int, int], str]], report: Report) -> None:
    """One message for a value that fits no branch of a union: the branch that got furthest."""
    furthest = max(reached for reached, _, _ in tried)
    best = [(at, message) for reached, at, message in tried if reached == furthest]
    messages = list(dict.fromkeys(message for _, message in best))
    ends = [message.removeprefix("must be ").partition(", not ")[0] for message in messages]
    if len(messages) > 1 and all(message.startswith("must be ") for message in messages):
        _, separator, value = messages[0].partition(", not ")
        report.add(best[0][0], f"must be {' or '.join(ends)}{separator}{value}")
    else:
        report.add(best[0][0], messages[0])


def misfit_words(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong with a value that does not fit ``model``, without its place."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    key = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "extra_forbidden":
        allowed = _keys_at(model, error["loc"][:-1])
        return f"unknown key {key!r}{did_you_mean(key, allowed)}; allowed: {', '.join(allowed)}"
    if kind == "missing":
        return f"key {key!r} is missing"
    if kind in ("enum", "literal_error"):
        words = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return unknown_word(value, words)
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    wanted = _WANTED.get(kind.partition("_")[0]) if kind.endswith(_SHAPES) else None
    if wanted is not None:
        return f"must be {wanted}, not {shown(value)}"
    if kind in ("too_short", "string_too_short"):
        return "must not be empty"
    return error["msg"].replace("Input should", "must").replace("String should", "must")


_SHAPES = ("_type", "_parsing", "_from_float", "_parsing_size", "_inexact")
_WANTED: Mapping[str, str] = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "date": "a day of the calendar written YYYY-MM-DD",
    "datetime": "a time written YYYY-MM-DDTHH:MM:SSZ",
    "string": "a text",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen": "a list",
    "dict": "a mapping of keys to values",
    "mapping": "a mapping of keys to values",
    "model": "a mapping of keys to values",
}


def _keys_at(model: type[BaseModel], loc: Path_) -> list[str]:
    """The keys that the model (or models, in a union) at ``loc`` know."""
    kinds = [model]
    for step in loc:
        kinds = [inner for kind in kinds for inner in _inside(kind, step)] or kinds
    return [key for kind in kinds for key in _fields(kind)]


def _fields(kind: Any) -> dict[str, Any]:
    fields = getattr(kind, "model_fields", {})
    return {info.alias or name: info.annotation for name, info in fields.items()}


def _inside(kind: Any, step: str | int) -> list[Any]:
    if get_origin(kind) in (list, tuple, set, frozenset) and isinstance(step, int):
        return _branches(get_args(kind)[0])
    if get_origin(kind) is dict:
        return _branches(get_args(kind)[1])
    found = _fields(kind).get(str(step))
    return [] if found is None else _branches(found)


def _branches(annotation: Any) -> list[Any]:
    """The kinds that a union or an annotated type stands for."""
    if get_origin(annotation) in (list, tuple, set, frozenset, dict) or not get_args(annotation):
        return [annotation]
    if hasattr(annotation, "__metadata__"):
        return _branches(get_args(annotation)[0])
    return [kind for inner in get_args(annotation) for kind in _branches(inner)]
