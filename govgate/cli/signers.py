"""Private keys of people who sign, each checked to count before it signs."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from govgate.attest.keys import PrivateKey
    from govgate.attest.trust import Role, Trust


def signing_key(path: Path, role: "Role", trust: "Trust", today: Any) -> "PrivateKey":
    """The private key in ``path``; UsageError where it does not count for ``role`` today."""
    from govgate.attest.keys import load_key
    from govgate.errors import UsageError
    from govgate.steps.open import PASSPHRASE

    remedy = f"make one with: govgate key add NAME --role {role}"
    key = load_key(path, os.environ.get(PASSPHRASE) or None, remedy=remedy)
    trusted = next((one for one in trust.keys if one.keyid == key.keyid), None)
    objection = (
        trusted.objection(role, today)
        if trusted
        else f"the trust file does not list key {key.keyid[:16]}"
    )
    if objection:
        raise UsageError(
            f"{path}: {objection}, so its signature would count for nothing", remedy=remedy
        )
    return key
