"""Cosignatures for the log: each witness of the quorum file is asked, and what counts is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import time

from govgate import rundir
from govgate.attest import merkle
from govgate.attest.asking import Asked, ask
from govgate.attest.checkpoint import parse_checkpoint
from govgate.attest.files import read_bounded
from govgate.attest.log import Log
from govgate.attest.note import MAX_NOTE, parse_note
from govgate.attest.proof import Proof, parse_proof
from govgate.attest.quorum import Quorum, Standing, Witness, printable, weigh
from govgate.attest.trust import Trust
from govgate.durable import write_durably
from govgate.errors import EvidenceError

ROUNDS = 3  # the log may grow while witnesses are asked
PATIENCE = 45.0  # seconds for all witnesses of a round together


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the witnesses answered, how the checkpoint stands now, and its bytes with all lines."""

    checkpoint: bytes
    standing: Standing
    answers: tuple[Asked, ...]


def gather(
    log: Log, quorum: Quorum, trust: Trust, *, clock: Callable[[], float] = time
) -> Gathered:
    """Have the log's newest checkpoint cosigned, and keep what came in its `checkpoint` file.

    Witnesses that cosigned this checkpoint before are not asked again. Where the log grows
    meanwhile and the quorum is not reached, its newer checkpoint is taken up.
    """
    for _ in range(ROUNDS):
        gathered = _round(log, quorum, trust, clock)
        newest = parse_note(log.signed_checkpoint())[0]
        if gathered.standing.reached or newest == parse_note(gathered.checkpoint)[0]:
            break
    return gathered


def refresh(run: Path, log: Log, gathered: Gathered) -> Proof:
    """Put the proof under the cosigned checkpoint into ``run``; EvidenceError if it is not of
    this log. The proof that is there stays where the new one would have no quorum."""
    path = run / rundir.PROOF
    try:
        old = parse_proof(read_bounded(path, 2 * MAX_NOTE))
    except FileNotFoundError as error:
        raise EvidenceError(f"{path} is missing", remedy="name a run that gate made") from error
    # The entry at that place of this log is the one that the old proof is about.
    entry = merkle.leaf_hash(log.entry(old.index))
    before = parse_checkpoint(parse_note(old.checkpoint)[0])
    try:
        merkle.check_inclusion(old.index, before.size, entry, old.hashes, before.root)
    except EvidenceError as error:
        raise EvidenceError(
            f"{path} is not about entry {old.index} of this log: {error.what}",
            remedy="name the home whose log holds the run",
        ) from error
    proof = log.prove(old.index, gathered.checkpoint)
    if gathered.standing.reached:
        write_durably(path, proof.encode())
    return proof


def _round(log: Log, quorum: Quorum, trust: Trust, clock: Callable[[], float]) -> Gathered:
    signed = log.settled_checkpoint()  # what a witness has seen must stay
    before = weigh(quorum, signed, log.verifiers, latest=int(clock()), trust=trust)
    done = dict(before.cosigned)
    asked = _ask_all([w for w in quorum.witnesses if w not in done], log, signed, clock)
    cosigned = log.keep_cosignatures(signed, [a.cosignature for a in asked if a.cosignature])
    earlier = (Asked(w, f"cosigned at {c.said_at}, before", c) for w, c in done.items())
    answers = {a.witness: a for a in (*earlier, *(_explained(a, log) for a in asked))}
    standing = weigh(quorum, cosigned, log.verifiers, latest=int(clock()), trust=trust)
    return Gathered(cosigned, standing, tuple(answers[w] for w in quorum.witnesses))


def _ask_all(
    witnesses: Sequence[Witness], log: Log, signed: bytes, clock: Callable[[], float]
) -> list[Asked]:
    """All at once, so that one that hangs keeps nobody waiting but for `PATIENCE`."""
    size = parse_checkpoint(parse_note(signed)[0]).size
    answers: dict[Witness, Asked] = {}

    def one(witness: Witness) -> None:
        answers[witness] = ask(
            witness, signed, lambda old: log.prove_consistency(old, size), lambda: int(clock())
        )

    threads = [
        Thread(target=one, args=(witness,), daemon=True) for witness in witnesses if witness.url
    ]
    for thread in threads:
        thread.start()
    until = time() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, until - time()))
    came = dict(answers)  # a late one must not change what is weighed and shown
    return [came.get(witness) or Asked(witness, _no_answer(witness)) for witness in witnesses]


def _no_answer(witness: Witness) -> str:
    if witness.url:
        return "it did not answer in time"
    return f"the quorum file does not say where {printable(witness.name)} answers"


def _explained(asked: Asked, log: Log) -> Asked:
    """Of a witness that is ahead: whether the log has grown meanwhile, or lost what was seen."""
    if asked.ahead is None:
        return asked
    size = log.checkpoint().size
    if asked.ahead <= size:
        return Asked(asked.witness, f"{asked.said}, which has grown meanwhile: ask again")
    return Asked(
        asked.witness,
        f"{asked.said}, which has {size} now: it was rolled back, or its key signs elsewhere",
    )
