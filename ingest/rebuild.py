"""A new index beside the live one: resumable, and put in place by one commit.

Texts are read again only when reading or structuring has changed, embedded again only by another embedder.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ingest import changes, codec, inspection
from ingest.catalogue import SourceNote
from ingest.changes import Change, Plan
from ingest.corrections import with_corrections
from ingest.document import Notice, Structured
from ingest.embed import Embedder
from ingest.errors import ConflictError, YoujuError
from ingest.headers import load_headers
from ingest.indexes import Entry, Indexes, entries_of, remove_build, stored_vectors
from ingest.library import Library, Meter, made_by, program
from ingest.worker import ReadingWorker


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did. ``problems`` are documents that could not be read again and stay as they were."""

    build: str
    embedder: str
    documents: int
    passages: int
    reread: int
    problems: tuple[Notice, ...]
    library_revision: int
    seconds: float


def rebuild(library: Library, embedder: Embedder | None, meter: Meter) -> RebuildReport:
    """Build, switch, clean up. Killed at any moment, the live index serves on and the next run goes on from there."""
    start = time.perf_counter()
    with library.writing:
        library.settle(force=True)
        engine = embedder or library.embedder
        problems = _mend(library)
        build = _begin(library, made_by() | {"embedder": engine.id})
        problems += _reread(library, meter)
        places = changes.places(library.catalogue.writer)
        entries = [
            entries_of(library.catalogue.writer, version_id, partition) for version_id, partition in places.items()
        ]
        library.embed([[(e.text_hash, e.embedded) for e in document] for document in entries], meter, engine)
        fresh = Indexes(library.directory, build, library.open_vectors)
        try:
            _fill(library, fresh, [entry for document in entries for entry in document], engine.id, meter)
            reread = _switch(library, build, engine, places)
        except BaseException:
            fresh.close()
            raise
        library.shelf.exchange(fresh)
        _clean(library, engine.id, build)
        passages = sum(len(document) for document in entries)
        return RebuildReport(
            build,
            engine.id,
            len(places),
            passages,
            reread,
            problems,
            library.revision,
            time.perf_counter() - start,
        )


def _begin(library: Library, target: dict[str, str]) -> str:
    """The build to go on with, or a new one. One begun for another target, or before the library changed, is dropped."""
    db = library.catalogue.writer
    goal = codec.dumps(sorted(target.items()))
    revision = db.execute("SELECT value FROM manifest WHERE name = 'revision'").fetchone()[0]
    begun = db.execute("SELECT name, made_by FROM builds WHERE state = 'building'").fetchall()
    for name, made in begun:
        if made == f"{goal}@{revision}":
            return str(name)
        remove_build(library.directory, name)
        with library.catalogue.change():
            for row in db.execute("SELECT id FROM versions WHERE state = 'staged'").fetchall():
                changes.delete_version(db, row[0])
            db.execute("DELETE FROM documents WHERE id NOT IN (SELECT document_id FROM versions)")
            db.execute("DELETE FROM builds WHERE name = ?", (name,))
    build = _next_name(library)
    with library.catalogue.change():
        db.execute("INSERT INTO builds (name, state, made_by) VALUES (?, 'building', ?)", (build, f"{goal}@{revision}"))
    return build


def _next_name(library: Library) -> str:
    """b1, b2 …: never the name of a build whose files may still be there."""
    names = {row[0] for row in library.catalogue.writer.execute("SELECT name FROM builds")}
    return f"b{max((int(name[1:]) for name in names), default=0) + 1}"


def refill(library: Library) -> None:
    """Give the live indexes what they lack, from the vectors the catalogue keeps: nothing is read or embedded."""
    with library.writing:
        library.settle(force=True)
        db = library.catalogue.writer
        entries = [
            entry for header in load_headers(db) for entry in entries_of(db, header.version_id, header.partition)
        ]
        with library.shelf.use() as indexes:
            _fill(library, indexes, entries, library.manifest().get("embedder", ""), Meter())


# ---------------------------------------------------------------- reading again


def _reread(library: Library, meter: Meter) -> tuple[Notice, ...]:
    """Stage new versions of the documents an older reader or structure made."""
    db = library.catalogue.writer
    now = made_by()
    rows = db.execute(
        """
        SELECT v.document_id, v.name, v.original, v.sidecar, v.title FROM versions v JOIN documents d ON d.id = v.document_id
        WHERE v.state = 'current' AND (v.reader_version <> ? OR v.structure_version <> ?) AND d.part_of IS NULL
          AND v.document_id NOT IN (SELECT document_id FROM versions WHERE state = 'staged')
        ORDER BY v.ordinal
        """,
        (now["reader"], now["structure"]),
    ).fetchall()
    problems: list[Notice] = []
    with ReadingWorker() as worker:
        for document_id, name, original, sidecar, title in rows:
            meter.check()
            read = _read_again(library, worker, name, original, sidecar, title)
            if isinstance(read, Notice):
                problems.append(read)
                continue
            whole = with_corrections(db, document_id, read.structured)
            staged = [
                Plan(
                    read,
                    "added",
                    part_id,
                    _unused(db, with_corrections(db, part_id, part), part_id),
                    part_of=document_id,
                )
                for part in whole.parts
                for part_id in [changes.part_id(document_id, part)]
            ]
            _stage(library, [*staged, Plan(read, "replaced", document_id, _unused(db, whole, document_id))])
    return tuple(problems)


def _read_again(
    library: Library, worker: ReadingWorker, name: str, original: str, sidecar: str | None, title: str
) -> Change | Notice:
    """A version's content as it is read now, or why it cannot be."""
    data = library.originals.read(original)
    beside = library.originals.read(sidecar) if sidecar is not None else None
    if data is None or (sidecar is not None and beside is None):
        return Notice("original_missing", f"“{title}”的原件缺失或已损坏，没有重新读取，沿用原来的文本。")
    try:
        return Change(data, worker.read(data, name, beside).structured, SourceNote("upload", name), beside)
    except YoujuError as error:
        return Notice(error.code, f"“{title}”没有重新读取，沿用原来的文本：{error}")


def _mend(library: Library) -> tuple[Notice, ...]:
    """Store damaged versions of this reader's anew from their originals, and drop what belongs to nothing."""
    db = library.catalogue.writer
    wrong = inspection.wrong_versions(db)
    problems: list[Notice] = []
    with ReadingWorker() as worker:
        for version_id in wrong:
            row = db.execute(
                "SELECT document_id, state, reader_version, structure_version, name, original, sidecar, title "
                "FROM versions WHERE id = ?",
                (version_id,),
            ).fetchone()
            if row[2:4] != (made_by()["reader"], made_by()["structure"]):
                continue  # it is read again as a version of its own
            read = _read_again(library, worker, *row[4:])
            if isinstance(read, Notice):
                problems.append(read)
                continue
            if (structured := _as_it_was(db, read.structured, version_id, *row[:2])) is not None:
                with library.catalogue.change():
                    changes.rewrite_version(db, structured)
    with library.catalogue.change():
        db.executemany("DELETE FROM vectors WHERE text_hash = ?", [(key,) for key in inspection.broken_vectors(db)])
        changes.delete_orphans(db)
        if wrong:
            library.next_revision(db)
    library.catalogue.memory.forget()
    return tuple(problems)


def _as_it_was(
    db: sqlite3.Connection, read: Structured, version_id: str, document_id: str, state: str
) -> Structured | None:
    """What a version held: an earlier one may have been made under other corrections, and then nobody knows."""
    try:
        own = changes.of_document(db, document_id, read)
    except ConflictError:  # a regulation its notice no longer carries
        return None
    corrected = with_corrections(db, document_id, own)
    if state == "current":
        return corrected.with_version(version_id)
    return next((each for each in (corrected, own) if each.version_id == version_id), None)


def _unused(db: sqlite3.Connection, structured: Structured, document_id: str) -> Structured:
    """The structure under a version id nobody has: going back to an older reader meets its old versions."""
    version_id = structured.version_id
    while db.execute("SELECT 1 FROM versions WHERE id = ?", (version_id,)).fetchone() is not None:
        version_id = hashlib.sha256(f"{version_id}{document_id}".encode()).hexdigest()[:16]
    return structured.with_version(version_id)


def _stage(library: Library, plans: Sequence[Plan]) -> None:
    """Stage a document and its parts together; a part that is new waits as a removed document for the switch."""
    now = made_by()
    made, instant = (now["reader"], now["structure"]), library.now().isoformat()
    with library.catalogue.change() as db:
        for planned in plans:
            structured = planned.structured
            if planned.part_of is not None:
                db.execute(
                    "INSERT OR IGNORE INTO documents (id, state, version_id, added_at, part_of, part) VALUES (?, 'removed', ?, ?, ?, ?)",
                    (planned.document_id, structured.version_id, instant, planned.part_of, structured.part),
                )
            changes.write_version(db, planned, "staged", "", instant, made)


# ---------------------------------------------------------------- filling and switching


def _fill(library: Library, fresh: Indexes, entries: Sequence[Entry], embedder_id: str, meter: Meter) -> None:
    """Add what the new indexes lack: all of it at first, the rest after an interruption."""
    have = fresh.vectors.ids() & fresh.terms.ids()
    missing = [entry for entry in entries if entry.passage_id not in have]
    for start in range(0, len(missing), 2000):
        meter.check()
        batch = missing[start : start + 2000]
        with meter.timing("store"):
            vectors = stored_vectors(library.catalogue.writer, embedder_id, list({e.text_hash for e in batch}))
            fresh.add(batch, vectors)


def _switch(library: Library, build: str, engine: Embedder, places: dict[str, str]) -> int:
    """One commit: staged versions become current, the manifest and the active build change. How many were staged."""
    with library.catalogue.change() as db:
        staged = db.execute("SELECT id, document_id FROM versions WHERE state = 'staged'").fetchall()
        for version_id, document_id in staged:
            db.execute(
                "UPDATE versions SET state = 'replaced' WHERE document_id = ? AND state = 'current'", (document_id,)
            )
            db.execute("UPDATE versions SET state = 'current' WHERE id = ?", (version_id,))
            db.execute("UPDATE documents SET version_id = ?, state = 'current' WHERE id = ?", (version_id, document_id))
        db.executemany(
            "UPDATE versions SET partition = ? WHERE id = ?",
            [(partition, version_id) for version_id, partition in places.items()],
        )
        db.execute("DELETE FROM builds WHERE state = 'active'")
        db.execute("UPDATE builds SET state = 'active' WHERE name = ?", (build,))
        library.write_manifest(
            db,
            made_by()
            | {
                "embedder": engine.id,
                "dimension": str(engine.dimension),
                "build": build,
                "created_by": program(),
            },
        )
        library.next_revision(db)
    library.use_embedder(engine)
    return len(staged)


def _clean(library: Library, embedder_id: str, build: str) -> None:
    """Delete the old build's files and the vectors nobody uses any more."""
    for old in library.builds_on_disk() - {build}:
        remove_build(library.directory, old)
    with library.catalogue.change() as db:
        changes.collect_vectors(db, embedder_id)
    library.checked = True
