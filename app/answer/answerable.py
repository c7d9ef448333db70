"""Whether the spans chosen for a question answer it: features a person can read, and a logistic fit over them.

Nearness alone does not tell: on a meeting report, unanswerable questions lie as near to their nearest sentence as
answerable ones. What does besides is by how much the best span leads all others, whether it has the kind of thing and
the form asked for, beside the question's words, and how many words that the library has are nowhere around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.answer.asking import Ask, Want
from app.answer.matching import HINT, met, satisfied
from app.answer.material import SAYING, Material, Selection
from app.answer.measures import Measure, measures
from app.answer.scoring import FORMS, clause_pairs, closeness
from ingest.document import DocumentKind
from ingest.segment import search_key

WEIGHTS: Mapping[str, float] = {
    "dense": 18.33,
    "share": 1.55,
    "unmet": -0.44,
    "number_apart": -1.25,
    "form": 0.78,
    "absent": -0.40,
    "stray_row": -2.18,
}
BIAS = -16.18
"""A logistic fit over questions to several libraries (``python -m evals fit``); a wrong refusal weighs more."""

HELD = frozenset({Want.PERSON, Want.BODY, Want.NUMBER, Want.DURATION, Want.MONEY, Want.TIME, Want.PLACE, Want.REASON})
"""Kinds of thing a text can be seen to hold."""


def likelihood(selection: Selection, material: Material) -> float:
    """The log-odds, beyond what is needed to answer, that the chosen spans answer; below 0: refuse."""
    return sum(WEIGHTS[name] * value for name, value in features(selection, material).items()) + BIAS


def features(selection: Selection, material: Material) -> dict[str, float]:
    """What tells an answered question from one that only sounds like the library, each on its own scale."""
    own, everything = texts(selection, material)
    ask, text = selection.ask, "\n".join(own)
    numbers = measures(ask.text)
    unit = selection.chosen[0].unit
    rule = unit.kind is DocumentKind.REGULATION
    # 这话是谁说的: whoever it is, he is told beside the words
    told = {Want.PERSON} if SAYING.search(ask.text) and any(one.unit.speaker for one in selection.chosen) else set()
    held = [want in told or satisfied(want, ask, text, rule=rule, people=material.people) for want in ask.wants & HELD]
    return {
        "dense": selection.dense,
        "share": selection.share,
        "unmet": held.count(False) / (len(held) or 1),
        "number_apart": _apart(ask, text, numbers) if numbers else 0.0,
        "form": float(any(form.agrees(ask.text, text) > 0 for form in FORMS.values())),
        "absent": float(min(absent(ask, everything), _MANY)),
        "stray_row": float(unit.kind is DocumentKind.LEDGER and not material.about_findings),
    }


_MANY = 4


def absent(ask: Ask, texts: Sequence[str]) -> int:
    """How many of the question's words are in the library but nowhere around what was chosen.

    A word that no text of the library has tells nothing: people ask in words of their own, and of what is not there.
    """
    everything = "\n".join(texts)
    return sum(not term.unknown and met(term, everything) < HINT for term in ask.subjects)


def _apart(ask: Ask, text: str, numbers: Sequence[Measure]) -> float:
    """How far the number asked for stands from the question's words: 0 in the clauses that have most of them."""
    near = [
        (closeness(ask, pair), any(one.told.search(clause) for one in numbers)) for pair, clause in clause_pairs(text)
    ]
    closest = max((share for share, _ in near), default=0.0)
    return 1.0 - max((share for share, told in near if told), default=0.0) / closest if closest > 0 else 1.0


# ---------------------------------------------------------------- what is compared


def texts(selection: Selection, material: Material) -> tuple[list[str], list[str]]:
    """The search keys of the chosen spans, and of these with all that stands around them."""
    own = [search_key(one.span.of(material.snapshot.text(one.unit.version_id))) for one in selection.chosen]
    around = [f"{one.unit.context} {one.unit.near}" for one in selection.chosen]
    about = [_about_document(one.unit.version_id, material) for one in selection.chosen]
    return own, [*own, *around, *about]


def _about_document(version_id: str, material: Material) -> str:
    header = material.header(version_id)
    if header is None:
        return ""
    day = header.day
    words = f"{day.year}年{day.month}月{day.day}日" if day else ""
    kind = {DocumentKind.MEETING: "会议", DocumentKind.SPEECH: "会议 讲话"}.get(header.kind, "")
    return search_key(f"{header.title} {words} {header.unit or ''} {kind}")
