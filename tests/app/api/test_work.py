from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.api import work
from app.api.views import ProgressModel, ReportModel
from app.api.work import Job, Jobs, job_view
from ingest.document import LOCAL, Caller
from ingest.errors import BusyError, ConflictError, NotFoundError, ReadError

REPORT = ReportModel(files=[], removed=[], cancelled=False, failed=0, passages=0, seconds={}, library_revision=1)
OTHER = Caller("另一个")


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(lambda: datetime(2025, 1, 1, tzinfo=UTC))
    yield made
    made.close()


def ended(job: Job) -> Job:
    until = time.monotonic() + 5
    while not job.finished:
        assert time.monotonic() < until
        time.sleep(0.005)
    return job


def test_jobs_are_done_one_after_the_other_in_order(jobs: Jobs) -> None:
    order: list[str] = []

    def slow(job: Job) -> ReportModel:
        order.append(f"开始{job.name}")
        time.sleep(0.02)
        order.append(f"结束{job.name}")
        return REPORT

    made = [jobs.start("upload", LOCAL, name, slow) for name in "甲乙丙"]
    for job in made:
        assert ended(job).state == "done"
    assert order == [f"{word}{name}" for name in "甲乙丙" for word in ("开始", "结束")]


def test_a_job_shows_its_progress_and_then_its_report(jobs: Jobs) -> None:
    seen, go = threading.Event(), threading.Event()

    def half(job: Job) -> ReportModel:
        job.advance(ProgressModel(done_files=1, total_files=2, current="甲.txt"))
        seen.set()
        assert go.wait(5)
        return REPORT

    job = jobs.start("ingest", LOCAL, "甲", half)
    assert seen.wait(5)
    view = job_view(job)
    assert (view.state, view.done_files, view.total_files, view.current) == ("running", 1, 2, "甲.txt")
    assert view.report is None
    go.set()
    assert job_view(ended(job)).report == REPORT


def test_a_job_that_fails_tells_its_problem_and_the_next_one_runs(jobs: Jobs) -> None:
    def known(_: Job) -> ReportModel:
        raise ReadError("file_empty", name="空.txt")

    def unforeseen(_: Job) -> ReportModel:
        raise RuntimeError("内部的秘密")

    first, second = jobs.start("upload", LOCAL, "甲", known), jobs.start("upload", LOCAL, "乙", unforeseen)
    third = jobs.start("upload", LOCAL, "丙", lambda _: REPORT)
    assert ended(first).state == ended(second).state == "failed"
    assert first.error is not None
    assert first.error.code == "file_empty"
    assert second.error is not None
    assert second.error.code == "unexpected"
    assert "秘密" not in second.error.detail
    assert ended(third).state == "done"


def test_a_cancelled_job_ends_as_cancelled(jobs: Jobs) -> None:
    running = threading.Event()

    def patient(job: Job) -> ReportModel:
        running.set()
        assert job.cancel.wait(5)
        return REPORT

    first, second = jobs.start("ingest", LOCAL, "甲", patient), jobs.start("ingest", LOCAL, "乙", patient)
    assert running.wait(5)
    jobs.cancel(second.id, LOCAL)
    jobs.cancel(first.id, LOCAL)
    assert ended(first).state == ended(second).state == "cancelled"
    assert second.result is None
    with pytest.raises(ConflictError):
        jobs.cancel(first.id, LOCAL)


def test_anothers_job_is_as_if_absent_except_for_who_reads_all(jobs: Jobs) -> None:
    job = ended(jobs.start("upload", OTHER, "甲", lambda _: REPORT))
    assert jobs.job(job.id, OTHER) is job
    assert jobs.job(job.id, LOCAL) is job
    with pytest.raises(NotFoundError):
        jobs.job(job.id, Caller("第三个"))


def test_too_many_or_too_large_jobs_are_asked_to_come_back(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "WAITING", 2)
    monkeypatch.setattr(work, "WAITING_BYTES", 100)
    go = threading.Event()

    def wait(_: Job) -> ReportModel:
        assert go.wait(5)
        return REPORT

    first = jobs.start("upload", LOCAL, "一个大的总能放进来", wait, 1000)
    with pytest.raises(BusyError):
        jobs.start("upload", LOCAL, "再放一个", wait, 1)
    go.set()
    ended(first)
    go.clear()
    jobs.start("upload", LOCAL, "甲", wait)
    jobs.start("upload", LOCAL, "乙", wait)
    with pytest.raises(BusyError):
        jobs.start("upload", LOCAL, "丙", wait)
    go.set()


def test_old_finished_jobs_are_forgotten(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "FINISHED_KEPT", 2)
    made = [ended(jobs.start("upload", LOCAL, str(number), lambda _: REPORT)) for number in range(5)]
    with pytest.raises(NotFoundError):
        jobs.job(made[0].id, LOCAL)
    assert jobs.job(made[-1].id, LOCAL) is made[-1]


def test_closing_cancels_what_runs_and_what_waits() -> None:
    jobs = Jobs(lambda: datetime(2025, 1, 1, tzinfo=UTC))
    running = threading.Event()

    def patient(job: Job) -> ReportModel:
        running.set()
        assert job.cancel.wait(5)
        return REPORT

    made = [jobs.start("ingest", LOCAL, name, patient) for name in "甲乙"]
    assert running.wait(5)
    jobs.close()
    assert [job.state for job in made] == ["cancelled", "cancelled"]
