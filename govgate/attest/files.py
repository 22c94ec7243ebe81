"""Reading evidence files: regular files only, and never more bytes than the format allows."""

import os
import stat
from pathlib import Path

from govgate import durable
from govgate.errors import EvidenceError


def read_bounded(path: Path, limit: int) -> bytes:
    """The content of ``path``; ``FileNotFoundError`` where there is none.

    A folder, a device, or more than ``limit`` bytes is an EvidenceError; a file that cannot be
    read is an IncompleteError.
    """
    try:
        # O_NONBLOCK: opening a named pipe would otherwise wait for its writer.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise EvidenceError(f"{path} is not a regular file")
            # Of a file that is too large not a byte is read; one that grows meanwhile is noticed.
            data = file.read(limit + 1) if status.st_size <= limit else None
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(path) from error
    except IsADirectoryError as error:
        raise EvidenceError(f"{path} is a folder, not a file") from error
    except OSError as error:
        raise durable.explain(error, path, "read") from error
    if data is None or len(data) > limit:
        raise EvidenceError(f"{path} is larger than {limit} bytes")
    return data
