"""The answer of a gate as text for people, as JSON, and as an exit code."""

from shlex import quote
from typing import Any

import click

from govgate.cli.options import day
from govgate.errors import ExitCode
from govgate.home import DEFAULT
from govgate.model import Outcome, Partition
from govgate.steps.answer import Answer

CODES = {
    Outcome.TRAIN: ExitCode.TRAIN,
    Outcome.RETRIEVAL_ONLY: ExitCode.RETRIEVAL_ONLY,
    Outcome.BLOCKED: ExitCode.BLOCKED,
    Outcome.INCOMPLETE: ExitCode.INCOMPLETE,
}
HEADLINES = {
    Outcome.TRAIN: "TRAIN: the train partition may be trained on",
    Outcome.RETRIEVAL_ONLY: "RETRIEVAL ONLY: not for training; the rest may be looked up",
    Outcome.BLOCKED: "BLOCKED: not for any use",
    Outcome.INCOMPLETE: "INCOMPLETE: no decision, because not everything could be accounted for",
}
SHOWN = 8  # failures, rules and entities listed one by one


def exit_code(answer: Answer, *, soft_fail: bool) -> int:
    """The exit code; ``soft_fail`` turns a plain no (1, 3) into 0, never an incomplete run."""
    code = CODES[answer.outcome]
    if soft_fail and code in (ExitCode.RETRIEVAL_ONLY, ExitCode.BLOCKED):
        return ExitCode.TRAIN
    return code


def show(answer: Answer) -> None:
    """Print the answer for people."""
    click.echo(HEADLINES[answer.outcome])
    for reason in reasons(answer):
        click.echo(f"  because {reason}")
    click.echo()
    _show_read(answer)
    _show_found(answer)
    if answer.outcome is not Outcome.INCOMPLETE:
        _show_rules(answer)
    _show_partitions(answer)
    if answer.receipt:
        receipt = answer.receipt
        click.echo(
            _line("signed", f"by {receipt.keyid[:16]}, entry {receipt.index} of {receipt.origin}")
        )
    click.echo()
    for number, step in enumerate(next_steps(answer)):
        click.echo(_line("" if number else "next", step))


def reasons(answer: Answer) -> list[str]:
    """What stands against training, in words."""
    if answer.outcome is not Outcome.INCOMPLETE:
        return list(answer.unmet)
    rows = answer.coverage["rows"]
    if not rows["read"]:
        return ["the data holds no rows at all"]
    return [f"{_many(rows['failed'], 'row')} could not be read or scanned"]


def _show_read(answer: Answer) -> None:
    rows, text = answer.coverage["rows"], answer.coverage["characters"]
    files = answer.coverage["files"]
    click.echo(
        _line(
            "read",
            f"{_many(len(files), 'file')}, {_many(rows['read'], 'row')},"
            f" {text['read']:,} characters",
        )
    )
    skipped, failed = text["skipped"], rows["failed"]
    click.echo(
        _line(
            "scanned",
            f"{text['scanned']:,} characters; {skipped:,} skipped by name,"
            f" {text['failed']:,} failed",
        )
    )
    if failed:
        click.echo(_line("failed", _many(failed, "row")))
        for failure in answer.coverage["failures"][:SHOWN]:
            click.echo(f"             {failure['row']}: {failure['message']}; {failure['remedy']}")
        if failed > SHOWN:
            click.echo(f"             and {failed - SHOWN:,} more, see {answer.run}/coverage.json")
    for passed in answer.coverage["notGated"][:SHOWN]:
        click.echo(_line("not gated", f"{passed['name']} ({passed['reason']})"))
    click.echo(_line("policy", f"{answer.policy}; configuration {answer.config or 'none'}"))
    if answer.as_of != day(None):
        click.echo(_line("as of", f"{answer.as_of}: consent is judged as of that day, not today"))
    for number, note in enumerate(answer.notes[:SHOWN]):
        click.echo(_line("" if number else "note", note))


def _show_found(answer: Answer) -> None:
    shown = ", ".join(f"{entity} {count:,}" for entity, count in answer.entities[:SHOWN])
    more = f", {len(answer.entities) - SHOWN} more kinds" if len(answer.entities) > SHOWN else ""
    if answer.entities:
        click.echo(_line("found", f"{shown}{more}; in {_many(answer.rows_with_findings, 'row')}"))
    else:
        click.echo(_line("found", "no personal data that the detector knows"))


def _show_rules(answer: Answer) -> None:
    for number, rule in enumerate(answer.rules):
        effects = f"  ({rule.effects})" if rule.effects else ""
        text = f"{rule.rows:>6,}  {rule.id}{effects}"
        click.echo(_line("" if number else "rules", text))
    if answer.rules:
        click.echo(_line("", "        (rows decided by each rule; a row can have several)"))


def _show_partitions(answer: Answer) -> None:
    counts = answer.partitions
    redacted = f", {answer.redacted:,} of them redacted" if answer.redacted else ""
    train = f"{_many(counts[Partition.TRAIN], 'row')}{redacted}"
    places = {
        Partition.TRAIN: (train, answer.run / "train"),
        Partition.RETRIEVE: (_many(counts[Partition.RETRIEVE], "row"), answer.run / "retrieve"),
        Partition.WITHHELD: (
            _many(counts[Partition.WITHHELD], "row"),
            answer.run / "withheld.parquet",
        ),
    }
    for partition, (text, place) in places.items():
        where = f"  {place}" if counts[partition] else ""
        click.echo(_line(partition.value, f"{text}{where}"))


def next_steps(answer: Answer) -> list[str]:
    """The commands that make sense after this outcome."""
    run = quote(str(answer.run))
    # Whoever copies the command may not have $GOVGATE_HOME set.
    home = "" if str(answer.home) == DEFAULT else f" --home {quote(str(answer.home))}"
    example = next(
        (answer.examples[p] for p in ("withheld", "retrieve", "train") if p in answer.examples),
        None,
    )
    explain = [f"govgate explain {run} {quote(example)}"] if example else []
    match answer.outcome:
        case Outcome.TRAIN:
            return [
                f"govgate run {run}{home} -- python train.py",
                f"govgate verify {run}{home}",
                *explain,
            ]
        case Outcome.RETRIEVAL_ONLY:
            return [f'govgate retrieve search {run} "a question"{home}', *explain]
        case Outcome.BLOCKED:
            return explain
        case Outcome.INCOMPLETE:
            return [f"see {answer.run}/coverage.json, mend what is named there, and gate again"]


def as_data(answer: Answer) -> dict[str, Any]:
    """Everything that the text says, and more, as JSON values."""
    receipt = answer.receipt
    return {
        "outcome": answer.outcome.value,
        "exitCode": int(CODES[answer.outcome]),
        "because": reasons(answer),
        "run": str(answer.run),
        "policy": answer.policy,
        "asOf": answer.as_of.isoformat(),
        "notes": list(answer.notes),
        "configuration": str(answer.config) if answer.config else None,
        "coverage": answer.coverage,
        "partitions": {p.value: rows for p, rows in answer.partitions.items()},
        "redacted": answer.redacted,
        "entities": dict(answer.entities),
        "rowsWithFindings": answer.rows_with_findings,
        "rules": [
            {"id": r.id, "title": r.title, "rows": r.rows, "effects": r.effects}
            for r in answer.rules
        ],
        "files": [
            {"name": p.name, "sha256": p.sha256, "size": p.size, "rows": p.rows}
            for p in answer.parts
        ],
        "record": {"keyid": receipt.keyid, "log": receipt.origin, "index": receipt.index}
        if receipt
        else None,
        "next": next_steps(answer),
    }


def _line(label: str, text: str) -> str:
    return f"  {label:<10} {text}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
