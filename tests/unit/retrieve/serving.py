"""A real store, a run that it is of, and the server in front of them."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from govgate.home import Home, new_fingerprint_key
from govgate.retrieve.filters import EVERYTHING, Filters
from govgate.retrieve.partition import Document
from govgate.retrieve.querylog import QueryLog
from govgate.retrieve.serving.api import application
from govgate.retrieve.serving.guard import served_names
from govgate.retrieve.serving.rate import Rate
from govgate.retrieve.serving.service import Service
from govgate.retrieve.tables import About, Group
from govgate.retrieve.tokens import bearer, new_token
from govgate.retrieve.update import synchronise

KEY = bytes(range(32))
EXPIRES = date(2027, 6, 30)
TIDES = Group(
    "tides.jsonl",
    source="encyclopedia",
    license="CC-BY-4.0",
    license_class="permissive",
    languages=("en",),
    obligations=("attribute",),
    citation="encyclopedia (CC-BY-4.0)",
)
SECRET = Group("staff.jsonl", source="wiki", audience=("staff",), citation="wiki (licence unknown)")
ROWS = [
    Document("tides.jsonl:1", "The moon's pull raises tides.", TIDES),
    Document("tides.jsonl:2", "Spring tides are the highest tides of a month.", TIDES),
    Document("staff.jsonl:1", "The tides of the staff harbour are secret.", SECRET),
]


def write_run(run: Path, payload: bytes = b'{"record": 1}') -> str:
    """A record, as far as a server reads it; its digest."""
    run.mkdir(exist_ok=True)
    envelope = {"payload": base64.b64encode(payload).decode(), "signatures": []}
    (run / "record.intoto.jsonl").write_text(json.dumps(envelope) + "\n", encoding="utf-8")
    return hashlib.sha256(payload).hexdigest()


@dataclass
class Served:
    """What a server needs, and what is asked of it."""

    top: Path
    day: date = date(2026, 11, 30)
    rows: Iterable[Document] = field(default_factory=lambda: list(ROWS))
    bounds: Filters = EVERYTHING
    rate: str = "600/min"
    logged: bool = False

    def __post_init__(self) -> None:
        self.home, self.run = Home(self.top / "home"), self.top / "run"
        self.store = self.top / "store.sqlite"
        new_fingerprint_key(self.home)
        self.publish(write_run(self.run))

    def publish(self, record: str, expires: date = EXPIRES) -> None:
        """Have the store hold the rows, under the record of that digest."""
        self.publish_from(lambda: iter(list(self.rows)), record, expires)

    def publish_from(
        self, rows: Callable[[], Iterator[Document]], record: str, expires: date = EXPIRES
    ) -> None:
        """Have the store hold what ``rows`` gives, each time that it is asked."""
        synchronise(self.store, rows, About(record, "acme", expires), KEY)

    def token(self, name: str = "bot", **filters: Any) -> str:
        """The secret of a new token."""
        return new_token(self.home, name, Filters.model_validate(filters), today=self.day)

    def now(self) -> datetime:
        """Noon."""
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)

    def service(self) -> Service:
        log = QueryLog.of(self.home) if self.logged else None
        return Service(self.run, self.store, self.home, self.bounds, log, now=self.now)

    @contextmanager
    def client(self, token: str | None = None, **options: Any) -> Iterator[TestClient]:
        """A client of the real application."""
        app = application(
            self.service(),
            bearer=lambda secret: bearer(self.home, secret, today=self.day),
            names=served_names("127.0.0.1", ()),
            rate=Rate.parse(self.rate),
        )
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        options = {"raise_server_exceptions": True, **options}
        with TestClient(app, "http://127.0.0.1:8123", headers=headers, **options) as client:
            yield client
