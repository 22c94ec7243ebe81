"""Which models were trained on which runs: `register/models.json`.

`govgate run` notes a training before it starts, so that one that was killed is known too.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from govgate.home import Home
from govgate.register.documents import (
    Document,
    Moment,
    Part,
    Sha256,
    read_document,
    write_document,
    writing,
)

MODELS = "models.json"


@dataclass(frozen=True, slots=True)
class Model:
    """A training on a run. ``model``: the checkpoint's path, None where it was not named.

    ``command``: the name of the program alone. ``record``: digest of the run's record at that time.
    ``exit``: the command's exit code; None while it runs, or where it was killed with its starter.
    """

    model: str | None
    command: str
    record: str
    run: Path
    started_on: datetime
    exit: int | None = None


class _Model(Part):
    id: str
    model: str | None
    command: str
    record: Sha256
    run: str
    started_on: Moment
    exit: int | None


class _Models(Document):
    models: tuple[_Model, ...] = ()


def register_model(
    home: Home,
    checkpoints: Sequence[str],
    *,
    command: str,
    record: str,
    run: Path,
    started_on: datetime,
) -> str:
    """Note a training that is about to start, once for each of its checkpoints or once without
    one; the training's id, for ``training_ended``."""
    training = secrets.token_hex(8)
    noted = tuple(
        _Model(
            id=training,
            model=checkpoint,
            command=Path(command).name,
            record=record,
            run=str(run),
            started_on=started_on,
            exit=None,
        )
        for checkpoint in (checkpoints or (None,))
    )
    with writing(home) as register:
        known = _read(home)
        write_document(register / MODELS, _Models(models=(*known.models, *noted)))
    return training


def training_ended(home: Home, training: str, code: int) -> None:
    """Note the exit code of a training that ``register_model`` noted."""
    with writing(home) as register:
        models = tuple(
            one.model_copy(update={"exit": code}) if one.id == training else one
            for one in _read(home).models
        )
        write_document(register / MODELS, _Models(models=models))


def forget_training(home: Home, training: str) -> None:
    """Take out a training that did not start after all."""
    with writing(home) as register:
        others = tuple(one for one in _read(home).models if one.id != training)
        write_document(register / MODELS, _Models(models=others))


def models(home: Home) -> list[Model]:
    """All trainings in the order in which they began, one entry a checkpoint."""
    return [
        Model(one.model, one.command, one.record, Path(one.run), one.started_on, one.exit)
        for one in _read(home).models
    ]


def _read(home: Home) -> _Models:
    return read_document(home.register / MODELS, _Models) or _Models()
