"""Where a registry is: a file of events, an SQLite database, a PostgreSQL database by URL.

    consent: {registry: consent.csv}                       # read at each gate
    consent: {database: consent.db}                        # SQLite, relative to govgate.yaml
    consent: {database: "postgresql://reader@db.example/consent?sslmode=verify-full"}

A URL holds no password: libpq takes it from PGPASSWORD, from a password file (PGPASSFILE,
~/.pgpass) or from the service that PGSERVICE names. Messages show host, port and database of a URL.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from govgate.errors import UsageError

MAX_FILE = 2 * 2**30  # bytes of one file of events
SCHEMES = ("postgresql", "postgres")
_OPTIONS = frozenset(
    {"sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port", "connect_timeout", "sslcrl"}
    | {"target_session_attrs", "channel_binding", "gssencmode", "krbsrvname", "application_name"}
)


@dataclass(frozen=True, slots=True)
class Place:
    """A registry's place. ``path``: of a file or of SQLite; ``url``: of PostgreSQL."""

    name: str
    path: Path | None = None
    url: str | None = field(default=None, repr=False)
    is_database: bool = False


def file_place(path: Path) -> Place:
    """A file of events that is read as it stands."""
    return Place(str(path), path)


def database_place(text: str, folder: Path) -> Place:
    """An SQLite file, relative to ``folder``, or a PostgreSQL URL; UsageError for any other URL."""
    if "password=" in text.lower().replace(" ", "") or "\0" in text:
        raise UsageError(
            "the place of the consent database holds a password, or is no path",
            remedy="give a file for SQLite, or postgresql://USER@HOST/DATABASE",
        )
    if "://" not in text:
        path = folder / text
        return Place(str(path), path, is_database=True)
    scheme, _, _ = text.partition("://")
    if scheme.lower() not in SCHEMES:
        raise UsageError(
            "the consent database is at a URL of an unknown kind",
            remedy="give a file for SQLite, or postgresql://USER@HOST/DATABASE",
        )
    return Place(_checked_url(text), url=text, is_database=True)


def _checked_url(text: str) -> str:
    """Host and database of a PostgreSQL URL, as messages show them."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
        options = dict(
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        )
    except ValueError as error:
        raise UsageError(
            "the URL of the consent database cannot be read",
            remedy="write it as postgresql://USER@HOST/DATABASE",
        ) from error
    if parts.password is not None or "password" in options or "passfile" in options:
        raise UsageError(
            "the URL of the consent database holds a password",
            remedy="take it out, change it, and give it in PGPASSWORD or ~/.pgpass",
        )
    if options.keys() - _OPTIONS or parts.fragment:
        raise UsageError(
            "the URL of the consent database has an option that is not known here",
            remedy=f"known are {', '.join(sorted(_OPTIONS))}",
        )
    shown = (host or options.get("host") or "localhost") + (f":{port}" if port else "")
    name = f"postgresql://{shown}/{parts.path.lstrip('/')}"
    if not name.isprintable() or len(name) > 500:
        raise UsageError("the URL of the consent database is not short printable text")
    return name


def read_limited(path: Path) -> bytes:
    """The bytes of a file of events; UsageError if it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read() if size <= MAX_FILE else b""
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise UsageError(
            f"{path}: the consent registry cannot be read ({reason})", remedy="check the path"
        ) from error
    if max(size, len(data)) > MAX_FILE:
        raise UsageError(
            f"{path}: larger than {MAX_FILE:,} bytes", remedy="cut it into several files"
        )
    return data
