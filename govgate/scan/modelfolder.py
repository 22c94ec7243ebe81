"""A model's folder: does it hold all that is read, and nothing that is run?

Weights are read from safetensors alone: a pickle (``.bin``, ``.pt``) runs whatever its author put
in. All that is read lies in the folder, so that the folder's digest in the record covers it.
Messages name a folder as the configuration spells it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from govgate.errors import UsageError
from govgate.scansettings import Model

NEEDED: Final = {
    "gliner": ("gliner_config.json", "tokenizer_config.json"),
    "transformers": ("config.json", "tokenizer_config.json"),
}
WEIGHTS: Final = "model.safetensors"
INDEX: Final = "model.safetensors.index.json"
PICKLED: Final = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})
PREFIXES: Final = ("B-", "I-", "U-", "L-")
"""What stands before a label in a scheme of tags; Presidio's recognizer takes it off."""

UNFIT: Final = ("labels_encoder", "labels_decoder", "relations_layer", "precomputed_prompts_mode")
"""Kinds of GLiNER's models that need more than one folder, or do not take the labels asked for."""


def check_folder(model: Model) -> None:
    """UsageError unless the model's folder holds all that is read, and nothing that is run."""
    if not model.place.is_dir():
        raise refusal(
            model,
            "does not exist",
            "put the model's files there (the folder is relative to govgate.yaml); "
            "govgate never downloads a model",
        )
    _check_weights(model)
    missing = [name for name in NEEDED[model.kind] if not (model.place / name).is_file()]
    if missing:
        raise refusal(
            model,
            f"holds no {' and no '.join(missing)}",
            "copy all files of the model, its tokenizer's too",
        )
    _check_no_code(model)
    if model.kind == "gliner":
        _check_gliner(model)
    else:
        _check_labels(model)


def _check_weights(model: Model) -> None:
    if (model.place / WEIGHTS).is_file():
        return
    if model.kind == "transformers" and (model.place / INDEX).is_file():
        parts = _json(model, model.place / INDEX).get("weight_map")
        names = set(map(str, parts.values())) if isinstance(parts, dict) else {"?"}
        if all(_is_part(model.place, name) for name in names):
            return
        raise refusal(
            model, f"has not every part that {INDEX} names", "copy all files of the model"
        )
    pickled = sorted(p.name for p in model.place.iterdir() if p.suffix in PICKLED)
    if pickled:
        raise refusal(
            model,
            f"holds its weights as a pickle ({', '.join(pickled)}), which can run code on loading",
            f"convert them to {WEIGHTS} where you trust them: load the model and call "
            "save_pretrained(FOLDER, safe_serialization=True)",
        )
    raise refusal(
        model, f"holds no {WEIGHTS}", "put the model's weights there, in safetensors format"
    )


def _is_part(folder: Path, name: str) -> bool:
    """Whether ``name`` is that of a file with weights in ``folder`` itself."""
    return name.endswith(".safetensors") and Path(name).name == name and (folder / name).is_file()


def _check_no_code(model: Model) -> None:
    """Refuse what the libraries would follow out of the folder: code, and other models' names."""
    code = next(model.place.rglob("*.py"), None)
    if code is not None:
        raise refusal(
            model,
            f"holds Python code ({code.relative_to(model.place)}), which is never run",
            "delete it if the model does without, else use another model",
        )
    for path in sorted(model.place.rglob("*config.json")):
        if "auto_map" in _keys(_json(model, path)):
            raise refusal(
                model,
                f"asks in {path.relative_to(model.place)} for code of its own (auto_map)",
                "use a model of an architecture that the transformers library knows by itself",
            )
    if (model.place / "adapter_config.json").exists():
        raise refusal(
            model,
            "holds an adapter, whose weights are not all there",
            "merge the adapter into its model, and save that",
        )


def _check_gliner(model: Model) -> None:
    """Refuse what GLiNER would complete from elsewhere, or run in a way not known here."""
    told = _json(model, model.place / "gliner_config.json")
    if not isinstance(told.get("encoder_config"), dict):
        raise refusal(
            model,
            "does not hold the configuration of its encoder (encoder_config in gliner_config.json)",
            "load the model where its encoder is at hand and call "
            "save_pretrained(FOLDER, safe_serialization=True)",
        )
    unfit = [name for name in UNFIT if told.get(name)]
    if told.get("words_splitter_type", "whitespace") != "whitespace":
        unfit.append("words_splitter_type")
    if told.get("model_type") == "gliner_streaming_span":
        unfit.append("model_type")
    if unfit:
        raise refusal(
            model,
            f"is a kind of GLiNER model that is not run here ({', '.join(unfit)})",
            "use one with one encoder and words split at white space",
        )


def _check_labels(model: Model) -> None:
    """A label that the model never gives would look as if there were nothing to find."""
    known = model_labels(model)
    unknown = sorted(set(model.labels) - set(known))
    if unknown:
        raise refusal(
            model,
            f"gives no label {', '.join(map(repr, unknown))}",
            f"its labels are {', '.join(known)}",
        )


def model_labels(model: Model) -> list[str]:
    """The labels that a model of transformers can give, without their prefixes."""
    told = _json(model, model.place / "config.json").get("id2label")
    labels = map(str, told.values()) if isinstance(told, dict) else ()
    return sorted({_bare(label) for label in labels} - {"O"})


def _bare(label: str) -> str:
    return label[2:] if label.startswith(PREFIXES) else label


def _json(model: Model, path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError) as problem:
        raise refusal(
            model, f"has a {path.name} that cannot be read", "copy all files of the model"
        ) from problem
    return told if isinstance(told, dict) else {}


def _keys(told: Any) -> Iterator[str]:
    """All keys of a JSON value, at any depth."""
    if isinstance(told, dict):
        yield from told
    if isinstance(told, dict | list):
        for one in told.values() if isinstance(told, dict) else told:
            yield from _keys(one)


def refusal(model: Model, what: str, remedy: str) -> UsageError:
    """A UsageError about the model's folder, which never says where that lies."""
    return UsageError(f"scan.models: the folder {model.folder!r} {what}", remedy=remedy)
