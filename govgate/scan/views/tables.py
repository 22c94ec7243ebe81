"""Tables inside a text, in Markdown, CSV or TSV: the header of a column is context for its cells.

One reading for each column whose header has a word that some recognizer goes by, so that the
time stays linear in the text.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from govgate.scan.detector import Span
from govgate.scan.views import signs
from govgate.scan.views.offsets import Edit, rewritten
from govgate.scan.views.view import NAMES, TABLE, View

_TELLING = (
    "ssn ssns ssid social security phone telephone tel cell cellphone mobile call fax number card "
    "credit debit visa mastercard amex discover diners maestro cc iban bank account acct check "
    "passport travel license licence driver driving permit dl id itin tax individual nhs medical "
    "health dea ip ipv4 ipv6 mac email mail wallet btc bitcoin crypto transaction routing debit "
    "save birth birthdate dob date born"
)
_WORDS: Final = frozenset(_TELLING.split())
_SIGN: Final = signs.sign(rf"(?i)(?:{'|'.join(sorted(_WORDS))})")
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[a-z]*\d+")
_LONGEST_HEADER: Final = 60
_TITLE: Final = re.compile(r"""\s*"?[^\W\d][\w .#()/-]*"?\s*""")
"""What a column of CSV is headed by: words. Code has other signs, and ends lines in commas."""
_LONGEST_LINE: Final = 2000
_LONGEST_QUOTED: Final = 500
_MOST_COLUMNS: Final = 200
_MOST_WORDS: Final = 4
_PIPE_CELL: Final = re.compile(r"(?:[^|\\\n]|\\.)*")
_EDGE = " \t"


class Cell(NamedTuple):
    """Where a cell's text is. ``quoted``: two quotes in it stand for one (RFC 4180)."""

    start: int
    end: int
    quoted: bool = False


class _Row(NamedTuple):
    cells: list[Cell]
    end: int


@dataclass(frozen=True, slots=True)
class _Column(View):
    """A column as a view: a finding counts if it lies in one cell and goes by a pattern."""

    gaps: "tuple[int, ...]" = field(default=(), repr=False)

    def keeps(self, span: Span) -> bool:
        crossing = bisect_left(self.gaps, span.start)
        inside = crossing == len(self.gaps) or self.gaps[crossing] >= span.end
        return span.recognizer != NAMES and inside


def columns(text: str, found: bytes) -> Iterator[View]:
    """The columns of the tables in ``text`` that have telling headers, cells joined by newlines.
    ``found``: it for the sign."""
    if not _SIGN.search(found):
        return
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        if end < 0:
            return
        header = _header(text, at, end)
        rows: list[_Row] = []
        if header is not None:
            cells, mark, body = header
            rows = _rows(text, body, mark, len(cells))
            if len(rows) >= (1 if mark == "|" or len(cells) > 2 else 2):
                yield from _views(text, cells, rows)
            else:
                rows = []
        at = rows[-1].end if rows else end + 1


def _header(text: str, at: int, end: int) -> tuple[list[Cell], str, int] | None:
    """The cells of the line if it is a table's header, what parts them, and where rows begin."""
    line = text[at : min(end, at + _LONGEST_LINE)]
    mark = next((m for m in "|\t,;" if m in line), None)
    if mark is None or max(map(len, line.split(mark))) > _LONGEST_HEADER:
        return None
    if mark != "|" and not all(map(_TITLE.fullmatch, line.split(mark))):
        return None
    row = _row(text, at, mark)
    if mark != "|" and any(len(text[c.start : c.end].split()) > _MOST_WORDS for c in row.cells):
        return None
    if not 2 <= len(row.cells) <= _MOST_COLUMNS:
        return None
    if not any(_words(text, cell) for cell in row.cells):
        return None
    if mark != "|":
        return row.cells, mark, row.end
    rule_end = text.find("\n", row.end)
    rule = text[row.end : len(text) if rule_end < 0 else rule_end]
    if len(rule) > _LONGEST_LINE or set(rule) - set("|-: \t\r") or "-" not in rule:
        return None
    return row.cells, mark, row.end + len(rule) + 1


def _words(text: str, cell: Cell) -> tuple[str, ...]:
    """The words of a header; none if no recognizer goes by any of them."""
    words = tuple(word.lower() for word in _WORD.findall(text[cell.start : cell.end]))
    return () if _WORDS.isdisjoint(words) else words


def _rows(text: str, at: int, mark: str, count: int) -> list[_Row]:
    rows: list[_Row] = []
    while at < len(text):
        row = _row(text, at, mark)
        if len(row.cells) != count:
            break
        rows.append(row)
        at = row.end
    return rows


def _row(text: str, at: int, mark: str) -> _Row:
    """One line's cells, with the blanks at their edges left out; ``end`` is behind the line."""
    cells: list[Cell] = []
    while True:
        cell, at = _cell(text, at, mark)
        cells.append(cell)
        if len(cells) > _MOST_COLUMNS or text[at : at + 1] != mark:
            break
        at += 1
    newline = text.find("\n", at)
    if mark == "|":
        cells = _without_edges(cells)
    return _Row(cells, len(text) if newline < 0 else newline + 1)


def _without_edges(cells: list[Cell]) -> list[Cell]:
    """Without the empty cells that leading and trailing pipes make."""
    low = 1 if cells and cells[0].start == cells[0].end else 0
    high = len(cells) - (1 if len(cells) > low and cells[-1].start == cells[-1].end else 0)
    return cells[low:high]


def _cell(text: str, at: int, mark: str) -> tuple[Cell, int]:
    """The cell that begins at ``at``, and where it ends with its quotes and blanks."""
    if mark != "|" and text[at : at + 1] == '"':
        close = _closing(text, at + 1)
        if close >= 0 and text[close + 1 : close + 2] in ("", mark, "\n", "\r"):
            return Cell(at + 1, close, True), close + 1
    if mark == "|":
        match = _PIPE_CELL.match(text, at)
        end = match.end() if match else at
    else:
        ends = [e for m in (mark, "\n") if (e := text.find(m, at, at + _LONGEST_QUOTED)) >= 0]
        end = min(ends, default=min(len(text), at + _LONGEST_QUOTED))
    inner = text[at:end]
    start = at + len(inner) - len(inner.lstrip())
    return Cell(start, max(start, at + len(inner.rstrip()))), end


def _closing(text: str, at: int) -> int:
    """The quote that closes the cell whose text begins at ``at``, -1 if there is none near."""
    high = at + _LONGEST_QUOTED
    while (quote := text.find('"', at, high)) >= 0 and text[quote + 1 : quote + 2] == '"':
        at = quote + 2
    return quote


def _views(text: str, header: list[Cell], rows: list[_Row]) -> Iterator[View]:
    for position, cell in enumerate(header):
        if not (words := _words(text, cell)):
            continue
        cells = [row.cells[position] for row in rows]
        cells = [cell for cell in cells if cell.end > cell.start]
        if any(_telling(text[c.start : c.end]) for c in cells):
            yield _column(text, cells, words)


def _telling(cell: str) -> bool:
    return "@" in cell or sum(map(str.isdigit, cell)) >= 5


def _column(text: str, cells: list[Cell], words: tuple[str, ...]) -> View:
    changes: list[Edit] = []
    for position, cell in enumerate(cells):
        if position:
            changes.append(Edit(cells[position - 1].end, cell.start, "\n"))
        if cell.quoted:
            changes += _single_quotes(text, cell)
    made = rewritten(text, cells[0].start, cells[-1].end, changes)
    gaps = tuple(made.inner(cell.end) for cell in cells[:-1])
    return _Column(TABLE, made.text, made.outer, (), words, gaps=gaps)


def _single_quotes(text: str, cell: Cell) -> Iterator[Edit]:
    at = cell.start
    while (quote := text.find('""', at, cell.end)) >= 0:
        yield Edit(quote, quote + 2, '"')
        at = quote + 2
