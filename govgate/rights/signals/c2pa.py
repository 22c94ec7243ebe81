"""Training and data mining assertions of a C2PA manifest, as ``c2patool FILE`` prints it (JSON).

    {"active_manifest": "urn:…", "manifests": {"urn:…": {"assertions": [
      {"label": "cawg.training-mining", "data": {"entries": {
        "cawg.ai_generative_training": {"use": "notAllowed"}}}}]}}}

CAWG Training and Data Mining Assertion 1.1, section 3; C2PA 1.x wrote ``c2pa.`` for ``cawg.``. Only
the active manifest speaks of the file. A permission counts only where the tool found the manifest
valid; a refusal counts wherever it stands.
"""

import json
from collections.abc import Iterator
from typing import Any

from govgate.rights.signals.model import UNREADABLE, Kind, Said, Stances, together
from govgate.rights.signals.words import meaning

MAX_BYTES = 8 << 20
BROKEN = "a C2PA manifest could not be read"
_PREFIXES = ("cawg.", "c2pa.")
_ASSERTIONS = frozenset(f"{prefix}training-mining" for prefix in _PREFIXES)
_VALID = {"Valid", "Trusted"}


def manifest_says(data: bytes, *, cut: bool = False) -> Said:
    """What the active manifest's assertions come to."""
    unreadable = Said(Kind.C2PA, UNREADABLE, BROKEN, "page")
    if cut or len(data) > MAX_BYTES:
        return unreadable
    try:
        store = json.loads(data.decode("utf-8-sig"))
        manifest = store["manifests"][store["active_manifest"]]
        said = together(_uses(manifest["assertions"]))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return unreadable
    return Said(Kind.C2PA, said if _is_valid(store) else said.only_no(), scope="page")


def _uses(assertions: list[dict[str, object]]) -> Iterator[Stances]:
    for assertion in assertions:
        label = str(assertion["label"]).partition("__")[0]  # c2patool numbers repeated labels
        if label.partition(".v")[0] in _ASSERTIONS:
            data: Any = assertion["data"]
            # The CDDL of 1.0 left `entries` out by mistake, and some wrote what it said.
            for entry, value in data.get("entries", data).items():
                prefix, _, word = entry.partition(".")
                if f"{prefix}." in _PREFIXES:
                    yield meaning("c2pa", word, str(value["use"]))


def _is_valid(store: dict[str, object]) -> bool:
    state = store.get("validation_state")
    return state in _VALID if state is not None else not store.get("validation_status")
