"""`govgate policy new`: a policy to begin with, its cases, and the schemas that complete both."""

from datetime import date
from pathlib import Path

import click

from govgate.cli.options import today_option

EPILOG = """\b
Examples:
  govgate policy new policies/acme
  govgate policy new policies/acme --copy --pack default
"""


@click.command("new", epilog=EPILOG)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--pack", default="default", show_default=True, help="The shipped pack to start from."
)
@click.option("--name", help="The policy's name. [default: the folder's]")
@click.option("--copy", is_flag=True, help="Copy the pack's rules instead of extending it.")
@today_option("--as-of", "Let it expire a year after this day. [default: today, UTC]")
def command(folder: Path, pack: str, name: str | None, copy: bool, as_of: date) -> None:
    """Make FOLDER with policy.yaml, cases.yaml, and a JSON Schema for each that editors complete
    from.

    The policy extends a shipped pack, with one rule of its own to show how; --copy copies the pack.
    Nothing that exists is overwritten.
    """
    from govgate.policy.start import new_policy

    made = new_policy(
        folder, pack=pack, name=name or folder.absolute().name, copy=copy, today=as_of
    )
    for path in made:
        click.echo(f"made  {path}")
    click.echo(f"next  govgate policy show {folder}")
    click.echo(f"      govgate policy test {folder}")
