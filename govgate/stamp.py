"""A time stamp for a run: the query about its record, an authority's answer, and its place.

The record's signature and signer are verified before anything is asked, and the answer before it
is put into the run, by the same code as step 6 of `verify`.
"""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from govgate import durable, rundir
from govgate.attest.files import read_bounded
from govgate.attest.timestamp import MAX_RESPONSE, Stamp, check_stamp, normalised
from govgate.attest.trust import Trust
from govgate.errors import EvidenceError, IncompleteError, UsageError
from govgate.record import Decision
from govgate.verify import signed_record

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.request import OpenerDirector

    from govgate.attest.dsse import Verified

SECONDS = 30  # for the whole answer
_TYPE = "application/timestamp-query"


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
    opened, decision = signed_record(run, trust, today=today)
    return Stampable(run, opened, decision, trust)


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

    IncompleteError where no answer comes in time. A redirection is no answer: a POST would become
    another request.
    """
    from http.client import HTTPException
    from urllib.request import Request

    host = _host(url)
    sent = Request(  # noqa: S310  (the scheme was checked)
        url, data=query, headers={"Content-Type": _TYPE, "Accept": "application/timestamp-reply"}
    )
    try:
        with _opener().open(sent, timeout=SECONDS) as answer:
            return _read(answer, host)
    except (OSError, HTTPException, ValueError) as error:
        code = getattr(error, "code", None)
        said = f"it answered with status {code}" if code else "it could not be reached"
        raise IncompleteError(
            f"the time-stamp authority at {host} gave no answer: {said}",
            remedy="try again, or use --request and --response",
        ) from error


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, named = parts.hostname, parts.username is not None
    except ValueError:
        host, named = None, False
    if host is None or parts.scheme not in ("http", "https"):
        raise UsageError("--tsa wants an address that begins with http:// or https://")
    if named:
        raise UsageError(
            "--tsa takes no address with a user's name in it",
            remedy="write the query with --request, send it yourself, and give the --response",
        )
    return host


def _read(answer: "HTTPResponse", host: str) -> bytes:
    data, until = b"", monotonic() + SECONDS
    while chunk := answer.read1(8192):
        data += chunk
        if len(data) > MAX_RESPONSE:
            raise EvidenceError(f"{host} answered with more than {MAX_RESPONSE} bytes")
        if monotonic() > until:
            raise TimeoutError
    return data


def _opener() -> "OpenerDirector":
    from urllib.request import HTTPRedirectHandler, build_opener

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    return build_opener(NoRedirects)
