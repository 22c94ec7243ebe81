"""Requirements: what a policy asks of the data set as a whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema

from govgate.policy.conditions import Operator
from govgate.spelling import shown
from govgate.strict import Strict

_BOUND = re.compile(r"(>=|<=|==|!=|>|<) *([0-9]{1,15}(?:\.[0-9]{1,9})?)")
_BOUND_PATTERN = "^(>=|<=|==|!=|>|<) *[0-9]+(\\.[0-9]+)?$"


@dataclass(frozen=True, slots=True)
class Bound:
    """A requirement such as ``>= 0.6``; kept exact, so that 0.6 is six tenths."""

    operator: Operator
    number: Fraction
    text: str


def _bound(raw: object) -> tuple[Operator, Fraction, str] | None:
    found = _BOUND.fullmatch(raw.strip()) if isinstance(raw, str) else None
    return None if found is None else (Operator(found[1]), Fraction(found[2]), str(raw).strip())


def _share(raw: object) -> Bound:
    found = _bound(raw)
    if found is None or found[1] > 1:
        raise ValueError(
            f'must compare with a share from 0 to 1, such as ">= 0.6", not {shown(raw)}'
        )
    return Bound(*found)


def _whole(raw: object) -> Bound:
    found = _bound(raw)
    if found is None or found[1].denominator != 1:
        raise ValueError(f'must compare with a whole number, such as ">= 1000", not {shown(raw)}')
    return Bound(*found)


_SHARE_PATTERN = "^(>=|<=|==|!=|>|<) *(0(\\.[0-9]+)?|1(\\.0+)?)$"
_BOUND_SCHEMA = WithJsonSchema({"type": "string", "pattern": _BOUND_PATTERN})
Share = Annotated[
    Bound,
    PlainValidator(_share),
    WithJsonSchema({"type": "string", "pattern": _SHARE_PATTERN}),
]
Count = Annotated[Bound, PlainValidator(_whole), _BOUND_SCHEMA]


class Require(Strict):
    """What must hold of the data set as a whole; otherwise the outcome is not ``train``."""

    train_share: Share | None = Field(
        default=None,
        alias="train.share",
        description="Rows of the train partition as a share of all rows.",
        examples=[">= 0.6"],
    )
    retrieve_share: Share | None = Field(
        default=None,
        alias="retrieve.share",
        description="Rows of the retrieve partition as a share of all rows.",
        examples=["<= 0.3"],
    )
    license_known: Share | None = Field(
        default=None,
        alias="license.known",
        description="Share of rows whose licence class is known.",
        examples=[">= 0.99"],
    )
    consent_known: Share | None = Field(
        default=None,
        alias="consent.known",
        description="Share of rows whose consent status is known.",
        examples=[">= 0.9"],
    )
    pii_known: Share | None = Field(
        default=None,
        alias="pii.known",
        description="Share of rows that were scanned for personal data in full.",
        examples=["== 1"],
    )
    rows_count: Count | None = Field(
        default=None,
        alias="rows.count",
        description="How many rows there are.",
        examples=[">= 1000"],
    )

    def bounds(self) -> Iterator[tuple[str, Bound]]:
        """The requirements that are set, by their name in the file."""
        for field, info in type(self).model_fields.items():
            bound = getattr(self, field)
            if bound is not None:
                yield str(info.alias), bound
