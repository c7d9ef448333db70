"""Documents: list, read, download, add (as a job), remove."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Path, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse

from app import intake
from app.api.errors import JSON, MULTIPART, problems
from app.api.parts import Parts, PartsDep
from app.api.security import AdminDep, CallerDep
from app.api.views import (
    CorrectionRequest,
    DocumentModel,
    DocumentsModel,
    DocumentTextModel,
    JobModel,
    PurgedModel,
    ReportModel,
    document_text,
    document_view,
    documents_page,
    found_version,
)
from app.api.work import Job, job_view
from ingest.build import Upload
from ingest.catalogue import Listing
from ingest.document import Caller, DocumentKind, EditionState
from ingest.errors import EngineError, InputError, NotFoundError

router = APIRouter(tags=["文档"])

NAME_LIMIT = 200  # characters of an uploaded file's name; file systems stop at 255 bytes, which is 85 of ours
SIDECAR_LIMIT = 1 << 20
Version = Annotated[str | None, Query(description="文档版本的 id；不填就是当前版本", max_length=100)]
ORIGINAL_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "原件，作为附件下载",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    **problems(404),
}

PAGE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "这一页的图像", "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "与浏览器已有的相同"},
    **problems(404),
}


@router.get("/api/documents", responses=problems(), summary="文档目录")
def documents(
    parts: PartsDep,
    caller: CallerDep,
    kind: Annotated[list[DocumentKind], Query(description="文档类型；可多次")] = [],  # noqa: B006
    q: Annotated[str, Query(description="标题或文件名里的字", max_length=200)] = "",
    state: Annotated[list[EditionState], Query(description="今天的状态；可多次")] = [],  # noqa: B006
    problems: Annotated[bool, Query(description="只要读取时有提醒的")] = False,
    removed: Annotated[bool, Query(description="改列已移除的文档")] = False,
    limit: Annotated[int, Query(ge=1, le=1000, description="每页几份")] = 100,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="从第几份开始")] = 0,
) -> DocumentsModel:
    """资料库中的文档，按入库先后；条件都要满足。"""
    listing = Listing(tuple(kind), q, tuple(state), problems, removed)
    with parts.library.snapshot() as snapshot:
        return documents_page(snapshot, caller, parts.clock.today(), listing, limit=limit, offset=offset)


@router.get("/api/documents/{document_id}", responses=problems(404), summary="查看文档")
def document(document_id: str, parts: PartsDep, caller: CallerDep, version: Version = None) -> DocumentTextModel:
    """正文和段块。被替换、被移除的版本仍可按 `version` 打开：已有的回答引用着它们。"""
    with parts.library.snapshot() as snapshot:
        found = document_text(snapshot, caller, parts.clock.today(), document_id, version)
    parts.audit(caller, "read", [document_id])
    return found


@router.get(
    "/api/documents/{document_id}/original",
    response_class=FileResponse,
    responses=ORIGINAL_RESPONSES,
    summary="下载原件",
)
def original(document_id: str, parts: PartsDep, caller: CallerDep, version: Version = None) -> Response:
    """入库时的文件，一个字节不差。"""
    with parts.library.snapshot() as snapshot:
        _, found = found_version(snapshot, caller, document_id, version)
    path = parts.library.originals.path(found.original)
    if not path.is_file():
        raise EngineError("original_not_found", title=found.title)
    parts.audit(caller, "download", [document_id])
    return FileResponse(
        path,
        media_type=found.media_type,
        headers={"Content-Disposition": attachment(found.name), "Content-Security-Policy": "sandbox"},
    )


@router.get(
    "/api/documents/{document_id}/pages/{number}",
    response_class=Response,
    responses=PAGE_RESPONSES,
    summary="查看原件的一页",
)
def page(
    document_id: str,
    number: Annotated[int, Path(ge=1, le=100_000, description="页码，从 1 开始")],
    request: Request,
    parts: PartsDep,
    caller: CallerDep,
    version: Version = None,
) -> Response:
    """PDF 或图片的一页，画成 PNG；段块的 `source.box` 是它在这一页上的位置。"""
    with parts.library.snapshot() as snapshot:
        _, found = found_version(snapshot, caller, document_id, version)
    headers = {"ETag": f'"{found.original[:16]}-{number}"', "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:  # asked for each time, as the right may be gone
        return Response(status_code=304, headers=headers)
    path = parts.library.originals.path(found.original)
    if not path.is_file():
        raise EngineError("original_not_found", title=found.title)
    image = parts.jobs.painter.draw(path, found.name, found.media_type, number)
    if image is None:
        raise NotFoundError("page_not_found", title=found.title, number=number)
    parts.audit(caller, "read", [document_id])
    return Response(image, media_type="image/png", headers=headers)


@router.post(
    "/api/documents",
    dependencies=[MULTIPART],
    status_code=202,
    responses=problems(400, 404, 413, 415),
    summary="上传文档",
)
def upload(
    parts: PartsDep,
    caller: AdminDep,
    file: Annotated[
        UploadFile,
        File(
            description="文件：.txt .md .html .docx .doc .wps .rtf .xlsx .xls .et .csv .pptx .pdf .png .jpg .tif .bmp .eml .mht，或装着它们的 .zip"
        ),
    ],
    metadata: Annotated[UploadFile | None, File(description="可选：写明标题、文号、日期等的 .yaml")] = None,
    replaces: Annotated[str | None, Query(description="作为这份文档的新版本", max_length=100)] = None,
) -> JobModel:
    """上传一个文件，立即返回一个任务；用 GET /api/jobs/{id} 查看进度和结果。"""
    name = _name(file)
    if replaces is not None:
        _require_current(parts, caller, replaces)
    data = file.file.read()
    if len(data) > parts.settings.upload_megabytes << 20:
        raise InputError("body_too_large", limit=f"{parts.settings.upload_megabytes} MB")
    sidecar = metadata.file.read(SIDECAR_LIMIT + 1) if metadata is not None else None
    if sidecar is not None and len(sidecar) > SIDECAR_LIMIT:
        raise InputError("body_too_large", limit=f"{SIDECAR_LIMIT >> 20} MB")

    def work(job: Job) -> ReportModel:
        return intake.take_uploads(
            parts.library, [Upload(name, data, sidecar, replaces)], job.advance, job.cancel, parts.jobs.readers
        )

    parts.audit(caller, "add", ())
    return job_view(parts.jobs.start("upload", caller, name, work, len(data)))


@router.patch(
    "/api/documents/{document_id}",
    dependencies=[JSON],
    responses=problems(400, 404, 409, 413, 415),
    summary="更正文档的元数据",
)
def correct(document_id: str, body: CorrectionRequest, parts: PartsDep, caller: AdminDep) -> DocumentModel:
    """更正与读出的值分开保存，重新入库、重建索引后仍然有效，可以撤销。改标题、类型或版本会重新切分正文，成为新版本。"""
    with parts.jobs.readers.worker() as worker:
        parts.library.correct(document_id, body.wanted(caller.id), worker)
    parts.audit(caller, "correct", [document_id])
    with parts.library.snapshot() as snapshot:
        return document_view(snapshot, caller, parts.clock.today(), document_id)


@router.post("/api/documents/{document_id}/purge", responses=problems(400, 404, 413, 415), summary="彻底删除旧版本")
def purge(document_id: str, parts: PartsDep, caller: AdminDep) -> PurgedModel:
    """彻底删除这份文档被替换、被移除的版本和它们的原件；引用它们的回答从此打不开原文。现行版本不受影响。"""
    versions = parts.library.purge(document_id)
    parts.audit(caller, "purge", [document_id])
    return PurgedModel(document_id=document_id, versions=versions)


@router.delete("/api/documents/{document_id}", status_code=204, responses=problems(404), summary="移除文档")
def remove(document_id: str, parts: PartsDep, caller: AdminDep) -> None:
    """从检索中移除；已有回答引用的原文仍可打开。"""
    parts.library.remove(document_id)
    parts.audit(caller, "remove", [document_id])


def _require_current(parts: Parts, caller: Caller, document_id: str) -> None:
    with parts.library.snapshot() as snapshot:
        record = snapshot.document(document_id, caller)
    if record is None or record.state != "current":
        raise NotFoundError("document_not_found", id=document_id)


def _name(file: UploadFile) -> str:
    """The file's own name, whatever path a client put before it."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2].strip()
    if not name or len(name) > NAME_LIMIT or any(ord(c) < 32 for c in name):
        raise InputError("upload_name", limit=NAME_LIMIT)
    return name


def attachment(name: str) -> str:
    """A Content-Disposition that carries a Chinese name (RFC 5987), with an ASCII one for who cannot read it."""
    suffix = name.rpartition(".")[2]
    plain = f"document.{suffix}" if suffix.isascii() and suffix.isalnum() and suffix != name else "document"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
