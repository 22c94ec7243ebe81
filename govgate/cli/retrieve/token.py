"""`govgate retrieve token`: who may ask a server, and what they may see."""

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.options import day, day_option, home_option, json_option
from govgate.cli.retrieve.asking import filter_options, filters
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.retrieve.tokens import Token

EPILOG = """\b
Examples:
  govgate retrieve token new --name shop-bot --audience staff --expires 2027-06-30
  govgate retrieve token list
  govgate retrieve token revoke --name shop-bot
"""
_NAME = click.option("--name", required=True, help="Who bears it; letters, digits, . - and _.")


@click.group("token", epilog=EPILOG, short_help="Make, list and revoke tokens for a server.")
def command() -> None:
    """Make, list and revoke the tokens with which programs ask `govgate retrieve serve`."""


@command.command("new", epilog=EPILOG)
@_NAME
@filter_options
@day_option("--expires", "expires", "From this day it holds no more. [default: never]")
@home_option
@json_option
def new(name: str, expires: date | None, home: Home, as_json: bool, **asked: Any) -> None:
    """Make a token and print its secret, once: only a hash of it is kept.

    The options bound what its bearer sees, whatever is asked. Without --audience these are the rows
    that are for all.
    """
    from govgate.retrieve.tokens import new_token

    secret = new_token(home, name, filters(asked), today=day(None), expires=expires)
    if as_json:
        import json

        click.echo(json.dumps({"name": name, "token": secret}))
        return
    click.echo(secret)
    click.echo("This is shown once. Whoever has it may ask; revoke it if it gets lost.", err=True)


@command.command("list", epilog=EPILOG)
@home_option
@json_option
def list_(home: Home, as_json: bool) -> None:
    """List the tokens: name, state, what bounds them."""
    from govgate.retrieve.tokens import tokens

    today = day(None)
    listed = [_as_data(one, today) for one in tokens(home)]
    if as_json:
        import json

        click.echo(json.dumps({"tokens": listed}, indent=2))
        return
    for one in listed:
        until = f", until {one['expires']}" if one["expires"] else ""
        click.echo(f"{one['name']}  {one['state']}{until}; {'; '.join(_bounds(one['filters']))}")
    if not listed:
        click.echo("There are no tokens.")


@command.command("revoke", epilog=EPILOG)
@_NAME
@home_option
def revoke(name: str, home: Home) -> None:
    """Revoke a token for ever; a server that runs refuses it with the next request."""
    from govgate.retrieve.tokens import revoke_token

    new_ = revoke_token(home, name, today=day(None))
    click.echo(f"{name} is revoked" if new_ else f"{name} was revoked before")


def _as_data(one: "Token", today: date) -> dict[str, Any]:
    expired = one.expires is not None and one.expires <= today
    state = "revoked" if one.revoked_on else "expired" if expired else "holds"
    told = one.model_dump(mode="json", exclude={"sha256", "filters"})
    bounds = one.filters.model_dump(mode="json", exclude_none=True)
    return {**told, "state": state, "filters": bounds}


def _bounds(filters: dict[str, Any]) -> list[str]:
    """What a bearer sees, in words; without an audience, only what has none either."""
    bounds = [f"{field} {_words(value)}" for field, value in filters.items() if value]
    nothing = [
        f"no {field}" for field, value in filters.items() if not value and field != "audience"
    ]
    for_all = [] if filters.get("audience") else ["sees rows that are for all"]
    return [*for_all, *bounds, *nothing]


def _words(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
