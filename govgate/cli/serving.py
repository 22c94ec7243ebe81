"""A witness at work: its key, its memory, its server until somebody stops it."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from govgate.attest.serving import WitnessServer
    from govgate.attest.witnessing import Reply, States, Witness


def address(text: str, option: str = "--listen") -> tuple[str, int]:
    """HOST:PORT as typed; an empty host is every address of the machine."""
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise click.BadParameter(f"'{text}' is not HOST:PORT", param_hint=option)
    return host.strip("[]"), int(port)


def new_or_kept(
    key: Path, name: str, vkeys: Sequence[str], state: Path, *, begin: bool = False
) -> "States":
    """The witness with its memory, begun anew only where it has neither key nor memory.

    ``begin``: somebody says that the key, which is there, never cosigned. Without that it is
    refused where it has no memory: what it has forgotten it would cosign a fork of.
    """
    from govgate.attest.keyfile import load_key, new_key
    from govgate.attest.note import Verifier, check_name
    from govgate.attest.witnessing import States, Witness
    from govgate.durable import make_dirs
    from govgate.errors import EvidenceError, UsageError
    from govgate.steps.open import PASSPHRASE

    passphrase = os.environ.get(PASSPHRASE) or None
    logs: dict[str, list[Any]] = {}
    try:
        check_name(name)  # before a key is made for it
        for vkey in vkeys:
            log = Verifier.parse(vkey)
            logs.setdefault(log.name, []).append(log)
        _check_memory(key, state, begin=begin)
        if not key.exists() and not state.exists():
            make_dirs(key.parent)
            private = new_key(key, passphrase)
            click.echo(f"made the key {key}: keep a copy, and never run it on two machines")
        else:
            private = load_key(key, passphrase, remedy="name the key that belongs to --state")
        states = States(state, Witness(name, private, logs))
    except EvidenceError as error:
        raise UsageError(error.what, remedy=error.remedy) from error
    states.claim()
    return states


def _check_memory(key: Path, state: Path, *, begin: bool) -> None:
    """UsageError where a key that is there has no memory, unless it is to ``begin`` with one."""
    from govgate.errors import UsageError

    remembers = (state / "witness").exists()
    if key.exists() and not remembers and not begin:
        raise UsageError(
            f"the key {key} is there, but not what it has cosigned: {state} holds no memory of a"
            " witness, and one that has forgotten a log would cosign a fork of it",
            remedy="name the folder that belongs to the key; if there is none any more, begin with"
            " a new key. Only for a key that has never cosigned, give --begin",
        )
    if remembers and begin:
        raise UsageError(
            f"{state} is the memory of a witness that has begun already",
            remedy="leave --begin out, or a lost memory would not be noticed",
        )


def short_name(witness: "Witness") -> str:
    """What a quorum file can call it, such as ``w1-5e8a1c02``: no two keys have one name."""
    last = witness.name.rpartition("/")[2]
    kept = "".join(c for c in last if c.isascii() and (c.isalnum() or c in "._-"))
    return f"{kept[:32] or 'witness'}-{witness.cosigner.key_hash.hex()}"


def telling(reply: "Reply", body: bytes) -> None:
    """Say on standard error what was answered; of a request, only what a known log signed."""
    said = f"cosigned {_subject(body)}" if reply.status == 200 else f"refused ({reply.status})"
    print(f"govgate: {said}", file=sys.stderr, flush=True)


def serve(server: "WitnessServer", *announced: str) -> None:
    """Print ``announced``, then answer requests until Ctrl-C or SIGTERM.

    A cosignature that is on its way then was kept before, so nothing is promised and forgotten.
    """
    stop = Event()

    def end(*_: Any) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    for line in announced:
        click.echo(line)
    sys.stdout.flush()
    while not stop.wait(0.2):  # a wait without an end would not hear signals on Windows
        pass
    server.shutdown()
    server.server_close()


def _subject(body: bytes) -> str:
    from govgate.attest.checkpoint import parse_checkpoint
    from govgate.attest.note import parse_note
    from govgate.attest.witnessing import parse_request

    checkpoint = parse_checkpoint(parse_note(parse_request(body).checkpoint)[0])
    return f"{checkpoint.size} entries of {checkpoint.origin}"
