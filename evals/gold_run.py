"""Run the gold set through the product's own Assistant and score every question.

Metrics (all means over questions, in [0, 1]):

recall@5, recall@10, mrr   of retrieval, over the places a complete answer needs
citation_recall            needed places that the answer cites
citation_precision         citations that are a needed place
verbatim                   right citations whose quotation equals the transcription
edition                    answers none of whose citations is from the wrong edition of the right work
count                      counts and listed values that are exactly right
refusal_recall             questions without a basis that are refused
refusal_precision          refusals that are right
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.assistant import Assistant
from app.model import Answer, AnswerStatus, CitationKind, Evidence
from evals.corpus import CORPUS
from evals.dataset import GoldError, Question, Target
from evals.judge import Place, holds, locate, same_words, supports
from evals.metrics import recall_at_k, reciprocal_rank
from ingest.document import LOCAL
from ingest.library import Library

SEARCH_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one question gave: its scores by metric, and what a person needs to see why."""

    question: Question
    answer: Answer
    scores: Mapping[str, float]
    remarks: tuple[str, ...] = field(default=())


def corpus_texts(library: Library) -> dict[str, tuple[str, str]]:
    """Path under corpus/ → (version id, canonical text), for every current document."""
    texts: dict[str, tuple[str, str]] = {}
    with library.snapshot() as snapshot:
        for record in snapshot.documents(LOCAL, limit=100_000):
            for source in record.sources:
                path = Path(source.location).relative_to(CORPUS).as_posix()
                texts[path] = (record.version_id, snapshot.text(record.version_id))
    return texts


def run(questions: Iterable[Question], assistant: Assistant, library: Library) -> Iterator[Outcome]:
    """Ask every question; raises GoldError when a transcription is not in its document."""
    texts = corpus_texts(library)
    with library.snapshot() as snapshot:
        works = {edition.version_id: edition.work_id for edition in snapshot.editions()}
    for question in questions:
        yield _ask(question, assistant, texts, works)


def _ask(
    question: Question, assistant: Assistant, texts: Mapping[str, tuple[str, str]], works: Mapping[str, str]
) -> Outcome:
    needs = [[_place(question, target, texts) for target in need] for need in question.needs]
    answer = assistant.answer(question.text, caller=LOCAL, as_of=question.as_of)
    scores: dict[str, float] = {}
    remarks: list[str] = []
    refused = answer.status is AnswerStatus.REFUSED
    if question.answerable:
        if refused:
            scores["refusal_precision"] = 0.0
            remarks.append(f"拒答了有依据的问题：{answer.reason.message if answer.reason else ''}")
    else:
        scores["refusal_recall"] = float(refused)
        if refused:
            scores["refusal_precision"] = 1.0
        else:
            remarks.append(f"没有依据却回答了：{answer.text[:120]}")
    if needs:
        scores |= _retrieval(question, assistant, needs)
        scores |= _citations(answer, needs, works, remarks)
    if question.count is not None or question.values:
        scores["count"] = float(_counted(question, answer))
        if not scores["count"]:
            remarks.append(f"应为 {question.count} {list(question.values)}，答的是：{answer.text[:120]}")
    return Outcome(question, answer, scores, tuple(remarks))


def _place(question: Question, target: Target, texts: Mapping[str, tuple[str, str]]) -> Place:
    place = locate(target, texts)
    if place is None:
        raise GoldError(f"{question.id}: 在 {target.document} 中找不到原文“{target.quote[:40]}”")
    return place


def _retrieval(question: Question, assistant: Assistant, needs: Sequence[Sequence[Place]]) -> dict[str, float]:
    hits = assistant.search(question.text, caller=LOCAL, as_of=question.as_of, k=SEARCH_DEPTH).hits
    open_needs = list(range(len(needs)))
    found: list[bool] = []
    for hit in hits:
        met = [i for i in open_needs if any(holds(hit.version_id, hit.span, place) for place in needs[i])]
        found.append(bool(met))
        # A passage may hold several needed 项 at once: all of them are found.
        found.extend([True] * (len(met) - 1))
        open_needs = [i for i in open_needs if i not in met]
    return {
        "recall@5": recall_at_k(found, len(needs), 5),
        "recall@10": recall_at_k(found, len(needs), 10),
        "mrr": reciprocal_rank(found),
    }


def _citations(
    answer: Answer, needs: Sequence[Sequence[Place]], works: Mapping[str, str], remarks: list[str]
) -> dict[str, float]:
    cited = [c.evidence for c in answer.citations if c.kind is CitationKind.SPAN and c.evidence is not None]
    met = [any(supports(evidence, place) for evidence in cited for place in need) for need in needs]
    scores = {"citation_recall": sum(met) / len(met)}
    for need, right in zip(needs, met, strict=True):
        if not right and cited:
            remarks.append(f"没有引到：{need[0].target.document} {need[0].target.quote[:50]}")
    if not cited:
        return scores
    places = [place for need in needs for place in need]
    matched = [[place for place in places if supports(evidence, place)] for evidence in cited]
    scores["citation_precision"] = sum(map(bool, matched)) / len(cited)
    for evidence, matches in zip(cited, matched, strict=True):
        if not matches:
            remarks.append(f"多引：{evidence.locator_text} {evidence.quote[:50]}")
    verbatim = [
        any(_same_quote(evidence, place) for place in matches)
        for evidence, matches in zip(cited, matched, strict=True)
        if matches
    ]
    if verbatim:
        scores["verbatim"] = sum(verbatim) / len(verbatim)
    expected_versions = {place.version_id for place in places}
    expected_works = {works[version] for version in expected_versions if version in works}
    wrong = [e for e in cited if e.work_id in expected_works and e.version_id not in expected_versions]
    scores["edition"] = float(not wrong)
    remarks.extend(f"版本错误：{evidence.locator_text}" for evidence in wrong)
    return scores


def _same_quote(evidence: Evidence, place: Place) -> bool:
    """The quotation's words are the transcription's: one holds the other, white space aside."""
    quote, wanted = same_words(evidence.quote), same_words(place.target.quote)
    return quote in wanted or wanted in quote


def _counted(question: Question, answer: Answer) -> bool:
    queries = [c.query for c in answer.citations if c.kind is CitationKind.QUERY and c.query is not None]
    if not queries:
        return False
    count_right = question.count is None or any(query.count == question.count for query in queries)
    return count_right and all(value in answer.text for value in question.values)
