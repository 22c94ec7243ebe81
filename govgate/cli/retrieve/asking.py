"""What the commands share that ask a store: which store, and which of its rows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from govgate.cli.options import day_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.retrieve.change import Embedder
    from govgate.retrieve.filters import Filters
    from govgate.retrieve.search import Hit

F = TypeVar("F", bound=Callable[..., Any])

# The option, the field of `Filters`, and what the option is for.
_WORDS = (
    ("--source", "sources", "Only rows of this source."),
    ("--license", "licenses", "Only rows under this licence, or of this class (permissive)."),
    (
        "--term",
        "terms",
        "A licence term that can be honoured (attribution…); rows that ask for more are left out.",
    ),
    ("--consent", "consent", "Only rows of this consent status."),
    ("--jurisdiction", "jurisdictions", "Only rows that concern these countries alone."),
    ("--language", "languages", "Only rows in this language."),
    ("--audience", "audience", "Whom the rows are for; without it, only rows that are for all."),
)


def _named() -> list[tuple[str, str]]:
    """Each option and the field of `Filters` that it fills."""
    return [*((n, f) for n, f, _ in _WORDS), ("--from", "collected_from"), ("--to", "collected_to")]


def filter_options(function: F) -> F:
    """`--source`, `--language`…, each as often as need be, and `--from`, `--to`: passed by the
    names of the fields of `Filters`, for :func:`filters`."""
    function = day_option("--to", "collected_to", "Only rows collected by this day.")(function)
    function = day_option("--from", "collected_from", "Only rows collected since this day.")(
        function
    )
    for name, field, help_text in reversed(_WORDS):
        function = click.option(name, field, metavar="WORD", multiple=True, help=help_text)(
            function
        )
    return function


def filters(asked: Mapping[str, Any]) -> "Filters":
    """What :func:`filter_options` passed on; an option that was not given narrows nothing."""
    from pydantic import ValidationError

    from govgate.retrieve.filters import Filters

    given = {
        field: list(value) if isinstance(value, tuple) else value
        for field, value in asked.items()
        if value not in ((), None)
    }
    try:
        return Filters.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = next((name for name, field in _named() if field == first["loc"][0]), "the days")
        message = str(first["msg"]).removeprefix("Value error, ")
        raise click.BadParameter(message, param_hint=option) from error


def store_option(function: F) -> F:
    """`--store FILE`: where the store is, if not in the home."""
    return click.option(
        "--store",
        type=click.Path(path_type=Path),
        help="Where the store is; NAME.lance is one of LanceDB. [default: in --home]",
    )(function)


def limit_option(default: int) -> Callable[[F], F]:
    """`--limit N`: the most hits."""
    return click.option(
        "--limit", type=click.IntRange(1, 1000), default=default, show_default=True,
        help="Most rows to take.",
    )  # fmt: skip


def log_option(function: F) -> F:
    """`--log-queries`: note who was given what, never the question; for :func:`noted`."""
    return click.option(
        "--log-queries", is_flag=True, help="Log who asked, not what (retrieve/queries.jsonl)."
    )(function)


def noted(
    tool: str,
    home: Home,
    question: str,
    limit: int,
    asked: "Filters",
    hits: "Sequence[Hit]",
    record: str,
) -> None:
    """Log a question that the command line asked; raises where that cannot be written."""
    from datetime import UTC, datetime

    from govgate.retrieve.querylog import QueryLog

    QueryLog.of(home).append(
        at=datetime.now(UTC),
        token="command line",  # noqa: S106 - who asks, not a secret
        tool=tool,
        question=question,
        limit=limit,
        filters=asked.model_dump(mode="json", exclude_none=True),
        rows=[hit.row for hit in hits],
        record=record,
    )


def embed_option(function: F) -> F:
    """`--embed FOLDER`: the model of vectors, passed as ``embed``, for :func:`embedder`."""
    return click.option(
        "--embed",
        envvar="GOVGATE_EMBED",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Rank by vectors of the model in this folder, too. [env: GOVGATE_EMBED]",
    )(function)


def embedder(folder: Path | None) -> "Embedder | None":
    """The model in ``folder``, loaded; None for None."""
    if folder is None:
        return None
    from govgate.retrieve.embed import load_embedder

    return load_embedder(folder)


def up_to_date(
    run: Path,
    home: Home,
    store: Path | None,
    *,
    today: date,
    model: "Embedder | None" = None,
    take_over: bool = False,
) -> Path:
    """The store of ``run``, which is verified; brought up to date where it is of another record.
    ``take_over``: also where it is another run's."""
    from govgate.attest.trustfile import load_trust
    from govgate.retrieve.update import ensure

    return ensure(
        run,
        home,
        load_trust(home.trust),
        today=today,
        store=store,
        embedder=model,
        take_over=take_over,
    )
