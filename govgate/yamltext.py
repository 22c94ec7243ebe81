"""YAML as text: the values without a model, where each stands, and values written back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from govgate.yamlnodes import Node, Path_, Report, compose, decode, find, plain


def plain_yaml(data: bytes, name: str) -> Any:
    """``data`` as mappings, lists and texts; UsageError where it is not YAML as we read it."""
    report = Report(name)
    return plain(compose(decode(data, report), report))


def placed(data: bytes, name: str, path: Path_) -> str:
    """``NAME:LINE:COL`` of the value at ``path`` in ``data``, which was read before."""
    report = Report(name)
    node, _, _ = find(compose(decode(data, report), report), path)
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
    _root: Node

    def value(self, path: Path_) -> Place:
        """The place of the value at ``path``, or of the nearest one around it."""
        node, _, _ = find(self._root, path)
        return Place(*node.at, *node.span)

    def key(self, path: Path_) -> Place:
        """The place of the key that leads to ``path``; of the value, where there is no key."""
        node, reached, _ = find(self._root, path)
        if node.key_at is None or reached < len(path):
            return self.value(path)
        return Place(*node.key_at, *node.key_span)


def places_of(data: bytes, name: str) -> Places:
    """The places in ``data``; UsageError where it is not YAML as we read it."""
    report = Report(name)
    text = decode(data, report)
    root = compose(text, report)
    return Places(text, plain(root), root)


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
