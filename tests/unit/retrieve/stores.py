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

KINDS = ("sqlite", "lance")  # how names of stores end, one for each program that keeps them
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


def contents(store: Path) -> dict[str, bytes]:
    """The bytes of every file of a store, by path in its folder."""
    files = [path for path in store.parent.rglob("*") if path.is_file()]
    return {path.relative_to(store.parent).as_posix(): path.read_bytes() for path in files}


def left_beside(store: Path) -> list[str]:
    """What lies in the store's folder and, if LanceDB keeps it, in the store, and should not."""
    beside = [path.name for path in store.parent.iterdir() if path != store]
    inside = [path.name for path in store.iterdir()] if store.is_dir() else []
    kept = ["CURRENT", *[name for name in inside if name.startswith("gen-")][:1]]
    return beside + [name for name in inside if name not in kept]
