"""The register's small files: JSON with a format version, read whole or refused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from govgate.attest.files import read_bounded
from govgate.durable import make_dirs, write_durably
from govgate.errors import EvidenceError
from govgate.home import Home
from govgate.locking import exclusive

VERSION = 1
MAX_BYTES = 256 * 2**20
LOCK = "lock"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


def _in_utc(moment: datetime) -> datetime:
    if moment.utcoffset() != timedelta(0):
        raise ValueError("a time that is not in UTC")
    return moment


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Part(BaseModel):
    """A part of a document: frozen, no other members, camelCase names on disk."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class Document(Part):
    """A whole file."""

    version: int = VERSION


T = TypeVar("T", bound=Document)


@contextmanager
def writing(home: Home) -> Iterator[Path]:
    """The register's folder, made if missing, with nobody else writing in it; waits for them."""
    make_dirs(home.register)
    with exclusive(home.register / LOCK):
        yield home.register


def read_document(path: Path, kind: type[T]) -> T | None:
    """The document in the file; None where there is none.

    EvidenceError for one that is damaged, or of a form that this version does not know.
    """
    try:
        data = json.loads(read_bounded(path, MAX_BYTES))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{path} is damaged: it is not JSON") from error
    _check_version(path, data)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        fields = sorted({".".join(map(str, e["loc"])) for e in error.errors()})
        raise EvidenceError(f"{path} is damaged, at {', '.join(fields[:5])}") from error


def write_document(path: Path, document: Document) -> None:
    """Put the document at ``path`` durably; the folder must exist."""
    values = document.model_dump(mode="json", by_alias=True)
    text = json.dumps(values, indent=1, ensure_ascii=False) + "\n"
    write_durably(path, text.encode("utf-8", "surrogatepass"))


def _check_version(path: Path, data: Any) -> None:
    version = data.get("version") if isinstance(data, dict) else None
    if version == VERSION:
        return
    if isinstance(version, int) and version > VERSION:
        raise EvidenceError(
            f"{path} is of format version {version}, and this govgate knows {VERSION}",
            remedy="use the version of govgate that wrote it",
        )
    raise EvidenceError(f"{path} is damaged: it names no format version")
