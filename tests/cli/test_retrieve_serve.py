"""`govgate retrieve serve`: real clients of MCP and HTTP ask a real server."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError

from tests.cli.conftest import ROOT, ROWS, Cli, start

QUESTION = {"question": "how long is the warranty?"}
# What is left of what the server may say of a question: nothing.
PRIVATE = "xylophone"


class Server:
    """A server at work, and where it is asked."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process, self.url = process, url

    def ask(self, path: str, token: str = "", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        return httpx.request(
            more.pop("method", "POST"), f"{self.url}{path}", headers=headers, timeout=30, **more
        )

    def search(self, token: str, **more: Any) -> httpx.Response:
        return self.ask("/v1/search", token, json={**QUESTION, **more})


@contextmanager
def serving(run: Path, home: Path, *options: object) -> Iterator[Server]:
    process = start("retrieve", "serve", run, "--http", "127.0.0.1:0", *options, home=home)
    try:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], 60)
        said = process.stdout.readline() if ready else ""
        assert said.startswith("serving "), said + (process.stderr.read() if process.stderr else "")
        yield Server(process, said.split(" at ")[1].removesuffix("/v1/ and, to MCP clients,"))
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
        assert process.returncode == 0, told
        assert PRIVATE not in told
        assert "Traceback" not in told


@pytest.fixture(scope="module")
def token(cli: Cli) -> str:
    return new_token(cli, "tester")


@pytest.fixture(scope="module")
def server(retrieval_only: Path, home: Path) -> Iterator[Server]:
    with serving(retrieval_only, home, "--rate", "6000/min", "--log-queries") as server:
        yield server


def new_token(cli: Cli, name: str, *options: object) -> str:
    done = cli("retrieve", "token", "new", "--name", name, *options, "--json")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["token"])


@asynccontextmanager
async def over_http(server: Server, token: str, mode: str) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        create_mcp_http_client(headers=headers) as http,
        Client(streamable_http_client(f"{server.url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


@asynccontextmanager
async def over_stdio(run: Path, home: Path, mode: str, *options: str) -> AsyncIterator[Client]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GOVGATE_HOME": str(home)}
    arguments = ["-m", "govgate", "retrieve", "serve", str(run), "--stdio", *options]
    process = StdioServerParameters(command=sys.executable, args=arguments, env=environment)
    async with Client(process, mode=mode) as client:
        yield client


def asked(connect: Callable[[], Any], act: Callable[[Client], Any]) -> Any:
    """What ``act`` gives with a connected client."""

    async def run() -> Any:
        async with connect() as client:
            return await act(client)

    return anyio.run(run)


async def _answers(client: Client) -> None:
    """The whole conversation that a client has with a server of the fixture's run."""
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert tools.keys() == {"search", "context"}
    assert tools["search"].input_schema["required"] == ["question"]
    assert tools["search"].output_schema is not None
    assert tools["search"].annotations is not None
    assert tools["search"].annotations.read_only_hint
    found = await client.call_tool("search", {**QUESTION, "limit": 2})
    assert not found.is_error
    assert found.structured_content["rows"] == len(ROWS)
    hits = found.structured_content["hits"]
    assert "rows.jsonl:3" in {hit["row"] for hit in hits}
    assert all(hit["license"] == "CC-BY-NC-4.0" for hit in hits)
    assert len(found.structured_content["record"]) == 64
    block = await client.call_tool("context", {**QUESTION, "budget": 400})
    assert block.content[0].text == block.structured_content["text"]
    assert "[1] tests (CC-BY-NC-4.0" in block.content[0].text
    since = await client.call_tool("search", {**QUESTION, "collected_from": "2999-01-01"})
    assert since.structured_content["rows"] == 0
    for arguments in (
        {**QUESTION, "collected_from": "2026-02-01", "collected_to": "2026-01-01"},
        {"question": 5, PRIVATE: PRIVATE},
        {"question": PRIVATE, "limit": PRIVATE},
        {"question": PRIVATE, "languages": [PRIVATE]},
        {"question": "?!"},
        {},
    ):
        refused = await client.call_tool("search", arguments)
        assert refused.is_error
        assert json.loads(refused.content[0].text)["status"] == 400
        assert PRIVATE not in refused.model_dump_json()
    unknown = await client.call_tool("no-such-tool", QUESTION)
    assert unknown.is_error


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_of_mcp_asks_over_stdio(retrieval_only: Path, home: Path, mode: str) -> None:
    asked(lambda: over_stdio(retrieval_only, home, mode), _answers)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_of_mcp_asks_over_http_with_a_token(server: Server, token: str, mode: str) -> None:
    asked(lambda: over_http(server, token, mode), _answers)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_of_mcp_with_a_wrong_token_gets_nowhere(server: Server, mode: str) -> None:
    async def never(_: Client) -> None:
        raise AssertionError("it was admitted")

    with pytest.raises((MCPError, ExceptionGroup)) as refused:
        asked(lambda: over_http(server, "govgate_wrong", mode), never)
    assert "it was admitted" not in str(refused.getrepr())


def test_the_options_bound_what_a_client_sees_over_stdio(retrieval_only: Path, home: Path) -> None:
    async def rows(client: Client) -> Any:
        return (await client.call_tool("search", QUESTION)).structured_content["rows"]

    def seen(*options: str) -> Any:
        return asked(lambda: over_stdio(retrieval_only, home, "auto", *options), rows)

    assert seen("--license", "CC-BY-NC-4.0") == len(ROWS)
    assert seen("--source", "elsewhere") == 0


def test_a_token_bounds_what_its_bearer_sees(cli: Cli, server: Server) -> None:
    bounded = new_token(cli, "bounded", "--source", "elsewhere")

    async def rows(client: Client) -> Any:
        arguments = {**QUESTION, "sources": ["tests", "elsewhere"]}
        return (await client.call_tool("search", arguments)).structured_content["rows"]

    assert asked(lambda: over_http(server, bounded, "auto"), rows) == 0
    assert server.search(bounded).json() == {**server.search(bounded).json(), "rows": 0, "hits": []}


def test_http_answers_and_logs_without_the_text(
    server: Server, token: str, home: Path, cli: Cli
) -> None:
    answer = server.search(token, question=f"{PRIVATE} warranty", limit=3)
    assert answer.status_code == 200
    assert "rows.jsonl:3" in {hit["row"] for hit in answer.json()["hits"]}
    logged = (home / "retrieve" / "queries.jsonl").read_text(encoding="utf-8")
    assert PRIVATE not in logged
    last = json.loads(logged.splitlines()[-1])
    assert (last["token"], last["limit"]) == ("tester", 3)
    assert last["rows"] == [hit["row"] for hit in answer.json()["hits"]]
    assert last["record"] == answer.json()["record"]


def test_wrong_missing_and_revoked_tokens_get_the_same_answer(cli: Cli, server: Server) -> None:
    gone = new_token(cli, "gone")
    assert server.search(gone).status_code == 200
    assert cli("retrieve", "token", "revoke", "--name", "gone").returncode == 0
    answers = [server.search(secret) for secret in (gone, "", "govgate_wrong", "x" * 5000)]
    assert {(one.status_code, one.text) for one in answers} == {(401, answers[0].text)}


def test_a_rebound_name_and_a_foreign_page_are_refused(server: Server, token: str) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
        for path in ("/v1/search", "/mcp", "/healthz"):
            answer = server.ask(path, token, json=QUESTION, headers=headers)
            assert answer.status_code == 403
            assert answer.headers["content-type"] == "application/problem+json"


def test_a_token_that_asks_too_often_waits(
    cli: Cli, retrieval_only: Path, home: Path, token: str
) -> None:
    with serving(retrieval_only, home, "--rate", "2/h") as server:
        answers = [server.search(token) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 1000


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--http", "0.0.0.0:0"), "--allow-remote"),
        (("--http", ":0"), "--allow-remote"),
        (("--http", "192.0.2.1:0"), "--allow-remote"),
        (("--http", "localhost.example:0"), "--allow-remote"),
        (("--http", "0.0.0.0:0", "--allow-remote"), "--allow-host"),
        (("--http", "127.0.0.1"), "HOST:PORT"),
        (("--http", "127.0.0.1:0", "--rate", "fast"), "no rate"),
        (("--stdio", "--http", "127.0.0.1:0"), "--stdio"),
        (("--stdio", "--language", "deutsch"), "deutsch"),
    ],
)
def test_a_server_that_others_could_reach_unasked_does_not_start(
    cli: Cli, retrieval_only: Path, options: tuple[str, ...], said: str
) -> None:
    done = cli("retrieve", "serve", retrieval_only, *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_a_run_that_does_not_verify_is_not_served(cli: Cli, gated: Path, tmp_path: Path) -> None:
    done = cli("retrieve", "serve", tmp_path / "nowhere", "--stdio")
    assert done.returncode == 2


def test_many_clients_at_once_are_all_answered(server: Server, token: str) -> None:
    answers: list[Any] = []

    async def one(client: httpx.AsyncClient) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        body = {**QUESTION, "limit": 1}
        answers.append(await client.post(f"{server.url}/v1/search", json=body, headers=headers))

    async def all_() -> None:
        async with httpx.AsyncClient(timeout=60) as client, anyio.create_task_group() as tasks:
            for _ in range(40):
                tasks.start_soon(one, client)

    before = time.monotonic()
    anyio.run(all_)
    assert [answer.status_code for answer in answers] == [200] * 40
    assert len({answer.text for answer in answers}) == 1
    assert time.monotonic() - before < 30


def test_tokens_are_listed_without_their_secrets(cli: Cli, token: str) -> None:
    bounded = new_token(cli, "listed", "--audience", "staff", "--expires", "2999-01-01")
    done = cli("retrieve", "token", "list")
    assert "listed  holds, until 2999-01-01; audience staff\n" in done.stdout
    assert "tester  holds; sees rows that are for all\n" in done.stdout
    told = json.loads(cli("retrieve", "token", "list", "--json").stdout)
    assert bounded not in json.dumps(told) + done.stdout
    assert "sha256" not in json.dumps(told)
    again = cli("retrieve", "token", "new", "--name", "listed")
    assert again.returncode == 2
    assert "there is a token listed already" in again.stderr


def test_a_block_is_printed_for_a_question(cli: Cli, retrieval_only: Path) -> None:
    done = cli("retrieve", "context", retrieval_only, QUESTION["question"], "--budget", "300")
    assert done.returncode == 0, done.stderr
    assert "[1] tests (CC-BY-NC-4.0" in done.stdout
    assert done.stdout.endswith("Question: how long is the warranty?\n")
    told = cli("retrieve", "context", retrieval_only, QUESTION["question"], "--json")
    block = json.loads(told.stdout)
    assert {one["row"] for one in block["citations"]} >= {"rows.jsonl:3"}
    assert len(block["record"]) == 64
    none = cli("retrieve", "context", retrieval_only, "warranty", "--source", "elsewhere")
    assert none.returncode == 0
    assert none.stdout.startswith("No passage answers the question")
    small = cli("retrieve", "context", retrieval_only, "warranty", "--budget", "9")
    assert small.returncode == 2
    assert "ask for at least" in small.stderr


def test_a_store_of_another_place_is_built_searched_and_served(
    cli: Cli, retrieval_only: Path, home: Path, tmp_path: Path
) -> None:
    store = tmp_path / "a store.sqlite"
    first = cli("retrieve", "build", retrieval_only, "--store", store, "--json")
    told = json.loads(first.stdout)
    assert (told["store"], told["added"], told["kept"]) == (str(store), len(ROWS), 0)
    again = cli("retrieve", "build", retrieval_only, "--store", store)
    assert f"0 added, 0 removed, {len(ROWS)} kept" in again.stdout
    found = cli("retrieve", "search", retrieval_only, "warranty", "--store", store)
    assert "rows.jsonl:3" in found.stdout
    assert found.stdout.splitlines()[-1].startswith("allowed by record ")

    async def rows(client: Client) -> Any:
        return (await client.call_tool("search", QUESTION)).structured_content["rows"]

    options = ("--store", str(store))
    connect = lambda: over_stdio(retrieval_only, home, "auto", *options)  # noqa: E731
    assert asked(connect, rows) == len(ROWS)


def test_days_in_the_wrong_order_are_an_error_and_not_an_empty_answer(
    cli: Cli, retrieval_only: Path
) -> None:
    days = ("--from", "2026-02-01", "--to", "2026-01-01")
    for asked in (
        ("search", retrieval_only, "warranty", *days),
        ("serve", retrieval_only, "--stdio", *days),
        ("token", "new", "--name", "reversed", *days),
    ):
        done = cli("retrieve", *asked)
        assert done.returncode == 2
        assert "no day is on or after 2026-02-01 and on or before 2026-01-01" in done.stderr


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--language", "german"), "--language"),
        (("--jurisdiction", "UK"), "did you mean GB?"),
        (("--term", "atribution"), "did you mean attribution?"),
        (("--consent", "givn"), "did you mean given?"),
        (("--from", "yesterday"), "is not a day"),
        (("--limit", "0"), "--limit"),
        (("--source", ""), "--source"),
    ],
)
def test_a_filter_that_is_misspelt_is_an_error_and_not_an_empty_answer(
    cli: Cli, retrieval_only: Path, option: tuple[str, str], said: str
) -> None:
    done = cli("retrieve", "search", retrieval_only, "warranty", *option)
    assert done.returncode == 2
    assert said in done.stderr
