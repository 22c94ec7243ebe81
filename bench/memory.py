"""Peak memory of a gate over a large JSONL file, the real scanner included.

    python bench/memory.py [--gigabytes 2]

Writes a file of chat rows to a temporary folder, gates it through the command line and prints the
peak resident memory of the largest process and of the sum of all of them, sampled four times a
second. The rows are drawn from 2,000 different ones, so that scanning ends within the hour:
reading, digesting, walking, deciding and writing see every byte, and the detector answers repeats
from its memory.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORDS = (ROOT / "examples" / "data" / "instructions.json").read_text(encoding="utf-8").split()
MANIFEST = 'sources: [{files: "*.jsonl", name: bench, license: MIT, consent_basis: contract}]\n'


def main() -> None:
    """Run it and print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--gigabytes", type=float, default=2)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size, rows = _write(folder / "data", int(chosen.gigabytes * 1e9))
        os.environ |= {"GOVGATE_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
        govgate = [sys.executable, "-m", "govgate"]
        subprocess.run([*govgate, "key", "new"], check=True, stdout=subprocess.DEVNULL)
        began = time.monotonic()
        gate = subprocess.Popen([*govgate, "gate", str(folder / "data"), "--out", f"{name}/run"])
        largest, total = _watch(gate)
        seconds = time.monotonic() - began
        print(f"input        {size / 1e9:.2f} GB, {rows:,} rows; exit code {gate.returncode}")
        print(f"seconds      {seconds:.0f} ({size / 1e6 / seconds:.1f} MB/s, repeats remembered)")
        print(f"peak RSS     {largest:,.0f} MiB in one process, {total:,.0f} MiB in all")


def _write(folder: Path, size: int) -> tuple[int, int]:
    folder.mkdir()
    (folder / "govgate.yaml").write_text(MANIFEST, encoding="utf-8")
    draw = random.Random(7)
    lines = [_line(draw) for _ in range(2000)]
    written = rows = 0
    with (folder / "rows.jsonl").open("wb") as file:
        while written < size:
            written += file.write(draw.choice(lines))
            rows += 1
    return written, rows


def _line(draw: random.Random) -> bytes:
    def turn(role: str, words: int) -> dict[str, str]:
        return {"role": role, "content": " ".join(draw.choices(WORDS, k=words))}

    return json.dumps({"messages": [turn("user", 40), turn("assistant", 120)]}).encode() + b"\n"


def _watch(gate: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """(largest process, sum over processes) at their peaks, in MiB."""
    largest = total = 0.0
    while gate.poll() is None:
        sizes = [_resident(pid) for pid in _family(gate.pid)]
        largest, total = max([largest, *sizes]), max(total, sum(sizes))
        time.sleep(0.25)
    return largest, total


def _family(pid: int) -> list[int]:
    family = [pid]
    for parent in family:
        try:
            listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        except OSError:
            continue
        family += map(int, listed.split())
    return family


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
