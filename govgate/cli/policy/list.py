"""`govgate policy list`: the policies that come with govgate."""

import click

from govgate.cli.options import json_option

EPILOG = """\b
Examples:
  govgate policy list
  govgate policy list --json
"""


@click.command("list", epilog=EPILOG)
@json_option
def command(as_json: bool) -> None:
    """List the policies that come with govgate."""
    from govgate.policy.load import load_policy
    from govgate.policy.packs import pack_names, pack_path

    packs = [load_policy(pack_path(name)) for name in pack_names()]
    if as_json:
        import json

        click.echo(
            json.dumps(
                [{"name": p.name, "version": p.version, "expires": str(p.expires)} for p in packs],
                indent=2,
            )
        )
        return
    for name, policy in zip(pack_names(), packs, strict=True):
        click.echo(
            f"{name}  version {policy.version}, {len(policy.rules)} rules, expires {policy.expires}"
        )
