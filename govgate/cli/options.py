"""Options that several commands share, declared once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from govgate.home import DEFAULT, Home

F = TypeVar("F", bound=Callable[..., Any])


def home_option(function: F) -> F:
    """`--home DIR`: keys, trusted keys and log; passed as a `Home`."""
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="GOVGATE_HOME",
        default=DEFAULT,
        show_default=True,
        callback=lambda _ctx, _param, path: Home(path),
        help="Folder of keys, trusted keys and log (or $GOVGATE_HOME).",
    )(function)


def json_option(function: F) -> F:
    """`--json`: the answer as one JSON object on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")(function)


def quiet_option(function: F) -> F:
    """`--quiet`: no progress on standard error."""
    return click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")(
        function
    )


def run_argument(function: F) -> F:
    """RUN: a run directory that `govgate gate` left."""
    return click.argument("run", type=click.Path(path_type=Path), metavar="RUN")(function)


def day(text: str | None) -> Any:
    """An ISO date as typed, or today (UTC) for None."""
    from datetime import UTC, date, datetime

    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"'{text}' is not a day like 2026-11-23") from error


def today_option(name: str, help_text: str) -> Callable[[F], F]:
    """A day option with today (UTC) as its default; passed as a `date`."""
    return click.option(
        name, metavar="DAY", callback=lambda _ctx, _param, text: day(text), help=help_text
    )
