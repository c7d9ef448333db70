"""A small deterministic embedder, and short ways to a library with it: for tests that are about the library."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.build import ingest_paths
from ingest.catalogue import SourceNote
from ingest.library import Added, Library
from ingest.pool import ReadingPool
from ingest.progress import Tell, silent
from ingest.report import IngestReport
from ingest.segment import terms
from ingest.worker import Reading, ReadingWorker, read_and_structure

TODAY = date(2025, 6, 1)


class HashingEmbedder:
    """Texts with common terms have near vectors: each term adds to a few of 64 coordinates, chosen by its hash."""

    def __init__(self, name: str = "hashing", dimension: int = 64) -> None:
        self.id = self.question_id = f"{name}/{dimension}"
        self.dimension = dimension
        self.encoded = 0

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        return np.stack([self.encode_question(text) for text in texts])

    def encode_question(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for term in terms(text):
            for byte in hashlib.sha256(term.encode()).digest()[:3]:
                vector[byte % self.dimension] += 1.0
        return vector / np.float32(np.linalg.norm(vector))


class HereWorker(ReadingWorker):
    """Reads in this process: tests that are not about the worker need not wait for one to start."""

    def read(self, data: bytes, name: str, sidecar: bytes | None = None, tell: Tell = silent) -> Reading:
        return read_and_structure(data, name, sidecar, tell)


def reading_here() -> ReadingPool:
    """A pool that reads one file after the other in this process."""
    return ReadingPool(1, HereWorker)


def open_library(directory: Path, embedder: HashingEmbedder | None = None, **more: object) -> Library:
    return Library.open(
        directory,
        embedder=embedder or HashingEmbedder(),
        now=lambda: datetime(2025, 6, 1, tzinfo=UTC),
        **more,  # type: ignore[arg-type]
    )


def take_up(library: Library, *paths: Path, **more: object) -> IngestReport:
    return ingest_paths(library, paths, readers=reading_here(), **more)  # type: ignore[arg-type]


def add(library: Library, text: str, name: str = "文件.md", *, at: str | None = None, **more: object) -> Added:
    """Add a text as if read from a path (``at``), by default /资料/<name>."""
    data = text.encode()
    reading = read_and_structure(data, name)
    source = SourceNote("path", at or f"/资料/{name}", "/资料")
    return library.add(data, reading.structured, source, **more)  # type: ignore[arg-type]


def regulation(
    title: str, articles: Sequence[str], *, edition: str = "", effective: str = "", published: str = "", more: str = ""
) -> str:
    """A small regulation in Markdown with front matter."""
    front = {"title": title, "kind": "regulation", "edition": edition, "effective_from": effective}
    front |= {"published": published}
    lines = [f"{name}: {value}" for name, value in front.items() if value]
    numbers = "一二三四五六七八九十"
    body = [f"第{numbers[place]}条　{words}" for place, words in enumerate(articles)]
    return "---\n" + "\n".join(lines) + ("\n" + more if more else "") + "\n---\n\n" + "\n\n".join(body) + "\n"


def meeting(title: str, paragraphs: Sequence[str], *, more: str = "") -> str:
    """A small meeting note in Markdown with front matter."""
    return f"---\ntitle: {title}\nkind: meeting\n{more}\n---\n\n" + "\n\n".join(paragraphs) + "\n"


def ledger(rows: Sequence[Sequence[str]]) -> str:
    """A small ledger in CSV: 编号, 轮次, 被巡察单位, 问题类别, 问题描述, 整改期限, 整改状态."""
    header = ("编号", "轮次", "被巡察单位", "问题类别", "问题描述", "整改期限", "整改状态")
    return "\n".join(",".join(row) for row in (header, *rows)) + "\n"


def when(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether the condition comes true soon."""
    import time

    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
