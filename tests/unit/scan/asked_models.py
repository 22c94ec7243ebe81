"""Models as a configuration names them, for their tests."""

from pathlib import Path

import pytest

from govgate.errors import UsageError
from govgate.scan.models import recognizers
from govgate.scansettings import Looks, Model, ScanSettings, Tools

LABELS = {"gliner": {"person": "PERSON"}, "transformers": {"PER": "PERSON"}}
CONFIG = {"gliner": "gliner_config.json", "transformers": "config.json"}
KINDS = sorted(LABELS)
ONLY_GLINER = pytest.mark.parametrize("kind", ["gliner"], indirect=True)
ONLY_TRANSFORMERS = pytest.mark.parametrize("kind", ["transformers"], indirect=True)


def model(place: Path, kind: str = "transformers", **more: object) -> Model:
    """A model in ``place``, as a govgate.yaml in the folder above would name it."""
    told = {"kind": kind, "folder": place.name, "labels": LABELS[kind]} | more
    return Model.model_validate(told).within(place.parent)


def settings(*models: Model, **looks: object) -> ScanSettings:
    return ScanSettings(looks=Looks(**looks), tools=Tools(models=models))


def refusal(asked: Model) -> str:
    with pytest.raises(UsageError) as refused:
        recognizers([asked], "en")
    assert str(asked.place.parent) not in str(refused.value)
    return str(refused.value)
