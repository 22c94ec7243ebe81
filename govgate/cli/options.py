"""Options that several commands share, declared once."""

import os
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


def trust_option(function: F) -> F:
    """`--trust FILE`: whose signatures count, if not by the home's own file."""
    return click.option(
        "--trust",
        type=click.Path(path_type=Path),
        help="Trust file to believe. [default: the one of --home]",
    )(function)


def quorum_option(function: F) -> F:
    """`--quorum FILE`: who must have cosigned the log, if not by the home's own file."""
    return click.option(
        "--quorum",
        type=click.Path(path_type=Path),
        help="Witnesses that must have cosigned the log. "
        "[default: the file in --home, if it is there]",
    )(function)


def json_option(function: F) -> F:
    """`--json`: the answer as one JSON object on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")(function)


def quiet_option(function: F) -> F:
    """`--quiet`: no progress on standard error."""
    return click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")(
        function
    )


def policy_option(function: F) -> F:
    """`--policy P`: a file, a folder that holds one, or the name of a shipped pack."""
    return click.option(
        "--policy", help="Policy file, or the name of a shipped pack.", default="default"
    )(function)


def config_option(function: F) -> F:
    """`--config FILE`: the project's configuration."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        help="Sources, consent, models. [default: govgate.yaml beside the data, or here]",
    )(function)


def format_option(function: F) -> F:
    """`--format NAME`: how to read the files, passed as ``format_``."""
    return click.option("--format", "format_", help="Read every named file as this format.")(
        function
    )


def workers_option(function: F) -> F:
    """`--workers N`: scanning processes; None for as many as there are cores."""
    return click.option(
        "--workers", type=click.IntRange(1, 256), help="Scanning processes. [default: all cores]"
    )(function)


def no_cache_option(function: F) -> F:
    """`--no-cache`: the content cache is neither read nor filled."""
    return click.option(
        "--no-cache", is_flag=True, help="Scan every string anew; remember nothing."
    )(function)


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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


def day_option(name: str, variable: str, help_text: str) -> Callable[[F], F]:
    """A day option without a default, as ``variable``; passed as a `date`, or None."""
    return click.option(
        name,
        variable,
        metavar="DAY",
        callback=lambda _ctx, _param, text: None if text is None else day(text),
        help=help_text,
    )


def token_option(name: str, help_text: str) -> Callable[[F], F]:
    """A token, or a key in it, by its URI; passed as a `TokenUri`, or None."""

    def parsed(_ctx: click.Context, _param: click.Parameter, text: str | None) -> Any:
        from govgate.attest.tokenuri import parse_token_uri

        return None if text is None else parse_token_uri(text, name)

    return click.option(name, metavar="URI", callback=parsed, help=help_text)


def today_option(name: str, help_text: str) -> Callable[[F], F]:
    """A day option with today (UTC) as its default; passed as a `date`."""
    return click.option(
        name, metavar="DAY", callback=lambda _ctx, _param, text: day(text), help=help_text
    )
