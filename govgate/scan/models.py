"""Further models that find names: told, digested and loaded from local folders.

Nothing is fetched, and no code that comes with a model is run. Without a model, nothing of this
is imported.
"""

import importlib
import os
from collections.abc import Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from govgate.errors import UsageError
from govgate.scan.detector import ModelIdentity
from govgate.scan.modelfolder import check_folder, refusal
from govgate.scan.pipeline import folder_digest
from govgate.scansettings import Model

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

PACKAGES: Final = {
    "gliner": ("gliner", "torch", "transformers"),
    "transformers": ("torch", "transformers"),
}
LIBRARIES: Final = ("huggingface-hub", "safetensors", "tokenizers")
"""Further packages that findings depend on, wherever one of PACKAGES is used."""

OFFLINE: Final = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_SAFETENSORS_CONVERSION": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def recognizers(models: Sequence[Model], language: str) -> "list[EntityRecognizer]":
    """A recognizer for each of ``models`` that is for ``language``, in order.

    UsageError where a folder, its weights or a package is missing or cannot be used. Loading one
    sets offline mode and one thread for arithmetic for the whole process.
    """
    chosen = [model for model in models if model.language == language]
    for model in chosen:
        check_folder(model)
    for model in chosen:
        _check_packages(model)
    return [_loaded(model) for model in chosen]


def identities(models: Sequence[Model], language: str) -> tuple[ModelIdentity, ...]:
    """What the models for ``language`` are, for the record; reads all of their files."""
    return tuple(
        ModelIdentity(
            kind=model.kind,
            name=model.place.name,
            language=model.language,
            digest=folder_digest(model.place),
            labels=tuple(sorted(model.labels.items())),
            threshold=model.threshold,
        )
        for model in models
        if model.language == language
    )


def libraries(models: Sequence[Model], language: str) -> tuple[tuple[str, str], ...]:
    """The packages that run the models for ``language``, with their versions."""
    kinds = [model.kind for model in models if model.language == language]
    names = {name for kind in kinds for name in PACKAGES[kind]} | set(LIBRARIES if kinds else ())
    return tuple((name, metadata.version(name)) for name in sorted(names))


def _check_packages(model: Model) -> None:
    for name in PACKAGES[model.kind]:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError as missing:
            raise UsageError(
                f"scan.models: {model.kind} models need the package {name}, which is not installed",
                remedy='pip install "govgate[models]"',
            ) from missing


def _loaded(model: Model) -> "EntityRecognizer":
    """The recognizer, after one try on a text of ours."""
    os.environ.update(OFFLINE)
    # Read once at import, which Presidio does before anyone is asked: so it is set there as well.
    constants: Any = importlib.import_module("huggingface_hub.constants")
    constants.HF_HUB_OFFLINE = True
    from govgate.scan import modelrun

    make = modelrun.GLiNER if model.kind == "gliner" else modelrun.Transformers
    try:
        modelrun.settle()
        recognizer = make(model)
        recognizer.analyze("Ann Lee lives in Oslo.", recognizer.supported_entities)
    except UsageError:
        raise
    except Exception as problem:  # a folder that holds no such model fails in many ways
        raise refusal(
            model,
            f"cannot be loaded as a {model.kind} model ({type(problem).__name__})",
            "the folder must hold all files of one model that fits the installed libraries",
        ) from problem
    return recognizer
