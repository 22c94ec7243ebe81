"""Small stores for tests, made of rows that are written down in them."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from govgate.retrieve.change import Embedder
from govgate.retrieve.partition import Document
from govgate.retrieve.scope import Scope
from govgate.retrieve.search import SearchResult, search
from govgate.retrieve.tables import About, Group
from govgate.retrieve.update import Updated, synchronise
from govgate.retrieve.words import storable

KEY = b"k" * 32
TODAY = date(2026, 11, 30)
EXPIRES = date(2027, 6, 30)


def document(name: str, text: str, file: str = "f", **group: Any) -> Document:
    """A row of ``file``; ``group``: what else is known of it."""
    return Document(storable(name), storable(text), Group(file=file, **group))


def build(
    store: Path,
    documents: Iterable[Document] | Callable[[], Iterable[Document]],
    record: str = "sha256:aa",
    embedder: Embedder | None = None,
) -> Updated:
    """Have ``store`` hold ``documents``, or what they give when they are called."""
    rows = documents if callable(documents) else list(documents).__iter__
    about = About(record, "tests", EXPIRES)
    return synchronise(store, rows, about, KEY, embedder)


def ask(store: Path, question: str, *, limit: int = 10, **scope: Any) -> SearchResult:
    """Search as somebody who may see what ``scope`` says, today."""
    embedder = scope.pop("embedder", None)
    return search(store, question, Scope(TODAY, **scope), limit=limit, embedder=embedder)
