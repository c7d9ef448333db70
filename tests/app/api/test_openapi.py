from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

import app.api.schema
from app.api import views
from app.api.examples import EXAMPLES
from app.api.schema import AskRequest

ENDPOINTS = {
    ("post", "/api/ask"),
    ("post", "/api/search"),
    ("get", "/api/documents"),
    ("post", "/api/documents"),
    ("get", "/api/documents/{document_id}"),
    ("get", "/api/documents/{document_id}/original"),
    ("get", "/api/documents/{document_id}/pages/{number}"),
    ("patch", "/api/documents/{document_id}"),
    ("post", "/api/documents/{document_id}/purge"),
    ("delete", "/api/documents/{document_id}"),
    ("get", "/api/jobs/{job_id}"),
    ("post", "/api/jobs/{job_id}/cancel"),
    ("get", "/api/answers/{answer_id}"),
    ("get", "/api/conversations"),
    ("post", "/api/conversations"),
    ("get", "/api/conversations/{conversation_id}"),
    ("get", "/api/conversations/{conversation_id}/export"),
    ("delete", "/api/conversations/{conversation_id}"),
    ("post", "/v1/chat/completions"),
    ("get", "/v1/models"),
    ("get", "/api/findings"),
    ("get", "/api/library"),
    ("get", "/api/library/problems"),
    ("get", "/api/health"),
    ("post", "/api/ingest"),
    ("post", "/api/ingest/gone"),
    ("post", "/api/rebuild"),
    ("post", "/api/backup"),
}


@pytest.fixture(scope="module")
def schema(served) -> dict[str, Any]:  # type: ignore[no-untyped-def]
    with served.http() as http:
        found: dict[str, Any] = http.get("/api/openapi.json").json()
        return found


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_every_endpoint_of_the_contract_is_described(schema: dict[str, Any]) -> None:
    assert {(method, path) for method, path, _ in operations(schema)} == ENDPOINTS


def test_every_endpoint_documents_its_problems(schema: dict[str, Any]) -> None:
    for method, path, operation in operations(schema):
        problems = {status: found for status, found in operation["responses"].items() if status >= "400"}
        assert {"401", "403", "421", "422", "500", "503"} <= set(problems), (method, path)
        if "{" in path:
            assert "404" in problems, (method, path)
        if method == "post" and path != "/api/jobs/{job_id}/cancel":
            assert {"400", "413", "415"} <= set(problems), (method, path)
        for status, found in problems.items():
            assert set(found["content"]) == {"application/problem+json"}, (method, path, status)
            assert found["content"]["application/problem+json"]["schema"]["$ref"].endswith("/ProblemModel")
            assert found["description"]


def test_every_endpoint_has_its_words_in_chinese(schema: dict[str, Any]) -> None:
    for _, path, operation in operations(schema):
        for words in (operation["summary"], operation["description"]):
            assert any("一" <= c <= "鿿" for c in words), path


def test_requests_have_worked_examples_that_are_valid(schema: dict[str, Any]) -> None:
    models = schema["components"]["schemas"]
    for example in models["AskRequest"]["examples"]:
        AskRequest.model_validate(example)
    assert models["AnswerModel"]["examples"]
    for name, example in EXAMPLES.items():
        model: type[BaseModel] = getattr(views, name, None) or getattr(app.api.schema, name)
        model.model_validate(example)
        assert models[name]["examples"] == [example]
    assert models["ProblemModel"]["examples"]


def test_every_json_answer_shows_an_example(schema: dict[str, Any]) -> None:
    models = schema["components"]["schemas"]
    for method, path, operation in operations(schema):
        for status, found in operation["responses"].items():
            content = found.get("content", {})
            if status < "300" and "example" not in content.get("application/json", {"example": None}):
                name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
                assert models[name].get("examples"), (method, path)


def test_asking_is_described_as_json_and_as_a_stream(schema: dict[str, Any]) -> None:
    content = schema["paths"]["/api/ask"]["post"]["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/event-stream"}
    assert content["application/json"]["schema"]["$ref"].endswith("/AnswerModel")


def test_no_documentation_page_that_loads_scripts_from_elsewhere(served) -> None:  # type: ignore[no-untyped-def]
    with served.http() as http:
        for path in ("/docs", "/redoc"):
            assert http.get(path).status_code == 404


def test_the_description_can_be_read_without_a_key(served) -> None:  # type: ignore[no-untyped-def]
    with httpx.Client(base_url=served.url) as http:
        assert http.get("/api/openapi.json").json()["openapi"].startswith("3.")
