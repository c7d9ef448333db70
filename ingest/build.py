"""Files into the library: unchanged ones skipped, each error confined to its file, what is done kept at any moment."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest.archives import MARK, Member, is_archive, unfold
from ingest.catalogue import DocumentRecord, SourceNote
from ingest.changes import Change
from ingest.cleanings import cleaned_words, cleanings
from ingest.document import LOCAL, Notice
from ingest.errors import EngineError, IndexMismatchError, InputError, ReadError, YoujuError
from ingest.files import Found, Gone, Known, find, gone, known_files, load, opened, require_whole, stamp_of
from ingest.library import Added, Library, Meter
from ingest.memory import give_back
from ingest.pool import ReadingPool, Task, in_order
from ingest.progress import Tell as TellPages
from ingest.read.reader import is_supported_type
from ingest.report import FileError, FileReport, IngestReport, Progress
from ingest.worker import Reading, ReadingWorker

Tell = Callable[[Progress], None]

# Changes made together share their commits: one file alone takes some 60 ms to store, in a batch 10.
_BATCH_FILES, _BATCH_PASSAGES, _BATCH_BYTES, _BATCH_SECONDS = 32, 512, 16 * 2**20, 5.0
_UNSHOWN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")  # controls, and bytes that are no text (as Python decodes them)

_COPIES_TOLD = 3  # other copies of a text named in the report on a file
_LAYOUT = frozenset({"line_wrap", "space", "spacing", "hidden"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came without a path."""

    name: str
    data: bytes
    sidecar: bytes | None = None
    replaces: str | None = None


def ingest_paths(
    library: Library,
    paths: Sequence[Path],
    *,
    recursive: bool = True,
    prune: bool = False,
    confirm: Callable[[Sequence[Gone]], bool] = lambda _: True,
    progress: Tell = lambda _: None,
    cancel: threading.Event | None = None,
    readers: ReadingPool | None = None,
) -> IngestReport:
    """Take in files and folders. A file that cannot be read is reported, and the rest goes on.

    ``prune`` also forgets the files under ``paths`` that are gone, after ``confirm`` has been shown them; it is
    refused (ConflictError) when a path is missing or holds no documents. A cancelled ingest keeps what it has done.
    """
    found = find(paths, recursive=recursive, leave_out=library.directory)
    if prune:
        require_whole(paths, found)
    missing = [_failed(str(path), YoujuError("file_not_found", path=str(path))) for path in paths if not path.exists()]
    run = _Run(library, progress, cancel, len(found) + len(missing), [(-1, report) for report in missing])
    with _reading(readers) as pool:
        run.take(_new_content(run, found), pool)
    removed: list[Gone] = []
    if prune and not run.cancelled:
        lost = gone(library, paths)
        if lost and confirm(lost):
            library.remove_sources([(each.document_id, each.path) for each in lost])
            removed = lost
    return run.report([each.path for each in removed])


def ingest_uploads(
    library: Library,
    uploads: Sequence[Upload],
    *,
    progress: Tell = lambda _: None,
    cancel: threading.Event | None = None,
    readers: ReadingPool | None = None,
) -> IngestReport:
    """Take in files that came without a path."""
    run = _Run(library, progress, cancel, len(uploads), [])
    with _reading(readers) as pool:
        run.take(_uploaded(run, uploads), pool)
    return run.report([])


@contextmanager
def _reading(readers: ReadingPool | None) -> Iterator[ReadingPool]:
    if readers is not None:
        yield readers
        return
    with ReadingPool() as own:
        yield own


# ---------------------------------------------------------------- what is to be read


@dataclass(frozen=True, slots=True)
class _Item:
    """A file on its way: read, or settled without (a report)."""

    path: str
    change: Change | None = None
    reading: Reading | None = None
    report: FileReport | None = None
    place: int = 0  # in the order of the report


def _uploaded(run: _Run, uploads: Sequence[Upload]) -> Iterator[_Item | Task[_Item]]:
    for upload in uploads:
        whole = _whole(upload)
        for member in unfold(whole, run.more):
            if run.is_cancelled():
                yield _Item(member.location, report=FileReport(member.location, "cancelled"))
                continue
            run.warm()
            yield _member_to_read(run, member, upload.replaces, member is whole)


def _whole(upload: Upload) -> Member:
    return Member(upload.name, lambda: upload.data, lambda: upload.sidecar)


def _member_to_read(run: _Run, member: Member, replaces: str | None, whole: bool) -> _Item | Task[_Item]:
    path = member.location
    if not member.supported:
        return _Item(path, report=_skipped(path))
    try:
        if replaces is not None and not whole and is_archive(path.partition(MARK)[0]):
            raise InputError("archive_replaces", name=path)
        data, sidecar = member.read(), member.sidecar()
    except YoujuError as error:
        return _Item(path, report=_failed(path, error))
    return _to_read(run, path, member.name, data, sidecar, SourceNote("upload", path), replaces if whole else None)


def _new_content(run: _Run, found: Sequence[Found]) -> Iterator[_Item | Task[_Item]]:
    """The files, those to be read whose content the library does not have under their path."""
    known = known_files(run.library)
    for each in (inside for file in found for inside in opened(file, run.more)):
        path = each.location
        if run.is_cancelled():
            yield _Item(path, report=FileReport(path, "cancelled"))
            continue
        if not each.supported:
            yield _Item(path, report=_skipped(path))
            continue
        shown = _UNSHOWN.sub("�", path)
        if shown != path:
            yield _Item(shown, report=_failed(shown, ReadError("file_name_broken", path=shown)))
            continue
        have = known.get(path)
        try:
            if have is not None and have.stamp is not None and stamp_of(each.path) == have.stamp:
                yield _Item(path, report=run.unchanged(path, have))
                continue
            content = load(each)
        except YoujuError as error:
            yield _Item(path, report=_failed(path, error))
            continue
        except OSError:
            yield _Item(path, report=_failed(path, YoujuError("file_not_found", path=path)))
            continue
        if have is not None and have.digests == (_sha256(content.data), _sha256(content.sidecar)):
            if content.stamp is not None:
                run.library.restamp(have.document_id, path, content.stamp)
            yield _Item(path, report=run.unchanged(path, have))
            continue
        run.warm()
        source = SourceNote("path", path, str(each.root), content.stamp)
        yield _to_read(run, path, each.name, content.data, content.sidecar, source, None)


def _to_read(
    run: _Run, path: str, name: str, data: bytes, sidecar: bytes | None, source: SourceNote, replaces: str | None
) -> Task[_Item]:
    def read(worker: ReadingWorker) -> _Item:
        try:
            reading = worker.read(data, name, sidecar, run.pages_of(path))
        except YoujuError as error:
            return _Item(path, report=_failed(path, error))
        return _Item(path, Change(data, reading.structured, source, sidecar, replaces), reading)

    return Task(len(data), read)


# ---------------------------------------------------------------- storing


@dataclass(slots=True)
class _Run:
    """One ingest under way."""

    library: Library
    progress: Tell
    cancel: threading.Event | None
    total: int
    files: list[tuple[int, FileReport]]
    cancelled: bool = False
    passages: int = 0
    _done_passages: int = 0
    _meter: Meter = field(init=False)
    _current: str | None = None
    _pages: tuple[int, int] = (0, 0)  # of the current file, done and in all
    _warming: threading.Thread | None = None
    _started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self._meter = Meter(self.cancel, self._embedded)

    def take(self, items: Iterator[_Item | Task[_Item]], readers: ReadingPool) -> None:
        """Store what is read, several files at a time."""
        try:
            self._take(items, readers)
        finally:
            if self._warming is not None:
                self._warming.join()

    def warm(self) -> None:
        """Open the model and the indexes while the first file is read; what fails will fail again when needed."""
        if self._warming is None:
            self._warming = threading.Thread(
                target=_quietly, args=(self.library.warm,), name="youju-warming", daemon=True
            )
            self._warming.start()

    def _take(self, items: Iterator[_Item | Task[_Item]], readers: ReadingPool) -> None:
        batch: list[_Item] = []
        since = time.monotonic()
        with in_order(items, readers) as coming:
            for place, made in enumerate(coming):
                item = replace(made, place=place)
                self._current, self._pages = item.path, (0, 0)
                if self.is_cancelled():
                    self._cancelled([item])
                    continue
                if item.report is not None:
                    self.files.append((place, item.report))
                elif item.reading is not None:
                    self._meter.spend("read", item.reading.read_seconds)
                    self._meter.spend("structure", item.reading.structure_seconds)
                    batch.append(item)
                if _full(batch) or (batch and time.monotonic() - since > _BATCH_SECONDS):
                    self._store(batch)
                    batch, since = [], time.monotonic()
                self._tell()
            self._store(batch)
        self._tell()

    def _store(self, batch: Sequence[_Item]) -> None:
        if not batch:
            return
        if self.is_cancelled():
            self._cancelled(batch)
            return
        try:
            added = self.library.add_many([item.change for item in batch if item.change is not None], self._meter)
        except YoujuError as error:
            if error.code == "cancelled":
                self._cancelled(batch)
                return
            self._store_apart(batch, error)
        except Exception as error:
            self._store_apart(batch, error)
        else:
            self.files += [(item.place, self._stored(item, one)) for item, one in zip(batch, added, strict=True)]
        give_back()

    def _cancelled(self, batch: Sequence[_Item]) -> None:
        self.cancelled = True
        self.files += [(item.place, FileReport(item.path, "cancelled")) for item in batch]

    def _store_apart(self, batch: Sequence[_Item], error: Exception) -> None:
        """Find the file that is to blame. An engine that fails or does not fit, does so for every file: that is the end."""
        if isinstance(error, EngineError | IndexMismatchError):
            raise error
        if len(batch) > 1:
            for item in batch:
                self._store([item])
            return
        known = (
            error
            if isinstance(error, YoujuError)
            else YoujuError("store_failed", name=batch[0].path, reason=f"{type(error).__name__}: {error}"[:500])
        )
        self.files.append((batch[0].place, _failed(batch[0].path, known)))

    def _stored(self, item: _Item, added: Added) -> FileReport:
        with self.library.snapshot() as snapshot:
            record = snapshot.document(added.document_id, LOCAL)
        if record is None:  # purged meanwhile
            return FileReport(item.path, added.outcome, added.document_id)
        if added.outcome != "duplicate":
            self.passages += record.passages if added.outcome != "unchanged" else 0
            return FileReport.of(item.path, added.outcome, record, *_cleaned(item), *self._same_text(record))
        others = [source.location for source in record.sources if source.location != item.path]
        remark = f"内容与已入库的“{record.title}”{f'（{others[0]}）' if others else ''}相同，记为同一文档的另一来源。"
        return FileReport.of(item.path, added.outcome, record, Notice("duplicate", remark))

    def _same_text(self, record: DocumentRecord) -> Iterator[Notice]:
        """The other copies of the text, the one that is shown for all of them first."""
        with self.library.snapshot() as snapshot:
            others = snapshot.roster.view(LOCAL).same_text(record.version_id)
        for other, share in others[:_COPIES_TOLD]:
            words = f"（{share:.0%}）" if share else ""
            yield Notice(
                "same_text", f"与《{other.title}》（{other.document_id}）内容近似{words}，归为同文，引用时只用一份。"
            )

    def unchanged(self, path: str, have: Known) -> FileReport:
        """The report on a file that is as it was."""
        with self.library.snapshot() as snapshot:
            record = snapshot.document(have.document_id, LOCAL)
        return FileReport.of(path, "unchanged", record) if record is not None else FileReport(path, "unchanged")

    def more(self, count: int) -> None:
        """So many more files are known to come: members of an archive."""
        self.total += count

    def is_cancelled(self) -> bool:
        """Whether somebody wants this to stop."""
        self.cancelled = self.cancelled or (self.cancel is not None and self.cancel.is_set())
        return self.cancelled

    def pages_of(self, path: str) -> TellPages:
        """What tells the progress within a file, from the thread that reads it."""

        def tell(done: int, total: int) -> None:
            self._current, self._pages = path, (done, total)
            self._tell()

        return tell

    def _embedded(self, count: int) -> None:
        self._done_passages += count
        self._tell()

    def _tell(self) -> None:
        elapsed = time.perf_counter() - self._started
        done = len(self.files)
        self.progress(
            Progress(
                done,
                self.total,
                self._done_passages,
                current=self._current,
                done_pages=self._pages[0],
                total_pages=self._pages[1],
                passages_per_second=self._done_passages / elapsed if elapsed else 0.0,
                seconds_left=elapsed / done * (self.total - done) if done else None,
            )
        )

    def report(self, removed: Sequence[str]) -> IngestReport:
        """What was done, in the order the files were found."""
        files = [file for _, file in sorted(self.files, key=lambda placed: placed[0])]
        seconds = self._meter.seconds | {"wall": time.perf_counter() - self._started}
        return IngestReport(tuple(files), tuple(removed), self.cancelled, self.library.revision, self.passages, seconds)


def _cleaned(item: _Item) -> Iterator[Notice]:
    """One line on what cleaning did to the text itself; broken lines and odd spaces are nothing to tell."""
    if item.reading is not None:
        document = item.reading.structured.document
        found = [each for each in cleanings(document.text, document.edits) if each.rule not in _LAYOUT]
        if found:
            example = next((f"（如“{each.original}”→“{each.text}”）" for each in found if each.text), "")
            yield Notice("cleaned", f"{cleaned_words(found)}{example}。原件保留，可对照查看。")


def _quietly(work: Callable[[], None]) -> None:
    with contextlib.suppress(Exception):
        work()


def _full(batch: Sequence[_Item]) -> bool:
    passages = sum(len(item.reading.structured.passages) for item in batch if item.reading is not None)
    size = sum(len(item.change.original) for item in batch if item.change is not None)
    return len(batch) >= _BATCH_FILES or passages >= _BATCH_PASSAGES or size >= _BATCH_BYTES


def _failed(path: str, error: YoujuError) -> FileReport:
    return FileReport(path, "failed", error=FileError.of(error))


def _skipped(path: str) -> FileReport:
    if is_supported_type(Path(path)):
        notice = Notice("about_the_folder", "这是说明文件夹用途的 README，不作为资料入库。")
    else:
        words = f"不支持的文件类型“{Path(path).suffix or '无后缀'}”，已跳过。"
        notice = Notice(
            "unsupported_type",
            f"{words}需要入库时，请转换为 .docx、.doc、.rtf、.xlsx、.xls、.csv、.html、.md 或 .txt。",
        )
    return FileReport(path, "skipped", warnings=(notice,))


def _sha256(data: bytes | None) -> str | None:
    return hashlib.sha256(data).hexdigest() if data is not None else None
