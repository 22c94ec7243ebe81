"""What a scan saw, as text for people and as JSON: for `gate` and `scan`."""

from pathlib import Path
from typing import Any

from govgate.cli.lines import line, many
from govgate.scan.rowscan import POLICY
from govgate.steps.seen import Seen

SHOWN = 8  # failures, rules and entities listed one by one


def show_read(seen: Seen, run: Path) -> None:
    """Print what was read, and what became of it."""
    rows, text = seen.coverage["rows"], seen.coverage["characters"]
    files = many(len(seen.coverage["files"]), "file")
    line("read", f"{files}, {many(rows['read'], 'row')}, {text['read']:,} characters")
    line(
        "scanned",
        f"{text['scanned']:,} characters; {text['skipped']:,} skipped by name,"
        f" {text['failed']:,} failed",
    )
    skipped = [
        f"{reason.removeprefix(POLICY)} {many(told['strings'], 'string')}"
        f" ({told['characters']:,} characters)"
        for reason, told in seen.coverage["skipped"].items()
        if reason.startswith(POLICY)
    ]
    if skipped:
        line("skipped", f"by the policy: {', '.join(skipped)}")
    if failed := rows["failed"]:
        line("failed", many(failed, "row"))
        for failure in seen.coverage["failures"][:SHOWN]:
            line("", f"{failure['row']}: {failure['message']}; {failure['remedy']}")
        if failed > SHOWN:
            line("", f"and {failed - SHOWN:,} more, see {run}/coverage.json")
    for passed in seen.coverage["notGated"][:SHOWN]:
        line("not gated", f"{passed['name']} ({passed['reason']})")
    line("policy", f"{seen.policy}; configuration {seen.config or 'none'}")


def show_notes(seen: Seen) -> None:
    """Print what people should know of the configuration."""
    for number, note in enumerate(seen.notes[:SHOWN]):
        line("" if number else "note", note)


def show_found(seen: Seen) -> None:
    """Print what was found, and what was taken out of that."""
    kinds = ", ".join(f"{entity} {count:,}" for entity, count in seen.entities[:SHOWN])
    more = f", {len(seen.entities) - SHOWN} more kinds" if len(seen.entities) > SHOWN else ""
    if seen.entities:
        line("found", f"{kinds}{more}; in {many(seen.rows, 'row')}")
    else:
        line("found", "no personal data that the detector knows")
    if seen.below:
        line("below", f"{many(seen.below, 'finding')} that score less than the policy asks for")
    for number, (rule, count) in enumerate(seen.excluded[:SHOWN]):
        line("" if number else "excluded", f"{many(count, 'finding')} by the policy's {rule}")


def as_data(seen: Seen) -> dict[str, Any]:
    """Everything that the text says, and more, as JSON values."""
    return {
        "policy": seen.policy,
        "configuration": str(seen.config) if seen.config else None,
        "notes": list(seen.notes),
        "coverage": seen.coverage,
        "entities": dict(seen.entities),
        "rowsWithFindings": seen.rows,
        "excluded": dict(seen.excluded),
        "belowThreshold": seen.below,
    }
