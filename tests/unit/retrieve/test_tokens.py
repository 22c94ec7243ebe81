"""Tokens: shown once, kept as hashes, bounded by their filters."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from govgate.errors import UsageError
from govgate.home import Home
from govgate.retrieve.filters import Filters
from govgate.retrieve.scope import Scope
from govgate.retrieve.tokens import PREFIX, bearer, new_token, path, revoke_token, tokens

TODAY, LATER, MUCH_LATER = date(2026, 11, 30), date(2026, 12, 1), date(2027, 6, 30)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def new(home: Home, name: str = "bot", *, expires: date | None = None, **filters: object) -> str:
    return new_token(home, name, Filters.model_validate(filters), today=TODAY, expires=expires)


def test_its_bearer_sees_what_its_filters_allow(home: Home) -> None:
    secret = new(home, audience=["staff"], licenses=["permissive"], collected_from="2026-01-01")
    caller = bearer(home, secret, today=LATER)
    assert caller is not None
    assert caller.name == "bot"
    assert caller.scope == Scope(
        LATER,
        audience=frozenset({"staff"}),
        licenses=frozenset({"permissive"}),
        collected_from=date(2026, 1, 1),
    )


def test_without_filters_it_is_of_no_audience(home: Home) -> None:
    caller = bearer(home, new(home), today=TODAY)
    assert caller is not None
    assert caller.scope == Scope(TODAY)


def test_the_secret_is_long_kept_as_a_hash_and_for_its_owner_alone(home: Home) -> None:
    secret = new(home)
    assert secret.startswith(PREFIX)
    assert len(secret) == len(PREFIX) + 43
    text = path(home).read_text(encoding="utf-8")
    assert secret not in text
    assert secret[len(PREFIX) :] not in text
    assert stat.S_IMODE(path(home).stat().st_mode) == 0o600


@pytest.mark.parametrize("wrong", ["", "x", PREFIX, "\ud800", "Bearer x", "é" * 10_000])
def test_another_secret_bears_nothing(home: Home, wrong: str) -> None:
    secret = new(home)
    for one in (wrong, secret[:-1], secret + "x", secret.upper()):
        assert bearer(home, one, today=TODAY) is None


def test_nobody_bears_the_hash_of_nothing(home: Home) -> None:
    new(home)
    known = json.loads(path(home).read_text(encoding="utf-8"))
    known["tokens"][0]["sha256"] = (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    path(home).write_text(json.dumps(known), encoding="utf-8")
    assert bearer(home, "", today=TODAY) is None


def test_it_ends_on_the_day_that_it_expires(home: Home) -> None:
    secret = new(home, expires=LATER)
    assert bearer(home, secret, today=TODAY) is not None
    assert bearer(home, secret, today=LATER) is None
    with pytest.raises(UsageError, match="never held"):
        new(home, "other", expires=TODAY)


def test_once_revoked_it_is_unknown_and_stays_listed(home: Home) -> None:
    secret, other = new(home), new(home, "other")
    assert revoke_token(home, "bot", today=LATER)
    assert not revoke_token(home, "bot", today=MUCH_LATER)
    assert bearer(home, secret, today=TODAY) is None
    assert bearer(home, other, today=TODAY) is not None
    assert [(one.name, one.revoked_on) for one in tokens(home)] == [("bot", LATER), ("other", None)]
    with pytest.raises(UsageError, match="already"):
        new(home)
    with pytest.raises(UsageError, match="no token nobody"):
        revoke_token(home, "nobody", today=TODAY)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\n", "../a", "x" * 65, "é", "-a"])
def test_a_name_that_could_be_taken_for_something_else_is_refused(home: Home, name: str) -> None:
    with pytest.raises(UsageError, match="a token's name"):
        new(home, name)
    assert tokens(home) == ()


def test_a_file_that_others_can_read_admits_nobody(home: Home) -> None:
    secret = new(home)
    path(home).chmod(0o640)
    with pytest.raises(UsageError, match="readable by others"):
        bearer(home, secret, today=TODAY)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"version": 2}', '{"version": 1, "tokens": [{}]}', '{"extra": 1}', "\0"],
)
def test_a_file_that_is_malformed_admits_nobody_and_is_not_written_over(
    home: Home, text: str
) -> None:
    secret = new(home)
    path(home).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="not a file of tokens"):
        bearer(home, secret, today=TODAY)
    with pytest.raises(UsageError, match="not a file of tokens"):
        new(home, "other")
    assert path(home).read_text(encoding="utf-8") == text


def test_a_file_that_is_malformed_is_told_where(home: Home) -> None:
    new(home)
    known = json.loads(path(home).read_text(encoding="utf-8"))
    known["tokens"][0]["filters"]["terms"] = ["atribution"]
    path(home).write_text(json.dumps(known), encoding="utf-8")
    with pytest.raises(UsageError, match=r"wrong at tokens\.0\.filters\.terms\.0"):
        tokens(home)


def test_tokens_made_at_once_are_all_kept(home: Home) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda number: new(home, f"bot-{number}"), range(16)))
    assert {one.name for one in tokens(home)} == {f"bot-{number}" for number in range(16)}
    assert all(bearer(home, secret, today=TODAY) for secret in made)
