"""What the configuration names beside the data: consent registry, lineage, captured signals.

Each is read once, when a gate opens, and its digest is that of the bytes that were read: a record
names what decided, whatever lies there when it is signed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from govgate.config import Config
from govgate.rights.lineage.nodes import by_name, read_lineage
from govgate.rights.lineage.solve import Lineage

if TYPE_CHECKING:
    from govgate.rights.consent.registry import Registry
    from govgate.rights.signals.evaluate import Signals


@dataclass(frozen=True, slots=True)
class Registries:
    """What was read; ``digests``: of each that there is, by its name in the record."""

    lineage: Lineage
    consent: "Registry | None"
    signals: "Signals | None"
    digests: Mapping[str, str]


def open_registries(config: Config, key: bytes) -> Registries:
    """All that ``config`` names, read and checked. Errors as those who read each."""
    lineage, told = open_lineage(config)
    consent, signals = _consent(config, key), _signals(config, key)
    digests = {
        "lineage": told,
        "consent": consent and consent.digest,
        "signals": signals and signals.digest,
        "configuration": config.digest,
    }
    return Registries(lineage, consent, signals, {n: d for n, d in digests.items() if d})


def open_lineage(config: Config) -> tuple[Lineage, str | None]:
    """What the configuration says of sources and of what they were made from, put together, and
    the digest of the lineage file; None without one."""
    told, digest = read_lineage(config.lineage) if config.lineage else ((), None)
    here = (source.node for source in config.sources)
    where = " and ".join(str(path) for path in (config.path, config.lineage) if path)
    return Lineage(by_name((*told, *here), where)), digest


def not_data(config: Config) -> dict[Path, str]:
    """The files that a configuration names, and itself: none is data, though it lies among it."""
    registry = config.registry.path if config.registry else None
    named = {registry: "the consent registry", config.lineage: "the lineage of the sources"}
    named |= dict.fromkeys(config.signals_files, "captured opt-outs")
    named[config.path] = "the manifest of the data set"
    return {path: what for path, what in named.items() if path is not None}


def _consent(config: Config, key: bytes) -> "Registry | None":
    from govgate.rights.consent.registry import load_registry

    if config.registry is None:
        return None
    return load_registry(config.registry, key, config.purposes)


def _signals(config: Config, key: bytes) -> "Signals | None":
    from govgate.rights.signals.evaluate import load_signals

    if config.signals is None or config.path is None:
        return None
    return load_signals(config.signals, config.path.parent, key)
