"""What the witnesses answered, in an answer: as text and as JSON."""

from typing import TYPE_CHECKING, Any

from govgate.cli.lines import line

if TYPE_CHECKING:
    from govgate.steps.cosign import Gathered


def show_witnesses(gathered: "Gathered") -> None:
    """Print a line for each witness, and what is missing for the quorum."""
    from govgate.attest.quorum import printable

    for number, asked in enumerate(gathered.answers):
        line("" if number else "witnesses", f"{printable(asked.witness.name)}: {asked.said}")
    standing = gathered.standing
    for remark in standing.remarks:
        line("", f"does not count: {remark}")
    of = f"for the log's checkpoint of size {standing.checkpoint.size}"
    missing = f"NOT reached {of}: {standing.lacking} is missing"
    line("quorum", f"reached {of}" if standing.reached else missing)


def as_data(gathered: "Gathered") -> dict[str, Any]:
    """The same, as JSON values."""
    from govgate.attest.quorum import printable

    standing = gathered.standing
    times = {witness: found.said_at for witness, found in standing.cosigned}
    return {
        "reached": standing.reached,
        "missing": standing.lacking,
        "remarks": list(standing.remarks),
        "size": standing.checkpoint.size,
        "answers": [
            {
                "witness": printable(asked.witness.name),
                "cosignedAt": times.get(asked.witness),
                "said": asked.said,
            }
            for asked in gathered.answers
        ],
    }
