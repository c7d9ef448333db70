"""Why a search found what it found: of each hit its scores, ranks, words and edition; of the search what it left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.answer.cite import title_of
from app.model import Query, Ranked, Reason
from app.rerank import FEATURES, Reranker
from app.retrieve import candidates, scope
from app.wording import distinct, spoken_in
from ingest.catalogue import Snapshot
from ingest.document import Caller, Edition, EditionState
from ingest.library import Library
from ingest.segment import search_key

LEFT_OUT = 10  # passages of other editions and days looked at: what would have been shown, not the whole library


@dataclass(frozen=True, slots=True)
class Wording:
    """A spoken form of the question, and the written words for it that a passage or its context has."""

    spoken: str
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Because:
    """Why one hit stands where it does. Ranks are from 1, among the candidates that have a score of that source."""

    scores: Mapping[str, float]
    ranks: Mapping[str, int]
    words: tuple[str, ...]  # runs of the question that stand in the passage or its context
    wordings: tuple[Wording, ...]  # spoken forms of the question whose written words stand there
    edition: Reason | None  # why this edition; None for what has none


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A document that fits the question and was not used."""

    document_id: str
    title: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of a search: each hit's reasons in the order of the hits, how much could be used, and what fitted but could not."""

    hits: tuple[Because, ...]
    documents: int
    passages: int
    candidates: int
    left_out: tuple[LeftOut, ...]


def explain(
    query: Query,
    ranked: Sequence[Ranked],
    shown: int,
    library: Library,
    snapshot: Snapshot,
    caller: Caller,
    reranker: Reranker = FEATURES,
) -> Explanation:
    """The reasons for the first ``shown`` of all candidates. What the caller may not read is as if absent here too."""
    scopes = [scope(one, snapshot, caller) for one in query.parts or (query,)]
    used = frozenset(version for one in scopes for version in one.versions)
    headers = (snapshot.header(version) for version in used)
    ranks = _ranks(ranked)
    return Explanation(
        tuple(_because(query, one, ranks, snapshot, caller) for one in ranked[:shown]),
        len(used),
        sum(header.passages for header in headers if header is not None),
        len(ranked),
        _left_out(query, used, library, snapshot, caller, reranker),
    )


def _ranks(ranked: Sequence[Ranked]) -> Mapping[str, Mapping[str, int]]:
    """Source → passage id → rank."""
    out: dict[str, dict[str, int]] = {}
    for source in sorted({source for one in ranked for source in one.scores}):
        scored = sorted((-one.scores[source], one.passage.id) for one in ranked if source in one.scores)
        out[source] = {passage_id: rank for rank, (_, passage_id) in enumerate(scored, 1)}
    return out


def _because(
    query: Query, one: Ranked, ranks: Mapping[str, Mapping[str, int]], snapshot: Snapshot, caller: Caller
) -> Because:
    passage = one.passage
    text = search_key(f"{passage.context}\n{passage.span.of(snapshot.text(passage.version_id))}")
    question = search_key(query.standalone)
    edition = snapshot.edition_of(passage.version_id, caller)
    return Because(
        one.scores,
        {source: ranks[source][passage.id] for source in one.scores},
        common(question, text),
        wordings(question, text),
        _edition(query, edition) if edition is not None else None,
    )


def common(question: str, text: str) -> tuple[str, ...]:
    """The longest runs of at least two characters, words and numbers, that both hold; in the question's order."""
    found: list[str] = []
    start = 0
    while start < len(question):
        end = start
        while end < len(question) and question[end].isalnum() and question[start : end + 1] in text:
            end += 1
        cut = question[start:end].isdigit() and question[end : end + 1].isalnum()  # 202 of 2022 is no common number
        if end - start > 1 and not cut:
            found.append(question[start:end])
        start = max(end, start + 1)
    return tuple(dict.fromkeys(found))


def wordings(question: str, text: str) -> tuple[Wording, ...]:
    """The spoken forms of the question whose written words the text has, in the question's order."""
    forms = distinct(spoken_in(question))
    found = [Wording(one.words, tuple(word for word in one.written if word in text)) for one in forms]
    return tuple(one for one in found if one.written)


def _edition(query: Query, edition: Edition) -> Reason:
    """Why this edition of its work."""
    day, state = query.as_of.isoformat(), edition.state(query.as_of)
    label = edition.label or "这一版"
    if edition.version_id in query.versions:
        return Reason("asked_for", f"问的是“{query.editions_asked}”：{label}，在 {day} {state.value}")
    if not edition.citable(query.as_of):
        return Reason("all_editions", f"要求查各个版本：{label}，在 {day} {state.value}")
    since = f"，{edition.effective_from.isoformat()} 起施行" if edition.effective_from else ""
    if state is EditionState.IN_FORCE:
        return Reason("in_force", f"{label}在 {day} 现行有效{since}")
    return Reason("unknown", f"{label}何时施行不明，也没有表明它已被取代")


def _left_out(
    query: Query, used: frozenset[str], library: Library, snapshot: Snapshot, caller: Caller, reranker: Reranker
) -> tuple[LeftOut, ...]:
    """Documents whose passages would be among the first without the conditions on day and edition, and without copies."""
    filters = replace(query.filters, all_editions=True, date_from=None, date_to=None)
    wide = replace(query, filters=filters, versions=(), parts=())
    found = candidates(wide, library, snapshot, caller, k=LEFT_OUT, reranker=reranker)[:LEFT_OUT]
    versions = dict.fromkeys(one.passage.version_id for one in found if one.passage.version_id not in used)
    out = []
    for version in versions:
        header = snapshot.header(version)
        if header is not None:
            edition = snapshot.edition_of(version, caller)
            title = title_of(header.title, header.kind, edition)
            out.append(LeftOut(header.document_id, title, _why_not(query, edition)))
    return tuple(out)


def _why_not(query: Query, edition: Edition | None) -> Reason:
    day = query.as_of.isoformat()
    if edition is not None and query.versions:
        return Reason("other_edition", f"问的是“{query.editions_asked}”")
    if edition is not None and not edition.citable(query.as_of):
        state = edition.state(query.as_of)
        later = edition.successor_from if state is EditionState.AMENDED else None
        until = f"，{later.isoformat()} 起由后一版本取代" if later else ""
        return Reason("edition", f"在 {day} {state.value}{until}")
    return Reason("date", "日期不在所限的范围内")
