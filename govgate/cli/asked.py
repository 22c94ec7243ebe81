"""Whom a question is about: `--row ID` or `--subject S`, and never both."""

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from govgate.prove import Id

MAX_LINE = 1_000_000

F = TypeVar("F", bound=Callable[..., Any])


def asked_options(function: F) -> F:
    """`--row ID` and `--subject S`, passed as ``row`` and ``subject``."""
    for option in (
        click.option(
            "--subject",
            metavar="S",
            help="A data subject, as subject_field has it; - reads the one line of input.",
        ),
        click.option("--row", metavar="ID", help="A row: its id, or FILE:LINE."),
    ):
        function = option(function)
    return function


def asked(row: str | None, subject: str | None) -> "Id":
    """The one that was given; a data subject without the whitespace around it."""
    from govgate.attest.membership import Tree
    from govgate.prove import Id
    from govgate.rights.subjects import subject_text

    if (row is None) == (subject is None):
        raise click.UsageError("give --row or --subject")
    if row is not None:
        return Id(Tree.ROWS, _text(row, "the row's id"))
    text = subject_text(_line_of_input() if subject == "-" else _text(subject, "the data subject"))
    if text is None:
        raise click.UsageError("the data subject is empty")
    return Id(Tree.SUBJECTS, text)


def _line_of_input() -> str:
    """The one line of input that is not blank, without a byte order mark."""
    data = sys.stdin.buffer.read(MAX_LINE + 1)
    if len(data) > MAX_LINE:
        raise click.UsageError(f"the input is longer than {MAX_LINE} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError("the input is not UTF-8") from error
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip()]
    if len(lines) > 1:
        raise click.UsageError("the input has several lines: name one person at a time")
    return lines[0] if lines else ""


def _text(given: str | None, what: str) -> str:
    """What was given on the command line, which need not have been text."""
    try:
        (given or "").encode()
    except UnicodeEncodeError as error:
        raise click.UsageError(f"{what} is not UTF-8") from error
    return given or ""


def called(about: "Id") -> str:
    """What an answer calls it: a row by its name, a person by no name at all."""
    from govgate.attest.membership import Tree
    from govgate.spelling import one_line

    return f"row {one_line(about.text)}" if about.tree is Tree.ROWS else "the data subject"
