"""`govgate erase`: forget rows, everywhere, and prove it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.lines import many
from govgate.cli.options import day, home_option, json_option, trust_option
from govgate.errors import ExitCode
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.erase.act import Done
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
NOTHING_LEFT = "There is nothing more to erase that this home manages."


@click.command("erase", epilog=EPILOG, short_help="Forget rows everywhere, and prove it.")
@click.option(
    "--subject", metavar="S", help="All rows of a person; - reads one line of input instead."
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
    from govgate.home import fingerprint_key

    today = day(None)
    if chosen == "resume":
        done = resume(opened(home, today)) if yes else []
        return _answer(done, as_json)
    request = _request(home, chosen, asked, fingerprint_key(home), today)
    if yes:
        return _answer(erase(opened(home, today), request), as_json)
    return _show(look(home, request), as_json)


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


def _show(plan: Any, as_json: bool) -> int:
    from govgate.erase.plan import in_words

    if as_json:
        _print_json(plan.as_dict())
        return ExitCode.TRAIN
    for line in in_words(plan):
        click.echo(line)
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
        click.echo("govgate: remove what is named, then: govgate erase --resume --yes", err=True)


def _verify(path: Path, trust: Path, as_json: bool) -> int:
    from govgate.attest.trustfile import load_trust
    from govgate.erase.receipt import check

    checked = check(path, load_trust(trust))
    if as_json:
        said = checked.erased.model_dump(mode="json", by_alias=True)
        _print_json({"signedBy": checked.keyid, "tombstones": checked.tombstones, **said})
        return ExitCode.TRAIN
    for line in _words(checked):
        click.echo(line)
    return ExitCode.TRAIN


def _words(checked: "Checked") -> list[str]:
    from govgate.spelling import one_line

    said, absence = checked.erased, checked.erased.absence
    return [
        f"{said.result}, asked by {said.asked}, finished {said.finished_on:%Y-%m-%d %H:%M:%S} UTC,"
        f" signed by key {checked.keyid[:16]}",
        f"{said.rows} rows in {len(said.runs)} runs",
        *(
            f"run        {one_line(run.path)}: {run.outcome}, {run.rows} rows"
            f"{f' ({one_line(run.why)})' if run.why else ''}"
            for run in said.runs
        ),
        *(f"store      {one_line(store.path)}: {store.rows} rows" for store in said.stores),
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
