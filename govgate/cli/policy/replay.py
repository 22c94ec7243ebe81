"""`govgate policy replay`: which rows of a run another policy would move."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.lines import line, many
from govgate.cli.options import day, home_option, json_option, run_argument
from govgate.errors import ExitCode
from govgate.home import Home
from govgate.model import Partition

if TYPE_CHECKING:
    from govgate.policy.change.moves import Cause, Move
    from govgate.steps.replay.replayed import Replayed, Side

UNKNOWN = "unknown"

EPILOG = """\b
Examples:
  govgate policy replay govgate-run --policy acme.yaml
  govgate policy replay govgate-run --policy acme.yaml --out moved.csv --samples 10
  govgate policy replay govgate-run --policy acme.yaml --fail-on-looser
"""


@click.command(
    "replay", epilog=EPILOG, short_help="Say which rows of a run another policy would move."
)
@run_argument
@click.option("--policy", required=True, help="Policy file, or the name of a shipped pack.")
@click.option(
    "--samples",
    type=click.IntRange(0, 1000),
    default=3,
    show_default=True,
    help="How many rows to name of each move.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write all rows that move: a .csv or .parquet."
)
@click.option(
    "--same-detector",
    is_flag=True,
    help="Count what the scan found as unknown if the installed scanner is another.",
)
@click.option(
    "--fail-on-looser",
    is_flag=True,
    help="Exit code 1 if a row moves to a milder effect, loses a redaction or duty, or is unknown.",
)
@home_option
@json_option
def command(
    run: Path,
    policy: str,
    samples: int,
    out: Path | None,
    same_detector: bool,
    fail_on_looser: bool,
    home: Home,
    as_json: bool,
) -> int:
    """Decide the facts that RUN stored again, under another policy. Nothing is scanned.

    Rows for which RUN lacks what the policy looks for are counted as unknown, unless their verdict
    does not rest on it. Nothing is verified: `govgate verify` does that.
    """
    from dataclasses import replace

    from govgate.steps.open import named_policy
    from govgate.steps.replay.run import Replay
    from govgate.steps.replay.table import check_out, write_moved
    from govgate.steps.replay.today import other_waivers

    if out is not None:
        check_out(out)
    other = named_policy(policy, home)
    replay = Replay(run, other, same_detector=same_detector, today=day(None))
    replayed = replay.replay(samples=samples)
    beside = tuple(other_waivers(policy, home, replay.waivers))
    replayed = replace(replayed, notes=(*replayed.notes, *beside))
    if out is not None:
        write_moved(replay, replayed, out)
    if as_json:
        import json

        click.echo(json.dumps(as_data(replayed), indent=2))
    else:
        show(replayed)
    failed = fail_on_looser and replayed.may_be_looser
    return ExitCode.RETRIEVAL_ONLY if failed else ExitCode.TRAIN


def show(replayed: "Replayed") -> None:
    """Print the answer for people."""
    before, after = replayed.before, replayed.after
    total = before.counts.rows
    line("policy", f"{_named(before)} → {_named(after)}")
    line("outcome", f"{_outcome(before)} → {_outcome(after)}")
    for label, side in (("because", before), ("then", after)):
        for number, text in enumerate(side.unmet):
            line("" if number else label, text)
    for one in Partition:
        low, high = replayed.bounds(one)
        then = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        line(one.value, f"{getattr(before.counts, one.value):,} → {then}")
    more = f", and up to {replayed.unknown:,} that are unknown" if replayed.unknown else ""
    line("moved", f"{replayed.moved:,} of {many(total, 'row')}{more}")
    if replayed.unknown:
        line(UNKNOWN, f"{many(replayed.unknown, 'row')}: {'; '.join(replayed.why) or _MASKED}")
    for text in _unmoved(replayed):
        line("", text)
    if replayed.failures_in_doubt:
        line("", f"what failed in the scan may not fail under the other: {'; '.join(replayed.why)}")
    for note in replayed.notes:
        line("note", note)
    for move in replayed.moves:
        _show_move(move, replayed.rows)


_MASKED = "other findings count, and the names of fields that hold them are masked"


def as_data(replayed: "Replayed") -> dict[str, Any]:
    """The same, and more, as JSON values."""
    return {
        "before": _side(replayed.before),
        "after": _side(replayed.after),
        "rows": replayed.before.counts.rows,
        "moved": replayed.moved,
        UNKNOWN: replayed.unknown,
        "unknownBecause": list(replayed.why) if replayed.unknown else [],
        "bounds": {one.value: list(replayed.bounds(one)) for one in Partition},
        "otherReasons": replayed.reasons_differ,
        "otherObligations": replayed.obligations_differ,
        "droppedObligations": replayed.obligations_dropped,
        "failuresInDoubt": replayed.failures_in_doubt,
        "notes": list(replayed.notes),
        "moves": [
            {
                "from": move.before._asdict(),
                "to": move.after._asdict(),
                "direction": move.direction,
                "rows": move.rows,
                "because": [cause._asdict() for cause in move.causes],
                "samples": [replayed.rows[index] for index in move.samples],
            }
            for move in replayed.moves
        ],
    }


def _named(side: "Side") -> str:
    return f"{side.policy} version {side.version}"


def _outcome(side: "Side") -> str:
    return side.outcome.value if side.outcome else f"{UNKNOWN} (the unknown rows decide it)"


def _unmoved(replayed: "Replayed") -> list[str]:
    told = (
        (replayed.reasons_differ, "not moved, and decided by other rules"),
        (replayed.obligations_differ, "not moved, with other redactions or duties"),
        (replayed.obligations_dropped, "with a redaction or duty less than before"),
    )
    return [f"{many(rows, 'row')} {what}" for rows, what in told if rows]


def _show_move(move: "Move", names: dict[int, str]) -> None:
    click.echo(f"\n{move.before.words} → {move.after.words}")
    click.echo(f"  {move.rows:>10,}  {move.direction}")
    for cause in move.causes:
        click.echo(f"  {cause.rows:>10,}  {_cause(cause)}")
    if move.samples:
        click.echo(f"  {'such as':>10}  {', '.join(names[index] for index in move.samples)}")


def _cause(cause: "Cause") -> str:
    when = "now" if cause.now else "before"
    return f"{cause.rule}  ({cause.use}: {cause.effect} {when})"


def _side(side: "Side") -> dict[str, Any]:
    return {
        "policy": side.policy,
        "version": side.version,
        "outcome": side.outcome.value if side.outcome else UNKNOWN,
        "unmet": list(side.unmet),
        "counts": side.counts.model_dump(mode="json"),
    }
