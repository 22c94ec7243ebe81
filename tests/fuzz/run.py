"""Every parser of evidence under atheris, guided by coverage: run.py [SECONDS] [NAME]

An input's first byte picks the parser, so that one run goes through all of them; NAME is one alone.
Ends with another code than 0, and keeps the input in the working directory, at the first error that
is not our own or breaks the law of parsers.py.
"""

import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
with atheris.instrument_imports(include=["govgate.attest", "govgate.record", "govgate.prove"]):
    from tests.fuzz.mutate import mutate
    from tests.fuzz.parsers import Parser, holds, parsers


class Tally:
    """Feeds each input to its parser, and says at the end how many there were and were accepted."""

    def __init__(self, chosen: list[Parser], seconds: int) -> None:
        self.chosen, self.end = chosen, time.monotonic() + seconds
        self.tried, self.accepted = [0] * len(chosen), [0] * len(chosen)
        self.told = False

    def __call__(self, data: bytes) -> None:
        if not data:
            return
        number = data[0] % len(self.chosen)
        self.tried[number] += 1
        self.accepted[number] += holds(self.chosen[number], data[1:])
        if not self.told and time.monotonic() > self.end:
            self.told = True
            for parser, *counts in zip(self.chosen, self.tried, self.accepted, strict=True):
                print("{:24}{:>12,} inputs{:>12,} accepted".format(parser.name, *counts))


def mutant(data: bytes, size: int, seed: int) -> bytes:
    """Half the time other JSON, else other bytes."""
    if seed % 2 and data:
        return (data[:1] + mutate(data[1:], Random(seed)))[:size]
    return bytes(atheris.Mutate(data, size))


def main(seconds: int, name: str | None) -> None:
    """Run for ``seconds``, from the seeds of each parser."""
    chosen = [parser for parser in parsers() if name in (None, parser.name)]
    if not chosen:
        sys.exit(f"no parser is called {name}: {', '.join(one.name for one in parsers())}")
    with TemporaryDirectory() as folder:
        for number, parser in enumerate(chosen):
            for place, seed in enumerate(parser.seeds):
                Path(folder, f"{number}-{place}").write_bytes(bytes([number]) + seed)
        limits = ["-max_len=8192", "-timeout=20", "-rss_limit_mb=4096", "-verbosity=0"]
        arguments = [sys.argv[0], folder, f"-max_total_time={seconds + 2}", *limits]
        atheris.Setup(arguments, Tally(chosen, seconds), custom_mutator=mutant)
        atheris.Fuzz()


if __name__ == "__main__":
    main(int((sys.argv[1:2] or ["600"])[0]), "".join(sys.argv[2:3]) or None)
