r"""What a page's own response says: the lines of its head that speak of use, and its meta elements.

The evidence of a page is those lines and elements alone, never its text:

    Content-Usage: train-ai=n\r\n
    X-Robots-Tag: noai\r\n
    \r\n
    <meta name="tdm-reservation" content="1">\n

Names are as ``httphead`` reads them; an empty evidence is a page that says nothing.
"""

from collections.abc import Iterator

from govgate.rights.signals import robotstag, tdmrep
from govgate.rights.signals.contentsignal import content_signal
from govgate.rights.signals.htmlmeta import Meta, metas
from govgate.rights.signals.httphead import Head, read_head
from govgate.rights.signals.model import UNREADABLE, Kind, Said, Stances, together
from govgate.rights.signals.usage import usage

MAX_BYTES = 64 * 1024
FIELDS = ("content-usage", "content-signal", "tdm-reservation", "tdm-policy", "x-robots-tag")
CUT = "the page's head could not be read to its end"


def page_evidence(head: Head, found: list[Meta]) -> bytes:
    """The evidence of a page; longer than ``MAX_BYTES`` where the page says more than is kept."""
    lines = [
        name.encode() + b": " + value + b"\r\n" for name, value in head.fields if name in FIELDS
    ]
    if not lines and not found:
        return b""
    elements = "".join(meta.written + "\n" for meta in found)
    return b"".join(lines) + b"\r\n" + elements.encode("utf-8", "replace")


def page_says(evidence: bytes, agent: str, *, others: bool, cut: bool = False) -> list[Said]:
    """Every kind that says something. ``cut``: part of the head or of the page was not read."""
    return list(_says(evidence, agent, others, cut or len(evidence) > MAX_BYTES))


def _says(evidence: bytes, agent: str, others: bool, cut: bool) -> Iterator[Said]:
    lines, _, elements = evidence.partition(b"\r\n\r\n")
    if evidence.startswith(b"\r\n"):
        lines, elements = b"", evidence[2:]
    head = read_head(lines)
    if values := head.every("content-usage"):
        yield usage(values, "page")
    if values := head.every("content-signal"):
        yield content_signal(values, "page")
    if values := head.every(tdmrep.WORD):
        texts = [value.decode("latin-1") for value in values]
        yield Said(Kind.TDMREP_HEADER, tdmrep.reservation(texts), scope="page")
    if values := head.every("x-robots-tag"):
        stances = robotstag.header_tag(values, agent, others=others)
        yield Said(Kind.X_ROBOTS_TAG, stances, scope="page")
    yield from _elements(elements, agent, others)
    if cut:
        yield Said(Kind.META, UNREADABLE, CUT, "page")


def _elements(written: bytes, agent: str, others: bool) -> Iterator[Said]:
    found = metas(written)
    if reserved := [meta.content for meta in found if meta.name == tdmrep.WORD]:
        yield Said(Kind.TDMREP_META, tdmrep.reservation(reserved), scope="page")
    heard = [m for m in found if robotstag.is_meant(m.name, agent, others)]
    if heard:
        said = together(robotstag.words_of(meta.content) for meta in heard)
        yield Said(Kind.META, said, scope="page")


def reserved(said: list[Said]) -> Stances:
    """What header and meta element come to by TDMRep's own order: the element supersedes."""
    by_kind = {one.kind: one.stances for one in said}
    header = by_kind.get(Kind.TDMREP_HEADER, Stances())
    return tdmrep.superseding(header, by_kind.get(Kind.TDMREP_META, Stances()))
