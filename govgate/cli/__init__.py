"""The `govgate` command: finds the command asked for, runs it, and turns its end into an exit code.

Nothing heavy is imported here, so that `--help` and errors of usage answer at once.
"""

import os
import sys
from collections.abc import Sequence
from io import StringIO

from govgate.cli.streams import complain, open_streams, silence

INTERRUPTED = 130
INTERNAL = 70
NO_READER = 141  # as a shell reports it: click would exit with 1, which is an answer here


def main() -> None:
    """Entry point of the installed command; never returns."""
    open_streams()
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError:
        # The reader went away (`| head`) before the last of it; the code is no yes.
        code = code or NO_READER
        silence(sys.stdout.fileno())
    complain("")
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """The exit code of ``govgate ARGUMENTS``. No exception leaves this function.

    Python itself exits with 1 on an error that nobody caught, and 1 means "retrieval only" here:
    so everything is caught, the imports of this program included.
    """
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        complain("govgate: interrupted; nothing was written under its final name\n")
        return INTERRUPTED
    except SystemExit:  # click's end when the reader of its output went away
        silence(sys.stdout.fileno())
        return NO_READER
    except Exception as error:
        _report_internal(error)
        return INTERNAL


def _run(arguments: Sequence[str]) -> int:
    import click

    from govgate.cli.app import app
    from govgate.errors import ExitCode, GovgateError

    try:
        result = app.main(list(arguments), prog_name="govgate", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return int(leave.exit_code)
    except click.exceptions.Abort as error:
        raise KeyboardInterrupt from error
    except click.ClickException as error:
        said = StringIO()
        error.show(said)
        complain(said.getvalue())
        return int(error.exit_code)
    except GovgateError as error:
        complain(f"govgate: {error}\n")
        return int(error.code)
    except OSError as error:
        # Most often the answer itself: standard output is full or closed.
        complain(f"govgate: cannot read or write: {error.strerror}\n")
        silence(sys.stdout.fileno())
        return int(ExitCode.INCOMPLETE)
    return result if isinstance(result, int) else 0


def _report_internal(error: BaseException) -> None:
    """Name the error's type and place. Its message is left out: it may quote a row."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"
    complain(
        f"govgate: internal error: {type(error).__name__} at {where}; this is a fault of govgate,"
        " please report it with the steps that led to it (GOVGATE_DEBUG=1 prints the path)\n"
    )
    if os.environ.get("GOVGATE_DEBUG"):
        for frame in frames:
            complain(f"  {frame.filename}:{frame.lineno} in {frame.name}\n")
