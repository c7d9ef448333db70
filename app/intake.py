"""Changes to the library with their reports on the wire: the same for the command line and for the server's jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from app.api.views import (
    BackupModel,
    BackupRequest,
    FileErrorModel,
    FileReportModel,
    GoneModel,
    IngestRequest,
    ProgressModel,
    RebuildRequest,
    RebuiltModel,
    ReportModel,
    RestoredModel,
    notices_view,
)
from app.settings import Settings
from ingest import backup, files
from ingest.build import Upload, ingest_paths, ingest_uploads
from ingest.document import LOCAL
from ingest.embed import open_embedder
from ingest.library import Library, Meter
from ingest.pool import ReadingPool
from ingest.report import FileReport, IngestReport, Progress

Tell = Callable[[ProgressModel], None]


def ingest(
    library: Library, request: IngestRequest, tell: Tell, cancel: threading.Event, readers: ReadingPool
) -> ReportModel:
    """Take in files and folders of this machine; ``prune`` is taken as agreed to."""
    report = ingest_paths(
        library,
        [Path(path) for path in request.paths],
        prune=request.prune,
        progress=lambda now: tell(progress_view(now)),
        cancel=cancel,
        readers=readers,
    )
    return report_view(report)


def take_uploads(
    library: Library, uploads: Sequence[Upload], tell: Tell, cancel: threading.Event, readers: ReadingPool
) -> ReportModel:
    """Take in files that were sent."""
    return report_view(
        ingest_uploads(library, uploads, progress=lambda now: tell(progress_view(now)), cancel=cancel, readers=readers)
    )


def gone(library: Library, request: IngestRequest) -> GoneModel:
    """What pruning these paths would remove; ConflictError when a path is missing or empty."""
    paths = [Path(path) for path in request.paths]
    files.require_whole(paths, files.find(paths, recursive=True, leave_out=library.directory))
    return GoneModel(paths=[each.path for each in files.gone(library, paths)])


def rebuild(
    library: Library, settings: Settings, request: RebuildRequest, tell: Tell, cancel: threading.Event
) -> RebuiltModel:
    """Build the index anew with the embedder asked for, or with the one of the settings."""
    with library.snapshot() as snapshot:
        total = snapshot.counts(LOCAL)["passages"]
    done = 0

    def embedded(count: int) -> None:
        nonlocal done
        done += count
        tell(ProgressModel(done_passages=min(done, total), total_passages=total))

    embedder = open_embedder(request.embedder or settings.embedder, models=settings.models, threads=settings.threads)
    report = library.rebuild(embedder, Meter(cancel, embedded))
    return RebuiltModel(
        embedder=report.embedder,
        documents=report.documents,
        passages=report.passages,
        reread=report.reread,
        problems=notices_view(report.problems),
        seconds=report.seconds,
        library_revision=report.library_revision,
    )


def back_up(library: Library, request: BackupRequest, tell: Tell) -> BackupModel:
    """The library in one new file."""
    report = backup.back_up(library, Path(request.path), _counted(tell))
    return BackupModel(**asdict(report) | {"missing": list(report.missing)})


def restore(file: Path, settings: Settings, *, aside: bool, tell: Tell) -> RestoredModel:
    """A library from a backup, at the place the settings name."""
    report = backup.restore(file, settings.library, settings.clock.now, aside=aside, tell=_counted(tell))
    facts = asdict(report) | {"created": datetime.fromisoformat(report.created)}
    return RestoredModel(**facts | {"problems": notices_view(report.problems)})


def _counted(tell: Tell) -> Callable[[int, int], None]:
    return lambda done, total: tell(ProgressModel(done_files=done, total_files=total))


# ---------------------------------------------------------------- on the wire


def progress_view(now: Progress) -> ProgressModel:
    """How far it is, on the wire."""
    return ProgressModel(
        done_files=now.done_files,
        total_files=now.total_files,
        done_passages=now.done_passages,
        total_passages=now.total_passages,
        current=now.current,
        done_pages=now.done_pages,
        total_pages=now.total_pages,
        passages_per_second=round(now.passages_per_second, 1),
        seconds_left=None if now.seconds_left is None else round(now.seconds_left, 1),
    )


def report_view(report: IngestReport) -> ReportModel:
    """What was done, on the wire."""
    return ReportModel(
        files=[_file(file) for file in report.files],
        removed=list(report.removed),
        cancelled=report.cancelled,
        failed=report.failed,
        passages=report.passages,
        seconds={stage: round(seconds, 3) for stage, seconds in report.seconds.items()},
        library_revision=report.library_revision,
    )


def _file(file: FileReport) -> FileReportModel:
    return FileReportModel(
        path=file.path,
        outcome=file.outcome,
        document_id=file.document_id,
        kind=file.kind,
        title=file.title,
        edition=file.edition,
        articles=file.articles,
        passages=file.passages,
        rows=file.rows,
        inferred=list(file.inferred),
        corrected=list(file.corrected),
        date=file.date,
        warnings=notices_view(file.warnings),
        error=FileErrorModel(code=file.error.code, message=file.error.message) if file.error else None,
    )
