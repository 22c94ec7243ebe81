"""Private keys of people who sign, each checked to count before it signs."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from govgate.attest.keys import PrivateKey
    from govgate.attest.trust import Role, Trust


def signing_key(path: Path, role: "Role", trust: "Trust", today: Any) -> "PrivateKey":
    """The private key in ``path``; UsageError where it does not count for ``role`` today."""
    from govgate.attest.keyfile import load_key
    from govgate.errors import UsageError
    from govgate.steps.open import PASSPHRASE

    remedy = f"make one with: govgate key add NAME --role {role}"
    key = load_key(path, os.environ.get(PASSPHRASE) or None, remedy=remedy)
    if objection := trust.objection(key.public, role, today):
        raise UsageError(
            f"{path}: {objection}, so its signature would count for nothing", remedy=remedy
        )
    return key
