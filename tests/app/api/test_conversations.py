"""Conversations over HTTP: started, continued, listed, opened, exported, deleted; and what became of old sources."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings import ApiKey
from tests.app.conftest import REGULATION, Served


@pytest.fixture
def http(served: Served) -> Iterator[httpx.Client]:
    with served.http() as client:
        yield client


def start(http: httpx.Client) -> str:
    response = http.post("/api/conversations")
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def ask(http: httpx.Client, question: str, **more: object) -> dict[str, Any]:
    response = http.post("/api/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    got: dict[str, Any] = response.json()
    return got


def test_a_follow_up_is_understood_in_its_conversation(http: httpx.Client) -> None:
    conversation = start(http)
    first = ask(http, "2024年第一轮炼钢二厂发现问题多少个？", conversation=conversation)
    second = ask(http, "动力厂呢？", conversation=conversation)

    assert second["standalone_question"] == "2024年第一轮动力厂发现问题多少个？"
    assert "2 个" in second["text"]
    assert second["conversation"] == conversation
    opened = http.get(f"/api/conversations/{conversation}").json()
    assert [answer["id"] for answer in opened["answers"]] == [first["id"], second["id"]]


def test_a_conversation_is_listed_by_its_first_question_exported_and_deleted(http: httpx.Client) -> None:
    conversation = start(http)
    answer = ask(http, "提级巡察由谁批准？", conversation=conversation)
    ask(http, "第一款呢？", conversation=conversation)

    (listed,) = [c for c in http.get("/api/conversations").json()["conversations"] if c["id"] == conversation]
    assert listed["title"] == "提级巡察由谁批准？"
    assert listed["turns"] == 2

    exported = http.get(f"/api/conversations/{conversation}/export")
    assert exported.headers["content-type"].startswith("text/markdown")
    assert "attachment" in exported.headers["content-disposition"]
    assert answer["text"].splitlines()[-1] in exported.text
    assert answer["citations"][0]["quote"].splitlines()[0] in exported.text
    assert answer["digest"] in exported.text

    assert http.delete(f"/api/conversations/{conversation}").status_code == 204
    assert http.get(f"/api/conversations/{conversation}").status_code == 404
    assert http.get(f"/api/answers/{answer['id']}").status_code == 404
    assert http.post("/api/ask", json={"question": "还有呢？", "conversation": conversation}).status_code == 404


def test_what_was_started_and_never_used_is_not_listed(http: httpx.Client) -> None:
    conversation = start(http)
    assert conversation not in {c["id"] for c in http.get("/api/conversations").json()["conversations"]}


def test_an_unknown_conversation_is_a_problem(http: httpx.Client) -> None:
    response = http.get("/api/conversations/没有")
    assert response.status_code == 404
    assert response.json()["code"] == "conversation_not_found"


def test_nobody_sees_the_conversations_of_another(
    serve_library: Callable[..., AbstractContextManager[Served]], small_files: Path
) -> None:
    keys = tuple(
        ApiKey(name, hashlib.sha256(f"{name}-long-enough-a-key".encode()).hexdigest()) for name in ("one", "two")
    )
    with serve_library(small_files, api_keys=keys) as served:
        first = served.http(Authorization="Bearer " + "one-long-enough-a-key")
        second = served.http(Authorization="Bearer " + "two-long-enough-a-key")
        with first as mine, second as other:
            conversation = start(mine)
            ask(mine, "提级巡察由谁批准？", conversation=conversation)
            assert other.get("/api/conversations").json()["conversations"] == []
            assert other.get(f"/api/conversations/{conversation}").status_code == 404
            assert other.delete(f"/api/conversations/{conversation}").status_code == 404
            assert other.post("/api/ask", json={"question": "那呢？", "conversation": conversation}).status_code == 404
            assert mine.get(f"/api/conversations/{conversation}").status_code == 200


def test_the_same_question_of_the_same_library_has_the_same_digest(http: httpx.Client) -> None:
    first, second = ask(http, "提级巡察由谁批准？"), ask(http, "提级巡察由谁批准？")
    assert first["id"] != second["id"]
    assert first["digest"] == second["digest"] != ask(http, "巡察工作由谁领导？")["digest"]
    assert {"build", "embedder"} <= first["settings"].keys()


def test_an_answer_tells_when_its_source_was_replaced_or_removed(
    serve_library: Callable[..., AbstractContextManager[Served]], tmp_path: Path
) -> None:
    file = tmp_path / "巡察工作办法.md"
    file.write_text(REGULATION, encoding="utf-8")
    with serve_library(file) as served, served.http() as http:
        answer = ask(http, "提级巡察由谁批准？")
        assert http.get(f"/api/answers/{answer['id']}").json() == answer

        document = answer["citations"][0]["document_id"]
        changed = REGULATION.replace("由集团党委批准", "由领导小组批准")
        http.post("/api/documents", params={"replaces": document}, files={"file": (file.name, changed.encode())})
        _until(lambda: http.get(f"/api/answers/{answer['id']}").json()["changes"])
        (told,) = http.get(f"/api/answers/{answer['id']}").json()["changes"]
        assert told["code"] == "source_replaced"

        http.delete(f"/api/documents/{document}")
        again = http.get(f"/api/answers/{answer['id']}").json()
        assert again["text"] == answer["text"]
        assert [each["code"] for each in again["changes"]] != []


def _until(done: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not done():
        assert time.monotonic() < until
        time.sleep(0.1)
