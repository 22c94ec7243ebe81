"""A comparison of two policies as plain values, and as a statement that a publisher signs.

```
{"subject": [{"name": "acme@5", "digest": {"sha256": HEX}}],
 "predicateType": "tag:govgate,2026:policy-comparison/v1",
 "predicate": {
   "base": {"name": "acme", "version": 4, "sha256": HEX},
   "relation": "stricter" | "equal" | "looser" | "neither",
   "looser": COUNTEREXAMPLE | null, "stricter": COUNTEREXAMPLE | null, "notes": [TEXT, …],
   "prover": {"name": "z3", "version": …}, "finishedOn": "2026-11-23T10:00:00Z"}}
```
A COUNTEREXAMPLE has ``facts`` (those that are not named are unknown), the verdicts of ``base`` and
``policy`` on them, and the ``differences`` that make one of the two milder. The subject is the
policy that is compared, and not its base: of that the statement says nothing.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from govgate.attest import dsse
from govgate.attest.keys import PrivateKey
from govgate.attest.statement import PAYLOAD_TYPE, Statement, Subject
from govgate.durable import write_durably
from govgate.policy.load import Policy
from govgate.policy.prove.compare import Comparison
from govgate.policy.prove.counterexample import CounterExample
from govgate.policy.testing.factvalues import FactValue

COMPARISON_TYPE = "tag:govgate,2026:policy-comparison/v1"
_SHOWN = ("train", "retrieve", "reasons", "obligations")


def comparison_values(base: Policy, comparison: Comparison) -> dict[str, Any]:
    """What was found, as the values of JSON; ``base`` is the policy that was compared with."""
    return {
        "base": policy_values(base),
        "relation": comparison.relation.value,
        "looser": _example(comparison.looser),
        "stricter": _example(comparison.stricter),
        "notes": list(comparison.notes),
        "prover": dict(comparison.prover),
    }


def policy_values(policy: Policy) -> dict[str, Any]:
    """Which policy it is."""
    return {"name": policy.name, "version": policy.version, "sha256": policy.digest}


def attest_comparison(
    base: Policy, other: Policy, comparison: Comparison, key: PrivateKey, file: Path
) -> None:
    """Write to ``file`` an envelope, signed with ``key``, that says how ``other`` compares."""
    now = datetime.now(UTC).replace(microsecond=0)
    predicate = comparison_values(base, comparison) | {
        "finishedOn": now.strftime("%Y-%m-%dT%H:%M:%SZ")
    }
    subject = Subject(f"{other.name}@{other.version}", other.digest)
    statement = Statement((subject,), COMPARISON_TYPE, predicate)
    write_durably(file, dsse.sign(statement.encode(), PAYLOAD_TYPE, [key]))


def _example(example: CounterExample | None) -> dict[str, Any] | None:
    if example is None:
        return None
    return {
        "facts": {fact: _value(value) for fact, value in example.facts.items()},
        "base": _verdict(example.base),
        "policy": _verdict(example.other),
        "differences": [
            {"what": one.what, "base": one.first, "policy": one.second}
            for one in example.differences
        ],
    }


def _verdict(verdict: Mapping[str, Any]) -> dict[str, Any]:
    return {name: verdict[name] for name in _SHOWN}


def _value(value: FactValue) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
