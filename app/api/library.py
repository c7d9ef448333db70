"""GET /api/library, its problems, and GET /api/health."""

from __future__ import annotations

from fastapi import APIRouter

from app.api.errors import problems
from app.api.parts import PartsDep
from app.api.security import AdminDep, CallerDep
from app.api.views import HealthModel, LibraryModel, ProblemsModel, library_view, notices_view
from app.version import version

router = APIRouter(tags=["资料库"])


@router.get("/api/library", responses=problems(), summary="资料库概况")
def library(parts: PartsDep, caller: CallerDep) -> LibraryModel:
    """版次、规模，和索引是用什么建成的。"""
    with parts.library.snapshot() as snapshot:
        return library_view(snapshot, caller)


@router.get("/api/library/problems", responses=problems(), summary="检查资料库")
def library_problems(parts: PartsDep, caller: AdminDep) -> ProblemsModel:
    """核对目录、原件和两个索引是否一致；没有问题时为空。"""
    return ProblemsModel(problems=notices_view(parts.library.verify()))


@router.get("/api/health", responses=problems(), summary="服务是否正常")
def health() -> HealthModel:
    """不需要密钥。"""
    return HealthModel(status="ok", version=version())
