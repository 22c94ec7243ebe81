"""A place for a store, once for each program that keeps one."""

from pathlib import Path

import pytest

KINDS = ("sqlite", "lance")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"store.{request.param}"
