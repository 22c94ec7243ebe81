"""`govgate gate`: the whole line, and its answer."""

from datetime import date
from pathlib import Path

import click

from govgate.cli.options import (
    config_option,
    cores,
    day,
    format_option,
    home_option,
    json_option,
    no_cache_option,
    policy_option,
    quiet_option,
    today_option,
    workers_option,
)
from govgate.home import Home
from govgate.model import Purpose

EPILOG = """\b
Examples:
  govgate gate data/
  govgate gate train.jsonl more/*.parquet --policy policy.yaml --purpose instruction-tuning
  govgate gate data/ --out runs/nightly --replace --json > answer.json

\b
Exit codes: 0 training allowed, 1 retrieval only, 2 usage, 3 blocked, 4 incomplete.
"""


@click.command("gate", epilog=EPILOG, short_help="Scan data, decide every row, sign the decision.")
@click.argument("data", nargs=-1, required=True)
@policy_option
@click.option(
    "--purpose",
    type=click.Choice([p.value for p in Purpose]),
    default=Purpose.FINE_TUNING.value,
    show_default=True,
    help="What the training is for.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("govgate-run"),
    show_default=True,
    help="The run directory to make.",
)
@click.option("--replace", is_flag=True, help="Replace the run directory that --out names.")
@config_option
@format_option
@workers_option
@no_cache_option
@click.option(
    "--waivers",
    type=click.Path(path_type=Path),
    help="File or folder of waivers. [default: waivers/ beside the policy; of a pack, in --home]",
)
@click.option(
    "--summary",
    type=click.Choice(["svr", "vsa"]),
    default="svr",
    show_default=True,
    help="Form of the small statement of allowed uses: in-toto SVR, or SLSA VSA.",
)
@today_option("--as-of", "Judge consent as of this day. [default: today, UTC]")
@click.option("--soft-fail", is_flag=True, help="Exit 0 on 1 and 3; the record stays as it is.")
@home_option
@json_option
@quiet_option
def command(
    data: tuple[str, ...],
    policy: str,
    purpose: str,
    out: Path,
    replace: bool,
    config: Path | None,
    format_: str | None,
    workers: int | None,
    no_cache: bool,
    waivers: Path | None,
    summary: str,
    as_of: date,
    soft_fail: bool,
    home: Home,
    as_json: bool,
    quiet: bool,
) -> int:
    """Gate DATA: files, folders or quoted globs of JSONL, JSON, CSV, TSV, Parquet, Arrow or text,
    each plain, gzip or zstd.

    Leaves a run directory with findings, verdicts, the train and retrieve partitions and the
    signed record, and answers with the outcome and what to do next.
    """
    from govgate.attest.statement import Summary
    from govgate.steps.request import Request, open_request

    request = Request(
        data=data,
        policy=policy,
        purpose=Purpose(purpose),
        out=out,
        replace=replace,
        config=config,
        format=format_,
        workers=workers or cores(),
        cached=not no_cache,
        as_of=as_of,
        today=day(None),
        home=home,
        waivers=waivers,
        summary=Summary(summary),
    )
    opened = open_request(request)

    from govgate.cli.answer import as_data, exit_code, show
    from govgate.cli.progress import reporting
    from govgate.gate import gate

    with reporting(opened.scan_bytes, quiet=quiet) as progress:
        answer = gate(request, opened, progress)
    if as_json:
        import json

        click.echo(json.dumps(as_data(answer), indent=2))
    else:
        show(answer)
    return exit_code(answer, soft_fail=soft_fail)
