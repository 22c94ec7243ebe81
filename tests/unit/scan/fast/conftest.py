"""The fast detector with its reference, loaded once."""

import pytest

from govgate.scan.fast.detector import FastDetector
from govgate.scansettings import ScanSettings


@pytest.fixture(scope="session")
def fast() -> FastDetector:
    return FastDetector(ScanSettings())


@pytest.fixture(scope="session")
def reference(fast):
    return fast._reference


@pytest.fixture(scope="session")
def nlp(reference):
    return reference.nlp


@pytest.fixture(scope="session")
def recognizers(reference):
    return {r.name: r for r in reference.engine.registry.recognizers}
