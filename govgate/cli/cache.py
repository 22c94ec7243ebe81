"""`govgate cache`: look at what is remembered of earlier scans, and forget it."""

from typing import TYPE_CHECKING, Any

import click

from govgate.cli.lines import many
from govgate.cli.options import home_option, json_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.scan.cache import CacheInfo

EPILOG = """\b
Examples:
  govgate cache info
  govgate cache info --json
  govgate cache clear
"""


@click.group("cache", epilog=EPILOG, short_help="Look at the cache of earlier scans, or clear it.")
def command() -> None:
    """Look at what is remembered of earlier scans, and forget it.

    The cache spares strings that were scanned before from being scanned again. It holds findings,
    never text, and what a detector makes of the patterns that it looks for; no outcome depends
    on it.
    """


@command.command("info", epilog=EPILOG)
@home_option
@json_option
def info(home: Home, as_json: bool) -> None:
    """Say how much is remembered, for how many scanner configurations, and its last use."""
    from govgate.scan.cache import info as look

    found = look(home.cache)
    if as_json:
        _echo_json(_as_data(home, found))
    elif found is None:
        click.echo(f"{home.cache}: no cache here; the next scan makes one")
    elif not found.readable:
        click.echo(f"{home.cache}: {found.bytes:,} bytes that cannot be read as a cache")
        click.echo("next: govgate cache clear")
    else:
        _show(home, found)


@command.command("clear", epilog=EPILOG)
@home_option
@json_option
def clear(home: Home, as_json: bool) -> None:
    """Remove the cache's files. The next scan takes as long as the first."""
    from govgate.scan.cache import clear as remove

    removed = remove(home.cache)
    if as_json:
        _echo_json({"removed": _as_data(home, removed)})
    elif removed is None:
        click.echo(f"{home.cache}: no cache here; nothing to remove")
    else:
        click.echo(
            f"{home.cache}: removed {many(removed.entries, 'string')}, {removed.bytes:,} bytes"
        )


def _show(home: Home, found: "CacheInfo") -> None:
    click.echo(str(home.cache))
    click.echo(f"  entries    {many(found.entries, 'string')} scanned before")
    click.echo(f"  size       {found.bytes:,} bytes")
    if found.newest is None:
        return
    click.echo(f"  last used  {found.newest}")
    click.echo(f"  scanners   {many(len(found.scanners), 'configuration')}")
    for one in found.scanners:
        click.echo(f"             {one.scanner[:16]}  {one.entries:,}  last used {one.used}")


def _as_data(home: Home, found: "CacheInfo | None") -> dict[str, Any]:
    """All that the text says, as JSON values; ``exists`` is false where there is no cache."""
    answer: dict[str, Any] = {"cache": str(home.cache), "exists": found is not None}
    if found is None:
        return answer
    return {
        **answer,
        "readable": found.readable,
        "entries": found.entries,
        "bytes": found.bytes,
        "oldestUse": found.oldest.isoformat() if found.oldest else None,
        "newestUse": found.newest.isoformat() if found.newest else None,
        "scanners": [
            {"scanner": one.scanner, "entries": one.entries, "lastUse": one.used.isoformat()}
            for one in found.scanners
        ],
    }


def _echo_json(answer: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(answer, indent=2))
