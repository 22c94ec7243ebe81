"""Build a bundle from a folder of policies, their cases and waivers, and refuse a bad one.

What is signed here is believed elsewhere, so every policy must load, be in force, pass its cases,
and stand on nothing that the bundle does not carry.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from govgate import durable
from govgate.attest import waiver
from govgate.attest.bundle import Bundle
from govgate.attest.bundlefiles import MAX_BYTES, MAX_FILES, BundleFile, in_waivers
from govgate.attest.files import read_bounded
from govgate.errors import EvidenceError, UsageError
from govgate.policy.extend import extended_from
from govgate.policy.load import Policy, load_policy
from govgate.policy.packs import pack_names, policy_file
from govgate.yamltext import plain_yaml


@dataclass(frozen=True, slots=True)
class Built:
    """A bundle, what it holds, and the files of the folder that are not in it."""

    bundle: Bundle
    policies: tuple[str, ...]
    cases: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """What a YAML file of a bundle says it is: a policy, or cases of one."""

    policy: str
    version: int | None
    is_cases: bool


def build(folder: Path, *, name: str, version: int, expires: date, today: date) -> Built:
    """The bundle of all policies, cases and waivers in ``folder``.

    UsageError names the first thing that may not be handed out.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", remedy="name one that holds policies")
    if expires <= today:
        raise UsageError(f"a bundle that expires on {expires} could never be loaded")
    wanted, left_out = _sorted_out(folder)
    try:
        files = tuple(BundleFile(path, content) for path, content in _read(folder, wanted))
        bundle = Bundle(name, version, today, expires, files)
        _check_waivers(bundle)
    except EvidenceError as error:
        raise UsageError(f"{folder}: {error.what}", remedy=error.remedy) from error
    headings = {file.path: heading(file, folder) for file in files if not file.is_waiver}
    policies = {
        path: _usable(folder, path, headings, today)
        for path, said in headings.items()
        if not said.is_cases
    }
    if not policies:
        raise UsageError(f"{folder} holds no policy", remedy="put a policy.yaml there")
    cases = sum(_run(folder, path, policies) for path, said in headings.items() if said.is_cases)
    return Built(bundle, tuple(policies), cases, left_out)


def heading(file: BundleFile, folder: Path = Path()) -> Heading:
    """What the YAML file says it is; UsageError for what is neither a policy nor cases."""
    raw = plain_yaml(file.content, str(folder / file.path))
    name = raw.get("policy") if isinstance(raw, Mapping) else None
    if not isinstance(name, str) or not f"{name}{raw.get('version')}".isprintable():
        raise UsageError(
            f"{folder / file.path} is neither a policy nor the cases of one",
            remedy="keep other files elsewhere",
        )
    version = raw.get("version")
    numbered = isinstance(version, str) and re.fullmatch("[1-9][0-9]{0,14}", version)
    return Heading(name, int(version) if numbered else None, "cases" in raw)


def policies_in(bundle: Bundle) -> dict[str, Heading]:
    """The policies of a bundle, by path."""
    said = {file.path: heading(file) for file in bundle.files if not file.is_waiver}
    return {path: one for path, one in said.items() if not one.is_cases}


def _sorted_out(folder: Path) -> tuple[list[str], tuple[str, ...]]:
    """Paths to carry and paths to leave out, each sorted; a link or a special file is refused."""
    paths = sorted(_plain_files(folder))
    hidden = {path for path in paths if any(part.startswith(".") for part in path.split("/"))}
    wanted = [p for p in paths if p not in hidden and (p.endswith(".yaml") or in_waivers(p))]
    if odd := [p for p in paths if p.endswith(".yml") and p not in wanted and p not in hidden]:
        raise UsageError(f"{folder / odd[0]}: bundles carry .yaml files", remedy="rename it")
    return wanted, tuple(path for path in paths if path not in wanted)


def _plain_files(folder: Path) -> Iterator[str]:
    for top, folders, names in durable.walk(folder):
        for name in (*folders, *names):
            path = top / name
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise UsageError(
                    f"{path} is a link or a special file, not a plain one",
                    remedy="put a copy of the file there",
                )
        yield from ((top / name).relative_to(folder).as_posix() for name in names)


def _read(folder: Path, paths: list[str]) -> Iterator[tuple[str, bytes]]:
    if len(paths) > MAX_FILES:
        raise EvidenceError(f"more than {MAX_FILES} files are too many for a bundle")
    left = MAX_BYTES
    for path in paths:
        content = read_bounded(folder / path, left)
        left -= len(content)
        yield path, content


def _check_waivers(bundle: Bundle) -> None:
    """Whether a waiver counts is asked where it is used; here, that it is one."""
    for file in bundle.files:
        for line in (file.content.splitlines() or [b""]) if file.is_waiver else ():
            try:
                waiver.parse(line)
            except EvidenceError as error:
                raise EvidenceError(f"{file.path} is not a waiver: {error.what}") from error


def _usable(folder: Path, path: str, headings: Mapping[str, Heading], today: date) -> Policy:
    check_base(folder, path, headings)
    policy = load_policy(folder / path)
    if today >= policy.expires:
        raise UsageError(
            f"{folder / path}: policy {policy.name} expired on {policy.expires}",
            remedy="have it reviewed, then raise its version and set a new expires day",
        )
    return policy


def check_base(folder: Path, path: str, carried: Iterable[str]) -> None:
    """UsageError where the policy extends a file that its readers would not have."""
    file = folder / path
    name = extended_from(file.read_bytes(), str(file))
    if name is None or (name in pack_names() and not (file.parent / name).exists()):
        return
    base = Path(os.path.normpath(policy_file(name, file.parent.absolute())))
    top = Path(os.path.normpath(folder.absolute()))
    if not base.is_relative_to(top) or base.relative_to(top).as_posix() not in carried:
        raise UsageError(
            f"{file}: extends {name}, which the bundle does not carry",
            remedy="extend a shipped pack, or a policy within the folder",
        )


def _run(folder: Path, path: str, policies: Mapping[str, Policy]) -> int:
    """Decide the cases in the file ``path``; how many they are."""
    cases_file = folder / path
    beside = [p for at, p in policies.items() if Path(at).parent == Path(path).parent]
    said = heading(BundleFile(path, cases_file.read_bytes()), folder)
    about = [policy for policy in beside if policy.name == said.policy]
    if len(about) != 1:
        raise UsageError(
            f"{cases_file}: {len(about)} policies called {said.policy} lie beside these cases",
            remedy="cases lie beside the one policy that they name",
        )
    from govgate.policy.testing.cases import load_cases, run_cases

    results = run_cases(about[0], load_cases(cases_file, about[0]))
    if failed := [result.name for result in results if not result.passed]:
        raise UsageError(
            f"{cases_file}: {len(failed)} of {len(results)} cases fail, first: {failed[0]!a}",
            remedy="see how with: govgate policy test",
        )
    return len(results)
