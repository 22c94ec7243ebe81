"""Presidio's recognizers for models of GLiNER and transformers, held to a folder and a whole text.

They differ from Presidio's in three ways. They load from their folder alone and run on one
processor. They ask for and report the labels of the settings and no others. And they look at all
of a text: both libraries cut off without a word what is longer than the model takes, so such a
text is divided first.
"""

import importlib
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from presidio_analyzer import RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from presidio_analyzer.predefined_recognizers.ner import (
    GLiNERRecognizer,
    HuggingFaceNerRecognizer,
)

from govgate.scan.modelfolder import PREFIXES, WEIGHTS, model_labels, refusal
from govgate.scan.wholetext import WholeText
from govgate.scansettings import Model

LOGGERS: Final = ("gliner", "huggingface_hub", "safetensors", "torch", "transformers")
NOWHERE: Final = os.devnull
"""Given as the folder of downloads, so that none of an earlier program's can be used either."""
UNASKED: Final = "-"
"""What a label that the settings do not name becomes; no entity is called so."""
COPY: Final = "copy all files of a model that was trained to name entities"
USUAL_ROOM: Final = 512
LEAST: Final = 16
"""Words beside the labels, below which a model would see no names for what they are."""
SPARE: Final = 2
"""Places that some encoders number but do not use: RoBERTa begins at 2."""


def settle() -> None:
    """Silence the libraries, whose words can hold text, and have them count on one thread."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
    _module("transformers.utils.logging").disable_progress_bar()
    _module("torch").set_num_threads(1)


class Transformers(HuggingFaceNerRecognizer):
    """Presidio's recognizer for token classification."""

    def __init__(self, model: Model) -> None:
        self._model = model
        ignored = dict.fromkeys(model_labels(model), UNASKED)
        super().__init__(
            supported_entities=sorted(set(model.labels.values())),
            name=_name(model),
            supported_language=model.language,
            model_name=model.folder,
            label_mapping={**ignored, **dict(sorted(model.labels.items()))},
            threshold=model.threshold,
            device="cpu",
            label_prefixes=list(PREFIXES),
            text_chunker=WholeText(400, 40, self._fits),
        )

    def load(self) -> None:
        """Load tokenizer and weights from the folder; UsageError if weights are missing."""
        library = _module("transformers")
        place = str(self._model.place)
        own = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer = library.AutoTokenizer.from_pretrained(place, use_fast=True, **own)
        if not self._tokenizer.is_fast:
            raise refusal(self._model, "has a tokenizer that cannot say where a token stands", COPY)
        weights, told = library.AutoModelForTokenClassification.from_pretrained(
            place, use_safetensors=True, output_loading_info=True, **own
        )
        if told["missing_keys"] or told["mismatched_keys"]:
            raise refusal(self._model, "has not all weights of its model", COPY)
        self._room = _room(self._tokenizer, weights.config)
        self.ner_pipeline = library.pipeline(
            self.DEFAULT_HF_TASK,
            model=weights,
            tokenizer=self._tokenizer,
            aggregation_strategy=self.aggregation_strategy,
            device=-1,
        )

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """What the model finds of ``entities`` by the labels of the settings."""
        asked = set(entities).intersection(self.supported_entities)
        with _no_cut():
            found = super().analyze(text, sorted(asked), nlp_artifacts)
        return [result for result in found if result.entity_type in asked]

    def _fits(self, text: str) -> bool:
        tokens = self._tokenizer(text, truncation=False, verbose=False)["input_ids"]
        return len(tokens) <= self._room


class GLiNER(GLiNERRecognizer):
    """Presidio's recognizer for GLiNER, which is asked for the labels of the settings alone.

    Presidio's adds every entity that is looked for at all as a label of its own. The model takes
    labels and text in one, so that would leave no room for the text.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        super().__init__(
            entity_mapping=dict(sorted(model.labels.items())),
            name=_name(model),
            supported_language=model.language,
            model_name=model.folder,
            threshold=model.threshold,
            map_location="cpu",
            text_chunker=WholeText(250, 50, self._fits),
        )
        self.supported_entities.sort()
        self._prompt = self._length(self._splitter.prepare_inputs([[]], self.gliner_labels)[0][0])
        if not self._fits("a " * LEAST):
            raise refusal(
                model,
                "has a model that the labels leave no room for a text",
                "name fewer or shorter labels, or name the model twice with some each",
            )

    def load(self) -> None:
        """Load tokenizer and weights from the folder; UsageError if weights are missing."""
        self.gliner: Any = _module("gliner").GLiNER.from_pretrained(
            str(self._model.place),
            map_location=self.map_location,
            local_files_only=True,
            cache_dir=NOWHERE,
        )
        with _module("safetensors").safe_open(self._model.place / WEIGHTS, framework="pt") as file:
            stored = set(file.keys()) | set(file.metadata() or {})
        if any(name not in stored for name, _ in self.gliner.model.named_parameters()):
            raise refusal(self._model, "has not all weights of its model", COPY)
        self._splitter = self.gliner.data_processor
        self._tokenizer = self._splitter.transformer_tokenizer
        self._words = self.gliner.config.max_len
        self._room = _room(self._tokenizer, self.gliner.config.encoder_config)

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """What the model finds of ``entities`` by the labels of the settings."""
        asked = set(entities).intersection(self.supported_entities)
        if not text.strip() or not asked:
            return []
        with _no_cut():
            return super().analyze(text, sorted(asked), nlp_artifacts)

    def _fits(self, text: str) -> bool:
        words = [word for word, _, _ in self._splitter.words_splitter(text)]
        return len(words) <= self._words and self._prompt + self._length(words) <= self._room

    def _length(self, words: list[str]) -> int:
        tokens = self._tokenizer(words, is_split_into_words=True, truncation=False, verbose=False)
        return len(tokens["input_ids"])


def _room(tokenizer: Any, config: Any) -> int:
    """Tokens that a model takes at once, those at the edges among them."""
    limits = [tokenizer.model_max_length]  # of an unknown length: some enormous number
    places = getattr(config, "max_position_embeddings", None)
    if isinstance(places, int) and places > 0:
        limits.append(places - SPARE)
    room = min(limits)
    return int(room) if room < 1_000_000 else USUAL_ROOM


@contextmanager
def _no_cut() -> Iterator[None]:
    """Make a warning that something was cut off an error, and let the others go unprinted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=".*truncated")
        yield


def _name(model: Model) -> str:
    return f"{model.kind}:{model.place.name}"


def _module(name: str) -> Any:
    """A library that is there only with govgate[models]."""
    return importlib.import_module(name)
