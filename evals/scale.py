"""Latency and memory as one library grows: real questions, real text recombined into works, vectors clustered like real ones.

Every passage goes through the product's own reading, structure, catalogue, vector store and term index; only its vector
is drawn instead of encoded: a real vector moved a little, so that a million passages lie as thickly as real ones. A
quarter of the works has an earlier edition and one in twenty is not in force, so that the usual question ("in force
today") has something to leave out. Times are processor time of the whole process, all its threads, the least of three:
machines are shared, and what waits for a processor says nothing of the library. The wall clock stands beside the answer.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np

from app.assistant import Assistant
from app.retrieve import DEPTH
from app.settings import Clock
from evals.bench import resident_megabytes
from evals.corpus import open_assistant
from evals.dataset import GOLD, TODAY, load
from evals.ingestion.measure import shared_data
from ingest.catalogue import SourceNote
from ingest.changes import Change
from ingest.document import LOCAL, chinese_number
from ingest.embed import Embedder, Matrix, Vector, open_embedder
from ingest.library import Library
from ingest.read.reader import read_bytes
from ingest.segment import terms
from ingest.structure.structure import structure

SIZES = (10_000, 100_000, 1_000_000)
ARTICLES = 60  # of a work
BATCH = 50  # works stored at once
QUESTIONS = 100
REPEATS = 3
NOISE = 0.3
"""The length of what is added to a unit vector: a passage then has cosine .96 to the real one, as near-equal articles
of different laws have, while two articles taken at random have .80."""
TARGET = 2.0
"""What the 95th percentile of a question may grow by from the smallest library to the largest."""
_SUBJECTS = (
    *("采购", "招标", "合同", "资产", "财务", "预算", "差旅", "接待", "车辆", "用印", "档案", "保密", "信访", "督办"),
    *("考勤", "薪酬", "培训", "干部", "党费", "会议", "投资", "担保", "借款", "审计", "法务", "工程", "设备", "能源"),
    *("环保", "安全", "消防", "物流", "仓储", "销售", "质量", "计量", "科研", "专利", "信息", "外事"),
)
_FORMS = ("管理办法", "管理规定", "实施细则", "工作制度")


@dataclass(frozen=True, slots=True)
class Pool:
    """Real texts, real vectors and real questions to draw from."""

    name: str
    texts: Sequence[str]
    vectors: Matrix
    questions: Sequence[str]


class Drawn:
    """An embedder that encodes questions really and draws passages' vectors by their text."""

    def __init__(self, real: Embedder, pool: Pool) -> None:
        self._real = real
        self._pool = pool
        self.id = self.question_id = f"{real.id}/drawn"
        self.dimension = real.dimension

    def encode_passages(self, texts: Sequence[str]) -> Matrix:
        """For each text one of the pool's vectors, moved a little; the same for the same text."""
        return np.stack([self._draw(text) for text in texts])

    def _draw(self, text: str) -> Vector:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
        noise = np.random.default_rng(seed).standard_normal(self.dimension, np.float32)
        moved = self._pool.vectors[seed % len(self._pool.vectors)] + noise * (NOISE / np.linalg.norm(noise))
        drawn: Vector = (moved / np.linalg.norm(moved)).astype(np.float32)
        return drawn

    def encode_question(self, text: str) -> Vector:
        """As the product does."""
        return self._real.encode_question(text)


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured at one size. ``stages`` are milliseconds of processor time, (median, 95th percentile)."""

    passages: int
    documents: int
    in_force: int  # passages a question may use
    passages_per_second: float  # added, vectors drawn
    open_seconds: float  # from opening the directory to the first answer
    megabytes: float  # resident, with everything above in this process
    disk_megabytes: float
    answer_wall: tuple[float, float]
    stages: dict[str, tuple[float, float]]


def scale(out: Path, sizes: Sequence[int], vectors: Path | None) -> bool:
    """Grow a library to each size and measure there; prints the table, writes ``scale.json``; whether the target holds."""
    real = open_embedder()
    pool = _pool(out, vectors)
    print(f"文本、向量和问题取自 {pool.name}：{len(pool.texts)} 段，{len(pool.questions)} 问")
    embedder = Drawn(real, pool)
    works = Works(pool)
    rows: list[Row] = []
    for size in sorted(sizes):
        directory = out / "scale-library"
        with Library.open(directory, embedder=embedder, now=Clock().now) as library:
            rate = grow(library, works, size)
        rows.append(measured(directory, embedder, pool, rate))
        print(table([rows[-1]], header=len(rows) == 1), flush=True)
        (out / "scale.json").write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n")
    growth = rows[-1].stages["answer"][1] / rows[0].stages["answer"][1]
    print(f"\n提问 p95：{rows[-1].passages} 段是 {rows[0].passages} 段的 {growth:.2f} 倍（目标 ≤ {TARGET:g}）")
    return growth <= TARGET


# ---------------------------------------------------------------- what to draw from


def _pool(out: Path, vectors: Path | None) -> Pool:
    """The statutes with their vectors where both are given, else the demonstration corpus."""
    data = shared_data()
    if vectors is not None and data is not None:
        with gzip.open(data / "stard" / "corpus.jsonl.gz", "rt", encoding="utf-8") as file:
            texts = [json.loads(line)["text"] for line in file]
        lines = (data / "stard" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        questions = [json.loads(line)["text"] for line in lines]
        return Pool("stard", texts, np.load(vectors, mmap_mode="r"), questions[:QUESTIONS])
    with open_assistant(out / "corpus-library") as (_, library), library.snapshot() as snapshot:
        ids = snapshot.passage_ids(snapshot.eligible(LOCAL, as_of=TODAY, all_editions=True))
        passages, stored = snapshot.passages(ids), snapshot.vectors(ids)
        texts = [passages[one].span.of(snapshot.text(passages[one].version_id)) for one in ids]
        matrix = np.stack([stored[one] for one in ids])
    asked = [question.text for question in load(GOLD / "dev.jsonl") if question.answerable]
    return Pool("corpus", texts, matrix, asked[:QUESTIONS])


class Works:
    """Regulations made of the pool's texts, always the same in the same order."""

    def __init__(self, pool: Pool) -> None:
        self._texts = [" ".join(text.split())[:600] for text in pool.texts]

    def __iter__(self) -> Iterator[Change]:
        pairs = itertools.product(_FORMS, _SUBJECTS, "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥")
        for number, (form, subject, stem, branch) in enumerate(pairs):
            random = Random(number)
            title = f"{stem}{branch}公司{subject}{form}"
            if random.random() < 0.25:
                yield self._edition(title, 2019, random)
            yield self._edition(title, 2099 if random.random() < 0.05 else 2024, random)

    def _edition(self, title: str, year: int, random: Random) -> Change:
        articles = "\n\n".join(
            f"第{chinese_number(number)}条　{text}"
            for number, text in enumerate(random.sample(self._texts, ARTICLES), 1)
        )
        head = f"title: {title}\nkind: regulation\nedition: {year}年修订\npublished: {year}-01-01\neffective_from: {year}-02-01"
        data = f"---\n{head}\n---\n# {title}\n\n{articles}\n".encode()
        name = f"{title}（{year}）.md"
        return Change(data, structure(read_bytes(data, name)), SourceNote("upload", name))


def grow(library: Library, works: Works, size: int, *, batch: int = BATCH) -> float:
    """Add works until there are ``size`` passages; passages added a second. What is there already is gone past."""
    with library.snapshot() as snapshot:
        counts = snapshot.counts()
    before, start = counts["passages"], time.perf_counter()
    rest = itertools.islice(works, counts["documents"], None)
    held = before
    while held < size and (changes := list(itertools.islice(rest, batch))):
        library.add_many(changes)
        held += sum(len(change.structured.passages) for change in changes)
    return (held - before) / (time.perf_counter() - start)


# ---------------------------------------------------------------- measuring


def measured(directory: Path, embedder: Drawn, pool: Pool, rate: float) -> Row:
    """What a library of this size costs: opened afresh, asked the pool's questions."""
    start = time.perf_counter()
    with Library.open(directory, embedder=embedder, now=Clock().now) as library:
        assistant = Assistant(library, None, Clock())
        assistant.answer(pool.questions[0], caller=LOCAL)
        opened = time.perf_counter() - start
        with library.snapshot() as snapshot:
            counts = snapshot.counts()
            eligible = snapshot.eligible(LOCAL, as_of=Clock().today())
        timed = {
            name: _timed(work, pool.questions)
            for name, work in _stages(library, assistant, embedder, eligible.partitions).items()
        }
        return Row(
            counts["passages"],
            counts["documents"],
            eligible.passages,
            rate,
            opened,
            resident_megabytes(),
            sum(file.stat().st_size for file in directory.rglob("*") if file.is_file()) / 2**20,
            timed["answer"][1],
            {name: processor for name, (processor, _) in timed.items()},
        )


def _stages(
    library: Library, assistant: Assistant, embedder: Drawn, partitions: Sequence[str]
) -> dict[str, Callable[[str], object]]:
    encoded = functools.cache(embedder.encode_question)

    return {
        "embed": embedder.encode_question,
        "vectors": lambda question: library.search_vectors(encoded(question), DEPTH, partitions),
        "terms": lambda question: library.search_terms(terms(question), DEPTH, partitions),
        "search": lambda question: assistant.search(question, caller=LOCAL),
        "answer": lambda question: assistant.answer(question, caller=LOCAL),
    }


def _timed(work: Callable[[str], object], questions: Sequence[str]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Processor time and wall clock; the questions in turn, as the last few's vectors are kept."""
    rounds = [[_once(work, each) for each in questions] for _ in range(REPEATS)]
    processor, wall = zip(*(map(min, zip(*times, strict=True)) for times in zip(*rounds, strict=True)), strict=True)
    return _percentiles(processor), _percentiles(wall)


def _percentiles(milliseconds: Sequence[float]) -> tuple[float, float]:
    return float(np.percentile(milliseconds, 50)), float(np.percentile(milliseconds, 95))


def _once(work: Callable[[str], object], question: str) -> tuple[float, float]:
    processor, wall = time.process_time(), time.perf_counter()
    work(question)
    return (time.process_time() - processor) * 1000, (time.perf_counter() - wall) * 1000


def table(rows: Sequence[Row], *, header: bool = True) -> str:
    """One line a size."""
    names = list(rows[0].stages)
    lines = [
        f"{'passages':>9} {'in force':>9} {'add/s':>7} {'open s':>7} {'RSS MB':>7} {'disk MB':>8}  "
        + " ".join(f"{name + ' cpu ms':>16}" for name in names)
        + f"{'answer wall ms':>18}"
    ] * header
    for row in rows:
        cells = [f"{p50:.1f} / {p95:.1f}" for p50, p95 in row.stages.values()]
        wall = f"{row.answer_wall[0]:.1f} / {row.answer_wall[1]:.1f}"
        lines.append(
            f"{row.passages:>9} {row.in_force:>9} {row.passages_per_second:>7.0f} {row.open_seconds:>7.1f} "
            f"{row.megabytes:>7.0f} {row.disk_megabytes:>8.0f}  "
            + " ".join(f"{cell:>16}" for cell in cells)
            + f"{wall:>18}"
        )
    return "\n".join(lines)
