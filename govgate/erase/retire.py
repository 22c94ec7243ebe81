"""A run that cannot be rewritten so that its record is true: its rows go, and a reason stays."""

import os
import shutil
from pathlib import Path

from govgate import rundir
from govgate.durable import sync_dir, translated, write_durably
from govgate.spelling import one_line

_STAYS = {rundir.RECORD, rundir.PROOF, rundir.POLICY, rundir.STAMP, rundir.RETIRED}
_TEXT = """\
Rows of this run were erased on {day}, and the rest could not be kept:
{why}.
So its partitions and tables were deleted. The record beside this file is of the run as it was;
it is superseded, and nothing is admitted by it. Gate the data again, without the erased rows.
Receipt: {receipt}
"""


def retire(run: Path, why: str, receipt: str, day: str) -> None:
    """Delete everything of ``run`` that holds or names a row, the reason first.

    Killed anywhere, it can be done again. What somebody else put into the folder stays, and is
    searched like all the rest.
    """
    text = _TEXT.format(day=day, why=one_line(why), receipt=receipt)
    if not (run / rundir.RETIRED).is_file():
        write_durably(run / rundir.RETIRED, text.encode())
    with translated(run, "delete what is in"):
        for name in sorted(rundir.OURS - _STAYS):
            path = run / name
            if not os.path.lexists(path):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    sync_dir(run)
