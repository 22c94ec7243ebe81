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
   the next attempt searches for the same. One for rows that could not be read does not: nobody
   knows any more what to search for.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from govgate.attest.keys import PrivateKey
from govgate.attest.quorum import Quorum, find_quorum
from govgate.durable import make_dirs
from govgate.erase import journal as journals
from govgate.erase import receipt as receipts
from govgate.erase.absence import Searched, managed_files, search, search_stores
from govgate.erase.eachrun import erase_run, mend
from govgate.erase.eachstore import Emptied, empty_stores, settled
from govgate.erase.gather import gather, journal_of
from govgate.erase.journal import Journal
from govgate.erase.plan import OutOfReach, Plan, plan
from govgate.erase.select import Request, select
from govgate.erase.survivors import excused, words_left
from govgate.home import Home, fingerprint_key
from govgate.locking import claimed
from govgate.register import tombstones
from govgate.register.runs import registered
from govgate.register.stores import stores
from govgate.register.superseded import supersede
from govgate.rundir import take_up
from govgate.steps.open import signing_keys

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

    @property
    def ended(self) -> bool:
        """Whether another attempt would change nothing."""
        return not receipts.lasts(self.erased.absence)


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
    mend(signing.home)
    return [_finish(signing, begun, key) for begun in list(journals.unfinished(signing.home))]


def _finish(signing: Signing, begun: Journal, key: bytes) -> Done:
    """Steps 2 to 6 for an erasure whose journal is there."""
    home, erasure = signing.home, begun.erasure
    subjects, contents = map(bytes.fromhex, erasure.subjects), map(bytes.fromhex, erasure.contents)
    tombstones.add(home, subjects, contents, erasure.id, erasure.day)
    supersede(home, (run.record for run in erasure.plan.runs), erasure.id, erasure.day)
    emptied = empty_stores(home, begun, key)
    became = [erase_run(signing, run, begun, key) for run in erasure.plan.runs]
    runs = [run for run, _ in became]
    stores_left = [settled(home, store, runs, emptied.left) for store in emptied.stores]
    absence = _absence(home, begun, key, emptied)
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
        stores=tuple(stores_left),
        absence=absence,
        models=erasure.plan.models,
        out_of_reach=(*erasure.plan.out_of_reach, *_foreign(emptied)),
    )
    digest = tombstones.load(home).digest or NO_TOMBSTONES
    signed = receipts.sign(erased, digest, signing.gate_keys[0])
    path = receipts.keep(home, erasure.id, erasure.attempts, signed)
    if not receipts.lasts(absence):
        journals.drop(home, erasure.id)
    return Done(path, erased, tuple(waits for _, waits in became if waits))


def _foreign(emptied: Emptied) -> list[OutOfReach]:
    what = "is no retrieval store of govgate's: not searched as one, not changed, not registered"
    return [OutOfReach(kind="store", what=f"{path} {what}") for path in sorted(emptied.foreign)]


def _absence(home: Home, begun: Journal, key: bytes, emptied: Emptied) -> receipts.Absence:
    """Step 5: what is left of the erasure's pieces and words."""
    runs = registered(home)
    kept = sorted({*(s.path for s in stores(home)), *map(Path, begun.erasure.plan.stores)})
    for run in runs:
        take_up(run.path)
    sieve = journals.sieve_of(begun, key)
    searched = search(managed_files(home, [run.path for run in runs], kept), sieve)
    kept = [path for path in kept if path not in emptied.foreign]
    search_stores(kept, sieve, searched)
    searched.unread.update(emptied.left)
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
        unsearched=erasure.unsearched,
        words_left=sum(
            words_left(path, sieve.hashes, begun.terms)
            for path in kept
            if path.exists() and path not in searched.unread and begun.terms
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
