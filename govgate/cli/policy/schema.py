"""`govgate policy schema`: what editors complete a policy from."""

import click

EPILOG = """\b
Examples:
  govgate policy schema > policy.schema.json
  govgate policy schema --cases > cases.schema.json
"""


@click.command("schema", epilog=EPILOG)
@click.option("--cases", is_flag=True, help="The schema of a cases file instead.")
def command(cases: bool) -> None:
    """Print the JSON Schema (2020-12) that editors complete a policy from.

    In VS Code, put this line first in a policy:
    # yaml-language-server: $schema=policy.schema.json
    """
    import json

    from govgate.policy.schema import cases_schema
    from govgate.policy.schema import schema as policy_schema

    click.echo(json.dumps(cases_schema() if cases else policy_schema(), indent=2))
