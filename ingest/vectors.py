"""The vector stores: passage ids by nearness to a vector, in partitions. Derived data: texts live in the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import EngineError, reason_of

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with the engine's score (for vectors: the cosine)."""

    passage_id: str
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class VectorItem:
    """A passage's unit vector and the partition it belongs to."""

    passage_id: str
    partition: str
    vector: Vector


def best(hits: Sequence[Hit], k: int) -> list[Hit]:
    """The ``k`` best, best first; equal scores by passage id, so that the order never depends on the engine."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage_id))[:k]


class VectorStore(Protocol):
    """Passage ids by nearness. An id lies in one partition; adding it again replaces it."""

    def add(self, items: Sequence[VectorItem]) -> None:
        """Store the items durably; on return they are found by queries and survive a killed process."""

    def query(self, vector: Vector, k: int, partitions: Sequence[str]) -> list[Hit]:
        """The ``k`` nearest over all of ``partitions``, best first, ties by id; unknown partitions are empty."""

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Forget these ids; unknown ones are ignored."""

    def move(self, passage_ids: Sequence[str], partition: str) -> None:
        """Put these ids into another partition; unknown ones are ignored."""

    def count(self) -> int:
        """How many vectors are stored."""

    def ids(self) -> set[str]:
        """All stored ids."""

    def items(self) -> Iterator[VectorItem]:
        """All that is stored, in no order, a batch in memory at a time; nothing may be changed meanwhile."""

    def close(self) -> None:
        """Release files; the store is not used afterwards."""


class ExactVectors:
    """Exact search in memory: for small scopes and tests, and the yardstick for the other members."""

    def __init__(self) -> None:
        self._items: dict[str, VectorItem] = {}
        self._matrices: dict[str, tuple[list[str], Vector]] | None = None
        self._lock = threading.Lock()

    def add(self, items: Sequence[VectorItem]) -> None:
        """Keep the items."""
        with self._lock:
            self._items.update((item.passage_id, item) for item in items)
            self._matrices = None

    def query(self, vector: Vector, k: int, partitions: Sequence[str]) -> list[Hit]:
        """Compare with every vector of the partitions."""
        matrices = self._by_partition()
        hits: list[Hit] = []
        for partition in dict.fromkeys(partitions):
            if partition in matrices:
                ids, matrix = matrices[partition]
                hits.extend(map(Hit, ids, (matrix @ vector).tolist()))
        return best(hits, k)

    def _by_partition(self) -> dict[str, tuple[list[str], Vector]]:
        with self._lock:
            if self._matrices is None:
                groups: dict[str, list[VectorItem]] = {}
                for item in self._items.values():
                    groups.setdefault(item.partition, []).append(item)
                self._matrices = {
                    partition: ([item.passage_id for item in group], np.stack([item.vector for item in group]))
                    for partition, group in groups.items()
                }
            return self._matrices

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Forget these ids."""
        with self._lock:
            for passage_id in passage_ids:
                self._items.pop(passage_id, None)
            self._matrices = None

    def move(self, passage_ids: Sequence[str], partition: str) -> None:
        """Change the partition of these ids."""
        with self._lock:
            for passage_id in passage_ids:
                if item := self._items.get(passage_id):
                    self._items[passage_id] = VectorItem(passage_id, partition, item.vector)
            self._matrices = None

    def count(self) -> int:
        """How many vectors are kept."""
        return len(self._items)

    def ids(self) -> set[str]:
        """All kept ids."""
        with self._lock:
            return set(self._items)

    def items(self) -> Iterator[VectorItem]:
        """All that is kept."""
        with self._lock:
            kept = list(self._items.values())
        return iter(kept)

    def close(self) -> None:
        """Nothing to release."""


# HNSW: a search list several times longer than a usual k keeps recall at 1.0 on 20 k clustered vectors, for a
# millisecond more; Chroma's defaults (100, 100, 16) lose neighbours as collections grow.
_HNSW = {"space": "cosine", "ef_search": 400, "ef_construction": 200, "max_neighbors": 32}


class ChromaVectors:
    """Chroma on disk, filled through llama-index's vector store: one collection a partition.

    A collection a partition, because a ``where`` that matches most rows costs Chroma 50–435 ms at 100 k vectors.
    One process may open a directory (two writers corrupt it): the library's lock sees to that.
    """

    def __init__(self, directory: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        self._directory = directory
        self._lock = threading.Lock()  # one change at a time; questions do not wait for it
        with self._engine():
            directory.mkdir(parents=True, exist_ok=True)
            self._client: Any = chromadb.PersistentClient(str(directory), settings=Settings(anonymized_telemetry=False))
            self._batch: int = self._client.get_max_batch_size()
            self._collections: dict[str, Any] = {
                collection.name: collection for collection in self._client.list_collections()
            }

    @contextmanager
    def _engine(self) -> Iterator[None]:
        """Chroma's many exceptions become one that says where and what to do."""
        try:
            yield
        except Exception as error:
            raise EngineError("vectors_failed", path=str(self._directory), reason=reason_of(error)) from error

    def _collection(self, partition: str) -> Any:
        if partition not in self._collections:
            made = self._client.create_collection(
                partition, embedding_function=None, configuration={"hnsw": _HNSW}
            )  # fmt: skip
            self._collections = self._collections | {partition: made}  # a running question keeps its own dictionary
        return self._collections[partition]

    def _batches(self, passage_ids: Iterable[str]) -> Iterator[list[str]]:
        unique = list(dict.fromkeys(passage_ids))
        for start in range(0, len(unique), self._batch):
            yield unique[start : start + self._batch]

    def add(self, items: Sequence[VectorItem]) -> None:
        """New ids are added, known ones updated in place: a question sees the old vector or the new, never none."""
        unique = {item.passage_id: item for item in items}
        groups: dict[str, dict[str, Vector]] = {}
        for item in unique.values():
            groups.setdefault(item.partition, {})[item.passage_id] = item.vector
        with self._lock, self._engine():
            for partition, vectors in groups.items():
                for batch in self._batches(vectors):
                    self._put(partition, {passage_id: vectors[passage_id] for passage_id in batch})

    def _put(self, partition: str, vectors: dict[str, Vector]) -> None:
        # Imported when something is written: asking starts a second sooner without llama-index.
        from llama_index.core.schema import BaseNode, TextNode
        from llama_index.vector_stores.chroma import ChromaVectorStore

        collection = self._collection(partition)
        # ChromaVectorStore.add leaves the vector of a known id as it is.
        known = set(collection.get(ids=list(vectors), include=[])["ids"])
        if known:
            update = [passage_id for passage_id in vectors if passage_id in known]
            collection.update(ids=update, embeddings=[vectors[passage_id] for passage_id in update])
        fresh: list[BaseNode] = [
            TextNode(id_=passage_id, embedding=vector.tolist())
            for passage_id, vector in vectors.items()
            if passage_id not in known
        ]
        if fresh:
            ChromaVectorStore(chroma_collection=collection).add(fresh)
        self._remove(list(vectors), keep=partition)

    def _remove(self, passage_ids: list[str], *, keep: str | None = None) -> None:
        for partition, collection in self._collections.items():
            if partition != keep:
                found = collection.get(ids=passage_ids, include=[])["ids"]
                if found:
                    collection.delete(ids=found)

    def query(self, vector: Vector, k: int, partitions: Sequence[str]) -> list[Hit]:
        """Ask each partition for its ``k`` nearest and merge.

        The collection is asked directly: llama-index's query rebuilds a node from JSON for every hit, which makes
        100 hits cost 7 ms instead of 2, and returns exp(-distance) where the cosine is wanted.
        """
        if k <= 0:
            return []
        found: dict[str, Hit] = {}
        collections = self._collections
        with self._engine():
            for partition in dict.fromkeys(partitions):
                if partition in collections:
                    result = collections[partition].query(
                        query_embeddings=[vector], n_results=k, include=["distances"]
                    )  # fmt: skip
                    for passage_id, distance in zip(result["ids"][0], result["distances"][0], strict=True):
                        found[passage_id] = Hit(passage_id, 1.0 - float(distance))
        return best(list(found.values()), k)

    def delete(self, passage_ids: Sequence[str]) -> None:
        """Forget these ids, wherever they are."""
        with self._lock, self._engine():
            for batch in self._batches(passage_ids):
                self._remove(batch)

    def move(self, passage_ids: Sequence[str], partition: str) -> None:
        """Add to the new partition before removing from the old one: no id is ever in neither."""
        with self._lock, self._engine():
            for batch in self._batches(passage_ids):
                vectors: dict[str, Vector] = {}
                for name, collection in self._collections.items():
                    if name != partition:
                        found = collection.get(ids=batch, include=["embeddings"])
                        vectors.update(zip(found["ids"], np.asarray(found["embeddings"], np.float32), strict=True))
                if vectors:
                    self._put(partition, vectors)

    def count(self) -> int:
        """How many vectors are stored."""
        with self._engine():
            return sum(int(collection.count()) for collection in self._collections.values())

    def ids(self) -> set[str]:
        """All stored ids."""
        with self._engine():
            return {
                passage_id
                for collection in self._collections.values()
                for passage_id in collection.get(include=[])["ids"]
            }

    def items(self) -> Iterator[VectorItem]:
        """All that is stored, read a batch at a time."""
        for partition, collection in self._collections.items():
            with self._engine():
                known = collection.get(include=[])["ids"]
            for batch in self._batches(known):
                with self._engine():
                    found = collection.get(ids=batch, include=["embeddings"])
                for passage_id, vector in zip(found["ids"], found["embeddings"], strict=True):
                    yield VectorItem(passage_id, partition, np.asarray(vector, np.float32))

    def close(self) -> None:
        """Release the database files."""
        with self._lock, self._engine():
            self._collections = {}
            self._client.close()
