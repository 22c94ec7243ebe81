"""Which detector some settings make, told before one is loaded: notes beside the content cache.

A detector takes a worker a second or two to load, and which earlier answers count hangs on its
identity. Where all that decides the identity is as it was, the identity is taken from a note, and
answers are looked up at once; a worker that is loaded then has to prove it right
(`shards.Plan.expected`). ``.govgate/cache/detectors.json``, mode 0600:

```
{"version": 1, "notes": {"64 hex digits of what decides": ["seal", "identity as JSON"], ...}}
```
The seal is HMAC-SHA-256 over both, made with the fingerprint key: nobody else can have earlier
answers count for another detector. A note only saves time; one that does not hold is none.
"""

import hashlib
import hmac
import json
import os
import platform
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from govgate.durable import write_durably
from govgate.errors import GovgateError
from govgate.scan.cachefile import DETECTORS
from govgate.scan.detector import DetectorIdentity
from govgate.scan.modelfolder import check_folder
from govgate.scan.pipeline import folder_digest
from govgate.scansettings import Model, ScanSettings

VERSION: Final = 1
KEPT: Final = 8
"""Notes that the file holds at most; the one made first goes first."""
DOMAIN: Final = b"govgate/detector/v1\x00"
VARIABLES: Final = ("REGEX_TIMEOUT_SECONDS",)
INFO: Final = (".dist-info", ".egg-info")
_IDENTITY: Final = TypeAdapter(DetectorIdentity)


class DetectorNotes:
    """The notes in ``folder``, read and written for the detector that ``settings`` make here."""

    def __init__(self, folder: Path, *, key: bytes, settings: ScanSettings) -> None:
        self._path, self._key, self._settings = folder / DETECTORS, key, settings
        self._decides = what_decides(settings)

    def recall(self) -> DetectorIdentity | None:
        """The identity that was noted for what is installed and set now; None if there is none."""
        if self._decides is None:
            return None
        seal, told = self._read().get(self._decides, ("", ""))
        if not hmac.compare_digest(self._seal(self._decides, told).encode(), seal.encode()):
            return None
        return _IDENTITY.validate_json(told)

    def keep(self, identity: DetectorIdentity) -> None:
        """Note that what is installed and set makes a detector of this identity; unless it
        changed since this object was made, when the detector may have been loaded from either."""
        if self._decides is None or self._decides != what_decides(self._settings):
            return
        told = _IDENTITY.dump_json(identity).decode()
        notes = self._read()
        notes.pop(self._decides, None)
        notes[self._decides] = self._seal(self._decides, told), told
        newest = dict(list(notes.items())[-KEPT:])
        data = json.dumps({"version": VERSION, "notes": newest}, indent=1) + "\n"
        with suppress(GovgateError):
            write_durably(self._path, data.encode(), 0o600)

    def _seal(self, decides: str, told: str) -> str:
        framed = DOMAIN + decides.encode() + told.encode()
        return hmac.new(self._key, framed, hashlib.sha256).hexdigest()

    def _read(self) -> dict[str, tuple[str, str]]:
        try:
            if not self._path.is_file():
                return {}
            found = json.loads(self._path.read_bytes())
            if found["version"] != VERSION:
                return {}
            notes = found["notes"].items()
            read = {str(name): (str(seal), str(told)) for name, (seal, told) in notes}
            json.dumps(list(read.items()), ensure_ascii=False).encode()  # no half of a pair
            return read
        except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            return {}  # damaged, or not ours


def what_decides(settings: ScanSettings) -> str | None:
    """SHA-256 in hex over all that decides a detector's identity: the settings; the files of
    govgate, Presidio, the pipelines and the models; the versions of all that is installed; the
    variables that Presidio reads. None where a file cannot be read: loading it will tell why.

    UsageError if a model's folder is none that would be loaded.
    """
    models = [m for m in settings.tools.models if m.language in settings.looks.languages]
    for model in models:
        check_folder(model)
    try:
        return _digest(settings, models)
    except (OSError, ValueError):  # ValueError: a name of a file that is no text
        return None


def _digest(settings: ScanSettings, models: list[Model]) -> str:
    pipelines = sorted(settings.tools.pipelines.values())
    packages = ("govgate", "presidio_analyzer", *pipelines)
    told = {
        "settings": settings.digest,
        "packages": [(name, _package_digest(name)) for name in packages],
        "models": [(model.place.name, folder_digest(model.place)) for model in models],
        "variables": [os.environ.get(name) for name in VARIABLES],
        "installed": _installed(),
        "python": [platform.python_version(), platform.platform()],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _package_digest(name: str) -> str | None:
    """`folder_digest` of an installed package, which is not imported; None if there is none."""
    if "." in name:
        return None  # to find it, its parent would be imported
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    return folder_digest(Path(spec.origin).parent) if spec and spec.origin else None


def _installed() -> list[str]:
    """Names and versions of the installed packages, as their folders of metadata are called."""
    found: set[str] = set()
    for place in sys.path:
        with suppress(OSError):
            found.update(n for n in os.listdir(place or ".") if n.endswith(INFO))
    return sorted(found)
