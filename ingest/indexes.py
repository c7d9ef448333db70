"""The derived indexes of one build, vectors and terms side by side: opened when first needed, closed when unused."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ingest.catalogue import as_vector
from ingest.changes import embedded_text
from ingest.lexical import LexicalIndex, LexicalItem
from ingest.segment import terms
from ingest.vectors import ChromaVectors, Hit, Vector, VectorItem, VectorStore

OpenVectors = Callable[[Path], VectorStore]
_BATCH = 1000  # passages added at once


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as the indexes take it."""

    passage_id: str
    partition: str
    text: str
    context: str
    text_hash: bytes

    @property
    def embedded(self) -> str:
        """What its vector is of."""
        return embedded_text(self.context, self.text)


class Indexes:
    """The vector store and the term index of one build. Adding, deleting and moving twice is as good as once."""

    def __init__(self, directory: Path, build: str, open_vectors: OpenVectors = ChromaVectors) -> None:
        self.build = build
        self.dimension: int | None = None  # of the vectors, once known
        self.vectors = open_vectors(directory / "vectors" / build)
        self.terms = LexicalIndex(directory / "terms" / build)

    def add(self, entries: Sequence[Entry], vectors: Mapping[bytes, Vector]) -> None:
        """Add passages durably."""
        terms_of = cache(terms)  # the passages of a chapter share their context
        self.dimension = next((len(vector) for vector in vectors.values()), self.dimension)
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            self.vectors.add(
                [VectorItem(entry.passage_id, entry.partition, vectors[entry.text_hash]) for entry in batch]
            )
            self.terms.add(
                [
                    LexicalItem(entry.passage_id, entry.partition, terms(entry.text), terms_of(entry.context))
                    for entry in batch
                ]
            )

    def nearest(self, vector: Vector, k: int, partitions: Sequence[str]) -> list[Hit]:
        """The nearest passages; none for the vector of another embedder, as a question has it that began just before
        a rebuild was put in place.
        """
        if self.dimension not in (None, len(vector)):
            return []
        return self.vectors.query(vector, k, partitions)

    def delete(self, passages: Sequence[str]) -> None:
        """Forget passages."""
        self.vectors.delete(passages)
        self.terms.delete(passages)

    def move(self, passages: Sequence[str], partition: str) -> None:
        """Put passages into another partition."""
        self.vectors.move(passages, partition)
        self.terms.move(passages, partition)

    def close(self) -> None:
        """Release files."""
        self.vectors.close()
        self.terms.close()


class Shelf:
    """The active build's indexes: shared by searching threads, exchanged in one moment, closed when nobody searches."""

    def __init__(self, open_indexes: Callable[[], Indexes]) -> None:
        self._open = open_indexes
        self._current: Indexes | None = None
        self._users: dict[Indexes, int] = {}
        self._changed = threading.Condition()

    @contextmanager
    def use(self) -> Iterator[Indexes]:
        """The indexes, which stay open meanwhile."""
        with self._changed:
            if self._current is None:
                self._current = self._open()
            indexes = self._current
            self._users[indexes] = self._users.get(indexes, 0) + 1
        try:
            yield indexes
        finally:
            with self._changed:
                self._users[indexes] -= 1
                self._changed.notify_all()

    def exchange(self, fresh: Indexes | None) -> None:
        """Use other indexes from now on; returns when the old ones are closed."""
        with self._changed:
            old, self._current = self._current, fresh
            if old is not None:
                self._changed.wait_for(lambda: not self._users.get(old))
                self._users.pop(old, None)
        if old is not None:
            old.close()


def stored_vectors(db: sqlite3.Connection, embedder_id: str, hashes: Sequence[bytes]) -> dict[bytes, Vector]:
    """The vectors an embedder gave, by text hash; what it has not embedded is left out."""
    out: dict[bytes, Vector] = {}
    for start in range(0, len(hashes), 500):
        piece = hashes[start : start + 500]
        rows = db.execute(
            "SELECT text_hash, vector FROM vectors WHERE embedder = (SELECT number FROM embedders WHERE id = ?) "
            f"AND text_hash IN ({', '.join('?' * len(piece))})",
            (embedder_id, *piece),
        )
        out.update((text_hash, as_vector(blob)) for text_hash, blob in rows)
    return out


def entries_of(db: sqlite3.Connection, version_id: str, partition: str) -> list[Entry]:
    """A stored version's passages as the indexes take them."""
    text = db.execute("SELECT text FROM contents WHERE version_id = ?", (version_id,)).fetchone()[0]
    rows = db.execute(
        'SELECT id, start, "end", context, text_hash FROM passages WHERE id >= ? AND id < ? ORDER BY ordinal',
        (f"{version_id}:", f"{version_id};"),
    )
    return [Entry(row[0], partition, text[row[1] : row[2]], row[3], row[4]) for row in rows]


def remove_build(directory: Path, build: str) -> None:
    """Delete a build's files; what cannot be deleted now (Windows) goes on the next opening."""
    for kind in ("vectors", "terms"):
        shutil.rmtree(directory / kind / build, ignore_errors=True)


def builds_on_disk(directory: Path) -> set[str]:
    """The builds that have files."""
    return {
        path.name
        for kind in ("vectors", "terms")
        if (directory / kind).is_dir()
        for path in (directory / kind).iterdir()
    }
