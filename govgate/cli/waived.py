"""Waivers of a gate, as text for people and as JSON."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from govgate.cli.lines import line, many
from govgate.policy.model import INCOMPLETE
from govgate.steps.waivers.judge import Judged

SHOWN = 12


def show_waivers(judged: Sequence[Judged], today: date) -> None:
    """Print what each waiver did, those in effect first."""
    ordered = sorted(judged, key=lambda one: not one.state.in_effect)
    texts = [waiver_text(one, today) for one in ordered[:SHOWN]]
    if len(judged) > SHOWN:
        texts.append(f"and {len(judged) - SHOWN:,} more, see --json")
    if judged:
        line("waivers", f"{len(judged):,} read")
    for text in texts:
        line("", text)


def waiver_text(one: Judged, today: date) -> str:
    """What it did, or why it had no effect, in one line."""
    if one.grant is None:
        return f"{one.file}: no effect, unreadable: {one.why}"
    name = f"{one.grant.id}  {one.grant.rule}"
    if not one.state.in_effect:
        return f"{name}: no effect, {one.state}: {one.why}"
    verb = "covers" if one.grant.rule == INCOMPLETE else "lifted in"
    what = f"{verb} {many(one.rows, 'row')}" if one.rows else "unused: it lifted nothing"
    soon = f"; ends soon, on {one.grant.until}" if one.ends_soon(today) else ""
    return f"{name}: {what} (at most {one.grant.max_rows:,}, {one.grant.ticket}){soon}"


def as_data(judged: Sequence[Judged], today: date) -> list[dict[str, Any]]:
    """The same as the record's list, and whether each ends soon."""
    return [
        {
            **one.as_record().model_dump(mode="json", by_alias=True),
            "inEffect": one.state.in_effect,
            "endsSoon": one.ends_soon(today),
        }
        for one in judged
    ]
