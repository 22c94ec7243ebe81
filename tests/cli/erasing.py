"""A home with a run in which one person has two rows: what the tests of erasing begin with."""

import gzip
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tests.cli.conftest import run_govgate
from tests.noise import noise

MANIFEST = """\
sources:
  - files: "**/*"
    name: tests
    license: CC0-1.0
    consent_basis: legitimate-interests
    subject_field: who
    id_field: id
"""
NEVER, ONCE = "who-never-wrote", "customer-4711"


@dataclass(frozen=True)
class Place:
    """A home, data with two rows of one person, and a run of it."""

    top: Path
    secrets: tuple[str, str]

    @property
    def home(self) -> Path:
        return self.top / "home"

    @property
    def run(self) -> Path:
        return self.top / "run"

    def cli(self, *arguments: object, stdin: str | None = None, code: int | None = 0):
        done = run_govgate(*arguments, env={"GOVGATE_HOME": str(self.home)}, stdin=stdin)
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done

    def erase(self, *arguments: object, stdin: str | None = None, code: int | None = 0):
        return self.cli("erase", *arguments, stdin=stdin, code=code)

    def receipts(self) -> list[Path]:
        """The oldest first."""
        found = (self.home / "erasures").glob("*.intoto.jsonl")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def receipt(self) -> dict:
        path = self.receipts()[-1]
        return json.loads(self.erase("--verify", path, "--json").stdout)

    def holds(self, text: str) -> list[Path]:
        """Files of the home and the run that hold ``text`` as it is."""
        files = [p for top in (self.home, self.run) for p in top.rglob("*") if p.is_file()]
        return [path for path in files if text.encode() in path.read_bytes()]


def rows(secrets: tuple[str, str]) -> list[dict[str, object]]:
    plain = [
        {"id": f"row-{n}", "who": f"customer-{n}", "prompt": f"Question {n}?", "completion": "Yes."}
        for n in range(12)
    ]
    mine = {"who": ONCE, "completion": "Kept."}
    return [
        *plain[:5],
        {"id": "mine-1", **mine, "prompt": f"Note {secrets[0]}"},
        *plain[5:],
        {"id": "mine-2", **mine, "prompt": f"Look {secrets[1]}", "license": "CC-BY-NC-4.0"},
        {"id": "look", "who": "customer-99", "prompt": "Lighthouses.", "license": "CC-BY-NC-4.0"},
    ]


def write(folder: Path, entries: list[dict[str, object]], name: str = "data.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(one) + "\n" for one in entries).encode()
    if name.endswith(".gz"):
        text = gzip.compress(text)
    if name.endswith(".parquet"):
        pl.DataFrame(entries, infer_schema_length=None).write_parquet(folder / name)
    else:
        (folder / name).write_bytes(text)
    (folder / "govgate.yaml").write_text(MANIFEST)
    return folder


def begin(folder: Path) -> Place:
    """A run with a row of the person in each partition; tests work on copies."""
    place = Place(folder / "place", (noise(1, 120), noise(2, 120)))
    place.top.mkdir()
    place.cli("key", "new")
    data = write(place.top / "data", rows(place.secrets))
    place.cli("gate", data, "--out", place.run, "--quiet")
    return place


def again(first: Place, folder: Path) -> Place:
    """The same at another place, gated there (the register knows runs by their paths)."""
    place = Place(folder / "place", first.secrets)
    shutil.copytree(first.home, place.home)
    shutil.rmtree(place.home / "register")
    shutil.copytree(first.top / "data", place.top / "data")
    place.cli("gate", place.top / "data", "--out", place.run, "--quiet")
    return place
