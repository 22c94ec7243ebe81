"""How fast 10 million rows of facts are decided with the default policy.

    python bench/decide.py [--rows N] [--runs N]

Facts are generated from a fixed seed in batches of 250,000 rows, the size in which a gate reads
them, and each is decided and counted. Only deciding and counting is timed; peak memory is that of
the whole process. Beside it stands the plain evaluator of the tests, one row after the other, on a
sample of the same rows; both must agree on that sample.
"""

import argparse
import gc
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "property")]

import plain_policy  # noqa: E402

from govgate.policy.decide import decide  # noqa: E402
from govgate.policy.load import Policy, default_policy  # noqa: E402
from govgate.policy.outcome import Summary  # noqa: E402
from govgate.policy.vocabulary import (  # noqa: E402
    CONSENT_BASES,
    CONSENT_STATUSES,
    ENTITIES,
    LICENSE_CLASSES,
)

BATCH = 250_000
SEED = 20_271_231
SAMPLE = 20_000
COMMON = ("DATE_TIME", "PERSON", "LOCATION", "URL", "NRP", "EMAIL_ADDRESS", "PHONE_NUMBER")
LISTS = 4_000  # distinct sets of entities; a few are common, most are rare


def main() -> None:
    """Run it and print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    policy = default_policy()
    seconds = [_run(policy, chosen.rows) for _ in range(chosen.runs)]
    middle = statistics.median(seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"rows      {chosen.rows:,} with {len(policy.rules)} rules, {pl.thread_pool_size()} threads"
    )
    print(f"seconds   median {middle:.2f}, from {min(seconds):.2f} to {max(seconds):.2f}")
    print(f"rows/s    {chosen.rows / middle:,.0f}")
    print(f"peak RSS  {peak:,.0f} MiB")
    plain = _plain_rate(policy)
    print(f"plain evaluator, {SAMPLE:,} rows: {plain:,.0f} rows/s")
    print(f"ratio     {chosen.rows / middle / plain:.0f} times the plain evaluator")


def _run(policy: Policy, rows: int) -> float:
    """Seconds spent deciding and counting."""
    summary, spent = Summary(), 0.0
    for facts in _batches(rows):
        began = time.perf_counter()
        summary.add(decide(facts, policy), facts)
        spent += time.perf_counter() - began
    assert summary.rows == rows
    gc.collect()
    return spent


def _plain_rate(policy: Policy) -> float:
    facts = next(_batches(SAMPLE))
    rows = facts.to_dicts()
    began = time.perf_counter()
    plain = [plain_policy.verdict(policy, row) for row in rows]
    spent = time.perf_counter() - began
    assert decide(facts, policy).drop("index").to_dicts() == plain, "the evaluators differ"
    return len(rows) / spent


def _batches(rows: int) -> Iterator[pl.DataFrame]:
    dice = np.random.default_rng(SEED)
    lists = _entity_lists(dice)
    weights = 1 / np.arange(1, LISTS + 1)
    weights /= weights.sum()
    for first in range(0, rows, BATCH):
        size = min(BATCH, rows - first)
        drawn = pl.Series(dice.choice(LISTS, size, p=weights))
        entities = lists.gather(drawn)
        counts = entities.list.len().cast(pl.Int64) * pl.Series(dice.integers(1, 8, size))
        yield pl.DataFrame(
            {
                "index": pl.Series(range(first, first + size), dtype=pl.UInt64),
                "pii.entities": entities,
                "pii.count": counts,
                "license.id": _words(dice, ("MIT", "CC-BY-4.0", "CC-BY-NC-4.0"), size, 0.05),
                "license.class": _words(dice, LICENSE_CLASSES, size, 0.05),
                "consent.status": _words(dice, CONSENT_STATUSES, size, 0.7),
                "consent.basis": _words(dice, CONSENT_BASES, size, 0.3),
                "source.name": _words(dice, ("wikipedia", "dialogues", "code"), size, 0.0),
                "row.characters": pl.Series(dice.integers(1, 20_000, size)),
            }
        )


def _entity_lists(dice: np.random.Generator) -> pl.Series:
    """Sets of entities, the common ones first; one is unknown."""
    found: list[list[str] | None] = [[], None]
    while len(found) < LISTS:
        some = [entity for entity in COMMON if dice.random() < 0.3]
        rare = list(dice.choice(ENTITIES, dice.integers(0, 3), replace=False))
        found.append(sorted({*some, *map(str, rare)}))
    return pl.Series(found, dtype=pl.List(pl.String))


def _words(
    dice: np.random.Generator, words: tuple[str, ...], size: int, unknown: float
) -> pl.Series:
    share = (1 - unknown) / len(words)
    drawn = dice.choice(len(words) + 1, size, p=[*[share] * len(words), unknown])
    return pl.Series([*words, None], dtype=pl.String).gather(pl.Series(drawn))


if __name__ == "__main__":
    main()
