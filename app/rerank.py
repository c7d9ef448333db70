"""What orders the first passages better without a model: what the question names, met in the passage's context."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from app.dates import dates, plain_years
from app.model import Query, Ranked
from app.understand import MEETING_WORDS
from ingest.catalogue import Snapshot
from ingest.document import DocumentKind
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

_MEETING_KINDS = (DocumentKind.MEETING, DocumentKind.SPEECH)


def rerank(query: Query, ranked: Sequence[Ranked], snapshot: Snapshot) -> list[Ranked]:
    """The passages with the bonuses of what the question names; best first, ties by passage id."""
    key = plain_years(search_key(query.standalone))
    headers = {r.passage.version_id: snapshot.header(r.passage.version_id) for r in ranked}
    bonus = _Bonus(query, key)
    out = []
    for one in ranked:
        header = headers[one.passage.version_id]
        extra = bonus.of(one, header, snapshot) if header is not None else 0.0
        scores = {**one.scores, "named": extra} if extra else one.scores
        out.append(replace(one, score=one.score + extra, scores=scores))
    return sorted(out, key=lambda one: (-one.score, one.passage.id))


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
