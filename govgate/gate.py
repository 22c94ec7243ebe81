"""The line that data follows: open, load, scan, resolve, decide, write, attest, log, answer.

This module is that list, and the shorter one of a scan alone. Each step is a function of its own
module; `docs/architecture.md` draws the line with the files that each step leaves behind. The first
two have passed before this module is imported, so that mistakes are answered at once.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from govgate import rundir
from govgate.model import Outcome
from govgate.steps.answer import Answer, answer
from govgate.steps.attest import attest
from govgate.steps.cover import write_coverage
from govgate.steps.credit import write_credits
from govgate.steps.decide import decide
from govgate.steps.findings import write_findings
from govgate.steps.open import Inputs, Opened
from govgate.steps.register import forget_replaced, register
from govgate.steps.request import Request
from govgate.steps.resolve import resolve
from govgate.steps.scan import scan, write_detector
from govgate.steps.seen import Seen, seen
from govgate.steps.waivers.effect import keep
from govgate.steps.waivers.judge import counted_in, heeded
from govgate.steps.write import write


def gate(request: Request, opened: Opened, progress: Callable[[int, int], None]) -> Answer:
    """Steps 3 to 9. The run directory appears under ``request.out`` at the end, whole."""
    with rundir.writing(request.out, replace=request.replace, keep=opened.paths) as run:
        scanned = scan(
            opened, run, workers=request.workers, cached=request.cached, progress=progress
        )
        resolve(opened, run, as_of=request.as_of, purpose=request.purpose)
        decided = decide(
            run,
            opened.policy,
            complete=scanned.complete,
            waivers=heeded(opened.waivers),
            waivable=scanned.waivable,
        )
        waivers = counted_in(opened.waivers, decided.applied)
        keep(opened.found, run)
        coverage = write_coverage(opened.dataset, scanned, run, decided.applied.covered.height)
        parts = write(opened, scanned, decided, run)
        write_credits(opened, run)
        receipt = None
        if decided.outcome is not Outcome.INCOMPLETE:
            receipt = attest(
                opened,
                scanned,
                decided,
                coverage,
                parts,
                run,
                purpose=request.purpose,
                as_of=request.as_of,
                waivers=waivers,
                summary=request.summary,
            )
        noted = register(opened, run, request.out)
        answered = answer(
            request.out,
            opened,
            scanned,
            decided,
            coverage,
            parts,
            receipt,
            run,
            request.as_of,
            waivers,
        )
    if request.replace:
        forget_replaced(opened.home, request.out, noted)
    return answered


def scan_alone(
    inputs: Inputs,
    out: Path,
    progress: Callable[[int, int], None],
    *,
    workers: int,
    cached: bool,
    replace: bool,
    today: date,
) -> Seen:
    """Step 3 with nothing decided after it: findings and coverage appear under ``out``, whole."""
    keep = inputs.paths
    with rundir.writing(out, replace=replace, mark=rundir.DETECTOR, keep=keep) as run:
        scanned = scan(inputs, run, workers=workers, cached=cached, progress=progress)
        write_findings(inputs.dataset, run)
        write_detector(scanned.detector, run)
        return seen(inputs, scanned, write_coverage(inputs.dataset, scanned, run), run, today)
