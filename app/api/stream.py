"""Server-sent events at the edge: a synchronous iterator runs in one worker thread, its events leave as they come."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator

from fastapi import Request
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from app.api.errors import request_id, unexpected
from app.api.problem import problem
from ingest.errors import YoujuError

KEEP_ALIVE_SECONDS = 15.0  # proxies commonly drop a connection that is silent for 30 or 60


HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


def wants_events(request: Request) -> bool:
    """Whether the client asks for a stream of events."""
    return "text/event-stream" in request.headers.get("accept", "").lower()


def event(name: str, data: BaseModel) -> bytes:
    """One event on the wire."""
    return format_sse_event(event=name, data_str=data.model_dump_json())


async def events_of(items: Generator[bytes], cancel: threading.Event, request: Request) -> EventSourceResponse:
    """Stream ``items``, made in one worker thread (a catalogue snapshot belongs to one thread).

    A failure before the first event is raised, so that the response has its right status; a later one becomes
    an ``error`` event. A client that leaves sets ``cancel``.
    """
    queue: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def produce() -> None:
        last: Exception | None = None
        try:
            for item in items:
                loop.call_soon_threadsafe(queue.put_nowait, item)
                if cancel.is_set():
                    break
        except Exception as error:
            last = error
        finally:
            items.close()  # here, in its own thread, so that its snapshot ends with it
        loop.call_soon_threadsafe(queue.put_nowait, last)

    work = asyncio.create_task(run_in_threadpool(produce))
    first = await queue.get()
    if isinstance(first, Exception):
        raise first
    return EventSourceResponse(_relayed(first, queue, cancel, work, _as_event(request)), headers=HEADERS)


async def _relayed(
    item: bytes | Exception | None,
    queue: asyncio.Queue[bytes | Exception | None],
    cancel: threading.Event,
    work: asyncio.Task[None],
    failed: Callable[[Exception], bytes],
) -> AsyncIterator[bytes]:
    try:
        while item is not None:
            if isinstance(item, Exception):
                yield failed(item)
                break
            yield item
            item = await _next(queue, work)
    finally:
        cancel.set()


async def _next(queue: asyncio.Queue[bytes | Exception | None], work: asyncio.Task[None]) -> bytes | Exception | None:
    """The next event, or a comment that keeps the connection open while the work thinks."""
    try:
        return await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
    except TimeoutError:
        return KEEPALIVE_COMMENT if not work.done() or not queue.empty() else None


def _as_event(request: Request) -> Callable[[Exception], bytes]:
    def failed(error: Exception) -> bytes:
        known = error if isinstance(error, YoujuError) else unexpected(error, request_id(request))
        return event("error", problem(known, request_id(request)))

    return failed
