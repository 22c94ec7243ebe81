"""`docs/threat-model.md` names a test for every attack, and every test that it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
CITED = re.compile(r"`([a-z_/]+\.py)::(?:Test\w+::)?(test_\w+)`")


def attacks() -> list[str]:
    """The rows of all tables whose head begins with "attack"."""
    rows, within = [], False
    for line in PAGE.splitlines():
        if line.startswith("| attack |"):
            within = True
        elif not line.startswith("|"):
            within = False
        elif within and not line.startswith("|---"):
            rows.append(line)
    return rows


def test_every_attack_names_a_test() -> None:
    assert len(attacks()) > 40
    assert [row for row in attacks() if not CITED.search(row.rsplit(" | ", 1)[1])] == []


def test_every_test_that_is_named_is_there() -> None:
    cited = CITED.findall(PAGE)
    assert len(cited) == PAGE.count(".py::")
    missing = [
        f"{file}::{name}"
        for file, name in cited
        if not (ROOT / "tests" / file).is_file()
        or f"def {name}(" not in (ROOT / "tests" / file).read_text(encoding="utf-8")
    ]
    assert missing == []
