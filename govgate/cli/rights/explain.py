"""`govgate rights explain`: the terms of a source or of data, and the way to each."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.options import config_option, json_option
from govgate.errors import ExitCode

if TYPE_CHECKING:
    from govgate.rights.credits import Credit
    from govgate.steps.rights import Explained

_FILES = 3  # named of those that are alike


@click.command(
    "explain",
    epilog="""\b
Examples:
  govgate rights explain data/
  govgate rights explain wikipedia
  govgate rights explain gpt-4 --json
""",
)
@click.argument("what", metavar="DATASET…", nargs=-1, required=True)
@config_option
@json_option
def command(what: tuple[str, ...], config: Path | None, as_json: bool) -> int:
    """Say what DATASET's licences ask, and which source each term comes from.

    DATASET is data (a file or folder), a source of govgate.yaml or of its lineage, or a model.
    Terms are those of the source's own licence and of all that it was made from. Papers beside the
    data (cards, licence files) are read where DATASET is data, not where it is a name. Rows that
    name a licence or a source of their own are not read here: gate them, and ask `govgate explain
    RUN ROW`.

    Ends with code 4 if the terms of one of them are unknown.
    """
    from govgate.steps.rights import explain_rights

    found = explain_rights(what, config)
    if as_json:
        import json

        click.echo(json.dumps([_as_json(one) for one in found], indent=2))
    else:
        click.echo("\n\n".join("\n".join(_lines(one)) for one in found))
    unknown = any(one.cls is None for one in found)
    return ExitCode.INCOMPLETE if unknown else ExitCode.TRAIN


def _lines(one: "Explained") -> Iterable[str]:
    yield f"{one.name}: {one.cls or 'unknown'}"
    if one.files:
        rest = f" and {len(one.files) - _FILES} more" if len(one.files) > _FILES else ""
        yield f"  files     {', '.join(one.files[:_FILES])}{rest}"
    held = one.agreement
    if held.places or held.id:
        places = f" ({', '.join(held.places)})"
        yield f"  licence   {held.id or 'unknown'}{places if one.files else ''}"
    if held.why:
        yield f"  note      {held.why}"
    if one.why and one.why != f"{one.name}: {held.why}":
        yield f"  unknown   {one.why}"
    if one.doubt:
        yield f"  because   {_path(one.doubt)}"
    for because in one.terms:
        yield f"  {because.term}: {because.means}"
        yield f"            {_path(because.path)}"
    if not one.terms and one.cls:
        yield "  asks      nothing"
    if one.kind == "dataset":  # what a model learnt from is not followed
        yield f"  covers    {one.covers or 'unknown'}"
        yield f"  lineage   {one.status}"
        yield f"  models    {one.models if isinstance(one.models, str) else _models(one.models)}"
    if one.fields:
        yield f"  not read  what rows name in their own field {' and '.join(one.fields)}"


def _models(models: tuple[str, ...]) -> str:
    return ", ".join(models) or "none"


def _path(path: "Iterable[Credit]") -> str:
    *before, last = path
    licensed = ", ".join([last.terms.id or "licence unknown", *last.terms.texts])
    return " ← ".join([*(one.name for one in before), f"{last.name} ({licensed})"])


def _as_json(one: "Explained") -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "files": list(one.files),
        "class": one.cls,
        "why": one.why,
        "license": {
            "id": one.agreement.id,
            "from": list(one.agreement.places),
            "conflict": one.agreement.conflict,
            "why": one.agreement.why,
        },
        "terms": [
            {"term": b.term, "means": b.means, "path": [credit.as_json() for credit in b.path]}
            for b in one.terms
        ],
        "doubt": [credit.as_json() for credit in one.doubt],
        "covers": one.covers,
        "lineage": one.status,
        "models": one.models if isinstance(one.models, str) else list(one.models),
        "notRead": list(one.fields),
    }
