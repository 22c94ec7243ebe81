"""The real detector, loaded once, and the real corpora where they are present."""

from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import pytest

from govgate.model import Row
from govgate.scan.ledger import Ledger
from govgate.scan.presidio import PresidioDetector
from govgate.scan.scan import ScannedRow, scan_rows
from govgate.scansettings import ScanSettings

KEY = bytes(range(32))


@pytest.fixture(scope="session")
def detector() -> PresidioDetector:
    return PresidioDetector(ScanSettings())


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Small detectors that a spawned worker can import by name."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import spawned_detectors

    return spawned_detectors


Scan = Callable[..., tuple[list[ScannedRow], Ledger]]


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """Scans plain values as rows, and gives back what was emitted and the ledger."""

    def run(values: Iterable[object], *, workers: int = 1, **more: object) -> tuple:
        rows = (v if isinstance(v, Row) else Row(i, 0, i + 1, v) for i, v in enumerate(values))
        emitted: list[ScannedRow] = []
        ledger = Ledger()
        settings = more.pop("settings", ScanSettings())
        scan_rows(
            rows,
            settings=settings,
            workers=workers,
            fingerprint_key=KEY,
            folder=tmp_path,
            emit=emitted.append,
            ledger=ledger,
            progress=lambda rows, size: None,
            **more,
        )
        return emitted, ledger

    return run
