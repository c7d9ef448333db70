"""How near a span's meaning lies to a question's: what finds the answer to a colloquial question, which has few of its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.answer.units import Unit, Units
from app.model import Ranked
from app.statutes import shipped
from ingest.catalogue import Snapshot
from ingest.embed import Embedder

READ = 5
"""Passages whose spans are encoded one by one, nine spans a question; of the others the passage stands for its spans.
Of 608 questions over libraries the weights were not fitted on, the first span is right .724 without any, .762 with
these, .768 with those of all 14 passages."""

_FAR = 0.06  # what has no cosine lies behind the first passage as the last of those found do
_STEP = 20.0  # e5's cosines lie within a few hundredths of each other


def behind(
    question: str, spans: Sequence[Unit], ranked: Sequence[Ranked], snapshot: Snapshot, units: Units, embedder: Embedder
) -> list[float]:
    """For each span how far it lies behind the nearest, 0 or less; 0 for all with another embedder than the weights'."""
    if embedder.id != shipped().embedder or not spans:
        return [0.0] * len(spans)
    asked = embedder.encode_question(question)
    passages = {one.passage.id: one.scores["dense"] for one in ranked if "dense" in one.scores}
    far = max(passages.values(), default=0.0) - _FAR
    read = {one.passage.id for one in ranked[:READ]}
    sharing = Counter(unit.passage_id for unit in spans)
    alone = [unit for unit in spans if unit.passage_id in read and sharing[unit.passage_id] > 1]
    own = {
        (unit.version_id, unit.span): float(vector @ asked)
        for unit, vector in zip(alone, units.vectors(alone, snapshot, embedder), strict=True)
    }
    cosines = [own.get((unit.version_id, unit.span), passages.get(unit.passage_id, far)) for unit in spans]
    nearest = max(cosines)
    return [_STEP * (cosine - nearest) for cosine in cosines]
