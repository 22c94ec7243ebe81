"""The JSON API as OpenAPI 3.1, from the models that requests are held against."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from govgate import __version__
from govgate.retrieve.serving.problem import MEDIA_TYPE
from govgate.retrieve.serving.wire import (
    AboutAnswer,
    ContextAnswer,
    ContextRequest,
    ProblemAnswer,
    SearchAnswer,
    SearchRequest,
)

_REF = "#/components/schemas/{model}"
_PROBLEMS = {
    "400": "The request is not as the schema has it, or holds no word to look for",
    "401": "The token is missing or does not hold",
    "403": "The Host or the Origin is not one that is served",
    "413": "The request is too large",
    "429": "Too many requests with this token; see Retry-After",
    "503": "The store cannot answer: its policy has expired, its run has a newer record, …",
}
_ANSWERS: tuple[type[BaseModel], ...] = (SearchAnswer, ContextAnswer, AboutAnswer, ProblemAnswer)


def document() -> dict[str, Any]:
    """The whole of it."""
    _, schemas = models_json_schema(
        [
            *((model, "validation") for model in (SearchRequest, ContextRequest)),
            *((model, "serialization") for model in _ANSWERS),
        ],
        ref_template=_REF,
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "govgate retrieval",
            "version": __version__,
            "summary": "Answers from the rows that may be looked up",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}],
        "paths": {
            "/v1/search": {"post": _operation("search", SearchAnswer, SearchRequest)},
            "/v1/context": {"post": _operation("context", ContextAnswer, ContextRequest)},
            "/v1/about": {"get": _operation("about", AboutAnswer)},
            "/openapi.json": {"get": _plain("openapi", "This document")},
            "/healthz": {"get": {**_plain("health", "Whether the server runs"), "security": []}},
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(
    name: str, answer: type[BaseModel], request: type[BaseModel] | None = None
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": name,
        "summary": (answer.__doc__ or "").strip(),
        "responses": {"200": _content("The answer", "application/json", answer)},
    }
    for status, why in _PROBLEMS.items():
        if request is not None or status not in ("400", "413"):
            said["responses"][status] = _content(why, MEDIA_TYPE, ProblemAnswer)
    if request is not None:
        body = _content("", "application/json", request)
        said["requestBody"] = {"required": True, "content": body["content"]}
    return said


def _plain(name: str, what: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {
        "operationId": name,
        "summary": what,
        "responses": {"200": {"description": what, "content": content}},
    }


def _content(what: str, media_type: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model=model.__name__)}
    return {"description": what, "content": {media_type: {"schema": schema}}}
