"""`docs/verify-by-hand.md`, the way with node: its listing and npm's @sigstore/core."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance import byhand
from tests.conformance.conftest import Audit

PACKAGES = Path(__file__).with_name("by_hand") / "node_modules"
pytestmark = pytest.mark.evidence


@pytest.fixture(autouse=True)
def _packages(tmp_path: Path) -> None:
    """What `npm install` puts into the auditor's folder; node looks in the folders above too."""
    if not shutil.which("node") or not (PACKAGES / "@sigstore" / "core").is_dir():
        pytest.fail("node or its packages are missing: run `make evidence-tools`")
    (tmp_path / "node_modules").symlink_to(PACKAGES)


def go(folder: Path) -> tuple[int, str, str]:
    done = byhand.way("With node").go(folder)
    return done.returncode, done.stdout, done.stderr


def test_a_record_holds(folder: Path) -> None:
    assert go(folder) == (
        0,
        "the record holds: train, 5 train files, allowed: GOVGATE_TRAINABLE,GOVGATE_RETRIEVABLE\n",
        "",
    )


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
    code, out, err = go(folder)
    refused = "node" in damage.refused_by
    assert (code != 0, "holds" not in out, bool(err)) == (refused, refused, refused)


@pytest.mark.parametrize("change", byhand.CHANGES)
def test_what_does_not_count_is_refused(folder: Path, change: Callable[[Path], None]) -> None:
    change(folder)
    code, out, err = go(folder)
    assert (code, out) == (1, "")
    assert err.startswith("no: ")
