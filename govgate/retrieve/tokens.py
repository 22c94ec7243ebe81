"""Who may ask a server, and what they may see: `retrieve/tokens.json` of the home.

```
{"version": 1, "tokens": [
  {"name": "shop-bot", "sha256": "…64 hex digits…", "created_on": "2026-11-30",
   "expires": "2027-06-30", "revoked_on": null, "filters": {"audience": ["staff"]}}
]}
```
A token is ``govgate_`` and 256 random bits, shown once; the file holds its SHA-256 alone, which
gives a thief of the file nothing to ask with. Its filters bound whatever its bearer asks. From the
day that it ``expires``, or once it is revoked, it is as unknown as one that never was: the same
answer after the same work.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from govgate.attest.files import read_bounded
from govgate.durable import make_dirs, write_durably
from govgate.errors import UsageError
from govgate.home import Home
from govgate.locking import exclusive
from govgate.retrieve.filters import EVERYTHING, Filters
from govgate.retrieve.scope import Scope
from govgate.strict import Day

PREFIX = "govgate_"
MAX_TOKENS = 1000
_MAX_FILE = 2**24
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_NOBODY = hashlib.sha256(b"").hexdigest()


class Token(BaseModel):
    """A token as the file has it: never its secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=f"^{_NAME}$")]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    created_on: Day
    expires: Day | None = None
    revoked_on: Day | None = None
    filters: Filters = EVERYTHING

    def holds(self, today: date) -> bool:
        """Whether it may be used on that day."""
        return self.revoked_on is None and (self.expires is None or today < self.expires)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    tokens: Annotated[tuple[Token, ...], Field(max_length=MAX_TOKENS)] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, by the name of their token, and what they may see."""

    name: str
    scope: Scope


def path(home: Home) -> Path:
    """Where the tokens of a home are."""
    return home.path / "retrieve" / "tokens.json"


def tokens(home: Home) -> tuple[Token, ...]:
    """All tokens, in the order they were made; none where there is no file.

    UsageError for a file that is malformed, or that others may read.
    """
    file = path(home)
    try:
        data = read_bounded(file, _MAX_FILE)
        mode = file.stat().st_mode
    except FileNotFoundError:
        return ()
    if os.name == "posix" and mode & 0o077:
        raise UsageError(f"{file} is readable by others", remedy=f"run: chmod 600 {file}")
    try:
        return _File.model_validate_json(data).tokens
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        at = f": it is wrong at {place}" if place else ""
        raise UsageError(f"{file} is not a file of tokens{at}", remedy="restore it") from error


def new_token(
    home: Home, name: str, filters: Filters, *, today: date, expires: date | None = None
) -> str:
    """Make a token and keep its hash; the secret is what comes back, and is kept nowhere.

    UsageError for a name that is malformed or in use, or a day that is not in the future.
    """
    if re.fullmatch(_NAME, name) is None:
        raise UsageError(
            "a token's name is letters, digits, dots, hyphens and underscores, up to 64",
            remedy="name it by its bearer, such as shop-bot",
        )
    if expires is not None and expires <= today:
        raise UsageError(f"a token that expires on {expires} has never held")
    secret = PREFIX + secrets.token_urlsafe(32)
    made = Token(
        name=name, sha256=_hash(secret), created_on=today, expires=expires, filters=filters
    )
    with _writing(home):
        known = tokens(home)
        if any(one.name == name for one in known):
            raise UsageError(f"there is a token {name} already", remedy="choose another name")
        if len(known) == MAX_TOKENS:
            raise UsageError(f"{path(home)} holds {MAX_TOKENS} tokens, and no more fit")
        _write(home, (*known, made))
    return secret


def revoke_token(home: Home, name: str, *, today: date) -> bool:
    """Revoke the token of that name for ever; whether it had not been before.

    A server that runs refuses it with the next request. UsageError where there is none.
    """
    with _writing(home):
        known = tokens(home)
        found = next((one for one in known if one.name == name), None)
        if found is None:
            raise UsageError(f"there is no token {name}", remedy="see: govgate retrieve token list")
        if found.revoked_on is not None:
            return False
        gone = found.model_copy(update={"revoked_on": today})
        _write(home, tuple(gone if one is found else one for one in known))
    return True


def bearer(home: Home, secret: str, *, today: date) -> Caller | None:
    """Who bears ``secret``; None for one that is unknown, expired or revoked.

    Every token is compared, in constant time, whatever the secret.
    """
    asked = _hash(secret)
    matched: Token | None = None
    for one in tokens(home):
        if hmac.compare_digest(one.sha256, asked):
            matched = one
    if hmac.compare_digest(_NOBODY, asked) or matched is None or not matched.holds(today):
        return None
    return Caller(matched.name, matched.filters.scope(today))


@contextmanager
def _writing(home: Home) -> Iterator[None]:
    make_dirs(path(home).parent)
    with exclusive(path(home).with_name(".tokens.lock")):
        yield


def _write(home: Home, kept: tuple[Token, ...]) -> None:
    text = _File(tokens=kept).model_dump_json(indent=2) + "\n"
    write_durably(path(home), text.encode(), 0o600)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
