"""`govgate waiver grant`: a new waiver, signed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govgate.cli.options import day, home_option, json_option, policy_option
from govgate.cli.waiver.places import (
    approver_keys,
    folder_of,
    key_option,
    waivers_option,
    write_new,
)
from govgate.home import Home
from govgate.model import Purpose, Use

if TYPE_CHECKING:
    from govgate.attest.waiver import Grant
    from govgate.policy.load import Policy

EPILOG = """\b
Examples:
  govgate waiver grant --policy acme.yaml --rule license-noncommercial --rows row:faq.jsonl:17 \\
      --reason "written permission of 3 March" --ticket LEGAL-12 --until 2027-03-01 \\
      --max-rows 1 --key alice
  govgate waiver grant --rule incomplete --rows file:old.jsonl --reason "two broken lines" \\
      --ticket OPS-7 --until 2027-01-01 --max-rows 2 --key alice --key bob --approvals 2

\b
SELECTOR is row:NAME, file:GLOB or source:NAME, several joined by commas, or the word all.
"""


@click.command("grant", epilog=EPILOG)
@policy_option
@click.option("--rule", required=True, help="The rule's id, or incomplete for rows that failed.")
@click.option("--rows", "selector", required=True, metavar="SELECTOR", help="Which rows.")
@click.option("--reason", required=True, help="Why, in one line.")
@click.option("--ticket", required=True, help="Where it was agreed.")
@click.option(
    "--until",
    required=True,
    metavar="DAY",
    callback=lambda _ctx, _param, text: day(text),
    help="First day on which it ends.",
)
@click.option(
    "--max-rows",
    required=True,
    type=int,
    help="In how many rows it may lift the rule; in one more, none.",
)
@click.option(
    "--use",
    "uses",
    multiple=True,
    type=click.Choice([use.value for use in Use]),
    help="Uses it is for. [default: train]",
)
@click.option(
    "--purpose",
    "purposes",
    multiple=True,
    type=click.Choice([p.value for p in Purpose]),
    help="Purposes it is for. [default: all]",
)
@click.option("--approvals", type=int, help="Refuse to write it with fewer signatures than this.")
@key_option
@waivers_option
@home_option
@json_option
def command(
    policy: str,
    rule: str,
    selector: str,
    reason: str,
    ticket: str,
    until: Any,
    max_rows: int,
    uses: tuple[str, ...],
    purposes: tuple[str, ...],
    approvals: int | None,
    keys: tuple[str, ...],
    waivers: Path | None,
    home: Home,
    as_json: bool,
) -> None:
    """Sign a waiver of RULE for the rows that SELECTOR picks, and put it among the waivers.

    What could never have effect is refused: an unknown rule or one that cannot be waived, a day
    that has passed, no rows. The policy says how many people must sign; others add theirs with
    `govgate waiver sign`.
    """
    from govgate.attest import waiver as signed_waiver
    from govgate.attest.trustfile import load_trust
    from govgate.errors import UsageError
    from govgate.steps.open import named_policy
    from govgate.steps.waivers.judge import approvals_needed

    loaded = named_policy(policy, home)
    today = day(None)
    grant = _grant(loaded, rule, selector, reason, ticket, until, max_rows, uses, purposes, today)
    trust = load_trust(home.trust)
    signers = approver_keys(keys, home, trust, today)
    needed = approvals_needed(loaded, rule)
    signed = signed_waiver.parse(signed_waiver.sign(grant, signers))
    found = signed_waiver.approvals(signed, trust, (today,))
    count = len({one.person for one in found})
    if approvals is not None and approvals < needed:
        raise UsageError(f"the policy asks for {needed} approvals, so {approvals} are too few")
    if approvals is not None and count < approvals:
        raise UsageError(
            f"{count} of {approvals} approvers signed",
            remedy="give the others' keys with --key, or leave --approvals out and sign later",
        )
    path = write_new(
        folder_of(waivers, policy, home),
        f"{grant.id}.json",
        signed.line,
        remedy="add an approval with: govgate waiver sign",
    )
    if as_json:
        import json

        told = {"id": grant.id, "file": str(path), "approvals": count, "needed": needed}
        click.echo(json.dumps(told | {"waiver": json.loads(grant.encode())}, indent=2))
        return
    click.echo(f"{grant.id}  {path}")
    show_grant(grant)
    click.echo(approvals_line(count, needed, path, policy))


def approvals_line(count: int, needed: int, path: Path, policy: str) -> str:
    """How many approvals a waiver has, and how it gets the rest."""
    if count >= needed:
        return f"  approvals  {count} of {needed}: in effect"
    import shlex

    more = needed - count
    command = shlex.join(["govgate", "waiver", "sign", str(path), "--policy", policy])
    return (
        f"  approvals  {count} of {needed}: no effect before {more} more"
        f" {'signs' if more == 1 else 'sign'} it, with\n"
        f"             {command} --key NAME"
    )


def show_grant(grant: "Grant") -> None:
    """Print what a waiver says: its signers should read it."""
    click.echo(f"  policy     {grant.policy}")
    click.echo(f"  rule       {grant.rule}")
    click.echo(f"  rows       {', '.join(grant.rows)}, at most {grant.max_rows:,}")
    click.echo(f"  uses       {', '.join(grant.uses) or 'none: rows that failed stay withheld'}")
    if grant.purposes:
        click.echo(f"  purposes   {', '.join(grant.purposes)}")
    click.echo(f"  reason     {grant.reason} ({grant.ticket})")
    click.echo(f"  until      {grant.until}, the first day on which it no longer holds")


def _grant(
    policy: "Policy",
    rule: str,
    selector: str,
    reason: str,
    ticket: str,
    until: Any,
    max_rows: int,
    uses: tuple[str, ...],
    purposes: tuple[str, ...],
    today: Any,
) -> "Grant":
    from govgate.attest.waiver import Grant, check_text
    from govgate.errors import EvidenceError, UsageError
    from govgate.policy.model import INCOMPLETE
    from govgate.policy.waivers import Selector, failures_digest, rule_digest, split_selector
    from govgate.steps.waivers.judge import scope_objection

    if until <= today:
        raise UsageError(
            f"--until {until} has passed", remedy="it is the first day on which the waiver ends"
        )
    if max_rows < 1:
        raise UsageError(f"--max-rows {max_rows} would let it lift nothing")
    found = next((one for one in policy.rules if one.id == rule), None)
    digest = rule_digest(found) if found else failures_digest()
    of_failures = rule == INCOMPLETE
    if of_failures and uses:
        raise UsageError("a waiver of incomplete is for no use: the rows stay withheld")
    try:
        grant = Grant(
            policy=policy.name,
            rule=check_text(rule, "rule"),
            rule_sha256=digest,
            uses=tuple(
                sorted(Use(u) for u in set(uses or () if of_failures else uses or ("train",)))
            ),
            rows=Selector.of(split_selector(selector)).words,
            reason=check_text(reason, "reason"),
            ticket=check_text(ticket, "ticket"),
            granted_on=today,
            until=until,
            max_rows=max_rows,
            purposes=tuple(sorted(Purpose(p) for p in set(purposes))),
        )
    except EvidenceError as error:
        raise UsageError(error.what, remedy=error.remedy) from error
    if objection := scope_objection(grant, policy, None):
        raise UsageError(
            f"{policy.name_for_messages}: {objection[1]}", remedy="so a waiver would lift nothing"
        )
    if missing := [p for p in grant.purposes if p not in policy.purposes]:
        raise UsageError(f"policy {policy.name} does not cover {missing[0]}")
    return grant
