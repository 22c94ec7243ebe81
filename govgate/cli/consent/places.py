"""Which registry a command means, opened; and whom it asks about."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from govgate.cli.options import config_option, home_option, json_option, quiet_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.rights.consent.places import Place
    from govgate.rights.consent.purposes import Purposes
    from govgate.rights.consent.registry import Registry

F = TypeVar("F", bound=Callable[..., Any])


def database_option(function: F) -> F:
    """`--database PLACE`: another registry than the configuration's or the home's."""
    return click.option(
        "--database",
        metavar="PLACE",
        help="SQLite file, or postgresql:// URL. [default: as govgate.yaml says, or consent.db in "
        "--home]",
    )(function)


def registry_options(function: F) -> F:
    """Which registry, and how to answer: the options that all of these commands have."""
    for option in (quiet_option, json_option, home_option, config_option, database_option):
        function = option(function)
    return function


def holder_options(function: F) -> F:
    """`--subject S` and `--source NAME`."""
    for option in (
        click.option("--source", metavar="NAME", help="A whole source, by its name."),
        click.option(
            "--subject",
            metavar="S",
            help="A person, as the data names them; - reads one line of input.",
        ),
    ):
        function = option(function)
    return function


def purpose_option(function: F) -> F:
    """`--purpose P`: of a run; None for all four."""
    from govgate.model import Purpose

    return click.option(
        "--purpose",
        type=click.Choice([one.value for one in Purpose]),
        help="What a run would be for. [default: each of the four]",
    )(function)


def registry_of(
    database: str | None, config: Path | None, home: Home, *, writing: bool
) -> "tuple[Place, Purposes]":
    """The registry that the options mean, and the configuration's hierarchy of purposes.

    UsageError where it is a file of events and must be written.
    """
    from govgate.config import find_config, load_config
    from govgate.errors import UsageError
    from govgate.rights.consent.places import database_place

    settings = load_config(config or find_config([]))
    place = settings.registry
    if database is not None:
        place = database_place(database, Path())
    elif place is None:
        place = database_place(home.consent.name, home.path)
    if writing and not place.is_database:
        raise UsageError(
            f"{settings.path} names {place.name}, a file of events, which is not added to",
            remedy="add to that file, or name a database with --database",
        )
    return place, settings.purposes


def opened(database: str | None, config: Path | None, home: Home) -> "tuple[Registry, bytes]":
    """The registry that the options mean, read, and the key that its subjects are hashed with."""
    from govgate.home import fingerprint_key
    from govgate.rights.consent.registry import load_registry

    place, purposes = registry_of(database, config, home, writing=False)
    key = fingerprint_key(home)
    return load_registry(place, key, purposes), key


def holder(subject: str | None, source: str | None) -> "tuple[str, str]":
    """``subject`` or ``source``, and the text that was given for it (for -, a line of input)."""
    from govgate.cli.asked import asked

    if (subject is None) == (source is None):
        raise click.UsageError("give --subject or --source")
    if subject is not None:
        return "subject", asked(None, subject).text
    return "source", (source or "").strip()
