"""Retrievers by name over an embedded collection in BEIR layout: the usual ones beside the product's.

``bm25``      BM25 over jieba words
``dense``     the embedder's vectors as published, scanned exactly
``fusion``    llama-index's QueryFusionRetriever over both, frozen: one query, 100 of each, reciprocal rank
``default``   the product's ranking
``thorough``  the product's ranking over more candidates; where nothing was learned of their order, with sentences read
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.fuse import convex
from app.retrieve import readings
from app.sentences import READ, Sentences, read
from app.statutes import KINDS, Candidates, Floats, Model, Vector, Whole, kind_by_name, numbered, shipped
from ingest.embed import Embedder, OnnxEmbedder
from ingest.lexical import LexicalIndex, LexicalItem, Reading
from ingest.segment import search_key, terms, words
from ingest.structure.numerals import ANY, parse_number
from ingest.vectors import Hit, best

Matrix = Vector

USUAL_DEPTH = 100  # of each source of the frozen baseline
DEPTHS: Mapping[str, int] = {"default": 200, "thorough": 600}
"""Candidates from each source. On 55,129 statutes R@100 gains nothing beyond 200."""

_ARTICLE = re.compile(rf"第(?P<article>[{ANY}]{{1,9}})条(?:之(?P<suffix>[{ANY}]{{1,3}}))?$")
_ASKED = re.compile(rf"第\s?(?P<article>[{ANY}]{{1,9}})\s?条(?:\s?之\s?(?P<suffix>[一二三四五六七八九十0-9]{{1,3}}))?")
_COUNTRY = "中华人民共和国"


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of a collection. ``work`` is the title without the article it ends in, when it ends in one."""

    id: str
    title: str
    text: str
    chapter: str = ""

    @property
    def embedded(self) -> str:
        """What the vector is of."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    @property
    def article(self) -> tuple[int, int] | None:
        """The number of the article and of its 之."""
        return _numbers(_ARTICLE.search(self.title))

    @property
    def work(self) -> str:
        """The title of the statute."""
        return _ARTICLE.sub("", self.title).strip()


def _numbers(match: re.Match[str] | None) -> tuple[int, int] | None:
    if match is None or (article := parse_number(match["article"])) is None:
        return None
    return article, parse_number(match["suffix"] or "") or 0


@dataclass(frozen=True)
class Collection:
    """Texts with their vectors (row i is entry i's) and a term index kept in ``directory``."""

    entries: Sequence[Entry]
    vectors: Matrix
    embedder: Embedder
    directory: Path = field(repr=False)

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Entry id → row."""
        return {entry.id: row for row, entry in enumerate(self.entries)}

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The product's term index over titles and texts."""
        index = LexicalIndex(self.directory / "terms")
        if index.count() != len(self.entries):
            index.add([LexicalItem(e.id, "all", terms(e.text), terms(e.work)) for e in self.entries])
        return index

    @cached_property
    def statutes(self) -> bool:
        """Whether the texts are articles of statutes."""
        return sum(entry.article is not None for entry in self.entries) > len(self.entries) / 2

    @cached_property
    def kinds(self) -> Whole:
        """The kind of each entry's statute, as a number."""
        return np.array([KINDS.index(kind_by_name(entry.work)) for entry in self.entries], np.int64)

    @cached_property
    def works(self) -> Whole:
        """Each entry's work as a number."""
        return numbered([entry.work for entry in self.entries])

    @cached_property
    def chapters(self) -> Whole:
        """Each entry's chapter as a number."""
        return numbered([(entry.work, entry.chapter) for entry in self.entries])

    @cached_property
    def sizes(self) -> Floats:
        """How many entries each entry's work has."""
        return np.bincount(self.works)[self.works].astype(np.float64)

    @cached_property
    def lengths(self) -> Floats:
        """The characters of each text."""
        return np.array([len(entry.text) for entry in self.entries], np.float64)

    def nearest(self, vector: Vector, k: int) -> list[Hit]:
        """The nearest entries by an exact scan, best first, ties by id."""
        scores = self.vectors @ vector
        k = min(k, len(scores))
        least = np.partition(scores, -k)[-k] if k else 0.0
        rows = np.flatnonzero(scores >= least).tolist()
        return best([Hit(self.entries[row].id, float(scores[row])) for row in rows], k)

    def matching(self, question: str, k: int, other: Sequence[Reading] = ()) -> list[Hit]:
        """The best entries by our terms, with what else texts may have for them."""
        return self.lexical.search(terms(question), k, ["all"], other)

    def candidates(self, ids: Sequence[str], words: Sequence[str], found: Mapping[str, float]) -> Candidates:
        """These entries as the statute ranking takes them; ``found`` are the lexical scores that are known already."""
        at = np.array([self.positions[name] for name in ids], np.int64)
        scores = {**self.lexical.scores(words, [name for name in ids if name not in found]), **found}
        lexical = np.array([scores.get(name, 0.0) for name in ids])
        return Candidates(
            self.vectors[at],
            lexical,
            self.kinds[at],
            self.sizes[at],
            self.lengths[at],
            self.works[at],
            self.chapters[at],
        )


class Retriever(Protocol):
    """A question → the best entries of a collection."""

    def retrieve(self, question: str, k: int) -> list[Hit]:
        """The ``k`` best, best first, ties by id."""


class Words:
    """BM25 (Lucene's, k1 1.5, b .75) over jieba words of title and text."""

    def __init__(self, collection: Collection) -> None:
        import bm25s

        self._collection = collection
        self._index: Any = bm25s.BM25()
        self._index.index([words(entry.embedded) for entry in collection.entries], show_progress=False)

    def retrieve(self, question: str, k: int) -> list[Hit]:
        """The best by BM25; what shares no word is left out."""
        k = min(k, len(self._collection.entries))
        rows, scores = self._index.retrieve([words(question)], k=k, show_progress=False)
        found = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
        return best([Hit(self._collection.entries[row].id, score) for row, score in found if score > 0], k)


def untuned(embedder: Embedder, question: str) -> Vector:
    """A question's vector as the model was published: the baselines stand on what anybody has."""
    return (
        embedder.encode_untuned(question) if isinstance(embedder, OnnxEmbedder) else embedder.encode_question(question)
    )


class Dense:
    """The embedder alone, as published."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def retrieve(self, question: str, k: int) -> list[Hit]:
        """The nearest."""
        return self._collection.nearest(untuned(self._collection.embedder, question), k)


class Fusion:
    """The frozen baseline: llama-index's own fusion over the two above."""

    def __init__(self, collection: Collection) -> None:
        from llama_index.core.llms import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.core.retrievers.fusion_retriever import FUSION_MODES

        from evals.llama import SourceRetriever

        self._retriever: Any = QueryFusionRetriever(
            [SourceRetriever(source, USUAL_DEPTH) for source in (Dense(collection), Words(collection))],
            llm=MockLLM(),
            mode=FUSION_MODES.RECIPROCAL_RANK,
            similarity_top_k=USUAL_DEPTH,
            num_queries=1,
            use_async=False,
        )

    def retrieve(self, question: str, k: int) -> list[Hit]:
        """The first by reciprocal rank, in llama-index's order."""
        return [Hit(found.node.node_id, float(found.score)) for found in self._retriever.retrieve(question)[:k]]


class Ours:
    """The product's ranking: what a reference names first, then dense and lexical candidates in the statutes' order."""

    def __init__(
        self, collection: Collection, depth: int, model: Model | None = None, *, sentences: bool = False
    ) -> None:
        self._collection = collection
        self._depth = depth
        self._model = model or shipped()
        self._sentences = Sentences(lambda: collection.embedder) if sentences else None
        self._places = _places(collection.entries)
        self._names = sorted({name for name, _ in self._places}, key=lambda name: (-len(name), name))

    def retrieve(self, question: str, k: int) -> list[Hit]:
        """The best; a candidate's score counts within one question only."""
        named = self.named(question)
        found = [hit for hit in self.ranked(question, k) if hit.passage_id not in named]
        top = found[0].score + 1 if found else 1.0
        return [*(Hit(name, top) for name in named), *found][:k]

    def named(self, question: str) -> list[str]:
        """The entries a question names by work and article."""
        key = _name_key(question)
        place = _numbers(_ASKED.search(key))
        if place is None:
            return []
        name = next((name for name in self._names if name in key), None)
        return self._places.get((name, place), []) if name else []

    def ranked(self, question: str, k: int) -> list[Hit]:
        """The best without look-up."""
        collection, model = self._collection, self._model
        vector = collection.embedder.encode_question(question)
        learned = collection.statutes and model.embedder == collection.embedder.id
        near = collection.nearest(model.towards(vector) if learned else vector, self._depth)
        hits = collection.matching(question, self._depth, readings(question))
        terms_found = {hit.passage_id: hit.score for hit in hits}
        ids = sorted({*terms_found, *(hit.passage_id for hit in near)})
        if not learned:
            rows = [collection.positions[name] for name in ids]
            cosines = dict(zip(ids, map(float, collection.vectors[rows] @ vector), strict=True))
            scores = convex({"dense": cosines, "terms": terms_found})
            hits = best([Hit(name, scores[name]) for name in ids], max(k, READ))
            return (self._read(question, hits, self._sentences) if self._sentences else hits)[:k]
        # The order of statutes was learned on the scores of the question's own terms.
        values = model.scores(vector, collection.candidates(ids, terms(question), {}))
        return best([Hit(name, float(value)) for name, value in zip(ids, values, strict=True)], k)

    def _read(self, question: str, hits: Sequence[Hit], sentences: Sentences) -> list[Hit]:
        """The first in the order of their nearest sentences as well; the others stay behind them."""
        first, collection = hits[:READ], self._collection
        texts = [collection.entries[collection.positions[hit.passage_id]].text for hit in first]
        near = sentences.nearest(question, texts)
        scores = [read(hit.score, one, text) for hit, one, text in zip(first, near, texts, strict=True)]
        ordered = best([Hit(hit.passage_id, score) for hit, score in zip(first, scores, strict=True)], READ)
        return [*ordered, *hits[READ:]]


def _name_key(text: str) -> str:
    return re.sub(r"[《》\s]", "", search_key(text)).replace(_COUNTRY, "")


def _places(entries: Sequence[Entry]) -> dict[tuple[str, tuple[int, int]], list[str]]:
    """(name of the work, article) → the entries of it."""
    out: dict[tuple[str, tuple[int, int]], list[str]] = {}
    for entry in entries:
        if entry.article is not None:
            out.setdefault((_name_key(entry.work), entry.article), []).append(entry.id)
    return out


CONFIGURATIONS: Mapping[str, Callable[[Collection], Retriever]] = {
    "bm25": Words,
    "dense": Dense,
    "fusion": Fusion,
    "default": lambda collection: Ours(collection, DEPTHS["default"]),
    "thorough": lambda collection: Ours(collection, DEPTHS["thorough"], sentences=True),
}
