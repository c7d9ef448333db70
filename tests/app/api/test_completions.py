"""The OpenAI protocol, spoken by the official client over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from app.settings import ApiKey
from tests.app.conftest import Served

APPROVED = "提级巡察由谁批准？"


@pytest.fixture
def client(served: Served) -> Iterator[openai.OpenAI]:
    with httpx.Client(trust_env=False) as http:
        yield openai.OpenAI(
            base_url=f"{served.url}/v1", api_key="不需要".encode().hex(), http_client=http, max_retries=0
        )


def ask(client: openai.OpenAI, *words: str, **more: Any) -> Any:
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(words)]
    return client.chat.completions.create(model="youju", messages=messages, **more)  # type: ignore[call-overload]


def test_the_official_client_gets_an_answer_with_its_citations(client: openai.OpenAI) -> None:
    got = ask(client, APPROVED, temperature=0.3, max_tokens=500, user="某人")

    message = got.choices[0].message
    assert got.choices[0].finish_reason == "stop"
    assert "集团党委批准" in message.content
    answer = got.youju
    assert answer["status"] == "answered"
    assert answer["text"] == message.content
    cited = [one.url_citation for one in message.annotations]
    assert [message.content[one.start_index : one.end_index] for one in cited] == [
        statement["text"] for statement in answer["statements"] for _ in statement["citations"]
    ]
    assert cited[0].title == answer["citations"][0]["locator"]["text"]
    assert cited[0].url.endswith(f"#/answer/{answer['id']}")


def test_a_stream_gives_the_same_answer_and_its_citations_at_the_end(client: openai.OpenAI) -> None:
    chunks = list(ask(client, APPROVED, stream=True, stream_options={"include_usage": True}))

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    whole = ask(client, APPROVED)
    assert text == whole.choices[0].message.content
    last = [chunk for chunk in chunks if chunk.choices][-1]
    assert last.choices[0].finish_reason == "stop"
    assert last.youju["citations"] == whole.youju["citations"]
    assert last.choices[0].delta.annotations
    assert chunks[-1].usage is not None


def test_messages_before_are_the_conversation(client: openai.OpenAI) -> None:
    first = "2024年第一轮炼钢二厂发现问题多少个？"
    got = ask(client, first, "共 1 个。", "动力厂呢？")
    assert got.youju["standalone_question"] == "2024年第一轮动力厂发现问题多少个？"
    got = ask(client, first, "共 1 个。", "动力厂呢？", "共 2 个。", "炼钢二厂呢？")
    assert got.youju["standalone_question"] == first


def test_a_front_ends_request_shape_is_understood(served: Served) -> None:
    """Parts instead of text, a system prompt, and fields that mean nothing here: as chat front ends send them."""
    body = {
        "model": "youju",
        "stream": False,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": [{"type": "text", "text": APPROVED}]},
        ],
        "temperature": 0.7,
        "top_p": 1,
        "presence_penalty": 0,
        "tools": [],
        "features": {"web_search": False},
        "session_id": "s1",
        "chat_id": "c1",
    }
    with served.http() as http:
        got = http.post("/v1/chat/completions", json=body)
        assert got.status_code == 200, got.text
        assert "集团党委批准" in got.json()["choices"][0]["message"]["content"]


def test_conditions_go_in_a_field_of_our_own(client: openai.OpenAI) -> None:
    got = ask(client, APPROVED, extra_body={"youju": {"as_of": "2020-01-01"}})
    assert got.youju["as_of"] == "2020-01-01"
    assert got.youju["status"] == "refused"
    assert got.choices[0].message.annotations == []


def test_the_one_model_is_listed_and_another_is_refused(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["youju"]
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": APPROVED}])
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize("messages", [[], [{"role": "system", "content": "x"}], [{"role": "user", "content": " "}]])
def test_a_request_without_a_question_is_refused_in_the_clients_terms(
    client: openai.OpenAI, messages: list[dict[str, str]]
) -> None:
    with pytest.raises((openai.BadRequestError, openai.UnprocessableEntityError)) as caught:
        client.chat.completions.create(model="youju", messages=messages)  # type: ignore[arg-type]
    assert caught.value.body["type"] == "invalid_request_error"  # type: ignore[index]


def test_the_key_is_the_same_as_everywhere(
    serve_library: Callable[..., AbstractContextManager[Served]], small_files: Path
) -> None:
    import hashlib

    key = "a-key-that-is-long-enough"
    keys = (ApiKey("前端", hashlib.sha256(key.encode()).hexdigest()),)
    with serve_library(small_files, api_keys=keys) as served, httpx.Client(trust_env=False) as http:
        url = f"{served.url}/v1"
        right = openai.OpenAI(base_url=url, api_key=key, http_client=http, max_retries=0)
        wrong = openai.OpenAI(base_url=url, api_key="wrong", http_client=http, max_retries=0)
        assert ask(right, APPROVED).youju["status"] == "answered"
        with pytest.raises(openai.AuthenticationError):
            ask(wrong, APPROVED)
