"""A further signature on a record, by someone else who answers for it."""

from datetime import date
from pathlib import Path

from govgate import rundir
from govgate.attest import dsse
from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Trust
from govgate.durable import write_durably
from govgate.errors import EvidenceError, UsageError
from govgate.verify import MAX_RECORD, verify


def countersign(run: Path, key: PrivateKey, trust: Trust, today: date) -> int:
    """Add ``key``'s signature to every statement of ``run``; how many signatures each has now.

    Every step of verification must hold first, but for how many have signed: nobody signs what
    they could not check. EvidenceError names the step that fails.
    """
    checked = verify(run, trust.without_counts(), today=today)
    if checked.failure is not None:
        raise EvidenceError(
            f"{run} does not verify, so it was not signed: {checked.failure.title}: "
            f"{checked.failure.detail}"
        )
    path = run / rundir.RECORD
    data = path.read_bytes()
    if len(data) > MAX_RECORD:
        raise EvidenceError(f"{path} is larger than {MAX_RECORD} bytes")
    lines = dsse.split_envelopes(data)
    if any(key.keyid == s.keyid for s in dsse.parse_envelope(lines[0]).signatures):
        raise UsageError(f"{run} is signed by key {key.keyid[:16]} already")
    signed = [dsse.add_signatures(line, [key]) for line in lines]
    write_durably(path, b"".join(signed))
    return len(dsse.parse_envelope(signed[0]).signatures)
