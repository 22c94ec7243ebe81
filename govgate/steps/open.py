"""Steps 1 and 2: find the files; load policy, configuration, consent registry and keys."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from govgate.attest.keyfile import load_key
from govgate.attest.keys import Algorithm, PrivateKey
from govgate.attest.quorum import Quorum, find_quorum
from govgate.attest.trust import Role
from govgate.attest.trustfile import load_trust
from govgate.config import Config, find_config, load_config, unheard
from govgate.data.dataset import Compression, DataFile, Dataset, Format, open_dataset
from govgate.data.discover import UNHEARD
from govgate.errors import IncompleteError, UsageError
from govgate.home import Home, fingerprint_key
from govgate.model import Purpose
from govgate.policy.load import Policy, check_usable, load_policy
from govgate.policy.packs import policy_file
from govgate.rights.consent.places import database_place
from govgate.rights.manifest import Source, source_for
from govgate.scansettings import ScanSettings, Tools
from govgate.steps.bundles.load import PREFIX, bundled_path, bundled_policy
from govgate.steps.papers import Papers, find_papers
from govgate.steps.registries import Registries, not_data, open_registries
from govgate.steps.waivers.files import Found, read_waivers, waivers_folder
from govgate.steps.waivers.judge import Judged, judge

if TYPE_CHECKING:
    from govgate.register.tombstones import Tombstones

PASSPHRASE = "GOVGATE_PASSPHRASE"  # noqa: S105  (the variable's name, not its value)
_SIZE_TELLS_TEXT = (Format.JSONL, Format.JSON, Format.CSV, Format.TSV, Format.TEXT)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a scan needs before it reads a row. ``tombstones``: None if nothing was erased."""

    dataset: Dataset
    policy: Policy
    config: Config
    home: Home
    fingerprint_key: bytes
    found: Found
    papers: Papers
    tombstones: "Tombstones | None"

    @property
    def paths(self) -> list[Path]:
        """All files that the run was told to read."""
        data = [file.path for file in self.dataset.files]
        named = (Path(self.policy.name_for_messages), *not_data(self.config))
        return [*data, *named, *self.papers.paths, *self.found.paths]

    @property
    def settings(self) -> ScanSettings:
        """What is looked for, as the policy has it, and with what, as the configuration has it."""
        return ScanSettings(
            looks=self.policy.looks,
            tools=self.config.tools,
            thresholds=self.policy.outer_thresholds,
        )

    @property
    def scan_bytes(self) -> int | None:
        """Bytes of text to scan, where file sizes tell it (no compressed or columnar file)."""
        sizes = [_text_size(file) for file in self.dataset.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)


@dataclass(frozen=True, slots=True)
class Opened(Inputs):
    """Everything a gate needs before it reads a row."""

    registries: Registries
    waivers: tuple[Judged, ...]
    gate_keys: tuple[PrivateKey, ...]
    log_key: PrivateKey
    quorum: Quorum | None = None


def open_inputs(
    data: Sequence[str],
    *,
    policy: str,
    config: Path | None,
    format: str | None,
    home: Home,
    waivers: Path | None = None,
) -> Inputs:
    """All inputs of a scan, checked; UsageError names the first thing that is wrong."""
    configuration = config or find_config(data)
    settings = _with_home(load_config(configuration), home)
    found = find_waivers(policy, home, waivers)
    left_out = {**not_data(settings), **dict.fromkeys(found.paths, "a waiver")}
    dataset = open_dataset(data, format=_format(format), leave_out=left_out)
    papers = find_papers(data, dataset.files)
    if papers.paths:
        left_out = {**papers.paths, **left_out}
        dataset = open_dataset(data, format=_format(format), leave_out=left_out)
    if config is None:
        _check_heard(dataset, papers, configuration)
    if not dataset.files:
        raise IncompleteError(
            f"there is nothing to gate in {', '.join(data)}"
            + (f" ({len(dataset.skipped)} files there are not data)" if dataset.skipped else ""),
            remedy="name files or folders that hold training data",
        )
    loaded = named_policy(policy, home)
    _check_models(settings.tools, loaded)
    for file in dataset.files:
        _check_name(file.name)
        _check_source(file, settings.sources)
    key, erased = fingerprint_key(home), _erased(home)
    return Inputs(dataset, loaded, settings, home, key, found, papers, erased)


def _erased(home: Home) -> "Tombstones | None":
    if not os.path.lexists(home.tombstones):
        return None
    from govgate.register.tombstones import load

    return load(home) or None


def _check_source(file: DataFile, sources: Sequence[Source]) -> None:
    """UsageError where two sources claim a file, or another name that links give it."""
    source = source_for(file.name, sources)
    for alias in file.also:
        if source_for(alias.name, sources) != source:
            raise UsageError(
                f"{alias.name} is the same file as {file.name}, and the configuration does not "
                "name the same source for both",
                remedy="remove the link, or let one source claim both",
            )


def _check_heard(dataset: Dataset, papers: Papers, read: Path | None) -> None:
    """What another configuration says of licence and consent must not go unheard: one deeper in a
    folder, or between a file that a pattern matched and where the pattern starts from."""
    met = [one.name for one in dataset.skipped if one.reason == UNHEARD]
    beside = unheard((folder for file in dataset.files for folder in papers.folders(file)), read)
    if met or beside:
        raise UsageError(
            f"{met[0] if met else beside} lies in the data and would not be read, as one speaks for"
            " all of it",
            remedy="gate that folder by itself, or name with --config which one is read",
        )


def open_and_load(
    data: Sequence[str],
    *,
    policy: str,
    purpose: Purpose,
    config: Path | None,
    format: str | None,
    as_of: date,
    today: date,
    home: Home,
    waivers: Path | None = None,
) -> Opened:
    """All inputs of a gate, checked; UsageError names the first thing that is wrong.

    A policy that has expired ``today`` is refused, whatever day the run is judged ``as_of``, and
    waivers are judged by that day too. ``waivers``: a file or folder of them, instead of the
    folder that goes with the policy.
    """
    if as_of > today:
        raise UsageError(
            f"--as-of {as_of} lies in the future", remedy="consent that is not yet given is none"
        )
    inputs = open_inputs(
        data, policy=policy, config=config, format=format, home=home, waivers=waivers
    )
    check_usable(inputs.policy, today=today, purpose=purpose)
    gate_keys, log_key = signing_keys(home, today)
    quorum = find_quorum(home.quorum)
    return Opened(
        dataset=inputs.dataset,
        policy=inputs.policy,
        config=inputs.config,
        home=home,
        fingerprint_key=inputs.fingerprint_key,
        found=inputs.found,
        papers=inputs.papers,
        tombstones=inputs.tombstones,
        waivers=_judged(inputs, today=today, purpose=purpose),
        registries=open_registries(inputs.config, inputs.fingerprint_key),
        gate_keys=gate_keys,
        log_key=log_key,
        quorum=quorum,
    )


def _with_home(config: Config, home: Home) -> Config:
    """``config`` with the home's own registry where it names none: what was recorded there must not
    go unheard."""
    if config.registry is not None or not os.path.lexists(home.consent):
        return config
    return replace(config, registry=database_place(home.consent.name, home.path))


def signing_keys(home: Home, today: date) -> tuple[tuple[PrivateKey, ...], PrivateKey]:
    """The keys that sign records, Ed25519 first (the log's entry holds its signature), and the
    log's. UsageError for one that does not count, which would only be noticed after the scan."""
    passphrase = os.environ.get(PASSPHRASE) or None
    gate, log = [load_key(home.gate_key, passphrase)], load_key(home.log_key, passphrase)
    if home.second_key.exists():
        gate.append(load_key(home.second_key, passphrase, algorithm=Algorithm.ML_DSA_44))
    trust = load_trust(home.trust)
    for key, role in [*((key, Role.GATE) for key in gate), (log, Role.LOG)]:
        if objection := trust.objection(key.public, role, today):
            raise UsageError(
                f"the {role} cannot sign: {objection}",
                remedy=f"use the keys that {home.trust} lists, or list them there",
            )
    return tuple(gate), log


def find_waivers(policy: str, home: Home, place: Path | None = None) -> Found:
    """The waivers at ``place``, or those that go with the policy where there are any."""
    if place is not None:
        return read_waivers(place)
    folder = waivers_folder(policy, policy_path(policy, home), home)
    return read_waivers(folder) if folder.is_dir() else Found()


def _judged(inputs: Inputs, *, today: date, purpose: Purpose) -> tuple[Judged, ...]:
    if not len(inputs.found):
        return ()
    trust = load_trust(inputs.home.trust)
    return judge(inputs.found, inputs.policy, trust, today=today, purpose=purpose)


def _check_models(tools: Tools, policy: Policy) -> None:
    """UsageError for a model that would never be asked."""
    for model in tools.models:
        if model.language not in policy.looks.languages:
            raise UsageError(
                f"the model in {model.place} is for language {model.language!r}, which the policy "
                f"{policy.name} does not look at",
                remedy="name the language under the policy's scan.languages, or remove the model",
            )


def _check_name(name: str) -> None:
    """Names are signed and printed, so none may hold what a terminal would act on."""
    if not name.isprintable():
        raise UsageError(
            f"the file name {name!a} holds a character that cannot be printed",
            remedy="rename the file",
        )


def named_policy(name: str, home: Home | None = None) -> Policy:
    """The policy in the file or folder ``name``, in the shipped pack of that name, or in a bundle.

    ``home`` is where bundles are installed, by default where commands look.
    """
    if name.startswith(PREFIX):
        return bundled_policy(name, home)
    return load_policy(policy_path(name))


def policy_path(name: str, home: Home | None = None) -> Path:
    """The file of the policy that ``name`` means: a file, a folder that holds one, a pack, or
    ``bundle:NAME/POLICY``, which is verified first."""
    return bundled_path(name, home) if name.startswith(PREFIX) else policy_file(name)


def _format(name: str | None) -> Format | None:
    if name is None:
        return None
    try:
        return Format(name)
    except ValueError as error:
        raise UsageError(
            f"unknown format '{name}'", remedy=f"choose one of {', '.join(Format)}"
        ) from error


def _text_size(file: DataFile) -> int | None:
    if file.failure is not None:
        return 0
    if file.compression is not Compression.NONE or file.format not in _SIZE_TELLS_TEXT:
        return None
    return file.path.stat().st_size
