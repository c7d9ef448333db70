"""What orders the fused passages better, behind one verb: what the question names, single sentences, or a cross-encoder."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from app import authority
from app.dates import dates, plain_years
from app.model import Query, Ranked
from app.parts import MEETING_WORDS
from app.sentences import Sentences, by_sentences
from ingest.catalogue import Snapshot
from ingest.document import DocumentKind
from ingest.embed import Embedder
from ingest.errors import EngineError, InputError, reason_of
from ingest.roster import Header
from ingest.segment import search_key

MEETING_BONUS = 0.15
NAME_BONUS = 0.2
ROUND_BONUS = 0.12
DATE_BONUS = 0.12
LEDGER_PENALTY = 0.25
LATER_PENALTY = 0.3
"""What was said after the day a question asks about."""
RULE_BONUS = 0.12
"""A regulation before what was said about it, when the question does not speak of a meeting."""

CROSS_ENCODED = 30
"""Passages a cross-encoder reads: a small one takes some 20 ms each on two cores."""

_MEETING_KINDS = (DocumentKind.MEETING, DocumentKind.SPEECH)


class Reranker(Protocol):
    """Fused passages, best first → the same passages in a better order. Safe to call from many threads."""

    def rerank(self, query: Query, ranked: Sequence[Ranked], snapshot: Snapshot) -> list[Ranked]:
        """Best first, ties by passage id; the same for the same arguments."""


class Fused:
    """``none``: as fused."""

    def rerank(self, query: Query, ranked: Sequence[Ranked], snapshot: Snapshot) -> list[Ranked]:
        """As they come."""
        return list(ranked)


class Features:
    """``features``: with the bonuses of what the question names, met in the passage's context."""

    def rerank(self, query: Query, ranked: Sequence[Ranked], snapshot: Snapshot) -> list[Ranked]:
        """Fused score and bonuses."""
        key = plain_years(search_key(query.standalone))
        bonus = _Bonus(query, key)
        out = []
        for one in ranked:
            header = snapshot.roster.headers[one.passage.version_id]
            extra = {"named": bonus.of(one, header, snapshot), "authority": authority.bonus(header, query.authority)}
            scores = {**one.scores, **{name: value for name, value in extra.items() if value}}
            out.append(replace(one, score=one.score + sum(extra.values()), scores=scores))
        return sorted(out, key=lambda one: (-one.score, one.passage.id))


class CrossEncoder:
    """``cross-encoder``: the first of ``features`` by a sentence-transformers CrossEncoder, by name or path.

    The model is loaded at the first question. EngineError when it cannot be.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: Any = None
        self._lock = threading.Lock()  # torch's modules are not made for many threads

    def rerank(self, query: Query, ranked: Sequence[Ranked], snapshot: Snapshot) -> list[Ranked]:
        """The first by the model's score, then the rest; passages keep the fused scores of their new places."""
        ordered = FEATURES.rerank(query, ranked, snapshot)
        first = ordered[:CROSS_ENCODED]
        texts = [
            f"{one.passage.context}\n{one.passage.span.of(snapshot.text(one.passage.version_id))}" for one in first
        ]
        scores = self._scores(query.standalone, texts)
        found = [replace(one, scores={**one.scores, "cross": score}) for one, score in zip(first, scores, strict=True)]
        found.sort(key=lambda one: (-one.scores["cross"], one.passage.id))
        # Answers are chosen by how scores of passages compare: a model's own scale would mean something else there.
        return [replace(one, score=place.score) for one, place in zip(found, first, strict=True)] + ordered[
            CROSS_ENCODED:
        ]

    def _scores(self, question: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        with self._lock:
            if self._model is None:
                self._model = _load(self._name)
            try:
                found = self._model.predict([(question, text) for text in texts], show_progress_bar=False)
            except Exception as error:
                raise EngineError("reranker_failed", name=self._name, reason=reason_of(error)) from error
        return [float(score) for score in found]


class Sentenced:
    """``sentences``: the first of ``features`` by their nearest sentences as well."""

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        self._reader = Sentences(embedder)

    def rerank(self, query: Query, ranked: Sequence[Ranked], snapshot: Snapshot) -> list[Ranked]:
        """The first in a new order, then the rest."""
        return by_sentences(query, FEATURES.rerank(query, ranked, snapshot), snapshot, self._reader)


def _load(name: str) -> Any:
    try:
        from sentence_transformers import CrossEncoder as Loaded

        local = Path(name).expanduser()
        return Loaded(str(local) if local.is_dir() else name, local_files_only=local.is_dir())
    except Exception as error:
        raise EngineError("reranker_unavailable", name=name, reason=reason_of(error)) from error


FEATURES = Features()


def reranker(name: str, model: str | None, embedder: Callable[[], Embedder]) -> Reranker:
    """The member of this name; ``model`` is the cross-encoder's name or path, ``embedder`` the library's."""
    if name == "cross-encoder":
        if model is None:
            raise InputError("cross_encoder_missing")
        return CrossEncoder(model)
    if name == "sentences":
        return Sentenced(embedder)
    return RERANKERS[name]


RERANKERS: Mapping[str, Reranker] = {"none": Fused(), "features": FEATURES}
NAMES = (*RERANKERS, "sentences", "cross-encoder")


class _Bonus:
    """What the question names, and how a passage meets it."""

    def __init__(self, query: Query, key: str) -> None:
        self.meeting = query.spoken
        self.as_of = query.as_of if query.as_of_given else None
        self.speakers = query.constraints.get("speakers", ())
        self.rounds = query.constraints.get("rounds", ())
        self.days = [(one.first, one.last) for one in dates(key, query.as_of)] if self.meeting else []
        self.events = [m for m in dict.fromkeys(MEETING_WORDS.findall(key)) if m.endswith(("会", "班"))]
        self.findings = re.search(r"问题|台账|发现|整改", key) is not None

    def of(self, one: Ranked, header: Header, snapshot: Snapshot) -> float:
        """The sum of the bonuses."""
        context = search_key(one.passage.context)
        total = 0.0
        if self.as_of is not None and header.kind in _MEETING_KINDS and (header.day or self.as_of) > self.as_of:
            total -= LATER_PENALTY
        if not self.meeting and not self.speakers and header.kind is DocumentKind.REGULATION:
            total += RULE_BONUS
        if self.meeting and header.kind is DocumentKind.LEDGER:
            total -= LEDGER_PENALTY
        if header.kind is DocumentKind.LEDGER and not self.findings:
            total -= LEDGER_PENALTY / 2
        if self.meeting and header.kind in _MEETING_KINDS:
            total += MEETING_BONUS
            total += MEETING_BONUS / 2 if any(event in context for event in self.events) else 0.0
        if self.speakers:
            text = search_key(one.passage.span.of(snapshot.text(one.passage.version_id)))
            near = any(name in context for name in self.speakers)
            total += NAME_BONUS if near else NAME_BONUS / 2 if any(name in text for name in self.speakers) else 0.0
        if self.rounds and any(name in context for name in self.rounds):
            total += ROUND_BONUS
        if self.days and header.day is not None and any(_in(header.day, *days) for days in self.days):
            total += DATE_BONUS
        return total


def _in(day: date, first: date, last: date) -> bool:
    return first <= day <= last
