"""A further signature on a record, by someone else who answers for it."""

from datetime import date
from pathlib import Path

from govgate import rundir
from govgate.attest import dsse
from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Trust
from govgate.durable import write_durably
from govgate.errors import EvidenceError, UsageError
from govgate.locking import claimed
from govgate.verify import verify


def countersign(run: Path, key: PrivateKey, trust: Trust, today: date) -> None:
    """Add ``key``'s signature to every statement of ``run``.

    Every step of verification must hold first, but for how many have signed and witnessed: nobody
    signs what they could not check, nor anything but the bytes that were checked. EvidenceError
    names the step that fails. UsageError while somebody else signs: one of two signatures would be
    lost.
    """
    with claimed(run.parent / f".{run.name}.lock", f"somebody else is writing {run}"):
        _countersign(run, key, trust, today)


def _countersign(run: Path, key: PrivateKey, trust: Trust, today: date) -> None:
    checked = verify(run, trust.without_counts(), today=today)
    if checked.failure is not None:
        raise EvidenceError(
            f"{run} does not verify, so it was not signed: {checked.failure.title}: "
            f"{checked.failure.detail}"
        )
    if all(_signed_by(key, line) for line in checked.lines):
        raise UsageError(f"{run} is signed by key {key.keyid[:16]} already")
    signed = b"".join(dsse.add_signatures(line, [key]) for line in checked.lines)
    write_durably(run / rundir.RECORD, signed)


def _signed_by(key: PrivateKey, line: bytes) -> bool:
    try:
        dsse.open_envelope(line, {key.keyid: key.public})
    except EvidenceError:
        return False
    return True
