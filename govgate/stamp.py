"""A time stamp for a run: the query about its record, an authority's answer, and its place.

The record's signature and signer are verified before anything is asked, and the answer before it
is put into the run, by the same code as step 6 of `verify`.
"""

import os
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from govgate import durable, rundir
from govgate.attest.files import read_bounded
from govgate.attest.timestamp import MAX_RESPONSE, Stamp, check_stamp, normalised
from govgate.attest.trust import Trust
from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.posting import host_of, post
from govgate.record import Decision
from govgate.verify import signed_record

if TYPE_CHECKING:
    from govgate.attest.dsse import Verified

SECONDS = 30  # for a step of the connection, and for the whole answer
_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
    "User-Agent": "govgate",
}


@dataclass(frozen=True, slots=True)
class Stampable:
    """A run whose record is signed by a key that counts, and the trust file that says so."""

    run: Path
    opened: "Verified"
    decision: Decision
    trust: Trust

    @property
    def signature(self) -> bytes:
        """What is stamped."""
        return self.opened.signature

    def check(self, response: bytes, nonce: int | None = None) -> Stamp:
        """What ``response`` says of this record, or EvidenceError."""
        return check_stamp(
            response, self.opened, self.decision.finished_on, self.trust, nonce=nonce
        )


def stampable(run: Path, trust: Trust, *, today: date) -> Stampable:
    """The record of ``run``, verified by steps 1 to 4."""
    record = signed_record(run, trust, today=today)
    return Stampable(run, record.opened, record.decision, trust)


def check_place(record: Stampable, *, replace: bool) -> None:
    """UsageError where the run has a stamp that holds, unless ``replace``, or none is trusted."""
    if not record.trust.authorities:
        raise UsageError(
            "the trust file lists no time-stamp authority, so no stamp could be checked",
            remedy="list one with: govgate key authority CERT.pem",
        )
    path = record.run / rundir.STAMP
    if replace or not os.path.lexists(path):
        return
    try:
        there = record.check(read_bounded(path, MAX_RESPONSE))
    except EvidenceError:
        return  # it is worth nothing
    raise UsageError(f"{path} holds already: {there}", remedy="replace it with --replace")


def put(record: Stampable, response: bytes, nonce: int | None = None) -> Stamp:
    """Keep ``response`` in the run, once it proved to stamp this record."""
    response = normalised(response)
    stamp = record.check(response, nonce)
    path = record.run / rundir.STAMP
    if path.is_symlink() or path.is_dir():
        raise UsageError(f"{path} is not a plain file", remedy="remove it")
    _clear(record.run)
    durable.write_durably(path, response)
    return stamp


def _clear(run: Path) -> None:
    """Remove what a killed write left in ``run``: the record does not name it."""
    for path in run.iterdir():
        if durable.is_temporary(path.name):
            path.unlink(missing_ok=True)


def ask(url: str, query: bytes) -> bytes:
    """What the authority at ``url`` answers to ``query`` (RFC 3161 section 3.4).

    UsageError where ``url`` is no address to ask, IncompleteError where no answer comes in time.
    """
    host = f"the time-stamp authority at {host_of(url)}"
    again = "try again, or use --request and --response"
    try:
        status, body = post(url, query, _HEADERS, most=MAX_RESPONSE, seconds=SECONDS)
    except IncompleteError as error:
        raise IncompleteError(f"{host} gave no answer: {error.what}", remedy=again) from error
    except EvidenceError as error:
        raise EvidenceError(f"{host} gave no time stamp: {error.what}") from error
    if status != HTTPStatus.OK:
        raise IncompleteError(
            f"{host} gave no answer: it answered with status {status}", remedy=again
        )
    return body
