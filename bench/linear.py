"""How scanning time grows with the length of one string: twice the length, how much the time?

    python bench/linear.py [--largest 8] [--shape NAME]

Scans one string of 1 kB, 2 kB, 4 kB … up to ``--largest`` MB for each shape, in this process, with
a warm detector and nothing remembered, and prints the processor seconds of each and the largest
ratio between a length and its half, from 64 kB on, where the fixed costs no longer show.
"""

import argparse
import itertools
import os
import sys
import time

from govgate.scan.question import Question
from govgate.scan.settings import ScanSettings
from govgate.scan.strings import StringScanner
from govgate.scan.worker import ONE_THREAD

PROSE = "Ann Lee moved from Berlin to New York in 1999, and wrote down what she had seen there. "
SHAPES = {
    "prose": PROSE,
    "findings": "mail ann@example.com or call 212-555-0123, card 4111 1111 1111 1111\n",
    "a.": "a.",
    "dots": ".",
    "digits": "1",
    "numbers": "12 345-67 ",
    "at": "a@",
    "urls": "http://a.",
    "colons": "1:",
    "brackets": "(",
    "unbroken": "x",
    "spaces": " ",
    "capitals": "May ",
    "unicode": "é٣中\u200b😀",
    "hex": "a1b2:",
    "quotes": "\"a.'b.",
    "cards": "4111-",
    "ipv6": "::1",
    "plus": "+1",
    "ibans": "DE89 3704 ",
    "codes": "A1",
    "hosts": "a.com@",
    "json": '{"a": "Ann Lee"}, ',
}
SLOW = 120
"""Seconds after which a shape is not doubled any further."""


def string(name: str, unit: str, length: int) -> str:
    """About ``length`` characters; a number here and there makes its windows differ."""
    if name == "json":
        return f"[{unit * (length // len(unit))}0]"
    piece = unit * (5000 // len(unit))
    return "".join(f"{piece}{n}" for n in range(length // len(piece) + 1))[:length]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--largest", type=float, default=8, help="MB of the longest string")
    parser.add_argument("--shape", choices=SHAPES, action="append")
    options = parser.parse_args()
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):  # is read when numpy is loaded
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
        os.execv(sys.executable, [sys.executable, *sys.argv])
    from govgate.scan.fast.detector import FastDetector

    detector = FastDetector(ScanSettings())
    for name in options.shape or SHAPES:
        unit, length, seconds = SHAPES[name], 1000, 0.0
        times: list[tuple[int, float]] = []
        while length <= options.largest * 1e6 and seconds < SLOW:
            text = string(name, unit, length)
            scanner = StringScanner(detector, fingerprint_key=bytes(32))
            start = time.process_time()
            (answer,) = scanner.answer([Question(text)])
            seconds = time.process_time() - start
            times.append((length, seconds))
            told = f"{len(answer):,} findings" if isinstance(answer, tuple) else answer.code
            print(f"  {name:9} {length / 1e6:8.3f} MB {seconds:8.3f} s  {told}", flush=True)
            length *= 2
        ratios = [t / max(u, 0.001) for (_, u), (n, t) in itertools.pairwise(times) if n > 1e5]
        if ratios:
            rate = times[-1][0] / 1e6 / times[-1][1]
            print(f"{name}: at most {max(ratios):.2f}x for twice the length; {rate:.2f} MB/s")


if __name__ == "__main__":
    sys.exit(main())
