"""`docs/verify-by-hand.md`, the way with securesystemslib: its listing, over what gate wrote."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance import byhand
from tests.conformance.conftest import Audit

# The page's `python3` is the one that has securesystemslib.
ENV = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def go(folder: Path) -> tuple[int, str, str]:
    done = byhand.way("With securesystemslib").go(folder, env=ENV)
    return done.returncode, done.stdout, done.stderr


def assert_refused(folder: Path) -> str:
    code, out, err = go(folder)
    assert code != 0, out
    assert "holds" not in out
    assert err
    return err


def test_a_record_holds(folder: Path) -> None:
    code, out, err = go(folder)
    assert (code, err) == (0, "")
    uses = "['GOVGATE_TRAINABLE', 'GOVGATE_RETRIEVABLE']"
    assert out.endswith(f"the record holds: train, 5 train files, allowed: {uses}\n")
    assert out.count("signed by ") == 3


@pytest.mark.parametrize("run", ["retrieval-only", "blocked"])
def test_records_that_allow_no_training_hold_too(audit: Audit, tmp_path: Path, run: str) -> None:
    code, out, err = go(audit.folder(tmp_path / "audit", run))
    assert (code, err) == (0, "")
    assert f"the record holds: {run}, 0 train files" in out


@pytest.mark.parametrize("damage", byhand.damages(), ids=lambda damage: damage.what)
def test_a_flipped_bit_is_refused_where_the_page_says_so(
    folder: Path, damage: byhand.Damage
) -> None:
    assert byhand.shell_run(damage.command, folder).returncode == 0
    if "securesystemslib" in damage.refused_by:
        assert_refused(folder)
    else:
        assert go(folder)[0] == 0


@pytest.mark.parametrize("change", byhand.CHANGES)
def test_what_does_not_count_is_refused(folder: Path, change: Callable[[Path], None]) -> None:
    change(folder)
    assert_refused(folder)


def test_a_wrong_signature_is_the_librarys_own_complaint(folder: Path) -> None:
    (damage,) = (d for d in byhand.damages() if d.what == "the decision")
    assert byhand.shell_run(damage.command, folder).returncode == 0
    assert "Accepted signatures do not match threshold" in assert_refused(folder)
