"""``python -m evals fit``: the weights of app/answer/scoring.py and app/answer/answerable.py, printed to be put there.

Fitted on the development questions, the odd ones of the third split and the practice libraries; never on what is
reported. What is told of each library comes from weights fitted on the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
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
from evals.corpus import learned_from, open_assistant, open_practice
from evals.dataset import GOLD, TODAY, Question, load
from evals.gold_run import ground_of, places
from evals.judge import Place, supports
from ingest.catalogue import Snapshot
from ingest.document import LOCAL, DocumentKind, Locator, Span
from ingest.library import Library

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

SPAN_PENALTY, STEPS = 0.02, 400
ANSWER_PENALTY = 0.05
REAL, REMOVED, ALONE, ALONE_REMOVED = 1.0, 0.05, 0.6, 0.05
"""What a case counts: a question as it is; with its places taken away; of one talk alone; of that talk without them.

Near misses have the library's words, questions whose places are gone have lost them: with the latter at .3, AUROC on
near misses of libraries left out was .71, at .05 .74, at 0 .76; on the latter themselves .83, .80, .77.
"""
WRONG_REFUSAL = 2.0
"""What an answer refused weighs beside a near miss answered. Of libraries left out, of what no rule refuses, 1.4, 1.7 and
2 answer .84, .88 and .92 and refuse .50, .43 and .35 of the near misses; over the corpus .94, .97, .98 and .64, .58, .44."""
BY_HAND = frozenset({"same_text", "same_article", "post", "fact"})


def questions() -> list[Question]:
    """What weights are fitted on, of those over ``corpus/``."""
    return [*load(GOLD / "dev.jsonl"), *(q for q in load(GOLD / "fresh.jsonl") if int(q.id[2:]) % 2)]


def fit(out: Path) -> None:
    """Fit both models and print their weights, with how well they do on libraries they were not fitted on."""
    found = list(all_cases(out))
    groups = [case.group for case in found if case.group is not None]
    spans = [group for group in groups if group.right.any()]
    names = sorted({name for group in spans for name in group.features[0]} - BY_HAND)
    for library, share in cross_validated(spans, names).items():
        print(f"spans, {library} left out: first right {share:.3f}")
    _print(fitted(spans, names))
    usable = [case for case in found if case.features]
    weights, bias = logistic(usable)
    for library, share in held_out_auroc(usable).items():
        print(f"answerable, {library} left out: AUROC {share:.3f}, of the questions as they are")
    _print(weights | {"bias": bias})


def all_cases(out: Path) -> Iterator[Case]:
    """The cases of every library, each made in a directory of its own below ``out``."""
    with open_assistant(out / "corpus-library") as (_, library):
        yield from cases(library, questions(), "corpus")
    for name, folder in learned_from().items():
        with open_practice(out, name) as (_, library):
            yield from cases(library, load(folder / "questions.jsonl"), name)


def _print(weights: Mapping[str, float]) -> None:
    print(*(f"    {name!r}: {value:.2f}," for name, value in weights.items()), sep="\n")


# ---------------------------------------------------------------- cases


@dataclass(frozen=True, slots=True)
class Group:
    """The spans one question chooses from: their features, and which are right."""

    library: str
    features: Sequence[Mapping[str, float]]
    right: Flags


@dataclass(frozen=True, slots=True)
class Case:
    """A question of some passages: what tells whether they answer it, whether they do, and how much it counts.

    ``features`` are empty where the answer is refused before they are looked at.
    """

    library: str
    question: Question
    features: Mapping[str, float]
    answered: bool
    weight: float
    group: Group | None = None  # of a question as it is, that has places


@dataclass(frozen=True, slots=True)
class _Bench:
    name: str
    library: Library
    snapshot: Snapshot
    units: Units

    def case(
        self, question: Question, query: Query, ranked: Sequence[Ranked], needs: Sequence[Place], weight: float
    ) -> Case | None:
        """What is made of some passages; None when the question has several parts, or the wrong place is quoted."""
        desk = Desk(query, ranked, self.library, self.snapshot, LOCAL, self.units)
        asks, material = asks_of(desk), material_for(desk)
        chosen = select(asks[0], material)
        if len(asks) > 1 or not chosen.chosen:
            return None
        group = None
        if weight == REAL and needs:
            spans = ranked_spans(asks[0], material)
            shown = [_is_right(s.unit.version_id, s.unit.locator, s.unit.span, needs) for s in spans]
            group = Group(self.name, [span.features for span in spans], np.array(shown))
        if chosen.told or refuse.unmet(chosen, material) is not None:
            return Case(self.name, question, {}, False, weight, group) if group is not None else None
        right = any(
            _is_right(one.unit.version_id, one.clause.locator if one.clause else one.unit.locator, one.span, needs)
            for one in chosen.chosen
        )
        if question.needs and not right and weight in (REAL, ALONE) and group is None:
            return None
        return Case(self.name, question, answerable.features(chosen, material), right, weight, group)


def cases(library: Library, asked: Sequence[Question], name: str) -> Iterator[Case]:
    """The open questions as they are and, for each, the same of one talk alone and with its places taken away."""
    needs = {question.id: places(question, ground_of(library).texts) for question in asked}
    with library.snapshot() as snapshot:
        bench = _Bench(name, library, snapshot, Units())
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
    table = np.array([[span.get(name, 0.0) for name in names] for group in of for span in group.features])
    right = np.concatenate([group.right for group in of])
    sizes = np.array([len(group.features) for group in of])
    starts, owner = np.r_[0, np.cumsum(sizes)[:-1]], np.repeat(np.arange(len(of)), sizes)
    spread = table.std(axis=0) + 1e-9
    scaled = table / spread
    weights, first, second = (np.zeros(len(names)) for _ in range(3))
    for step in range(1, STEPS + 1):
        scores = scaled @ weights
        odds = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        shares = odds / np.add.reduceat(odds, starts)[owner]
        wanted = np.where(right, shares, 0.0)
        wanted /= np.maximum(np.add.reduceat(wanted, starts)[owner], 1e-12)
        slope = SPAN_PENALTY * weights + (shares - wanted) @ scaled / len(of)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        weights -= 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return {name: float(value) for name, value in zip(names, weights / spread, strict=True)}


def first_right(of: Sequence[Group], weights: Mapping[str, float]) -> float:
    """The share of questions whose best span is right."""
    hits = []
    for group in of:
        scores = [sum(weights.get(name, 0.0) * value for name, value in span.items()) for span in group.features]
        hits.append(bool(group.right[int(np.argmax(scores))]))
    return float(np.mean(hits))


def cross_validated(of: Sequence[Group], names: Sequence[str]) -> dict[str, float]:
    """The share of right best spans by library, each scored by weights fitted on the other libraries."""
    out = {}
    for library in dict.fromkeys(group.library for group in of):
        weights = fitted([group for group in of if group.library != library], names)
        out[library] = first_right([group for group in of if group.library == library], weights)
    return out


# ---------------------------------------------------------------- whether it answers


def logistic(of: Sequence[Case]) -> tuple[dict[str, float], float]:
    """Weights and bias of a logistic fit by Newton's method, a wrong refusal weighing WRONG_REFUSAL times a wrong answer.

    Answerable questions whose place was not found are left out: neither an answer nor a refusal would be right.
    """
    usable = [
        case for case in of if case.answered or not case.question.needs or case.weight in (REMOVED, ALONE_REMOVED)
    ]
    names = list(usable[0].features)
    table = np.array([[case.features[name] for name in names] for case in usable])
    answered = np.array([case.answered for case in usable], np.float64)
    counts = np.array([case.weight for case in usable])
    counts[answered == 1] *= WRONG_REFUSAL * counts[answered == 0].sum() / counts[answered == 1].sum()
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


def held_out_auroc(of: Sequence[Case]) -> dict[str, float]:
    """AUROC by library over its questions as they are, each scored by weights fitted on the other libraries."""
    out = {}
    for library in dict.fromkeys(case.library for case in of):
        weights, bias = logistic([case for case in of if case.library != library])
        yes: list[float] = []
        no: list[float] = []
        for case in of:
            if case.library == library and case.weight == REAL and (case.answered or not case.question.needs):
                score = bias + sum(weights[name] * value for name, value in case.features.items())
                (yes if case.answered else no).append(score)
        out[library] = float((np.array(yes)[:, None] > np.array(no)[None, :]).mean())
    return out
