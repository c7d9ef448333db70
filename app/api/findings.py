"""GET /api/findings: the rows of the ledgers, and so what is behind a computed statement."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.errors import problems
from app.api.parts import PartsDep
from app.api.schema import Day, Name
from app.api.security import CallerDep
from app.api.views import FindingsModel, findings_page

router = APIRouter(tags=["台账"])

Several = Annotated[list[Name], Query(max_length=2000)]
Ids = Annotated[list[str], Query(max_length=2000, description="行的 id；可多次，或以逗号分隔")]  # a long list in one


@router.get("/api/findings", responses=problems(), summary="台账问题")
def findings(
    parts: PartsDep,
    caller: CallerDep,
    round: Annotated[Several, Query(description="轮次；可多次，满足其一", examples=["2024年第一轮"])] = [],  # noqa: B006
    unit: Annotated[Several, Query(description="被巡察单位；可多次", examples=["炼铁厂"])] = [],  # noqa: B006
    category: Annotated[Several, Query(description="问题类别；可多次")] = [],  # noqa: B006
    state: Annotated[Several, Query(description="整改状态；可多次")] = [],  # noqa: B006
    ids: Ids = [],  # noqa: B006
    text: Annotated[Name | None, Query(description="任一列中含有的文字")] = None,
    deadline_from: Annotated[Day | None, Query(description="整改期限不早于")] = None,
    deadline_to: Annotated[Day | None, Query(description="整改期限不晚于")] = None,
    document: Annotated[Several, Query(description="台账文档的 id；可多次")] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=2000, description="每页行数")] = 500,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="从第几行开始")] = 0,
) -> FindingsModel:
    """满足所有条件的台账行，按编号排列；`total` 是总数，逐行计算得出。"""
    wanted = [part for value in ids for part in value.split(",") if part]
    with parts.library.snapshot() as snapshot:
        found = snapshot.findings(
            caller,
            rounds=round,
            units=unit,
            categories=category,
            states=state,
            text=text,
            deadline_from=deadline_from,
            deadline_to=deadline_to,
            ids=wanted if ids else None,
            documents=document,
        )
        page = findings_page(snapshot, found, limit, offset)
    parts.audit(caller, "findings", sorted({row.document_id for row in page.findings}))
    return page
