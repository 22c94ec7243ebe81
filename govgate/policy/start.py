"""A new policy in a folder: one that extends a shipped pack, or a copy of it to change freely."""

import json
from datetime import date, timedelta
from pathlib import Path

from govgate.durable import make_dirs, write_durably
from govgate.errors import UsageError
from govgate.policy.load import Policy, load_policy, parse_policy
from govgate.policy.packs import pack_path
from govgate.policy.schema import cases_schema, schema
from govgate.strict import is_id

YEAR = timedelta(days=365)

_EXTENDING = """\
# yaml-language-server: $schema=policy.schema.json
# Starts from the shipped pack "{pack}": `govgate policy show {pack}` says what that one does.
# A rule here replaces the pack's rule of the same id; `without: [RULE]` leaves one out.
policy: {name}
version: 1
expires: {expires}
purposes: [{purposes}]
description: >-
  What this policy is for, and who answers for it.
extends: {pack}
rules:
  - id: too-old
    title: What was collected before the company's privacy notice stays out of training
    cites: ["GDPR (Regulation (EU) 2016/679) art. 13"]
    when:
      all:
        - source.collected: known
        - source.collected: "< 2018-05-25"
    then: {{train: deny}}
    remedy: collect it again under the notice in force, or leave it to retrieval
"""
_CASES = """\
# yaml-language-server: $schema=cases.schema.json
# What the policy must answer. Each case gives a row's facts and expects an effect for each use, and
# exactly the rules that decided. Run them with `govgate policy test`.
policy: {name}
given: {{license.class: permissive, consent.basis: contract, pii.entities: [], pii.count: 0}}
cases:
  - name: an old row is looked up and not trained on
    rule: too-old
    facts: {{source.collected: "2018-05-24"}}
    expect: {{train: deny, retrieve: allow, reasons: [license-open, too-old]}}
  - name: a row of the day on which the notice came is trained on
    rule: too-old
    facts: {{source.collected: "2018-05-25"}}
    expect: {{train: allow, retrieve: allow, reasons: [license-open]}}
"""


def new_policy(folder: Path, *, pack: str, name: str, copy: bool, today: date) -> list[Path]:
    """Make ``folder`` with a policy that expires in a year, its cases and the schemas of both.

    UsageError when one of the files exists, or ``name`` is no name of a policy.
    """
    if not is_id(name):
        raise UsageError(
            f"{name!r} cannot be the name of a policy",
            remedy="give one with --name: small letters and digits, joined by hyphens",
        )
    base = load_policy(pack_path(pack))
    texts = _copied(base, name) if copy else _extending(base, name, today + YEAR)
    parse_policy(texts["policy.yaml"].encode(), str(folder / "policy.yaml"))
    texts["policy.schema.json"] = json.dumps(schema(), indent=2) + "\n"
    texts["cases.schema.json"] = json.dumps(cases_schema(), indent=2) + "\n"
    for file in texts:
        if (folder / file).exists():
            raise UsageError(
                f"{folder / file} exists already", remedy="name another folder; nothing was written"
            )
    make_dirs(folder)
    for file, text in texts.items():
        write_durably(folder / file, text.encode())
    return [folder / file for file in texts]


def _extending(pack: Policy, name: str, expires: date) -> dict[str, str]:
    values = {"pack": pack.name, "name": name, "expires": expires}
    policy = _EXTENDING.format(purposes=", ".join(pack.purposes), **values)
    return {"policy.yaml": policy, "cases.yaml": _CASES.format(name=name)}


def _copied(pack: Policy, name: str) -> dict[str, str]:
    """The pack's own texts under another name, comments and all."""
    folder = pack_path(pack.name)
    return {
        file: (folder / file)
        .read_text(encoding="utf-8")
        .replace(f"policy: {pack.name}\n", f"policy: {name}\n", 1)
        for file in ("policy.yaml", "cases.yaml")
    }
