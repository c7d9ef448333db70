"""``python -m evals fit``: the weights of app/answer/scoring.py, from the questions whose places are known.

Fitted on the development questions and the odd ones of the third split; never on what is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from app.answer.draft import Desk, asks_of, material_for
from app.answer.extractive import Scored, ranked_spans
from app.answer.units import Units
from app.model import Evidence, Filters, Intent
from app.retrieve import retrieve
from app.understand import understand
from evals.dataset import GOLD, TODAY, Question, load
from evals.gold_run import ground_of, places
from evals.judge import Place, supports
from ingest.document import LOCAL
from ingest.library import Library

Matrix = NDArray[np.float64]

PENALTY = 0.02
STEPS = 400
FOLDS = 8


@dataclass(frozen=True, slots=True)
class Group:
    """The spans one question chooses from: their features, and which are right."""

    question: Question
    features: Sequence[Mapping[str, float]]
    right: NDArray[np.bool_]


def questions() -> list[Question]:
    """What weights are fitted on."""
    return [*load(GOLD / "dev.jsonl"), *(q for q in load(GOLD / "fresh.jsonl") if int(q.id[2:]) % 2)]


def groups(library: Library, asked: Sequence[Question]) -> Iterator[Group]:
    """The spans of each open question that has places."""
    needs = {question.id: places(question, ground_of(library).texts) for question in asked if question.needs}
    units = Units()
    with library.snapshot() as snapshot:
        for question in asked:
            query = understand(
                question.text, snapshot, today=TODAY, as_of=question.as_of, filters=Filters(), caller=LOCAL
            )
            if not question.needs or query.intent in (Intent.LOOKUP, Intent.COUNT, Intent.LIST):
                continue
            ranked = retrieve(query, library, snapshot, LOCAL, k=20)
            desk = Desk(query, ranked, library, snapshot, LOCAL, units)
            spans = ranked_spans(asks_of(desk)[0], material_for(desk))
            right = np.array([_is_right(span, needs[question.id]) for span in spans])
            if right.any():
                yield Group(question, [span.features for span in spans], right)


def _is_right(span: Scored, needs: Sequence[Sequence[Place]]) -> bool:
    unit = span.unit
    shown = cast(Evidence, SimpleNamespace(version_id=unit.version_id, locator=unit.locator, span=unit.span))
    return any(supports(shown, place) for need in needs for place in need)


def fitted(of: Sequence[Group], names: Sequence[str]) -> dict[str, float]:
    """The weights under which the right spans of each question get most of a softmax over its spans."""
    tables = [np.array([[span.get(name, 0.0) for name in names] for span in group.features]) for group in of]
    spread = np.concatenate(tables).std(axis=0) + 1e-9
    scaled = [table / spread for table in tables]
    weights, first, second = (np.zeros(len(names)) for _ in range(3))
    for step in range(1, STEPS + 1):
        slope = PENALTY * weights
        for table, group in zip(scaled, of, strict=True):
            slope += _slope(table, group.right, weights) / len(of)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        weights -= 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return {name: float(value) for name, value in zip(names, weights / spread, strict=True)}


def _slope(table: Matrix, right: NDArray[np.bool_], weights: Matrix) -> Matrix:
    """The gradient of minus the logarithm of what the right spans get."""
    scores = np.exp(table @ weights - (table @ weights).max())
    shares = scores / scores.sum()
    wanted = np.where(right, shares, 0.0)
    slope: Matrix = (shares - wanted / max(float(wanted.sum()), 1e-12)) @ table
    return slope


def first_right(of: Sequence[Group], weights: Mapping[str, float]) -> float:
    """The share of questions whose best span is right."""
    hits = []
    for group in of:
        scores = [sum(weights.get(name, 0.0) * value for name, value in span.items()) for span in group.features]
        hits.append(bool(group.right[int(np.argmax(scores))]))
    return float(np.mean(hits))


def cross_validated(of: Sequence[Group], names: Sequence[str]) -> float:
    """The share of right best spans, each question scored by weights fitted on the others."""
    fold = np.random.default_rng(0).integers(0, FOLDS, len(of))
    total = 0.0
    for number in range(FOLDS):
        weights = fitted([group for group, k in zip(of, fold, strict=True) if k != number], names)
        held = [group for group, k in zip(of, fold, strict=True) if k == number]
        total += first_right(held, weights) * len(held)
    return total / len(of)
