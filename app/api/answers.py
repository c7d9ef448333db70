"""GET /api/answers/{id}: an answer as it was given."""

from __future__ import annotations

from fastapi import APIRouter

from app.api.errors import problems
from app.api.parts import PartsDep
from app.api.schema import AnswerModel
from app.api.security import CallerDep
from ingest.errors import NotFoundError

router = APIRouter(tags=["提问"])


@router.get("/api/answers/{answer_id}", responses=problems(404), summary="打开一份回答")
def answer(answer_id: str, parts: PartsDep, caller: CallerDep) -> AnswerModel:
    """按 id 打开给出过的回答，与当时返回的完全相同。所引文档中有提问人看不到的，视同没有这份回答。"""
    stored = parts.records.answer(answer_id)
    if stored is None:
        raise NotFoundError("answer_not_found", id=answer_id)
    found = AnswerModel.model_validate(stored)
    shown = {item.document_version for item in (*found.evidence, *found.related)}
    shown |= {
        row.rpartition(":")[0] for item in found.citations if item.kind == "query" for row in item.query.finding_ids
    }
    with parts.library.snapshot() as snapshot:
        if any(snapshot.version(version, caller) is None for version in shown):
            raise NotFoundError("answer_not_found", id=answer_id)
    return found
