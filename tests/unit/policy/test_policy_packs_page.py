"""`docs/packs.md` says of each pack what the pack says of itself."""

from pathlib import Path

import pytest

from govgate.policy.load import load_policy
from govgate.policy.packs import pack_names, pack_path

PAGE = Path(__file__).resolve().parents[3] / "docs/packs.md"
ROWS = {
    cells[0].strip("`"): cells
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| `") and len(cells := [c.strip() for c in line.strip("|").split("|")]) == 7
}


def test_every_pack_has_its_row_in_order():
    assert list(ROWS) == [name for name in pack_names() if name != "default"]


@pytest.mark.parametrize("name", ROWS)
def test_a_row_tells_places_days_and_the_number_of_rules(name):
    _, _, where, applies, read, count, unchecked = ROWS[name]
    rules = load_policy(pack_path(name)).rules
    laws = [rule.law for rule in rules if rule.law]
    assert len(laws) == len(rules) == int(count)
    places = sorted({law.jurisdiction for law in laws}, key=lambda one: (one.islower(), one))
    assert where == ", ".join(places)
    days = sorted({law.effective.isoformat() for law in laws})
    assert applies == (days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}")
    assert read == max(str(law.verified) for law in laws)
    assert unchecked


def test_the_page_says_when_the_packs_expire_and_that_they_are_no_advice():
    text = PAGE.read_text(encoding="utf-8")
    days = {str(load_policy(pack_path(name)).expires) for name in ROWS}
    assert days == {"2027-11-30"}
    assert "2027-11-30" in text
    assert "No pack is legal advice" in text
