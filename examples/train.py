"""Trains a small character model on the rows that passed: a stand-in for a real training job.

    govgate run RUN -- python examples/train.py MODEL.json

Reads every file in the folder $GOVGATE_TRAIN_DATA, counts which character follows which four,
and prints how well that predicts every tenth row, which it has not counted. Standard library only.
"""

import csv
import gzip
import json
import math
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

ORDER = 4
Counts = dict[str, Counter[str]]


def rows(folder: Path) -> Iterator[object]:
    """The rows of every JSONL, JSON and CSV file in ``folder``, plain or gzip, in name order."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            match path.name.removesuffix(".gz").rpartition(".")[2]:
                case "jsonl":
                    yield from map(json.loads, file)
                case "json":
                    yield from json.load(file)
                case "csv":
                    yield from csv.DictReader(file)
                case _:
                    sys.exit(f"train.py cannot read {path.name}")


def strings(value: object) -> Iterator[str]:
    """All text of a row, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from strings(member)


def fit(texts: list[str]) -> Counts:
    """How often each character follows each context of none to four characters."""
    counts: Counts = defaultdict(Counter)
    for text in texts:
        padded = "\n" * ORDER + text
        for end in range(ORDER, len(padded)):
            for length in range(ORDER + 1):
                counts[padded[end - length : end]][padded[end]] += 1
    return counts


def probability(counts: Counts, context: str, character: str) -> float:
    """Witten-Bell smoothing: the fewer continuations a context has shown, the more it counts
    against the next shorter one; below the shortest, any of 65,536 characters is as likely."""
    estimate = 1 / 65536
    for length in range(len(context) + 1):
        seen = counts.get(context[len(context) - length :])
        if seen is None:
            break
        estimate = (seen[character] + len(seen) * estimate) / (seen.total() + len(seen))
    return estimate


def perplexity(counts: Counts, texts: list[str]) -> float:
    """Per character: 1 would be certain, a fair die of n sides has n."""
    surprise, characters = 0.0, 0
    for text in texts:
        padded = "\n" * ORDER + text
        for end in range(ORDER, len(padded)):
            surprise -= math.log(probability(counts, padded[end - ORDER : end], padded[end]))
        characters += len(text)
    return math.exp(surprise / max(characters, 1))


def main() -> None:
    folder = os.environ.get("GOVGATE_TRAIN_DATA")
    if not folder or len(sys.argv) != 2:
        sys.exit("usage: govgate run RUN -- python examples/train.py MODEL.json")
    texts = ["\n".join(strings(row)) for row in rows(Path(folder))]
    held_out = texts[::10]
    counted = [text for number, text in enumerate(texts) if number % 10]
    model = fit(counted)
    print(f"read {len(texts)} rows, {sum(map(len, texts)):,} characters")
    print(f"counted {len(counted)} rows, held out {len(held_out)}")
    print(f"held-out perplexity {perplexity(model, held_out):.2f} per character")
    Path(sys.argv[1]).write_text(json.dumps({"order": ORDER, "counts": model}), encoding="utf-8")
    print(f"wrote {sys.argv[1]}")


if __name__ == "__main__":
    main()
