from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.api.problem import AccessError, problem, status_of
from ingest.errors import (
    MESSAGES,
    BusyError,
    ConflictError,
    EngineError,
    IndexMismatchError,
    InputError,
    NotFoundError,
    ReadError,
    YoujuError,
)


@pytest.fixture
def http(served) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    with served.http() as client:
        yield client


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("config_not_found", path="x"), 400),
        (ReadError("file_empty", name="x"), 422),
        (ReadError("file_too_large", name="x", size="1", limit="1"), 413),
        (ReadError("file_unsupported", name="x", actual="图片", advice=""), 415),
        (InputError("invalid_request", summary="x"), 422),
        (NotFoundError("document_not_found", id="x"), 404),
        (ConflictError("cancelled"), 409),
        (IndexMismatchError("cancelled"), 409),
        (BusyError("too_many_jobs", count=1), 503),
        (EngineError("unexpected", request_id="x"), 500),
        (AccessError("key_required"), 401),
        (AccessError("origin_refused", origin="x"), 403),
    ],
)
def test_every_kind_of_error_has_its_status(error: YoujuError, status: int) -> None:
    assert status_of(error) == status
    found = problem(error, "r1")
    assert (found.status, found.code, found.request_id) == (status, error.code, "r1")
    assert found.detail == str(error)
    assert found.type == f"urn:youju:problem:{error.code}"


def test_parameters_become_plain_json() -> None:
    from pathlib import Path

    error = NotFoundError("file_not_found", path=Path("a/b"))
    assert problem(error, "r").params == {"path": "a/b"}


def test_every_message_names_its_parameters_only() -> None:
    import string

    for code, message in MESSAGES.items():
        names = [name for _, name, _, _ in string.Formatter().parse(message) if name is not None]
        assert all(name.isidentifier() for name in names), code


PROBLEM_KEYS = {"type", "title", "status", "code", "params", "detail", "instance", "request_id"}


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code", "words"),
    [
        ("GET", "/api/nothing", {}, 404, "no_such_address", "没有这个地址"),
        ("GET", "/没有的页面", {}, 404, "no_such_address", "没有这个地址"),
        ("PUT", "/api/ask", {}, 405, "method_not_allowed", "不支持 PUT"),
        ("GET", "/api/ask", {}, 405, "method_not_allowed", "不支持 GET"),
        ("POST", "/", {}, 405, "method_not_allowed", "不支持 POST"),
        (
            "POST",
            "/api/search",
            {"json": {"question": "好", "filters": {"date_from": "2025-01-01", "date_to": "2024-01-01"}}},
            422,
            "invalid_request",
            "晚于截止日期",
        ),
        (
            "POST",
            "/api/documents?replaces=nope",
            {"files": {"file": ("纪要.txt", "内容".encode())}},
            404,
            "document_not_found",
            "nope",
        ),
        (
            "POST",
            "/api/ask",
            {"content": b"{", "headers": {"Content-Type": "application/json"}},
            400,
            "body_broken",
            "JSON",
        ),
        (
            "POST",
            "/api/ask",
            {"content": b"\xff\xfe", "headers": {"Content-Type": "application/json"}},
            400,
            "body_broken",
            "",
        ),
        ("POST", "/api/ask", {"json": {}}, 422, "invalid_request", "“问题”（question）没有填"),
        ("POST", "/api/ask", {"json": {"question": ""}}, 422, "invalid_request", "不能为空"),
        ("POST", "/api/ask", {"json": {"question": "问" * 20000}}, 422, "invalid_request", "最多 2000 个字"),
        ("POST", "/api/ask", {"json": {"question": "好", "as_of": "昨天"}}, 422, "invalid_request", "不是有效的日期"),
        ("POST", "/api/ask", {"json": {"question": "好", "x": 1}}, 422, "invalid_request", "不是认识的字段"),
        ("POST", "/api/ask", {"json": ["好"]}, 422, "invalid_request", "请求正文"),
        ("POST", "/api/ask", {"data": {"question": "好"}}, 415, "media_type", "application/json"),
        (
            "POST",
            "/api/ask",
            {"content": b'{"question": "x"}', "headers": {"Content-Type": "text/plain"}},
            415,
            "media_type",
            "text/plain",
        ),
        ("POST", "/api/documents", {"json": {"file": "x"}}, 415, "media_type", "multipart/form-data"),
        (
            "POST",
            "/api/documents",
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
            400,
            "form_broken",
            "表单",
        ),
        ("GET", "/api/documents?limit=0", {}, 422, "invalid_request", "“每页条数”（limit）不能小于 1"),
        ("GET", "/api/documents?kind=poem", {}, 422, "invalid_request", "只能是"),
        ("GET", "/api/documents?offset=x", {}, 422, "invalid_request", "应为整数"),
        ("GET", "/api/findings?deadline_from=2024-13-01", {}, 422, "invalid_request", "不是有效的日期"),
        ("GET", "/api/answers/a0", {}, 404, "answer_not_found", "没有这份回答"),
    ],
)
def test_every_error_is_a_problem_with_a_chinese_message(
    http: httpx.Client, method: str, path: str, options: dict[str, object], status: int, code: str, words: str
) -> None:
    response = http.request(method, path, **options)  # type: ignore[arg-type]
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    got = response.json()
    assert set(got) == PROBLEM_KEYS
    assert (got["code"], got["status"]) == (code, status)
    assert words in got["detail"]
    assert got["request_id"] == response.headers["x-request-id"]
    assert "Input should" not in got["detail"]


def test_an_unforeseen_failure_is_a_problem_without_a_stack_trace(
    served,
    http: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("内部的秘密")

    monkeypatch.setattr(type(served.parts.library), "snapshot", broken)
    response = http.get("/api/library")
    assert response.status_code == 500
    got = response.json()
    assert got["code"] == "unexpected"
    assert got["request_id"] in got["detail"]
    assert "秘密" not in response.text
    assert "Traceback" not in response.text


def test_a_busy_library_asks_to_come_back(
    served,
    http: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise BusyError("too_many_jobs", count=3)

    monkeypatch.setattr(type(served.parts.library), "snapshot", busy)
    response = http.get("/api/library")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"


def test_a_refused_method_comes_with_all_that_are_allowed(http: httpx.Client) -> None:
    assert http.put("/api/documents").headers["allow"] == "GET, POST"
    assert http.put("/api/documents/x").headers["allow"] == "DELETE, GET, PATCH"
    assert http.post("/").headers["allow"] == "GET, HEAD"
