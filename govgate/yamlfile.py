"""Strict YAML: bytes to a checked pydantic model, or errors that name line and column.

A small, predictable part of YAML is read. Every scalar is text until the model asks for something
else (``NO`` stays a country; a key without a value is None). Refused, with ``NAME:LINE:COL``:
tabs, control characters, anything but UTF-8, duplicate keys, anchors, aliases, tags, several
documents, more than 5 MiB, nesting deeper than 64. All that is wrong is reported together.

A model's own validators may raise :class:`Problems` to place messages inside their value. They
share one fresh dict per document as ``info.context``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import yaml

from govgate.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    M = TypeVar("M", bound=BaseModel)

MAX_BYTES = 5 * 2**20
MAX_DEPTH = 64
MAX_REPORTED = 20
MAX_WORDS = 40  # of a closed list that a message spells out

Path_ = tuple[str | int, ...]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BAD_CHARACTER = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
# What an escape in quotes can still put into a text: control characters but for tab and newline,
# line and paragraph separators, and what turns the direction of writing round.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


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


@dataclass(slots=True)
class _Node:
    """A value with the place it stands at (counted from 1), and the place of its key."""

    at: tuple[int, int]
    value: str | list[_Node] | dict[str, _Node] | None
    key_at: tuple[int, int] | None = None
    span: tuple[int, int] = (0, 0)
    key_span: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class _Report:
    """Messages by place, each once."""

    name: str
    found: dict[tuple[tuple[int, int], str], None] = field(default_factory=dict)

    def add(self, at: tuple[int, int], text: str) -> None:
        self.found[at, text] = None

    def error(self) -> UsageError:
        lines = [f"{self.name}:{at[0]}:{at[1]}: {text}" for at, text in sorted(self.found)]
        if len(lines) > MAX_REPORTED:
            rest = len(lines) - MAX_REPORTED
            lines[MAX_REPORTED:] = [f"{self.name}: and {rest} more like these"]
        return UsageError("\n".join(lines))


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

    report = _Report(name)
    root = _compose(_decode(data, report), report)
    try:
        return model.model_validate(_plain(root), context=dict(context or {}))
    except ValidationError as error:
        _report_misfits(error.errors(include_url=False), root, model, report)
        raise report.error() from error


def plain_yaml(data: bytes, name: str) -> Any:
    """``data`` as mappings, lists and texts; UsageError where it is not YAML as we read it."""
    report = _Report(name)
    return _plain(_compose(_decode(data, report), report))


def placed(data: bytes, name: str, path: Path_) -> str:
    """``NAME:LINE:COL`` of the value at ``path`` in ``data``, which was read before."""
    report = _Report(name)
    node, _, _ = _find(_compose(_decode(data, report), report), path)
    return f"{name}:{node.at[0]}:{node.at[1]}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value or a key stands: line and column from 1, and from where to where of the text.

    ``start`` and ``end`` count code points; of lists and mappings they say nothing.
    """

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Places:
    """A document that was read: its ``text``, its ``plain`` values, and where each stands."""

    text: str
    plain: Any
    _root: _Node

    def value(self, path: Path_) -> Place:
        """The place of the value at ``path``, or of the nearest one around it."""
        node, _, _ = _find(self._root, path)
        return Place(*node.at, *node.span)

    def key(self, path: Path_) -> Place:
        """The place of the key that leads to ``path``; of the value, where there is no key."""
        node, reached, _ = _find(self._root, path)
        if node.key_at is None or reached < len(path):
            return self.value(path)
        return Place(*node.key_at, *node.key_span)


def places_of(data: bytes, name: str) -> Places:
    """The places in ``data``; UsageError where it is not YAML as we read it."""
    report = _Report(name)
    text = _decode(data, report)
    root = _compose(text, report)
    return Places(text, _plain(root), root)


def dump_yaml(value: Any) -> bytes:
    """``value`` (mappings, lists, texts) as YAML that reads back as the same; same bytes always."""
    text = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, indent=2
    )
    return str(text).encode()


class _Dumper(yaml.SafeDumper):
    """Writes scalars as they were read, as text: nothing resolves to a number or a date."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (as the base declares it)

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _written(dumper: _Dumper, text: str) -> Any:
    # An empty text must be quoted, or it reads back as a key without a value.
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text else '"')


_Dumper.add_representer(str, _written)


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """`` (did you mean X?)`` for the nearest allowed word, or nothing."""
    by_folded = {choice.casefold(): choice for choice in allowed}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return f" (did you mean {by_folded[near[0]]}?)" if near else ""


def shown(value: object) -> str:
    """A value as a message names it: short, on one line."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            text = str(value)
            return repr(text if len(text) <= 60 else text[:57] + "...")


# -- bytes to nodes ----------------------------------------------------------------------------


def _decode(data: bytes, report: _Report) -> str:
    if len(data) > MAX_BYTES:
        report.add((1, 1), f"the file is larger than {MAX_BYTES // 2**20} MiB; split it")
        raise report.error()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        report.add(_place(before), "this is not UTF-8; save the file as UTF-8")
        raise report.error() from error
    for found in _BAD_CHARACTER.finditer(text):
        what = "tab" if found[0] == "\t" else f"control character U+{ord(found[0]):04X}"
        report.add(_place(text[: found.start()]), f"{what} found; use spaces instead")
        if len(report.found) == MAX_REPORTED:
            break
    if report.found:
        raise report.error()
    return text


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _compose(text: str, report: _Report) -> _Node:
    try:
        root = _Composer(report).compose(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        why = " ".join(filter(None, (error.problem, error.context)))
        report.add(at, f"this is not YAML as we read it: {why}")
        raise report.error() from error
    except yaml.YAMLError as error:
        report.add((1, 1), "this is not YAML")
        raise report.error() from error
    if root is None:
        report.add((1, 1), "the file is empty")
    if report.found or root is None:
        raise report.error()
    return root


class _Composer:
    """Builds nodes from YAML events with a stack of open collections, so depth costs no frames."""

    def __init__(self, report: _Report) -> None:
        self.report = report
        self.root: _Node | None = None
        self.open: list[_Node] = []
        self.keys: list[tuple[str, _Node] | None] = []  # one per open collection

    def compose(self, events: Iterator[Any]) -> _Node | None:
        documents = 0
        for event in events:
            at = (event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.report.add(at, "a second document begins here; one file holds one")
                    break
            elif isinstance(event, yaml.CollectionEndEvent):
                self.open.pop()
                self.keys.pop()
            elif isinstance(event, yaml.NodeEvent):
                self._check_plain(event, at)
                if not self._node(event, at):
                    break
        return self.root

    def _check_plain(self, event: Any, at: tuple[int, int]) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            self.report.add(at, "anchors (&) and aliases (*) are not allowed; write the value out")
        elif event.tag is not None:
            self.report.add(at, "tags (!) are not allowed; remove it")

    def _node(self, event: Any, at: tuple[int, int]) -> bool:
        """Place one value or key; False when reading should stop."""
        if isinstance(event, yaml.ScalarEvent):
            # Only a plain empty scalar is None: '' in quotes is an empty text.
            empty = event.value == "" and event.style in (None, "")
            if found := _STEERING.search(event.value):
                code = f"U+{ord(found[0]):04X}"
                self.report.add(at, f"this text holds {code}, which steers a terminal; remove it")
            marks: Any = (event.start_mark, event.end_mark)
            span = (marks[0].index, marks[1].index)
            self._place(_Node(at, None if empty else event.value, span=span))
        elif isinstance(event, yaml.CollectionStartEvent):
            node = _Node(at, {} if isinstance(event, yaml.MappingStartEvent) else [])
            if len(self.open) >= MAX_DEPTH:
                self.report.add(at, f"nested deeper than {MAX_DEPTH} levels; flatten it")
                return False
            self._place(node)
            self.open.append(node)
            self.keys.append(None)
        else:  # an alias: reported already, its value does not matter
            self._place(_Node(at, None))
        return True

    def _place(self, node: _Node) -> None:
        if not self.open:
            self.root = node
            return
        holder = self.open[-1].value
        if isinstance(holder, list):
            holder.append(node)
        elif isinstance(holder, dict):
            self._place_in_mapping(holder, node)

    def _place_in_mapping(self, holder: dict[str, _Node], node: _Node) -> None:
        key = self.keys[-1]
        if key is None:
            if not isinstance(node.value, str):
                self.report.add(node.at, "a key must be a text")
            self.keys[-1] = (node.value if isinstance(node.value, str) else "", node)
            return
        self.keys[-1] = None
        text, named = key
        node.key_at, node.key_span = named.at, named.span
        if text in holder:
            first = holder[text].key_at or holder[text].at
            self.report.add(
                node.key_at,
                f"key {shown(text)} is used twice (first at line {first[0]}); remove one",
            )
        holder[text] = node


def _plain(node: _Node) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(inner) for key, inner in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(inner) for inner in node.value]
    return node.value


# -- pydantic's errors to messages with a place --------------------------------------------------


def _report_misfits(
    errors: list[ErrorDetails], root: _Node, model: type[BaseModel], report: _Report
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
        node, reached, fork = _find(root, loc)
        at = (node.key_at or node.at) if error["type"] == "extra_forbidden" else node.at
        message = _message(error, model)
        if fork is None:
            report.add(at, message)
        else:
            branches.setdefault(fork, []).append((reached, at, message))
    for tried in branches.values():
        _report_union(tried, report)


def _report_problem(problem: Problem, loc: Path_, root: _Node, report: _Report) -> None:
    node, _, _ = _find(root, (*loc, *problem.path))
    text = problem.text
    if problem.see is not None:
        other, _, _ = _find(root, problem.see)
        text += f" ({problem.see_text} line {other.at[0]})"
    report.add((node.key_at or node.at) if problem.at_key else node.at, text)


def _report_union(tried: list[tuple[int, tuple[int, int], str]], report: _Report) -> None:
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


def _find(root: _Node, loc: Path_) -> tuple[_Node, int, Path_ | None]:
    """The node at ``loc``, how many steps led there, and where pydantic entered a union, if so.

    Steps that the document does not have are names of union branches.
    """
    node, reached, fork = root, 0, None
    for position, step in enumerate(loc):
        inner: _Node | None = None
        if isinstance(node.value, dict):
            inner = node.value.get(str(step))
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            inner = node.value[step]
        if inner is not None:
            node, reached = inner, reached + 1
        elif fork is None:
            fork = loc[:position]
    return node, reached, fork


def _message(error: ErrorDetails, model: type[BaseModel]) -> str:
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


def unknown_word(value: object, allowed: Iterable[str]) -> str:
    """The message for a value outside a closed list of words."""
    words = list(allowed)
    listed = ", ".join(words[:MAX_WORDS])
    if len(words) > MAX_WORDS:
        listed += f" and {len(words) - MAX_WORDS} more"
    if not isinstance(value, str):
        return f"must be one of {listed}, not {shown(value)}"
    return f"unknown value {shown(value)}{did_you_mean(value, words)}; allowed: {listed}"


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
