"""What `govgate gate` was asked, and its first two steps: open and load.

Nothing here loads Polars or Arrow: whoever made a mistake is told at once.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from govgate.attest.statement import Summary
from govgate.home import Home
from govgate.model import Purpose
from govgate.steps.open import Opened, open_and_load


@dataclass(frozen=True, slots=True)
class Request:
    """What `govgate gate` was asked."""

    data: tuple[str, ...]
    policy: str
    purpose: Purpose
    out: Path
    replace: bool
    config: Path | None
    format: str | None
    workers: int
    cached: bool
    as_of: date
    today: date
    home: Home
    waivers: Path | None = None
    summary: Summary = Summary.SVR


def open_request(request: Request) -> Opened:
    """Steps 1 and 2: whatever is wrong with paths, policy, registries or keys stops here."""
    return open_and_load(
        request.data,
        policy=request.policy,
        purpose=request.purpose,
        config=request.config,
        format=request.format,
        as_of=request.as_of,
        today=request.today,
        home=request.home,
        waivers=request.waivers,
    )
