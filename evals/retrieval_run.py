"""Retrievers over a dataset, by name: every question's ranking scored against its graded texts."""

from __future__ import annotations

import time
from collections.abc import Sequence

from evals.beir import Asked, Dataset
from evals.metrics import ndcg_at_k, recall_at_k, reciprocal_rank
from evals.retrievers import CONFIGURATIONS, Collection, Entry
from evals.runs import Folder, Line, Run
from ingest.vectors import Hit

DEPTH = 100
CUTS = (1, 5, 10, 20, 50, 100)
SHOWN = 5


def scores(ranked: Sequence[str], asked: Asked) -> dict[str, float]:
    """nDCG@10, recall at the cuts, and the reciprocal rank within the first ten, of a ranking of texts."""
    grades = [asked.grades.get(name, 0.0) for name in ranked]
    found = [int(grade > 0) for grade in grades]
    out = {"ndcg@10": ndcg_at_k(grades, list(asked.grades.values()), 10)}
    out |= {f"recall@{k}": recall_at_k(found, len(asked.grades), k) for k in CUTS}
    return out | {"mrr@10": reciprocal_rank(found[:10])}


def retrieval_run(dataset: Dataset, collection: Collection, configuration: str, folder: Folder) -> Run:
    """Ask every question of the dataset; times are of one question after the other, embedding included."""
    retriever = CONFIGURATIONS[configuration](collection)
    questions = {question.id: question for question in dataset.questions}
    retriever.retrieve(dataset.questions[0].text, DEPTH)  # what is made once is not the first question's time

    def ask(name: str) -> Line:
        question = questions[name]
        began = time.perf_counter()
        hits = retriever.retrieve(question.text, DEPTH)
        return _line(question, hits, (time.perf_counter() - began) * 1000, collection)

    settings = {"content": dataset.digest, "embedder": collection.embedder.id, "depth": DEPTH}
    return folder.record(dataset.name, configuration, settings, list(questions), ask)


def _line(question: Asked, hits: Sequence[Hit], ms: float, collection: Collection) -> Line:
    ranked = [hit.passage_id for hit in hits]
    entries, positions = collection.entries, collection.positions
    missed = [name for name in question.grades if name not in ranked[:10]]
    return Line(
        id=question.id,
        question=question.text,
        kind=question.kind,
        scores=scores(ranked, question),
        ms=round(ms, 3),
        wanted=tuple(words(entries[positions[name]]) for name in question.grades if name in positions),
        found=tuple(
            f"{'✓' if hit.passage_id in question.grades else '✗'} {words(entries[positions[hit.passage_id]])}"
            for hit in hits[:SHOWN]
        ),
        remarks=(f"前十条里少 {len(missed)} / {len(question.grades)} 个",) if missed else (),
        details={"ranked": ranked},
    )


def words(entry: Entry) -> str:
    """A text in one line, as much as tells which it is."""
    text = " ".join(entry.text.split())
    return f"{entry.title}：{text[:60]}" if entry.title else text[:80]
