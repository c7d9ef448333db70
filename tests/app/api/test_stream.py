"""The SSE edge by itself, over real HTTP: what is streamed is a plain iterator the test controls."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from app.api import stream
from app.api.errors import install_handlers
from app.api.schema import TextEvent
from app.main import listening, server_config, url_of
from ingest.errors import BusyError

Items = Callable[[threading.Event], Generator[bytes]]


@contextmanager
def streaming(items: Items) -> Iterator[tuple[str, threading.Event]]:
    """A server with one route that streams ``items``; the cancel token it was given."""
    app, cancel = FastAPI(), threading.Event()
    install_handlers(app)

    @app.get("/")
    async def route(request: Request) -> Response:
        return await stream.events_of(items(cancel), cancel, request)

    with listening("127.0.0.1", 0) as door:
        server = uvicorn.Server(server_config(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield url_of(door), cancel
        finally:
            server.should_exit = True
            thread.join()


def text(words: str) -> bytes:
    return stream.event("text", TextEvent(delta=words))


def test_events_leave_as_they_come() -> None:
    go = threading.Event()

    def items(_: threading.Event) -> Generator[bytes]:
        yield text("先到")
        assert go.wait(10)
        yield text("后到")

    with streaming(items) as (url, cancel), httpx.stream("GET", url, trust_env=False) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: text"
        assert next(lines) == 'data: {"delta":"先到"}'  # received while the second is not made yet
        go.set()
        assert 'data: {"delta":"后到"}' in list(lines)
    assert cancel.is_set()


def test_a_failure_before_the_first_event_has_its_right_status() -> None:
    def items(_: threading.Event) -> Generator[bytes]:
        raise BusyError("too_many_jobs", count=1)
        yield b""

    with streaming(items) as (url, _):
        response = httpx.get(url, trust_env=False)
    assert response.status_code == 503
    assert response.json()["code"] == "too_many_jobs"


@pytest.mark.parametrize(
    ("error", "code"), [(BusyError("too_many_jobs", count=1), "too_many_jobs"), (RuntimeError("内部"), "unexpected")]
)
def test_a_later_failure_is_an_error_event_with_the_problem(error: Exception, code: str) -> None:
    def items(_: threading.Event) -> Generator[bytes]:
        yield text("开始")
        raise error

    with streaming(items) as (url, _):
        response = httpx.get(url, trust_env=False)
    assert response.status_code == 200
    first, last = response.text.strip().split("\n\n")
    assert first.startswith("event: text")
    assert last.startswith("event: error\ndata: {")
    assert f'"code":"{code}"' in last
    assert "内部" not in last.replace("服务内部出错", "")


def test_a_client_that_leaves_cancels_the_work() -> None:
    ended = threading.Event()

    def items(cancel: threading.Event) -> Generator[bytes]:
        try:
            for _ in range(3000):
                yield text("还有")
                if cancel.wait(0.01):
                    return
        finally:
            ended.set()

    with streaming(items) as (url, cancel):
        with httpx.stream("GET", url, trust_env=False) as response:
            next(response.iter_lines())
        assert cancel.wait(5)
        assert ended.wait(5)


def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "KEEP_ALIVE_SECONDS", 0.05)

    def items(_: threading.Event) -> Generator[bytes]:
        yield text("想一想")
        time.sleep(0.3)
        yield text("想好了")

    with streaming(items) as (url, _):
        response = httpx.get(url, trust_env=False)
    assert ": ping" in response.text
    assert [line for line in response.text.splitlines() if line.startswith("data")][-1] == 'data: {"delta":"想好了"}'


def test_an_iterator_runs_in_one_thread_from_first_to_last() -> None:
    threads: set[int] = set()

    def items(_: threading.Event) -> Generator[bytes]:
        for _ in range(20):
            threads.add(threading.get_ident())
            yield text("一")
            time.sleep(0.002)

    with streaming(items) as (url, _):
        httpx.get(url, trust_env=False)
    assert len(threads) == 1
