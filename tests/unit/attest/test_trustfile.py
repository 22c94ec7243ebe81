"""The trust file is changed by one at a time, and never into what could not be read back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from govgate.attest.keys import PrivateKey
from govgate.attest.trust import Role, Trust
from govgate.attest.trustfile import change_trust, load_trust, save_trust
from govgate.errors import UsageError


def public(n: int):
    return PrivateKey.from_seed(bytes([n]) * 32).public


def test_changes_at_once_are_all_kept(tmp_path: Path):
    path = tmp_path / "trust.json"
    save_trust(Trust().add(public(1), [Role.GATE], name="gate"), path)

    def add(n: int) -> None:
        change_trust(path, lambda trust: trust.add(public(n), [Role.APPROVER], name=f"a{n}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(2, 34)))
    assert len(load_trust(path).keys) == 33


def test_a_change_that_could_never_be_met_is_not_written(tmp_path: Path):
    path = tmp_path / "trust.json"
    save_trust(Trust().add(public(1), [Role.GATE], name="gate"), path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="asks for 2 signers"):
        change_trust(path, lambda trust: replace(trust, thresholds={Role.GATE: 2}))
    assert path.read_bytes() == before


def test_a_file_begins_only_where_that_is_meant(tmp_path: Path):
    path = tmp_path / "trust.json"

    def first(trust: Trust) -> Trust:
        return trust.add(public(1), [Role.GATE])

    with pytest.raises(UsageError, match="does not exist"):
        change_trust(path, first)
    assert change_trust(path, first, begin=True) == load_trust(path)
