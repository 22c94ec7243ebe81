"""The spaCy pipeline: found among the installed packages, loaded, digested. Never downloaded."""

import hashlib
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from govgate.errors import UsageError

if TYPE_CHECKING:
    from spacy.language import Language

EXCLUDED: Final = ("parser", "senter")
"""Components that no finding needs. Without sentence bounds an entity may cross a line break
that the parser would have taken for the end of a sentence; the reference has no parser either."""

NAMING: Final = frozenset({"ner", "beam_ner", "entity_ruler", "transformers_ner"})
MAX_LEMMAS: Final = 100_000


def installed_version(name: str) -> str:
    """Version of the installed pipeline package ``name``; UsageError if there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError as missing:
        raise UsageError(
            f"the spaCy pipeline {name!r} is not installed",
            # Never a bare package name: anyone could have registered it on an index.
            remedy=f"pip install its publisher's wheel ./{name}-VERSION-py3-none-any.whl, or "
            "name an installed one under scan.pipelines",
        ) from missing


def load_pipeline(name: str, *, language: str) -> "Language":
    """The pipeline with the components that findings need; UsageError if it cannot find names."""
    import spacy

    installed_version(name)
    try:
        nlp = spacy.load(name, exclude=list(EXCLUDED))
    except Exception as problem:  # a package that is no pipeline fails in many ways
        raise UsageError(
            f"the package {name!r} cannot be loaded as a spaCy pipeline",
            remedy="name a spaCy pipeline package that fits the installed spaCy",
        ) from problem
    if nlp.lang != language:
        raise UsageError(
            f"the spaCy pipeline {name!r} is for language {nlp.lang!r}, not {language!r}",
            remedy="name a pipeline for that language under scan.pipelines",
        )
    if not naming_parts(nlp):
        raise UsageError(
            f"the spaCy pipeline {name!r} has no component that finds names",
            remedy="name a pipeline with an ner component",
        )
    return nlp


def naming_parts(nlp: "Language") -> list[str]:
    """The components of the pipeline that give names, in order."""
    return [name for name in nlp.pipe_names if nlp.get_pipe_meta(name).factory in NAMING]


def entity_labels(nlp: "Language") -> set[str]:
    """The labels that the pipeline can give to a name."""
    return {label for part in naming_parts(nlp) for label in nlp.pipe_labels.get(part, ())}


def forget(nlp: "Language") -> None:
    """Bound what the pipeline remembers between texts: spaCy's lemmatizer keeps every word."""
    for _, part in nlp.pipeline:
        cache = getattr(part, "cache", None)
        if isinstance(cache, dict) and len(cache) > MAX_LEMMAS:
            cache.clear()


def pipeline_digest(name: str) -> str:
    """`folder_digest` of the installed package ``name``."""
    import spacy

    return folder_digest(Path(spacy.util.get_package_path(name)))


def folder_digest(root: Path) -> str:
    """SHA-256 over the files in ``root``: for each, by path in it, its length-framed path and its
    own SHA-256. Left out is what differs between machines and is not data: compiled Python files,
    and hidden ones, among which programs that download keep their notes."""
    total = hashlib.sha256()
    for path in sorted(root.rglob("*"), key=lambda p: p.relative_to(root).as_posix()):
        place = path.relative_to(root)
        hidden = any(part.startswith(".") for part in place.parts)
        if hidden or path.suffix == ".pyc" or not path.is_file():
            continue
        framed = place.as_posix().encode()
        with path.open("rb") as stored:
            digest = hashlib.file_digest(stored, "sha256").digest()
        total.update(len(framed).to_bytes(4, "big") + framed + digest)
    return total.hexdigest()
