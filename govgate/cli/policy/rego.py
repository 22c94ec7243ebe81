"""`govgate policy rego`: a policy for those who decide in Rego."""

from pathlib import Path

import click

EPILOG = """\b
Examples:
  govgate policy rego default > default.rego
  govgate policy rego acme.yaml --out acme.rego --package acme.training
  opa eval -d acme.rego -i facts.json data.acme.training.verdict
"""


@click.command("rego", epilog=EPILOG)
@click.argument("policy")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--package", help="The Rego package. [default: govgate_ and the policy's name]")
def command(policy: str, out: Path | None, package: str | None) -> None:
    """Export POLICY (a file, a folder or a shipped name) to Rego, in the syntax of OPA 1.

    The module decides one row: its facts are the input, `verdict` is what govgate decides of them,
    `allow_train` and `allow_retrieve` are yes or no. Its first lines say what it leaves out.
    """
    from govgate.policy.rego.export import package_of, to_rego
    from govgate.steps.open import named_policy

    loaded = named_policy(policy)
    module = to_rego(loaded, package)
    if out is None:
        click.echo(module, nl=False)
        return
    _write(out, module)
    click.echo(
        f"{out}: {len(loaded.rules)} rules; query data.{package or package_of(loaded)}.verdict"
    )


def _write(out: Path, module: str) -> None:
    """Put ``module`` at ``out``, where nothing but an earlier export is replaced."""
    from govgate.durable import translated, write_durably
    from govgate.errors import UsageError
    from govgate.policy.rego.export import GENERATED

    if out.exists():
        with translated(out, "read"), out.open("rb") as file:
            first = file.read(len(GENERATED))
        if first != GENERATED.encode():
            raise UsageError(
                f"{out} is there already and is no export of this command",
                remedy="name another file, or remove that one",
            )
    write_durably(out, module.encode())
