"""`govgate erase`: forget rows, everywhere, and prove it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.options import day, home_option, json_option, trust_option
from govgate.errors import ExitCode, IncompleteError
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.erase.act import Done
    from govgate.erase.noted import Lifted
    from govgate.erase.receipt import Checked
    from govgate.erase.select import Request

EPILOG = """\b
Examples:
  govgate erase --subject - < who.txt
  govgate erase --subject - --yes < who.txt
  govgate erase --row support_chats.jsonl:17 --run govgate-run --yes
  govgate erase --source acme-chats --yes
  govgate erase --license CC-BY-NC-4.0
  govgate erase --from-consent --yes
  govgate erase --resume --yes
  govgate erase --verify .govgate/erasures/2026-11-23-1f2e3d4c.intoto.jsonl

\b
Exit codes: 0 the plan was shown, or nothing is left; 4 something is left or could not be searched,
2 usage, 5 a receipt does not verify.
"""
RESUME = "govgate erase --resume --yes"
NOTHING_LEFT = "There is nothing more to erase that this home manages."


@click.command("erase", epilog=EPILOG, short_help="Forget rows everywhere, and prove it.")
@click.option(
    "--subject", metavar="S", help="All rows of a person; - reads the one line of input instead."
)
@click.option("--row", metavar="ID", help="One row: its id, or FILE:LINE.")
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="The run that --row is of, where several have a row of that name.",
)
@click.option("--source", metavar="NAME", help="All rows of a source.")
@click.option(
    "--license", "license_", metavar="ID", help="All rows under a licence, as facts have it."
)
@click.option(
    "--from-consent",
    is_flag=True,
    help="All rows of people who asked for it, or withdrew consent for every purpose.",
)
@click.option("--resume", is_flag=True, help="Finish erasures that were begun and did not end.")
@click.option("--verify", "receipt", type=click.Path(path_type=Path), help="Check a receipt.")
@click.option("--lift", metavar="ID", help="Let what a receipt kept out in again.")
@click.option("--reason", help="Why, for --lift; it is signed.")
@click.option("--yes", is_flag=True, help="Do it. Without this the plan is shown, and no more.")
@trust_option
@home_option
@json_option
def command(home: Home, trust: Path | None, as_json: bool, yes: bool, **asked: Any) -> int:
    """Take rows out of every run, partition and store of this home, and keep them out.

    Copies of a row in other runs go with it. Runs are rewritten and signed anew, and their old
    records refused. Then every file under management is searched for what the rows said, and a
    signed receipt says what was found, which models were trained on them, and what is out of reach.
    """
    chosen = _chosen(asked)
    if chosen == "receipt":
        return _verify(asked["receipt"], trust or home.trust, as_json)
    if chosen == "lift":
        return _lift(home, asked["lift"], asked["reason"], yes)
    from govgate.erase.act import erase, look, opened, resume
    from govgate.erase.plan import nothing_of
    from govgate.home import fingerprint_key

    today = day(None)
    if chosen == "resume":
        if not yes:
            return _show_pending(home, as_json)
        with _resumable(home):
            return _answer(resume(opened(home, today)), as_json)
    request = _request(home, chosen, asked, fingerprint_key(home), today)
    if not yes:
        return _show(look(home, request), home, as_json)
    with _resumable(home):
        done = erase(opened(home, today), request)
    if nothing := nothing_of(request.kind, done[-1].erased.rows):
        click.echo(f"note: {nothing}", err=True)
    return _answer(done, as_json)


@contextmanager
def _resumable(home: Home) -> Iterator[None]:
    """Whatever stops an erasure that was begun says how to go on with it."""
    try:
        yield
    except IncompleteError as error:
        if not _pending(home):
            raise
        then = f"then: {RESUME}"
        remedy = f"{error.remedy}, {then}" if error.remedy else then
        raise IncompleteError(error.what, remedy=remedy) from error


def _pending(home: Home) -> list[dict[str, str]]:
    from govgate.erase.journal import pending

    return [{"id": id, "day": str(day)} for id, day in pending(home)]


def _show_pending(home: Home, as_json: bool) -> int:
    """What ``--resume`` would finish."""
    left = _pending(home)
    if as_json:
        _print_json({"pending": left})
    elif left:
        _list_pending(left)
        click.echo("next: the same with --yes")
    else:
        click.echo("No erasure is unfinished.")
    return ExitCode.INCOMPLETE if left else ExitCode.TRAIN


def _list_pending(left: list[dict[str, str]]) -> None:
    for one in left:
        click.echo(f"unfinished erasure {one['id']}, begun on {one['day']}")


def _chosen(asked: dict[str, Any]) -> str:
    """The one thing that is asked for."""
    names = ("subject", "row", "source", "license_", "from_consent", "resume", "receipt", "lift")
    given = [name for name in names if asked[name] not in (None, False)]
    if len(given) != 1:
        raise click.UsageError(
            "give one of --subject, --row, --source, --license, --from-consent, --resume, --verify"
            " and --lift"
        )
    if asked["run"] is not None and given != ["row"]:
        raise click.UsageError("--run goes with --row")
    if (asked["reason"] is not None) != (given == ["lift"]):
        raise click.UsageError("--reason goes with --lift, which needs one")
    return given[0]


def _request(home: Home, chosen: str, asked: dict[str, Any], key: bytes, today: Any) -> "Request":
    from govgate.cli.asked import asked as checked
    from govgate.erase import select

    if chosen == "from_consent":
        return select.from_consent(home, key, today)
    if chosen == "source":
        return select.of_source(asked["source"])
    if chosen == "license_":
        return select.of_license(asked["license_"])
    about = checked(asked["row"], asked["subject"])
    if chosen == "subject":
        return select.of_subject(about.text, key)
    return select.of_row(about.text, key, asked["run"])


def _show(plan: Any, home: Home, as_json: bool) -> int:
    from govgate.erase.plan import in_words

    left = _pending(home)
    if as_json:
        _print_json({**plan.as_dict(), "pending": left})
        return ExitCode.TRAIN
    _list_pending(left)
    for line in in_words(plan):
        click.echo(line)
    if left:
        click.echo("first: what is unfinished, which --yes finishes too")
    click.echo("next: the same with --yes")
    return ExitCode.TRAIN


def _answer(done: "list[Done]", as_json: bool) -> int:
    """One line that is the same for whoever was known and whoever was not; the receipt has all."""
    held = all(one.holds for one in done)
    if as_json:
        _print_json({"holds": held, "receipts": [_as_dict(one) for one in done]})
    else:
        for one in done:
            _report(one)
        if held:
            click.echo(NOTHING_LEFT)
        if done:
            click.echo("what was done, and what to train again: govgate erase --verify RECEIPT")
    return ExitCode.TRAIN if held else ExitCode.INCOMPLETE


def _as_dict(one: "Done") -> dict[str, Any]:
    said = one.erased.model_dump(mode="json", by_alias=True)
    return {"path": str(one.path), "wanting": list(one.wanting), **said}


def _report(one: "Done") -> None:
    from govgate.erase.plan import many
    from govgate.spelling import one_line

    click.echo(f"receipt    {one.path}")
    for found in one.erased.absence.found:
        click.echo(
            f"govgate: {one_line(found.path)} still holds {found.pieces} pieces of what was erased",
            err=True,
        )
    for unread in one.erased.absence.unread:
        click.echo(
            f"govgate: {one_line(unread.path)} could not be searched: {unread.why}", err=True
        )
    if one.erased.absence.words_left:
        click.echo("govgate: words of erased rows are left in the index of a store", err=True)
    for waits in one.wanting:
        click.echo(f"note: a run that was rewritten does not count yet: {waits}", err=True)
    if count := one.erased.absence.unsearched:
        click.echo(
            f"govgate: {many(count, 'row')} could not be read where they stood, so nothing was"
            " searched for of them: look for copies by hand",
            err=True,
        )
    if not one.ended:
        click.echo(f"govgate: remove what is named, then: {RESUME}", err=True)


def _verify(path: Path, trust: Path, as_json: bool) -> int:
    from govgate.attest.trustfile import load_trust
    from govgate.erase.noted import Lifted, check

    checked = check(path, load_trust(trust))
    if isinstance(checked, Lifted):
        return _show_lifted(checked, as_json)
    if as_json:
        said = checked.erased.model_dump(mode="json", by_alias=True)
        _print_json({"signedBy": checked.keyid, "tombstones": checked.tombstones, **said})
        return ExitCode.TRAIN
    for line in _words(checked):
        click.echo(line)
    return ExitCode.TRAIN


def _show_lifted(note: "Lifted", as_json: bool) -> int:
    from govgate.erase.plan import many
    from govgate.spelling import one_line

    if as_json:
        _print_json({"signedBy": note.keyid, "tombstones": note.tombstones, **note.as_dict()})
    else:
        said = note.said
        click.echo(
            f"lifted, {many(said.ids, 'id')} of receipt {one_line(said.id)}, on"
            f" {said.lifted_on:%Y-%m-%d %H:%M:%S} UTC, signed by key {note.keyid[:16]}"
        )
        click.echo(f"reason     {one_line(said.reason)}")
    return ExitCode.TRAIN


def _words(checked: "Checked") -> list[str]:
    from govgate.erase.plan import count_of, many
    from govgate.spelling import one_line

    said, absence = checked.erased, checked.erased.absence
    return [
        f"{said.result}, asked by {said.asked}, finished {said.finished_on:%Y-%m-%d %H:%M:%S} UTC,"
        f" signed by key {checked.keyid[:16]}",
        count_of(said.rows, len(said.runs)),
        *(
            f"run        {one_line(run.path)}: {run.outcome}, {many(run.rows, 'row')}"
            f"{f' ({one_line(run.why)})' if run.why else ''}"
            for run in said.runs
        ),
        *(
            f"store      {one_line(store.path)}:"
            f" {'deleted' if store.deleted else many(store.rows, 'row')}"
            for store in said.stores
        ),
        f"searched   {absence.files} files, {absence.bytes} bytes, for {absence.pieces} pieces of"
        f" text, {absence.vectors} of vectors and {absence.words} words",
        f"excused    {absence.excused} pieces that rows say which stay",
        f"not told   {absence.too_short} strings too short, {absence.too_plain} pieces too plain,"
        f" {absence.left_out} pieces left out",
        *([f"unsearched {many(absence.unsearched, 'row')}"] if absence.unsearched else []),
        *(f"found      {one_line(f.path)}: {f.pieces} pieces" for f in absence.found),
        *(f"unread     {one_line(f.path)}: {f.why}" for f in absence.unread),
        *(f"retrain    {one_line(m.model or 'a model')} of {m.command}" for m in said.models),
        *(f"not ours   {one.kind}: {one_line(one.what)}" for one in said.out_of_reach),
    ]


def _lift(home: Home, id: str, reason: str, yes: bool) -> int:
    from datetime import UTC, datetime

    from govgate.erase.lift import lift, listed

    if not yes:
        click.echo(f"{listed(home, id)} ids of receipt {id} would be let in again")
        click.echo("next: the same with --yes")
        return ExitCode.TRAIN
    path, ids = lift(home, id, reason, datetime.now(UTC))
    click.echo(f"{ids} ids are let in again by the next gate")
    click.echo(f"note       {path}")
    return ExitCode.TRAIN


def _print_json(value: Any) -> None:
    import json

    click.echo(json.dumps(value, indent=2))
