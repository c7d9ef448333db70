"""What a change writes into the catalogue: planned by reading, then applied in one transaction."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ingest import codec
from ingest.catalogue import SourceNote
from ingest.corrections import Wanted, corrections_of, merged, record, restructured, shape, with_corrections
from ingest.document import ClauseLevel, DocumentKind, Edition, Metadata, Structured, work_id
from ingest.errors import ConflictError
from ingest.headers import edition_id, load_headers
from ingest.journal import Cleanup
from ingest.roster import Header, latest
from ingest.structure.titles import work_key
from ingest.twins import forget_twins, note_twins, standing


@dataclass(frozen=True, slots=True)
class Change:
    """A content to be stored: the original bytes, what was made of them, and where they came from.

    ``replaces`` makes it the next version of that document, wherever that document came from.
    """

    original: bytes
    structured: Structured
    source: SourceNote
    sidecar: bytes | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change comes to in the library as it stands."""

    change: Change
    outcome: str  # added, replaced, unchanged, duplicate; corrected where only metadata changes
    document_id: str
    structured: Structured  # with the ids it is stored under
    leaves: str | None = None  # the document this source stood for until now
    known: bool = False  # the version is in the catalogue, out of retrieval
    wanted: Wanted | None = None  # the corrections it comes from
    part_of: str | None = None  # the document of the notice that carries it
    parts: tuple[Plan, ...] = ()  # what becomes of the regulations it carries

    @property
    def whole(self) -> tuple[Plan, ...]:
        """The plan and those of its parts: they are made together or not at all."""
        return self, *self.parts

    @property
    def enters(self) -> bool:
        """Whether passages come into retrieval."""
        return self.outcome in ("added", "replaced")

    @property
    def keys(self) -> frozenset[str]:
        """What two changes may not share when they are made together."""
        if self.parts:
            return replace(self, parts=()).keys.union(*(part.keys for part in self.parts))
        source = self.change.source
        keys = {self.document_id, self.structured.version_id, f"{source.kind}:{source.location}"}
        return frozenset(keys | ({self.leaves} if self.leaves else set()) | {self.structured.document.digest})


# ---------------------------------------------------------------- planning


def plan(db: sqlite3.Connection, change: Change) -> Plan:
    """Decide which document a content belongs to, and each regulation that it carries."""
    planned = _plan(db, change)
    return _with_parts(db, planned) if planned.enters else planned


def _plan(db: sqlite3.Connection, change: Change) -> Plan:
    """Decide which document a content belongs to. A document is its content, followed through changes at its source.

    The same content is one document however many places it is found in. A place whose content changes gives its
    document a new version, unless the document is also found elsewhere, unchanged: then the place gets its own.
    """
    structured = change.structured
    holder = _one(
        db, "SELECT document_id FROM versions WHERE digest = ? AND state = 'current'", structured.document.digest
    )
    target = change.replaces or _document_at(db, change.source)
    if holder is not None:
        stored = _one(
            db, "SELECT version_id FROM documents WHERE id = ?", holder
        )  # may be another id than the content's own
        structured = structured.with_version(stored or structured.version_id)
        known_here = target == holder or _has_source(db, holder, change.source)
        return Plan(
            change,
            "unchanged" if known_here else "duplicate",
            holder,
            structured,
            leaves=None if target == holder else target,
        )
    if target is not None and (change.replaces or not _other_sources(db, target, change.source)):
        return _placed(db, Plan(change, "replaced", target, with_corrections(db, target, structured)))
    removed = _one(
        db,
        "SELECT d.id FROM documents d JOIN versions v ON v.id = d.version_id WHERE v.digest = ? AND d.state = 'removed'",
        structured.document.digest,
    )
    document_id = removed or _fresh_id(db, structured.document.digest)
    corrected = with_corrections(db, document_id, structured)
    return _placed(db, Plan(change, "added", document_id, corrected, leaves=target))


def plan_correction(db: sqlite3.Connection, document_id: str, change: Change, wanted: Wanted) -> Plan:
    """What correcting the metadata of a current document comes to; ``change`` is its content as it is read now."""
    known = corrections_of(db, document_id)
    before, after = (
        restructured(change.structured, values)
        for values in ({each.field: each.value for each in known}, merged(known, wanted))
    )
    if shape(before) != shape(after):
        return _with_parts(db, _placed(db, Plan(change, "replaced", document_id, after, wanted=wanted)))
    stored = _one(db, "SELECT version_id FROM documents WHERE id = ?", document_id)
    after = after.with_version(stored or after.version_id)
    return _with_parts(db, Plan(change, "corrected", document_id, after, wanted=wanted))


def _with_parts(db: sqlite3.Connection, planned: Plan) -> Plan:
    """The plan with those of the regulations its text carries; each is a document that follows the notice's."""
    parts = []
    for part in planned.structured.parts:
        document_id = part_id(planned.document_id, part)
        change = replace(planned.change, structured=part, replaces=None)
        structured = with_corrections(db, document_id, part)
        placed = _placed(db, Plan(change, "added", document_id, structured, part_of=planned.document_id))
        current = _one(db, "SELECT version_id FROM documents WHERE id = ? AND state = 'current'", document_id)
        same = current == placed.structured.version_id
        parts.append(replace(placed, outcome="corrected" if same else "replaced" if current else "added"))
    return replace(planned, parts=tuple(parts))


def part_id(document_id: str, part: Structured) -> str:
    """The id of a regulation that a document carries: the same in every version of it."""
    return "d" + hashlib.sha256(f"{document_id}:{part.part}".encode()).hexdigest()[:12]


def of_document(db: sqlite3.Connection, document_id: str, read: Structured) -> Structured:
    """What a file's reading says of one of its documents: the whole, or the regulation in it that this document is."""
    row = db.execute("SELECT part_of, part FROM documents WHERE id = ?", (document_id,)).fetchone()
    if row is None or row[0] is None:
        return read
    found = [part for part in with_corrections(db, row[0], read).parts if part.part == row[1]]
    if not found:
        raise ConflictError("document_changed", title=read.document.name)
    return found[0]


def _placed(db: sqlite3.Connection, planned: Plan) -> Plan:
    """The plan under a version id of its own: the content may be an old version of this document or of another."""
    version_id = planned.structured.version_id
    for candidate in (version_id, hashlib.sha256(f"{version_id}{planned.document_id}".encode()).hexdigest()[:16]):
        owner = _one(db, "SELECT document_id FROM versions WHERE id = ?", candidate)
        if owner in (None, planned.document_id):
            structured = planned.structured.with_version(candidate)
            return replace(planned, structured=structured, known=owner is not None)
    raise AssertionError(version_id)


def _document_at(db: sqlite3.Connection, source: SourceNote) -> str | None:
    """The document a place stands for. The name of an uploaded file is no place: two uploads may share it."""
    if source.kind == "upload":
        return None
    return _one(db, "SELECT document_id FROM sources WHERE kind = ? AND location = ?", source.kind, source.location)


def _has_source(db: sqlite3.Connection, document_id: str, source: SourceNote) -> bool:
    query = "SELECT 1 FROM sources WHERE kind = ? AND location = ? AND document_id = ?"
    return db.execute(query, (source.kind, source.location, document_id)).fetchone() is not None


def _other_sources(db: sqlite3.Connection, document_id: str, source: SourceNote) -> bool:
    query = "SELECT 1 FROM sources WHERE document_id = ? AND NOT (kind = ? AND location = ?)"
    return db.execute(query, (document_id, source.kind, source.location)).fetchone() is not None


def _fresh_id(db: sqlite3.Connection, digest: str) -> str:
    """The id of a new document, from its first content; salted when another document began with the same content."""
    salt = 0
    while True:
        basis = digest if salt == 0 else f"{digest}:{salt}"
        document_id = "d" + hashlib.sha256(basis.encode()).hexdigest()[:12]
        if _one(db, "SELECT id FROM documents WHERE id = ?", document_id) is None:
            return document_id
        salt += 1


def _one(db: sqlite3.Connection, query: str, *values: str) -> str | None:
    row = db.execute(query, values).fetchone()
    return row[0] if row is not None else None


# ---------------------------------------------------------------- where passages lie


def edition_facts(structured: Structured) -> Edition | None:
    """The edition a regulation's text is, as its own metadata tells; None for other kinds."""
    if structured.kind is not DocumentKind.REGULATION:
        return None
    known = structured.metadata
    return Edition(
        edition_id(structured.version_id),
        work_id(work_key(work_title(structured), known.issuer)),
        structured.version_id,
        title_of(structured),
        known.edition,
        known.published or known.date,
        known.effective_from,
        known.effective_to,
        known.declared_status,
        known.inferred & {"edition", "published", "date", "effective_from", "effective_to", "declared_status", "work"},
    )


def title_of(structured: Structured) -> str:
    """The title shown for a document; its file's name when nothing better is known."""
    return structured.metadata.title or structured.document.name


def work_title(structured: Structured) -> str:
    """The title the regulation is known by as a lasting thing."""
    return structured.metadata.work or title_of(structured)


def partitions(db: sqlite3.Connection, plans: Sequence[Plan]) -> dict[str, str]:
    """Where the passages of each entering version go, by version id: the latest known text of a work, or any other
    document, apart from superseded text.
    """
    entering = {planned.structured.version_id: planned for planned in plans if planned.enters}
    replaced = {planned.document_id for planned in entering.values()}
    editions: dict[str, list[Edition]] = {}
    for planned in entering.values():
        edition = edition_facts(planned.structured)
        if edition is not None:
            editions.setdefault(edition.work_id, []).append(edition)
    for work, known in editions.items():
        known += [
            header.edition
            for header in _headers_of_work(db, work)
            if header.edition is not None and header.document_id not in replaced
        ]
    newest = {latest(known) for known in editions.values()}
    return {
        version_id: partition(
            planned.structured.kind, planned.structured.kind is not DocumentKind.REGULATION or version_id in newest
        )
        for version_id, planned in entering.items()
    }


def places(db: sqlite3.Connection) -> dict[str, str]:
    """The partition of every version that will be current, by version id."""
    staged = load_headers(db, "v.state = 'staged'")
    replaced = {header.document_id for header in staged}
    current = [header for header in load_headers(db) if header.document_id not in replaced]
    works: dict[str, list[Header]] = {}
    for header in (*current, *staged):
        if header.edition is not None:
            works.setdefault(header.edition.work_id, []).append(header)
    newest = {latest(header.edition for header in headers if header.edition is not None) for headers in works.values()}
    return {
        header.version_id: partition(
            header.kind, header.kind is not DocumentKind.REGULATION or header.version_id in newest
        )
        for header in (*current, *staged)
    }


def partition(kind: DocumentKind, newest: bool) -> str:
    """The partition of the derived indexes for texts of a kind."""
    return f"{kind.value}-{'latest' if newest else 'earlier'}"


def _headers_of_work(db: sqlite3.Connection, work: str) -> list[Header]:
    return load_headers(db, "e.work_id = ? AND v.state = 'current'", work)


def _repartition(db: sqlite3.Connection, works: Iterable[str]) -> list[Cleanup]:
    """Record where the texts of these works belong now, and which passages have to move."""
    moves = []
    for work in sorted(works):
        headers = _headers_of_work(db, work)
        newest = latest(header.edition for header in headers if header.edition is not None)
        for header in headers:
            wanted = partition(header.kind, header.version_id == newest)
            if header.partition != wanted:
                db.execute("UPDATE versions SET partition = ? WHERE id = ?", (wanted, header.version_id))
                moves.append(Cleanup(passage_ids(db, header.version_id), wanted))
    return moves


def passage_ids(db: sqlite3.Connection, version_id: str) -> tuple[str, ...]:
    """The ids of a version's passages in text order."""
    rows = db.execute(
        "SELECT id FROM passages WHERE id >= ? AND id < ? ORDER BY ordinal", (f"{version_id}:", f"{version_id};")
    )
    return tuple(row[0] for row in rows)


# ---------------------------------------------------------------- applying


def apply(
    db: sqlite3.Connection, plans: Sequence[Plan], places: dict[str, str], now: str, made_by: tuple[str, str]
) -> list[Cleanup]:
    """Write planned changes; what the derived indexes have to forget or move follows from it."""
    cleanups: list[Cleanup] = []
    works: set[str] = set()
    for planned in plans:
        cleanups += _leave(db, planned, works)
        if planned.enters:
            cleanups += _enter(db, planned, places[planned.structured.version_id], now, made_by, works)
        if planned.wanted is not None:
            _correct(db, planned, planned.wanted, now, works)
        elif planned.part_of is None:
            _note_source(db, planned)
        elif not planned.enters:
            _restate(db, planned.structured, works)
            _limit_earlier_versions(db, planned)
    return cleanups + _repartition(db, works)


def _leave(db: sqlite3.Connection, planned: Plan, works: set[str]) -> list[Cleanup]:
    """Take the source from the document it stood for; a document without sources is gone."""
    if planned.leaves is None:
        return []
    source = planned.change.source
    if planned.change.replaces:
        db.execute("DELETE FROM sources WHERE document_id = ?", (planned.leaves,))
    return drop_source(db, planned.leaves, source.kind, source.location, works)


def drop_source(db: sqlite3.Connection, document_id: str, kind: str, location: str, works: set[str]) -> list[Cleanup]:
    """Forget one place of a document, and the document itself when it was the last."""
    db.execute("DELETE FROM sources WHERE document_id = ? AND kind = ? AND location = ?", (document_id, kind, location))
    if _one(db, "SELECT document_id FROM sources WHERE document_id = ?", document_id) is not None:
        return []
    return retire(db, document_id, "removed", works)


def retire(db: sqlite3.Connection, document_id: str, state: str, works: set[str]) -> list[Cleanup]:
    """Take a document's current version out of retrieval; it stays readable by id."""
    version_id = _one(db, "SELECT id FROM versions WHERE document_id = ? AND state = 'current'", document_id)
    if version_id is None:
        return []
    db.execute("UPDATE versions SET state = ? WHERE id = ?", (state, version_id))
    if state == "removed":
        db.execute("UPDATE documents SET state = 'removed' WHERE id = ?", (document_id,))
        db.execute("DELETE FROM sources WHERE document_id = ?", (document_id,))
    work = _one(db, "SELECT work_id FROM editions WHERE version_id = ?", version_id)
    works.update([work] if work is not None else [])
    cleanups = [Cleanup(passage_ids(db, version_id))]
    return cleanups + (_drop_parts(db, document_id, works) if state == "removed" else [])


def _drop_parts(db: sqlite3.Connection, document_id: str, works: set[str], keep: Iterable[str] = ()) -> list[Cleanup]:
    """Remove the regulations a document carried, but for those it still carries."""
    query = "SELECT id FROM documents WHERE part_of = ? AND state = 'current' ORDER BY ordinal"
    gone = [row[0] for row in db.execute(query, (document_id,)).fetchall() if row[0] not in set(keep)]
    return [cleanup for part in gone for cleanup in retire(db, part, "removed", works)]


def remove(db: sqlite3.Connection, document_id: str) -> list[Cleanup]:
    """Remove a document; its texts stay readable by version id."""
    works: set[str] = set()
    return retire(db, document_id, "removed", works) + _repartition(db, works)


def remove_sources(db: sqlite3.Connection, sources: Iterable[tuple[str, str]]) -> list[Cleanup]:
    """Forget (document id, path) pairs whose files are gone."""
    works: set[str] = set()
    cleanups = [
        cleanup for document_id, path in sources for cleanup in drop_source(db, document_id, "path", path, works)
    ]
    return cleanups + _repartition(db, works)


def _enter(
    db: sqlite3.Connection, planned: Plan, place: str, now: str, made_by: tuple[str, str], works: set[str]
) -> list[Cleanup]:
    document_id, version_id = planned.document_id, planned.structured.version_id
    cleanups = retire(db, document_id, "replaced", works)
    cleanups += _drop_parts(db, document_id, works, [part.document_id for part in planned.parts])
    db.execute(
        """
        INSERT INTO documents (id, state, version_id, added_at, part_of, part) VALUES (?, 'current', ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE
        SET state = 'current', version_id = excluded.version_id, part_of = excluded.part_of, part = excluded.part
        """,
        (document_id, version_id, now, planned.part_of, planned.structured.part if planned.part_of else None),
    )
    if planned.known:
        db.execute("UPDATE versions SET state = 'current', partition = ? WHERE id = ?", (place, version_id))
        _restate(db, planned.structured, works)
    else:
        write_version(db, planned, "current", place, now, made_by)
    edition = edition_facts(planned.structured)
    works.update([edition.work_id] if edition is not None else [])
    return cleanups


def _correct(db: sqlite3.Connection, planned: Plan, wanted: Wanted, now: str, works: set[str]) -> None:
    """Keep the corrections; metadata that only says more about the same text is put in place of what it said before."""
    record(db, planned.document_id, wanted, now)
    if not planned.enters:
        _restate(db, planned.structured, works)
    if "readers" in wanted.fields:
        _limit_earlier_versions(db, planned)


def _restate(db: sqlite3.Connection, structured: Structured, works: set[str]) -> None:
    """Store what is now known about a version that is in the catalogue, its text and passages as they are."""
    version_id = structured.version_id
    values = _facts(structured)
    columns = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE versions SET {columns} WHERE id = ?", (*values.values(), version_id))
    before = _one(db, "SELECT work_id FROM editions WHERE version_id = ?", version_id)
    db.execute("DELETE FROM editions WHERE version_id = ?", (version_id,))
    _write_edition(db, structured)
    edition = edition_facts(structured)
    works.update(work for work in (before, edition.work_id if edition else None) if work is not None)


def _limit_earlier_versions(db: sqlite3.Connection, planned: Plan) -> None:
    """Who may read a document by a correction, may read its earlier versions; without one, each says so itself."""
    now = planned.structured.metadata.readers
    rows = db.execute("SELECT id, metadata FROM versions WHERE document_id = ?", (planned.document_id,)).fetchall()
    for version_id, stored in rows:
        own = codec.load_metadata(stored)
        corrected = "readers" in planned.structured.metadata.corrected or "readers" in own.corrected
        readers = now if corrected else own.readers
        db.execute("UPDATE versions SET readers = ? WHERE id = ?", (codec.dumps(readers), version_id))


def _note_source(db: sqlite3.Connection, planned: Plan) -> None:
    source, document_id = planned.change.source, planned.document_id
    if planned.change.replaces and planned.enters:
        db.execute("DELETE FROM sources WHERE document_id = ?", (document_id,))
    db.execute(
        "INSERT OR REPLACE INTO sources (kind, location, document_id, root, stamp) VALUES (?, ?, ?, ?, ?)",
        (source.kind, source.location, document_id, source.root, source.stamp),
    )


def write_version(
    db: sqlite3.Connection, planned: Plan, state: str, place: str, now: str, made_by: tuple[str, str]
) -> None:
    """Store a version: its short facts, content, edition, passages and findings."""
    structured, change = planned.structured, planned.change
    document = structured.document
    values = {
        "id": structured.version_id,
        "document_id": planned.document_id,
        "state": state,
        "kind": structured.kind.value,
        "partition": place,
        "name": document.name,
        "media_type": document.media_type,
        "digest": document.digest,
        "original": hashlib.sha256(change.original).hexdigest(),
        "sidecar": hashlib.sha256(change.sidecar).hexdigest() if change.sidecar is not None else None,
        "size": len(change.original),
        "reader_version": made_by[0],
        "structure_version": made_by[1],
        "notices": codec.dump_notices(structured.notices),
        "defines": codec.dumps(dict(structured.defines)),
        "added_at": now,
        **_counts(structured),
        **_facts(structured),
    }
    _insert(db, "versions", values)
    _write_parts(db, structured)


def rewrite_version(db: sqlite3.Connection, structured: Structured) -> None:
    """Store the parts of a version anew, under its id and in its place: what was stored of them is damaged."""
    _delete_parts(db, structured.version_id)
    values = {**_counts(structured), **_facts(structured)}
    columns = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE versions SET {columns} WHERE id = ?", (*values.values(), structured.version_id))
    _write_parts(db, structured)


def _write_parts(db: sqlite3.Connection, structured: Structured) -> None:
    document, version_id = structured.document, structured.version_id
    db.execute(
        "INSERT INTO contents VALUES (?, ?, ?, ?, ?)",
        (
            version_id,
            document.text,
            codec.dump_blocks(document.blocks),
            codec.dump_edits(document.edits),
            codec.dump_clauses(structured.clauses),
        ),
    )
    note_twins(db, structured)
    _write_edition(db, structured)
    db.executemany(
        "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                passage.id,
                ordinal,
                passage.span.start,
                passage.span.end,
                codec.dump_locator(passage.locator),
                passage.context,
                text_hash(embedded_text(passage.context, passage.span.of(document.text))),
            )
            for ordinal, passage in enumerate(structured.passages)
        ],
    )
    _write_findings(db, structured)


def _counts(structured: Structured) -> dict[str, object]:
    return {
        "articles": sum(clause.level is ClauseLevel.ARTICLE for clause in structured.clauses),
        "passages": len(structured.passages),
        "findings": len(structured.findings),
        "standing": standing(structured),
    }


def _facts(structured: Structured) -> dict[str, object]:
    """What is known about a text, in the columns of its version: all that a correction can change in place."""
    known = structured.metadata
    return {
        "title": title_of(structured),
        "readers": codec.dumps(known.readers),
        "unit": known.unit,
        "day": codec.day(_day(known)),
        "metadata": codec.dump_metadata(known),
        "repeals": codec.dump_repeals(structured.repeals),
        "amends": codec.dump_amends(structured.amends),
    }


def _write_edition(db: sqlite3.Connection, structured: Structured) -> None:
    edition = edition_facts(structured)
    if edition is None:
        return
    values = {
        "version_id": structured.version_id,
        "work_id": edition.work_id,
        "work": work_title(structured),
        "aliases": codec.dumps(structured.metadata.aliases),
        "title": edition.title,
        "label": edition.label,
        "published": codec.day(edition.published),
        "effective_from": codec.day(edition.effective_from),
        "effective_to": codec.day(edition.effective_to),
        "declared_status": edition.declared_status,
        "inferred": codec.dumps(sorted(edition.inferred)),
    }
    _insert(db, "editions", values)


def _write_findings(db: sqlite3.Connection, structured: Structured) -> None:
    for ordinal, finding in enumerate(structured.findings):
        values = {
            "id": finding.id,
            "version_id": structured.version_id,
            "ordinal": ordinal,
            "number": finding.number,
            "round": finding.round,
            "unit": finding.unit,
            "category": finding.category,
            "description": finding.description,
            "basis": finding.basis,
            "responsible": finding.responsible,
            "deadline": codec.day(finding.deadline),
            "state": finding.state,
            "start": finding.span.start,
            "end": finding.span.end,
            "fields": codec.dumps(dict(finding.fields)),
        }
        _insert(db, "findings", values)


def _insert(db: sqlite3.Connection, table: str, values: Mapping[str, object]) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))


def _day(metadata: Metadata) -> date | None:
    return metadata.date or metadata.published


def embedded_text(context: str, text: str) -> str:
    """What is embedded for a passage: what it needs to be understood, then its own words."""
    return f"{context}\n{text}" if context else text


def text_hash(text: str) -> bytes:
    """The key of a vector: half a sha256 is collision-free in practice and half the index."""
    return hashlib.sha256(text.encode()).digest()[:16]


# ---------------------------------------------------------------- purging


def purge(db: sqlite3.Connection, document_id: str) -> list[str]:
    """Delete what is out of retrieval of one document and its parts for good; the ids of the versions deleted."""
    parts = db.execute("SELECT id FROM documents WHERE part_of = ? ORDER BY ordinal", (document_id,)).fetchall()
    return [version for part in (*(row[0] for row in parts), document_id) for version in _purge(db, part)]


def _purge(db: sqlite3.Connection, document_id: str) -> list[str]:
    rows = db.execute("SELECT id FROM versions WHERE document_id = ? AND state <> 'current'", (document_id,))
    versions = [row[0] for row in rows]
    for version_id in versions:
        delete_version(db, version_id)
    if _one(db, "SELECT id FROM versions WHERE document_id = ?", document_id) is None:
        db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        db.execute("DELETE FROM corrections WHERE document_id = ?", (document_id,))
    return versions


def delete_version(db: sqlite3.Connection, version_id: str) -> None:
    """Delete a version's rows in every table. Vectors stay until collected: other versions may share them."""
    _delete_parts(db, version_id)
    db.execute("DELETE FROM versions WHERE id = ?", (version_id,))


def _delete_parts(db: sqlite3.Connection, version_id: str) -> None:
    db.execute("DELETE FROM passages WHERE id >= ? AND id < ?", (f"{version_id}:", f"{version_id};"))
    forget_twins(db, version_id)
    for table in ("findings", "editions", "contents"):
        db.execute(f"DELETE FROM {table} WHERE version_id = ?", (version_id,))


def delete_orphans(db: sqlite3.Connection) -> None:
    """Delete rows that belong to no version: no change leaves any, damage may."""
    db.execute("DELETE FROM passages WHERE substr(id, 1, instr(id, ':') - 1) NOT IN (SELECT id FROM versions)")
    for table in ("findings", "editions", "contents"):
        db.execute(f"DELETE FROM {table} WHERE version_id NOT IN (SELECT id FROM versions)")


def collect_vectors(db: sqlite3.Connection, embedder_id: str) -> None:
    """Delete the vectors nothing refers to, and those of embedders no longer used."""
    db.execute("DELETE FROM vectors WHERE embedder NOT IN (SELECT number FROM embedders WHERE id = ?)", (embedder_id,))
    db.execute("DELETE FROM vectors WHERE text_hash NOT IN (SELECT text_hash FROM passages)")
