"""Language models behind one verb: a prompt in, the text as it is written out. None is needed; one is a setting.

The default member speaks to an OpenAI-compatible endpoint through llama-index; any other llama-index model is given
to :class:`LlamaIndexModel` the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ingest.errors import EngineError

if TYPE_CHECKING:
    from app.settings import Settings

PROMPTS = Path(__file__).parent / "prompts"
LONGEST_WAIT = 20.0  # seconds: an endpoint that asks for more patience than this is given up for this question
_LOOK_SECONDS = 0.05
_CONNECT_SECONDS = 5.0


@cache
def prompt_text(name: str) -> str:
    """A prompt of app/prompts, by its name."""
    return (PROMPTS / f"{name}.txt").read_text(encoding="utf-8").strip()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told: its task, then the material and the question."""

    task: str
    material: str


class LanguageModel(Protocol):
    """Writes text. Safe to call from many threads."""

    @property
    def name(self) -> str:
        """The model's name, as shown beside what it wrote."""

    def write(self, prompt: Prompt, cancel: threading.Event) -> Iterator[str]:
        """The text in pieces as they come; it ends early when ``cancel`` is set.

        EngineError with a code of its own for each way an endpoint fails: ``llm_unreachable``, ``llm_slow``,
        ``llm_key``, ``llm_busy``, ``llm_context``, ``llm_redirects``, ``llm_broken``, ``llm_empty``, ``llm_cut``.
        """


def model_of(settings: Settings) -> LanguageModel | None:
    """The model the settings name; None when none is configured."""
    if settings.llm_url is None:
        return None
    return LlamaIndexModel(lambda: _endpoint(settings), settings.llm_model, settings.llm_seconds)


@asynccontextmanager
async def _endpoint(settings: Settings) -> AsyncIterator[Any]:
    """A llama-index model of an OpenAI-compatible endpoint, with connections of its own.

    Redirects are refused: the key and the material go where the operator said, and nowhere else.
    """
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    limits = httpx.Timeout(settings.llm_seconds, connect=min(_CONNECT_SECONDS, settings.llm_seconds))
    async with httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=limits) as client:
        yield OpenAILike(  # type: ignore[call-arg]  # the clients are parameters of its base class
            model=settings.llm_model,
            api_base=settings.llm_url,
            api_key=settings.llm_key.reveal() if settings.llm_key else "none",
            is_chat_model=True,
            context_window=settings.llm_context,
            temperature=0.0,
            max_retries=0,
            timeout=settings.llm_seconds,
            reuse_client=False,
            async_http_client=client,
        )


class LlamaIndexModel:
    """Any llama-index chat model. ``open_llm`` opens one for one call, inside an event loop of that call's own.

    The whole call may take ``seconds``; a cancelled call closes its connection, so that the endpoint stops too.
    """

    def __init__(self, open_llm: Callable[[], AbstractAsyncContextManager[Any]], name: str, seconds: float) -> None:
        self._open_llm = open_llm
        self._seconds = seconds
        self.name = name

    def write(self, prompt: Prompt, cancel: threading.Event) -> Iterator[str]:
        """The text in pieces as they come."""
        until = time.monotonic() + self._seconds
        for attempt in (1, 2):
            written = False
            try:
                for piece in self._once(prompt, cancel, until):
                    written = True
                    yield piece
                return
            except EngineError as error:
                wait = _asked_to_wait(error)
                if attempt == 2 or written or wait is None or time.monotonic() + wait > until or cancel.wait(wait):
                    raise

    def _once(self, prompt: Prompt, cancel: threading.Event, until: float) -> Iterator[str]:
        call = _Call(self._pieces(prompt), self.name)
        try:
            while True:
                piece = call.next(_LOOK_SECONDS)
                if call.ended or cancel.is_set():
                    return
                if time.monotonic() > until:
                    raise EngineError("llm_slow", name=self.name)
                if isinstance(piece, Exception):
                    raise piece
                if piece is not None:
                    yield piece
        finally:
            call.stop()

    async def _pieces(self, prompt: Prompt) -> AsyncGenerator[str]:
        from llama_index.core.llms import ChatMessage

        messages = [ChatMessage(role="system", content=prompt.task), ChatMessage(role="user", content=prompt.material)]
        async with self._open_llm() as llm:
            written, finish = False, None
            async for response in await llm.astream_chat(messages):
                finish = _finish_reason(response.raw) or finish
                if response.delta:
                    written = True
                    yield response.delta
            if not written:
                raise EngineError("llm_empty", name=self.name)
            if finish in (None, "length"):  # no word of its end: the connection was lost
                raise EngineError("llm_cut", name=self.name)


def _finish_reason(raw: Any) -> str | None:
    choices = getattr(raw, "choices", None) or [None]  # the last chunk may only count tokens
    reason: str | None = getattr(choices[0], "finish_reason", None)
    return reason


class _Call:
    """One call under way in a thread with an event loop of its own, so that it can be stopped from outside."""

    def __init__(self, pieces: AsyncGenerator[str], name: str) -> None:
        self.ended = False
        self._pieces: queue.Queue[str | Exception | None] = queue.Queue()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._run(pieces, name))
        self._thread = threading.Thread(target=self._work, name="youju-writing", daemon=True)
        self._thread.start()

    def next(self, seconds: float) -> str | Exception | None:
        """The next piece, an error, or None when nothing came in time or all has come (``ended``)."""
        try:
            found = self._pieces.get(timeout=seconds)
        except queue.Empty:
            return None
        self.ended = found is None
        return found

    def stop(self) -> None:
        """Close the connection and end the thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _work(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _run(self, pieces: AsyncGenerator[str], name: str) -> None:
        try:
            async for piece in pieces:
                self._pieces.put(piece)
            self._pieces.put(None)
        except Exception as error:
            self._pieces.put(failure(error, name))
        finally:
            await pieces.aclose()


# ---------------------------------------------------------------- what went wrong


def failure(error: Exception, name: str) -> EngineError:
    """What an endpoint's failure means for the user. The endpoint's own words are not repeated: they may hold the key."""
    import httpx
    import openai

    if isinstance(error, EngineError):
        return error
    if isinstance(error, openai.APITimeoutError | httpx.TimeoutException):
        return EngineError("llm_slow", name=name)
    if isinstance(error, openai.APIStatusError):
        return _refusal(error.response.status_code, error.response.headers, str(error.body or ""), name)
    if isinstance(error, openai.APIConnectionError | httpx.ConnectError):
        return EngineError("llm_unreachable", name=name)
    return EngineError("llm_broken", name=name, reason=type(error).__name__)


def _refusal(status: int, headers: Any, body: str, name: str) -> EngineError:
    if status in (401, 403):
        return EngineError("llm_key", name=name, status=status)
    if status == 429:
        return EngineError("llm_busy", name=name, wait=_seconds(headers.get("retry-after")))
    if status in (400, 413, 422) and any(word in body.lower() for word in ("context", "too long", "maximum", "length")):
        return EngineError("llm_context", name=name)
    if 300 <= status < 400:
        return EngineError("llm_redirects", name=name)
    return EngineError("llm_broken", name=name, reason=f"HTTP {status}")


def _seconds(header: str | None) -> str:
    """Seconds to wait, as the endpoint told them; "若干" when it told nothing usable."""
    return header.strip() if header and header.strip().isdigit() else "若干"


def _asked_to_wait(error: EngineError) -> float | None:
    """How long an endpoint that is busy asks to wait, when that is not too long."""
    wait = str(error.params.get("wait", ""))
    return float(wait) if error.code == "llm_busy" and wait.isdigit() and float(wait) <= LONGEST_WAIT else None
