"""A new policy in a folder: one that extends a shipped pack, or a copy of it to change freely."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from textwrap import wrap

from govgate.durable import make_dirs, write_durably
from govgate.errors import UsageError
from govgate.policy.decide import decide
from govgate.policy.load import Policy, load_policy, parse_policy
from govgate.policy.packs import pack_path
from govgate.policy.schema import cases_schema, schema
from govgate.policy.testing.cases import facts_frame, load_cases
from govgate.policy.testing.factvalues import FactValue, value_words
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
given: {given}
cases:
  - name: an old row is looked up and not trained on
    rule: too-old
    facts: {{source.collected: "2018-05-24"}}
    expect: {old}
  - name: a row of the day on which the notice came is trained on
    rule: too-old
    facts: {{source.collected: "2018-05-25"}}
    expect: {new}
"""
_NOTICE = date(2018, 5, 25)
_ROW: dict[str, FactValue] = {
    "license.class": "permissive",
    "consent.basis": "contract",
    "pii.entities": (),
    "pii.count": 0,
}
"""What the first cases are given, if the pack lets such a row be trained on."""


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
    text = _EXTENDING.format(purposes=", ".join(pack.purposes), **values)
    return {"policy.yaml": text, "cases.yaml": _cases(pack, name, text)}


def _cases(pack: Policy, name: str, text: str) -> str:
    """Cases of the new rule: a row that the pack lets be trained on, the day before and on the day.

    What they expect is what the policy in ``text`` answers, read where nothing is beside it.
    """
    policy = parse_policy(text.encode(), "policy.yaml")
    given = _trainable(pack)
    days = (_NOTICE - timedelta(days=1), _NOTICE)
    rows = facts_frame([given | {"source.collected": day} for day in days])
    old, new = (
        f"{{train: {train}, retrieve: {retrieve}, reasons: {_listed(reasons)}}}"
        for train, retrieve, reasons in decide(rows, policy)
        .select("train", "retrieve", "reasons")
        .iter_rows()
    )
    told = "{" + ", ".join(f"{fact}: {_written(value)}" for fact, value in given.items()) + "}"
    folded = "\n".join(wrap(f"given: {told}", 100, subsequent_indent="  ", break_on_hyphens=False))
    return _CASES.format(name=name, given=folded.removeprefix("given: "), old=old, new=new)


def _trainable(pack: Policy) -> dict[str, FactValue]:
    """Facts of a row that the pack lets be trained on: the plainest row, or that of its first such
    case."""
    (verdict,) = decide(facts_frame([_ROW]), pack).iter_rows(named=True)
    if verdict["train"] == "allow":
        return _ROW
    trials = load_cases(pack_path(pack.name) / "cases.yaml", pack).trials
    allowed = (one.facts for one in trials if one.expect.train == "allow")
    found = next(allowed, _ROW)
    return {fact: value for fact, value in found.items() if fact != "source.collected"}


def _written(value: FactValue) -> str:
    """A fact's value as a file of cases has it; a text in quotes, which every text may stand in."""
    if isinstance(value, tuple | list):
        return _listed(value)
    return json.dumps(value_words(value)) if value in ("yes", "no") else value_words(value)


def _listed(words: Sequence[str]) -> str:
    return f"[{', '.join(json.dumps(word) if '?' in word else word for word in words)}]"


def _copied(pack: Policy, name: str) -> dict[str, str]:
    """The pack's own texts under another name, comments and all."""
    folder = pack_path(pack.name)
    return {
        file: (folder / file)
        .read_text(encoding="utf-8")
        .replace(f"policy: {pack.name}\n", f"policy: {name}\n", 1)
        for file in ("policy.yaml", "cases.yaml")
    }
