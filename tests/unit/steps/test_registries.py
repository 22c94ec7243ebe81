"""What a gate read beside the data is what its record names, whatever lies there later."""

import hashlib
from datetime import datetime
from pathlib import Path

from govgate.config import load_config
from govgate.rights.signals.capture import capture
from govgate.rights.signals.store import save_signals
from govgate.steps.registries import not_data, open_lineage, open_registries

KEY = b"k" * 32
CONFIG = """\
sources: [{files: "*", name: mix, license: MIT, derived_from: [wiki]}]
lineage: lineage.yaml
consent: {registry: consent.csv}
signals: {files: [signals.parquet]}
"""


def _project(top: Path) -> Path:
    (top / "govgate.yaml").write_text(CONFIG)
    (top / "lineage.yaml").write_text("sources: [{name: wiki, license: CC-BY-4.0}]\n")
    (top / "consent.csv").write_text("subject,purpose,status,time\na,any,given,2026-01-01\n")
    site = top / "saved" / "example.com"
    site.mkdir(parents=True)
    (site / "robots.txt").write_text("User-agent: *\nAllow: /\n")
    found = capture([site.parent], KEY, captured=datetime(2026, 11, 1))
    save_signals(top / "signals.parquet", found.frame())
    return top / "govgate.yaml"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_digests_are_those_of_the_bytes_that_were_read(tmp_path):
    config = load_config(_project(tmp_path))
    before = {
        "configuration": _sha256(tmp_path / "govgate.yaml"),
        "lineage": _sha256(tmp_path / "lineage.yaml"),
        "consent": _sha256(tmp_path / "consent.csv"),
        "signals": hashlib.sha256(
            hashlib.sha256((tmp_path / "signals.parquet").read_bytes()).digest()
        ).hexdigest(),
    }
    read = open_registries(config, KEY)
    for name in ("lineage.yaml", "consent.csv", "signals.parquet"):
        (tmp_path / name).write_text("something else")
    assert read.digests == before


def test_what_is_not_there_has_no_digest(tmp_path):
    (tmp_path / "govgate.yaml").write_text("sources: []\n")
    read = open_registries(load_config(tmp_path / "govgate.yaml"), KEY)
    assert list(read.digests) == ["configuration"]
    assert (read.consent, read.signals) == (None, None)
    assert open_registries(load_config(None), KEY).digests == {}


def test_the_lineage_joins_the_file_and_the_sources(tmp_path):
    lineage, digest = open_lineage(load_config(_project(tmp_path)))
    assert sorted(lineage.nodes) == ["mix", "wiki"]
    assert digest == _sha256(tmp_path / "lineage.yaml")


def test_everything_that_is_named_is_no_data(tmp_path):
    config = load_config(_project(tmp_path))
    names = {path.name for path in not_data(config)}
    assert names == {"govgate.yaml", "lineage.yaml", "consent.csv", "signals.parquet"}
