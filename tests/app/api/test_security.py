from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app.api.log import log_to
from app.api.security import require_keys
from app.settings import ApiKey, Settings
from ingest.errors import InputError

Serve = Callable[..., AbstractContextManager]  # type: ignore[type-arg]
PLAIN, ADMIN = "普通密钥-0123456789abc", "管理密钥-0123456789abc"


def key(name: str, plain: str, *groups: str, admin: bool = False) -> ApiKey:
    return ApiKey(name, hashlib.sha256(plain.encode()).hexdigest(), groups, admin)


def bearer(plain: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"任何人:{plain}".encode()).decode()}


@pytest.fixture
def http(served) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    with served.http() as client:
        yield client


# ---------------------------------------------------------------- names and origins


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "localhost:1234", "[::1]:80", "LOCALHOST"])
def test_the_names_of_this_machine_are_served(http: httpx.Client, host: str) -> None:
    assert http.get("/api/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "10.0.0.8", "[", ""])
def test_any_other_name_is_refused(http: httpx.Client, host: str) -> None:
    response = http.get("/api/health", headers={"Host": host})
    assert response.status_code == 421
    assert response.json()["code"] == "host_refused"
    assert http.get("/", headers={"Host": host}).status_code == 421


def test_a_name_the_operator_allows_is_served_to_who_has_a_key(serve_library: Serve) -> None:
    with serve_library(allowed_hosts=("youju.local",), api_keys=(key("甲", PLAIN),)) as served, served.http() as http:
        named = {"Host": "youju.local", "Origin": "https://youju.local"}
        assert http.get("/api/library", headers=named).status_code == 401
        assert http.get("/api/library", headers=named | bearer(PLAIN)).status_code == 200
        assert http.get("/api/library", headers={"Host": "other.local"}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:1", "null", "http://localhost"])
def test_requests_from_other_sites_are_refused(http: httpx.Client, origin: str) -> None:
    for response in (
        http.get("/api/library", headers={"Origin": origin}),
        http.post("/api/ask", headers={"Origin": origin}, json={"question": "由谁批准？"}),
        http.delete("/api/documents/d0", headers={"Origin": origin}),
    ):
        assert response.status_code == 403
        assert response.json()["code"] == "origin_refused"


def test_requests_of_the_page_itself_are_served(served, http: httpx.Client) -> None:  # type: ignore[no-untyped-def]
    assert http.get("/api/library", headers={"Origin": served.url}).status_code == 200


def test_what_another_sites_page_embeds_is_refused_but_its_links_work(http: httpx.Client) -> None:
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    linked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert http.get("/api/library", headers=embedded).status_code == 403
    assert http.get("/api/library", headers=linked).status_code == 200
    assert http.get("/", headers=linked).status_code == 200


# ---------------------------------------------------------------- headers


@pytest.mark.parametrize("path", ["/", "/api/library", "/api/documents/d0", "/没有", "/api/openapi.json"])
def test_every_response_has_the_headers_that_bind_the_browser(http: httpx.Client, path: str) -> None:
    headers = http.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-request-id"]


def test_refusals_have_them_too(http: httpx.Client) -> None:
    response = http.get("/", headers={"Host": "evil.example"})
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-request-id"] == response.json()["request_id"]


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "text/html"), ("/app.js", "text/javascript"), ("/style.css", "text/css")]
)
def test_the_page_is_served_under_its_right_types(http: httpx.Client, path: str, kind: str) -> None:
    response = http.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(kind)


# ---------------------------------------------------------------- keys


def test_beyond_this_machine_a_server_without_keys_does_not_start() -> None:
    for settings in (
        Settings(host="0.0.0.0"),
        Settings(host="10.1.2.3"),
        Settings(allowed_hosts=("youju.example",)),
    ):
        with pytest.raises(InputError) as caught:
            require_keys(settings)
        assert caught.value.code == "keys_needed"
    require_keys(Settings())
    require_keys(Settings(host="0.0.0.0", api_keys=(key("甲", PLAIN),)))


def test_with_keys_who_has_none_is_asked_for_it(serve_library: Serve) -> None:
    with serve_library(api_keys=(key("甲", PLAIN),)) as served, served.http() as http:
        response = http.get("/api/library")
        assert response.status_code == 401
        assert response.json()["code"] == "key_required"
        assert response.headers["www-authenticate"].startswith("Basic ")
        wrong = http.get("/api/library", headers=bearer("错的密钥"))
        assert (wrong.status_code, wrong.json()["code"]) == (401, "key_wrong")
        assert http.get("/api/library", headers={"Authorization": "Basic !!"}).status_code == 401
        assert http.get("/api/library", headers=bearer(PLAIN)).status_code == 200
        assert http.get("/api/health").status_code == 200
        assert http.get("/").status_code == 200  # the page itself holds nothing


def test_a_bearer_token_and_a_basic_password_are_the_same_key(serve_library: Serve) -> None:
    ascii_key = "ascii-key-0123456789"
    with serve_library(api_keys=(key("甲", ascii_key),)) as served, served.http() as http:
        assert http.get("/api/library", headers={"Authorization": f"Bearer {ascii_key}"}).status_code == 200
        assert http.get("/api/library", headers=bearer(ascii_key)).status_code == 200


def test_a_key_sees_only_what_its_groups_may_read(serve_library: Serve, small_files: Path) -> None:
    keys = (key("普通", PLAIN), key("纪委", PLAIN + "2", "纪委"), key("管理", ADMIN, admin=True))
    with serve_library(small_files, api_keys=keys) as served, served.http() as http:

        def titles(plain: str) -> list[str]:
            page = http.get("/api/documents", headers=bearer(plain)).json()
            assert page["total"] == len(page["documents"])
            return [item["title"] for item in page["documents"]]

        hidden = "关于某单位问题线索的专题会议纪要"
        assert hidden not in titles(PLAIN)
        assert hidden in titles(PLAIN + "2")
        assert hidden in titles(ADMIN)
        counts = {
            plain: http.get("/api/library", headers=bearer(plain)).json()["counts"]["documents"]
            for plain in (PLAIN, ADMIN)
        }
        assert counts == {PLAIN: 3, ADMIN: 4}
        found = http.get("/api/documents", params={"kind": "meeting"}, headers=bearer(ADMIN)).json()["documents"]
        for path in (f"/api/documents/{found[0]['id']}", f"/api/documents/{found[0]['id']}/original"):
            assert http.get(path, headers=bearer(PLAIN)).json()["code"] == "document_not_found"
            assert http.get(path, headers=bearer(ADMIN)).status_code == 200


def test_only_an_admin_key_changes_the_library(serve_library: Serve) -> None:
    keys = (key("普通", PLAIN), key("管理", ADMIN, admin=True))
    with serve_library(api_keys=keys) as served, served.http() as http:
        upload = {"file": ("纪要.txt", "要抓好整改。".encode())}
        for response in (
            http.post("/api/documents", files=upload, headers=bearer(PLAIN)),
            http.delete("/api/documents/d0", headers=bearer(PLAIN)),
            http.get("/api/library/problems", headers=bearer(PLAIN)),
        ):
            assert response.status_code == 403
            assert response.json()["code"] == "not_allowed"
        job = http.post("/api/documents", files=upload, headers=bearer(ADMIN))
        assert job.status_code == 202
        assert http.get(f"/api/jobs/{job.json()['id']}", headers=bearer(PLAIN)).json()["code"] == "job_not_found"


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/ingest", {"paths": ["/etc/passwd"]}), ("/api/ingest/gone", {"paths": ["/"]}), ("/api/rebuild", {})],
)
def test_only_the_command_line_makes_the_server_read_files(
    http: httpx.Client, path: str, body: dict[str, object]
) -> None:
    response = http.post(path, json=body)
    assert response.status_code == 403
    assert response.json()["code"] == "local_only"


# ---------------------------------------------------------------- sizes


def test_a_body_that_is_too_large_is_refused(http: httpx.Client) -> None:
    response = http.post("/api/ask", json={"question": "问" * (1 << 20)})
    assert response.status_code == 413
    assert response.json()["code"] == "body_too_large"


def test_a_body_of_unknown_length_is_refused_when_it_has_grown_too_large(http: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * (1 << 16)

    try:
        response = http.post("/api/ask", content=pieces(), headers={"Content-Type": "application/json"})
    except httpx.WriteError:  # the server may close while the client still sends
        return
    assert response.status_code == 413
    assert response.json()["code"] == "body_too_large"


# ---------------------------------------------------------------- logs


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    loggers = [logging.getLogger(name) for name in ("youju", "uvicorn.error")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    log_to(stream)
    yield stream
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.level, logger.propagate = handlers, level, propagate


def test_every_request_is_one_json_line_without_texts(http: httpx.Client, logged: io.StringIO) -> None:
    response = http.get("/api/findings", params={"unit": "动力厂"})
    http.post("/api/search", json={"question": "机密的问题"})
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    mine = next(line for line in lines if line.get("request_id") == response.headers["x-request-id"])
    assert (mine["method"], mine["path"], mine["status"], mine["caller"]) == ("GET", "/api/findings", 200, "local")
    assert mine["milliseconds"] >= 0
    assert "动力厂" not in logged.getvalue()
    assert "机密的问题" not in logged.getvalue()
    assert "%E5" not in logged.getvalue()


def test_texts_are_logged_when_the_operator_opts_in(serve_library: Serve, logged: io.StringIO) -> None:
    with serve_library(log_texts=True) as served, served.http() as http:
        http.post("/api/search", json={"question": "机密的问题"})
    assert "机密的问题" in logged.getvalue()


# ---------------------------------------------------------------- broken requests


def test_a_request_without_a_host_is_refused(served) -> None:  # type: ignore[no-untyped-def]
    where = urlsplit(served.url)
    with socket.create_connection((where.hostname, where.port)) as line:
        line.sendall(b"GET /api/health HTTP/1.0\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 421")
