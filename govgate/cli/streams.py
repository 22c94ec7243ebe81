"""Standard streams that may be closed or full: neither changes an exit code."""

import os
import sys


def open_streams() -> None:
    """Stand in for standard streams that the caller closed (`>&-`).

    Else the next file that is opened would get their number, and what is printed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
        if getattr(sys, name) is None:
            stream = open(number, "r" if number == 0 else "w", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def complain(text: str) -> None:
    """Print lines on standard error, without what could steer a terminal.

    That it is full or closed changes no exit code.
    """
    from govgate.spelling import one_line

    try:
        sys.stderr.write("\n".join(map(one_line, text.split("\n"))))
        sys.stderr.flush()
    except (OSError, ValueError):
        silence(2)


def silence(number: int) -> None:
    """Let what is left for a stream go nowhere, so that Python's own end does not fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
