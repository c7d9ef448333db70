"""The command line's desk: the same verbs, on a library this process opens or on the server that owns it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from app.api.schema import AnswerModel, AskRequest, SearchModel, SearchRequest, wire, wire_evidence
from app.api.views import (
    DocumentsModel,
    DocumentTextModel,
    GoneModel,
    IngestRequest,
    JobModel,
    LibraryModel,
    NoticeModel,
    ProgressModel,
    RebuildRequest,
    RebuiltModel,
    ReportModel,
    document_text,
    documents_page,
    library_view,
    notices_view,
)
from app.settings import Settings
from ingest.document import LOCAL, DocumentKind
from ingest.errors import BusyError, InputError, reason_of
from ingest.lock import ServerNote, owner

if TYPE_CHECKING:
    from app.client import Client
    from app.main import Opened

LOOK_SECONDS = 0.1
EVERYTHING = 1_000_000
PAGE = 500

STOPPING = "正在停止：做完手头的一步就结束（再按一次 Ctrl-C 立即停止）……"

Tell = Callable[[ProgressModel], None]
Say = Callable[[str], None]


class Desk(Protocol):
    """What a command can ask for."""

    def ask(self, request: AskRequest) -> AnswerModel:
        """A cited answer."""

    def search(self, request: SearchRequest) -> SearchModel:
        """Ranked passages."""

    def gone(self, request: IngestRequest) -> GoneModel:
        """What pruning would remove."""

    def ingest(self, request: IngestRequest, tell: Tell) -> ReportModel:
        """Files into the library."""

    def rebuild(self, request: RebuildRequest, tell: Tell) -> RebuiltModel:
        """A new index."""

    def documents(self, kinds: Sequence[DocumentKind]) -> DocumentsModel:
        """All documents."""

    def document(self, document_id: str) -> DocumentTextModel:
        """One document's text."""

    def remove(self, document_id: str) -> None:
        """Remove a document from retrieval."""

    def library(self) -> LibraryModel:
        """Revision, counts, what made the index."""

    def problems(self) -> Sequence[NoticeModel]:
        """What is wrong with the library."""


@contextmanager
def at_desk(
    settings: Settings, *, say: Say = lambda _: None, create: bool = False, check: bool = True
) -> Iterator[Desk]:
    """The library's desk, for a while: through the server that owns it, or by opening it.

    ``create`` makes a library that does not exist; ``check=False`` opens one whose index does not fit.
    """
    server = server_of(settings)
    if server is not None and server.url:
        from app.client import Client

        with Client(server.url, server.token, connect_seconds=settings.busy_seconds) as client:
            _greet(client, settings, server)
            yield ServersDesk(client, say)
        return
    from app.main import opened

    with opened(settings, create=create, check=check, say=say) as it:
        yield OwnDesk(it, say)


def server_of(settings: Settings) -> ServerNote | None:
    """The server that owns the library; None when nobody does.

    An owner without a URL (an ingest in another shell) is given ``busy_seconds`` to end.
    """
    until = time.monotonic() + settings.busy_seconds
    while (note := _owner(settings)) is not None:
        if note.url:
            return note
        if time.monotonic() > until:
            raise _silent(settings, note)
        time.sleep(LOOK_SECONDS)
    return None


def _owner(settings: Settings) -> ServerNote | None:
    try:
        return owner(settings.library)
    except OSError as error:
        raise InputError("library_unusable", path=str(settings.library), reason=reason_of(error)) from error


def _greet(client: Client, settings: Settings, server: ServerNote) -> None:
    try:
        client.health()
    except BusyError as error:
        raise _silent(settings, server) from error


def _silent(settings: Settings, note: ServerNote) -> BusyError:
    seconds = f"{settings.busy_seconds:g}"
    return BusyError("server_silent", path=str(settings.library), pid=note.pid or "未知", seconds=seconds)


# ---------------------------------------------------------------- through the server


class ServersDesk:
    """The desk of the server that owns the library."""

    def __init__(self, client: Client, say: Say = lambda _: None) -> None:
        self._client = client
        self._say = say

    def ask(self, request: AskRequest) -> AnswerModel:
        """A cited answer."""
        return self._client.ask(request)

    def search(self, request: SearchRequest) -> SearchModel:
        """Ranked passages."""
        return self._client.search(request)

    def gone(self, request: IngestRequest) -> GoneModel:
        """What pruning would remove."""
        return self._client.gone(request)

    def ingest(self, request: IngestRequest, tell: Tell) -> ReportModel:
        """Files into the library, read by the server on this machine."""
        done = self._finished(self._client.ingest(request), tell)
        if done.report is None:
            raise BusyError("server_broken", url=self._client.url, reason="任务没有报告")
        return done.report

    def rebuild(self, request: RebuildRequest, tell: Tell) -> RebuiltModel:
        """A new index."""
        done = self._finished(self._client.rebuild(request), tell)
        if done.rebuilt is None:
            raise BusyError("server_broken", url=self._client.url, reason="任务没有报告")
        return done.rebuilt

    def _finished(self, job: JobModel, tell: Tell) -> JobModel:
        """Follow a job to its end. Ctrl-C asks the server to stop it, a second one leaves at once."""
        try:
            job = self._follow(job, tell)
        except KeyboardInterrupt:
            self._say(STOPPING)
            self._client.cancel(job.id)
            job = self._follow(job, tell)
        if job.error is not None:
            from app.client import error_of

            raise error_of(job.error.model_dump())
        return job

    def _follow(self, job: JobModel, tell: Tell) -> JobModel:
        last = job
        for now in self._client.watch(job.id):
            tell(now)
            last = now
        return last

    def documents(self, kinds: Sequence[DocumentKind]) -> DocumentsModel:
        """All documents."""
        page = self._client.documents(kinds=kinds, limit=PAGE)
        found = list(page.documents)
        while len(found) < page.total:
            more = self._client.documents(kinds=kinds, limit=PAGE, offset=len(found)).documents
            if not more:
                break
            found += more
        return DocumentsModel(total=page.total, limit=max(1, len(found)), offset=0, documents=found)

    def document(self, document_id: str) -> DocumentTextModel:
        """One document's text."""
        return self._client.document(document_id)

    def remove(self, document_id: str) -> None:
        """Remove a document from retrieval."""
        self._client.remove(document_id)

    def library(self) -> LibraryModel:
        """Revision, counts, what made the index."""
        return self._client.library()

    def problems(self) -> Sequence[NoticeModel]:
        """What is wrong with the library."""
        return self._client.problems().problems


# ---------------------------------------------------------------- by opening the library


class OwnDesk:
    """The desk of a library this process owns."""

    def __init__(self, it: Opened, say: Say = lambda _: None) -> None:
        self._it = it
        self._say = say

    def ask(self, request: AskRequest) -> AnswerModel:
        """A cited answer."""
        self._it.library.warm()
        filters = request.filters.filters()
        return wire(self._it.assistant.answer(request.question, caller=LOCAL, as_of=request.as_of, filters=filters))

    def search(self, request: SearchRequest) -> SearchModel:
        """Ranked passages."""
        self._it.library.warm()
        filters = request.filters.filters()
        found = self._it.assistant.search(
            request.question, caller=LOCAL, as_of=request.as_of, filters=filters, k=request.k
        )
        return SearchModel(as_of=found.as_of, library_revision=found.library_revision, hits=wire_evidence(found.hits))

    def gone(self, request: IngestRequest) -> GoneModel:
        """What pruning would remove."""
        from app.intake import gone

        return gone(self._it.library, request)

    def ingest(self, request: IngestRequest, tell: Tell) -> ReportModel:
        """Files into the library."""
        from app.intake import ingest
        from ingest.pool import ReadingPool

        with stopping(self._say) as cancel, ReadingPool(self._it.settings.reading_processes) as readers:
            return ingest(self._it.library, request, tell, cancel, readers)

    def rebuild(self, request: RebuildRequest, tell: Tell) -> RebuiltModel:
        """A new index."""
        from app.intake import rebuild

        with stopping(self._say) as cancel:
            return rebuild(self._it.library, self._it.settings, request, tell, cancel)

    def documents(self, kinds: Sequence[DocumentKind]) -> DocumentsModel:
        """All documents."""
        with self._it.library.snapshot() as snapshot:
            return documents_page(snapshot, LOCAL, self._it.clock.today(), kinds=kinds, limit=EVERYTHING, offset=0)

    def document(self, document_id: str) -> DocumentTextModel:
        """One document's text."""
        with self._it.library.snapshot() as snapshot:
            return document_text(snapshot, LOCAL, self._it.clock.today(), document_id)

    def remove(self, document_id: str) -> None:
        """Remove a document from retrieval."""
        self._it.library.remove(document_id)

    def library(self) -> LibraryModel:
        """Revision, counts, what made the index."""
        with self._it.library.snapshot() as snapshot:
            return library_view(snapshot, LOCAL)

    def problems(self) -> Sequence[NoticeModel]:
        """What is wrong with the library."""
        return notices_view(self._it.library.verify())


@contextmanager
def stopping(say: Say = lambda _: None) -> Iterator[threading.Event]:
    """A cancel token that the first Ctrl-C sets, so that the step under way is finished; a second one interrupts."""
    import signal

    cancel = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def stop(*_: object) -> None:
        cancel.set()
        signal.signal(signal.SIGINT, before)
        say(STOPPING)

    if threading.current_thread() is not threading.main_thread():  # only there may handlers be set
        yield cancel
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)
