"""POST /api/ask and /api/search: a question in, a cited answer or ranked passages out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.api.errors import JSON, problems, request_id
from app.api.held import turns_of
from app.api.parts import Parts, PartsDep
from app.api.schema import (
    AnswerModel,
    AskRequest,
    QuestionRequest,
    SearchModel,
    SearchRequest,
    SourcesEvent,
    TextEvent,
    wire,
    wire_evidence,
    wire_found,
)
from app.api.security import CallerDep
from app.api.stream import event, events_of, wants_events
from app.conversation import Turn
from app.model import Answer, Delta, Done, Sources
from ingest.document import Caller

log = logging.getLogger("youju.ask")
router = APIRouter(tags=["提问"])

STREAM_EXAMPLE = (
    'event: sources\ndata: {"evidence": [ … ]}\n\n'
    'event: text\ndata: {"delta": "提级巡察由集团党委批准。[1]"}\n\n'
    "event: done\ndata: { 与 JSON 应答相同的一份回答 }\n\n"
)
ASK_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "一份回答。请求头 Accept 含 text/event-stream 时为事件流：sources、text（若干）、done；"
        "开始之后出错时，最后一个事件是 error（其数据为问题 JSON）",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": STREAM_EXAMPLE}},
    },
    **problems(400, 404, 413, 415),
}


@router.post("/api/ask", dependencies=[JSON], response_model=AnswerModel, responses=ASK_RESPONSES, summary="提问")
async def ask(body: AskRequest, request: Request, parts: PartsDep, caller: CallerDep) -> Response | AnswerModel:
    """回答一个问题：逐句带引用；资料库没有依据时 `status` 为 refused，并说明理由（仍是 200）。"""
    _note(body, request, parts)
    turns = await run_in_threadpool(turns_of, body.conversation, parts.records, caller)
    if wants_events(request):
        cancel = threading.Event()
        return await events_of(_events(body, turns, parts, caller, cancel), cancel, request)
    return await run_in_threadpool(answered, body, turns, parts, caller)


@router.post("/api/search", dependencies=[JSON], responses=problems(400, 413, 415), summary="检索")
def search(body: SearchRequest, request: Request, parts: PartsDep, caller: CallerDep) -> SearchModel:
    """按相关程度返回片段，不组织回答。"""
    _note(body, request, parts)
    return searched(body, parts, caller)


def searched(body: SearchRequest, parts: Parts, caller: Caller) -> SearchModel:
    """The best passages as this caller may see them."""
    found = wire_found(
        parts.assistant.search(
            body.question,
            caller=caller,
            as_of=body.as_of,
            filters=body.filters.filters(),
            k=body.k,
            ignore=body.ignore,
            explained=body.explain,
        )
    )
    left_out = found.explanation.left_out if found.explanation else []
    shown = {hit.document_id for hit in found.hits} | {each.document_id for each in left_out}
    parts.audit(caller, "search", sorted(shown))
    return found


def answered(body: AskRequest, turns: Sequence[Turn], parts: Parts, caller: Caller) -> AnswerModel:
    """The whole answer to this caller."""
    answer = parts.assistant.answer(
        body.question,
        caller=caller,
        as_of=body.as_of,
        filters=body.filters.filters(),
        turns=turns,
        conversation=body.conversation,
        ignore=body.ignore,
    )
    audit_answer(answer, parts, caller)
    return wire(answer)


def _events(
    body: AskRequest, turns: Sequence[Turn], parts: Parts, caller: Caller, cancel: threading.Event
) -> Generator[bytes]:
    events = parts.assistant.ask(
        body.question,
        caller=caller,
        as_of=body.as_of,
        filters=body.filters.filters(),
        cancel=cancel,
        turns=turns,
        conversation=body.conversation,
        ignore=body.ignore,
    )
    for item in events:
        match item:
            case Sources(evidence):
                yield event("sources", SourcesEvent(evidence=wire_evidence(evidence)))
            case Delta(text):
                yield event("text", TextEvent(delta=text))
            case Done(answer):
                audit_answer(answer, parts, caller)
                yield event("done", wire(answer))


def audit_answer(answer: Answer, parts: Parts, caller: Caller) -> None:
    """Note which documents an answer showed to whom."""
    shown = (*answer.evidence, *answer.related)
    parts.audit(caller, "ask", sorted({item.document_id for item in shown}))


def _note(body: QuestionRequest, request: Request, parts: Parts) -> None:
    """The question's text goes to the log only when the operator has opted in."""
    if parts.settings.log_texts:
        log.info("question", extra={"request_id": request_id(request), "question": body.question})
