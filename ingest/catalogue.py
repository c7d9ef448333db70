"""The catalogue: what the library knows, read through snapshots. The derived indexes only point into it."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest import codec
from ingest.corrections import Correction, corrections_of
from ingest.document import (
    LOCAL,
    Block,
    Caller,
    Clause,
    DocumentKind,
    Edit,
    Edition,
    EditionState,
    Finding,
    Metadata,
    Notice,
    Passage,
    Span,
    Work,
    timeline,
)
from ingest.headers import edition_id, load_headers
from ingest.roster import Eligible, Header, Recent, Roster, Scope
from ingest.segment import search_key
from ingest.twins import load_twins

_CHUNK = 500  # bound variables a statement

FINDING_COLUMNS = ("round", "unit", "category", "state")


@dataclass(frozen=True, slots=True)
class SourceNote:
    """Where content came from. ``stamp`` tells cheaply whether a file has changed since it was read."""

    kind: str  # path, upload, url
    location: str  # absolute path, name of the uploaded file, URL
    root: str | None = None  # of a path: what was named on the command line
    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document with the facts of its current version (of the last one, when it is removed)."""

    id: str
    version_id: str
    state: str  # current, removed
    title: str
    kind: DocumentKind
    metadata: Metadata
    sources: tuple[SourceNote, ...]
    name: str
    media_type: str
    digest: str
    original: str  # sha256 of the original file
    sidecar: str | None  # sha256 of its sidecar
    size: int
    added_at: str  # instant, UTC
    updated_at: str  # when its current version came
    notices: tuple[Notice, ...]
    articles: int
    passages: int
    rows: int
    edition_id: str | None
    work_id: str | None
    part_of: str | None = None  # the document of the notice that carries it


@dataclass(frozen=True, slots=True)
class Listing:
    """Which documents a list shows; empty means no condition. ``removed`` lists those out of retrieval instead."""

    kinds: tuple[DocumentKind, ...] = ()
    words: str = ""  # in the title or the file's name
    states: tuple[EditionState, ...] = ()  # of the edition, on the day of the list
    problems: bool = False  # only those whose reading left a notice
    removed: bool = False


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """One content a document has, or had: its canonical text and blocks."""

    id: str
    document_id: str
    state: str  # current, replaced, removed
    kind: DocumentKind
    title: str
    text: str
    blocks: tuple[Block, ...]
    edits: tuple[Edit, ...]
    metadata: Metadata
    notices: tuple[Notice, ...]
    name: str
    media_type: str
    digest: str
    original: str
    sidecar: str | None
    size: int
    added_at: str
    edition_id: str | None
    work_id: str | None


class Memory:
    """What snapshots share: the roster of a revision, and what never changes once it is stored."""

    def __init__(self) -> None:
        self.passages: Recent[str, Passage] = Recent(50_000)
        self.clauses: Recent[str, tuple[Clause, ...]] = Recent(256)
        self.texts: Recent[str, str] = Recent(256)
        self.pages: Recent[str, tuple[tuple[int, int], ...]] = Recent(256)
        self.vectors: Recent[tuple[str, bytes], NDArray[np.float32]] = Recent(10_000)
        self._roster: Roster | None = None
        self._lock = threading.Lock()

    def roster(self, revision: int, connection: sqlite3.Connection) -> Roster:
        """What stands at this revision, read once."""
        known = self._roster
        if known is not None and known.revision == revision:
            return known
        fresh = Roster(revision, load_headers(connection), load_twins(connection))
        with self._lock:
            if self._roster is None or self._roster.revision < revision:
                self._roster = fresh
        return fresh

    def forget(self) -> None:
        """Drop the texts: something that never changes was purged."""
        for cache in (self.passages, self.clauses, self.texts, self.pages, self.vectors):
            cache.clear()


_REMOVED = "v.id IN (SELECT version_id FROM documents WHERE state = 'removed')"
_RECORD = """
SELECT d.id, d.version_id, d.state, v.title, v.kind, v.metadata, v.name, v.media_type, v.digest, v.original, v.size,
       d.added_at, v.added_at, v.notices, v.articles, v.passages, v.findings, v.readers, e.work_id, v.sidecar, d.part_of
FROM documents d JOIN versions v ON v.id = d.version_id LEFT JOIN editions e ON e.version_id = v.id
"""


class Snapshot:
    """One state of the library, read in one transaction. Where a caller is given, what he may not read is absent."""

    def __init__(self, memory: Memory, connection: sqlite3.Connection) -> None:
        self._memory = memory
        self._db = connection
        # The first read fixes the state this transaction sees.
        self._manifest: dict[str, str] = dict(connection.execute("SELECT name, value FROM manifest"))
        self.revision = int(self._manifest["revision"])

    # ------------------------------------------------------------ the whole

    def manifest(self) -> Mapping[str, str]:
        """What made the index."""
        return self._manifest

    def counts(self, caller: Caller = LOCAL) -> dict[str, int]:
        """How much there is: documents (in all and by kind), works, editions, passages, findings."""
        view = self.roster.view(caller)
        headers = view.headers.values()
        out = {
            "documents": len(headers),
            "works": len(view.works),
            "editions": len(view.editions),
            "passages": view.passages,
            "findings": sum(header.findings for header in headers),
        }
        for kind in DocumentKind:
            out[kind.value] = sum(header.kind is kind for header in headers)
        return out

    @property
    def roster(self) -> Roster:
        """The current versions."""
        return self._memory.roster(self.revision, self._db)

    # ------------------------------------------------------------ documents and versions

    def documents(
        self,
        caller: Caller,
        *,
        kinds: Sequence[DocumentKind] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> list[DocumentRecord]:
        """The current documents in order of arrival."""
        visible = [
            header.document_id
            for header in self.roster.view(caller).headers.values()
            if not kinds or header.kind in kinds
        ]
        return self.records(self._in_order(visible)[offset : None if limit is None else offset + limit], caller)

    def records(self, document_ids: Sequence[str], caller: Caller) -> list[DocumentRecord]:
        """The documents with these ids, in this order; those the caller may not read are left out."""
        records = {record.id: record for record in self._records(document_ids, caller)}
        return [records[document_id] for document_id in document_ids if document_id in records]

    def listed(self, caller: Caller, listing: Listing, on: date) -> list[str]:
        """The ids of the documents a list shows, in order of arrival; states are those of the day ``on``."""
        if listing.removed:
            headers = [each for each in load_headers(self._db, _REMOVED) if caller.may_read(each.readers)]
        else:
            headers = list(self.roster.view(caller).headers.values())
        noticed = {row[0] for row in self._db.execute("SELECT id FROM versions WHERE notices <> '[]'")}
        key = search_key(listing.words)
        return self._in_order(
            [
                header.document_id
                for header in headers
                if (not listing.kinds or header.kind in listing.kinds)
                and (key in search_key(f"{header.title} {header.name}"))
                and (not listing.problems or header.version_id in noticed)
                and (not listing.states or self._state(header.version_id, caller, on) in listing.states)
            ]
        )

    def _state(self, version_id: str, caller: Caller, on: date) -> EditionState | None:
        edition = self.edition_of(version_id, caller)
        return edition.state(on) if edition is not None else None

    def document(self, document_id: str, caller: Caller) -> DocumentRecord | None:
        """One document, current or removed."""
        return next(iter(self._records([document_id], caller)), None)

    def corrections(self, document_id: str) -> tuple[Correction, ...]:
        """What people have corrected in a document's metadata, by field."""
        return corrections_of(self._db, document_id)

    def _in_order(self, document_ids: Sequence[str]) -> list[str]:
        wanted = set(document_ids)
        rows = self._db.execute("SELECT id FROM documents ORDER BY ordinal")
        return [row[0] for row in rows if row[0] in wanted]

    def _records(self, document_ids: Sequence[str], caller: Caller) -> Iterator[DocumentRecord]:
        sources: dict[str, list[SourceNote]] = {}
        query = """
            SELECT d.id, s.kind, s.location, s.root, s.stamp
            FROM documents d JOIN sources s ON s.document_id = COALESCE(d.part_of, d.id) WHERE d.id IN ({})
            ORDER BY s.kind, s.location"""
        for row in self._in(query, document_ids):
            sources.setdefault(row[0], []).append(SourceNote(*row[1:]))
        for row in self._in(f"{_RECORD} WHERE d.id IN ({{}})", document_ids):
            if not caller.may_read(tuple(json.loads(row[17]))):
                continue
            yield DocumentRecord(
                id=row[0],
                version_id=row[1],
                state=row[2],
                title=row[3],
                kind=DocumentKind(row[4]),
                metadata=codec.load_metadata(row[5]),
                sources=tuple(sources.get(row[0], ())),
                name=row[6],
                media_type=row[7],
                digest=row[8],
                original=row[9],
                sidecar=row[19],
                size=row[10],
                added_at=row[11],
                updated_at=row[12],
                notices=codec.load_notices(row[13]),
                articles=row[14],
                passages=row[15],
                rows=row[16],
                edition_id=edition_id(row[1]) if row[18] is not None else None,
                work_id=row[18],
                part_of=row[20],
            )

    def parts_of(self, document_id: str, caller: Caller) -> list[DocumentRecord]:
        """The regulations a document carries, in text order."""
        query = "SELECT id FROM documents WHERE part_of = ? AND state = 'current' ORDER BY ordinal"
        ids = [row[0] for row in self._db.execute(query, (document_id,))]
        records = {record.id: record for record in self._records(ids, caller)}
        return [records[part] for part in ids if part in records]

    def version(self, version_id: str, caller: Caller) -> VersionRecord | None:
        """One content of a document, also a replaced or removed one: an old answer may cite it."""
        row = self._db.execute(
            """
            SELECT v.document_id, v.state, v.kind, v.title, v.metadata, v.notices, v.name, v.media_type, v.digest,
                   v.original, v.sidecar, v.size, v.added_at, v.readers, c.text, c.blocks, c.edits, e.work_id
            FROM versions v JOIN contents c ON c.version_id = v.id LEFT JOIN editions e ON e.version_id = v.id
            WHERE v.id = ? AND v.state <> 'staged'
            """,
            (version_id,),
        ).fetchone()
        if row is None or not caller.may_read(tuple(json.loads(row[13]))):
            return None
        return VersionRecord(
            id=version_id,
            document_id=row[0],
            state=row[1],
            kind=DocumentKind(row[2]),
            title=row[3],
            text=row[14],
            blocks=codec.load_blocks(row[15]),
            edits=codec.load_edits(row[16]),
            metadata=codec.load_metadata(row[4]),
            notices=codec.load_notices(row[5]),
            name=row[6],
            media_type=row[7],
            digest=row[8],
            original=row[9],
            sidecar=row[10],
            size=row[11],
            added_at=row[12],
            edition_id=edition_id(version_id) if row[17] is not None else None,
            work_id=row[17],
        )

    def versions_of(self, document_id: str, caller: Caller) -> list[tuple[str, str]]:
        """(version id, state) of every content a document has had, oldest first."""
        rows = self._db.execute(
            "SELECT id, state, readers FROM versions WHERE document_id = ? AND state <> 'staged' ORDER BY ordinal",
            (document_id,),
        )
        return [(row[0], row[1]) for row in rows if caller.may_read(tuple(json.loads(row[2])))]

    def header(self, version_id: str) -> Header | None:
        """The short facts of a current version, from memory: kind, title, document, edition as stored."""
        return self.roster.headers.get(version_id)

    # ------------------------------------------------------------ works and editions

    def works(self, caller: Caller = LOCAL) -> list[Work]:
        """Every work with a current edition, by id."""
        return list(self.roster.view(caller).works.values())

    def editions(self, work_id: str | None = None, caller: Caller = LOCAL) -> tuple[Edition, ...]:
        """The editions of a work (of all works) in order of effect, closed by successors and repeals."""
        view = self.roster.view(caller)
        works = [work_id] if work_id is not None else list(view.works)
        return tuple(edition for work in works for edition in view.of_work(work))

    def edition_of(self, version_id: str, caller: Caller = LOCAL) -> Edition | None:
        """The edition a version is; for a replaced or removed one, as its work's current editions close it."""
        view = self.roster.view(caller)
        if version_id in view.editions:
            return view.editions[version_id]
        header = next(iter(load_headers(self._db, "v.id = ? AND v.state <> 'staged'", version_id)), None)
        if header is None or header.edition is None or not caller.may_read(header.readers):
            return None
        others = view.of_work(header.edition.work_id)
        return next(one for one in timeline((*others, header.edition)) if one.version_id == version_id)

    def resolve_work(self, text: str, within_version: str | None = None, caller: Caller = LOCAL) -> list[Work]:
        """The works a name may mean (View.resolve): none when it is no name of a work in the library."""
        return self.roster.view(caller).resolve(text, within_version)

    def defines(self, version_id: str) -> Mapping[str, str]:
        """The short forms a current version defines (以下简称): alias → full title."""
        header = self.header(version_id)
        return header.defines if header is not None else {}

    # ------------------------------------------------------------ what a question may use

    def eligible(
        self,
        caller: Caller,
        *,
        as_of: date,
        all_editions: bool = False,
        kinds: Sequence[DocumentKind] = (),
        works: Sequence[str] = (),
        documents: Sequence[str] = (),
        date_from: date | None = None,
        date_to: date | None = None,
        units: Sequence[str] = (),
        rounds: Sequence[str] = (),
    ) -> Eligible:
        """The passages a question may use: of readable current versions, of editions citable on ``as_of``."""
        scope = Scope(
            as_of, all_editions, tuple(kinds), tuple(works), tuple(documents), date_from, date_to, tuple(units)
        )
        view = self.roster.view(caller)
        whole = view.eligible(scope)
        if not units and not rounds:
            return whole
        ledgers = sorted(whole.ledgers)
        rows = frozenset(row[0] for row in self._finding_rows("f.id", ledgers, {"round": rounds, "unit": units}))
        others = whole.passages - sum(view.headers[version].passages for version in ledgers)
        return replace(whole, rows=rows, passages=others + len(rows))

    def passage_ids(self, eligible: Eligible) -> list[str]:
        """Every passage of a (small) scope, for an exact scan."""
        query = "SELECT p.id FROM versions v JOIN passages p ON p.id >= v.id || ':' AND p.id < v.id || ';'"
        found = self._in(query + " WHERE v.id IN ({}) ORDER BY v.ordinal, p.ordinal", sorted(eligible.versions))
        return [row[0] for row in found if eligible.allows(row[0])]

    # ------------------------------------------------------------ passages, clauses, texts

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        """Passages by id; unknown ids are left out."""
        wanted = list(dict.fromkeys(ids))
        cache = self._memory.passages
        out = {passage_id: passage for passage_id in wanted if (passage := cache.get(passage_id)) is not None}
        missing = [passage_id for passage_id in wanted if passage_id not in out]
        for row in self._in(f"{_PASSAGE} WHERE id IN ({{}})", missing):
            out[row[0]] = cache.put(row[0], _passage(row))
        return out

    def passages_of(self, version_id: str) -> list[Passage]:
        """A version's passages in text order."""
        rows = self._db.execute(
            f"{_PASSAGE} WHERE id >= ? AND id < ? ORDER BY ordinal", (f"{version_id}:", f"{version_id};")
        )
        return [_passage(row) for row in rows]

    def vectors(self, ids: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """The stored vectors of passages: what the vector store was given, exactly."""
        wanted, cache, out = list(dict.fromkeys(ids)), self._memory.vectors, {}
        made_by = self._manifest.get("embedder", "")
        missing: dict[bytes, list[str]] = {}
        for passage_id, text_hash in self._in("SELECT id, text_hash FROM passages WHERE id IN ({})", wanted):
            vector = cache.get((made_by, text_hash))
            if vector is not None:
                out[passage_id] = vector
            else:
                missing.setdefault(text_hash, []).append(passage_id)
        query = "SELECT text_hash, vector FROM vectors WHERE text_hash IN ({}) AND embedder = ?"
        for text_hash, blob in self._in(query, list(missing), self._embedder_number(made_by)):
            vector = cache.put((made_by, text_hash), as_vector(blob))
            out.update(dict.fromkeys(missing[text_hash], vector))
        return out

    def _embedder_number(self, embedder_id: str) -> int:
        row = self._db.execute("SELECT number FROM embedders WHERE id = ?", (embedder_id,)).fetchone()
        return row[0] if row is not None else 0

    def clauses(self, version_id: str) -> tuple[Clause, ...]:
        """A version's clauses in text order; none for an unknown version."""
        return self._memory.clauses.get_or(
            version_id, lambda: codec.load_clauses(self._content("clauses", version_id) or "[]")
        )

    def clauses_meeting(self, version_id: str, span: Span) -> tuple[Clause, ...]:
        """A version's clauses that have characters of a span. Of one not read before only these are made."""
        known = self._memory.clauses.get(version_id)
        if known is None:
            return codec.load_clauses(self._content("clauses", version_id) or "[]", span)
        return tuple(clause for clause in known if clause.span.meets(span))

    def text(self, version_id: str) -> str:
        """A version's canonical text; empty for an unknown version."""
        return self._memory.texts.get_or(version_id, lambda: self._content("text", version_id) or "")

    def page(self, version_id: str, offset: int) -> int | None:
        """The page of the original on which a character of the text stands; None where the format has no pages."""
        starts = self._memory.pages.get_or(
            version_id, lambda: codec.page_starts(self._content("blocks", version_id) or "[]")
        )
        index = bisect_right(starts, offset, key=lambda start: start[0]) - 1
        return starts[index][1] if index >= 0 else None

    def _content(self, column: str, version_id: str) -> str | None:
        row = self._db.execute(f"SELECT {column} FROM contents WHERE version_id = ?", (version_id,)).fetchone()
        return row[0] if row is not None else None

    # ------------------------------------------------------------ the ledger

    def findings(
        self,
        caller: Caller,
        *,
        rounds: Sequence[str] = (),
        units: Sequence[str] = (),
        categories: Sequence[str] = (),
        states: Sequence[str] = (),
        text: str | None = None,
        deadline_from: date | None = None,
        deadline_to: date | None = None,
        ids: Sequence[str] | None = None,
        documents: Sequence[str] = (),
    ) -> list[Finding]:
        """All rows of the readable ledgers that meet every condition, by number, then id."""
        ledgers = self._ledgers(caller, documents)
        conditions = {"round": rounds, "unit": units, "category": categories, "state": states}
        found = [_finding(row) for row in self._finding_rows(_FINDING, ledgers, conditions)]
        if ids is not None:
            chosen = set(ids)
            found = [finding for finding in found if finding.id in chosen]
        if deadline_from is not None or deadline_to is not None:
            first, last = deadline_from or date.min, deadline_to or date.max
            found = [finding for finding in found if finding.deadline is not None and first <= finding.deadline <= last]
        if text:
            key = search_key(text)
            found = [finding for finding in found if key in search_key("\n".join(finding.fields.values()))]
        return sorted(found, key=lambda finding: (natural(finding.number), natural(finding.id)))

    def finding_values(self, caller: Caller, column: str) -> list[str]:
        """The distinct values of round, unit, category or state over the readable ledgers, in natural order."""
        if column not in FINDING_COLUMNS:
            raise ValueError(column)
        rows = self._finding_rows(f"DISTINCT f.{column}", self._ledgers(caller, ()), {})
        return sorted((row[0] for row in rows if row[0] is not None), key=natural)

    def documents_of_findings(self, caller: Caller = LOCAL) -> list[Header]:
        """The readable ledgers, in order of arrival."""
        return [header for header in self.roster.view(caller).headers.values() if header.kind is DocumentKind.LEDGER]

    def _ledgers(self, caller: Caller, documents: Sequence[str]) -> list[str]:
        headers = self.documents_of_findings(caller)
        return [header.version_id for header in headers if not documents or header.document_id in documents]

    def _finding_rows(
        self, columns: str, versions: Sequence[str], conditions: Mapping[str, Sequence[str]]
    ) -> Iterator[Sequence[Any]]:
        where, values = "", list[str]()
        for column, wanted in conditions.items():
            if wanted:
                # A row without its own unit belongs to the ledger's.
                name = "COALESCE(f.unit, v.unit)" if column == "unit" else f"f.{column}"
                where += f" AND {name} IN ({', '.join('?' * len(wanted))})"
                values += wanted
        query = f"SELECT {columns} FROM findings f JOIN versions v ON v.id = f.version_id WHERE f.version_id IN ({{}})"
        return self._in(query + where, versions, *values)

    def _in(self, query: str, keys: Sequence[str] | Sequence[bytes], *more: object) -> Iterator[Sequence[Any]]:
        """Rows of a query whose ``{}`` takes any number of keys, asked in pieces."""
        for start in range(0, len(keys), _CHUNK):
            piece = keys[start : start + _CHUNK]
            yield from self._db.execute(query.format(", ".join("?" * len(piece))), (*piece, *more))


_PASSAGE = 'SELECT id, start, "end", locator, context FROM passages'


def _passage(row: Sequence[Any]) -> Passage:
    return Passage(row[0], Span(row[1], row[2]), codec.load_locator(row[3]), row[4])


_FINDING = (
    "f.id, f.number, f.round, f.unit, f.category, f.description, f.basis, f.responsible, f.deadline, f.state, "
    'f.start, f."end", f.fields'
)


def _finding(row: Sequence[Any]) -> Finding:
    finding_id, number, when, unit, category, description, basis, responsible, deadline, state, start, end, fields = row
    return Finding(
        finding_id,
        number,
        when,
        unit,
        category,
        description,
        basis,
        responsible,
        codec.as_day(deadline),
        state,
        Span(start, end),
        json.loads(fields),
    )


def as_vector(blob: bytes) -> NDArray[np.float32]:
    """A stored vector."""
    return np.frombuffer(blob, dtype="<f4").astype(np.float32, copy=False)


_NUMBERS = re.compile(r"(\d+)")


def natural(value: str | None) -> tuple[bool, list[tuple[int, str]]]:
    """A sort key by which 2024-1-9 comes before 2024-1-10; what is missing comes last."""
    parts = enumerate(_NUMBERS.split(value or ""))
    return value is None, [(int(part), "") if place % 2 else (-1, part) for place, part in parts if part]
