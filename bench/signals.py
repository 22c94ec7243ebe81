"""How long a million addresses of ten thousand sites take against captured signals.

    python bench/signals.py [--urls N] [--sites N] [--pages N] [--batch N]

A third of the sites has rules for paths, a third says one thing of all of them, a third has no
robots.txt; a share of the pages has responses of its own. Prints seconds and the peak of memory.
"""

import argparse
import hashlib
import random
import resource
import time
from datetime import date, datetime

import polars as pl

from govgate.rights.signals.address import page_key, page_key_secret
from govgate.rights.signals.evaluate import Heard, Signals
from govgate.rights.signals.store import merged, rows_frame

KEY = b"bench" * 8
MANAGED = ("GPTBot", "ClaudeBot", "CCBot", "Google-Extended", "Bytespider", "Applebot-Extended")


def robots(number: int) -> tuple[int, bytes]:
    """Status and bytes of a site's robots.txt."""
    if number % 3 == 0:
        return 404, b""
    named = "".join(f"User-agent: {token}\nDisallow: /\n\n" for token in MANAGED)
    if number % 3 == 1:
        signal = "User-agent: *\nContent-Signal: search=yes,ai-train=no,use=reference\nAllow: /\n\n"
        return 200, f"# site {number}\n{signal}{named}".encode()
    rules = "".join(f"Disallow: /private/{n}/\n" for n in range(number % 60))
    usage = "Content-Usage: train-ai=n\nContent-Usage: /open/ train-ai=y\n"
    text = (
        f"# site {number}\nUser-agent: *\n{usage}{rules}Disallow: /*?session=\nAllow: /private/1/\n"
    )
    return 200, text.encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--urls", type=int, default=1_000_000)
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--pages", type=int, default=200_000)
    parser.add_argument("--batch", type=int, default=20_000, help="addresses at a time, as a gate")
    asked = parser.parse_args()
    chance = random.Random(6)
    at = datetime(2026, 11, 1)
    folders = ("articles", "open", "private/7", "p")
    urls = [
        f"https://www.site{n % asked.sites}.example/{chance.choice(folders)}/{n}.html"
        for n in range(asked.urls)
    ]

    def row(kind: str, key: str, status: int, data: bytes) -> tuple[object, ...]:
        digest = hashlib.sha256(data).hexdigest()
        return (kind, key, None, at, status, None, False, digest, data, "bench")

    sites = [row("robots", f"https://www.site{n}.example", *robots(n)) for n in range(asked.sites)]
    secret = page_key_secret(KEY)
    said = (b"", b"x-robots-tag: noai\r\n\r\n", b"content-usage: train-ai=y\r\n\r\n")
    pages = [
        row("page", page_key(url, secret), 200, chance.choice(said)) for url in urls[: asked.pages]
    ]
    signals = Signals(merged([rows_frame(sites), rows_frame(pages)]), KEY)
    series = pl.Series("url", urls)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    started, worked = time.perf_counter(), time.process_time()
    heard = Heard(signals, date(2026, 11, 29))
    starts = range(0, asked.urls, asked.batch)
    found = pl.concat([heard.for_urls(series.slice(start, asked.batch)) for start in starts])
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(found.group_by("optout.train", "optout.retrieve").len().sort("len"))
    print(
        f"{asked.urls:,} addresses, {asked.sites:,} sites, {asked.pages:,} pages: {seconds:.1f} s "
        f"({work:.1f} s of processor), peak {peak} MB ({before} MB before)"
    )


if __name__ == "__main__":
    main()
