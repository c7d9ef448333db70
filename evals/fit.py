"""``python -m evals fit``: the weights of app/answer/scoring.py and app/answer/answerable.py, printed to be put there.

Fitted on the development questions and the odd ones of the third split; never on what is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from app.answer import answerable, refuse
from app.answer.draft import Desk, asks_of, material_for
from app.answer.extractive import ranked_spans, select
from app.answer.units import Units
from app.model import Evidence, Filters, Intent, Query, Ranked
from app.retrieve import retrieve
from app.understand import understand
from evals.dataset import GOLD, TODAY, Question, load
from evals.gold_run import ground_of, places
from evals.judge import Place, supports
from ingest.catalogue import Snapshot
from ingest.document import LOCAL, DocumentKind, Locator, Span
from ingest.library import Library

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

SPAN_PENALTY, STEPS, FOLDS = 0.02, 400, 8
ANSWER_PENALTY = 0.05
REAL, REMOVED, ALONE, ALONE_REMOVED = 1.0, 0.3, 0.6, 0.25
"""What a case counts: a question as it is; with its places taken away; of one talk alone; of that talk without them."""
BY_HAND = frozenset({"same_text", "same_article"})


def questions() -> list[Question]:
    """What weights are fitted on."""
    return [*load(GOLD / "dev.jsonl"), *(q for q in load(GOLD / "fresh.jsonl") if int(q.id[2:]) % 2)]


def fit(library: Library) -> None:
    """Fit both models and print their weights, with how well they do on questions they were not fitted on."""
    found = list(cases(library, questions()))
    spans = [case.group for case in found if case.group is not None and case.group.right.any()]
    names = sorted({name for group in spans for name in group.features[0]} - BY_HAND)
    print(f"spans: {len(spans)} questions, first right {cross_validated(spans, names):.3f} (cross-validated)")
    _print(fitted(spans, names))
    weights, bias = logistic(found)
    print(f"answerable: {len(found)} cases, AUROC {held_out_auroc(found):.3f} (cross-validated, as they are)")
    _print(weights | {"bias": bias})


def _print(weights: Mapping[str, float]) -> None:
    print(*(f"    {name!r}: {value:.2f}," for name, value in weights.items()), sep="\n")


# ---------------------------------------------------------------- cases


@dataclass(frozen=True, slots=True)
class Group:
    """The spans one question chooses from: their features, and which are right."""

    features: Sequence[Mapping[str, float]]
    right: Flags


@dataclass(frozen=True, slots=True)
class Case:
    """A question of some passages: what tells whether they answer it, whether they do, and how much it counts."""

    question: Question
    features: Mapping[str, float]
    answered: bool
    weight: float
    group: Group | None = None  # of a question as it is, that has places


@dataclass(frozen=True, slots=True)
class _Bench:
    library: Library
    snapshot: Snapshot
    units: Units

    def case(
        self, question: Question, query: Query, ranked: Sequence[Ranked], needs: Sequence[Place], weight: float
    ) -> Case | None:
        """What is made of some passages; None when the answer would be refused anyway, or quotes the wrong place."""
        desk = Desk(query, ranked, self.library, self.snapshot, LOCAL, self.units)
        asks, material = asks_of(desk), material_for(desk)
        chosen = select(asks[0], material)
        if len(asks) > 1 or not chosen.chosen or refuse.unmet(chosen, material) is not None:
            return None
        group = None
        if weight == REAL and needs:
            spans = ranked_spans(asks[0], material)
            shown = [_is_right(s.unit.version_id, s.unit.locator, s.unit.span, needs) for s in spans]
            group = Group([span.features for span in spans], np.array(shown))
        right = any(
            _is_right(one.unit.version_id, one.clause.locator if one.clause else one.unit.locator, one.span, needs)
            for one in chosen.chosen
        )
        if question.needs and not right and weight in (REAL, ALONE) and group is None:
            return None
        return Case(question, answerable.features(chosen, material), right, weight, group)


def cases(library: Library, asked: Sequence[Question]) -> Iterator[Case]:
    """The open questions as they are and, for each, the same of one talk alone and with its places taken away."""
    needs = {question.id: places(question, ground_of(library).texts) for question in asked}
    with library.snapshot() as snapshot:
        bench = _Bench(library, snapshot, Units())
        for question in asked:
            query = understand(
                question.text, snapshot, today=TODAY, as_of=question.as_of, filters=Filters(), caller=LOCAL
            )
            countable = question.count is not None or bool(question.values)
            if query.intent is not Intent.OPEN or countable or refuse.about_references(query, snapshot, LOCAL):
                continue
            where = [place for need in needs[question.id] for place in need]
            ranked = retrieve(query, library, snapshot, LOCAL, k=20)
            tried = [(ranked, REAL), (_without(ranked, where), REMOVED)]
            if (talk := _talk(where, ranked, snapshot)) is not None:
                alone = replace(query, filters=Filters(documents=(talk,)))
                inside = retrieve(alone, library, snapshot, LOCAL, k=20)
                tried += [(inside, ALONE), (_without(inside, where), ALONE_REMOVED)]
            for passages, weight in tried if question.needs else tried[::2]:
                if (made := bench.case(question, query, passages, where, weight)) is not None:
                    yield made


def _is_right(version_id: str, locator: Locator, span: Span, needs: Sequence[Place]) -> bool:
    shown = cast(Evidence, SimpleNamespace(version_id=version_id, locator=locator, span=span))
    return any(supports(shown, place) for place in needs)


def _without(ranked: Sequence[Ranked], where: Sequence[Place]) -> list[Ranked]:
    """The passages that hold none of the places."""
    return [
        one
        for one in ranked
        if not any(
            one.passage.version_id == place.version_id
            and one.passage.span.start < place.span.end
            and place.span.start < one.passage.span.end
            for place in where
        )
    ]


def _talk(where: Sequence[Place], ranked: Sequence[Ranked], snapshot: Snapshot) -> str | None:
    """The first meeting or speech that answers, else that was found."""
    versions = [*(place.version_id for place in where), *(one.passage.version_id for one in ranked)]
    headers = (snapshot.header(version) for version in versions)
    talks = (DocumentKind.MEETING, DocumentKind.SPEECH)
    return next((header.document_id for header in headers if header is not None and header.kind in talks), None)


# ---------------------------------------------------------------- which span


def fitted(of: Sequence[Group], names: Sequence[str]) -> dict[str, float]:
    """The weights under which the right spans of each question get most of a softmax over its spans."""
    tables = [np.array([[span.get(name, 0.0) for name in names] for span in group.features]) for group in of]
    spread = np.concatenate(tables).std(axis=0) + 1e-9
    scaled = [table / spread for table in tables]
    weights, first, second = (np.zeros(len(names)) for _ in range(3))
    for step in range(1, STEPS + 1):
        slope = SPAN_PENALTY * weights
        for table, group in zip(scaled, of, strict=True):
            slope += _slope(table, group.right, weights) / len(of)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        weights -= 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return {name: float(value) for name, value in zip(names, weights / spread, strict=True)}


def _slope(table: Matrix, right: Flags, weights: Matrix) -> Matrix:
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


# ---------------------------------------------------------------- whether it answers


def logistic(of: Sequence[Case]) -> tuple[dict[str, float], float]:
    """Weights and bias of a logistic fit by Newton's method, both kinds of case weighing the same.

    Answerable questions whose place was not found are left out: neither an answer nor a refusal would be right.
    """
    usable = [
        case for case in of if case.answered or not case.question.needs or case.weight in (REMOVED, ALONE_REMOVED)
    ]
    names = list(usable[0].features)
    table = np.array([[case.features[name] for name in names] for case in usable])
    answered = np.array([case.answered for case in usable], np.float64)
    counts = np.array([case.weight for case in usable])
    counts[answered == 1] *= counts[answered == 0].sum() / counts[answered == 1].sum()
    counts /= counts.sum()
    middle, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    scaled = np.c_[(table - middle) / spread, np.ones(len(usable))]
    ridge = np.r_[np.full(len(names), ANSWER_PENALTY), 1e-6]
    weights = np.zeros(len(names) + 1)
    for _ in range(40):
        chance = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (counts * (chance - answered)) + ridge * weights
        curvature = (scaled * (counts * chance * (1 - chance))[:, None]).T @ scaled + np.diag(ridge)
        weights -= np.linalg.solve(curvature, slope)
    own = weights[:-1] / spread
    return {name: float(value) for name, value in zip(names, own, strict=True)}, float(weights[-1] - own @ middle)


def held_out_auroc(of: Sequence[Case]) -> float:
    """AUROC over the questions as they are, each scored by weights fitted without it in any form."""
    real = [case for case in of if case.weight == REAL and (case.answered or not case.question.needs)]
    identities = sorted({case.question.id for case in of})
    fold = dict(zip(identities, np.random.default_rng(0).integers(0, FOLDS, len(identities)), strict=True))
    scores: dict[str, float] = {}
    for number in range(FOLDS):
        weights, bias = logistic([case for case in of if fold[case.question.id] != number])
        for case in real:
            if fold[case.question.id] == number:
                scores[case.question.id] = bias + sum(weights[name] * value for name, value in case.features.items())
    yes = np.array([scores[case.question.id] for case in real if case.answered])
    no = np.array([scores[case.question.id] for case in real if not case.answered])
    return float((yes[:, None] > no[None, :]).mean())
