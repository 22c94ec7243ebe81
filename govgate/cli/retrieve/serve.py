"""`govgate retrieve serve`: a store that programs ask, by MCP or HTTP."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.options import day, home_option, run_argument
from govgate.cli.retrieve.asking import (
    embed_option,
    embedder,
    filter_options,
    filters,
    log_option,
    store_option,
    up_to_date,
)
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.retrieve.serving.service import Service

EPILOG = """\b
Examples:
  govgate retrieve serve govgate-run --stdio
  govgate retrieve serve govgate-run --http 127.0.0.1:8123 --rate 60/min --log-queries
  govgate retrieve serve govgate-run --http 0.0.0.0:8123 --allow-remote --allow-host answers.lan
"""


@click.command("serve", epilog=EPILOG, short_help="Serve a store to programs, by MCP or HTTP.")
@run_argument
@click.option("--stdio", is_flag=True, help="MCP on standard input and output, for one client.")
@click.option(
    "--http", metavar="HOST:PORT", help="MCP at /mcp, JSON at /v1/. [default: 127.0.0.1:8123]"
)
@click.option("--allow-remote", is_flag=True, help="Let --http be another host than the loopback.")
@click.option(
    "--allow-host", "names", metavar="NAME", multiple=True, help="Serve requests to this name too."
)
@click.option("--rate", default="60/min", show_default=True, help="Requests of a token over HTTP.")
@log_option
@filter_options
@store_option
@embed_option
@home_option
def command(
    run: Path,
    stdio: bool,
    http: str | None,
    allow_remote: bool,
    names: tuple[str, ...],
    rate: str,
    log_queries: bool,
    store: Path | None,
    embed: Path | None,
    home: Home,
    **asked: Any,
) -> None:
    """Verify RUN, bring its store up to date, and answer from it until stopped.

    Over HTTP every request needs a token (`govgate retrieve token new`), whose bounds hold; the
    options narrow them further. On --stdio the options alone say what the client sees.
    """
    if stdio and (http or allow_remote or names):
        raise click.UsageError("--stdio goes with no option of --http")
    bounds = filters(asked)
    _need_libraries()
    from govgate.retrieve.querylog import QueryLog
    from govgate.retrieve.serving.service import Service

    address = None if stdio else _address(http or "127.0.0.1:8123", names, allow_remote)
    log = QueryLog.of(home) if log_queries else None
    model = embedder(embed)
    place = up_to_date(run, home, store, today=day(None), model=model)
    service = Service(run, place, home, bounds, log, model)
    if address is None:
        _serve_stdio(service)
    else:
        _serve_http(service, home, *address, names, rate)


def _need_libraries() -> None:
    from importlib.util import find_spec

    from govgate.errors import UsageError

    if find_spec("mcp") is None:
        raise UsageError("to serve needs the mcp package", remedy='pip install "govgate[serve]"')


def _address(text: str, names: tuple[str, ...], allow_remote: bool) -> tuple[str, int]:
    from govgate.cli.serving import address
    from govgate.retrieve.serving.guard import LOOPBACK

    host, port = address(text, "--http")
    if host in LOOPBACK:
        return host, port
    if not allow_remote:
        raise click.UsageError(
            f"{host or 'every address'} can be reached from elsewhere; give --allow-remote if that"
            " is meant, and have something before it that speaks TLS"
        )
    if host in ("", "0.0.0.0", "::") and not names:  # noqa: S104 - asked for by name
        raise click.UsageError("name the hosts that it is asked by with --allow-host")
    return host, port


def _serve_stdio(service: "Service") -> None:
    from govgate.retrieve.serving.server import serve_stdio
    from govgate.retrieve.tokens import Caller

    serve_stdio(service, lambda: Caller("stdio", service.bounds.scope(service.today())))


def _serve_http(
    service: "Service", home: Home, host: str, port: int, names: tuple[str, ...], rate: str
) -> None:
    from govgate.retrieve.serving.api import application
    from govgate.retrieve.serving.guard import served_names
    from govgate.retrieve.serving.rate import Rate
    from govgate.retrieve.serving.server import bound, serve_http
    from govgate.retrieve.tokens import bearer

    app = application(
        service,
        bearer=lambda secret: bearer(home, secret, today=service.today()),
        names=served_names(host, names),
        rate=Rate.parse(rate),
    )
    listening = bound(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listening.getsockname()[1]}"
    click.echo(f"serving {service.run} at {url}/v1/ and, to MCP clients, at {url}/mcp")
    sys.stdout.flush()
    serve_http(app, listening)
