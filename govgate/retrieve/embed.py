"""Models that turn texts into vectors, loaded from local folders.

Two kinds, told apart by what lies in the folder: static models (model2vec: a vector for each word,
averaged) and models of sentence-transformers (which read the words together, and need torch).
Nothing is fetched, no pickle is read, and no code that comes with a model is run.
"""

import importlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from govgate.errors import UsageError
from govgate.retrieve.change import Embedder
from govgate.retrieve.tables import F32
from govgate.retrieve.words import storable

WEIGHTS: Final = "model.safetensors"
STATIC: Final = ("config.json", WEIGHTS, "tokenizer.json")
MODULES: Final = "modules.json"
LOGGERS: Final = ("huggingface_hub", "model2vec", "sentence_transformers", "torch", "transformers")
_LIBRARY: Final = "sentence_transformers."
_STATIC_MODULES: Final = frozenset({"StaticEmbedding", "Normalize"})
_COPY: Final = "copy all files of one model; govgate never downloads a model"


class FolderModel:
    """An :class:`~govgate.retrieve.change.Embedder` of a folder.

    ``name``: that of the folder, and the first 16 hex digits of its files' digest, so that another
    model is told even when it has the same name.
    """

    def __init__(self, name: str, dims: int, vectors: Callable[[list[str]], Any]) -> None:
        self.name = name
        self.dims = dims
        self._vectors = vectors

    def encode(self, texts: Sequence[str]) -> F32:
        """One vector of length 1 for each text, (texts, dims); zeros for a text that is empty or
        has no word the model knows.

        A text longer than the model's window (often 256 or 512 of its tokens) is cut off there, so
        its end has no part in its vector; search finds that end by its words all the same.
        """
        out: F32 = np.zeros((len(texts), self.dims), dtype="<f4")
        told = [at for at, text in enumerate(texts) if text.strip("\0 \t\r\n")]
        if told:
            found = np.asarray(self._vectors([storable(texts[at]) for at in told]), dtype="<f4")
            lengths = np.linalg.norm(found.astype(np.float64), axis=1, keepdims=True)
            good = np.isfinite(lengths) & (lengths > 0)
            out[told] = np.where(good, found / np.where(good, lengths, 1), 0)
        return out


def load_embedder(folder: Path) -> Embedder:
    """The model in ``folder``.

    UsageError where the folder, its weights or a package is missing, and where it cannot be loaded.
    Loading one sets the offline mode of its libraries for the whole process.
    """
    if not folder.is_dir():
        raise _refusal(folder, "does not exist", _COPY)
    static = _is_static(folder)
    _check_weights(folder)
    _check_package(static=static)
    try:
        _settle()
        dims, vectors = (_static if static else _transformer)(folder)
        model = FolderModel(_name(folder), dims, vectors)
        if not 0 < dims == model.encode(["the harbour"]).shape[1]:
            raise ValueError("no vectors")
    except UsageError:
        raise
    except Exception as problem:  # a folder that holds no such model fails in many ways
        kind = "model2vec" if static else "sentence-transformers"
        raise _refusal(
            folder, f"cannot be loaded as a model of {kind} ({type(problem).__name__})", _COPY
        ) from problem
    return model


def _is_static(folder: Path) -> bool:
    """Whether model2vec's library is the one; its models may tell sentence-transformers' too."""
    if (folder / MODULES).is_file():
        return {kind.rpartition(".")[2] for kind in _modules(folder)} <= _STATIC_MODULES
    missing = [name for name in STATIC if not (folder / name).is_file()]
    if missing and not _pickles(folder):
        raise _refusal(folder, f"holds no {MODULES} and no {' and no '.join(missing)}", _COPY)
    return True


def _modules(folder: Path) -> list[str]:
    """The kinds of parts that a model of sentence-transformers says it is made of."""
    try:
        kinds = [module["type"] for module in json.loads((folder / MODULES).read_bytes())]
    except (OSError, ValueError, LookupError, TypeError) as problem:
        raise _refusal(folder, f"has a {MODULES} that cannot be read", _COPY) from problem
    foreign = [kind for kind in kinds if not str(kind).startswith(_LIBRARY)]
    if foreign or not kinds:
        raise _refusal(
            folder,
            f"asks in {MODULES} for code that is not of sentence-transformers",
            "use a model that the library knows by itself",
        )
    return kinds


def _check_weights(folder: Path) -> None:
    """Refuse pickles that would be read: those without safetensors beside them."""
    if pickles := _pickles(folder):
        raise _refusal(
            folder,
            f"holds weights as a pickle ({', '.join(pickles)}), which can run code on loading",
            f"convert them to {WEIGHTS} where you trust them: load the model and call "
            "save_pretrained(FOLDER)",
        )


def _pickles(folder: Path) -> list[str]:
    from govgate.scan.modelfolder import PICKLED

    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in PICKLED and not any(path.parent.glob("*.safetensors"))
    )


def _check_package(*, static: bool) -> None:
    name, extra = (
        ("model2vec", "embed") if static else ("sentence-transformers", "embed-transformers")
    )
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError as missing:
        raise UsageError(
            f"models of {name} need the package {name}, which is not installed",
            remedy=f'pip install "govgate[{extra}]"',
        ) from missing


def _settle() -> None:
    """Keep the libraries offline and silent: their words can hold text."""
    from govgate.scan.models import OFFLINE

    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
    os.environ.update(OFFLINE)
    # Read once at import, so it is set there as well.
    constants: Any = importlib.import_module("huggingface_hub.constants")
    constants.HF_HUB_OFFLINE = True


def _name(folder: Path) -> str:
    from govgate.scan.pipeline import folder_digest

    return f"{folder.resolve().name}@{folder_digest(folder)[:16]}"


def _static(folder: Path) -> tuple[int, Callable[[list[str]], Any]]:
    library: Any = importlib.import_module("model2vec")
    model = library.StaticModel.from_pretrained(folder, force_download=False)
    return int(model.dim), model.encode


def _transformer(folder: Path) -> tuple[int, Callable[[list[str]], Any]]:
    library: Any = importlib.import_module("sentence_transformers")
    told: Any = importlib.import_module("transformers.utils.logging")
    told.disable_progress_bar()
    model = library.SentenceTransformer(
        str(folder),
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )
    dims = len(model.encode("the harbour", show_progress_bar=False))

    def vectors(texts: list[str]) -> Any:
        return model.encode(texts, convert_to_numpy=True, show_progress_bar=False)

    return dims, vectors


def _refusal(folder: Path, what: str, remedy: str) -> UsageError:
    return UsageError(f"the model folder {folder} {what}", remedy=remedy)
