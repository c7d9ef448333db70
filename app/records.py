"""Answers as they were given, and the conversations they belong to, kept beside the catalogue.

They cannot be rebuilt, so a backup takes both. Who asked is who may see a conversation again.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.model import Answer

Wire = Callable[[Answer], str]
"""The JSON every caller gets, and so the one that is stored."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    id TEXT PRIMARY KEY,
    asked_at TEXT NOT NULL,
    caller TEXT NOT NULL,
    answer TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY,
    caller TEXT NOT NULL,
    title TEXT NOT NULL,
    started_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL REFERENCES conversations (id),
    ordinal INTEGER NOT NULL,
    answer TEXT NOT NULL REFERENCES answers (id),
    PRIMARY KEY (conversation, ordinal)
) WITHOUT ROWID;
"""
_VERSION = 2
_TITLE = 60  # characters of the first question that name a conversation


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it is listed. ``title`` is its first question; instants are UTC."""

    id: str
    title: str
    started_at: str
    updated_at: str
    turns: int


def _wire(answer: Answer) -> str:
    from app.api.schema import wire  # pydantic is not loaded before the first answer is stored

    return wire(answer).model_dump_json()


class Records:
    """The stored answers of one library. Safe to share between threads."""

    def __init__(self, path: Path, wire: Wire = _wire) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._wire = wire
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def save(self, answer: Answer, *, caller: str, at: datetime) -> None:
        """Keep an answer under its id, and in its conversation: who asked, and when."""
        instant = _instant(at)
        with self._lock, self._change():
            self._db.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", (answer.id, instant, caller, self._wire(answer))
            )
            if answer.conversation is not None:
                self._db.execute(
                    "INSERT INTO turns SELECT ?, COUNT(*), ? FROM turns WHERE conversation = ?",
                    (answer.conversation, answer.id, answer.conversation),
                )
                self._db.execute(
                    "UPDATE conversations SET updated_at = ?, title = CASE title WHEN '' THEN ? ELSE title END WHERE id = ?",
                    (instant, answer.question[:_TITLE], answer.conversation),
                )

    @contextmanager
    def _change(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def answer(self, answer_id: str) -> dict[str, Any] | None:
        """The stored JSON object; None for an unknown id."""
        with self._lock:
            row = self._db.execute("SELECT answer FROM answers WHERE id = ?", (answer_id,)).fetchone()
        return json.loads(row[0]) if row is not None else None

    # ------------------------------------------------------------ conversations

    def start(self, *, caller: str, at: datetime) -> str:
        """Begin a conversation; its id."""
        conversation = "c" + secrets.token_hex(8)
        with self._lock:
            self._db.execute(
                "INSERT INTO conversations VALUES (?, ?, '', ?, ?)", (conversation, caller, _instant(at), _instant(at))
            )
        return conversation

    def conversations(self, *, caller: str) -> list[Conversation]:
        """The caller's own, the last changed first; one in which nothing was answered yet is not listed."""
        with self._lock:
            rows = self._db.execute(
                """
                SELECT c.id, c.title, c.started_at, c.updated_at, COUNT(*)
                FROM conversations c JOIN turns t ON t.conversation = c.id
                WHERE c.caller = ? GROUP BY c.id ORDER BY c.updated_at DESC, c.id
                """,
                (caller,),
            ).fetchall()
        return [Conversation(*row) for row in rows]

    def turns(self, conversation: str, *, caller: str) -> list[dict[str, Any]] | None:
        """The stored answers of a conversation in order; None for one that is not the caller's."""
        with self._lock:
            owner = self._db.execute("SELECT caller FROM conversations WHERE id = ?", (conversation,)).fetchone()
            if owner is None or owner[0] != caller:
                return None
            rows = self._db.execute(
                "SELECT a.answer FROM turns t JOIN answers a ON a.id = t.answer WHERE t.conversation = ? ORDER BY t.ordinal",
                (conversation,),
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def forget(self, conversation: str, *, caller: str) -> bool:
        """Delete a conversation with its answers; whether it was the caller's to delete."""
        if self.turns(conversation, caller=caller) is None:
            return False
        with self._lock, self._change():
            self._db.execute(
                "DELETE FROM answers WHERE id IN (SELECT answer FROM turns WHERE conversation = ?)", (conversation,)
            )
            self._db.execute("DELETE FROM turns WHERE conversation = ?", (conversation,))
            self._db.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
        return True

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
