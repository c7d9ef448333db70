"""Answers as they were given, kept beside the catalogue: they cannot be rebuilt, so a backup takes both."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
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
"""
_VERSION = 1


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
        """Keep an answer under its id: who asked, and when."""
        row = (answer.id, at.astimezone(UTC).isoformat(timespec="seconds"), caller, self._wire(answer))
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", row)

    def answer(self, answer_id: str) -> dict[str, Any] | None:
        """The stored JSON object; None for an unknown id."""
        with self._lock:
            row = self._db.execute("SELECT answer FROM answers WHERE id = ?", (answer_id,)).fetchone()
        return json.loads(row[0]) if row is not None else None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
