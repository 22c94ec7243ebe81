"""How fast 10 million rows of facts are decided and replayed, with up to 200 rules.

    python bench/policy.py [--rows N] [--runs N] [--folder DIR] [--quick]

Facts come from a fixed seed, in batches of 250,000 rows, the size in which a gate reads them; all
facts are drawn independently of each other, which leaves few rows alike. The first policy is the
default one. The others are generated: of 20, 60 and 200 rules, each of which speaks
of few rows.

Deciding is timed from batches in memory to counted verdicts. Replaying is the command's own work: a
run directory of Parquet files is read, decided under another policy and tallied. Beside it stand
evaluators that take one row after the other, on a sample: the plain one of the tests, and a Rego
engine that runs the exported policy. All must agree with `decide` on that sample.
"""

import argparse
import datetime
import gc
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "property")]

import plain_policy  # noqa: E402

from govgate import rundir  # noqa: E402
from govgate.data.tables import TableWriter  # noqa: E402
from govgate.model import Outcome  # noqa: E402
from govgate.policy.decide import decide  # noqa: E402
from govgate.policy.load import Policy, default_policy, parse_policy  # noqa: E402
from govgate.policy.outcome import Summary  # noqa: E402
from govgate.policy.rightsfacts import CONSENT_BASES, CONSENT_STATUSES, LICENSE_CLASSES  # noqa: E402
from govgate.policy.vocabulary import ENTITIES, PII_IN, ROLES  # noqa: E402
from govgate.steps.decide import VERDICTS_SCHEMA, final_verdicts  # noqa: E402
from govgate.steps.findings import FINDINGS_SCHEMA  # noqa: E402
from govgate.steps.replay.run import Replay  # noqa: E402
from govgate.steps.resolve import FACTS_SCHEMA  # noqa: E402

BATCH = 250_000
SEED = 20_271_231
SAMPLE = 1_000
RULES = (20, 60, 200)
COMMON = ("DATE_TIME", "PERSON", "LOCATION", "URL", "NRP", "EMAIL_ADDRESS", "PHONE_NUMBER")
LISTS = 4_000  # distinct sets of entities; a few are common, most are rare
SPEAKERS = ([], ["user"], ["assistant"], ["assistant", "user"], ["other"])
COUNTRIES = ("DE", "FR", "US", "GB")
HEAD = "policy: generated\nversion: 1\nexpires: 2099-01-01\npurposes: [fine-tuning]\nrules:\n"


def main() -> None:
    """Run it and print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--folder", type=Path, help="Where the run directories are kept.")
    options.add_argument("--quick", action="store_true", help="Only the most rows and rules.")
    chosen = options.parse_args()
    print(f"{pl.thread_pool_size()} threads, {chosen.runs} runs; seconds are medians (least, most)")
    rows = [chosen.rows] if chosen.quick else _up_to(chosen.rows)
    rules = RULES[-1:] if chosen.quick else RULES
    decided = _decide_all(rows, rules, chosen.runs)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        _replay_all(Path(folder), rows, rules, chosen.runs)
    _compare(chosen.rows / decided, chosen.runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak RSS  {peak:,.0f} MiB")


def _decide_all(rows: Sequence[int], rules: Sequence[int], runs: int) -> float:
    """Print how long deciding takes; the median for the most rows and rules."""
    print(f"\ndecide, default policy of {len(default_policy().rules)} rules")
    _table(rows, [(f"{n:,} rows", lambda n=n: _decide(default_policy(), n)) for n in rows], runs)
    most = rows[-1]
    print(f"\ndecide, {rules[-1]} rules")
    policy = generated(rules[-1])
    found = _table(rows, [(f"{n:,} rows", lambda n=n: _decide(policy, n)) for n in rows], runs)
    if len(rules) > 1:
        print(f"\ndecide, {most:,} rows")
        _table(
            rules, [(f"{n} rules", lambda n=n: _decide(generated(n), most)) for n in rules], runs
        )
    return found[-1]


def _replay_all(folder: Path, rows: Sequence[int], rules: Sequence[int], runs: int) -> None:
    """Print how long it takes to replay runs of the default policy under other policies."""
    made = {n: _run_directory(folder / str(n), n) for n in rows}
    stricter = default_policy().source.replace(b"train.share", b"retrieve.share")
    again = parse_policy(stricter, "again.yaml")
    print("\nreplay of a run of the default policy under another of as many rules")
    _table(rows, [(f"{n:,} rows", lambda n=n: _replay(made[n], again)) for n in rows], runs)
    print(f"\nreplay under {rules[-1]} rules")
    policy = generated(rules[-1])
    _table(rows, [(f"{n:,} rows", lambda n=n: _replay(made[n], policy)) for n in rows], runs)


def _table(
    sizes: Sequence[int], cases: Sequence[tuple[str, Callable[[], float]]], runs: int
) -> list[float]:
    """Run and print each case; beside it how much more it takes than the one before, by size."""
    medians: list[float] = []
    for (name, run), size in zip(cases, sizes, strict=True):
        seconds = [run() for _ in range(runs)]
        middle = statistics.median(seconds)
        told = f"  {name:<16} {middle:7.2f} s  ({min(seconds):.2f}, {max(seconds):.2f})"
        if medians:
            before = sizes[len(medians) - 1]
            told += f"  {middle / medians[-1]:.2f} times for {size / before:.2f} times as many"
        print(told, flush=True)
        medians.append(middle)
    return medians


def _up_to(rows: int) -> list[int]:
    return sorted({max(1, rows // 10), max(1, rows * 3 // 10), rows})


def _decide(policy: Policy, rows: int) -> float:
    """Seconds spent deciding and counting."""
    summary, spent = Summary(), 0.0
    for facts in batches(rows):
        began = time.perf_counter()
        summary.add(decide(facts, policy), facts)
        spent += time.perf_counter() - began
    assert summary.rows == rows
    gc.collect()
    return spent


def _replay(run: Path, policy: Policy) -> float:
    """Seconds from the run's files to the table of moves."""
    began = time.perf_counter()
    replayed = Replay(run, policy).replay(samples=3)
    spent = time.perf_counter() - began
    assert replayed.moved
    assert not replayed.unknown
    return spent


def _run_directory(run: Path, rows: int) -> Path:
    """What a gate leaves of so many rows under the default policy, but for record and data."""
    run.mkdir()
    policy = default_policy()
    (run / rundir.POLICY).write_bytes(policy.source)
    TableWriter(run / rundir.FINDINGS, FINDINGS_SCHEMA).close()
    with TableWriter(run / rundir.FACTS, FACTS_SCHEMA) as out:
        for facts in batches(rows):
            out.append(_stored(facts))
    with TableWriter(run / rundir.VERDICTS, VERDICTS_SCHEMA) as out:
        for _, verdicts in final_verdicts(run / rundir.FACTS, policy, Outcome.TRAIN):
            out.append(verdicts)
    return run


def _stored(facts: pl.DataFrame) -> pl.DataFrame:
    name = pl.lit("rows.jsonl")
    named = facts.with_columns(file=name, row=pl.format("{}:{}", name, pl.col("index") + 1))
    lacking = [name for name in FACTS_SCHEMA if name not in named.columns]
    return named.with_columns(pl.lit(None, FACTS_SCHEMA[name]).alias(name) for name in lacking)


def _compare(rate: float, runs: int) -> None:
    """Print the rates of row-by-row evaluators on a sample, and that they agree."""
    policy, facts = generated(RULES[-1]), next(batches(SAMPLE))
    rows = facts.to_dicts()
    verdicts = decide(facts, policy).drop("index").to_dicts()
    print(f"\nrow by row, {SAMPLE:,} rows and {RULES[-1]} rules; decide: {rate:,.0f} rows/s")
    _beside("plain evaluator", rate, runs, verdicts, lambda: _plain(policy, rows))
    try:
        import rego_policy
    except ImportError as missing:
        print(f"  Rego engine      not run: {missing}")
        return
    _beside("Rego engine", rate, runs, verdicts, lambda: rego_policy.verdicts(policy, rows))


def _plain(policy: Policy, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [plain_policy.verdict(policy, row) for row in rows]


def _beside(
    name: str,
    rate: float,
    runs: int,
    verdicts: list[dict[str, object]],
    evaluate: Callable[[], list[dict[str, object]]],
) -> None:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        found = evaluate()
        spent = time.perf_counter() - began
        assert _said(found) == _said(verdicts), f"{name} and decide differ"
        times.append(rate / (len(verdicts) / spent))
    middle = statistics.median(times)
    print(
        f"  {name:<16} {rate / middle:,.0f} rows/s; decide does {middle:,.0f} times as many"
        f" ({min(times):,.0f}, {max(times):,.0f})"
    )


def _said(verdicts: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{key: one[key] for key in sorted(one) if key != "waivers"} for one in verdicts]


def batches(rows: int) -> Iterator[pl.DataFrame]:
    """So many rows of facts, the same every time."""
    dice = np.random.default_rng(SEED)
    lists = _entity_lists(dice)
    weights = 1 / np.arange(1, LISTS + 1)
    weights /= weights.sum()
    speakers = pl.Series([*SPEAKERS, None], dtype=pl.List(pl.String))
    for first in range(0, rows, BATCH):
        size = min(BATCH, rows - first)
        drawn = pl.Series(dice.choice(LISTS, size, p=weights))
        entities = lists.gather(drawn)
        counts = entities.list.len().cast(pl.Int64) * pl.Series(dice.integers(1, 8, size))
        days = pl.Series([datetime.date(2015 + n, 1 + n, 3) for n in range(9)] + [None])
        yield pl.DataFrame(
            {
                "index": pl.Series(range(first, first + size), dtype=pl.UInt64),
                "pii.entities": entities,
                "pii.count": counts,
                "pii.roles": speakers.gather(pl.Series(dice.integers(0, 6, size))),
                "license.id": _words(dice, ("MIT", "CC-BY-4.0", "CC-BY-NC-4.0"), size, 0.05),
                "license.class": _words(dice, LICENSE_CLASSES, size, 0.05),
                "consent.status": _words(dice, CONSENT_STATUSES, size, 0.7),
                "consent.basis": _words(dice, CONSENT_BASES, size, 0.3),
                "source.name": _words(dice, ("wikipedia", "dialogues", "code"), size, 0.0),
                "source.jurisdictions": _countries(dice, size),
                "source.collected": days.gather(pl.Series(dice.integers(0, 10, size))),
                "run.purpose": pl.repeat("fine-tuning", size, eager=True),
                "row.characters": pl.Series(dice.integers(1, 20_000, size)),
            }
        ).with_columns(map(_in_role, ROLES))


def _in_role(role: str) -> pl.Expr:
    """All of a row's findings are in each of the roles that hold any."""
    held = pl.col("pii.roles").list.contains(role)
    nothing = pl.lit([], pl.List(pl.String))
    found = pl.when(held).then("pii.entities").otherwise(nothing)
    return pl.when(pl.col("pii.entities").is_not_null()).then(found).alias(f"{PII_IN}{role}")


def _entity_lists(dice: np.random.Generator) -> pl.Series:
    """Sets of entities, the common ones first; one is unknown."""
    found: list[list[str] | None] = [[], None]
    while len(found) < LISTS:
        some = [entity for entity in COMMON if dice.random() < 0.3]
        rare = list(dice.choice(ENTITIES, dice.integers(0, 3), replace=False))
        found.append(sorted({*some, *map(str, rare)}))
    return pl.Series(found, dtype=pl.List(pl.String))


def _countries(dice: np.random.Generator, size: int) -> pl.Series:
    sets = [["DE"], ["DE", "FR"], ["US"], None]
    return pl.Series(sets, dtype=pl.List(pl.String)).gather(pl.Series(dice.integers(0, 4, size)))


def _words(
    dice: np.random.Generator, words: tuple[str, ...], size: int, unknown: float
) -> pl.Series:
    share = (1 - unknown) / len(words)
    drawn = dice.choice(len(words) + 1, size, p=[*[share] * len(words), unknown])
    return pl.Series([*words, None], dtype=pl.String).gather(pl.Series(drawn))


def generated(rules: int) -> Policy:
    """A policy of so many rules, over ten facts; a longer one begins like a shorter."""
    dice = random.Random(SEED)
    written = [
        "- {id: open, when: {license.class: [permissive, public-domain, attribution]}, "
        "then: {train: allow, retrieve: allow}, obligations: [attribute]}",
        "- {id: names, when: {pii.entities: {any: [PERSON, EMAIL_ADDRESS]}}, "
        "then: {train: redact, retrieve: allow}}",
    ]
    while len(written) < rules:
        number = len(written)
        written.append(f"- {{id: r{number:03d}, {_rule(number % 8, dice)}}}")
    return parse_policy((HEAD + "\n".join(written) + "\n").encode(), "generated.yaml")


def _rule(kind: int, dice: random.Random) -> str:
    deny = dice.choice(["{train: deny}", "{train: deny, retrieve: deny}"])

    def some(number: int) -> str:
        chosen = {*dice.sample(ENTITIES, number), *dice.sample(COMMON, dice.random() < 0.1)}
        return f"[{', '.join(sorted(chosen))}]"

    match kind:
        case 0:
            when = (
                f"all: [{{consent.basis: known}}, {{consent.basis: {dice.choice(CONSENT_BASES)}}}, "
                f"{{pii.entities: {{any: {some(4)}}}}}]"
            )
        case 1:
            role = dice.choice(["user", "assistant"])
            return f"when: {{pii.in.{role}: {{any: {some(3)}}}}}, then: {{train: redact}}"
        case 2:
            country = dice.choice(COUNTRIES)
            when = f"source.jurisdictions: {{any: [{country}]}}, pii.entities: {{any: {some(3)}}}"
        case 3:
            count, length = dice.randint(30, 60), dice.randint(50, 400)
            when = f"pii.count: '>= {count}', row.characters: '< {length}'"
        case 4:
            status, count = dice.choice(CONSENT_STATUSES[1:5]), dice.randint(20, 60)
            day = f"20{dice.randint(16, 20)}-0{dice.randint(1, 9)}-01"
            when = (
                f"all: [{{consent.status: known}}, {{consent.status: {status}}}, "
                f"{{source.collected: '< {day}', pii.count: '>= {count}'}}]"
            )
        case 5:
            when = f"pii.entities: {{all: {some(3)}}}"
        case 6:
            kind_, role = dice.choice(LICENSE_CLASSES[4:]), dice.choice(["user", "assistant"])
            when = (
                f"any: [{{license.id: GPL-3.0-only}}, {{license.class: {kind_}, "
                f"pii.in.{role}: {{any: {some(2)}}}}}]"
            )
        case _:
            when = f"pii.entities: {{any: {some(2)}}}, license.class: {LICENSE_CLASSES[0]}"
            return f"when: {{{when}}}, then: {{train: redact, retrieve: redact}}"
    return f"when: {{{when}}}, then: {deny}"


if __name__ == "__main__":
    main()
