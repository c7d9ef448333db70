"""Conversations: start, list, resume, export, delete. Each is seen by who held it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from fastapi import APIRouter, Response

from app.api.answers import may_see
from app.api.documents import attachment
from app.api.errors import problems
from app.api.parts import Parts, PartsDep
from app.api.schema import AnswerModel, ConversationModel, ConversationsModel, ConversationTextModel, StartedModel
from app.api.security import CallerDep
from app.api.stale import changes
from app.conversation import Turn
from ingest.document import Caller
from ingest.errors import NotFoundError

router = APIRouter(tags=["对话"])


@router.post("/api/conversations", status_code=201, responses=problems(400, 413, 415), summary="开始一个对话")
def start(parts: PartsDep, caller: CallerDep) -> StartedModel:
    """开始一个对话。还没有问过问题的对话不会列出。"""
    return StartedModel(id=parts.records.start(caller=caller.id, at=parts.clock.now()))


@router.get("/api/conversations", responses=problems(), summary="对话目录")
def conversations(parts: PartsDep, caller: CallerDep) -> ConversationsModel:
    """提问人自己的对话。"""
    found = parts.records.conversations(caller=caller.id)
    return ConversationsModel(
        conversations=[
            ConversationModel(
                id=one.id,
                title=one.title,
                started_at=datetime.fromisoformat(one.started_at),
                updated_at=datetime.fromisoformat(one.updated_at),
                turns=one.turns,
            )
            for one in found
        ]
    )


@router.get("/api/conversations/{conversation_id}", responses=problems(404), summary="打开一个对话")
def conversation(conversation_id: str, parts: PartsDep, caller: CallerDep) -> ConversationTextModel:
    """一个对话的全部回答；其中引用了提问人现在看不到的文档的，不列出。"""
    return ConversationTextModel(id=conversation_id, answers=list(_answers(conversation_id, parts, caller)))


@router.get(
    "/api/conversations/{conversation_id}/export",
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}, **problems(404)},
    response_class=Response,
    summary="导出一个对话",
)
def export(conversation_id: str, parts: PartsDep, caller: CallerDep) -> Response:
    """导出为 Markdown：每一问的回答和依据原文，以及回答的编号和摘要值。"""
    text = "\n".join(line for found in _answers(conversation_id, parts, caller) for line in _lines(found))
    headers = {"Content-Disposition": attachment(f"对话 {conversation_id}.md")}
    return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)


@router.delete("/api/conversations/{conversation_id}", status_code=204, responses=problems(404), summary="删除一个对话")
def forget(conversation_id: str, parts: PartsDep, caller: CallerDep) -> None:
    """删除对话和其中的回答；它们的固定链接随之失效。"""
    if not parts.records.forget(conversation_id, caller=caller.id):
        raise NotFoundError("conversation_not_found", id=conversation_id)


def turns_of(conversation_id: str | None, parts: Parts, caller: Caller) -> list[Turn]:
    """What was asked and answered before in a conversation; NotFoundError for one that is not the caller's."""
    if conversation_id is None:
        return []
    stored = parts.records.turns(conversation_id, caller=caller.id)
    if stored is None:
        raise NotFoundError("conversation_not_found", id=conversation_id)
    return [Turn(each["standalone_question"], each["text"]) for each in stored]


def _answers(conversation_id: str, parts: Parts, caller: Caller) -> Iterator[AnswerModel]:
    stored = parts.records.turns(conversation_id, caller=caller.id)
    if stored is None:
        raise NotFoundError("conversation_not_found", id=conversation_id)
    with parts.library.snapshot() as snapshot:
        for each in stored:
            found = AnswerModel.model_validate(each)
            if may_see(found, snapshot, caller):
                told = changes(found, snapshot, caller, parts.clock.today())
                yield found.model_copy(update={"changes": told})


def _lines(answer: AnswerModel) -> Iterator[str]:
    yield f"## {answer.question}"
    if answer.standalone_question != answer.question:
        yield f"\n理解为：{answer.standalone_question}"
    yield f"\n依据日期 {answer.as_of.isoformat()}，资料库第 {answer.library_revision} 版\n"
    yield answer.text.replace("\n", "\n\n")
    yield ""
    for citation in answer.citations:
        state = f"（{citation.state}）" if citation.state else ""
        yield f"- [{citation.n}] {citation.locator.text}{state}"
        if citation.kind == "span":
            yield "  > " + citation.quote.replace("\n", "\n  > ")
    for note in (*answer.notes, *answer.changes):
        yield f"- 说明：{note.message}"
    yield f"\n回答编号 {answer.id}，摘要 {answer.digest}\n"
