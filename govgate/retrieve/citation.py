"""How the source of an answer is named: from the `credits.json` of a verified run."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govgate import rundir

NO_SOURCE = "source unknown"
MOST_NAMED = 20  # of what a source was made from


_Rows = tuple[str, str | None, str | None]  # file, source, licence


@dataclass(frozen=True, slots=True)
class Citations:
    """``sources``: by name, and ``rows`` by file, source and licence, as `credits.json` lists them.

    Each citation is written once.
    """

    sources: Mapping[str, Mapping[str, Any]]
    rows: Mapping[_Rows, Mapping[str, Any]]
    _written: dict[_Rows, str] = field(default_factory=dict)

    def of(self, file: str, source: str | None, license: str | None) -> str:
        """One line: the source with the row's licence, the source of its file where it is another,
        and everything that these were made from."""
        key = (file, source, license)
        if key not in self._written:
            self._written[key] = self._write(*key)
        return self._written[key]

    def _write(self, file: str, source: str | None, license: str | None) -> str:
        said = self.rows.get((file, source, license), {})
        own = {"license": license, "texts": said.get("texts", ())}
        named = _named({**self.sources.get(source or "", {"name": source or NO_SOURCE}), **own})
        if within := self.sources.get(said.get("within") or ""):
            named += f", in {_named(within)}"
        others = [_named(self.sources[name]) for name in self._behind(source)]
        if len(others) > MOST_NAMED:
            others[MOST_NAMED:] = [f"{len(others) - MOST_NAMED} more, in {rundir.CREDITS}"]
        return f"{named}; made from {'; '.join(others)}" if others else named

    def _behind(self, source: str | None) -> Iterator[str]:
        """What the source was made from, nearest first, each once."""
        seen, queue = {source}, [source]
        for name in queue:
            for parent in self.sources.get(name or "", {}).get("madeFrom", ()):
                if parent in self.sources and parent not in seen:
                    seen.add(parent)
                    queue.append(parent)
                    yield parent


def read_citations(run: Path) -> Citations:
    """The citations of a verified run; of an earlier one they name source and licence alone."""
    path = run / rundir.CREDITS
    listed = json.loads(path.read_bytes()) if path.is_file() else {"sources": [], "rows": []}
    return Citations(
        {source["name"]: source for source in listed["sources"]},
        {(one["file"], one["source"], one["license"]): one for one in listed["rows"]},
    )


def _named(source: Mapping[str, Any]) -> str:
    said = [source.get("license") or "licence unknown", *source.get("texts", ())]
    url = [str(source["url"])] if source.get("url") else []
    return f"{source['name']} ({', '.join([*said, *url])})"
