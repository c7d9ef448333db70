"""Conversations as they are shown: listed, whole, as Markdown; for the routes and the command line alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from app.api.schema import AnswerModel, ConversationModel, ConversationsModel, ConversationTextModel
from app.api.stale import changes, may_see
from app.conversation import Turn
from app.records import Records
from app.settings import Clock
from ingest.document import Caller
from ingest.errors import NotFoundError
from ingest.library import Library


class Holder(Protocol):
    """What has conversations: an open library, or the service over it."""

    @property
    def library(self) -> Library:
        """What the answers stand on."""

    @property
    def records(self) -> Records:
        """Where they are kept."""

    @property
    def clock(self) -> Clock:
        """What day it is."""


def conversations_view(records: Records, caller: Caller) -> ConversationsModel:
    """The caller's own, the last changed first."""
    return ConversationsModel(
        conversations=[
            ConversationModel(
                id=one.id,
                title=one.title,
                started_at=datetime.fromisoformat(one.started_at),
                updated_at=datetime.fromisoformat(one.updated_at),
                turns=one.turns,
            )
            for one in records.conversations(caller=caller.id)
        ]
    )


def conversation_text(it: Holder, caller: Caller, conversation_id: str) -> ConversationTextModel:
    """All answers in order, but those that show what the caller may no longer read."""
    stored = it.records.turns(conversation_id, caller=caller.id)
    if stored is None:
        raise NotFoundError("conversation_not_found", id=conversation_id)
    answers = []
    with it.library.snapshot() as snapshot:
        for each in stored:
            found = AnswerModel.model_validate(each)
            if may_see(found, snapshot, caller):
                told = changes(found, snapshot, caller, it.clock.today())
                answers.append(found.model_copy(update={"changes": told}))
    return ConversationTextModel(id=conversation_id, answers=answers)


def turns_of(conversation_id: str | None, records: Records, caller: Caller) -> list[Turn]:
    """What was asked and answered before in a conversation; NotFoundError for one that is not the caller's."""
    if conversation_id is None:
        return []
    stored = records.turns(conversation_id, caller=caller.id)
    if stored is None:
        raise NotFoundError("conversation_not_found", id=conversation_id)
    return [Turn(each["standalone_question"], each["text"]) for each in stored]


def markdown(conversation: ConversationTextModel) -> str:
    """Every question with its answer, the words it stands on, and the answer's number and digest."""
    return "\n".join(line for found in conversation.answers for line in _lines(found))


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
