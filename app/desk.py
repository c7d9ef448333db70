"""The command line's desk: the same verbs, on a library this process opens or on the server that owns it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.api.held import conversation_text, conversations_view, markdown, turns_of
from app.api.schema import (
    AnswerModel,
    AskRequest,
    ConversationsModel,
    ConversationTextModel,
    SearchModel,
    SearchRequest,
    wire,
    wire_found,
)
from app.api.views import (
    BackupModel,
    BackupRequest,
    CorrectionRequest,
    DocumentModel,
    DocumentsModel,
    DocumentTextModel,
    FindingsModel,
    GoneModel,
    IngestRequest,
    JobModel,
    LibraryModel,
    NoticeModel,
    ProgressModel,
    PurgedModel,
    RebuildRequest,
    RebuiltModel,
    ReportModel,
    document_text,
    document_view,
    documents_page,
    findings_page,
    found_version,
    library_view,
    notices_view,
)
from app.settings import Settings
from ingest.catalogue import Listing
from ingest.document import LOCAL
from ingest.errors import BusyError, EngineError, InputError, NotFoundError, reason_of
from ingest.lock import ServerNote, owner

if TYPE_CHECKING:
    from app.client import Client, Original
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

    def findings(
        self, rounds: Sequence[str], units: Sequence[str], categories: Sequence[str], states: Sequence[str], limit: int
    ) -> FindingsModel:
        """Ledger rows that meet all conditions."""

    def start(self) -> str:
        """Begin a conversation; its id."""

    def conversations(self) -> ConversationsModel:
        """One's own conversations, the last changed first."""

    def conversation(self, conversation_id: str) -> ConversationTextModel:
        """All answers of a conversation."""

    def export(self, conversation_id: str) -> str:
        """A conversation as Markdown."""

    def forget(self, conversation_id: str) -> None:
        """Delete a conversation with its answers."""

    def gone(self, request: IngestRequest) -> GoneModel:
        """What pruning would remove."""

    def ingest(self, request: IngestRequest, tell: Tell) -> ReportModel:
        """Files into the library."""

    def rebuild(self, request: RebuildRequest, tell: Tell) -> RebuiltModel:
        """A new index."""

    def backup(self, request: BackupRequest, tell: Tell) -> BackupModel:
        """The whole library in one file."""

    def documents(self, listing: Listing) -> DocumentsModel:
        """All documents that meet the conditions."""

    def document(self, document_id: str, version: str | None) -> DocumentTextModel:
        """One document's text, of its current version or of another."""

    def correct(self, document_id: str, request: CorrectionRequest) -> DocumentModel:
        """Correct what is known about a document."""

    def replace(self, document_id: str, file: Path, tell: Tell) -> ReportModel:
        """Make a file, with the sidecar beside it, the next version of a document."""

    def original(self, document_id: str, version: str | None) -> Original:
        """The file of a document, as it came."""

    def purge(self, document_id: str) -> PurgedModel:
        """Delete a document's replaced and removed versions for good."""

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

    def findings(
        self, rounds: Sequence[str], units: Sequence[str], categories: Sequence[str], states: Sequence[str], limit: int
    ) -> FindingsModel:
        """Ledger rows that meet all conditions."""
        return self._client.findings(rounds=rounds, units=units, categories=categories, states=states, limit=limit)

    def start(self) -> str:
        """Begin a conversation; its id."""
        return self._client.start()

    def conversations(self) -> ConversationsModel:
        """One's own conversations."""
        return self._client.conversations()

    def conversation(self, conversation_id: str) -> ConversationTextModel:
        """All answers of a conversation."""
        return self._client.conversation(conversation_id)

    def export(self, conversation_id: str) -> str:
        """A conversation as Markdown."""
        return self._client.export(conversation_id)

    def forget(self, conversation_id: str) -> None:
        """Delete a conversation."""
        self._client.forget(conversation_id)

    def gone(self, request: IngestRequest) -> GoneModel:
        """What pruning would remove."""
        return self._client.gone(request)

    def ingest(self, request: IngestRequest, tell: Tell) -> ReportModel:
        """Files into the library, read by the server on this machine."""
        return self._reported(self._finished(self._client.ingest(request), tell))

    def backup(self, request: BackupRequest, tell: Tell) -> BackupModel:
        """The whole library in one file of this machine, written by the server."""
        done = self._finished(self._client.backup(request), tell)
        if done.backup is None:
            raise BusyError("server_broken", url=self._client.url, reason="任务没有报告")
        return done.backup

    def _reported(self, done: JobModel) -> ReportModel:
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

    def documents(self, listing: Listing) -> DocumentsModel:
        """All documents that meet the conditions."""
        page = self._client.documents(listing, limit=PAGE)
        found = list(page.documents)
        while len(found) < page.total:
            more = self._client.documents(listing, limit=PAGE, offset=len(found)).documents
            if not more:
                break
            found += more
        return DocumentsModel(total=page.total, limit=max(1, len(found)), offset=0, documents=found)

    def document(self, document_id: str, version: str | None) -> DocumentTextModel:
        """One document's text, of its current version or of another."""
        return self._client.document(document_id, version)

    def correct(self, document_id: str, request: CorrectionRequest) -> DocumentModel:
        """Correct what is known about a document."""
        return self._client.correct(document_id, request)

    def replace(self, document_id: str, file: Path, tell: Tell) -> ReportModel:
        """Make a file, with the sidecar beside it, the next version of a document."""
        from ingest.read.reader import sidecar_of

        return self._reported(self._finished(self._client.upload(file, sidecar_of(file), document_id), tell))

    def original(self, document_id: str, version: str | None) -> Original:
        """The file of a document, as it came."""
        return self._client.original(document_id, version)

    def purge(self, document_id: str) -> PurgedModel:
        """Delete a document's replaced and removed versions for good."""
        return self._client.purge(document_id)

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
        answer = self._it.assistant.answer(
            request.question,
            caller=LOCAL,
            as_of=request.as_of,
            filters=request.filters.filters(),
            turns=turns_of(request.conversation, self._it.records, LOCAL),
            conversation=request.conversation,
            ignore=request.ignore,
        )
        return wire(answer)

    def search(self, request: SearchRequest) -> SearchModel:
        """Ranked passages."""
        self._it.library.warm()
        found = self._it.assistant.search(
            request.question,
            caller=LOCAL,
            as_of=request.as_of,
            filters=request.filters.filters(),
            k=request.k,
            ignore=request.ignore,
            explained=request.explain,
        )
        return wire_found(found)

    def findings(
        self, rounds: Sequence[str], units: Sequence[str], categories: Sequence[str], states: Sequence[str], limit: int
    ) -> FindingsModel:
        """Ledger rows that meet all conditions."""
        with self._it.library.snapshot() as snapshot:
            found = snapshot.findings(LOCAL, rounds=rounds, units=units, categories=categories, states=states)
            return findings_page(snapshot, found, limit, 0)

    def start(self) -> str:
        """Begin a conversation; its id."""
        return self._it.records.start(caller=LOCAL.id, at=self._it.clock.now())

    def conversations(self) -> ConversationsModel:
        """One's own conversations."""
        return conversations_view(self._it.records, LOCAL)

    def conversation(self, conversation_id: str) -> ConversationTextModel:
        """All answers of a conversation."""
        return conversation_text(self._it, LOCAL, conversation_id)

    def export(self, conversation_id: str) -> str:
        """A conversation as Markdown."""
        return markdown(self.conversation(conversation_id))

    def forget(self, conversation_id: str) -> None:
        """Delete a conversation."""
        if not self._it.records.forget(conversation_id, caller=LOCAL.id):
            raise NotFoundError("conversation_not_found", id=conversation_id)

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

    def backup(self, request: BackupRequest, tell: Tell) -> BackupModel:
        """The whole library in one file."""
        from app.intake import back_up

        return back_up(self._it.library, request, tell)

    def documents(self, listing: Listing) -> DocumentsModel:
        """All documents that meet the conditions."""
        with self._it.library.snapshot() as snapshot:
            return documents_page(snapshot, LOCAL, self._it.clock.today(), listing, limit=EVERYTHING, offset=0)

    def document(self, document_id: str, version: str | None) -> DocumentTextModel:
        """One document's text, of its current version or of another."""
        with self._it.library.snapshot() as snapshot:
            return document_text(snapshot, LOCAL, self._it.clock.today(), document_id, version)

    def correct(self, document_id: str, request: CorrectionRequest) -> DocumentModel:
        """Correct what is known about a document."""
        from ingest.worker import ReadingWorker

        with ReadingWorker() as worker:
            self._it.library.correct(document_id, request.wanted(LOCAL.id), worker)
        with self._it.library.snapshot() as snapshot:
            return document_view(snapshot, LOCAL, self._it.clock.today(), document_id)

    def replace(self, document_id: str, file: Path, tell: Tell) -> ReportModel:
        """Make a file, with the sidecar beside it, the next version of a document."""
        from app.intake import take_uploads
        from ingest.build import Upload
        from ingest.files import Found, load
        from ingest.pool import ReadingPool

        content = load(Found(file, file))
        self.document(document_id, None)  # a document that is not there is told before anything is read
        uploads = [Upload(file.name, content.data, content.sidecar, document_id)]
        with stopping(self._say) as cancel, ReadingPool(1) as readers:
            return take_uploads(self._it.library, uploads, tell, cancel, readers)

    def original(self, document_id: str, version: str | None) -> Original:
        """The file of a document, as it came."""
        from app.client import Original

        with self._it.library.snapshot() as snapshot:
            _, found = found_version(snapshot, LOCAL, document_id, version)
        data = self._it.library.originals.read(found.original)
        if data is None:
            raise EngineError("original_not_found", title=found.title)
        return Original(found.name, data)

    def purge(self, document_id: str) -> PurgedModel:
        """Delete a document's replaced and removed versions for good."""
        return PurgedModel(document_id=document_id, versions=self._it.library.purge(document_id))

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
