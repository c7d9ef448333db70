"""The library: documents added, replaced, removed and found, with catalogue and derived indexes kept in step.

The order of a change: originals stored, vectors computed and kept, what will be added noted in the journal, derived
indexes added to, catalogue committed with the next revision, derived indexes cleaned. Whatever moment a process is
killed at, the journal says what to undo (before the commit) or to finish (after it).
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ingest import changes, journal
from ingest.catalogue import Snapshot, SourceNote
from ingest.changes import Change, Plan, embedded_text, text_hash
from ingest.connections import FILE_NAME, Catalogue
from ingest.corrections import Wanted
from ingest.document import LOCAL, Notice, Structured
from ingest.embed import Embedder
from ingest.errors import ConflictError, EngineError, IndexMismatchError, NotFoundError
from ingest.indexes import Entry, Indexes, OpenVectors, Shelf, builds_on_disk, remove_build, stored_vectors
from ingest.lexical import Reading
from ingest.lock import DirectoryLock, ServerNote
from ingest.originals import Originals, sync_directory
from ingest.segment import SEARCH_KEY_VERSION
from ingest.vectors import ChromaVectors, Hit, Vector
from ingest.versions import READER_VERSION, STRUCTURE_VERSION
from ingest.worker import ReadingWorker

if TYPE_CHECKING:
    from ingest.rebuild import RebuildReport

_CHUNK = 64  # passages embedded between two looks at the cancel token, and at most lost by a kill: a second or two
_PATIENCE = 0.3  # seconds a change waits for readers of the past before it leaves the cleaning to the next


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a content."""

    document_id: str
    version_id: str
    outcome: str  # added, replaced, unchanged, duplicate, corrected


@dataclass(slots=True)
class Meter:
    """What a long change tells while it runs, and how it is told to stop."""

    cancel: threading.Event | None = None
    embedded: Callable[[int], None] | None = None  # so many more passages have their vectors
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Add the time spent inside to a stage's."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.spend(stage, time.perf_counter() - start)

    def spend(self, stage: str, seconds: float) -> None:
        """Add time to a stage."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def check(self) -> None:
        """Raise when the work is cancelled."""
        if self.cancel is not None and self.cancel.is_set():
            raise ConflictError("cancelled")


def made_by() -> dict[str, str]:
    """What this program would make an index by, apart from the embedder."""
    return {"reader": READER_VERSION, "structure": STRUCTURE_VERSION, "search_key": SEARCH_KEY_VERSION}


def program() -> str:
    """The program and its version, for the manifest."""
    try:
        return f"youju {metadata.version('youju')}"
    except metadata.PackageNotFoundError:
        return "youju"


class Library:
    """An open library directory, owned by this process. Many threads may read while one changes it."""

    def __init__(
        self,
        directory: Path,
        lock: DirectoryLock,
        embedder: Callable[[], Embedder] | Embedder,
        now: Callable[[], datetime],
        open_vectors: OpenVectors,
        embedder_name: str | None,
    ) -> None:
        self.directory = directory
        self.catalogue = Catalogue(directory)
        self.originals = Originals(directory / "originals")
        self.now = now
        self.open_vectors = open_vectors
        self.writing = threading.RLock()
        self.shelf = Shelf(self._open_indexes)
        self.checked = True
        self._lock = lock
        self._embedder: Embedder | None = None if callable(embedder) else embedder
        self._open_embedder = embedder if callable(embedder) else None
        self._embedder_name = embedder_name
        self._loading = threading.Lock()
        self._moving = False

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        embedder: Callable[[], Embedder] | Embedder,
        now: Callable[[], datetime],
        create: bool = True,
        server: ServerNote | None = None,
        check: bool = True,
        embedder_name: str | None = None,
        open_vectors: OpenVectors = ChromaVectors,
    ) -> Self:
        """Open a library, finishing or undoing what a killed process left.

        BusyError when another process owns it. An ``embedder`` given as a function is opened when first needed.
        IndexMismatchError when the index was made by something else (for the embedder: when it is opened);
        ``check=False`` opens it all the same, to rebuild it. ``embedder_name`` is the setting, for that message.
        """
        directory = directory.resolve()
        if not create and not (directory / FILE_NAME).exists():
            raise NotFoundError("library_not_found", path=str(directory))
        lock = DirectoryLock(directory, server or ServerNote.of_this_process(now()))
        try:
            library = cls(directory, lock, embedder, now, open_vectors, embedder_name)
        except BaseException:
            lock.close()
            raise
        try:
            library._begin(check)
        except BaseException:
            library.close()
            raise
        return library

    def _begin(self, check: bool) -> None:
        self.checked = check
        if not self.manifest():
            if self.originals.any():  # a catalogue emptied or lost is no new library: nothing may be built over it
                raise EngineError("catalogue_damaged", path=str(self.directory), reason="目录数据是空的，而原件还在")
            with self.catalogue.change() as db:
                self.write_manifest(db, made_by() | {"created_by": program(), "build": "b1"})
                db.execute("INSERT INTO builds (name, state, made_by) VALUES ('b1', 'active', '')")
            sync_directory(self.directory)
        if check:
            for name, wanted in made_by().items():
                self._require(name, wanted)
            if self._embedder is not None:
                self._require("embedder", self._embedder.id)
        known = {row[0] for row in self.catalogue.writer.execute("SELECT name FROM builds")}
        for build in self.builds_on_disk() - known:
            remove_build(self.directory, build)
        self.settle(force=True)

    def close(self) -> None:
        """Release everything, the lock last."""
        self.shelf.exchange(None)
        self.catalogue.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def announce(self, server: ServerNote) -> None:
        """Tell other commands where this library is served."""
        self._lock.announce(server)

    # ------------------------------------------------------------ what made the index

    def manifest(self) -> dict[str, str]:
        """What made the index, as last committed."""
        with self.snapshot() as snapshot:
            return {name: value for name, value in snapshot.manifest().items() if name != "revision"}

    @staticmethod
    def write_manifest(db: sqlite3.Connection, values: Mapping[str, str]) -> None:
        """Record what makes the index from now on."""
        db.executemany("INSERT OR REPLACE INTO manifest VALUES (?, ?)", list(values.items()))

    def builds_on_disk(self) -> set[str]:
        """The builds that have files here."""
        return builds_on_disk(self.directory)

    @property
    def embedder(self) -> Embedder:
        """The embedder, opened on first use and checked against the index."""
        with self._loading:
            if self._embedder is None:
                assert self._open_embedder is not None
                opened = self._open_embedder()
                if self.checked:
                    self._require("embedder", opened.id)
                self._embedder = opened
            return self._embedder

    def use_embedder(self, embedder: Embedder) -> None:
        """Embed with this one from now on: the index has just been rebuilt with it."""
        with self._loading:
            self._embedder = embedder

    def warm(self) -> None:
        """Open what the first change or question would wait for: the model, and the indexes with their libraries."""

        def open_indexes() -> None:
            with self.shelf.use():
                pass

        # Side by side: the one is reading weights, the other importing a library.
        with ThreadPoolExecutor(max_workers=1) as opening:
            indexes = opening.submit(open_indexes)
            _ = self.embedder
            indexes.result()

    def _require(self, name: str, wanted: str) -> None:
        found = self.manifest().get(name)
        if found is not None and found != wanted:
            command = f"youju rebuild --library {self.directory}"
            if name == "embedder" and self._embedder_name:
                command += f" --embedder {self._embedder_name}"
            raise IndexMismatchError(
                f"index_made_by_other_{name}", path=str(self.directory), found=found, wanted=wanted, command=command
            )

    def _open_indexes(self) -> Indexes:
        made = self.manifest()
        indexes = Indexes(self.directory, made["build"], self.open_vectors)
        indexes.dimension = int(made["dimension"]) if "dimension" in made else None
        return indexes

    # ------------------------------------------------------------ reading

    @property
    def revision(self) -> int:
        """The last committed revision."""
        with self.snapshot() as snapshot:
            return snapshot.revision

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The library as it stands now, unchanged by what is written meanwhile."""
        with self.catalogue.snapshot() as snapshot:
            yield snapshot

    def search_vectors(self, vector: Vector, k: int, partitions: Sequence[str]) -> list[Hit]:
        """The nearest passages, best first; some may lie outside the caller's snapshot."""
        with self.shelf.use() as indexes:
            return indexes.nearest(vector, k, self._asked(partitions))

    def search_terms(
        self, terms: Sequence[str], k: int, partitions: Sequence[str], readings: Sequence[Reading] = ()
    ) -> list[Hit]:
        """The passages that hold the terms best, best first; some may lie outside the caller's snapshot."""
        with self.shelf.use() as indexes:
            return indexes.terms.search(list(terms), k, self._asked(partitions), readings)

    def term_scores(self, terms: Sequence[str], passage_ids: Sequence[str]) -> dict[str, float]:
        """The lexical scores of these passages; one that holds no term has none."""
        with self.shelf.use() as indexes:
            return indexes.terms.scores(terms, passage_ids)

    def term_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs, over the whole library."""
        with self.shelf.use() as indexes:
            return indexes.terms.frequencies(terms)

    def _asked(self, partitions: Sequence[str]) -> Sequence[str]:
        """While passages move between a kind's partitions, ask both: a snapshot knows them in one place only."""
        if not self._moving:
            return partitions
        kinds = dict.fromkeys(partition.rpartition("-")[0] for partition in partitions)
        return [f"{kind}-{age}" for kind in kinds for age in ("latest", "earlier")]

    # ------------------------------------------------------------ changing

    def add(
        self,
        original: bytes,
        structured: Structured,
        source: SourceNote,
        replaces: str | None = None,
        sidecar: bytes | None = None,
        meter: Meter | None = None,
    ) -> Added:
        """Store one content; on return it is found and survives anything."""
        return self.add_many([Change(original, structured, source, sidecar, replaces)], meter)[0]

    def add_many(self, wanted: Sequence[Change], meter: Meter | None = None) -> list[Added]:
        """Store contents, acknowledged together where they have nothing to do with each other."""
        meter = meter or Meter()
        with self.writing:
            self.settle()
            out: list[Added] = []
            group: list[Plan] = []
            for change in wanted:
                planned = self._plan(change)
                if any(planned.keys & other.keys for other in group):
                    out += self._store(group, meter)
                    group, planned = [], self._plan(change)
                group.append(planned)
            return out + self._store(group, meter)

    def _plan(self, change: Change) -> Plan:
        db = self.catalogue.writer
        if change.replaces is not None:
            row = db.execute("SELECT state FROM documents WHERE id = ?", (change.replaces,)).fetchone()
            if row is None or row[0] != "current":
                raise NotFoundError("document_not_found", id=change.replaces)
        return changes.plan(db, change)

    def _store(self, wholes: Sequence[Plan], meter: Meter) -> list[Added]:
        plans = [planned for whole in wholes for planned in whole.whole]
        entering = [planned for planned in plans if planned.enters]
        with meter.timing("store"):
            if any(planned.known for planned in entering):
                self.settle(force=True)  # it may still be owed the deletion of what now comes back
            # A content that is here already may have lost its original: it comes back with the file.
            contents = [(planned.change.original, planned.change.sidecar) for planned in plans]
            self.originals.keep(content for pair in contents for content in pair if content is not None)
        places = changes.partitions(self.catalogue.writer, plans)
        entries = [entry for planned in entering for entry in _entries(planned, places)]
        if entering:
            self.embed([[(e.text_hash, e.embedded) for e in _entries(planned, places)] for planned in entering], meter)
        with meter.timing("store"):
            note = self._add_derived(entries)
            self._commit(plans, places, note)
            self.settle(patience=_PATIENCE)
        return [Added(p.document_id, p.structured.version_id, p.outcome) for p in wholes]

    def _add_derived(self, entries: Sequence[Entry]) -> int:
        if not entries:
            return 0
        hashes = list({entry.text_hash for entry in entries})
        vectors = stored_vectors(self.catalogue.writer, self.embedder.id, hashes)
        with self.catalogue.change() as db:
            note = journal.expect(db, [entry.passage_id for entry in entries])
        with self.shelf.use() as indexes:
            indexes.add(entries, vectors)
        return note

    def _commit(self, plans: Sequence[Plan], places: dict[str, str], note: int) -> None:
        with self.catalogue.change() as db:
            if all(planned.outcome == "unchanged" and planned.leaves is None for planned in plans):
                changes.apply(db, plans, places, self._instant(), _readers())
                return
            cleanups = changes.apply(db, plans, places, self._instant(), _readers())
            db.execute("DELETE FROM journal WHERE id = ?", (note,))
            self.next_revision(db, cleanups)

    def next_revision(self, db: sqlite3.Connection, cleanups: Sequence[journal.Cleanup] = ()) -> None:
        """Make what is being committed the next revision, and note what it owes to the derived indexes."""
        revision = int(db.execute("SELECT value FROM manifest WHERE name = 'revision'").fetchone()[0]) + 1
        self.write_manifest(db, {"revision": str(revision)})
        journal.owe(db, cleanups, revision)
        self._moving = self._moving or any(cleanup.partition for cleanup in cleanups)

    def _instant(self) -> str:
        return self.now().isoformat()

    def embed(
        self, files: Sequence[Sequence[tuple[bytes, str]]], meter: Meter, embedder: Embedder | None = None
    ) -> None:
        """Compute and keep the vectors that are missing, a file at a time, in order."""
        embedder = embedder or self.embedder
        number = self._embedder_number(embedder)
        pending: list[tuple[int, bytes, bytes]] = []
        try:
            for file in files:
                texts = dict(file)
                known = self._embedded(number, list(texts))
                missing = [(key, text) for key, text in texts.items() if key not in known]
                if meter.embedded is not None and len(file) > len(missing):
                    meter.embedded(len(file) - len(missing))
                for start in range(0, len(missing), _CHUNK):
                    meter.check()
                    chunk = missing[start : start + _CHUNK]
                    with meter.timing("embed"):
                        vectors = embedder.encode_passages([text for _, text in chunk])
                    pending += [
                        (number, key, vector.astype("<f4").tobytes())
                        for (key, _), vector in zip(chunk, vectors, strict=True)
                    ]
                    if meter.embedded is not None:
                        meter.embedded(len(chunk))
                    if len(pending) >= _CHUNK:
                        self._keep_vectors(pending)
                        pending = []
        finally:  # what is cancelled goes on from here the next time
            self._keep_vectors(pending)

    def _embedder_number(self, embedder: Embedder) -> int:
        """The embedder's number in the catalogue. The first one ever is the library's."""
        known = self.manifest()
        with self.catalogue.change() as db:
            db.execute("INSERT OR IGNORE INTO embedders (id) VALUES (?)", (embedder.id,))
            if "embedder" not in known:
                self.write_manifest(db, {"embedder": embedder.id, "dimension": str(embedder.dimension)})
            return int(db.execute("SELECT number FROM embedders WHERE id = ?", (embedder.id,)).fetchone()[0])

    def _embedded(self, number: int, hashes: Sequence[bytes]) -> set[bytes]:
        out: set[bytes] = set()
        for start in range(0, len(hashes), 500):
            piece = hashes[start : start + 500]
            marks = ", ".join("?" * len(piece))
            query = f"SELECT text_hash FROM vectors WHERE embedder = ? AND text_hash IN ({marks})"
            out.update(row[0] for row in self.catalogue.writer.execute(query, (number, *piece)))
        return out

    def _keep_vectors(self, vectors: Sequence[tuple[int, bytes, bytes]]) -> None:
        if vectors:
            with self.catalogue.change() as db:
                db.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", vectors)

    def correct(self, document_id: str, wanted: Wanted, worker: ReadingWorker, meter: Meter | None = None) -> Added:
        """Correct what is known about a document, reading it again from its original.

        The outcome is ``replaced`` where the text is structured anew by it (another kind, title or edition label),
        else ``corrected``. ReadError when the text cannot be what it is said to be.
        """
        with self.snapshot() as snapshot:
            record = snapshot.document(document_id, LOCAL)
        if record is None or record.state != "current":
            raise NotFoundError("document_not_found", id=document_id)
        data = self.originals.read(record.original)
        beside = self.originals.read(record.sidecar) if record.sidecar is not None else None
        if data is None or (record.sidecar is not None and beside is None):
            raise EngineError("original_not_found", title=record.title)
        reading = worker.read(data, record.name, beside)  # may take long: the library is free meanwhile
        with self.writing:
            self.settle()
            found = self.catalogue.writer.execute("SELECT version_id FROM documents WHERE id = ?", (document_id,))
            if found.fetchone() != (record.version_id,):
                raise ConflictError("document_changed", title=record.title)
            read = changes.of_document(self.catalogue.writer, document_id, reading.structured)
            change = Change(data, read, SourceNote("upload", record.name), beside)
            planned = changes.plan_correction(self.catalogue.writer, document_id, change, wanted)
            return self._store([planned], meter or Meter())[0]

    def remove(self, document_id: str) -> None:
        """Take a document out of retrieval; its texts stay readable by version id."""
        with self.writing:
            self.settle()
            row = self.catalogue.writer.execute("SELECT state FROM documents WHERE id = ?", (document_id,)).fetchone()
            if row is None or row[0] != "current":
                raise NotFoundError("document_not_found", id=document_id)
            with self.catalogue.change() as db:
                self.next_revision(db, changes.remove(db, document_id))
            self.settle(patience=_PATIENCE)

    def remove_sources(self, sources: Sequence[tuple[str, str]]) -> None:
        """Forget (document id, path) pairs whose files are gone; a document without sources is removed."""
        if not sources:
            return
        with self.writing:
            self.settle()
            with self.catalogue.change() as db:
                self.next_revision(db, changes.remove_sources(db, sources))
            self.settle(patience=_PATIENCE)

    def restamp(self, document_id: str, path: str, stamp: str) -> None:
        """Remember that an unchanged file was looked at: no revision, nothing a question can see has changed."""
        with self.writing, self.catalogue.change() as db:
            db.execute(
                "UPDATE sources SET stamp = ? WHERE kind = 'path' AND location = ? AND document_id = ?",
                (stamp, path, document_id),
            )

    def purge(self, document_id: str) -> int:
        """Delete a document's replaced and removed versions for good, with their originals; how many there were."""
        with self.writing:
            if self.catalogue.writer.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone() is None:
                raise NotFoundError("document_not_found", id=document_id)
            self.settle(force=True)
            with self.catalogue.change() as db:
                versions = changes.purge(db, document_id)
                if versions:
                    changes.collect_vectors(db, self.manifest().get("embedder", ""))
                    self.next_revision(db)
            self.catalogue.memory.forget()
            rows = self.catalogue.writer.execute("SELECT original, sidecar FROM versions").fetchall()
            self.originals.keep_only(name for row in rows for name in row if name)
            return len(versions)

    # ------------------------------------------------------------ what is owed to the derived indexes

    def settle(self, *, force: bool = False, patience: float = 0.0) -> None:
        """Undo additions that were never committed, and finish the cleaning that no open snapshot stands against.

        ``patience`` is how long to wait for such snapshots; what still has to wait is left to the next change.
        """
        with self.writing:
            until = time.monotonic() + patience
            while True:
                entries = journal.owed(self.catalogue.writer)
                oldest = self.catalogue.oldest_open()
                ready = [e for e in entries if force or e.action == "add" or oldest is None or oldest >= e.revision]
                self._settle(ready)
                left = [entry for entry in entries if entry not in ready]
                self._moving = any(entry.action == "move" for entry in left)
                if not left or time.monotonic() >= until:
                    return
                time.sleep(0.01)

    def _settle(self, entries: Sequence[journal.Owed]) -> None:
        if not entries:
            return
        with self.shelf.use() as indexes:
            for (moves, partition), passages in _runs(entries):
                if moves and partition:
                    indexes.move(passages, partition)
                else:
                    indexes.delete(passages)
        with self.catalogue.change() as db:
            db.executemany("DELETE FROM journal WHERE id = ?", [(entry.id,) for entry in entries])

    # ------------------------------------------------------------ the whole

    def rebuild(self, embedder: Embedder | None = None, meter: Meter | None = None) -> RebuildReport:
        """Build a new index beside the live one and switch to it in one commit (ingest/rebuild.py)."""
        from ingest.rebuild import rebuild

        return rebuild(self, embedder, meter or Meter())

    def verify(self) -> list[Notice]:
        """Everything that is not as it should be, each with what to do (ingest/inspection.py)."""
        from ingest.inspection import inspect

        return inspect(self)

    def content_digest(self) -> str:
        """A digest of what the library holds, the same however it came to hold it (ingest/inspection.py)."""
        from ingest.inspection import content_digest

        with self.writing:
            return content_digest(self.catalogue.writer)


def _readers() -> tuple[str, str]:
    return READER_VERSION, STRUCTURE_VERSION


def _entries(planned: Plan, places: Mapping[str, str]) -> list[Entry]:
    structured = planned.structured
    text, place = structured.document.text, places[structured.version_id]
    return [
        Entry(
            passage.id,
            place,
            passage.span.of(text),
            passage.context,
            text_hash(embedded_text(passage.context, passage.span.of(text))),
        )
        for passage in structured.passages
    ]


def _runs(entries: Sequence[journal.Owed]) -> list[tuple[tuple[bool, str | None], list[str]]]:
    """Neighbouring entries that do the same, joined: each call of an index is a commit."""
    out: list[tuple[tuple[bool, str | None], list[str]]] = []
    for entry in entries:
        key = (entry.action == "move", entry.partition)
        if out and out[-1][0] == key:
            out[-1][1].extend(entry.passages)
        else:
            out.append((key, list(entry.passages)))
    return out
