"""What a scanner is, in one digest: two with the same digest find the same in every string."""

import hashlib
import json
from functools import cache
from pathlib import Path

from govgate.scan.detector import DetectorIdentity


def scanner_digest(identity: DetectorIdentity) -> str:
    """SHA-256 in hex over the detector's identity and the code of this package."""
    told = json.dumps(identity.as_dict(), sort_keys=True).encode()
    return hashlib.sha256(_code() + told).hexdigest()


@cache
def _code() -> bytes:
    """SHA-256 over the Python files of this package, each by its length-framed path."""
    root = Path(__file__).parent
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda p: p.relative_to(root).as_posix()):
        place = path.relative_to(root).as_posix().encode()
        digest = hashlib.sha256(path.read_bytes()).digest()
        total.update(len(place).to_bytes(4, "big") + place + digest)
    return total.digest()
