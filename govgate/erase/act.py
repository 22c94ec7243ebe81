"""Erasing, in an order that may stop anywhere: whoever runs it again finishes what was begun.

1. The journal (``journal.py``): which rows, and keyed hashes of what they say. Until it is there,
   nothing has happened; once it is, the next erasure of any kind begins by finishing it.
2. Tombstones, and the runs' records on the list of superseded ones: from now on no gate lets such a
   row in, and no run that holds one is admitted, looked up or verified.
3. Stores: each is replaced by one without the rows, while the register still says which they are.
4. Runs: each is replaced by one without the rows, under a new record, or retired; then the register
   learns the new record and forgets the rows. Killed between the two, the new run names the old
   record as superseded, so the register can be set right.
5. The search of every file under management, after what killed writers left is gone.
6. The receipt, and only where nothing was found the end of the journal: a failure stays open, and
   the next attempt searches for the same.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from govgate import rundir
from govgate.attest.keys import PrivateKey
from govgate.attest.quorum import Quorum, find_quorum
from govgate.attest.trustfile import load_trust
from govgate.data.tables import scan_table
from govgate.durable import make_dirs
from govgate.erase import journal as journals
from govgate.erase import receipt as receipts
from govgate.erase.absence import Searched, managed_files, search
from govgate.erase.gather import gather, journal_of, matching
from govgate.erase.journal import Journal
from govgate.erase.plan import Plan, RunPlan, plan, standing_of
from govgate.erase.retire import retire
from govgate.erase.rewrite import UnfaithfulError, check_in_force, checked, rewrite
from govgate.erase.select import Request, select
from govgate.erase.survivors import excused, words_left
from govgate.errors import EvidenceError, GovgateError, UsageError
from govgate.home import Home, fingerprint_key
from govgate.locking import claimed
from govgate.register import tombstones
from govgate.register.runs import (
    RegisteredRun,
    Standing,
    forget_rows,
    record_digest,
    registered,
    replace_run,
    row_batches,
)
from govgate.register.stores import forget_store, register_store, stores
from govgate.register.superseded import supersede
from govgate.retrieve.update import discard, remove
from govgate.rundir import take_up
from govgate.steps.open import signing_keys
from govgate.steps.recorded import recorded

NO_TOMBSTONES = "0" * 64  # stands for a list that there is not


@dataclass(frozen=True, slots=True)
class Signing:
    """The home's keys, as the steps that sign ask for them."""

    home: Home
    gate_keys: tuple[PrivateKey, ...]
    log_key: PrivateKey
    quorum: Quorum | None


@dataclass(frozen=True, slots=True)
class Done:
    """A finished attempt: the receipt, where it lies, and what others must still sign."""

    path: Path
    erased: receipts.Erased
    wanting: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing is left."""
        return self.erased.result == "erased"


def opened(home: Home, today: date) -> Signing:
    """The keys that erasing needs; UsageError for one that does not count."""
    return Signing(home, *signing_keys(home, today), find_quorum(home.quorum))


def look(home: Home, request: Request) -> Plan:
    """What there is to erase; nothing is changed."""
    return plan(home, request, select(home, request))


def erase(signing: Signing, request: Request) -> list[Done]:
    """Erase what ``request`` asks for; before that, whatever was begun and not finished.

    What was asked last comes last. UsageError while another erasure is under way.
    """
    home, key = signing.home, fingerprint_key(signing.home)
    make_dirs(home.erasures)
    with claimed(home.erasures / ".lock", f"another erasure in {home.path} is under way"):
        done = _resume(signing, key)
        begun = _begin(home, request, key)
        return [*done, _finish(signing, begun, key)]


def _begin(home: Home, request: Request, key: bytes) -> Journal:
    """Step 1."""
    selected = select(home, request)
    todo = plan(home, request, selected)
    found = gather(home, todo, selected, key)
    today = datetime.now(UTC).date()
    id = f"{today}-{secrets.token_hex(4)}"
    begun = journal_of(request, todo, selected, found, key, id, today)
    journals.keep(home, begun)
    return begun


def resume(signing: Signing) -> list[Done]:
    """Finish what was begun and not finished."""
    home = signing.home
    make_dirs(home.erasures)
    with claimed(home.erasures / ".lock", f"another erasure in {home.path} is under way"):
        return _resume(signing, fingerprint_key(home))


def _resume(signing: Signing, key: bytes) -> list[Done]:
    _mend(signing.home)
    return [_finish(signing, begun, key) for begun in list(journals.unfinished(signing.home))]


def _mend(home: Home) -> None:
    """Runs as they lie: what was moved aside is put back, and the register learns of a new record
    that it was not told of."""
    for run in registered(home):
        take_up(run.path)
        if not (run.path / rundir.RECORD).is_file():
            continue
        if standing_of(run) is Standing.REPLACED and _supersedes(run):
            _reregister(home, run.id)


def _supersedes(run: RegisteredRun) -> bool:
    """Whether what lies there now is the run itself, rewritten."""
    try:
        decision = recorded(run.path)
    except GovgateError:  # another's, of another version
        return False
    return decision is not None and decision.supersedes == run.record


def _finish(signing: Signing, begun: Journal, key: bytes) -> Done:
    """Steps 2 to 6 for an erasure whose journal is there."""
    home, erasure = signing.home, begun.erasure
    subjects, contents = map(bytes.fromhex, erasure.subjects), map(bytes.fromhex, erasure.contents)
    tombstones.add(home, subjects, contents, erasure.id, erasure.day)
    supersede(home, (run.record for run in erasure.plan.runs), erasure.id, erasure.day)
    emptied = _empty_stores(home, begun, key)
    became = [_erase_run(signing, run, begun, key) for run in erasure.plan.runs]
    runs = [run for run, _ in became]
    emptied = [_settled(home, store, runs) for store in emptied]
    absence = _absence(home, begun, key)
    erasure = journals.attempted(home, erasure)
    erased = receipts.Erased(
        id=erasure.id,
        asked=erasure.plan.asked,
        subjects=erasure.subjects,
        begun_on=erasure.day,
        finished_on=datetime.now(UTC).replace(microsecond=0),
        result="failed" if receipts.fails(absence) else "erased",
        rows=erasure.plan.rows,
        contents=len(erasure.contents),
        runs=tuple(runs),
        stores=tuple(emptied),
        absence=absence,
        models=erasure.plan.models,
        out_of_reach=erasure.plan.out_of_reach,
    )
    digest = tombstones.load(home).digest or NO_TOMBSTONES
    signed = receipts.sign(erased, digest, signing.gate_keys[0])
    path = receipts.keep(home, erasure.id, erasure.attempts, signed)
    if erased.result == "erased":
        journals.drop(home, erasure.id)
    return Done(path, erased, tuple(waits for _, waits in became if waits))


def _empty_stores(home: Home, begun: Journal, key: bytes) -> list[receipts.StoreErased]:
    """Step 3. A store that cannot be read is deleted: it cannot be told what it holds."""
    matches = matching(home, begun.rows, key)
    emptied = []
    for path in map(Path, begun.erasure.plan.stores):
        rows, deleted = 0, False
        try:
            rows = remove(path, matches)
        except (EvidenceError, UsageError):
            discard(path)
            forget_store(home, path)
            deleted = True
        emptied.append(receipts.StoreErased(path=str(path), rows=rows, deleted=deleted))
    return emptied


def _erase_run(
    signing: Signing, run: RunPlan, begun: Journal, key: bytes
) -> tuple[receipts.RunErased, str]:
    """Step 4 for one run: what became of it, and what others must do before it counts again."""
    home, now = signing.home, datetime.now(UTC)
    known = {one.id: one for one in registered(home)}
    if run.id not in known:
        later = next((one for one in known.values() if run.record in one.supersedes), None)
        if later is None:
            return _became(run, None, "out of reach", "the register has forgotten it"), ""
        return _became(run, later.record, "rewritten", ""), ""
    if standing_of(known[run.id]) is not Standing.HERE:
        return _became(run, None, "out of reach", "its folder is gone, or another run's"), ""
    rows, why = frozenset(begun.rows[run.id]), "an earlier erasure has retired it"
    if not run.retired:
        try:
            old = checked(run.folder, run.id, load_trust(home.trust), now)
            check_in_force(old, now)
            _, signed = rewrite(old, rows, signing, key, now)
            return _became(run, _reregister(home, run.id), "rewritten", ""), signed.wanting
        except UnfaithfulError as error:
            why = str(error)
    retire(run.folder, why, begun.erasure.id, str(now.date()))
    forget_rows(home, run.id, rows)
    return _became(run, None, "retired", why), ""


def _became(run: RunPlan, becomes: str | None, outcome: str, why: str) -> receipts.RunErased:
    return receipts.RunErased.model_validate(
        {
            "path": run.path,
            "record": run.record,
            "becomes": becomes,
            "outcome": outcome,
            "why": why,
            "rows": run.rows,
            **{name: run.partitions.get(name, 0) for name in ("train", "retrieve", "withheld")},
        }
    )


def _reregister(home: Home, id: str) -> str:
    """Have the register know a run that was rewritten by its new record; that record's digest."""
    before = next(run for run in registered(home) if run.id == id)
    decision = recorded(before.path)
    if decision is None or decision.supersedes != before.record:
        raise EvidenceError(f"{before.path} is not what its erasure left there")
    run = replace(
        before,
        record=record_digest(before.path),
        finished_on=decision.finished_on,
        outcome=decision.outcome,
        supersedes=(),
    )
    replace_run(home, id, run, _rows_left(home, id, before.path))
    return run.record


def _rows_left(home: Home, id: str, run: Path) -> Iterator[pl.DataFrame]:
    """The register's rows of a run that were not erased, by the partitions that they are in now."""
    facts = scan_table(run / rundir.FACTS).select("index", "erased")
    verdicts = scan_table(run / rundir.VERDICTS).select("index", "partition")
    now = verdicts.join(facts, on="index").filter(~pl.col("erased")).drop("erased").collect()
    for batch in row_batches(home, id):
        left = batch.drop("partition").join(now, on="index", maintain_order="left")
        yield left.select(batch.columns)


def _settled(
    home: Home, store: receipts.StoreErased, runs: Sequence[receipts.RunErased]
) -> receipts.StoreErased:
    """A store under the new record of its run, or deleted with it."""
    path = Path(store.path)
    known = next((one for one in stores(home) if one.path == path), None)
    run = next((one for one in runs if known and one.path == str(known.run)), None)
    if known is None or run is None or store.deleted:
        return store
    if run.becomes is not None and path.exists():
        remove(path, lambda *_: False, record=run.becomes)
        register_store(home, path, known.run, run.becomes)
    if run.outcome != "retired":
        return store
    discard(path)
    forget_store(home, path)
    return store.model_copy(update={"deleted": True})


def _absence(home: Home, begun: Journal, key: bytes) -> receipts.Absence:
    """Step 5: what is left of the erasure's pieces and words."""
    runs = registered(home)
    kept = sorted({*(s.path for s in stores(home)), *map(Path, begun.erasure.plan.stores)})
    for run in runs:
        take_up(run.path)
    sieve = journals.sieve_of(begun, key)
    searched = search(managed_files(home, [run.path for run in runs], kept), sieve)
    erased = tombstones.load(home)
    said = excused(home, searched.pieces, sieve, runs, kept, erased, key)
    found = _found(searched, said)
    erasure = begun.erasure
    return receipts.Absence(
        files=searched.files,
        bytes=searched.bytes,
        pieces=erasure.pieces,
        vectors=erasure.vectors,
        words=len(begun.terms),
        excused=len(said),
        too_short=erasure.too_short,
        too_plain=erasure.too_plain,
        left_out=erasure.left_out,
        words_left=sum(
            words_left(path, sieve.hashes, begun.terms)
            for path in kept
            if path.exists() and begun.terms
        ),
        found=found,
        unread=tuple(
            receipts.Unread(path=str(path), why=why) for path, why in searched.unread.items()
        ),
    )


def _found(searched: Searched, said: frozenset[int]) -> tuple[receipts.Found, ...]:
    left = {path: hits - said for path, hits in searched.hits.items()}
    return tuple(
        receipts.Found(path=str(path), pieces=len(hits)) for path, hits in left.items() if hits
    )
