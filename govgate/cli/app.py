"""The command group: each command lives in the module of its name, imported when asked for."""

from importlib import import_module

import click

from govgate import __version__

COMMANDS = ("gate", "scan", "explain", "verify", "run", "retrieve", "policy", "key", "log", "cache")

EPILOG = """\b
Examples:
  govgate key new
  govgate gate data/ --policy policy.yaml --purpose fine-tuning
  govgate explain govgate-run data.jsonl:17
  govgate run govgate-run -- python train.py

\b
Exit codes:
  0 training allowed   1 retrieval only   2 usage   3 blocked   4 incomplete
  5 evidence does not verify   70 internal error   125 `run` refused
"""


class Commands(click.Group):
    """A group whose commands are the modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"govgate.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx) from error


@click.command(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", message="govgate %(version)s")
def app() -> None:
    """Decide whether training data may be used to train a model, and make the decision stick.

    govgate scans candidate training data for personal data, checks licence and consent, decides
    row by row under a policy, signs a record, and lets a training job have exactly the rows that
    passed. Rows that may only be looked up answer questions instead.
    """
