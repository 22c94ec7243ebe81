"""The answer of a gate as text for people, as JSON, and as an exit code."""

from shlex import quote
from typing import Any

import click

from govgate.cli.lines import line, many
from govgate.cli.options import day
from govgate.cli.seen import as_data as seen_data
from govgate.cli.seen import show_found, show_notes, show_read
from govgate.cli.waived import as_data as waivers_data
from govgate.cli.waived import show_waivers
from govgate.cli.witnessed import as_data as witnesses_data
from govgate.cli.witnessed import show_witnesses
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

NOT_YET = (
    "NOT YET: the run does not verify, and nothing may be trained on, before others have signed"
)


def exit_code(answer: Answer, *, soft_fail: bool) -> int:
    """The exit code; ``soft_fail`` turns a plain no (1, 3) into 0, never an incomplete run."""
    code = plain_code(answer)
    if soft_fail and code in (ExitCode.RETRIEVAL_ONLY, ExitCode.BLOCKED):
        return ExitCode.TRAIN
    return code


def plain_code(answer: Answer) -> ExitCode:
    """The outcome's code; that of an incomplete run where signers or witnesses are missing."""
    return ExitCode.INCOMPLETE if _not_yet(answer) else CODES[answer.outcome]


def _not_yet(answer: Answer) -> bool:
    return answer.receipt is not None and not answer.receipt.counts


def show(answer: Answer) -> None:
    """Print the answer for people."""
    click.echo(NOT_YET if _not_yet(answer) else HEADLINES[answer.outcome])
    if _not_yet(answer):
        click.echo(f"  the outcome itself is {HEADLINES[answer.outcome]}")
    for reason in reasons(answer):
        click.echo(f"  because {reason}")
    click.echo()
    show_read(answer.seen, answer.run)
    if answer.as_of != day(None):
        line("as of", f"{answer.as_of}: consent is judged as of that day, not today")
    show_notes(answer.seen)
    show_found(answer.seen)
    if answer.outcome is not Outcome.INCOMPLETE:
        _show_rules(answer)
    show_waivers(answer.waivers, day(None))
    _show_partitions(answer)
    if answer.erased:
        line("erased", erased_in_words(answer.erased))
    if answer.receipt:
        receipt = answer.receipt
        line("signed", f"by {receipt.keyid[:16]}, entry {receipt.index} of {receipt.origin}")
        if receipt.wanting:
            line("signers", f"NOT enough: {receipt.wanting}")
        if receipt.witnesses:
            show_witnesses(receipt.witnesses)
    click.echo()
    for number, step in enumerate(next_steps(answer)):
        line("" if number else "next", step)


def reasons(answer: Answer) -> list[str]:
    """What stands against training, in words."""
    if answer.outcome is not Outcome.INCOMPLETE:
        return list(answer.unmet)
    rows = answer.seen.coverage["rows"]
    if not rows["read"]:
        return ["the data holds no rows at all"]
    waived = answer.seen.coverage.get("waived", {}).get("rows", 0)
    besides = (
        f", and waivers cover {waived:,} of them (one that may have ended its file is covered by "
        "file:NAME alone)"
        if waived
        else ""
    )
    return [f"{many(rows['failed'], 'row')} could not be read or scanned{besides}"]


def _show_rules(answer: Answer) -> None:
    for number, rule in enumerate(answer.rules):
        effects = f"  ({rule.effects})" if rule.effects else ""
        text = f"{rule.rows:>6,}  {rule.id}{effects}"
        line("" if number else "rules", text)
    if answer.rules:
        line("", "        (rows decided by each rule; a row can have several)")


def _show_partitions(answer: Answer) -> None:
    counts = answer.partitions
    redacted = f", {answer.redacted:,} of them redacted" if answer.redacted else ""
    train = f"{many(counts[Partition.TRAIN], 'row')}{redacted}"
    places = {
        Partition.TRAIN: (train, answer.run / "train"),
        Partition.RETRIEVE: (many(counts[Partition.RETRIEVE], "row"), answer.run / "retrieve"),
        Partition.WITHHELD: (
            many(counts[Partition.WITHHELD], "row"),
            answer.run / "withheld.parquet",
        ),
    }
    for partition, (text, place) in places.items():
        where = f"  {place}" if counts[partition] else ""
        line(partition.value, f"{text}{where}")


def erased_in_words(rows: int) -> str:
    """How many rows of the data are out because somebody had them erased."""
    verb = "was" if rows == 1 else "were"
    return f"{many(rows, 'row')} {verb} withheld because {'it was' if rows == 1 else 'they were'} \
erased"


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
    needed = []
    if answer.receipt and answer.receipt.wanting:
        needed.append(f"govgate countersign {run}{home} --key KEY.pem")
    if answer.receipt and answer.receipt.unwitnessed:
        needed.append(f"govgate log cosign {run}{home}")
    if needed:
        return [*needed, *explain]
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
        "exitCode": int(plain_code(answer)),
        "because": reasons(answer),
        "run": str(answer.run),
        **seen_data(answer.seen),
        "asOf": answer.as_of.isoformat(),
        "partitions": {p.value: rows for p, rows in answer.partitions.items()},
        "redacted": answer.redacted,
        "erased": answer.erased,
        "waivers": waivers_data(answer.waivers, day(None)),
        "rules": [
            {"id": r.id, "title": r.title, "rows": r.rows, "effects": r.effects}
            for r in answer.rules
        ],
        "files": [
            {"name": p.name, "sha256": p.sha256, "size": p.size, "rows": p.rows}
            for p in answer.parts
        ],
        "record": {
            "keyid": receipt.keyid,
            "log": receipt.origin,
            "index": receipt.index,
            "wanting": receipt.wanting,
        }
        if receipt
        else None,
        "witnesses": witnesses_data(receipt.witnesses) if receipt and receipt.witnesses else None,
        "next": next_steps(answer),
    }
