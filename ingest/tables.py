"""The catalogue's tables, as numbered migrations run on opening after a copy of the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from ingest.errors import ConflictError

_VERSION_1 = """
-- What made the index, and the revision: one row a fact.
CREATE TABLE manifest (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO manifest VALUES ('revision', '0');

CREATE TABLE documents (
    ordinal INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,              -- current, removed
    version_id TEXT NOT NULL,         -- the current one, or the last
    added_at TEXT NOT NULL
);

-- Where a document's content came from; several sources may have the same content.
CREATE TABLE sources (
    kind TEXT NOT NULL,               -- path, upload, url
    location TEXT NOT NULL,           -- absolute path, file name of an upload, URL
    document_id TEXT NOT NULL REFERENCES documents (id),
    root TEXT,                        -- of a path: what was named on the command line
    stamp TEXT,                       -- of a path: sizes and times of the file and its sidecar when it was read
    PRIMARY KEY (kind, location, document_id)
) WITHOUT ROWID;
CREATE INDEX sources_of_document ON sources (document_id);

-- What is asked of every version on every question; the long columns are in contents.
CREATE TABLE versions (
    ordinal INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents (id),
    state TEXT NOT NULL,              -- staged, current, replaced, removed
    kind TEXT NOT NULL,
    partition TEXT NOT NULL,          -- where its passages lie in the derived indexes
    title TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    digest TEXT NOT NULL,
    original TEXT NOT NULL,           -- sha256 of the file, its name in originals/
    sidecar TEXT,                     -- sha256 of the sidecar
    size INTEGER NOT NULL,
    reader_version TEXT NOT NULL,
    structure_version TEXT NOT NULL,
    readers TEXT NOT NULL,
    unit TEXT,
    day TEXT,                         -- of the meeting or speech, or published
    articles INTEGER NOT NULL,
    passages INTEGER NOT NULL,
    findings INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    notices TEXT NOT NULL,
    repeals TEXT NOT NULL,
    defines TEXT NOT NULL,
    added_at TEXT NOT NULL
);
CREATE INDEX versions_of_document ON versions (document_id);
CREATE INDEX versions_by_state ON versions (state);
CREATE INDEX versions_by_digest ON versions (digest);

CREATE TABLE contents (
    version_id TEXT PRIMARY KEY REFERENCES versions (id),
    text TEXT NOT NULL,
    blocks TEXT NOT NULL,
    edits TEXT NOT NULL,
    clauses TEXT NOT NULL
);

-- The facts of a regulation's text; works are what editions of one work id have in common.
CREATE TABLE editions (
    version_id TEXT PRIMARY KEY REFERENCES versions (id),
    work_id TEXT NOT NULL,
    work TEXT NOT NULL,               -- lasting title
    aliases TEXT NOT NULL,
    title TEXT NOT NULL,
    label TEXT,
    published TEXT,
    effective_from TEXT,
    effective_to TEXT,
    declared_status TEXT,
    inferred TEXT NOT NULL
) WITHOUT ROWID;

-- An id begins with its version's id, so a range of ids is a version's passages.
CREATE TABLE passages (
    id TEXT PRIMARY KEY,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    locator TEXT NOT NULL,
    context TEXT NOT NULL,
    text_hash BLOB NOT NULL           -- of what is embedded
) WITHOUT ROWID;

CREATE TABLE findings (
    id TEXT PRIMARY KEY,
    version_id TEXT NOT NULL REFERENCES versions (id),
    ordinal INTEGER NOT NULL,
    number TEXT,
    round TEXT,
    unit TEXT,
    category TEXT,
    description TEXT NOT NULL,
    basis TEXT,
    responsible TEXT,
    deadline TEXT,
    state TEXT,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    fields TEXT NOT NULL
);
CREATE INDEX findings_of_version ON findings (version_id);

-- Every passage's vector by what was embedded and who embedded it: rebuilding an index never embeds again.
CREATE TABLE embedders (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE vectors (
    embedder INTEGER NOT NULL REFERENCES embedders (number),
    text_hash BLOB NOT NULL,
    vector BLOB NOT NULL,             -- float32, little endian
    PRIMARY KEY (embedder, text_hash)
);

-- Derived indexes; at most one is active and one being built.
CREATE TABLE builds (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL,              -- building, active
    made_by TEXT NOT NULL             -- the manifest it is, or will be, made by
) WITHOUT ROWID;

-- What a change does to the derived indexes, written before it is done and cleared after: an interrupted change
-- is undone (add) or finished (delete, move) from here.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    action TEXT NOT NULL,             -- add, delete, move
    partition TEXT,                   -- of a move
    revision INTEGER NOT NULL,        -- of a delete or move: readers of earlier revisions still want the passages
    passages TEXT NOT NULL
);
"""

_VERSION_2 = """
-- What people have corrected: put over what is read of a document, now and whenever it is read again.
CREATE TABLE corrections (
    document_id TEXT NOT NULL,
    field TEXT NOT NULL,
    value TEXT,                       -- as metadata stores it; NULL: the document has none
    corrected_by TEXT NOT NULL,
    corrected_at TEXT NOT NULL,
    PRIMARY KEY (document_id, field)
) WITHOUT ROWID;
"""

_VERSION_3 = """
-- A regulation that a notice carries is a document of its own, stored, replaced and removed with the notice's file.
ALTER TABLE documents ADD COLUMN part_of TEXT;    -- the notice's document
ALTER TABLE documents ADD COLUMN part TEXT;       -- what it is called within the file
CREATE INDEX parts_of_document ON documents (part_of);
ALTER TABLE versions ADD COLUMN amends TEXT NOT NULL DEFAULT '[]';
"""

_VERSION_4 = """
-- The same text from several places: sketches of all texts by hash, and the pairs that are the same.
CREATE TABLE sketches (
    hash INTEGER NOT NULL,
    version_id TEXT NOT NULL,
    PRIMARY KEY (hash, version_id)
) WITHOUT ROWID;
CREATE INDEX sketches_of_version ON sketches (version_id);
CREATE TABLE twins (
    version_id TEXT NOT NULL,
    other TEXT NOT NULL,
    share REAL NOT NULL,              -- of the shorter text
    PRIMARY KEY (version_id, other)
) WITHOUT ROWID;
ALTER TABLE versions ADD COLUMN standing REAL NOT NULL DEFAULT 0;   -- which of them is shown: the highest
"""

MIGRATIONS: tuple[str, ...] = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4)
"""The n-th brings a catalogue from version n - 1 to n. A released one is never edited."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that may move between threads; transactions are begun and ended by hand."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA mmap_size = 2147418112")  # SQLite's most: a million passages are 5 GB
    return connection


def open_database(path: Path, migrations: Sequence[str] = MIGRATIONS) -> sqlite3.Connection:
    """Open or create the catalogue file and bring it to the newest version, keeping a copy of the older file."""
    connection = connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    found = version_of(connection)
    if found > len(migrations):
        connection.close()
        raise ConflictError("library_newer", path=str(path.parent), found=found, known=len(migrations))
    if 0 < found < len(migrations):
        _copy(connection, path.with_name(f"{path.name}.v{found}.bak"))
    for number in range(found, len(migrations)):
        _migrate(connection, migrations[number], number + 1)
    return connection


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of an open catalogue; 0 is an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    """A whole copy, with what is still in the write-ahead log; under its final name only when it is complete."""
    partial = target.with_name(target.name + ".part")
    partial.unlink(missing_ok=True)
    copy = sqlite3.connect(partial)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    partial.replace(target)


def _migrate(connection: sqlite3.Connection, script: str, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _statements(script):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _statements(script: str) -> list[str]:
    """The script's statements one by one: executescript would commit the transaction they run in."""
    out, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            out.append(pending)
            pending = ""
    return out
