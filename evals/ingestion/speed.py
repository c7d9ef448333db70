"""How fast files come in, stage by stage and format by format, and whether memory grows with their number.

Stages are timed with the product's own model, one format of ``corpus/`` after the other, each into a fresh library.
Memory is the resident set of the ingesting process and of its reading processes at its highest, over folders of
small files; for that figure alone an embedder that costs nothing stands in, or the largest folder would take hours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
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

FORMATS = (".txt", ".md", ".html", ".docx", ".xlsx", ".csv")
STAGES = ("read", "structure", "embed", "store")
SIZES = (100, 400, 1600)
FLAT = 1.25  # times the memory of a hundred files: what the allocator and the caches of bounded size may add


def measure(out: Path) -> Sequence[Figure]:
    """Stages by format, the embedder's share, and memory by the number of files."""
    figures: list[Figure] = []
    whole: dict[str, float] = {}
    embedder = open_embedder()
    embedder.encode_passages(["预热。"])
    for suffix in FORMATS:
        files = sorted(path for path in CORPUS.rglob(f"*{suffix}") if not path.name.startswith("README"))
        with TemporaryDirectory(prefix="youju-speed-") as folder:
            library = Library.open(Path(folder) / "library", embedder=embedder, now=lambda: datetime.now(UTC))
            with library:
                library.warm()
                report = ingest_paths(library, files)
        for stage in STAGES:
            whole[stage] = whole.get(stage, 0.0) + report.seconds[stage]
            rate = report.passages / report.seconds[stage]
            figures.append(Figure(f"speed.{suffix[1:]}.{stage}_passages_per_second", rate, n=report.passages))
        whole["wall"] = whole.get("wall", 0.0) + report.seconds["wall"]
    share = Figure("speed.share_in_embedder", whole["embed"] / whole["wall"], 0.85, remark="六种格式合计")
    return [*figures, share, *_memory()]


# ---------------------------------------------------------------- memory


def _memory() -> list[Figure]:
    peaks = {}
    for count in SIZES:
        with TemporaryDirectory(prefix="youju-speed-") as folder:
            done = subprocess.run(
                [sys.executable, "-m", "evals.ingestion.speed", folder, str(count)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            peaks[count] = float(json.loads(done.stdout.splitlines()[-1]))
    figures = [Figure(f"speed.memory_megabytes_{count}_files", peak, n=count) for count, peak in peaks.items()]
    growth = peaks[SIZES[-1]] / peaks[SIZES[0]]
    remark = "替身向量模型，只为测内存"
    return [*figures, Figure("speed.memory_growth", growth, FLAT, at_least=False, n=SIZES[-1], remark=remark)]


class _FreeEmbedder:
    """Costs nothing: the memory of an ingest is asked for, not its vectors."""

    id = "free/384"
    dimension = 384

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.encode_question(text) for text in texts])

    def encode_question(self, text: str) -> NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-3, np.float32)
        vector[sum(map(ord, text)) % self.dimension] = 1.0
        return vector / np.float32(np.linalg.norm(vector))


def _ingest(folder: Path, count: int) -> float:
    """Take in so many small files; the highest sum of resident sets, MB."""
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
        with Library.open(folder / "library", embedder=_FreeEmbedder(), now=lambda: datetime.now(UTC)) as library:
            ingest_paths(library, [sources])
    finally:
        ended.set()
        watcher.join()
    return peak


def _resident() -> float:
    """The resident sets of this process and of its children, MB (Linux)."""
    total = 0
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            facts = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
        except OSError:  # it has just ended
            continue
        if os.getpid() in (int(process.name), int(facts["PPid"])):
            total += int(facts.get("VmRSS", "0 kB").split()[0])
    return total / 1024


if __name__ == "__main__":
    print(_ingest(Path(sys.argv[1]), int(sys.argv[2])))
