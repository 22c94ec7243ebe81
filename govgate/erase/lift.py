"""Letting in again what an erasure keeps out, with a signed note that says why."""

from datetime import datetime
from pathlib import Path

import polars as pl

from govgate.attest import dsse
from govgate.attest.statement import PAYLOAD_TYPE, Statement, Subject, time_text
from govgate.durable import make_dirs, write_durably
from govgate.errors import UsageError
from govgate.home import Home
from govgate.register import tombstones
from govgate.steps.open import signing_keys

LIFTED_TYPE = "tag:govgate,2026:erasure-lifted/v1"
LONGEST = 1000  # characters of a reason


def listed(home: Home, id: str) -> int:
    """How many keyed ids the receipt keeps out; UsageError for none."""
    table = tombstones.load(home).table
    count = table.filter(pl.col("receipt") == id).height
    if not count:
        raise UsageError(
            f"no receipt '{id}' keeps anything out of this home",
            remedy="give the id that the receipt's file is named for",
        )
    return count


def lift(home: Home, id: str, reason: str, now: datetime) -> tuple[Path, int]:
    """Take the receipt's ids off the list; the note that says so, and how many they were.

    The note is durable before anything is let in. The rows do not come back: they can be gated
    again from the data.
    """
    count, text = listed(home, id), reason.strip()
    if not text or len(text) > LONGEST or not text.isprintable():
        raise UsageError(f"the reason is not one line of 1 to {LONGEST} characters")
    keys, _ = signing_keys(home, now.date())
    digest = tombstones.load(home).digest or ""
    predicate = {"id": id, "ids": count, "liftedOn": time_text(now), "reason": text}
    statement = Statement((Subject("tombstones", digest),), LIFTED_TYPE, predicate)
    make_dirs(home.erasures)
    path = home.erasures / f"{id}-lifted.intoto.jsonl"
    write_durably(path, dsse.sign(statement.encode(), PAYLOAD_TYPE, [keys[0]]))
    return path, tombstones.lift(home, id)
