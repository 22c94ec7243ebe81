"""Capture from WARC files that the tests make with warcio, whole and damaged."""

import gzip
import io
import re
import time
import tracemalloc
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
import zstandard
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from govgate.errors import UsageError
from govgate.rights.signals import htmlmeta, robots
from govgate.rights.signals.capture import Capture, capture
from govgate.rights.signals.warc import warc_responses

KEY = b"k" * 32
AT = "2026-10-01T12:00:00Z"
ROBOTS = b"User-agent: *\nDisallow: /x\n"
Item = tuple[str, str, Sequence[tuple[str, str]], bytes]


def write(path: Path, items: Sequence[Item], *, kind: str = "response", **extra: str) -> Path:
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=path.suffix == ".gz")
        for url, status, headers, body in items:
            head = StatusAndHeaders(status, headers, protocol="HTTP/1.1")
            record = writer.create_warc_record(
                url,
                kind,
                payload=io.BytesIO(body),
                http_headers=head if kind in ("response", "revisit") else None,
                warc_headers_dict={"WARC-Date": AT, **extra},
            )
            writer.write_record(record)
    return path


def robots_item(body: bytes = ROBOTS, *headers: tuple[str, str], status: str = "200 OK") -> Item:
    return ("https://example.com/robots.txt", status, headers, body)


def page_item(html: bytes, *headers: tuple[str, str], status: str = "200 OK") -> Item:
    told = [("Content-Type", "text/html; charset=utf-8"), *headers]
    return ("https://example.com/jane-doe", status, told, html)


def evidence(found: Capture) -> list[bytes]:
    return found.frame()["evidence"].to_list()


@pytest.fixture(params=["a.warc", "a.warc.gz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def test_what_speaks_of_use_is_kept_with_its_date_and_place(path: Path) -> None:
    items = [
        robots_item(),
        ("https://example.com/.well-known/tdmrep.json", "200 OK", [], b"[]"),
        ("https://example.com/ai.txt", "404 Not Found", [], b"no"),
        page_item(b"<meta name=robots content=noai><p>text", ("X-Robots-Tag", "noai")),
        ("https://example.com/x.jpg", "200 OK", [("Content-Type", "image/jpeg")], b"<meta"),
    ]
    found = capture([write(path, items)], KEY)
    frame = found.frame()
    assert dict(found.counts) == {"robots": 1, "tdmrep-file": 1, "ai-txt": 1, "page": 2}
    assert found.hosts == {"example.com"}
    assert frame["captured"].unique().to_list() == [datetime(2026, 10, 1, 12)]
    assert frame["evidence"][0] == ROBOTS
    assert frame["evidence"][3] == (
        b'x-robots-tag: noai\r\n\r\n<meta name="robots" content="noai">\n'
    )
    assert frame["evidence"][4] == b""
    assert frame["source"][0] == f"{path.name}@0"
    offsets = [int(source.partition("@")[2]) for source in frame["source"]]
    assert offsets == sorted(set(offsets))
    assert len(offsets) == 5


def test_pages_are_kept_without_their_addresses_and_texts(path: Path) -> None:
    found = capture([write(path, [page_item(b"<title>Jane</title>"), robots_item()])], KEY)
    kept = b"".join(
        str(value).encode() for row in found.frame().iter_rows() for value in row
    ).lower()
    assert b"jane" not in kept
    assert b"https://example.com" in kept  # of the site's own file


@pytest.mark.parametrize(
    ("headers", "coded"),
    [
        (
            [("Transfer-Encoding", "chunked")],
            b"c\r\nUser-agent: \r\nf;x=y\r\n*\nDisallow: /x\n\r\n0\r\n\r\n",
        ),
        ([("Content-Encoding", "gzip")], gzip.compress(ROBOTS, mtime=0)),
        ([("content-encoding", "x-gzip")], gzip.compress(ROBOTS, mtime=0)),
        ([("Content-Encoding", "deflate")], zlib.compress(ROBOTS)),
        ([("Content-Encoding", "deflate")], zlib.compress(ROBOTS)[2:-4]),
        ([("Content-Encoding", "zstd")], zstandard.compress(ROBOTS)),
        ([("Content-Encoding", "identity")], ROBOTS),
        ([("Transfer-Encoding", "chunked")], ROBOTS),  # undone by the tool, the header kept
        ([("Content-Length", "3")], ROBOTS),
        (
            [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")],
            b"%x\r\n%b\r\n0\r\n\r\n"
            % (len(gzip.compress(ROBOTS, mtime=0)), gzip.compress(ROBOTS, mtime=0)),
        ),
    ],
)
def test_codings_are_undone(path: Path, headers: list[tuple[str, str]], coded: bytes) -> None:
    found = capture([write(path, [robots_item(coded, *headers)])], KEY).frame()
    assert found["evidence"].to_list() == [ROBOTS]
    assert found["cut"].to_list() == [False]


@pytest.mark.parametrize(
    ("headers", "coded"),
    [
        ([("Content-Encoding", "br")], b"\x0b\x02\x80x\x03"),
        (
            [("Content-Encoding", "gzip, gzip")],
            gzip.compress(gzip.compress(ROBOTS, mtime=0), mtime=0),
        ),
        ([("Content-Encoding", "gzip")], ROBOTS),
        ([("Content-Encoding", "gzip")], gzip.compress(ROBOTS, mtime=0)[:-12]),
        ([("Transfer-Encoding", "chunked")], b"c\r\nUser-agent: \r\n"),  # its last chunk missing
        ([("Transfer-Encoding", "chunked")], b"ff\r\nUser-agent: *"),
        ([("Content-Encoding", "zstd")], b"\x28\xb5\x2f\xfd garbage"),
    ],
)
def test_a_body_that_cannot_be_read_is_marked_as_cut(
    path: Path, headers: list[tuple[str, str]], coded: bytes
) -> None:
    found = capture([write(path, [robots_item(coded, *headers)])], KEY).frame()
    assert found["cut"].to_list() == [True]


def test_a_robots_txt_of_50_mb_is_kept_to_the_limit(tmp_path: Path) -> None:
    body = ROBOTS + b"Disallow: /yyyy\n" * 3_200_000
    assert len(body) > 50_000_000
    path = write(tmp_path / "a.warc.gz", [robots_item(body), page_item(b"<p>")])
    started = time.process_time()
    found = capture([path], KEY).frame()
    assert time.process_time() - started < 5
    assert found["cut"].to_list() == [True, False]
    assert len(found["evidence"][0]) == robots.MAX_BYTES


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        ("gzip", gzip.compress(b"\0" * 100_000_000, mtime=0)),
        ("zstd", zstandard.compress(b"\0" * 500_000_000)),
    ],
    ids=["gzip", "zstd"],
)
def test_a_bomb_is_not_unpacked(tmp_path: Path, coding: str, bomb: bytes) -> None:
    path = write(tmp_path / "a.warc", [robots_item(bomb, ("Content-Encoding", coding))])
    tracemalloc.start()
    found = capture([path], KEY).frame()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000
    assert len(found["evidence"][0]) == robots.MAX_BYTES
    assert found["cut"].to_list() == [True]


@pytest.mark.parametrize(
    ("html", "cut"),
    [
        (b"<head>" + b" " * htmlmeta.MAX_BYTES, True),
        (b"<head></head>" + b" " * htmlmeta.MAX_BYTES, False),
        (b"<head>", False),
    ],
)
def test_a_page_counts_as_read_once_its_head_ended(path: Path, html: bytes, cut: bool) -> None:
    found = capture([write(path, [page_item(html)])], KEY).frame()
    assert found["cut"].to_list() == [cut]


def test_responses_without_a_content_of_their_own_are_counted(path: Path) -> None:
    items = [
        page_item(b"", status="301 Moved"),
        page_item(b"", status="500 Oops"),
        page_item(b"", status="304 Not Modified"),
        ("https://exa mple.com/", "200 OK", [], b""),
        robots_item(b"", ("Location", "https://www.example.com/robots.txt"), status="301 Moved"),
    ]
    found = capture([write(path, items)], KEY)
    assert dict(found.counts) == {"robots": 1}
    assert sum(found.skipped.values()) == 4
    assert found.frame()["location"].to_list() == ["https://www.example.com"]


def test_other_records_are_passed_over_and_saved_files_are_read(tmp_path: Path) -> None:
    resource = write(tmp_path / "r.warc", [robots_item()], kind="resource")
    assert capture([resource], KEY).frame()["evidence"].to_list() == [ROBOTS]
    revisit = write(tmp_path / "v.warc", [robots_item(b"")], kind="revisit")
    with pytest.raises(UsageError, match="no captured responses"):
        capture([revisit], KEY)


def test_an_address_in_capitals_is_heard(path: Path) -> None:
    item = ("HTTPS://EXAMPLE.COM/robots.txt", *robots_item()[1:])
    found = capture([write(path, [item])], KEY).frame()
    assert found["key"].to_list() == ["https://example.com"]


def test_a_truncated_response_is_marked_as_cut(path: Path) -> None:
    written = write(path, [robots_item()], **{"WARC-Truncated": "length"})
    assert capture([written], KEY).frame()["cut"].to_list() == [True]


# -- damage --------------------------------------------------------------------------------------


def whole(path: Path) -> bytes:
    items = [robots_item(), page_item(b"<p>" + bytes(range(32, 127)) * 20), robots_item(b"#")]
    return write(path, items).read_bytes()


def test_every_cut_of_a_file_is_an_error_or_leaves_whole_records(path: Path) -> None:
    data = whole(path)
    offsets = [r.where for r in warc_responses(io.BytesIO(data), "f")]
    starts = {int(where.partition("@")[2]) for where in offsets}
    fine: set[int] = set()
    messages: set[str] = set()
    for end in range(1, len(data)):
        try:
            list(warc_responses(io.BytesIO(data[:end]), "f"))
        except UsageError as error:
            messages.add(re.sub("[0-9]+", "N", error.what))
        else:
            fine.add(end)
    assert all(re.fullmatch("f: [a-zA-Z ]+ at byte N", message) for message in messages)
    ends = {start for start in starts if start} | {len(data)}
    assert all(any(0 <= at - end <= 4 for at in ends) for end in fine), sorted(fine)


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_the_damaged_record_is_named_by_its_offset(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    data = bytearray(whole(path))
    offsets = [int(r.where[2:]) for r in warc_responses(io.BytesIO(bytes(data)), "f")]
    second = offsets[1]
    data[second : second + 6] = b"\xff" * 6
    path.write_bytes(data)
    with pytest.raises(UsageError, match=f"{name}.* at byte {second}") as raised:
        capture([path], KEY)
    assert "jane" not in str(raised.value)


def test_a_wrong_length_is_an_error_and_prints_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.warc"
    data = whole(path)
    for wrong in (b"Content-Length: 9\r\n", b"Content-Length: 99999\r\n", b"Content-Length: x\r\n"):
        end = data.index(b"\r\n\r\n")
        head = b"\r\n".join(
            wrong.strip() if line.startswith(b"Content-Length") else line
            for line in data[:end].split(b"\r\n")
        )
        path.write_bytes(head + data[end:])
        with pytest.raises(UsageError, match="at byte"):
            capture([path], KEY)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "data",
    [
        b"not a WARC file\r\n\r\n",
        b"WARC/1.0\r\nWARC-Type: response\r\n\r\n",
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.b/\r\n"
        b"Content-Length: 0\r\n\r\n\r\n\r\n",
        b"x" * 10_000_000,
        gzip.compress(b"not a WARC file", mtime=0),
        b"filedesc://x.arc 0.0.0.0 20260101000000 text/plain 9\n1 0 x\nURL\n\n",
    ],
    ids=["text", "no-length", "no-date", "endless", "gzip", "arc"],
)
def test_what_is_no_warc_file_is_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    with pytest.raises(UsageError):
        capture([path], KEY)


def test_a_file_gzipped_as_a_whole_says_how_to_mend_it(tmp_path: Path) -> None:
    plain = whole(tmp_path / "a.warc")
    path = tmp_path / "b.warc.gz"
    path.write_bytes(gzip.compress(plain, mtime=0))
    with pytest.raises(UsageError, match="warcio recompress"):
        capture([path], KEY)


def test_an_address_with_spaces_is_not_logged(
    path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    write(path, [("https://example.com/jane doe", "200 OK", [], b"")])
    capture([path], KEY)
    assert caplog.text == ""
    assert capsys.readouterr() == ("", "")
