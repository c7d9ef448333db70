"""Jobs: POST /api/ingest and /api/rebuild (from this machine's command line), and watching and cancelling any job."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse

from app import intake
from app.api.errors import JSON, problems
from app.api.parts import PartsDep
from app.api.security import CallerDep, LocalDep
from app.api.stream import HEADERS, KEEP_ALIVE_SECONDS, event, wants_events
from app.api.views import (
    BackupModel,
    BackupRequest,
    GoneModel,
    IngestRequest,
    JobModel,
    RebuildRequest,
    RebuiltModel,
    ReportModel,
)
from app.api.work import Job, job_view

router = APIRouter(tags=["任务"])
LOOK_SECONDS = 0.1  # how soon a watcher sees a change
STREAM_EXAMPLE = (
    "event: job\ndata: { 与 JSON 应答相同的任务，state 为 running }\n\nevent: job\ndata: { …，state 为 done }\n\n"
)
JOB_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "任务的状态。请求头 Accept 含 text/event-stream 时为事件流：每有变化发一个 job 事件，结束后关闭",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": STREAM_EXAMPLE}},
    },
    **problems(404),
}


@router.post(
    "/api/ingest", dependencies=[JSON], status_code=202, responses=problems(400, 413, 415), summary="读取本机路径入库"
)
def start_ingest(body: IngestRequest, parts: PartsDep, caller: LocalDep) -> JobModel:
    """只供本机的 youju 命令使用：由服务读取它所在机器上的文件。"""

    def work(job: Job) -> ReportModel:
        return intake.ingest(parts.library, body, job.advance, job.cancel, parts.jobs.readers)

    parts.audit(caller, "ingest", ())
    return job_view(parts.jobs.start("ingest", caller, "、".join(body.paths), work))


@router.post(
    "/api/ingest/gone", dependencies=[JSON], responses=problems(400, 409, 413, 415), summary="列出将被清理的文件"
)
def gone(body: IngestRequest, parts: PartsDep, caller: LocalDep) -> GoneModel:
    """只供本机的 youju 命令使用：列出这些路径下曾经入库、现在已不存在的文件；路径缺失或为空时拒绝（409）。"""
    return intake.gone(parts.library, body)


@router.post(
    "/api/rebuild", dependencies=[JSON], status_code=202, responses=problems(400, 413, 415), summary="重建索引"
)
def start_rebuild(body: RebuildRequest, parts: PartsDep, caller: LocalDep) -> JobModel:
    """只供本机的 youju 命令使用：在旁边建好新索引后一次切换，期间照常提问。"""

    def work(job: Job) -> RebuiltModel:
        return intake.rebuild(parts.library, parts.settings, body, job.advance, job.cancel)

    parts.audit(caller, "rebuild", ())
    return job_view(parts.jobs.start("rebuild", caller, body.embedder or "", work))


@router.post(
    "/api/backup", dependencies=[JSON], status_code=202, responses=problems(400, 413, 415), summary="备份资料库"
)
def start_backup(body: BackupRequest, parts: PartsDep, caller: LocalDep) -> JobModel:
    """只供本机的 youju 命令使用：把目录、回答记录和原件备份成一个文件，期间照常提问。"""

    def work(job: Job) -> BackupModel:
        return intake.back_up(parts.library, body, job.advance)

    parts.audit(caller, "backup", ())
    return job_view(parts.jobs.start("backup", caller, body.path, work))


@router.get("/api/jobs/{job_id}", response_model=JobModel, responses=JOB_RESPONSES, summary="查看任务")
async def job(job_id: str, request: Request, parts: PartsDep, caller: CallerDep) -> Response | JobModel:
    """任务的进度；完成后附有逐个文件的报告。"""
    found = parts.jobs.job(job_id, caller)
    if wants_events(request):
        return EventSourceResponse(_states(found), headers=HEADERS)
    return job_view(found)


@router.post("/api/jobs/{job_id}/cancel", responses=problems(404, 409), summary="取消任务")
def cancel(job_id: str, parts: PartsDep, caller: CallerDep) -> JobModel:
    """排队的任务不再开始；正在进行的任务处理完手头的文件后停止，已入库的保留。"""
    return job_view(parts.jobs.cancel(job_id, caller))


async def _states(job: Job) -> AsyncIterator[bytes]:
    """Every change of a job. Looking again costs no thread: a page may watch a hundred uploads at once."""
    last, spoke = b"", time.monotonic()
    while True:
        finished = job.finished  # looked at first, so that the last state is never missed
        now = event("job", job_view(job))
        if now != last:
            yield now
            last, spoke = now, time.monotonic()
        elif time.monotonic() - spoke > KEEP_ALIVE_SECONDS:
            yield KEEPALIVE_COMMENT
            spoke = time.monotonic()
        if finished:
            return
        await asyncio.sleep(LOOK_SECONDS)
