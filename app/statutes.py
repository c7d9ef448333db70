"""The order of national statutes for a question in lay words, learned on consultation questions.

Laypeople's questions mean the substantive articles of a few large laws, while the pool is full of procedure and
administration in the same words. Two steps say so: a linear score, whose largest part is one direction of the
embedding space along which articles that answer such questions lie, then regression trees over how a candidate
stands among the others: in its law, in its chapter, beside the first (LambdaMART: Burges 2010). Numbers, and what did
not help: docs/decisions/0016-ranking.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

MODEL = Path(__file__).parent / "ranking" / "statutes.json"

COSINE_SCALE, COSINE_MIDDLE = 20.0, 0.8
"""e5's cosines lie between .75 and .92: stretched to the size of the other features."""

TREES_SEE = 100
"""How many of the first by the linear score the trees order; R@100 is the linear score's."""
NEIGHBOURS_SEE = 200
"""How many of the first count as a candidate's law and chapter."""


class StatuteKind(StrEnum):
    """What national statutes are, by their names."""

    LAW = "law"  # 法律: …法, …法典
    INTERPRETATION = "interpretation"  # 司法解释
    REGULATION = "regulation"  # 行政法规 …条例
    RULE = "rule"  # 规定, 规则, 办法, 细则 of the State Council, its ministries, procuratorates


KINDS = tuple(StatuteKind)

_LABEL = re.compile(r"[（(][^（）()]*[）)]$")
_COURTS = ("最高人民法院", "最高人民检察院")
_ISSUERS = ("国务院", "全国人民代表大会", "全国人大", "人民检察院", "人民法院", "公安机关", "行政机关公务员")
_COUNTRY = "中华人民共和国"


def kind_by_name(title: str) -> StatuteKind:
    """The kind of a national statute, by its name."""
    name = _LABEL.sub("", title.strip().strip("《》"))
    if name.startswith(_COURTS):
        return StatuteKind.INTERPRETATION
    if name.endswith(("法", "法典")) and not name.endswith(("办法", "方法")):
        return StatuteKind.LAW
    return StatuteKind.REGULATION if name.endswith("条例") else StatuteKind.RULE


def national(title: str) -> StatuteKind | None:
    """The kind of a work whose name is a national statute's; None for what parties, groups and firms lay down."""
    name = title.strip().strip("《》")
    kind = kind_by_name(name)
    if kind in (StatuteKind.LAW, StatuteKind.INTERPRETATION) or name.startswith((_COUNTRY, *_ISSUERS)):
        return kind
    return None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Statute passages that may answer a question, one row or value each, in any order.

    ``terms`` are lexical scores, 0 without a common term; ``works`` and ``chapters`` number the works and the chapters
    within them; ``sizes`` count the passages of a work, ``lengths`` the characters of a text.
    """

    vectors: Vector
    terms: Floats
    kinds: Whole
    sizes: Floats
    lengths: Floats
    works: Whole
    chapters: Whole

    def __len__(self) -> int:
        return len(self.terms)


@dataclass(frozen=True, slots=True)
class Forest:
    """Binary trees in common arrays, each beginning at a root.

    Node i goes ``left`` when the feature is at most the threshold; leaves go to themselves and have the values.
    """

    roots: Whole
    feature: Whole
    threshold: Floats
    left: Whole
    right: Whole
    value: Floats

    def of(self, table: Floats) -> Floats:
        """The sum of the trees for each row, all trees walked at once: 200 trees and 100 rows in 2 ms."""
        rows = np.arange(len(table))[:, None]
        node = np.repeat(self.roots[None, :], len(table), axis=0)
        while True:
            below = np.where(table[rows, self.feature[node]] <= self.threshold[node], self.left[node], self.right[node])
            if np.array_equal(below, node):
                total: Floats = self.value[node].sum(axis=1)
                return total
            node = below


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned: for vectors of ``embedder`` alone, as the direction lies in its space."""

    embedder: str
    weights: Floats  # of linear_features
    direction: Vector
    forest: Forest

    def towards(self, question: Vector) -> Vector:
        """The unit vector whose nearest passages are best by the part of the linear score that vectors make."""
        turned = question * (self.weights[0] * COSINE_SCALE) + self.direction
        unit: Vector = (turned / np.linalg.norm(turned)).astype(np.float32)
        return unit

    def linear(self, question: Vector, candidates: Candidates) -> Floats:
        """The linear score of each candidate."""
        table = linear_features(question, candidates)
        linear: Floats = table @ self.weights + candidates.vectors.astype(np.float64) @ self.direction.astype(
            np.float64
        )
        return linear

    def scores(self, question: Vector, candidates: Candidates) -> Floats:
        """The score of each candidate, higher is better; of those the trees do not see, below all they do."""
        linear = self.linear(question, candidates)
        order = np.lexsort((np.arange(len(linear)), -linear))
        seen = order[:TREES_SEE]
        table = tree_features(question, candidates, linear, order)
        out: Floats = linear - linear.max(initial=0.0) - 1e3
        out[seen] = self.forest.of(table)
        return out


def linear_features(question: Vector, candidates: Candidates) -> Floats:
    """Nearness, lexical score plain and against the best, kind, size of the work, length of the text."""
    cosines = candidates.vectors @ question
    terms = candidates.terms
    return np.column_stack(
        [
            COSINE_SCALE * (cosines - COSINE_MIDDLE),
            terms / 10,
            2.5 * terms / _best(terms),
            *(candidates.kinds == number for number in range(len(KINDS))),
            np.log(candidates.sizes) / 4,
            np.log(np.maximum(candidates.lengths, 1)) / 4,
        ]
    ).astype(np.float64)


def _best(terms: Floats) -> float:
    return float(terms.max(initial=0.0)) or 1.0


TREE_FEATURES = (
    "linear", "rank", "behind", "cosine", "cosine_behind", "terms", "length", "size", "work_other", "work_share",
    "work_count", "work_rank", "chapter_behind", "chapter_count", "near_first", "terms_rank", "cosine_rank", "kind",
)  # fmt: skip


def tree_features(question: Vector, candidates: Candidates, linear: Floats, order: Whole) -> Floats:
    """How each of the first candidates stands among the others; rows as ``order``, columns as TREE_FEATURES."""
    seen, near = order[:TREES_SEE], order[:NEIGHBOURS_SEE]
    if not len(seen):
        return np.zeros((0, len(TREE_FEATURES)))
    score, count = linear[near], len(seen)
    cosines = candidates.vectors[near] @ question
    terms = candidates.terms
    work, chapter = candidates.works[near], candidates.chapters[near]
    same_work = work[:count, None] == work[None, :]
    same_chapter = chapter[:count, None] == chapter[None, :]
    itself = np.eye(count, len(near), dtype=bool)
    other = np.where(same_work & ~itself, score[None, :], -np.inf).max(axis=1)
    share = np.exp(score - score[0])
    first = candidates.vectors[seen] @ candidates.vectors[seen[0]]
    return np.column_stack(
        [
            score[:count],
            np.arange(count),
            score[0] - score[:count],
            cosines[:count],
            cosines.max() - cosines[:count],
            terms[seen] / _best(terms),
            np.log(np.maximum(candidates.lengths[seen], 1)),
            np.log(candidates.sizes[seen]),
            np.where(np.isfinite(other), other, score[-1]) - score[0],
            same_work @ share,
            same_work.sum(axis=1),
            (same_work & (score[None, :] > score[:count, None])).sum(axis=1),
            np.where(same_chapter, score[None, :], -np.inf).max(axis=1) - score[:count],
            same_chapter.sum(axis=1),
            first,
            _ranks(-terms[near])[:count],
            _ranks(-cosines)[:count],
            candidates.kinds[seen],
        ]
    ).astype(np.float64)


def _ranks(values: NDArray[Any]) -> Whole:
    """The rank of each value from the least, from 0; equal ones in their order."""
    ranks = np.empty(len(values), np.int64)
    ranks[np.argsort(values, kind="stable")] = np.arange(len(values))
    return ranks


# ---------------------------------------------------------------- the file


def as_json(model: Model) -> str:
    """The model as text: numbers to six digits, a line a field."""

    def line(values: NDArray[Any]) -> list[float]:
        return [float(f"{value:.6g}") for value in values.tolist()]

    forest = model.forest
    parts = [
        ("embedder", json.dumps(model.embedder)),
        ("weights", json.dumps(line(model.weights))),
        ("direction", json.dumps(line(model.direction))),
        ("roots", json.dumps(forest.roots.tolist())),
        ("feature", json.dumps(forest.feature.tolist())),
        ("threshold", json.dumps(line(forest.threshold))),
        ("left", json.dumps(forest.left.tolist())),
        ("right", json.dumps(forest.right.tolist())),
        ("value", json.dumps(line(forest.value))),
    ]
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in parts) + "\n}\n"


def from_json(text: str) -> Model:
    """The model of such a text."""
    data = json.loads(text)
    whole = {name: np.array(data[name], np.int64) for name in ("roots", "feature", "left", "right")}
    forest = Forest(**whole, threshold=np.array(data["threshold"]), value=np.array(data["value"]))
    return Model(data["embedder"], np.array(data["weights"]), np.array(data["direction"], np.float32), forest)


@cache
def shipped() -> Model:
    """The model that comes with the program."""
    return from_json(MODEL.read_text(encoding="utf-8"))


def numbered(names: Sequence[object]) -> Whole:
    """Equal names get equal numbers, in order of appearance."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)
