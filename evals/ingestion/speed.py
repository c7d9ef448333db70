"""How fast files come in, stage by stage and format by format, and whether memory grows with their number.

Stages are timed with the product's own model, one format of ``corpus/`` after the other, each into a fresh library,
with reading processes and libraries loaded as in a server that runs; what loading them costs is a figure of its own.
The embedder's share is told of the time on the clock and of processor time, the reading processes' included: on a
machine that others use only the second is the program's own.

Memory is the resident set of the ingesting process and of its reading processes at its highest, over folders of
small files, with an embedder that costs nothing: the largest folder would take hours. It is taken with the product's
vector store, which keeps its vectors in memory, and with one that keeps none: what then grows is no index.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from evals.corpus import CORPUS
from evals.ingestion.measure import ROOT, Figure
from ingest.build import ingest_paths
from ingest.embed import open_embedder
from ingest.library import Library
from ingest.pool import ReadingPool
from ingest.report import IngestReport
from ingest.vectors import ChromaVectors, ExactVectors, VectorItem

FORMATS = (".txt", ".md", ".html", ".docx", ".xlsx", ".csv")
STAGES = ("read", "structure", "embed", "store")
SIZES = (100, 400, 1600)
FLAT = 1.25  # times the memory of a hundred files: what the allocator and the caches of bounded size may add


def measure(out: Path) -> Sequence[Figure]:
    """Stages by format, the embedder's share, and memory by the number of files."""
    return [*_speed(), *_memory()]


class _Timed:
    """The product's embedder, which counts the processor time it takes."""

    def __init__(self) -> None:
        self._embedder = open_embedder()
        self.id, self.question_id = self._embedder.id, self._embedder.question_id
        self.dimension, self.seconds = self._embedder.dimension, 0.0

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        begun = time.process_time()
        vectors = self._embedder.encode_passages(texts)
        self.seconds += time.process_time() - begun
        return vectors

    def encode_question(self, text: str) -> NDArray[np.float32]:
        return self._embedder.encode_question(text)


def _speed() -> list[Figure]:
    figures: list[Figure] = []
    whole: dict[str, float] = {}
    embedder = _Timed()
    with ReadingPool() as readers:
        begun = time.perf_counter()
        _taken_in(sorted(CORPUS.rglob("*.txt"))[:1], embedder, readers)
        loading = time.perf_counter() - begun
        embedder.seconds, before = 0.0, _processor_seconds()
        for suffix in FORMATS:
            files = sorted(path for path in CORPUS.rglob(f"*{suffix}") if not path.name.startswith("README"))
            report = _taken_in(files, embedder, readers)
            for stage in STAGES:
                rate = report.passages / report.seconds[stage]
                figures.append(Figure(f"speed.{suffix[1:]}.{stage}_passages_per_second", rate, n=report.passages))
            for stage in ("embed", "wall"):
                whole[stage] = whole.get(stage, 0.0) + report.seconds[stage]
        spent = _processor_seconds() - before
    remark = "六种格式合计"
    return [
        *figures,
        Figure("speed.first_file_seconds", loading, remark="含装载模型、程序库和阅读进程"),
        Figure("speed.share_in_embedder", whole["embed"] / whole["wall"], 0.85, remark=remark),
        Figure("speed.share_in_embedder_of_processor_time", embedder.seconds / spent, 0.85, remark=remark),
    ]


def _taken_in(files: Sequence[Path], embedder: _Timed, readers: ReadingPool) -> IngestReport:
    """The files in a library of their own."""
    with TemporaryDirectory(prefix="youju-speed-") as folder:
        library = Library.open(Path(folder) / "library", embedder=embedder, now=lambda: datetime.now(UTC))
        with library:
            library.warm()
            return ingest_paths(library, files, readers=readers)


def _processor_seconds() -> float:
    """The processor time of this process and of its reading processes so far."""
    ticks = 0
    for process in _children():
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


# ---------------------------------------------------------------- memory


def _memory() -> list[Figure]:
    figures: list[Figure] = []
    for kept, name in ((True, "with_vectors"), (False, "without_vectors")):
        peaks = {count: _peak(count, kept) for count in SIZES}
        figures += [Figure(f"speed.megabytes_{name}_{count}_files", peak, n=count) for count, peak in peaks.items()]
        growth = peaks[SIZES[-1]] / peaks[SIZES[0]]
        target = None if kept else FLAT
        figures.append(Figure(f"speed.memory_growth_{name}", growth, target, at_least=False, n=SIZES[-1]))
    return figures


def _peak(count: int, kept: bool) -> float:
    """The memory of an ingest in a process of its own, MB."""
    with TemporaryDirectory(prefix="youju-speed-") as folder:
        command = [sys.executable, "-m", "evals.ingestion.speed", folder, str(count), "kept" if kept else "dropped"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return float(json.loads(done.stdout.splitlines()[-1]))


class _NoVectors(ExactVectors):
    """Keeps nothing."""

    def __init__(self, directory: Path) -> None:
        super().__init__()

    def add(self, items: Sequence[VectorItem]) -> None:
        """Nothing."""


class _FreeEmbedder:
    """Costs nothing: the memory of an ingest is asked for, not its vectors."""

    id = question_id = "free/384"
    dimension = 384

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.encode_question(text) for text in texts])

    def encode_question(self, text: str) -> NDArray[np.float32]:
        vector = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.dimension, np.float32)
        return vector / np.float32(np.linalg.norm(vector))


def _ingest(folder: Path, count: int, kept: bool) -> float:
    """Take in so many small files, with or without keeping their vectors; the highest sum of resident sets, MB."""
    sources = folder / "sources"
    sources.mkdir()
    for number in range(count):
        words = "".join(
            f"\n\n{place}. 会议议定第{number}件事的第{place}步，由责任单位在期限内完成。" for place in range(1, 12)
        )
        (sources / f"{number:05}.md").write_text(f"# 第{number}次专题会议纪要{words}\n", encoding="utf-8")
    peak, ended = 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(0.2):
            peak = max(peak, _resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        library = Library.open(
            folder / "library",
            embedder=_FreeEmbedder(),
            now=lambda: datetime.now(UTC),
            open_vectors=ChromaVectors if kept else _NoVectors,
        )
        with library:
            ingest_paths(library, [sources])
    finally:
        ended.set()
        watcher.join()
    return peak


def _resident() -> float:
    """The resident sets of this process and of its children, MB (Linux)."""
    pages = 0
    for process in [Path("/proc/self"), *_children()]:
        with suppress(OSError):  # it has just ended
            pages += int((process / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _children() -> list[Path]:
    """The processes this one has started, by their place under /proc."""
    found: list[Path] = []
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has just ended
            found += [Path("/proc") / child for child in (thread / "children").read_text().split()]
    return found


if __name__ == "__main__":
    print(_ingest(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "kept"))
