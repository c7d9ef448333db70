"""Conversations: start, list, resume, export, delete. Each is seen by who held it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.api.documents import attachment
from app.api.errors import problems
from app.api.held import conversation_text, conversations_view, markdown
from app.api.parts import PartsDep
from app.api.schema import ConversationsModel, ConversationTextModel, StartedModel
from app.api.security import CallerDep
from ingest.errors import NotFoundError

router = APIRouter(tags=["对话"])


@router.post("/api/conversations", status_code=201, responses=problems(400, 413, 415), summary="开始一个对话")
def start(parts: PartsDep, caller: CallerDep) -> StartedModel:
    """开始一个对话。还没有问过问题的对话不会列出。"""
    return StartedModel(id=parts.records.start(caller=caller.id, at=parts.clock.now()))


@router.get("/api/conversations", responses=problems(), summary="对话目录")
def conversations(parts: PartsDep, caller: CallerDep) -> ConversationsModel:
    """提问人自己的对话。"""
    return conversations_view(parts.records, caller)


@router.get("/api/conversations/{conversation_id}", responses=problems(404), summary="打开一个对话")
def conversation(conversation_id: str, parts: PartsDep, caller: CallerDep) -> ConversationTextModel:
    """一个对话的全部回答；其中引用了提问人现在看不到的文档的，不列出。"""
    return conversation_text(parts, caller, conversation_id)


@router.get(
    "/api/conversations/{conversation_id}/export",
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}, **problems(404)},
    response_class=Response,
    summary="导出一个对话",
)
def export(conversation_id: str, parts: PartsDep, caller: CallerDep) -> Response:
    """导出为 Markdown：每一问的回答和依据原文，以及回答的编号和摘要值。"""
    text = markdown(conversation_text(parts, caller, conversation_id))
    headers = {"Content-Disposition": attachment(f"对话 {conversation_id}.md")}
    return Response(text, media_type="text/markdown; charset=utf-8", headers=headers)


@router.delete("/api/conversations/{conversation_id}", status_code=204, responses=problems(404), summary="删除一个对话")
def forget(conversation_id: str, parts: PartsDep, caller: CallerDep) -> None:
    """删除对话和其中的回答；它们的固定链接随之失效。"""
    if not parts.records.forget(conversation_id, caller=caller.id):
        raise NotFoundError("conversation_not_found", id=conversation_id)
