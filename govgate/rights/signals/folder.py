r"""Responses saved as files, in a folder for each site.

    saved/example.com/robots.txt                      what https://example.com/robots.txt answered
    saved/example.com/robots.txt.headers              its head, if it was kept (a 404 needs no more)
    saved/example.com/.well-known/tdmrep.json
    saved/example.com/ai.txt
    saved/example.com/articles/one.html.headers       the head of https://example.com/articles/one.html
    saved/example.com/articles/one.html.body          the page, if it was kept
    saved/example.com/photo.jpg.c2pa.json             `c2patool photo.jpg`, for that address
    saved/http@example.com@8080/robots.txt            another scheme, another port

A head is an HTTP/1.1 status line and field lines (`curl --http1.1 -D FILE`); of several, as
redirects leave them, the last counts. The address of a folder's own page is named `.headers` and
`.body` in it. The date of a capture is the head's `Date`, else that of the file.
"""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from govgate.durable import translated, walk
from govgate.errors import UsageError
from govgate.rights.signals import c2pa, htmlmeta, httphead, robots
from govgate.rights.signals.httphead import Head, read_head
from govgate.rights.signals.response import WELL_KNOWN, Response
from govgate.rights.signals.warc import SUFFIXES

HEADERS, BODY, MANIFEST = ".headers", ".body", ".c2pa.json"
_LIMIT = max(robots.MAX_BYTES, htmlmeta.MAX_BYTES) + 1
_PLACE = re.compile(r"(?:(https?)@)?([^@/\\]+)(?:@([0-9]{1,5}))?").fullmatch
_RESPONSES = re.compile(rb"\r?\n\r?\n(?=HTTP/[0-9])")


def saved_responses(top: Path, captured: datetime | None) -> Iterator[Response]:
    """The responses in a folder. ``captured`` (UTC) overrides the dates that the files have.

    UsageError for the folder of a single site: its pages would be read as sites.
    """
    if any((top / known.strip("/")).is_file() for known in WELL_KNOWN) or top.name == ".well-known":
        raise UsageError(
            f"{top} holds a site's own files", remedy="name the folder that it lies in"
        )
    for folder, name in _files(top):
        base = _base(folder, name)
        url = _url(top, folder, base) if base is not None else None
        if url is not None and not name.endswith(MANIFEST):
            yield _response(url, folder, base or "", captured, top)


def saved_manifests(
    top: Path, captured: datetime | None
) -> Iterator[tuple[str, datetime, bytes, str]]:
    """The manifests in a folder: address of the asset, date, bytes (one more than are read, if
    there are more), and the folder. What lies where in it is an address: nobody is told."""
    for folder, name in _files(top):
        if name.endswith(MANIFEST):
            url = _url(top, folder, name.removesuffix(MANIFEST))
            path = folder / name
            if url is not None:
                data = _read(path, c2pa.MAX_BYTES + 1)
                yield url, captured or _modified(path), data, top.name


def archives(top: Path) -> list[Path]:
    """The WARC files in a folder."""
    return [folder / name for folder, name in _files(top) if name.endswith(SUFFIXES)]


def _files(top: Path) -> Iterator[tuple[Path, str]]:
    for folder, folders, names in walk(top):
        folders.sort()
        yield from ((folder, name) for name in sorted(names) if (folder / name).is_file())


def _base(folder: Path, name: str) -> str | None:
    """The name that a file's response has in its address; None for a file that is none, or whose
    head stands for it."""
    if name.endswith(HEADERS):
        return name.removesuffix(HEADERS)
    if name.endswith(BODY):
        base = name.removesuffix(BODY)
        return None if (folder / f"{base}{HEADERS}").is_file() else base
    is_known = f"/{name}" in WELL_KNOWN or (folder.name, name) == (".well-known", "tdmrep.json")
    return name if is_known and not (folder / f"{name}{HEADERS}").is_file() else None


def _url(top: Path, folder: Path, base: str) -> str | None:
    site, *parts = folder.relative_to(top).parts or ("",)
    place = _PLACE(site)
    if place is None:
        return None
    port = f":{place[3]}" if place[3] else ""
    return f"{place[1] or 'https'}://{place[2]}{port}/{'/'.join([*parts, base])}"


def _response(url: str, folder: Path, base: str, captured: datetime | None, top: Path) -> Response:
    head_file = folder / f"{base}{HEADERS}"
    bodies = [folder / f"{base}{BODY}", *([folder / base] if base else [])]
    body = next((path for path in bodies if path.is_file()), None)
    head = _head(head_file) if head_file.is_file() else Head(200)
    first = head_file if head_file.is_file() else body or head_file
    date = captured or _dated(head) or _modified(first)
    stream: BinaryIO = io.BytesIO(_read(body, _LIMIT) if body else b"")
    uncoded = Head(head.status, _without_coding(head), head.cut)
    return Response(url, date, uncoded, stream, top.name)


def _head(path: Path) -> Head:
    data = _read(path, httphead.MAX_BYTES + 1)
    last = _RESPONSES.split(data)[-1]
    return read_head(httphead.split_head(last)[0], cut=len(data) > httphead.MAX_BYTES)


def _without_coding(head: Head) -> tuple[tuple[str, bytes], ...]:
    """Who saves a body to a file has undone its codings."""
    codings = ("content-encoding", "transfer-encoding")
    return tuple((name, value) for name, value in head.fields if name not in codings)


def _dated(head: Head) -> datetime | None:
    try:
        at = parsedate_to_datetime(head.last("date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).replace(tzinfo=None)


def _modified(path: Path) -> datetime:
    with translated(path, "read"):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)


def _read(path: Path, limit: int) -> bytes:
    with translated(path, "read"), path.open("rb") as stream:
        return stream.read(limit)
