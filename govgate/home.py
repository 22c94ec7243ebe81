"""The organisation's own folder: keys, trusted keys, fingerprint key and transparency log.

```
.govgate/                 $GOVGATE_HOME, or --home
  keys/gate.pem           signs records          (PKCS#8, mode 0600; or names a key in a token)
  keys/gate-ml-dsa-44.pem signs them a second time, if it is there (post-quantum)
  keys/log.pem            signs log checkpoints  (the same)
  keys/fingerprint.key    64 hex digits; keys the fingerprints of findings and subjects
  trust.json              whose signatures count, and for what
  rotations.jsonl         what each rotated key signed about its successor
  log/                    the C2SP tlog-tiles directory
  quorum                  who must cosign the log, if anybody (C2SP tlog-policy)
  consent.db              consent events, subjects as keyed hashes; append-only
  register/               which rows are in which runs, stores and models, and what was erased
  erasures/               signed receipts of erasures
  retrieve/               retrieval stores: text of rows, protect them like the data
    tokens.json           hashes of the tokens that may ask a server, and what bounds them (0600)
    queries.jsonl         who asked what server, without the text; if --log-queries asks for it
  cache/                  findings of strings scanned before, no text; `govgate cache clear`
```
The folder is the root of trust for `verify` and `run`: whoever can write to it decides what is
believed. Keep `keys/` on the machine that gates; hand `trust.json` to those who verify.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from govgate.errors import UsageError

DEFAULT = ".govgate"


@dataclass(frozen=True, slots=True)
class Home:
    """Paths within one govgate home; nothing is created by naming them."""

    path: Path

    @property
    def gate_key(self) -> Path:
        """The private key that signs records."""
        return self.path / "keys" / "gate.pem"

    @property
    def second_key(self) -> Path:
        """The post-quantum key that signs records beside it, where there is one."""
        return self.path / "keys" / "gate-ml-dsa-44.pem"

    @property
    def rotations(self) -> Path:
        """What old keys signed about their successors, one envelope a line."""
        return self.path / "rotations.jsonl"

    @property
    def log_key(self) -> Path:
        """The private key that signs the log's checkpoints."""
        return self.path / "keys" / "log.pem"

    @property
    def fingerprint_file(self) -> Path:
        """The secret behind finding fingerprints and subject keys."""
        return self.path / "keys" / "fingerprint.key"

    @property
    def trust(self) -> Path:
        """The file that names trusted public keys."""
        return self.path / "trust.json"

    @property
    def log(self) -> Path:
        """The transparency log's directory."""
        return self.path / "log"

    @property
    def quorum(self) -> Path:
        """The file that says which witnesses must cosign the log; need not be there."""
        return self.path / "quorum"

    @property
    def consent(self) -> Path:
        """The consent registry, where no other is named; need not be there."""
        return self.path / "consent.db"

    @property
    def register(self) -> Path:
        """The register of runs, their rows, stores and models; need not be there."""
        return self.path / "register"

    @property
    def tombstones(self) -> Path:
        """The keyed ids of what was erased; need not be there."""
        return self.register / "tombstones.parquet"

    @property
    def erasures(self) -> Path:
        """The folder of signed erasure receipts; need not be there."""
        return self.path / "erasures"

    @property
    def cache(self) -> Path:
        """The folder of the content cache."""
        return self.path / "cache"


def new_fingerprint_key(home: Home) -> None:
    """Create the fingerprint key, mode 0600; refuses to overwrite one."""
    home.fingerprint_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(home.fingerprint_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{home.fingerprint_file} exists already") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())


def fingerprint_key(home: Home) -> bytes:
    """The 32 secret bytes; a UsageError when missing, malformed or readable by others."""
    path = home.fingerprint_file
    try:
        text = path.read_text(encoding="ascii").strip()
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise UsageError(
            f"no fingerprint key at {path}", remedy="make one with: govgate key new"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a fingerprint key") from error
    if os.name == "posix" and mode & 0o077:
        raise UsageError(f"{path} is readable by others", remedy=f"run: chmod 600 {path}")
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise UsageError(f"{path} is not 64 hex digits") from error
    if len(key) != 32:
        raise UsageError(f"{path} is not 64 hex digits")
    return key
