"""/v1/chat/completions and /v1/models: 有据 as a model, for tools that speak the OpenAI protocol.

The last user message is the question, what stands before it the conversation. The citations come twice: as annotations
of the message, which front ends show as links, and whole in the field ``youju`` (the answer of POST /api/ask).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from app.api.ask import audit_answer
from app.api.errors import JSON, problems, request_id
from app.api.parts import Parts, PartsDep
from app.api.problem import invalid, problem
from app.api.schema import ANSWER_EXAMPLE, AnswerModel, Day, FiltersModel, Wire, wire
from app.api.security import CallerDep
from app.api.stream import events_of
from app.conversation import Turn, unfolded
from app.frequencies import readable
from app.model import Delta, Done
from ingest.document import Caller
from ingest.errors import InputError, NotFoundError, YoujuError

MODEL = "youju"


class _Compatible(APIRoute):
    """A route whose errors have the shape clients of this protocol read: {"error": {message, type, code, param}}."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return _refused(invalid(error.errors()), request)
            except YoujuError as error:
                return _refused(error, request)

        return handled


def _refused(error: YoujuError, request: Request) -> JSONResponse:
    found = problem(error, request_id(request))
    return JSONResponse(_error(found.detail, found.code, found.status), status_code=found.status)


def _error(message: str, code: str, status: int) -> dict[str, Any]:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "code": code, "param": None}}


router = APIRouter(tags=["OpenAI 兼容"], route_class=_Compatible)


class _Lenient(BaseModel):
    """What other tools send besides is theirs: temperature, tools, user …."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class PartModel(_Lenient):
    """消息内容的一段；只读文字。"""

    type: str
    text: str = ""


class MessageModel(_Lenient):
    """一条消息。"""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[PartModel] | None = None

    @property
    def words(self) -> str:
        """Its text."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or [] if part.type == "text")


class ConditionsModel(Wire):
    """扩展字段 `youju`：提问的条件，与 POST /api/ask 相同。"""

    as_of: Day | None = None
    filters: FiltersModel = FiltersModel()


class StreamOptionsModel(_Lenient):
    """流式应答的选项。"""

    include_usage: bool = False


class CompletionRequest(_Lenient):
    """与 OpenAI 的 chat completions 相同；不认识的字段不理会。"""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"model": MODEL, "messages": [{"role": "user", "content": "提级巡察适用于哪些情形？"}]}]
        }
    )

    model: str = MODEL
    messages: Annotated[list[MessageModel], Field(min_length=1, max_length=400)]
    stream: bool = False
    stream_options: StreamOptionsModel | None = None
    youju: ConditionsModel = ConditionsModel()


COMPLETION: dict[str, Any] = {
    "id": "chatcmpl-a3f8c1d2e4b5a697",
    "object": "chat.completion",
    "created": 1767576225,
    "model": MODEL,
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": ANSWER_EXAMPLE["text"],
                "refusal": None,
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {
                            "start_index": 0,
                            "end_index": 12,
                            "title": "《巡察工作办法》（2024年修订）第十二条第三款",
                            "url": "http://127.0.0.1:8000/#/answer/a3f8c1d2e4b5a697",
                        },
                    }
                ],
            },
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    "youju": ANSWER_EXAMPLE,
}
CHUNKS = "data: { chat.completion.chunk … }\n\ndata: [DONE]\n\n"


MODELS = {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "youju"}]}


@router.get(
    "/v1/models",
    responses={200: {"content": {"application/json": {"example": MODELS}}}, **problems()},
    summary="模型目录",
)
def models(parts: PartsDep, caller: CallerDep) -> dict[str, Any]:
    """只有一个模型：有据自己。"""
    return MODELS


@router.post(
    "/v1/chat/completions",
    dependencies=[JSON],
    responses={
        200: {
            "description": "一份回答；`stream` 为真时为事件流。引用在 annotations 里，完整的回答在扩展字段 `youju` 里",
            "content": {
                "application/json": {"example": COMPLETION},
                "text/event-stream": {"schema": {"type": "string"}, "example": CHUNKS},
            },
        },
        **problems(400, 404, 413, 415),
    },
    response_model=None,
    summary="对话补全",
)
async def complete(
    body: CompletionRequest, request: Request, parts: PartsDep, caller: CallerDep
) -> Response | dict[str, Any]:
    """回答最后一条用户消息；前面的消息作为对话的上文。"""
    if body.model != MODEL:
        raise NotFoundError("model_not_found", name=body.model, known=MODEL)
    question, before = _asked(body.messages)
    page = str(request.base_url)
    turns = await run_in_threadpool(_turns, before, parts, caller)
    if body.stream:
        cancel = threading.Event()
        return await events_of(_chunks(body, question, turns, page, parts, caller, cancel), cancel, request)
    answer = await run_in_threadpool(_answer, body, question, turns, parts, caller)
    message = {"role": "assistant", "content": answer.text, "refusal": None, "annotations": _annotations(answer, page)}
    return _envelope(answer.id, "chat.completion") | {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": _USAGE,
        "youju": answer.model_dump(mode="json"),
    }


def _asked(messages: Sequence[MessageModel]) -> tuple[str, list[tuple[str, str]]]:
    """The question, and the (question, answer) pairs before it."""
    asked = [index for index, message in enumerate(messages) if message.role == "user" and message.words.strip()]
    if not asked:
        raise InputError("question_empty")
    pairs = []
    for here, following in pairwise(asked):
        between = [m.words for m in messages[here + 1 : following] if m.role == "assistant"]
        pairs.append((messages[here].words, "\n".join(between)))
    return messages[asked[-1]].words, pairs


def _turns(before: Sequence[tuple[str, str]], parts: Parts, caller: Caller) -> list[Turn]:
    if not before:
        return []
    with parts.library.snapshot() as snapshot:
        return unfolded(before, snapshot, caller, readable(parts.library, snapshot, caller))


def _answer(body: CompletionRequest, question: str, turns: Sequence[Turn], parts: Parts, caller: Caller) -> AnswerModel:
    conditions = body.youju
    answer = parts.assistant.answer(
        question, caller=caller, as_of=conditions.as_of, filters=conditions.filters.filters(), turns=turns
    )
    audit_answer(answer, parts, caller)
    return wire(answer)


def _chunks(
    body: CompletionRequest,
    question: str,
    turns: Sequence[Turn],
    page: str,
    parts: Parts,
    caller: Caller,
    cancel: threading.Event,
) -> Generator[bytes]:
    conditions = body.youju
    events = parts.assistant.ask(
        question,
        caller=caller,
        as_of=conditions.as_of,
        filters=conditions.filters.filters(),
        cancel=cancel,
        turns=turns,
    )
    name = f"{time.time_ns():x}"
    yield _chunk(name, {"role": "assistant", "content": ""})
    try:
        for item in events:
            if isinstance(item, Delta):
                yield _chunk(name, {"content": item.text})
            elif isinstance(item, Done):
                audit_answer(item.answer, parts, caller)
                answer = wire(item.answer)
                yield _chunk(name, {"annotations": _annotations(answer, page)}, "stop", answer)
    except YoujuError as error:
        found = problem(error, name)
        yield _data(_error(found.detail, found.code, found.status))
    if body.stream_options is not None and body.stream_options.include_usage:
        yield _data(_envelope(name, "chat.completion.chunk") | {"choices": [], "usage": _USAGE})
    yield b"data: [DONE]\n\n"


def _chunk(name: str, delta: dict[str, Any], finish: str | None = None, answer: AnswerModel | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    chunk = _envelope(name, "chat.completion.chunk") | {"choices": [choice]}
    return _data(chunk | ({"youju": answer.model_dump(mode="json")} if answer is not None else {}))


def _data(value: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


_USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
"""Nothing is charged by the token here."""


def _envelope(name: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{name}", "object": kind, "created": int(time.time()), "model": MODEL}


def _annotations(answer: AnswerModel, page: str) -> list[dict[str, Any]]:
    """Each citation of each statement, as a link to the stored answer where it can be opened."""
    by_number = {citation.n: citation for citation in answer.citations}
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": statement.start,
                "end_index": statement.end,
                "title": by_number[n].locator.text,
                "url": f"{page}#/answer/{answer.id}",
            },
        }
        for statement in answer.statements
        for n in statement.citations
    ]
