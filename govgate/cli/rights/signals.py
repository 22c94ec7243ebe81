"""`govgate rights signals`: what captured signals say of one address, and why."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.lines import line
from govgate.cli.options import home_option, json_option, today_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.rights.signals.model import Signal

EPILOG = """\b
Examples:
  govgate rights signals signals.parquet --url https://example.com/articles/one.html
  govgate rights signals signals.parquet --url https://example.com/ --agent AcmeBot --json
"""
_WIDTH = 14  # of the longest kind of signal


@click.command("signals", epilog=EPILOG, short_help="What holds for an address, and why.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--url", required=True, help="The address.")
@click.option(
    "--agent",
    default="*",
    callback=lambda _ctx, _param, text: _agent(text),
    help="Product token of your crawler. [default: anybody's]",
)
@today_option("--as-of", "Judge as of this day. [default: today]")
@home_option
@json_option
def command(file: Path, url: str, agent: str, as_of: date, home: Home, as_json: bool) -> None:
    """Say what the captures in FILE come to for an address, and which signals say so.

    Of a site's tdmrep.json and a page's own statement both are shown; the page's counts.
    """
    import polars as pl

    from govgate.home import fingerprint_key
    from govgate.rights.signals.config import SignalsConfig
    from govgate.rights.signals.evaluate import load_signals
    from govgate.rights.signals.explain import signals_of

    config = SignalsConfig(files=(str(file),), agent=agent)
    signals = load_signals(config, Path(), fingerprint_key(home))
    answer = signals.for_urls(pl.Series([url]), as_of).row(0, named=True)
    found = signals_of(signals, url, as_of)
    told = {**answer, "asOf": as_of.isoformat(), "because": [_as_data(one) for one in found]}
    if as_json:
        import json

        click.echo(json.dumps(told, indent=2))
        return
    _show(told)


def _agent(text: str) -> str:
    from govgate.rights.signals.config import product_token

    try:
        return product_token(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _as_data(signal: "Signal") -> dict[str, Any]:
    return {
        "kind": signal.kind.value,
        "scope": signal.scope,
        "train": signal.train,
        "retrieve": signal.retrieve,
        "tdm": signal.tdm,
        "captured": signal.captured.isoformat() + "Z",
        "digest": signal.digest,
        "why": signal.why,
    }


def _show(told: dict[str, Any]) -> None:
    for use in ("train", "retrieve", "tdm"):
        line(use, told[f"optout.{use}"] or "unknown")
    if told["why"]:
        line("why", told["why"])
    for one in told["because"]:
        said = [
            f"{u} {one[u] or 'unknown'}"
            for u in ("train", "retrieve", "tdm")
            if one[u] != "unstated"
        ]
        why = f" ({one['why']})" if one["why"] else ""
        click.echo()
        line(one["kind"], f"{', '.join(said) or 'says nothing'}{why}", _WIDTH)
        line("", f"{one['scope']}, captured {one['captured']}, sha256 {one['digest'][:16]}", _WIDTH)
