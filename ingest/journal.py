"""The journal: what changes owe to the derived indexes, so that an interrupted one can be undone or finished."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest import codec


@dataclass(frozen=True, slots=True)
class Cleanup:
    """Passages the derived indexes must forget, or (with a partition) hold elsewhere, once nobody reads the past."""

    passages: tuple[str, ...]
    partition: str | None = None


def expect(db: sqlite3.Connection, passages: Sequence[str]) -> int:
    """Note what is about to be added to the derived indexes; the note's id."""
    if not passages:
        return 0
    cursor = db.execute(
        "INSERT INTO journal (action, revision, passages) VALUES ('add', 0, ?)", (codec.dumps(list(passages)),)
    )
    return int(cursor.lastrowid or 0)


def owe(db: sqlite3.Connection, cleanups: Iterable[Cleanup], revision: int) -> None:
    """Note what the derived indexes have to forget or move once nobody reads an earlier revision."""
    for cleanup in cleanups:
        if cleanup.passages:
            db.execute(
                "INSERT INTO journal (action, partition, revision, passages) VALUES (?, ?, ?, ?)",
                ("move" if cleanup.partition else "delete", cleanup.partition, revision, codec.dumps(cleanup.passages)),
            )


@dataclass(frozen=True, slots=True)
class Owed:
    """An entry of the journal."""

    id: int
    action: str
    partition: str | None
    revision: int
    passages: list[str]


def owed(db: sqlite3.Connection) -> list[Owed]:
    """The journal, oldest first."""
    rows = db.execute("SELECT id, action, partition, revision, passages FROM journal ORDER BY id")
    return [Owed(row[0], row[1], row[2], row[3], json.loads(row[4])) for row in rows]
