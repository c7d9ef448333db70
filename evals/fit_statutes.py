"""``python -m evals fit-statutes``: app/ranking/statutes.json, from questions with the articles that answer them.

Two steps as in app/statutes.py. The linear score is fitted by a softmax over each question's candidates; the trees by
LightGBM's LambdaMART over candidates scored by linear scores fitted without their question. What is reported is held
out: the questions are split into folds, and a fold is ranked by a model that saw nothing of it in either step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.statutes import (
    KINDS,
    MODEL,
    TREES_SEE,
    Candidates,
    Floats,
    Forest,
    Model,
    Vector,
    as_json,
    linear_features,
    tree_features,
)
from evals.beir import Asked, read_dataset
from evals.metrics import mean_with_interval
from evals.retrieval_run import scores
from evals.retrievers import DEPTHS, Collection
from ingest.segment import terms

FOLDS, SEEDS = 5, 2
STEPS = 40
NEAR, RANDOM = 220, 40
"""Candidates of each source that a question is fitted on, and texts drawn from the rest."""
PENALTY_DIRECTION, PENALTY_WEIGHTS = 0.0005, 0.002
START = np.array([3.5, 0.25, 0.8, *([0.0] * len(KINDS)), 1.8, 1.8])
"""Where the fit of the weights starts, and what the penalty draws them towards."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its vector, its terms, the best lexical scores, and the entries that answer it."""

    id: str
    text: str
    vector: Vector
    words: Sequence[str]
    terms: Mapping[str, float]
    right: Set[str]


def asked(collection: Collection, questions: Sequence[Asked], vectors: Sequence[Vector]) -> list[Question]:
    """The questions as they are fitted on, with these vectors."""
    return [
        Question(
            one.id,
            one.text,
            vector,
            terms(one.text),
            {hit.passage_id: hit.score for hit in collection.matching(one.text, DEPTHS["default"])},
            {name for name, grade in one.grades.items() if grade > 0 and name in collection.positions},
        )
        for one, vector in zip(questions, vectors, strict=True)
    ]


def folds(count: int, number: int = FOLDS, seed: int = 0) -> list[NDArray[np.int64]]:
    """``count`` questions in ``number`` parts."""
    order = np.random.default_rng(seed).permutation(count)
    return [np.sort(order[part::number]) for part in range(number)]


# ---------------------------------------------------------------- the linear score


@dataclass(frozen=True, slots=True)
class Sample:
    """What one question is fitted on: candidates' features and vectors, and what each should get of the softmax."""

    features: Floats
    vectors: Vector
    target: Floats


def samples(collection: Collection, questions: Sequence[Question]) -> Iterator[Sample]:
    """Each question's nearest and best matching texts, some of the rest, and what answers it."""
    rng = np.random.default_rng(0)
    for question in questions:
        near = [hit.passage_id for hit in collection.nearest(question.vector, NEAR)]
        drawn = [collection.entries[row].id for row in rng.integers(0, len(collection.entries), RANDOM)]
        ids = sorted({*near, *question.terms, *drawn, *question.right})
        candidates = collection.candidates(ids, question.words, question.terms)
        target = np.array([name in question.right for name in ids], float)
        yield Sample(linear_features(question.vector, candidates), candidates.vectors, target / target.sum())


def fitted_linear(of: Sequence[Sample]) -> tuple[Floats, Vector]:
    """Weights and direction with the least cross-entropy plus penalties."""
    from scipy.optimize import minimize

    features = np.concatenate([sample.features for sample in of]).astype(np.float32)
    vectors = np.concatenate([sample.vectors for sample in of])
    target = np.concatenate([sample.target for sample in of]).astype(np.float32)
    lengths = [len(sample.target) for sample in of]
    starts, owner = np.cumsum([0, *lengths[:-1]]), np.repeat(np.arange(len(of)), lengths)
    size = len(START)

    def loss(at: Floats) -> tuple[float, Floats]:
        away, direction = at[:size] - START, at[size:]
        score = features @ at[:size].astype(np.float32) + vectors @ direction.astype(np.float32)
        score -= np.maximum.reduceat(score, starts)[owner]
        share = np.exp(score) / np.add.reduceat(np.exp(score), starts)[owner]
        error = (share - target) / len(of)
        value = -float(target @ np.log(share + 1e-12)) / len(of)
        value += float(PENALTY_WEIGHTS * away @ away + PENALTY_DIRECTION * direction @ direction)
        slope = np.concatenate(
            [error @ features + 2 * PENALTY_WEIGHTS * away, error @ vectors + 2 * PENALTY_DIRECTION * direction]
        )
        return value, slope.astype(np.float64)

    start = np.concatenate([START, np.zeros(vectors.shape[1])])
    at = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return at[:size], at[size:].astype(np.float32)


# ---------------------------------------------------------------- the trees


@dataclass(frozen=True, slots=True)
class Group:
    """One question's first candidates: their features, and which are right."""

    table: Floats
    right: NDArray[np.int64]


def found(collection: Collection, model: Model, question: Question) -> tuple[list[str], Candidates]:
    """What the product would take as candidates, by id as it does."""
    near = collection.nearest(model.towards(question.vector), DEPTHS["default"])
    ids = sorted({*question.terms, *(hit.passage_id for hit in near)})
    return ids, collection.candidates(ids, question.words, question.terms)


def group(collection: Collection, model: Model, question: Question) -> Group:
    """What the trees learn from a question."""
    ids, candidates = found(collection, model, question)
    linear = model.linear(question.vector, candidates)
    order = np.lexsort((np.arange(len(linear)), -linear))
    table = tree_features(question.vector, candidates, linear, order)
    return Group(table, np.array([ids[place] in question.right for place in order[:TREES_SEE]], np.int64))


NO_TREES = Forest(*(np.zeros(0, kind) for kind in (np.int64, np.int64, float, np.int64, np.int64, float)))


def fitted_trees(groups: Sequence[Group]) -> Forest:
    """A forest of small trees: few questions carry little, and two seeds steady it."""
    import lightgbm

    learnable = [one for one in groups if one.right.any()]
    table = np.concatenate([one.table for one in learnable])
    right = np.concatenate([one.right for one in learnable])
    roots: list[Mapping[str, Any]] = []
    for seed in range(SEEDS):
        ranker = lightgbm.LGBMRanker(
            objective="lambdarank", n_estimators=100, learning_rate=0.05, num_leaves=7, min_child_samples=50,
            subsample=0.7, subsample_freq=1, colsample_bytree=0.5, reg_lambda=5.0, lambdarank_truncation_level=15,
            random_state=seed, deterministic=True, force_col_wise=True, n_jobs=1, verbose=-1,
        )  # fmt: skip
        ranker.fit(table, right, group=[len(one.right) for one in learnable])
        roots += [one["tree_structure"] for one in ranker.booster_.dump_model()["tree_info"]]
    return planted(roots)


def planted(roots: Sequence[Mapping[str, Any]]) -> Forest:
    """LightGBM's nested nodes in arrays."""
    nodes: list[tuple[int, float, int, int, float]] = []

    def place(node: Mapping[str, Any]) -> int:
        number = len(nodes)
        if "leaf_value" in node:
            nodes.append((0, 0.0, number, number, float(node["leaf_value"])))
            return number
        nodes.append((0, 0.0, 0, 0, 0.0))
        left, right = place(node["left_child"]), place(node["right_child"])
        nodes[number] = (int(node["split_feature"]), float(node["threshold"]), left, right, 0.0)
        return number

    at = np.array([place(root) for root in roots], np.int64)
    feature, threshold, left, right, value = (np.array(column) for column in zip(*nodes, strict=True))
    return Forest(at, feature, threshold, left, right, value)


# ---------------------------------------------------------------- both


def fitted(collection: Collection, questions: Sequence[Question], of: Sequence[Sample]) -> Model:
    """The model of these questions; the trees see each by a linear score fitted without it."""
    groups: list[Group] = []
    for part in folds(len(questions), FOLDS, seed=1):
        inside = [number for number in range(len(questions)) if number not in set(part.tolist())]
        inner = Model(collection.embedder.id, *fitted_linear([of[number] for number in inside]), NO_TREES)
        groups += [group(collection, inner, questions[number]) for number in part]
    weights, direction = fitted_linear(of)
    return Model(collection.embedder.id, weights, direction, fitted_trees(groups))


def held_out(
    collection: Collection, questions: Sequence[Question], say: Callable[[str], None] = print
) -> dict[str, list[str]]:
    """Each question's ranking by a model that saw nothing of its fold."""
    of = list(samples(collection, questions))
    out: dict[str, list[str]] = {}
    for number, part in enumerate(folds(len(questions)), 1):
        inside = [one for one in range(len(questions)) if one not in set(part.tolist())]
        model = fitted(collection, [questions[one] for one in inside], [of[one] for one in inside])
        for one in part:
            ids, candidates = found(collection, model, questions[one])
            scores = model.scores(questions[one].vector, candidates)
            out[questions[one].id] = [ids[place] for place in np.lexsort((np.arange(len(ids)), -scores))]
        say(f"fold {number} of {FOLDS}")
    return out


def fit(folder: Path, collection: Collection, questions: Sequence[Question], *, measure: bool) -> None:
    """Fit on the questions of a folder in BEIR layout and write the model; with ``measure`` only print what is held out.

    Their vectors are by an encoder that was not tuned on them (evals/fit_questions.py): the questions to come are such.
    """
    if not measure:
        model = fitted(collection, questions, list(samples(collection, questions)))
        MODEL.write_text(as_json(model), encoding="utf-8")
        print(f"已写入 {MODEL}")
        return
    rankings = held_out(collection, questions)
    found = [scores(rankings[question.id], question) for question in read_dataset(folder).questions]
    for metric in ("ndcg@10", "recall@100"):
        score = mean_with_interval([one[metric] for one in found])
        print(f"{metric:<12}{score.mean:.4f}  [{score.low:.4f}, {score.high:.4f}]  {score.n} 题，均未参与拟合")
