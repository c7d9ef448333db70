"""GET /api/answers/{id}: an answer as it was given, and what has happened to its sources since."""

from __future__ import annotations

from fastapi import APIRouter

from app.api.errors import problems
from app.api.parts import PartsDep
from app.api.schema import AnswerModel
from app.api.security import CallerDep
from app.api.stale import changes, may_see
from ingest.errors import NotFoundError

router = APIRouter(tags=["提问"])


@router.get("/api/answers/{answer_id}", responses=problems(404), summary="打开一份回答")
def answer(answer_id: str, parts: PartsDep, caller: CallerDep) -> AnswerModel:
    """按 id 打开给出过的回答，与当时返回的完全相同，另在 `changes` 里写明所引的文档此后有什么变化。

    所引文档中有提问人看不到的，视同没有这份回答。
    """
    stored = parts.records.answer(answer_id)
    if stored is None:
        raise NotFoundError("answer_not_found", id=answer_id)
    found = AnswerModel.model_validate(stored)
    with parts.library.snapshot() as snapshot:
        if not may_see(found, snapshot, caller):
            raise NotFoundError("answer_not_found", id=answer_id)
        told = changes(found, snapshot, caller, parts.clock.today())
    return found.model_copy(update={"changes": told})
