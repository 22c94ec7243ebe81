"""`govgate waiver list`: which waivers there are, and what each comes to today."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.lines import many
from govgate.cli.options import day, home_option, json_option, policy_option
from govgate.cli.waiver.places import waivers_option
from govgate.home import Home

if TYPE_CHECKING:
    from govgate.steps.waivers.effect import InRun
    from govgate.steps.waivers.judge import Judged

EPILOG = """\b
Examples:
  govgate waiver list --policy acme.yaml
  govgate waiver list --policy acme.yaml --run govgate-run --json
"""


@click.command("list", epilog=EPILOG)
@policy_option
@click.option(
    "--run", type=click.Path(path_type=Path), help="Say what they came to in this run (unverified)."
)
@waivers_option
@home_option
@json_option
def command(policy: str, run: Path | None, waivers: Path | None, home: Home, as_json: bool) -> None:
    """List the waivers of a policy: rule, rows, last day, approvals, and what they come to today.

    Ones that end within two weeks are marked, and --run says which of them the run used.
    """
    from govgate.attest.trustfile import load_trust
    from govgate.steps.open import find_waivers, named_policy
    from govgate.steps.waivers.judge import judge

    today = day(None)
    found = find_waivers(policy, home, waivers)
    trust = load_trust(home.trust)
    judged = judge(found, named_policy(policy, home), trust, today=today)
    in_run = _in_run(run) if run is not None else None
    listed = [_as_data(one, today, in_run) for one in judged]
    if as_json:
        import json

        click.echo(json.dumps({"waivers": listed}, indent=2))
        return
    for one in listed:
        _show(one)
    if not listed:
        click.echo("There are no waivers of this policy.")


def _in_run(run: Path) -> "Mapping[str, InRun]":
    from govgate.steps.waivers.effect import stated_in

    return stated_in(run)


def _as_data(one: "Judged", today: Any, in_run: "Mapping[str, InRun] | None") -> dict[str, Any]:
    state = "active" if one.state.in_effect else one.state.value
    if one.grant is None:
        return {"file": one.file, "state": state, "why": one.why}
    told = {
        "id": one.grant.id,
        "file": one.file,
        "policy": one.grant.policy,
        "rule": one.grant.rule,
        "rows": list(one.grant.rows),
        "maxRows": one.grant.max_rows,
        "uses": list(one.grant.uses),
        "purposes": list(one.grant.purposes),
        "reason": one.grant.reason,
        "ticket": one.grant.ticket,
        "grantedOn": one.grant.granted_on.isoformat(),
        "until": one.grant.until.isoformat(),
        "approvals": len(one.approvers),
        "needed": one.needed,
        "approvers": list(one.approvers),
        "state": state,
        "why": one.why,
        "endsSoon": one.ends_soon(today),
    }
    if in_run is None:
        return told
    then = in_run.get(one.grant.id)
    if then is None:
        return told | {"stateInRun": None, "whyInRun": "", "rowsInRun": 0}
    return told | {"stateInRun": then.state.value, "whyInRun": then.why, "rowsInRun": then.rows}


def _show(one: dict[str, Any]) -> None:
    if "id" not in one:
        click.echo(f"{one['file']}  {one['state']}: {one['why']}")
        return
    uses = f" for {', '.join(one['uses'])}" if one["uses"] else ""
    soon = ", ends soon" if one["endsSoon"] else ""
    why = f": {one['why']}" if one["why"] else ""
    click.echo(f"{one['id']}  {one['state']}{soon}{why}")
    click.echo(f"  {one['rule']}{uses}, rows {', '.join(one['rows'])}, at most {one['maxRows']:,}")
    click.echo(
        f"  until {one['until']}, approvals {one['approvals']}/{one['needed']}, {one['ticket']}:"
        f" {one['reason']}"
    )
    if "rowsInRun" in one:
        rows = f", {many(one['rowsInRun'], 'row')}" if one["rowsInRun"] else ""
        because = f": {one['whyInRun']}" if one["whyInRun"] else ""
        click.echo(f"  in that run: {one['stateInRun'] or 'no word of it'}{rows}{because}")
