"""A Query → ranked passages: exact look-up of what it names, then lexical and dense search over what it may use."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np

from app.fuse import convex
from app.model import Query, Ranked, Reference
from app.references import LAST_ARTICLE
from app.rerank import FEATURES, Reranker
from app.statutes import KINDS, Candidates, Model, StatuteKind, national, numbered, shipped
from app.wording import distinct, spoken_in
from ingest.catalogue import Snapshot
from ingest.document import Caller, Clause, ClauseLevel, Edition, Passage
from ingest.lexical import Reading
from ingest.library import Library
from ingest.roster import Eligible, View
from ingest.segment import search_key, terms
from ingest.structure.numerals import parse_number
from ingest.vectors import Hit, Vector

DEPTH = 60
"""Visible hits taken from each source: on the seed and the demonstration library the answer is among the first 20."""
STATUTE_DEPTH = 200
"""The same where national statutes are among them: their order learned on 55,129 articles looks that deep."""
WRITTEN_WEIGHT = 0.7
"""What the written words for a spoken form weigh beside the question's own: .4 to 1 are alike on practice questions."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of an edition that a reference names exactly."""

    version_id: str
    edition: Edition
    clause: Clause


def retrieve(
    query: Query, library: Library, snapshot: Snapshot, caller: Caller, *, k: int, reranker: Reranker = FEATURES
) -> list[Ranked]:
    """The ``k`` best passages, best first, the same for the same state of the library. Exact places come first."""
    return candidates(query, library, snapshot, caller, k=k, reranker=reranker)[:k]


def candidates(
    query: Query, library: Library, snapshot: Snapshot, caller: Caller, *, k: int, reranker: Reranker = FEATURES
) -> list[Ranked]:
    """All passages that were ranked to find the ``k`` best, best first; of a question of several parts, each part's."""
    if query.parts:
        found = [candidates(part, library, snapshot, caller, k=k, reranker=reranker) for part in query.parts]
        return interleaved(found)
    return _candidates_of_one(query, library, snapshot, caller, k, reranker)


def interleaved(rankings: Sequence[Sequence[Ranked]]) -> list[Ranked]:
    """The first of each ranking, then the second of each, …; each passage once, where it comes first."""
    out: dict[str, Ranked] = {}
    for ranks in itertools.zip_longest(*rankings):
        for ranked in ranks:
            if ranked is not None:
                out.setdefault(ranked.passage.id, ranked)
    return list(out.values())


def _candidates_of_one(
    query: Query, library: Library, snapshot: Snapshot, caller: Caller, k: int, reranker: Reranker
) -> list[Ranked]:
    eligible = scope(query, snapshot, caller)
    found: list[Ranked] = []
    if eligible.versions:
        statutes = statutes_among(eligible, snapshot, caller)
        found = reranker.rerank(query, _search(query, library, snapshot, eligible, statutes, k), snapshot)
    exact = exact_passages(places(query, snapshot, caller), snapshot)
    first = {ranked.passage.id for ranked in exact}
    return [*exact, *(ranked for ranked in found if ranked.passage.id not in first)]


# ---------------------------------------------------------------- what may be used


def scope(query: Query, snapshot: Snapshot, caller: Caller) -> Eligible:
    """The passages the question may use: the caller's filters, the editions in force or asked for, the work named."""
    filters = query.filters
    eligible = snapshot.eligible(
        caller,
        as_of=query.as_of,
        all_editions=filters.all_editions,
        kinds=filters.kinds,
        works=filters.works or named_works(query),
        documents=filters.documents or named_documents(query),
        date_from=filters.date_from,
        date_to=filters.date_to,
        units=filters.units,
        rounds=filters.rounds,
    )
    if query.versions and (chosen := eligible.versions & frozenset(query.versions)):
        return _narrowed(eligible, chosen, snapshot)
    return eligible


def _narrowed(eligible: Eligible, versions: frozenset[str], snapshot: Snapshot) -> Eligible:
    headers = [header for version in sorted(versions) if (header := snapshot.header(version)) is not None]
    return replace(
        eligible,
        versions=versions,
        partitions=tuple(sorted({header.partition for header in headers})),
        passages=sum(header.passages for header in headers),
    )


def named_works(query: Query) -> tuple[str, ...]:
    """The works a question limits itself to; one about a meeting may name a work that was only spoken of there."""
    if query.everywhere or (query.spoken and not query.versions):
        return ()
    return tuple(dict.fromkeys(work for reference in query.references for work in reference.work_ids))


def named_documents(query: Query) -> tuple[str, ...]:
    """The notices a question limits itself to, when it names no work besides."""
    if query.everywhere or query.spoken or any(reference.work_ids for reference in query.references):
        return ()
    return tuple(dict.fromkeys(document for reference in query.references for document in reference.documents))


def editions_for(query: Query, work: str, snapshot: Snapshot, caller: Caller) -> tuple[Edition, ...]:
    """The editions of a work the question is about: those it names, else those citable on its day; one copy of each."""
    editions = snapshot.editions(work, caller)
    if query.versions:
        editions = tuple(edition for edition in editions if edition.version_id in query.versions)
    elif query.editions_asked or not query.filters.all_editions:
        editions = tuple(edition for edition in editions if edition.citable(query.as_of))
    distinct = snapshot.roster.view(caller).distinct(edition.version_id for edition in editions)
    return tuple(edition for edition in editions if edition.version_id in distinct)


# ---------------------------------------------------------------- exact look-up


def places(query: Query, snapshot: Snapshot, caller: Caller) -> list[Place]:
    """The parts the question's references name, in order; what does not exist is left out."""
    out: list[Place] = []
    for reference in query.references:
        if reference.locator is None:
            continue
        for work in reference.work_ids:
            for edition in editions_for(query, work, snapshot, caller):
                clauses = find_clauses(snapshot.clauses(edition.version_id), reference)
                out += [Place(edition.version_id, edition, clause) for clause in clauses]
    return list(dict.fromkeys(out))


def find_clauses(clauses: Sequence[Clause], reference: Reference) -> list[Clause]:
    """The clause a reference names, or all articles of the chapter it names."""
    wanted = reference.locator
    if wanted is None:
        return []
    if wanted.section == LAST_ARTICLE:
        return [c for c in clauses if c.level is ClauseLevel.ARTICLE and not c.locator.annex][-1:]
    if wanted.article is None and wanted.chapter:
        articles = [c for c in clauses if c.level is ClauseLevel.ARTICLE and not c.locator.annex]
        if number := parse_number(wanted.chapter[1:-1]):
            return [clause for clause in articles if _chapter(clause) == number]
        return [clause for clause in articles if (clause.locator.chapter or "").endswith(wanted.chapter)]  # 总则
    best = [clause for clause in clauses if clause.locator.article == wanted.article and _names(clause, reference)]
    depth = [ClauseLevel.ARTICLE, ClauseLevel.PARAGRAPH, ClauseLevel.ITEM, ClauseLevel.SUBITEM]
    level = sum(part is not None for part in (wanted.paragraph or wanted.item, wanted.item, wanted.subitem))
    # An article of one 款 has no clause of its own for it: 第十条第一款 is then the article.
    for wanted_level in (depth[level], depth[0]):
        if wanted_level is depth[0] and level and (wanted.item or (wanted.paragraph or 1) > 1):
            return []
        found = [clause for clause in best if clause.level is wanted_level]
        if found:
            return found[:1]
    return []


def _names(clause: Clause, reference: Reference) -> bool:
    wanted, has = reference.locator, clause.locator
    if wanted is None or has.annex or (wanted.article_suffix or 0) != (has.article_suffix or 0):
        return False
    if wanted.paragraph and clause.level is not ClauseLevel.ARTICLE and (has.paragraph or 1) != wanted.paragraph:
        return False
    if wanted.item and clause.level in (ClauseLevel.ITEM, ClauseLevel.SUBITEM) and has.item != wanted.item:
        return False
    return not (wanted.subitem and clause.level is ClauseLevel.SUBITEM and has.subitem != wanted.subitem)


def _chapter(clause: Clause) -> int | None:
    words = clause.locator.chapter or ""
    end = words.find("章")
    return parse_number(words[1:end]) if words.startswith("第") and end > 0 else None


def exact_passages(found: Iterable[Place], snapshot: Snapshot) -> list[Ranked]:
    """The passages that hold the places, in text order."""
    out: dict[str, Ranked] = {}
    for place in found:
        span = place.clause.span
        for passage in snapshot.passages_of(place.version_id):
            if passage.span.start < span.end and span.start < passage.span.end:
                out.setdefault(passage.id, Ranked(passage, 2.0, {"exact": 1.0}))
    return list(out.values())


# ---------------------------------------------------------------- search


def _search(
    query: Query,
    library: Library,
    snapshot: Snapshot,
    eligible: Eligible,
    statutes: Mapping[str, StatuteKind],
    k: int,
) -> list[Ranked]:
    model = shipped() if statutes and shipped().embedder == library.embedder.id else None
    asked = _Asked(
        library.embedder.encode_question(query.standalone), terms(query.standalone), readings(query.standalone), model
    )
    found = _found(asked, library, snapshot, eligible, max(k, STATUTE_DEPTH if model else DEPTH))
    if not found.passages:
        return []
    scores = {"dense": found.cosines(asked.vector), "terms": found.terms}
    fused = convex(scores)
    if model is not None:
        # Their order was learned without spoken forms; with them it falls, nDCG@10 .556 to .553 on STARD.
        lexical = library.term_scores(asked.words, [one.id for one in found.passages if one.version_id in statutes])
        fused = _in_statute_order(fused, _candidates(found, lexical, statutes, snapshot), model, asked.vector)
    ranked = [
        Ranked(one, fused[one.id], {name: s[one.id] for name, s in scores.items() if one.id in s})
        for one in found.passages
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.passage.id))


def readings(question: str) -> list[Reading]:
    """What texts may have for the spoken forms of a question."""
    return [
        Reading(tuple(tuple(terms(word)) for word in spoken.written), WRITTEN_WEIGHT)
        for spoken in distinct(spoken_in(search_key(question)))
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as both indexes take it."""

    vector: Vector
    words: Sequence[str]
    written: Sequence[Reading]
    model: Model | None

    @property
    def towards(self) -> list[Vector]:
        """What vectors are looked for: near the question, and where the statutes' order would have them."""
        return [self.vector] if self.model is None else [self.vector, self.model.towards(self.vector)]


@dataclass(frozen=True, slots=True)
class _Found:
    """The candidates by id: their vectors, row by row, and the lexical scores of those that words found."""

    passages: Sequence[Passage]
    vectors: Vector
    terms: Mapping[str, float]

    def cosines(self, question: Vector) -> dict[str, float]:
        """The exact nearness of each."""
        return dict(zip((one.id for one in self.passages), map(float, self.vectors @ question), strict=True))


def _found(asked: _Asked, library: Library, snapshot: Snapshot, eligible: Eligible, wanted: int) -> _Found:
    """The best of both indexes that the question may use."""
    dense = [
        hit for one in asked.towards for hit in _visible(partial(_nearest, library, eligible, one), wanted, eligible)
    ]
    lexical = _visible(
        lambda n: library.search_terms(asked.words, n, eligible.partitions, asked.written), wanted, eligible
    )
    ids = sorted({hit.passage_id for hit in (*dense, *lexical)})
    passages, vectors = snapshot.passages(ids), snapshot.vectors(ids)
    known = [name for name in ids if name in passages and name in vectors]
    return _Found(
        [passages[name] for name in known],
        np.stack([vectors[name] for name in known]) if known else np.empty((0, len(asked.vector)), np.float32),
        {hit.passage_id: hit.score for hit in lexical if hit.passage_id in passages},
    )


def _nearest(library: Library, eligible: Eligible, vector: Vector, number: int) -> list[Hit]:
    return library.search_vectors(vector, number, eligible.partitions)


def statutes_among(eligible: Eligible, snapshot: Snapshot, caller: Caller) -> Mapping[str, StatuteKind]:
    """The versions a question may use that are national statutes, with what each is."""
    view = snapshot.roster.view(caller)
    known = _STATUTES.get(view)
    if known is None:
        kinds = {version: national(header.work or header.title) for version, header in view.headers.items()}
        known = _STATUTES[view] = {version: kind for version, kind in kinds.items() if kind is not None}
    return {version: kind for version, kind in known.items() if version in eligible.versions}


_STATUTES: WeakKeyDictionary[View, Mapping[str, StatuteKind]] = WeakKeyDictionary()


def _candidates(
    found: _Found, lexical: Mapping[str, float], statutes: Mapping[str, StatuteKind], snapshot: Snapshot
) -> tuple[list[str], Candidates]:
    """The statute passages among those found, as the model takes them."""
    at = [row for row, passage in enumerate(found.passages) if passage.version_id in statutes]
    chosen = [found.passages[row] for row in at]
    headers = [snapshot.header(passage.version_id) for passage in chosen]
    return [passage.id for passage in chosen], Candidates(
        vectors=found.vectors[at],
        terms=np.array([lexical.get(passage.id, 0.0) for passage in chosen]),
        kinds=np.array([KINDS.index(statutes[passage.version_id]) for passage in chosen], np.int64),
        sizes=np.array([float(header.passages) if header else 1.0 for header in headers]),
        lengths=np.array([float(passage.span.end - passage.span.start) for passage in chosen]),
        works=numbered([passage.version_id for passage in chosen]),
        chapters=numbered([(passage.version_id, passage.locator.chapter) for passage in chosen]),
    )


def _in_statute_order(
    fused: Mapping[str, float], found: tuple[list[str], Candidates], model: Model, vector: Vector
) -> dict[str, float]:
    """Statutes exchange their places among themselves; other texts, and how statutes stand to them, stay."""
    ids, candidates = found
    if not ids:
        return dict(fused)
    scores = dict(zip(ids, model.scores(vector, candidates).tolist(), strict=True))
    best_first = sorted(ids, key=lambda passage_id: (-scores[passage_id], passage_id))
    places = sorted((fused[passage_id] for passage_id in ids), reverse=True)
    return {**fused, **dict(zip(best_first, places, strict=True))}


_MOST_AT_FIRST = 4.0
"""The first question to an index asks for no more than so many times what is wanted: a narrow scope may lie together."""


def _visible(ask: Callable[[int], list[Hit]], wanted: int, eligible: Eligible) -> list[Hit]:
    """The first ``wanted`` hits the question may use: asking for twice as many until they suffice or no more come."""
    limit = min(wanted, eligible.passages)
    # Texts not yet or no longer in force share the partitions: as many more as they are on average, and a quarter.
    share = min(_MOST_AT_FIRST, eligible.held / max(1, eligible.passages))
    number = int(limit * max(1.0, share) * 1.25) + 1
    while True:
        hits = ask(number)
        visible = [hit for hit in hits if eligible.allows(hit.passage_id)]
        if len(visible) >= limit or len(hits) < number:
            return visible[:wanted]
        number *= 2
