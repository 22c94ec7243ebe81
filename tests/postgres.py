"""A PostgreSQL server of a test's own: in a temporary folder, on a socket there, as no root.

Debian's package `postgresql` brings the programs (`make consent-tools`); nothing of the machine's
own clusters is touched.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Any

SUPERUSER = "govgate"


def _programs() -> str:
    """The folder with initdb and pg_ctl, or an empty text."""
    found = shutil.which("initdb")
    if found:
        return str(Path(found).resolve().parent)
    folders = sorted(glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    return folders[-1] if folders else ""


PROGRAMS = _programs()


@dataclass(frozen=True)
class Server:
    """A cluster in ``folder``; ``url`` has no password, and the socket asks for none."""

    folder: Path

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str, user: str = SUPERUSER) -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        self._control("start", "-w", "-o", options, "-l", str(self.folder / "log"))

    def kill(self) -> None:
        """What a crash of the server is to those who are connected."""
        self._control("stop", "-m", "immediate")

    def stop(self) -> None:
        self._control("stop", "-m", "fast")

    def execute(self, statement: str, database: str = "postgres", user: str = SUPERUSER) -> Any:
        """Run SQL; the rows of a query."""
        import psycopg

        with psycopg.connect(self.url_of(database, user), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def _control(self, *arguments: str) -> None:
        _run(["pg_ctl", "-D", str(self.folder / "data"), *arguments], self.folder)


@contextmanager
def postgres_server() -> Iterator[Server]:
    """A fresh cluster, running; stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="govgate-pg-", dir="/tmp"))  # sockets need short paths
    server = Server(folder)
    try:
        if os.geteuid() == 0:
            os.chown(folder, *_nobody())
        command = [
            "initdb",
            "-D",
            str(folder / "data"),
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        _run([*command, "--locale=C", "--no-sync"], folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _nobody() -> tuple[int, int]:
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def _run(command: list[str], folder: Path) -> None:
    """One of the server's programs, which refuse to run as root."""
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        uid, gid = _nobody()
        user = {"user": uid, "group": gid, "extra_groups": []}
    done = subprocess.run(
        [f"{PROGRAMS}/{command[0]}", *command[1:]],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        **user,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-500:]}")
