"""`govgate rights capture` and `govgate rights signals`."""

import json
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Cli

ROBOTS = "User-agent: *\nDisallow: /private/\nContent-Signal: ai-train=no, ai-input=yes\n"
HEAD = "HTTP/1.1 200 OK\r\nDate: Sun, 01 Nov 2026 10:00:00 GMT\r\n"
PAGE = "https://example.com/jane-doe.html"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    site = tmp_path / "saved" / "example.com"
    site.mkdir(parents=True)
    (site / "robots.txt").write_text(ROBOTS)
    (site / "robots.txt.headers").write_text(HEAD)
    (site / "jane-doe.html.headers").write_text(HEAD + "X-Robots-Tag: noai\r\n")
    return tmp_path / "saved"


def test_capture_keeps_signals_and_signals_shows_them(
    cli: Cli, saved: Path, tmp_path: Path
) -> None:
    out = tmp_path / "signals.parquet"
    done = cli("rights", "capture", saved, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "CAPTURED" in done.stdout
    assert "jane" not in done.stdout + done.stderr + str(pl.read_parquet(out).rows())
    shown = cli("rights", "signals", out, "--url", PAGE, "--as-of", "2026-11-29")
    assert shown.returncode == 0, shown.stderr
    for word in ("train      refused", "retrieve   allowed", "x-robots-tag", "content-signal"):
        assert word in shown.stdout, shown.stdout
    early = cli("rights", "signals", out, "--url", PAGE, "--as-of", "2026-10-01", "--json")
    told = json.loads(early.stdout)
    assert told["optout.train"] is None
    assert "newer" in told["why"]


def test_captures_are_added_to_what_is_there(cli: Cli, saved: Path, tmp_path: Path) -> None:
    out = tmp_path / "signals.parquet"
    (tmp_path / "domains.txt").write_text("example.org\n")
    (tmp_path / "people.txt").write_text("jane.doe@example.com\n")
    first = cli("rights", "capture", saved, "--out", out, "--json", "--quiet")
    assert json.loads(first.stdout) == {
        "out": str(out),
        "rows": 2,
        "captured": {"page": 1, "robots": 1},
        "hosts": 1,
        "skipped": {},
    }
    lists = ("--domains", tmp_path / "domains.txt", "--subjects", tmp_path / "people.txt")
    second = cli("rights", "capture", *lists, "--captured", "2026-11-02", "--out", out, "--json")
    assert json.loads(second.stdout)["rows"] == 6
    again = cli("rights", "capture", *lists, "--captured", "2026-11-02", "--out", out, "--json")
    assert json.loads(again.stdout)["rows"] == 6
    listed = cli("rights", "signals", out, "--url", "https://www.example.org/x", "--json")
    assert json.loads(listed.stdout)["optout.signals"] == ["domain-list"]
    assert "jane" not in str(pl.read_parquet(out).rows())


def test_a_damaged_source_leaves_everything_as_it_was(
    cli: Cli, saved: Path, tmp_path: Path
) -> None:
    out = tmp_path / "signals.parquet"
    assert cli("rights", "capture", saved, "--out", out).returncode == 0
    before = out.read_bytes()
    (tmp_path / "bad.warc").write_bytes(b"WARC/1.0\r\nWARC-Type: response\r\n\r\n")
    done = cli("rights", "capture", saved, tmp_path / "bad.warc", "--out", out)
    assert done.returncode == 2
    assert "bad.warc" in done.stderr
    assert "at byte 0" in done.stderr
    assert out.read_bytes() == before


def test_bad_usage_is_said_plainly(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "signals.parquet"
    for arguments, word in (
        (("capture", "--out", out), "nothing to read"),
        (("capture", tmp_path / "none.warc", "--out", out), "no such file"),
        (("capture", tmp_path, "--out", out), "no captured responses"),
        (("signals", out, "--url", PAGE), "cannot be read"),
        (("signals", out, "--url", PAGE, "--agent", "Acme Bot"), "must be a product token"),
        (("captur",), "Did you mean capture?"),
    ):
        done = cli("rights", *arguments)
        assert done.returncode == 2, done.stdout
        assert word in done.stderr
    assert not out.exists()
