"""``signals:`` in govgate.yaml: which signals files count, and how they are read.

```yaml
signals:
  files: [signals.parquet]       # from `govgate rights capture`; relative to govgate.yaml
  agent: AcmeBot                 # our own crawler, if the site may have named it
  max_age_days: 365
```
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from govgate.rights.signals.words import ANYBODY
from govgate.spelling import shown
from govgate.strict import Strict

MAX_AGE_DAYS = 365


def product_token(text: str) -> str:
    """A crawler's product token, or ``*``. ValueError where it is neither."""
    if text != ANYBODY and not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", text):
        raise ValueError(f"must be a product token such as AcmeBot, or '*', not {shown(text)}")
    return text


class SignalsConfig(Strict):
    """Where captured opt-outs are kept, and what counts of them."""

    files: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        min_length=1,
        max_length=1000,
        description="Signals files of `govgate rights capture`; relative to govgate.yaml.",
        examples=[["signals.parquet"]],
    )
    agent: Annotated[str, AfterValidator(product_token)] = Field(
        default=ANYBODY,
        description="Product token of the crawler that fetched the data; '*' for none of its own.",
        examples=["AcmeBot"],
    )
    max_age_days: int = Field(
        default=MAX_AGE_DAYS,
        ge=1,
        le=36500,
        description="Days after which a captured yes, or silence, no longer counts. A no stays.",
    )
    other_ai_crawlers: bool = Field(
        default=True,
        description="Whether what a site says to other operators' AI crawlers counts as a no.",
    )
    pages: bool = Field(
        default=False,
        description="Whether an address is unknown unless its own response was captured, too.",
    )

    def placed(self, root: Path) -> tuple[Path, ...]:
        """The files, looked for in ``root``."""
        return tuple(root / name for name in self.files)
