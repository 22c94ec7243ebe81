"""Mutants that get past the first check: JSON with one value changed, printed canonically."""

import json
from random import Random
from typing import Any

from govgate.attest import jcs
from govgate.errors import EvidenceError

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**53 - 1,
    1e300,
    "",
    "\x00",
    "é",
    "2026-11-29",
    "9999-12-31",
    "0" * 64,
    "A" * 64,
    [],
    {},
    [[]],
    {"": 0},
)


def mutate(data: bytes, random: Random) -> bytes:
    """``data`` with one value of its JSON changed, removed or doubled; as it is if it has none."""
    try:
        value = jcs.parse(data, "it")
        return jcs.canonical(_changed(value, random))
    except EvidenceError:
        return data


def _changed(value: Any, random: Random) -> Any:
    """``value`` with a change at one place in it."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.1:
        return _odd(value, random)
    copy: Any = value.copy()
    at = random.choice(sorted(copy)) if isinstance(copy, dict) else random.randrange(len(copy))
    action = random.random()
    if action < 0.1:
        del copy[at]
    elif action < 0.2 and isinstance(copy, list):
        copy.insert(at, copy[at])
    elif action < 0.2:
        copy[random.choice([*copy, "more"])] = copy[at]
    else:
        copy[at] = _changed(copy[at], random)
    return copy


def _odd(value: Any, random: Random) -> Any:
    if isinstance(value, str) and value and random.random() < 0.5:
        at = random.randrange(len(value))
        return value[:at] + random.choice(["", value[at] * 2, " ", "\n", "0"]) + value[at + 1 :]
    if isinstance(value, int) and random.random() < 0.5:
        return value + random.choice([-1, 1])
    if isinstance(value, str) and value.startswith("{"):
        return json.dumps({})
    return random.choice(ODD)
