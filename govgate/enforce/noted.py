"""A training is noted in the home's register, so that whoever is in the data finds the model."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from govgate.errors import GovgateError
from govgate.home import Home
from govgate.register.models import forget_training, register_model, training_ended


def noted(
    home: Home,
    run: Path,
    record: str,
    checkpoints: Sequence[Path],
    command: Sequence[str],
    train: Callable[[], int],
    complain: Callable[[str], None],
) -> int:
    """What ``train`` returns; noted before it starts, and with its exit code once it ends.

    ``record``: digest of the run's record. One that cannot be noted does not start; one that
    raises a GovgateError did not start, and is forgotten.
    """
    training = register_model(
        home,
        [str(path.absolute()) for path in checkpoints],
        command=command[0],
        record=record,
        run=run.resolve(),
        started_on=datetime.now(UTC).replace(microsecond=0),
    )
    try:
        code = train()
    except GovgateError:
        forget_training(home, training)
        raise
    try:
        training_ended(home, training, code)
    except GovgateError as error:
        complain(f"govgate: how the training ended could not be noted: {error}\n")
    return code
