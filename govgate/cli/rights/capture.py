"""`govgate rights capture`: opt-outs from WARC files, folders of saved responses, and lists."""

import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.lines import line, many
from govgate.cli.options import day_option, home_option, json_option, quiet_option
from govgate.cli.progress import EVERY, megabytes_a_second
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.rights.signals.capture import Capture

EPILOG = """\b
Examples:
  govgate rights capture crawl-1.warc.gz crawl-2.warc.gz --out signals.parquet
  govgate rights capture saved/ --captured 2026-11-01 --out signals.parquet
  govgate rights capture --domains optout.txt --subjects objections.txt --out signals.parquet

\b
Exit codes: 0 captured, 2 usage (a damaged source, too), 4 could not be read or written.
"""
PATHS = click.Path(path_type=Path)
_WIDTH = 12  # of the longest kind of capture


@click.command("capture", epilog=EPILOG, short_help="Keep opt-outs from captured responses.")
@click.argument("sources", nargs=-1, type=PATHS, metavar="[SOURCE]...")
@click.option("--out", type=PATHS, required=True, help="Signals file to make, or to add to.")
@click.option("--domains", type=PATHS, multiple=True, help="List of domains. Can be repeated.")
@click.option(
    "--subjects", type=PATHS, multiple=True, help="List of people who object. Can be repeated."
)
@day_option("--captured", "captured", "Day of lists and saved files. [default: their own dates]")
@home_option
@json_option
@quiet_option
def command(
    sources: tuple[Path, ...],
    out: Path,
    domains: tuple[Path, ...],
    subjects: tuple[Path, ...],
    captured: date | None,
    home: Home,
    as_json: bool,
    quiet: bool,
) -> None:
    """Read SOURCES (WARC files, folders of saved responses) and keep what sites and pages say.

    Kept are robots.txt, tdmrep.json, ai.txt and the few lines of a page that speak of use, with
    their date and digest; never a page's text. Pages and people are kept as keyed hashes only.
    --out is added to: older captures stay, and count for their own time.
    """
    from govgate.home import fingerprint_key
    from govgate.rights.signals.capture import capture
    from govgate.rights.signals.store import load_file, merged, save_signals

    if not (sources or domains or subjects):
        raise click.UsageError("There is nothing to read: name a SOURCE, --domains or --subjects.")
    before = [load_file(out)] if out.exists() else []
    found = capture(
        sources,
        fingerprint_key(home),
        domains=domains,
        subjects=subjects,
        captured=None if captured is None else datetime.combine(captured, datetime.min.time()),
        report=_reporting(quiet),
    )
    frame = merged([*before, found.frame()])
    save_signals(out, frame)
    told = _as_data(found, out, frame.height)
    if as_json:
        import json

        click.echo(json.dumps(told, indent=2))
    else:
        _show(told)


def _reporting(quiet: bool) -> Callable[[int, int], None]:
    """A line on standard error now and then."""
    started = spoke = time.monotonic()
    records = size = 0

    def report(more_records: int, more_bytes: int) -> None:
        nonlocal records, size, spoke
        records, size = records + more_records, size + more_bytes
        now = time.monotonic()
        if not quiet and now - spoke >= EVERY:
            spoke = now
            speed = megabytes_a_second(size, now - started)
            print(f"govgate: read {records:,} responses, {speed}", file=sys.stderr, flush=True)

    return report


def _as_data(found: "Capture", out: Path, rows: int) -> dict[str, Any]:
    return {
        "out": str(out),
        "rows": rows,
        "captured": dict(sorted(found.counts.items())),
        "hosts": len(found.hosts),
        "skipped": dict(sorted(found.skipped.items())),
    }


def _show(told: dict[str, Any]) -> None:
    click.echo(f"CAPTURED into {told['out']}, {many(told['rows'], 'row')} in all")
    click.echo()
    for kind, count in told["captured"].items():
        line(kind, f"{count:,}", _WIDTH)
    if told["hosts"]:  # of lists alone there are none
        line("of", many(told["hosts"], "host"), _WIDTH)
    for reason, count in told["skipped"].items():
        line("skipped", f"{count:,}: {reason}", _WIDTH)
