"""The command group: each command lives in the module of its name, imported when asked for."""

import click

from govgate import __version__
from govgate.cli.lazy import LazyGroup

COMMANDS = (
    "gate",
    "scan",
    "explain",
    "verify",
    "countersign",
    "stamp",
    "prove",
    "verify-proof",
    "export",
    "run",
    "trace",
    "retrieve",
    "erase",
    "policy",
    "waiver",
    "rights",
    "consent",
    "key",
    "log",
    "cache",
)

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


@click.group(
    cls=LazyGroup,
    package="govgate.cli",
    names=COMMANDS,
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
