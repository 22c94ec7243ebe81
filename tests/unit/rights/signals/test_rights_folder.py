"""Capture from folders of saved responses, and the signals file."""

import hashlib
import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from govgate.errors import EvidenceError, UsageError
from govgate.rights.signals.capture import capture
from govgate.rights.signals.store import SCHEMA, load_file, merged, rows_frame, save_signals

KEY = b"k" * 32
DATED = "HTTP/1.1 200 OK\r\nDate: Wed, 14 Oct 2026 12:07:48 GMT\r\n"


def put(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def rows(top: Path, captured: datetime | None = None) -> list[dict[str, object]]:
    return list(capture([top], KEY, captured=captured).frame().iter_rows(named=True))


def test_the_layout_of_a_folder(tmp_path: Path) -> None:
    site = tmp_path / "example.com"
    put(site / "robots.txt", "User-agent: *\n")
    put(site / "robots.txt.headers", DATED)
    put(site / "ai.txt.headers", "HTTP/1.1 404 Not Found\r\n\r\n")
    put(site / ".well-known" / "tdmrep.json", "[]")
    put(site / "articles" / "one.html.headers", DATED + "X-Robots-Tag: noai\r\n")
    put(site / "articles" / "one.html.body", "<meta name=robots content=noml>")
    put(site / ".body", "<meta name=tdm-reservation content=1>")
    put(site / "photo.jpg.c2pa.json", json.dumps({"active_manifest": "m", "manifests": {}}))
    put(site / "notes.md", "nothing of ours")
    put(tmp_path / "http@old.example@8080" / "robots.txt", "")
    found = {(row["artefact"], row["key"]): row for row in rows(tmp_path)}
    kinds = sorted(str(artefact) for artefact, _ in found)
    assert kinds == ["ai-txt", "c2pa", "page", "page", "robots", "robots", "tdmrep-file"]
    mine = found["robots", "https://example.com"]
    assert mine["captured"] == datetime(2026, 10, 14, 12, 7, 48)
    assert (mine["status"], mine["evidence"]) == (200, b"User-agent: *\n")
    assert found["ai-txt", "https://example.com"]["status"] == 404
    assert ("robots", "http://old.example:8080") in found
    pages = {row["evidence"] for row in found.values() if row["artefact"] == "page"}
    assert b'x-robots-tag: noai\r\n\r\n<meta name="robots" content="noml">\n' in pages
    assert "articles" not in str(found)


def test_a_named_day_overrides_the_files_own(tmp_path: Path) -> None:
    put(tmp_path / "example.com" / "robots.txt.headers", DATED)
    (row,) = rows(tmp_path, datetime(2026, 1, 2))
    assert row["captured"] == datetime(2026, 1, 2)


def test_of_several_heads_the_last_counts(tmp_path: Path) -> None:
    heads = (
        "HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\nHTTP/1.1 200 OK\r\nX-Robots-Tag: noai\r\n\r\n"
    )
    put(tmp_path / "example.com" / "p.headers", heads)
    (row,) = rows(tmp_path)
    assert row["evidence"] == b"x-robots-tag: noai\r\n\r\n"


def test_a_date_that_cannot_be_read_is_not_believed(tmp_path: Path) -> None:
    put(tmp_path / "example.com" / "p.headers", "HTTP/1.1 200 OK\r\nDate: yesterday\r\n")
    (row,) = rows(tmp_path)
    assert isinstance(row["captured"], datetime)
    assert row["captured"].year > 2020


def test_saved_bodies_are_taken_as_they_are(tmp_path: Path) -> None:
    put(tmp_path / "example.com" / "robots.txt.headers", DATED + "Content-Encoding: br\r\n")
    put(tmp_path / "example.com" / "robots.txt", "User-agent: *\n")
    (row,) = rows(tmp_path)
    assert (row["evidence"], row["cut"]) == (b"User-agent: *\n", False)


def test_an_empty_folder_or_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path / "list.txt", "example.com\n")
    for name, match in (
        ("empty", "no captured responses"),
        ("missing", "no such file"),
        ("list.txt", "--domains"),
    ):
        with pytest.raises(UsageError, match=match):
            capture([tmp_path / name], KEY)


def test_lists_are_kept_line_by_line_and_people_as_hashes(tmp_path: Path) -> None:
    put(tmp_path / "d.txt", "example.com train\n")
    put(tmp_path / "p.txt", "jane@example.com\n")
    at = datetime(2026, 11, 1)
    found = capture(
        [], KEY, domains=[tmp_path / "d.txt"], subjects=[tmp_path / "p.txt"], captured=at
    )
    frame = found.frame()
    assert dict(found.counts) == {"domain-list": 1, "subject-list": 1}
    assert frame["key"].to_list()[:2] == [None, "example.com"]
    assert frame["evidence"][1] == b"example.com train"
    digest = hashlib.sha256(b"jane@example.com\n").hexdigest()
    assert frame.filter(pl.col("artefact") == "subject-list")["digest"].to_list() == [digest] * 2
    assert "jane" not in str(frame.rows())


def test_two_lists_of_one_name_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "a" / "d.txt", "example.com\n")
    put(tmp_path / "b" / "d.txt", "example.org\n")
    with pytest.raises(UsageError, match="one name"):
        capture([], KEY, domains=[tmp_path / "a" / "d.txt", tmp_path / "b" / "d.txt"])


# -- the signals file ----------------------------------------------------------------------------


def captured(day: int, data: bytes, key: str = "https://a.example", hour: int = 0) -> pl.DataFrame:
    digest = hashlib.sha256(data).hexdigest()
    at = datetime(2026, 10, day, hour)
    return rows_frame([("robots", key, None, at, 200, None, False, digest, data, "t")])


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    frame = merged([captured(1, b"a"), captured(2, b"b")])
    save_signals(tmp_path / "deep" / "s.parquet", frame)
    assert load_file(tmp_path / "deep" / "s.parquet").equals(frame)
    assert frame.schema == SCHEMA


def test_of_a_day_the_last_capture_is_kept_and_older_days_stay() -> None:
    frame = merged([captured(2, b"b", hour=9), captured(1, b"a"), captured(2, b"c", hour=8)])
    assert frame["evidence"].to_list() == [b"a", b"b"]
    assert merged([frame, frame]).equals(frame)
    assert merged([captured(1, b"a"), captured(1, b"b")]).height == 2  # one instant: both count
    assert merged([captured(1, b"a"), captured(1, b"b", "https://b.example")]).height == 2
    assert merged([]).is_empty()


def test_evidence_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    frame = captured(1, b"User-agent: *\nDisallow: /\n")
    changed = frame.with_columns(evidence=pl.lit(b"User-agent: *\nAllow: /\n"))
    save_signals(path, changed)
    with pytest.raises(EvidenceError, match="digest"):
        load_file(path)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"a,b\n", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_what_is_no_signals_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "s.parquet"
    path.write_bytes(data)
    with pytest.raises(UsageError, match="not a signals file"):
        load_file(path)


def test_a_table_of_other_columns_or_kinds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(path)
    with pytest.raises(UsageError, match="not a signals file"):
        load_file(path)
    captured(1, b"").with_columns(artefact=pl.lit("robotz")).write_parquet(path)
    with pytest.raises(UsageError, match="not a signals file"):
        load_file(path)
    captured(1, b"").with_columns(cut=pl.lit(None, pl.Boolean)).write_parquet(path)
    with pytest.raises(UsageError, match="not a signals file"):
        load_file(path)
    with pytest.raises(UsageError, match="cannot be read"):
        load_file(tmp_path / "missing.parquet")


def test_the_folder_of_a_single_site_is_refused(tmp_path: Path) -> None:
    (tmp_path / "robots.txt").write_text("User-agent: *\nDisallow: /\n")
    (tmp_path / "articles").mkdir()
    with pytest.raises(UsageError, match="holds a site's own files"):
        rows(tmp_path)
