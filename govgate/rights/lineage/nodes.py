"""What is declared of a source or a model: its licence, and what it was made from.

A lineage file is YAML, or the same mappings as JSON lines (`.jsonl`), one node a line:

```yaml
sources:
  - name: sharegpt
    license: CC0-1.0
    derived_from: []              # made from nothing else; left out: nothing is said
    generated_by: [gpt-4]         # models that wrote it; [] no model did
  - name: my-tuned-llama
    kind: model
    license: llama3.1
    derived_from: [llama-3.1-8b]
  - name: news-2019
    license: LicenseRef-Cleared
    cleared: contract 2026-114 with the publisher, for training
```
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from govgate.errors import UsageError
from govgate.rights.terms import Covers
from govgate.strict import SomeLine, Strict
from govgate.yamlfile import misfit_words, parse_yaml, read_limited

MAX_PARENTS = 10_000
MAX_NAME = 200


class Kind(StrEnum):
    """What a node is: data, or a model that writes data."""

    DATASET = "dataset"
    MODEL = "model"


def _at_most(characters: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) > characters or not text.isprintable():
            raise ValueError(f"must be printable and at most {characters} characters")
        return text

    return AfterValidator(check)


Name = Annotated[SomeLine, _at_most(MAX_NAME)]
Address = Annotated[SomeLine, _at_most(2000)]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_PARENTS)]


class Node(Strict):
    """A source or a model of the lineage. What is left out is not said."""

    name: Name
    kind: Kind = Kind.DATASET
    license: SomeLine | None = None
    covers: Covers | None = None
    url: Address | None = None
    derived_from: Names | None = None
    generated_by: Names | None = None
    cleared: Name | None = None

    @model_validator(mode="after")
    def _cleared_needs_a_license(self) -> Self:
        if self.cleared is not None and self.license is None:
            raise ValueError("cleared needs a license: the terms on which the rights were cleared")
        if self.kind is Kind.MODEL and self.generated_by is not None:
            raise ValueError("a model is made from models: write derived_from, not generated_by")
        return self


class LineageFile(Strict):
    """The form of a lineage file in YAML."""

    sources: tuple[Node, ...]


def read_lineage(path: Path) -> tuple[tuple[Node, ...], str]:
    """The nodes of a lineage file, and the SHA-256 of the bytes that say so; UsageError with
    FILE:LINE for what is wrong in it."""
    lines = path.suffix == ".jsonl"
    data = _bytes(path) if lines else read_limited(path)
    if lines:
        nodes = tuple(_json_lines(data, str(path)))
    else:
        nodes = parse_yaml(data, str(path), LineageFile).sources
    return nodes, hashlib.sha256(data).hexdigest()


def by_name(nodes: Iterable[Node], where: str) -> Mapping[str, Node]:
    """Each node under its name, with all that its descriptions say.

    UsageError where two of them disagree; what only one says, holds.
    """
    found: dict[str, Node] = {}
    for node in nodes:
        before = found.get(node.name)
        found[node.name] = node if before is None else _joined(before, node, where)
    return found


def _joined(one: Node, other: Node, where: str) -> Node:
    said = one.model_dump(exclude_none=True)  # with its kind: who names none means data
    for key, value in other.model_dump(exclude_none=True).items():
        if said.setdefault(key, value) != value:
            raise UsageError(
                f"{where}: two descriptions of the source {one.name!r} disagree on its {key}",
                remedy="keep the one that is right",
            )
    return Node.model_validate(said)


_MAX_JSONL = 200 * 2**20


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_JSONL + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise UsageError(f"{path}: cannot be read ({reason})", remedy="check the path") from error
    if len(data) > _MAX_JSONL:
        raise UsageError(f"{path}: more than 200 MiB", remedy="describe fewer sources")
    return data


def _json_lines(data: bytes, name: str) -> Iterable[Node]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield Node.model_validate(json.loads(line, object_pairs_hook=_once))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            named = first["type"] in ("extra_forbidden", "missing") or not first["loc"]
            key = "" if named else f"{first['loc'][0]}: "
            raise UsageError(f"{name}:{number}: {key}{misfit_words(first, Node)}") from error
        except (ValueError, RecursionError) as error:
            raise UsageError(
                f"{name}:{number}: not a JSON object", remedy="write one source a line"
            ) from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found
