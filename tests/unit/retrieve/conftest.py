"""A place for a store, once for each program that keeps one."""

from pathlib import Path

import pytest

from tests.unit.retrieve.stores import KINDS


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"store.{request.param}"
