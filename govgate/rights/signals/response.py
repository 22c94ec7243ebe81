"""A captured response, whatever it was captured in, and what of it is kept as evidence."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from govgate.rights.signals import aitxt, htmlmeta, page, robots, tdmrep
from govgate.rights.signals.address import Address, read_address
from govgate.rights.signals.httpbody import read_body
from govgate.rights.signals.httphead import Head
from govgate.rights.signals.model import Artefact

WELL_KNOWN = {
    "/robots.txt": (Artefact.ROBOTS, robots.MAX_BYTES),
    "/.well-known/tdmrep.json": (Artefact.TDMREP_FILE, tdmrep.MAX_BYTES),
    "/ai.txt": (Artefact.AI_TXT, aitxt.MAX_BYTES),
}
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Response:
    """``captured``: UTC, without a zone. ``stream``: the body, still coded. ``cut``: the capture
    itself says that it has not all of it. ``where``: file and place, for people."""

    url: str
    captured: datetime
    head: Head
    stream: BinaryIO = field(repr=False)
    where: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is kept of a response. ``location``: where a redirect leads, if that is known."""

    artefact: Artefact
    address: Address
    status: int
    data: bytes
    cut: bool
    location: str | None = None


def evidence_of(response: Response) -> Evidence | str:
    """The evidence in a response, or why there is none."""
    address = read_address(response.url)
    if isinstance(address, str):
        return address
    status = response.head.status
    if status is None or not 200 <= status <= 599 or status == 304:
        return "no final response with a content of its own"
    if address.path in WELL_KNOWN:
        return _well_known(response, address, status)
    if not 200 <= status < 300:
        return "a redirect or an error instead of a page"
    return _page(response, address, status)


def _well_known(response: Response, address: Address, status: int) -> Evidence:
    artefact, limit = WELL_KNOWN[address.path]
    if not 200 <= status < 300:
        to = response.head.last("location") if status < 400 else ""
        return Evidence(artefact, address, status, b"", False, _target(address, to))
    body = read_body(response.stream, response.head, limit)
    return Evidence(artefact, address, status, body.data, body.cut or response.cut)


def _target(address: Address, location: str) -> str | None:
    """A redirect's target, if it is the same file of another site; where else it may lead is
    the business of nobody here."""
    target = read_address(location)
    if isinstance(target, str) or target.path != address.path or target.origin == address.origin:
        return None
    return target.origin


def _page(response: Response, address: Address, status: int) -> Evidence:
    head, found, cut = response.head, list[htmlmeta.Meta](), response.head.cut
    kind = head.last("content-type").partition(";")[0].strip().lower()
    if not kind or kind in _HTML:
        body = read_body(response.stream, head, htmlmeta.MAX_BYTES)
        found = htmlmeta.metas(body.data)
        whole = body.readable and not (body.cut or response.cut)
        cut = cut or not (whole or htmlmeta.head_ended(body.data))
    data = page.page_evidence(head, found)
    cut = cut or len(data) > page.MAX_BYTES
    return Evidence(Artefact.PAGE, address, status, data[: page.MAX_BYTES], cut)
