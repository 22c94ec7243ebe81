"""What a report says, before it has a look: sections of blocks, and tables that every number is in.

The renderers (`html.py`, `typst.py`, `markdown.py`, `data.py`) walk these values and add nothing.
A number in a sentence is a :class:`Figure`, which names the cell of the table that holds it, so a
reader can follow it there, and a test can hold the two equal. All text is plain: a renderer escapes
it for where it goes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = int | float | str | None
"""A cell. None is shown as a dash: there is none, or nobody knows; the table's note says which."""


class Kind(StrEnum):
    """How the cells of a column are shown."""

    TEXT = "text"
    COUNT = "count"  # a whole number
    SHARE = "share"  # a part of one, shown in per cent
    CODE = "code"  # an id, a name of a file, a digest


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its heading."""

    name: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a sentence: the one in ``table`` at ``row`` and ``column``, from 0."""

    table: str
    row: int
    column: int
    value: int


@dataclass(frozen=True, slots=True)
class Code:
    """A word of the machine's within a sentence: an id, a name, a command."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to a section or table of the report (``#id``), or a web address."""

    text: str
    target: str


Inline: TypeAlias = "str | Figure | Code | Link"
Text: TypeAlias = "tuple[Inline, ...]"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. ``id`` is unique in a report; the first column tells the rows apart.

    ``source``: which file answers it, and how it was counted. ``left_out``: rows that are not
    shown, because the table would be too long; ``note``: what a reader must know to read it.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    source: str
    note: str = ""
    left_out: int = 0

    def figure(self, key: str, column: str) -> Figure:
        """The number in the row whose first cell is ``key``; KeyError where there is none."""
        at = [one.name for one in self.columns].index(column)
        for number, row in enumerate(self.rows):
            if row[0] == key:
                value = row[at]
                if not isinstance(value, int):
                    raise KeyError(f"{self.id}: {key}, {column} is no whole number")
                return Figure(self.id, number, at, value)
        raise KeyError(f"{self.id} has no row {key}")

    @property
    def keys(self) -> tuple[str, ...]:
        """The first cell of every row."""
        return tuple(str(row[0]) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences. ``lead``: the one that a reader in a hurry should see."""

    text: Text
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; ``numbered`` where the order counts."""

    items: tuple[Text, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are: a short list of two columns."""

    pairs: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What must not be overlooked; ``bad`` where it stands against the data or the record."""

    text: Text
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Commands or bytes as they are to be typed; lines are kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A table in its place."""

    table: Table


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each row of ``table`` (labels from its first column), stacked by ``columns``."""

    table: Table
    columns: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A line for each of ``columns`` over the rows of ``table``, which are in order of time."""

    table: Table
    columns: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Node:
    """A box of a picture; ``below``: a second line in small."""

    id: str
    label: str
    below: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and arrows from left to right: an edge leads from what something was made of to it."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


Block: TypeAlias = "Paragraph | Bullets | Facts | Notice | Listing | Shown | Bars | Lines | Graph"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it. ``id`` is unique in a report, as those of tables are."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    parts: "tuple[Section, ...]" = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. ``summary`` comes first and fits a screen; ``annexes`` come last.

    ``about``: what it is made from, for `report.json`: plain JSON values.
    """

    title: str
    summary: Section
    sections: tuple[Section, ...]
    annexes: tuple[Section, ...] = ()
    about: Mapping[str, object] = field(default_factory=dict)

    @property
    def all_sections(self) -> tuple[Section, ...]:
        """Every section of the first level, in order."""
        return (self.summary, *self.sections, *self.annexes)

    @property
    def tables(self) -> dict[str, Table]:
        """Every table that is shown, by id, in order."""
        return {t.id: t for section in self.all_sections for t in tables_of(section)}


def tables_of(section: Section) -> Iterator[Table]:
    """The tables that a section and its parts show."""
    yield from (block.table for block in section.blocks if isinstance(block, Shown))
    for part in section.parts:
        yield from tables_of(part)


def figures_of(section: Section) -> Iterator[Figure]:
    """Every number in the sentences of a section and its parts."""
    for block in section.blocks:
        for text in _texts(block):
            yield from (one for one in text if isinstance(one, Figure))
    for part in section.parts:
        yield from figures_of(part)


def _texts(block: Block) -> Iterator[Text]:
    match block:
        case Paragraph(text) | Notice(text):
            yield text
        case Bullets(items):
            yield from items
        case Facts(pairs):
            yield from (text for _, text in pairs)
        case _:
            return
