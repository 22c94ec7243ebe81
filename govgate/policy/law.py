"""The provision that a rule carries out, as dated data beside the rule."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from govgate.spelling import shown
from govgate.strict import Day, SomeLine, Strict

CONTRACT = "contract"
"""The jurisdiction of what binds whoever agreed to it, wherever they are: licences, PCI DSS."""
_PLACE = rf"([A-Z]{{2}}(-[A-Z0-9]{{1,3}})?|{CONTRACT})"
_ADDRESS = "https://[^ ]+"


def _place(text: str) -> str:
    if re.fullmatch(_PLACE, text) is None:
        raise ValueError(
            f"must be EU, an ISO 3166 code such as DE or US-CA, or {CONTRACT}, not {shown(text)}"
        )
    return text


def _address(text: str) -> str:
    if re.fullmatch(_ADDRESS, text) is None:
        raise ValueError(f"must be an address that begins with https://, not {shown(text)}")
    return text


class Law(Strict):
    """Where a rule comes from, since when that holds, and when somebody last read it."""

    jurisdiction: Annotated[SomeLine, AfterValidator(_place)] = Field(
        json_schema_extra={"pattern": f"^{_PLACE}$"},
        description="Where it holds: EU, an ISO 3166 code such as DE or US-CA, or the word "
        "contract for what binds whoever agreed to it.",
        examples=["EU", "US-CA", CONTRACT],
    )
    article: SomeLine = Field(
        description="The one provision that the rule carries out.",
        examples=["art. 9(1)", "45 CFR 164.514(b)(2)(i)(A)"],
    )
    effective: Day = Field(
        description="The day from which the provision applies, in the wording that is meant.",
        examples=["2018-05-25"],
    )
    verified: Day | None = Field(
        default=None,
        description="The day on which somebody last held the rule against the provision's text.",
        examples=["2026-11-29"],
    )
    source: Annotated[SomeLine, AfterValidator(_address)] = Field(
        json_schema_extra={"pattern": f"^{_ADDRESS}$"},
        description="Where the text stands, with whoever publishes it.",
        examples=["https://eur-lex.europa.eu/eli/reg/2016/679/oj"],
    )
