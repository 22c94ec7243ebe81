"""A scanner with the real detector, loaded once, and what it finds in views."""

from collections.abc import Callable

import pytest

from govgate.scan.fast.detector import FastDetector
from govgate.scan.question import Question, Sighting
from govgate.scan.strings import StringScanner
from govgate.scansettings import ScanSettings

KEY = bytes(range(32))


@pytest.fixture(scope="session")
def viewing_scanner() -> StringScanner:
    return StringScanner(FastDetector(ScanSettings()), fingerprint_key=KEY)


@pytest.fixture(scope="session")
def look(viewing_scanner: StringScanner) -> Callable[[str], tuple[Sighting, ...]]:
    """All that is seen in a string."""

    def run(text: str) -> tuple[Sighting, ...]:
        (answer,) = viewing_scanner.answer([Question(text)])
        assert isinstance(answer, tuple)
        return answer

    return run


@pytest.fixture(scope="session")
def spelled(look: Callable[[str], tuple[Sighting, ...]]) -> Callable[..., list[str]]:
    """How a string spells what counts as ``entity`` in it."""

    def run(text: str, entity: str, least: float = 0.4) -> list[str]:
        seen = [s for s in look(text) if s.entity == entity and s.score >= least]
        return list(dict.fromkeys(text[s.start : s.end] for s in seen))

    return run
