"""Run one command with extra environment and hand back its own exit code."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from govgate.errors import UsageError


def run_command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit code of ``command`` (128 + N when signal N ended it).

    SIGTERM and SIGHUP are passed on; Ctrl-C reaches the command by itself, as it shares the
    terminal. A command that cannot be started is a UsageError.
    """
    try:
        child = subprocess.Popen(  # noqa: S603  (the command is the user's own)
            list(command), env={**os.environ, **environment}
        )
    except FileNotFoundError as error:
        raise UsageError(f"no such command: {command[0]}") from error
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be started: {error.strerror}") from error
    previous = {number: signal.signal(number, _pass_on(child)) for number in _passed_on()}
    try:
        code = _wait(child)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _passed_on() -> list[signal.Signals]:
    return [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _pass_on(child: "subprocess.Popen[bytes]") -> "signal._HANDLER":
    def handler(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    return handler


def _wait(child: "subprocess.Popen[bytes]") -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the command got it too; its own end decides
