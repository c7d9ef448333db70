"""The open catalogue: who writes, who reads, and which states are still being read."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.catalogue import Memory, Snapshot
from ingest.tables import connect, open_database

FILE_NAME = "catalogue.db"


class Catalogue:
    """The open catalogue file: one writing connection, a pool of reading ones."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME
        self.writer = open_database(self._path)
        self._pool: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._open = Counter[int]()  # snapshots by revision
        self._closed = False
        self.memory = Memory()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The library as it stands now, unchanged by what is written meanwhile."""
        connection = self._borrow()
        with self._lock:  # between reading the revision and counting it no change may believe itself unwatched
            connection.execute("BEGIN")
            snapshot = Snapshot(self.memory, connection)
            self._open[snapshot.revision] += 1
        try:
            yield snapshot
        finally:
            with self._lock:
                self._open[snapshot.revision] -= 1
                self._open += Counter()  # drops what is no longer open
            connection.execute("ROLLBACK")
            self._give_back(connection)

    def oldest_open(self) -> int | None:
        """The oldest revision some snapshot still reads."""
        with self._lock:
            return min(self._open, default=None)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """One transaction of the writer: all of it or nothing, on disk when it ends. Writers take turns outside."""
        self.writer.execute("BEGIN IMMEDIATE")
        try:
            yield self.writer
            self.writer.execute("COMMIT")
        except BaseException:
            if self.writer.in_transaction:  # a full disk may have ended it already
                self.writer.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close every connection; snapshots still open close theirs when they end."""
        with self._lock:
            self._closed = True
            for connection in self._pool:
                connection.close()
            self._pool.clear()
        self.writer.close()

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            if self._pool:
                return self._pool.pop()
        connection = connect(self._path)
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._pool.append(connection)
                return
        connection.close()
