"""Run the gold set through the product's own Assistant and score every question.

Metrics (all means over questions, in [0, 1]):

recall@5, recall@10, mrr   of retrieval, over the places a complete answer needs
citation_recall            needed places that the answer cites
citation_precision         citations that are a needed place
verbatim                   right citations whose quotation equals the transcription
edition                    answers that cite a regulation, and no edition but those needed or in force on the day
count                      counts and listed values that are exactly right: none wrong, missing or too many
refusal_recall             questions without a basis that are refused
refusal_precision          refusals that are right
answered                   questions with a basis that are not refused
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from app.assistant import Assistant
from app.model import Answer, AnswerStatus, CitationKind, Evidence
from evals.corpus import CORPUS
from evals.dataset import GoldError, Question, Target
from evals.judge import Place, holds, locate, overlap, same_quote, supports
from evals.metrics import recall_at_k, reciprocal_rank
from evals.runs import Line
from ingest.catalogue import FINDING_COLUMNS
from ingest.document import LOCAL, EditionState
from ingest.library import Library

SEARCH_DEPTH = 10
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Ground:
    """What the library holds that scoring needs."""

    texts: Mapping[str, tuple[str, str]]  # path under corpus/ → (version id, canonical text)
    works: Mapping[str, str]  # version id → work id
    columns: tuple[tuple[str, ...], ...]  # of the ledgers: the values of each column that questions list


def ground_of(library: Library) -> Ground:
    """The texts and ledger values of a library.

    A document is called by its path below ``corpus/`` when it lies there; otherwise by where it came from, and by
    its file's name or its title as far as these are of one document only.
    """
    texts: dict[str, tuple[str, str]] = {}
    named: dict[str, list[tuple[str, str]]] = {}
    with library.snapshot() as snapshot:
        for record in snapshot.documents(LOCAL):
            held = (record.version_id, snapshot.text(record.version_id))
            for name in {record.title, *(Path(source.location).name for source in record.sources)}:
                named.setdefault(name, []).append(held)
            for source in record.sources:
                texts[called(source.location)] = held
        works = {edition.version_id: edition.work_id for edition in snapshot.editions()}
        columns = tuple(tuple(snapshot.finding_values(LOCAL, name)) for name in FINDING_COLUMNS)
    single = {name: every[0] for name, every in named.items() if len(every) == 1}
    return Ground({**single, **texts}, works, columns)


def called(location: str) -> str:
    """What gold files call the document from this place."""
    path = Path(location)
    return path.relative_to(CORPUS).as_posix() if path.is_relative_to(CORPUS) else location


def asking(questions: Sequence[Question], assistant: Assistant, library: Library) -> Callable[[str], Line]:
    """What asks a question by its id; raises GoldError when a transcription is not in its document."""
    ground = ground_of(library)
    needs = {question.id: places(question, ground.texts) for question in questions}
    by_id = {question.id: question for question in questions}
    return lambda name: _ask(by_id[name], assistant, needs[name], ground)


def places(question: Question, texts: Mapping[str, tuple[str, str]]) -> list[list[Place]]:
    """The question's needs, each found in its document; raises GoldError for one that is not there."""
    return [[_place(question, target, texts) for target in need] for need in question.needs]


def _place(question: Question, target: Target, texts: Mapping[str, tuple[str, str]]) -> Place:
    if target.document not in texts:
        raise GoldError(f"{question.id}: 资料库里没有 {target.document}")
    place = locate(target, texts)
    if place is None:
        raise GoldError(f"{question.id}: 在 {target.document} 中找不到原文“{target.quote[:40]}”")
    return place


def _ask(question: Question, assistant: Assistant, needs: Sequence[Sequence[Place]], ground: Ground) -> Line:
    began = time.perf_counter()
    answer = assistant.answer(question.text, caller=LOCAL, as_of=question.as_of)
    ms = (time.perf_counter() - began) * 1000
    scores: dict[str, float] = {}
    remarks: list[str] = []
    found: list[str] = []
    refused = answer.status is AnswerStatus.REFUSED
    if refused:
        scores["refusal_precision"] = float(not question.answerable)
    if question.answerable:
        scores["answered"] = float(not refused)
        if refused:
            remarks.append(f"拒答了有依据的问题：{answer.reason.message if answer.reason else ''}")
    else:
        scores["refusal_recall"] = float(refused)
        if not refused:
            remarks.append(f"没有依据却回答了：{answer.text[:120]}")
    if needs:
        scores |= retrieval(question, assistant, needs, found)
        scores |= _citations(answer, needs, remarks)
    scores |= _edition(answer, {place.version_id for need in needs for place in need}, ground.works, remarks)
    if question.count is not None or question.values:
        scores["count"] = float(counted(question, answer, ground.columns))
        if not scores["count"]:
            remarks.append(f"应为 {question.count} {list(question.values)}，答的是：{answer.text[:120]}")
    return Line(
        id=question.id,
        question=question.text,
        kind=question.kind,
        scores=scores,
        ms=round(ms, 3),
        wanted=tuple(f"{need[0].target.document} {_one_line(need[0].target.quote)}" for need in needs),
        found=tuple(found),
        remarks=tuple(remarks),
        details=_details(answer),
    )


def _details(answer: Answer) -> dict[str, object]:
    return {
        "as_of": answer.as_of.isoformat(),
        "status": str(answer.status),
        "reason": answer.reason.code if answer.reason else None,
        "text": answer.text,
        "cited": [c.evidence.locator_text for c in answer.citations if c.evidence is not None],
    }


def _one_line(words: str) -> str:
    return " ".join(words.split())[:80]


def retrieval(
    question: Question, assistant: Assistant, needs: Sequence[Sequence[Place]], shown: list[str]
) -> dict[str, float]:
    """Recall and reciprocal rank of one question over the places it needs; what was found is told in ``shown``."""
    hits = assistant.search(question.text, caller=LOCAL, as_of=question.as_of, k=SEARCH_DEPTH).hits
    unmet = list(range(len(needs)))
    found: list[int] = []
    for hit in hits:
        met = [i for i in unmet if any(holds(hit.version_id, hit.span, place) for place in needs[i])]
        found.append(len(met))
        if len(found) <= SHOWN:
            right = any(holds(hit.version_id, hit.span, place) for need in needs for place in need)
            shown.append(f"{'✓' if right else '✗'} {hit.locator_text} {_one_line(hit.quote)}")
        unmet = [i for i in unmet if i not in met]
    return {
        "recall@5": recall_at_k(found, len(needs), 5),
        "recall@10": recall_at_k(found, len(needs), 10),
        "mrr": reciprocal_rank(found),
    }


def _citations(answer: Answer, needs: Sequence[Sequence[Place]], remarks: list[str]) -> dict[str, float]:
    cited = _cited(answer)
    met = [any(supports(evidence, place) for evidence in cited for place in need) for need in needs]
    scores = {"citation_recall": sum(met) / len(met)}
    for need, right in zip(needs, met, strict=True):
        if not right and cited:
            remarks.append(f"没有引到：{need[0].target.document} {need[0].target.quote[:50]}")
    if not cited:
        return scores
    matched = [[place for need in needs for place in need if supports(evidence, place)] for evidence in cited]
    scores["citation_precision"] = sum(map(bool, matched)) / len(cited)
    for evidence, matches in zip(cited, matched, strict=True):
        if not matches:
            remarks.append(f"多引：{evidence.locator_text} {evidence.quote[:50]}")
    # Another sentence of the right 款 is a right citation, but its transcription is of other words.
    comparable = [
        (evidence, [place for place in matches if overlap(evidence.span, place.span)])
        for evidence, matches in zip(cited, matched, strict=True)
    ]
    verbatim = [any(same_quote(evidence, place) for place in there) for evidence, there in comparable if there]
    if verbatim:
        scores["verbatim"] = sum(verbatim) / len(verbatim)
    return scores


def _cited(answer: Answer) -> list[Evidence]:
    return [c.evidence for c in answer.citations if c.kind is CitationKind.SPAN and c.evidence is not None]


def _edition(answer: Answer, expected: Set[str], works: Mapping[str, str], remarks: list[str]) -> dict[str, float]:
    """Whether every edition cited is one the question needs or, of a work it does not need, one in force on its day."""
    cited = [evidence for evidence in _cited(answer) if evidence.work_id is not None]
    if not cited:
        return {}
    needed = {works[version] for version in expected if version in works}
    wrong = [
        evidence
        for evidence in cited
        if evidence.version_id not in expected
        and (evidence.work_id in needed or evidence.state not in (EditionState.IN_FORCE, EditionState.UNKNOWN))
    ]
    remarks.extend(f"版本错误：{evidence.locator_text}（{evidence.state}）" for evidence in wrong)
    return {"edition": float(not wrong)}


def counted(question: Question, answer: Answer, columns: Sequence[Sequence[str]]) -> bool:
    """Whether the computed statements have the right count, and of the listed values all and no other.

    ``columns``: the values of each ledger column. The column is the one that has the question's values; a value the
    question itself names may be repeated in the answer.
    """
    queries = {c.n: c.query for c in answer.citations if c.kind is CitationKind.QUERY and c.query is not None}
    said = "\n".join(one.text for one in answer.statements if queries.keys() & set(one.citations))
    if not queries:
        return False
    if question.count is not None:
        computed = {query.count for query in queries.values()}
        if question.count not in computed or not re.search(rf"(?<!\d){question.count}(?!\d)", said):
            return False
    column = next((column for column in columns if set(question.values) <= set(column)), question.values)
    wanted = set(question.values)
    return not wanted or wanted <= _named(said, column) <= wanted | _named(question.text, column)


def _named(text: str, values: Iterable[str]) -> set[str]:
    """The values a text names; one inside a longer one's name is not named by it."""
    found = set()
    for value in sorted(values, key=len, reverse=True):
        if value in text:
            found.add(value)
            text = text.replace(value, "\n")
    return found
