"""Which retrieval stores were built of which runs: `register/stores.json`."""

from dataclasses import dataclass
from pathlib import Path

from govgate.home import Home
from govgate.register.documents import (
    Document,
    Part,
    Sha256,
    read_document,
    write_document,
    writing,
)

STORES = "stores.json"


@dataclass(frozen=True, slots=True)
class Store:
    """A store at ``path``, built of the run at ``run``, whose record had this digest."""

    path: Path
    run: Path
    record: str


class _Store(Part):
    path: str
    run: str
    record: Sha256


class _Stores(Document):
    stores: tuple[_Store, ...] = ()


def register_store(home: Home, path: Path, run: Path, record: str) -> None:
    """Note a store, before it holds a row; what was noted of the same path is replaced."""
    noted = _Store(path=str(path.resolve()), run=str(run.resolve()), record=record)
    _change(home, noted.path, (noted,))


def forget_store(home: Home, path: Path) -> None:
    """Take a store that is gone off the list."""
    _change(home, str(path.resolve()), ())


def stores(home: Home) -> list[Store]:
    """All stores, in order of their paths; one may be gone."""
    return [Store(Path(one.path), Path(one.run), one.record) for one in _read(home).stores]


def _change(home: Home, path: str, noted: tuple[_Store, ...]) -> None:
    with writing(home) as register:
        others = tuple(one for one in _read(home).stores if one.path != path)
        listed = tuple(sorted((*others, *noted), key=lambda one: one.path))
        write_document(register / STORES, _Stores(stores=listed))


def _read(home: Home) -> _Stores:
    return read_document(home.register / STORES, _Stores) or _Stores()
