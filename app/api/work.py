"""Long work of the server (uploads, ingests, rebuilds): one worker thread, progress, cancelling, a report."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.api.painter import Painter
from app.api.problem import ProblemModel, problem
from app.api.views import BackupModel, JobModel, ProgressModel, RebuiltModel, ReportModel
from ingest.document import Caller
from ingest.errors import BusyError, ConflictError, EngineError, NotFoundError, YoujuError
from ingest.pool import ReadingPool

log = logging.getLogger("youju.jobs")

FINISHED_KEPT = 200  # jobs that can still be looked up after they ended
WAITING_BYTES = 1 << 30
WAITING = 1000  # a folder uploaded from the page queues one job a file; more than this is a runaway client
STOP_SECONDS = 20.0  # what shutting down waits for the file under way; a killed ingest loses nothing

Result = ReportModel | RebuiltModel | BackupModel
State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(slots=True)
class Job:
    """One piece of work. Only the worker changes it, each change one assignment, so anyone may read it."""

    id: str
    kind: Literal["upload", "ingest", "rebuild", "backup"]
    caller: Caller
    name: str  # what it works on, as shown
    created_at: datetime
    size: int = 0
    state: State = "queued"
    progress: ProgressModel = field(default_factory=ProgressModel)
    result: Result | None = None
    error: ProblemModel | None = None
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    def advance(self, progress: ProgressModel) -> None:
        """Tell how far it is."""
        self.progress = progress


Work = Callable[[Job], Result]
"""What a job does: it reads ``job.cancel``, calls ``job.advance``, and returns its result."""


class Jobs:
    """The jobs of one server, done one after the other: the library has one writer."""

    def __init__(self, now: Callable[[], datetime], reading_processes: int | None = None) -> None:
        self._now = now
        self._jobs: dict[str, Job] = {}
        self._queue: queue.Queue[tuple[Job, Work] | None] = queue.Queue()
        self._guard = threading.Lock()
        self.readers = ReadingPool(reading_processes)  # kept: a fresh process for each upload costs a second
        self.painter = Painter()
        self._worker = threading.Thread(target=self._work, name="youju-jobs", daemon=True)
        self._worker.start()

    def start(
        self,
        kind: Literal["upload", "ingest", "rebuild", "backup"],
        caller: Caller,
        name: str,
        work: Work,
        size: int = 0,
    ) -> Job:
        """Queue a job; ``size`` is the bytes it holds in memory until it is done."""
        job = Job(secrets.token_hex(8), kind, caller, name, self._now(), size)
        with self._guard:
            waiting = [other for other in self._jobs.values() if not other.finished]
            if len(waiting) >= WAITING or (waiting and size + sum(other.size for other in waiting) > WAITING_BYTES):
                raise BusyError("too_many_jobs", count=len(waiting))
            for old in [other.id for other in self._jobs.values() if other.finished][:-FINISHED_KEPT]:
                del self._jobs[old]
            self._jobs[job.id] = job
        self._queue.put((job, work))
        return job

    def job(self, job_id: str, caller: Caller) -> Job:
        """The job with this id; another caller's job is as if absent."""
        job = self._jobs.get(job_id)
        if job is None or not (caller.reads_all or job.caller.id == caller.id):
            raise NotFoundError("job_not_found", id=job_id)
        return job

    def cancel(self, job_id: str, caller: Caller) -> Job:
        """Ask a job to stop: a waiting one never starts, a running one ends after the file under way."""
        job = self.job(job_id, caller)
        if job.finished:
            raise ConflictError("job_not_running", id=job_id, state=STATE_WORDS[job.state])
        job.cancel.set()
        return job

    def close(self) -> None:
        """Stop: what waits is cancelled, what runs is asked to end."""
        for job in list(self._jobs.values()):
            if not job.finished:
                job.cancel.set()
        self._queue.put(None)
        self._worker.join(STOP_SECONDS)
        self.readers.close()
        self.painter.close()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            self._do(*item)
            del item  # with it goes what an upload holds

    def _do(self, job: Job, work: Work) -> None:
        if job.cancel.is_set():
            job.state = "cancelled"
            return
        job.state = "running"
        try:
            job.result = work(job)
        except YoujuError as error:
            job.error = problem(error, job.id)
            job.state = "cancelled" if error.code == "cancelled" else "failed"
        except Exception as error:
            log.error("job failed", exc_info=error, extra={"request_id": job.id})
            job.error = problem(EngineError("unexpected", request_id=job.id), job.id)
            job.state = "failed"
        else:
            job.state = "cancelled" if job.cancel.is_set() else "done"


def job_view(job: Job) -> JobModel:
    """A job on the wire."""
    return JobModel(
        **job.progress.model_dump(),
        id=job.id,
        kind=job.kind,
        name=job.name,
        state=job.state,
        created_at=job.created_at,
        report=job.result if isinstance(job.result, ReportModel) else None,
        rebuilt=job.result if isinstance(job.result, RebuiltModel) else None,
        backup=job.result if isinstance(job.result, BackupModel) else None,
        error=job.error,
    )


STATE_WORDS: dict[State, str] = {
    "queued": "等待中",
    "running": "正在处理",
    "done": "已完成",
    "failed": "没有成功",
    "cancelled": "已取消",
}
