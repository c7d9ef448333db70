"""Killed (SIGKILL) at random moments of an ingest of the corpus, a library opens, has what it acknowledged, and goes on.

The model is the product's own. Most runs begin in a library that has no document but all the vectors, as an ingest
leaves it that was killed after embedding: so the moments fall on reading and storing too, which beside embedding take
a few seconds. In every fifth run nothing is embedded yet, and the moments fall on embedding; before such a library is
finished it is given the vectors it lacks. The doomed process takes in a few files at a time, as somebody does who
drops one document after another: an ingest of the whole folder acknowledges 31 documents in two batches, and nearly
every kill would come before the first.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from evals.corpus import CORPUS
from evals.ingestion.measure import Figure
from ingest.build import ingest_paths
from ingest.document import LOCAL
from ingest.embed import Embedder, open_embedder
from ingest.files import find
from ingest.library import Library
from ingest.pool import ReadingPool

KILLS = int(os.environ.get("YOUJU_EVAL_KILLS", "50"))
EMBEDDING_EVERY = 5
BEFORE_EVERY = 3  # runs whose moments may come before anything is acknowledged; in the others something is
FILES_TOGETHER = 2
SEED = 20250601

# The doomed processes come from one that has imported what takes seconds to import.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    [__name__, "chromadb", "llama_index.vector_stores.chroma", "onnxruntime", "tokenizers", "tantivy"]
)


@dataclass(frozen=True, slots=True)
class Killed:
    """One run: what the process had told before it was killed, and what became of its library."""

    seconds: float  # after the ingest began
    embedding: bool  # nothing was embedded before
    documents: int  # acknowledged
    killed: bool  # False: it had ended before
    whole: bool  # opened, and nothing to mend
    kept: bool
    same: bool


def measure(out: Path) -> Sequence[Figure]:
    """Kill, open, finish and compare, KILLS times."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    embedder = open_embedder()
    with ReadingPool() as readers, _open(out / "undisturbed", embedder) as library:
        _take_in(library, readers)
        digest = library.content_digest()
    runs: list[Killed] = []
    lengths = dict.fromkeys((False, True), _length(out))
    chance = random.Random(SEED)
    with ReadingPool() as readers:
        for _ in range(2 * KILLS):  # on a busy machine a moment may come after the end: then there is another
            embedding = len(runs) % EMBEDDING_EVERY == 0
            before = len(runs) % BEFORE_EVERY == 0
            run = _run(out, embedder, readers, embedding, before, chance.uniform(0, lengths[embedding]), digest)
            with (out / "runs.jsonl").open("a") as log:
                log.write(json.dumps(asdict(run)) + "\n")
            if run.killed:
                runs.append(run)
            else:
                lengths[embedding] = run.seconds
            if len(runs) == KILLS:
                break
    return _figures(runs)


def _figures(runs: Sequence[Killed]) -> list[Figure]:
    if not runs:
        return [Figure("crash.killed", None, remark="没有一次赶在结束之前")]

    def share(name: str) -> float:
        return sum(bool(getattr(run, name)) for run in runs) / len(runs)

    some = sum(run.documents > 0 for run in runs)
    remark = f"其中 {sum(run.embedding for run in runs)} 次从没有向量开始，{some} 次已有文档入库"
    return [
        Figure("crash.killed", float(len(runs)), float(KILLS), remark=remark),
        Figure("crash.opens_whole", share("whole"), 1.0, n=len(runs)),
        Figure("crash.acknowledged_kept", share("kept"), 1.0, n=len(runs)),
        Figure("crash.same_library_when_finished", share("same"), 1.0, n=len(runs)),
    ]


def _open(directory: Path, embedder: Embedder) -> Library:
    return Library.open(directory, embedder=embedder, now=lambda: datetime.now(UTC))


# ---------------------------------------------------------------- one run


def _run(
    out: Path, embedder: Embedder, readers: ReadingPool, embedding: bool, before: bool, moment: float, digest: str
) -> Killed:
    directory = _begun(out, embedding)
    told, killed, seconds = _killed_after(directory, moment, messages=1 if before else 2)
    whole = kept = same = False
    try:
        with _open(directory, embedder) as library:
            whole = library.verify() == []
            with library.snapshot() as snapshot:
                kept = set(told) <= {record.id for record in snapshot.documents(LOCAL)}
        _give_vectors(directory, out / "undisturbed")
        with _open(directory, embedder) as library:
            _take_in(library, readers)
            same = library.content_digest() == digest
            whole = whole and library.verify() == []
    except Exception as error:  # every failure is the figure
        print(f"  {seconds:.2f} s: {error!r}")
    return Killed(seconds, embedding, len(told), killed, whole, kept, same)


def _begun(out: Path, embedding: bool) -> Path:
    """A fresh library without documents, with the vectors unless they are to be computed."""
    directory = out / "killed"
    shutil.rmtree(directory, ignore_errors=True)
    Library.open(directory, embedder=open_embedder, now=lambda: datetime.now(UTC)).close()
    if not embedding:
        _give_vectors(directory, out / "undisturbed")
    return directory


def _give_vectors(directory: Path, source: Path) -> None:
    """Copy the vectors one library keeps into another that was made by the same model."""
    with closing(sqlite3.connect(directory / "catalogue.db")) as db:
        db.execute("ATTACH ? AS source", (str(source / "catalogue.db"),))
        db.execute("INSERT OR IGNORE INTO embedders SELECT * FROM source.embedders")
        db.execute("INSERT OR IGNORE INTO vectors SELECT * FROM source.vectors")
        db.execute(
            "INSERT OR IGNORE INTO manifest SELECT * FROM source.manifest WHERE name IN ('embedder', 'dimension')"
        )
        db.commit()


def _length(out: Path) -> float:
    """Seconds an ingest takes that nobody kills, with its vectors at hand."""
    return _killed_after(_begun(out, embedding=False), 3600.0)[2]


def _started(directory: Path) -> tuple[ForkServerProcess, Connection]:
    """A process that ingests the corpus, and what it tells."""
    ours, theirs = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_ingest, args=(directory, theirs))
    process.start()
    theirs.close()
    return process, ours


def _killed_after(directory: Path, moment: float, messages: int = 1) -> tuple[list[str], bool, float]:
    """The document ids a process had told of when it was killed, whether it was at work, and for how long.

    The moment is counted from the first of its messages, when it begins, or from a later one.
    """
    process, telling = _started(directory)
    told: list[str] = [each for _ in range(messages) for each in telling.recv()]
    begun = time.monotonic()
    process.join(moment)
    process.kill()
    seconds = time.monotonic() - begun
    process.join()
    with suppress(EOFError):  # also where the last message was cut off
        while True:
            told = telling.recv()
    return told, process.exitcode == -signal.SIGKILL, seconds


def _ingest(directory: Path, telling: Connection) -> None:
    """The doomed process: after every few files it tells the documents that are in the library."""
    with (
        Library.open(directory, embedder=open_embedder, now=lambda: datetime.now(UTC)) as library,
        ReadingPool() as readers,
    ):

        def tell() -> None:
            with library.snapshot() as snapshot:
                telling.send([record.id for record in snapshot.documents(LOCAL)])

        library.warm()
        with readers.worker() as reader:
            reader.read("会议强调整改。".encode(), "预热.txt")
        tell()  # from here on it may be killed: loading changes nothing
        _take_in(library, readers, tell)


def _take_in(library: Library, readers: ReadingPool, tell: Callable[[], object] = lambda: None) -> None:
    """The corpus, a few files at a time."""
    files = [each.path for each in find([CORPUS], recursive=True, leave_out=library.directory) if each.supported]
    for start in range(0, len(files), FILES_TOGETHER):
        ingest_paths(library, files[start : start + FILES_TOGETHER], readers=readers)
        tell()
