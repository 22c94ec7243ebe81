"""The run directory: its file names, and how it appears whole or not at all.

A gate writes into `.NAME.partial` beside the final place and renames it at the end. The partial
folder is locked while a gate writes in it; one left by a killed gate is removed by the next. A run
that is replaced waits as `.NAME.old` until the new one has its name: if a gate is killed in
between, the next one puts it back.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from govgate.durable import explain, make_dirs, sync_dir, sync_tree, translated
from govgate.errors import UsageError
from govgate.locking import claimed

FINDINGS = "findings.parquet"
FACTS = "facts.parquet"
VERDICTS = "verdicts.parquet"
WITHHELD = "withheld.parquet"
MEMBERS = "members.parquet"
COVERAGE = "coverage.json"
DETECTOR = "detector.json"  # of a scan without a gate; a gate's record holds it
POLICY = "policy.yaml"
WAIVERS = "waivers.jsonl"  # only where any were read
CREDITS = "credits.json"  # who is to be named; records of before have none
NOTICE = "NOTICE.txt"  # the same for people, where any row may be trained on
RECORD = "record.intoto.jsonl"
PROOF = "proof.tlog-proof"
STAMP = "timestamp.tsr"  # only where `govgate stamp` put one: it comes after the record
TRAIN = "train"
RETRIEVE = "retrieve"
RETIRED = "ERASED.txt"  # why a run has no partitions any more
WORK = ".work"  # tables of a run in progress; hold rights fields as read, so never published

TABLES = (FINDINGS, FACTS, VERDICTS, WITHHELD)
BYPRODUCTS = (*TABLES, COVERAGE, POLICY)
OPTIONAL = (WAIVERS, CREDITS, NOTICE)  # named in the record where they are there
OURS = frozenset(
    {*BYPRODUCTS, *OPTIONAL, MEMBERS, DETECTOR, RECORD, PROOF, STAMP, RETIRED, TRAIN, RETRIEVE}
)


@contextmanager
def writing(
    out: Path, *, replace: bool = False, mark: str = VERDICTS, keep: Iterable[Path] = ()
) -> Iterator[Path]:
    """A folder to fill; on a clean exit it is synced and becomes ``out``, else it is removed.

    UsageError when ``out`` exists (unless ``replace`` and it holds the file ``mark``, by which
    such a folder is known, nothing that is not ours, and none of ``keep``) or when another gate is
    writing to the same place. IncompleteError when the disk refuses.
    """
    try:
        str(out).encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"the name of --out is not UTF-8: {str(out)!a}") from error
    check_outside(out)
    _check_target(out, replace=replace, mark=mark, keep=keep)
    partial = out.parent / f".{out.name}.partial"
    try:
        make_dirs(out.parent)
        with claimed(out.parent / f".{out.name}.lock", f"another gate is writing {out}"):
            if _taken_up(out):
                _check_target(out, replace=replace, mark=mark, keep=keep)
            shutil.rmtree(partial, ignore_errors=True)
            try:
                partial.mkdir()
                (partial / WORK).mkdir(mode=0o700)
                yield partial
                shutil.rmtree(partial / WORK)
                _publish(partial, out, replace=replace)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise explain(error, out, "write") from error


def check_outside(path: Path) -> None:
    """UsageError if ``path`` would lie in a run directory, which would no longer verify."""
    for folder in path.resolve().parents:
        if (folder / COVERAGE).is_file() and (folder / VERDICTS).is_file():
            raise UsageError(
                f"{path} lies in {folder}, a run, which would no longer verify",
                remedy="name a place outside",
            )


def _publish(partial: Path, out: Path, *, replace: bool) -> None:
    sync_tree(partial)
    if replace and out.exists():
        old = _old(out)
        out.rename(old)
        try:
            partial.rename(out)
        except OSError:
            old.rename(out)
            raise
        sync_dir(out.parent)  # before anything of the old run goes: its name must not come back
        shutil.rmtree(old)
    else:
        partial.rename(out)
    sync_dir(out.parent)


def take_up(out: Path) -> None:
    """Settle what a killed writer left beside ``out``: the old run, if it is nowhere else, comes
    back, and drafts and what was replaced are removed for good.

    UsageError when a gate is writing there.
    """
    left = (_old(out), out.parent / f".{out.name}.partial")
    if not any(map(os.path.lexists, left)):
        return
    busy = f"another gate is writing {out}"
    with translated(out), claimed(out.parent / f".{out.name}.lock", busy):
        _taken_up(out)
        shutil.rmtree(left[1], ignore_errors=True)


def _old(out: Path) -> Path:
    return out.parent / f".{out.name}.old"


def _taken_up(out: Path) -> bool:
    """Whether a run came back that a killed gate had moved aside and not replaced yet.

    One that was replaced is removed for good.
    """
    old = _old(out)
    if not old.exists():
        return False
    if os.path.lexists(out):
        shutil.rmtree(old)
        return False
    old.rename(out)
    sync_dir(out.parent)
    return True


def _check_target(out: Path, *, replace: bool, mark: str, keep: Iterable[Path]) -> None:
    if not os.path.lexists(out):
        return
    if not replace:
        raise UsageError(
            f"{out} exists already", remedy="name another --out, or replace that run with --replace"
        )
    if out.is_symlink() or not ((out / mark).is_file() or (out / RETIRED).is_file()):
        raise UsageError(
            f"{out} holds no {mark}, so it is not replaced", remedy="name another --out"
        )
    others = sorted({path.name for path in out.iterdir()} - OURS)
    inside = [path for path in keep if path.resolve().is_relative_to(out.resolve())]
    if others or inside:
        found = f"something else, {others[0]!a}" if others else f"an input of this run, {inside[0]}"
        raise UsageError(
            f"{out} holds {found}, so it is not replaced",
            remedy="move that elsewhere, or name another --out",
        )
