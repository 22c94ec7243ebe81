"""Run as a program by a test: scans two rows that never end, until it is interrupted."""

import multiprocessing
import sys
from pathlib import Path

from spawned_detectors import Names

from govgate.model import Row
from govgate.scan.ledger import Ledger
from govgate.scan.scan import scan_rows
from govgate.scansettings import ScanSettings


def rows():
    yield Row(0, 0, 1, "Ann")
    for index in range(1, 600):
        yield Row(index, 0, index + 1, f"sleep {index}")


def main() -> None:
    print("scanning", flush=True)
    try:
        scan_rows(
            rows(),
            settings=ScanSettings(),
            workers=2,
            fingerprint_key=b"k" * 32,
            folder=Path(sys.argv[1]),
            emit=lambda row: None,
            ledger=Ledger(),
            progress=lambda rows, size: None,
            factory=Names,
        )
    except KeyboardInterrupt:
        print("interrupted", len(multiprocessing.active_children()), flush=True)


if __name__ == "__main__":
    main()
