"""What a store kept of an erased row is gone: text, words, vectors. Left anywhere, it is found."""

import base64
import hashlib
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from govgate.attest.trustfile import load_trust
from govgate.cli import run as govgate
from govgate.home import Home
from govgate.retrieve.store import reading
from govgate.retrieve.update import store_for, update
from tests.noise import noise
from tests.unit.test_erase_faults import MANIFEST, WHO

SECRET = noise(1, 64)


class Hashed:
    """Vectors of texts by their hash alone: two texts of one vector are one text."""

    name, dims = "hashed", 24

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = [
            np.random.default_rng(list(hashlib.sha256(text.encode()).digest())).normal(size=24)
            for text in texts
        ]
        found = np.array(rows, dtype="<f4")
        return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four rows to look up, with a store that has vectors; two rows have one text."""
    top = tmp_path_factory.mktemp("stores")
    (top / "data").mkdir()
    texts = ["A lighthouse on the shore.", f"Zanzibar {SECRET} lighthouse.", "Harbours.", "Same."]
    rows = [
        {"who": f"customer-{n}", "text": text, "license": "CC-BY-NC-4.0"}
        for n, text in enumerate(texts)
    ]
    rows[1]["who"] = WHO
    (top / "data" / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (top / "data" / "govgate.yaml").write_text(MANIFEST)
    home = ["--home", str(top / "home")]
    assert govgate(["key", "new", *home]) == 0
    data, out = str(top / "data"), str(top / "run")
    assert govgate(["gate", data, "--out", out, "--workers", "1", "--quiet", *home]) == 1
    return top / "run"


def test_text_words_and_vectors_go_and_a_copy_of_a_vector_is_found(run, capsys):
    home = Home(run.parent / "home")
    store = store_for(run, home)
    today = datetime.now(UTC).date()
    update(store, run, home, load_trust(home.trust), today=today, embedder=Hashed())
    with reading(store) as tables:
        place = next(place for place, _, text in tables.rows() if SECRET in text)
        vector = next(iter(tables.vectors()))[1][place].tobytes()
        assert any(term.startswith("zanzibar") for term, _ in tables.terms())
    assert vector in store.read_bytes()
    (home.path / "copy.bin").write_bytes(b"odd" + vector)
    asked = ["erase", "--subject", WHO, "--yes", "--home", str(home.path)]
    assert govgate(asked) == 4
    assert "copy.bin" in capsys.readouterr().err
    (home.path / "copy.bin").unlink()
    assert govgate(["erase", "--resume", "--yes", "--home", str(home.path)]) == 0
    data = store.read_bytes()
    assert SECRET.encode() not in data
    assert SECRET.lower().encode() not in data
    assert all(vector[at : at + 16] not in data for at in range(0, len(vector), 16))
    with reading(store) as tables:
        assert not any(term.startswith("zanzibar") for term, _ in tables.terms())
        assert any(term.startswith("lighthous") for term, _ in tables.terms())
        assert tables.about.record != ""
    (receipt,) = (p for p in (home.path / "erasures").glob("*-2.intoto.jsonl"))
    said = json.loads(base64.b64decode(json.loads(receipt.read_text())["payload"]))["predicate"]
    assert said["absence"]["vectors"] == 3
    assert said["absence"]["words"] > 2
    assert said["result"] == "erased"


def test_a_store_of_lancedb_forgets_too_and_is_searched(run, tmp_path, capsys):
    pytest.importorskip("lancedb")
    top = tmp_path / "top"
    shutil.copytree(run.parent / "data", top / "data")
    home, out = Home(top / "home"), top / "run"
    at = ["--home", str(home.path)]
    assert govgate(["key", "new", *at]) == 0
    asked = ["gate", str(top / "data"), "--out", str(out), "--workers", "1", "--quiet"]
    assert govgate([*asked, *at]) == 1
    store, today = top / "answers.lance", datetime.now(UTC).date()
    update(store, out, home, load_trust(home.trust), today=today, embedder=Hashed())
    assert store.is_dir()
    with reading(store) as tables:
        assert any(SECRET in text for _, _, text in tables.rows())
    assert govgate(["erase", "--subject", WHO, "--yes", *at]) == 0, capsys.readouterr().err
    with reading(store) as tables:
        assert not any(SECRET in text for _, _, text in tables.rows())
        assert not any(term.startswith("zanzibar") for term, _ in tables.terms())
    files = [path for path in store.rglob("*") if path.is_file()]
    assert files
    assert all(SECRET.encode() not in path.read_bytes() for path in files)
