"""The JSON API and what stands before it, on the real application and a real store."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

from govgate.register.superseded import SUPERSEDED, supersede
from govgate.retrieve.filters import Filters
from govgate.retrieve.partition import Document
from govgate.retrieve.querylog import QueryLog
from govgate.retrieve.serving.guard import MAX_BODY
from govgate.retrieve.tokens import path, revoke_token
from tests.unit.retrieve.serving import EXPIRES, ROWS, TIDES, Served, write_run

SECRET_WORDS = "xylophone zeppelin"


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path)


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    with served.client(served.token()) as client:
        yield client


def search(client: TestClient, question: str = "tides", **more: Any) -> Any:
    return client.post("/v1/search", json={"question": question, **more})


def assert_problem(response: Any, status: int, *, said: str = "") -> dict[str, Any]:
    """An RFC 9457 answer that is silent about the question and about what went on inside."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert {"type", "title", "detail"} <= problem.keys()
    assert said in problem["detail"]
    for silent in ("xylophone", "zeppelin", "Traceback", ".py", "sqlite", "/tmp", str(Path.home())):
        assert silent not in response.text
    return problem


def test_a_question_is_answered_with_rows_and_the_record(
    served: Served, client: TestClient
) -> None:
    answer = search(client, "how high are spring tides?", limit=1).json()
    assert answer["record"] == write_run(served.run)
    assert answer["rows"] == 2
    [hit] = answer["hits"]
    assert (hit["row"], hit["license"], hit["obligations"]) == (
        "tides.jsonl:2",
        "CC-BY-4.0",
        ["attribute"],
    )
    assert "[Spring] [tides]" in hit["snippet"]


def test_a_block_is_given_within_its_budget(client: TestClient) -> None:
    body = {"question": "spring tides?", "budget": 400}
    answer = client.post("/v1/context", json=body).json()
    assert answer["tokens"] <= 400
    assert [one["row"] for one in answer["citations"]] == ["tides.jsonl:2", "tides.jsonl:1"]
    assert "[1] encyclopedia (CC-BY-4.0) | row tides.jsonl:2" in answer["text"]
    small = client.post("/v1/context", json={**body, "budget": 10})
    assert_problem(small, 400, said="ask for at least")


def test_what_is_served_is_told(client: TestClient) -> None:
    about = client.get("/v1/about").json()
    assert (about["policy"], about["expires"]) == ("acme", "2027-06-30")


@pytest.mark.parametrize("path_", ["/v1/about", "/openapi.json", "/mcp", "/nowhere", "/v1/search"])
@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic {}",
        "{}",
        "Bearer {}x",
        "expired",
        "revoked",
    ],
)
def test_without_a_token_that_holds_every_path_gives_the_same_answer(
    served: Served, path_: str, said: str | None
) -> None:
    secret, other = served.token(), served.token("other")
    revoke_token(served.home, "other", today=served.day)
    if said == "revoked":
        said = f"Bearer {other}"
    if said == "expired":
        known = json.loads(path(served.home).read_text(encoding="utf-8"))
        known["tokens"][0]["expires"] = served.day.isoformat()
        path(served.home).write_text(json.dumps(known), encoding="utf-8")
        said = f"Bearer {secret}"
    headers = {} if said is None else {"Authorization": said.format(secret)}
    with served.client() as client:
        for response in (
            client.get(path_, headers=headers),
            client.post(path_, headers=headers, json={"question": SECRET_WORDS}),
        ):
            assert_problem(response, 401)
            assert response.headers["www-authenticate"] == 'Bearer realm="govgate"'
            assert response.json()["detail"] == "a bearer token that holds is needed"


def test_two_tokens_in_one_request_are_none(served: Served) -> None:
    secret = served.token()
    said = [("Authorization", f"Bearer {secret}"), ("Authorization", "Bearer x")]
    with served.client() as client:
        assert_problem(client.get("/v1/about", headers=said), 401)


def test_health_needs_no_token_and_tells_nothing(served: Served) -> None:
    served.store.unlink()
    with served.client() as client:
        health = client.get("/healthz")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8123", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "",
     "127.0.0.1:8123, evil.example", "localhost:x", "127.0.0.1 "],
)  # fmt: skip
def test_another_host_is_refused_even_with_a_token(client: TestClient, host: str) -> None:
    for path_ in ("/v1/about", "/healthz", "/mcp"):
        assert_problem(client.get(path_, headers={"Host": host}), 403, said="host")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:9", "localhost:8123", "[::1]:8123", "LOCALHOST"]
)
def test_every_name_of_the_loopback_is_served(client: TestClient, host: str) -> None:
    assert client.get("/v1/about", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "file://", "http://127.0.0.1.evil.example", "", "127.0.0.1"],
)
def test_a_page_of_another_origin_is_refused(client: TestClient, origin: str) -> None:
    assert_problem(client.get("/v1/about", headers={"Origin": origin}), 403, said="origin")


def test_a_page_of_the_same_origin_is_served(client: TestClient) -> None:
    assert client.get("/v1/about", headers={"Origin": "http://localhost:8123"}).status_code == 200


def test_a_token_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    served = Served(tmp_path, rate="3/h")
    one, other = served.token(), served.token("other")
    with served.client(one) as client:
        assert [client.get("/v1/about").status_code for _ in range(3)] == [200] * 3
        refused = search(client, SECRET_WORDS)
        assert_problem(refused, 429)
        assert 1190 <= int(refused.headers["retry-after"]) <= 1200
        headers = {"Authorization": f"Bearer {other}"}
        assert client.get("/v1/about", headers=headers).status_code == 200
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("size", [MAX_BODY + 1, 8 * MAX_BODY])
def test_a_request_that_is_too_large_is_refused(client: TestClient, size: int) -> None:
    assert_problem(client.post("/v1/search", content=b"x" * size), 413)
    pieces = (b"x" * 65536 for _ in range(size // 65536 + 1))
    assert_problem(client.post("/v1/search", content=pieces), 413)
    assert_problem(client.post("/mcp", content=b"x" * size), 413)


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "٣"])
def test_a_length_that_is_no_number_is_refused(client: TestClient, length: str) -> None:
    headers = {"Content-Length": length.encode()}
    assert_problem(client.post("/v1/search", content=b"{}", headers=headers), 400)


def test_a_question_of_a_megabyte_is_answered(client: TestClient) -> None:
    assert search(client, ("spring tides " * 80_000)[: 2**20]).json()["hits"]
    assert_problem(search(client, "x" * (2**20 + 1)), 400)


@pytest.mark.parametrize(
    "question",
    ['tides" OR "', "tides NEAR( AND ^ NOT -", "text:tides*", "'; DROP TABLE rows; -- tides",
     "tides\x00\x1b[31m", "🌊 tides 🌊", "tides " + "(" * 10_000],
)  # fmt: skip
def test_a_question_is_words_and_never_syntax(client: TestClient, question: str) -> None:
    assert len(search(client, question).json()["hits"]) == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/question"),
        ({"question": 5}, "/question"),
        ({"question": ""}, "/question"),
        ({"question": [SECRET_WORDS]}, "/question"),
        ({"question": SECRET_WORDS, "limit": 0}, "/limit"),
        ({"question": SECRET_WORDS, "limit": 1001}, "/limit"),
        ({"question": SECRET_WORDS, "limit": "5"}, "/limit"),
        ({"question": SECRET_WORDS, "limit": 1e400}, "/limit"),
        ({"question": SECRET_WORDS, "languages": "de"}, "/languages"),
        ({"question": SECRET_WORDS, "collected_from": SECRET_WORDS}, "/collected_from"),
        ({"question": SECRET_WORDS, "collected_from": 5}, "/collected_from"),
        ({"question": SECRET_WORDS, "collected_from": "2026-02-30"}, "/collected_from"),
        ({"question": SECRET_WORDS, "collected_from": "20260201"}, "/collected_from"),
        ({"question": SECRET_WORDS, "terms": ["notice", SECRET_WORDS]}, "/terms/1"),
        ({"question": SECRET_WORDS, "consent": [SECRET_WORDS]}, "/consent/0"),
        ({"question": SECRET_WORDS, SECRET_WORDS: 1}, ""),
        ([SECRET_WORDS], ""),
        (SECRET_WORDS, ""),
        (None, ""),
    ],
)
def test_a_request_that_is_not_as_the_schema_has_it_is_told_where(
    client: TestClient, body: Any, pointer: str
) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.post("/v1/search", content=json.dumps(body), headers=headers)
    problem = assert_problem(response, 400)
    assert problem["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b'{"question": "xylophone \\ud800"}', b'{"question": "xylophone"} x',
     b"[" * 100_000, b'{"question": "' + b"\x80" + b'"}'],
)  # fmt: skip
def test_what_is_no_json_is_refused(client: TestClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(client.post("/v1/search", content=body, headers=headers), 400)


def test_a_form_that_a_page_could_send_is_refused(client: TestClient) -> None:
    body = json.dumps({"question": SECRET_WORDS})
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = client.post("/v1/search", content=body, headers={"Content-Type": kind})
        assert_problem(response, 400, said="application/json")


@pytest.mark.parametrize("question", ["*", "?!", "\x00", "🌊", '" " ()'])
def test_a_question_without_words_is_refused(client: TestClient, question: str) -> None:
    assert_problem(search(client, question), 400, said="no word")


def test_other_paths_and_methods_are_problems_too(client: TestClient) -> None:
    assert_problem(client.get("/"), 404)
    assert_problem(client.get("/v1/search/../../etc/passwd"), 404)
    assert_problem(client.get("/v1/search"), 405)
    assert_problem(client.delete("/v1/about"), 405)


@pytest.mark.parametrize("slashed", ["/v1/search/", "/v1/about/", "/mcp/", "/healthz/", "//mcp"])
def test_no_path_leads_to_another(client: TestClient, slashed: str) -> None:
    for method in ("GET", "POST"):
        assert_problem(client.request(method, slashed, follow_redirects=False), 404)


def test_what_is_no_message_of_json_rpc_is_not_quoted(client: TestClient) -> None:
    headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    asked = {"name": "search", "arguments": {"question": SECRET_WORDS}}
    for version in (
        {},
        {"MCP-Protocol-Version": "2025-06-18"},
        {"MCP-Protocol-Version": "2026-07-28"},
    ):
        for body in (
            b"",
            b'"xylophone"',
            b'[{"xylophone": 1}]',
            b'{"question": "xylophone',
            b"\xff",
        ):
            response = client.post("/mcp", content=body, headers={**headers, **version})
            assert_problem(response, 400, said="JSON-RPC")
        for params in (SECRET_WORDS, {**asked, "arguments": SECRET_WORDS}, {"name": asked}, asked):
            body = json.dumps({**call, "params": params}).encode()
            response = client.post("/mcp", content=body, headers={**headers, **version})
            assert response.status_code in (200, 400)
            assert "xylophone" not in response.text
    for method in ("GET", "DELETE", "PUT"):
        assert_problem(client.request(method, "/mcp", headers=headers), 405)


def test_filters_narrow_what_a_token_may_see_and_never_widen_it(served: Served) -> None:
    with served.client(served.token("all", audience=["staff", "board"])) as client:
        assert search(client).json()["rows"] == 3
        assert search(client, audience=["staff"]).json()["rows"] == 3
        assert search(client, audience=["board"]).json()["rows"] == 2
        assert search(client, audience=[]).json()["rows"] == 2
        assert search(client, sources=["wiki"]).json()["rows"] == 1
        assert search(client, languages=["en"]).json()["rows"] == 2
    with served.client(served.token("some", sources=["encyclopedia"])) as client:
        assert search(client, audience=["staff"]).json()["rows"] == 2
        assert search(client, sources=["wiki"]).json() == {
            "record": write_run(served.run),
            "rows": 0,
            "hits": [],
        }


def test_rows_are_narrowed_to_the_days_that_they_were_collected_on(tmp_path: Path) -> None:
    early, late = (replace(TIDES, collected=date(2026, month, 1)) for month in (1, 3))
    rows = [Document("a:1", "early tides", early), Document("a:2", "late tides", late)]
    served = Served(tmp_path, rows=rows)

    def found(**days: str) -> list[str]:
        hits = search(client, **days).json()["hits"]
        body = {"question": "tides", **days}
        cited = client.post("/v1/context", json=body).json()["citations"]
        assert {one["row"] for one in cited} == {one["row"] for one in hits}
        return sorted(hit["row"] for hit in hits)

    with served.client(served.token()) as client:
        assert found() == ["a:1", "a:2"]
        assert found(collected_from="2026-01-02") == ["a:2"]
        assert found(collected_to="2026-02-28") == ["a:1"]
        assert found(collected_from="2026-01-01", collected_to="2026-01-01") == ["a:1"]
        days = {"collected_from": "2026-03-01", "collected_to": "2026-01-01"}
        problem = assert_problem(search(client, **days), 400)
        assert problem["errors"] == [
            {"pointer": "/collected_to", "reason": "before_collected_from"}
        ]


def test_the_bounds_of_the_server_hold_for_every_token(tmp_path: Path) -> None:
    served = Served(tmp_path, bounds=Filters(sources=["wiki"]))
    with served.client(served.token(audience=["staff"])) as client:
        assert search(client).json()["rows"] == 1
        assert search(client, sources=["encyclopedia"]).json()["rows"] == 0


def test_a_token_that_is_revoked_meanwhile_holds_no_more(
    served: Served, client: TestClient
) -> None:
    assert search(client).status_code == 200
    revoke_token(served.home, "bot", today=served.day)
    assert_problem(search(client), 401)


def test_another_store_is_picked_up_with_the_next_question(
    served: Served, client: TestClient
) -> None:
    assert search(client).json()["rows"] == 2
    served.rows = ROWS[:1]
    record = write_run(served.run, b'{"record": 2}')
    served.publish(record)
    answer = search(client).json()
    assert (answer["rows"], answer["record"]) == (1, record)


def test_a_policy_that_expires_meanwhile_ends_the_answers(
    served: Served, client: TestClient
) -> None:
    assert search(client).status_code == 200
    served.day = date(2027, 6, 29)
    assert search(client).status_code == 200
    served.day = EXPIRES
    assert_problem(search(client), 503, said="policy acme expired on 2027-06-30")


def test_a_run_with_a_newer_record_than_the_store_ends_the_answers(
    served: Served, client: TestClient
) -> None:
    assert search(client).status_code == 200
    record = write_run(served.run, b'{"record": 2}')
    assert_problem(search(client), 503, said="newer record than the store")
    assert_problem(client.get("/v1/about"), 503, said="newer record than the store")
    served.publish(record)
    assert search(client).status_code == 200
    (served.run / "record.intoto.jsonl").unlink()
    assert_problem(search(client), 503, said="the record of the run cannot be read")


def test_a_record_that_an_erasure_has_superseded_ends_the_answers(
    served: Served, client: TestClient
) -> None:
    record = write_run(served.run)
    supersede(served.home, ["0" * 64], "receipt", served.day)
    assert search(client).status_code == 200
    supersede(served.home, [record], "receipt", served.day)
    assert_problem(search(client), 503, said="an erasure has superseded")
    block = client.post("/v1/context", json={"question": "tides"})
    assert_problem(block, 503, said="an erasure has superseded")
    assert_problem(client.get("/v1/about"), 503, said="an erasure has superseded")


@pytest.mark.parametrize("text", ["", "{}", '{"version": 1, "records": [{}]}'])
def test_a_list_of_erasures_that_cannot_be_read_ends_the_answers(
    served: Served, client: TestClient, text: str
) -> None:
    assert search(client).status_code == 200
    served.home.register.mkdir()
    (served.home.register / SUPERSEDED).write_text(text, encoding="utf-8")
    assert_problem(search(client), 503, said="the list of erasures")


def test_a_store_that_lacks_new_rows_does_not_answer(served: Served, client: TestClient) -> None:
    record = write_run(served.run, b'{"record": 2}')
    after = [*ROWS[1:], Document("a:9", "neap tides", TIDES)]
    reads = [after]
    with pytest.raises(IndexError):  # an update reads the rows twice
        served.publish_from(lambda: iter(reads.pop()), record)
    assert_problem(search(client), 503, said="the store is being brought up to date")
    assert_problem(client.get("/v1/about"), 503, said="the store is being brought up to date")
    served.rows = after
    served.publish(record)
    assert search(client).json()["rows"] == 2


@pytest.mark.parametrize("broken", ["gone", "zeros", "other"])
def test_a_store_that_cannot_be_read_is_503(
    served: Served, client: TestClient, broken: str, capfd: pytest.CaptureFixture[str]
) -> None:
    served.store.unlink()
    if broken != "gone":
        served.store.write_bytes(b"\0" * 8192 if broken == "zeros" else b"no store")
    assert_problem(search(client, SECRET_WORDS), 503, said="the store")
    told = capfd.readouterr().err
    assert str(served.store) in told
    assert "xylophone" not in told


def test_tokens_that_cannot_be_read_admit_nobody(served: Served, client: TestClient) -> None:
    path(served.home).chmod(0o644)
    assert_problem(search(client), 503, said="tokens")


def test_what_fails_inside_is_500_and_told_by_its_kind_alone(
    served: Served, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"xylophone in {__file__}")

    monkeypatch.setattr("govgate.retrieve.search.Searcher.search", fail)
    with served.client(served.token(), raise_server_exceptions=False) as client:
        assert_problem(search(client, SECRET_WORDS), 500)
        assert client.get("/healthz").status_code == 200
    assert capfd.readouterr().err == "govgate: a request failed: RuntimeError\n"


def test_a_long_search_keeps_nobody_from_asking_for_health(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    searching, go = threading.Event(), threading.Event()

    def wait(*_: Any, **__: Any) -> None:
        searching.set()
        go.wait(20)

    monkeypatch.setattr("govgate.retrieve.search.Searcher.search", wait)
    with served.client(served.token()) as client:
        asking = [threading.Thread(target=search, args=(client,)) for _ in range(12)]
        for one in asking:
            one.start()
        assert searching.wait(10)
        assert client.get("/healthz").status_code == 200
        assert_problem(client.get("/v1/about", headers={"Authorization": "Bearer x"}), 401)
        go.set()
        for one in asking:
            one.join()


def test_queries_are_logged_without_their_text(tmp_path: Path) -> None:
    served = Served(tmp_path, logged=True)
    log = QueryLog.of(served.home)
    with served.client(served.token("shop-bot", audience=["staff"])) as client:
        search(client, "the highest tides", limit=1, languages=["en"])
        client.post("/v1/context", json={"question": "the highest tides"})
        search(client, "*")
    text = log.path.read_text(encoding="utf-8")
    assert "highest" not in text
    one, other = map(json.loads, text.splitlines())
    assert one == {
        "at": "2026-11-30T12:00:00+00:00",
        "token": "shop-bot",
        "tool": "search",
        "question": log.hash("the highest tides"),
        "limit": 1,
        "filters": {"languages": ["en"]},
        "hits": 1,
        "rows": ["tides.jsonl:2"],
        "record": write_run(served.run),
    }
    assert (other["tool"], other["question"], other["hits"]) == ("context", one["question"], 3)
    assert log.path.stat().st_mode & 0o777 == 0o600


def test_a_query_that_cannot_be_logged_gets_no_answer(tmp_path: Path) -> None:
    served = Served(tmp_path, logged=True)
    QueryLog.of(served.home).path.mkdir(parents=True)
    with served.client(served.token()) as client:
        assert_problem(search(client), 503, said="query log")


def test_without_the_option_nothing_is_logged(served: Served, client: TestClient) -> None:
    search(client)
    assert not QueryLog.of(served.home).path.exists()


def test_the_description_is_openapi_and_the_answers_are_as_it_says(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)

    def holds(name: str, instance: Any) -> None:
        jsonschema.validate(instance, {**document, "$ref": f"#/components/schemas/{name}"})

    for path_, said in document["paths"].items():
        for method, operation in said.items():
            assert operation["operationId"]
            for reference in _references(operation):
                assert reference.removeprefix("#/components/schemas/") in schemas
            body = {"question": "spring tides"} if "requestBody" in operation else None
            response = client.request(method, path_, json=body)
            assert response.status_code == 200
            answered = operation["responses"]["200"]["content"]["application/json"]["schema"]
            jsonschema.validate(response.json(), {**document, **answered})
    holds("ProblemAnswer", search(client, "*").json())
    holds("SearchRequest", {"question": "x", "collected_from": "2026-01-01", "languages": None})
    for wrong in ({}, {"question": "x", "limit": 0}, {"question": "x", "else": 1}):
        with pytest.raises(jsonschema.ValidationError):
            holds("SearchRequest", wrong)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for member in value.values():
            yield from _references(member)
    elif isinstance(value, list):
        for member in value:
            yield from _references(member)
