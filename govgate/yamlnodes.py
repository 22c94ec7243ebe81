"""YAML to nodes that know where they stand: the small, predictable part of it that we read.

Refused, with line and column: tabs, control characters, anything but UTF-8, duplicate keys,
anchors, aliases, tags, several documents, more than 5 MiB, nesting deeper than 64, and texts that
steer a terminal. All that is wrong is reported together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from govgate.errors import UsageError
from govgate.spelling import shown

MAX_BYTES = 5 * 2**20
MAX_DEPTH = 64
MAX_REPORTED = 20

Path_ = tuple[str | int, ...]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BAD_CHARACTER = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
# What an escape in quotes can still put into a text: control characters but for tab and newline,
# line and paragraph separators, and what turns the direction of writing round.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@dataclass(slots=True)
class Node:
    """A value with the place it stands at (counted from 1), and the place of its key."""

    at: tuple[int, int]
    value: str | list[Node] | dict[str, Node] | None
    key_at: tuple[int, int] | None = None
    span: tuple[int, int] = (0, 0)
    key_span: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Report:
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


def decode(data: bytes, report: Report) -> str:
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


def compose(text: str, report: Report) -> Node:
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

    def __init__(self, report: Report) -> None:
        self.report = report
        self.root: Node | None = None
        self.open: list[Node] = []
        self.keys: list[tuple[str, Node] | None] = []  # one per open collection

    def compose(self, events: Iterator[Any]) -> Node | None:
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
            self._place(Node(at, None if empty else event.value, span=span))
        elif isinstance(event, yaml.CollectionStartEvent):
            node = Node(at, {} if isinstance(event, yaml.MappingStartEvent) else [])
            if len(self.open) >= MAX_DEPTH:
                self.report.add(at, f"nested deeper than {MAX_DEPTH} levels; flatten it")
                return False
            self._place(node)
            self.open.append(node)
            self.keys.append(None)
        else:  # an alias: reported already, its value does not matter
            self._place(Node(at, None))
        return True

    def _place(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        holder = self.open[-1].value
        if isinstance(holder, list):
            holder.append(node)
        elif isinstance(holder, dict):
            self._place_in_mapping(holder, node)

    def _place_in_mapping(self, holder: dict[str, Node], node: Node) -> None:
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


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(inner) for key, inner in node.value.items()}
    if isinstance(node.value, list):
        return [plain(inner) for inner in node.value]
    return node.value


def find(root: Node, loc: Path_) -> tuple[Node, int, Path_ | None]:
    """The node at ``loc``, how many steps led there, and where pydantic entered a union, if so.

    Steps that the document does not have are names of union branches.
    """
    node, reached, fork = root, 0, None
    for position, step in enumerate(loc):
        inner: Node | None = None
        if isinstance(node.value, dict):
            inner = node.value.get(str(step))
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            inner = node.value[step]
        if inner is not None:
            node, reached = inner, reached + 1
        elif fork is None:
            fork = loc[:position]
    return node, reached, fork
