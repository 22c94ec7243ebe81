"""`govgate scan`: what is in the data, without a decision."""

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
    workers_option,
)
from govgate.errors import ExitCode
from govgate.home import Home

EPILOG = """\b
Examples:
  govgate scan data/ --out scans/today
  govgate scan "data/*.jsonl" --out scans/today --policy policy.yaml --replace
  govgate scan train.jsonl --out scans/one --json

\b
Exit codes: 0 all was scanned, 2 usage, 4 incomplete.
"""


@click.command("scan", epilog=EPILOG, short_help="Scan data for personal data; decide nothing.")
@click.argument("data", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to make.")
@click.option("--replace", is_flag=True, help="Replace the scan that --out names.")
@policy_option
@config_option
@format_option
@workers_option
@no_cache_option
@home_option
@json_option
@quiet_option
def command(
    data: tuple[str, ...],
    out: Path,
    replace: bool,
    policy: str,
    config: Path | None,
    format_: str | None,
    workers: int | None,
    no_cache: bool,
    home: Home,
    as_json: bool,
    quiet: bool,
) -> int:
    """Scan DATA: files, folders or quoted globs of JSONL, JSON, CSV, TSV, Parquet, Arrow or text,
    each plain, gzip or zstd.

    Leaves a folder with findings.parquet (no matched text), coverage.json and detector.json. The
    policy says what is looked for and which scores count; nothing is decided, signed or logged.
    """
    from govgate.steps.open import open_inputs

    inputs = open_inputs(data, policy=policy, config=config, format=format_, home=home)

    from govgate.cli.progress import reporting
    from govgate.cli.seen import as_data, show_found, show_notes, show_read
    from govgate.gate import scan_alone

    with reporting(inputs.scan_bytes, quiet=quiet) as progress:
        seen = scan_alone(
            inputs,
            out,
            progress,
            workers=workers or cores(),
            cached=not no_cache,
            replace=replace,
            today=day(None),
        )
    complete = bool(seen.coverage["complete"])
    code = ExitCode.TRAIN if complete else ExitCode.INCOMPLETE
    if as_json:
        import json

        told = {"complete": complete, "exitCode": int(code), "out": str(out), **as_data(seen)}
        click.echo(json.dumps(told, indent=2))
    else:
        click.echo("SCANNED" if complete else "INCOMPLETE: not everything could be scanned")
        click.echo()
        show_read(seen, out)
        show_notes(seen)
        show_found(seen)
    return code
