"""What people have corrected in a document's metadata: kept apart from what was read, and put over it ever after."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from ingest import codec
from ingest.document import Metadata, Structured

FIELDS = (
    "title",
    "kind",
    "date",
    "issuer",
    "number",
    "unit",
    "work",
    "edition",
    "published",
    "effective_from",
    "effective_to",
    "declared_status",
    "readers",
)
"""The fields of Metadata that can be corrected."""

REQUIRED = frozenset({"title", "kind", "work"})
"""Those a document cannot be without: they are corrected to something else, or the correction is undone."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One field as somebody says it is; a ``value`` of None says that the document has none."""

    field: str
    value: object
    by: str
    at: str  # instant, UTC


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants corrected: ``values`` by field (None: it has none), and the corrections to take back."""

    values: Mapping[str, object]
    undo: Collection[str] = ()
    by: str = "local"

    @property
    def fields(self) -> frozenset[str]:
        """The fields it is about."""
        return frozenset(self.values) | frozenset(self.undo)


# ---------------------------------------------------------------- kept


def corrections_of(db: sqlite3.Connection, document_id: str) -> tuple[Correction, ...]:
    """The corrections of a document, by field."""
    rows = db.execute(
        "SELECT field, value, corrected_by, corrected_at FROM corrections WHERE document_id = ? ORDER BY field",
        (document_id,),
    )
    return tuple(Correction(name, _loaded(name, value), by, at) for name, value, by, at in rows)


def record(db: sqlite3.Connection, document_id: str, wanted: Wanted, now: str) -> None:
    """Keep what is wanted."""
    db.executemany(
        "DELETE FROM corrections WHERE document_id = ? AND field = ?", [(document_id, name) for name in wanted.undo]
    )
    db.executemany(
        "INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?, ?)",
        [(document_id, name, _dumped(name, value), wanted.by, now) for name, value in wanted.values.items()],
    )


def merged(known: Collection[Correction], wanted: Wanted) -> dict[str, object]:
    """All corrections by field, once what is wanted is kept."""
    values = {each.field: each.value for each in known if each.field not in wanted.undo}
    return values | dict(wanted.values)


def _dumped(name: str, value: object) -> str | None:
    """A field's value as metadata stores it."""
    stored = json.loads(codec.dump_metadata(replace(Metadata(), **{name: value or _nothing(name)})))  # type: ignore[arg-type]
    return codec.dumps(stored[name]) if name in stored else None


def _loaded(name: str, value: str | None) -> object:
    if value is None:
        return None
    return getattr(codec.load_metadata(codec.dumps({name: json.loads(value)})), name)


def _nothing(name: str) -> object:
    return getattr(Metadata(), name)


# ---------------------------------------------------------------- put over what was read


def corrected(metadata: Metadata, values: Mapping[str, object]) -> Metadata:
    """What was read, with the corrections over it; nothing is inferred for a corrected field."""
    fresh = {name: _nothing(name) if value is None else value for name, value in values.items()}
    names = frozenset(values)
    return replace(metadata, **fresh, inferred=metadata.inferred - names, corrected=names)  # type: ignore[arg-type]


def with_corrections(db: sqlite3.Connection, document_id: str, read: Structured) -> Structured:
    """What is read of a document, under its corrections."""
    return restructured(read, {each.field: each.value for each in corrections_of(db, document_id)})


def restructured(read: Structured, values: Mapping[str, object]) -> Structured:
    """What a text becomes under these corrections; ReadError when it cannot be of the kind they say.

    It has a version id of its own where its structure is another one, so that a passage's id means one passage.
    """
    if not values:
        return read
    from ingest.structure.structure import structure  # what reads texts is slow to import, and asking needs none of it

    document = replace(read.document, metadata=corrected(read.document.metadata, values))
    done = replace(structure(document), document=read.document, part=read.part)
    if shape(done) == shape(read):
        return done.with_version(read.version_id)
    return done.with_version(hashlib.sha256(f"{read.version_id}{shape(done)}".encode()).hexdigest()[:16])


def shape(structured: Structured) -> str:
    """A digest of everything that is stored under a version's id for good: kind, text, clauses, passages, rows."""
    parts = (
        structured.kind.value,
        structured.document.text,
        codec.dump_clauses(structured.clauses),
        [(each.span, codec.dump_locator(each.locator), each.context) for each in structured.passages],
        [replace(each, id="") for each in structured.findings],
    )
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
