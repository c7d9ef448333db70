"""What one question is answered from, and the spans that might answer it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.answer.against import Difference
from app.answer.asking import Ask
from app.answer.units import Unit, Units
from app.model import Query, Ranked
from ingest.catalogue import Snapshot
from ingest.document import Clause, DocumentKind, Span
from ingest.embed import Embedder
from ingest.roster import Header

SAYING = re.compile(
    r"指出|强调|要求|提出|发表|提了|讲|说|谈|表示|认为|表态|汇报|通报|宣布|承诺|回答|解释|建议|怎么看|点了|打算"
)
RULES = (DocumentKind.REGULATION,)
TALKS = (DocumentKind.MEETING, DocumentKind.SPEECH, DocumentKind.OTHER)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A span to quote, with the unit it comes from."""

    unit: Unit
    span: Span
    clause: Clause | None
    lead_in: Span | None
    score: float


@dataclass(frozen=True, slots=True)
class Selection:
    """What answers one question of a text: spans in reading order; none where nothing was retrieved."""

    ask: Ask
    chosen: tuple[Chosen, ...] = ()
    share: float = 0.0  # the best span's share of a softmax over all the spans it was chosen from
    dense: float = 0.0  # the cosine of the best chosen passage
    against: tuple[Chosen, ...] = ()  # what another text says otherwise, to be shown beside it
    differs: Difference | None = None  # and in what
    told: bool = False  # it is the place where a document says of itself what is asked


@dataclass(frozen=True, slots=True)
class Material:
    """What one question is answered from."""

    query: Query
    ranked: Sequence[Ranked]
    snapshot: Snapshot
    units: Units
    people: Sequence[str] = ()
    only: Sequence[Span] = field(default=())  # limit to these spans (a place that was named)
    before: frozenset[str] = frozenset()  # versions the parts of the question before this one are answered from
    articles: frozenset[tuple[str, int]] = frozenset()  # and their articles
    paragraphs: frozenset[tuple[str, int]] = frozenset()  # and their paragraphs, of talks
    about_findings: bool = True  # the question names a unit or findings: a row of the ledger may answer it
    strangers: Sequence[str] = ()  # organisations only the question knows
    embedder: Embedder | None = None  # what meanings are compared by

    def allows(self, span: Span) -> bool:
        """Whether the span lies in what the question is limited to."""
        return not self.only or any(one.contains(span) or span.contains(one) for one in self.only)

    def header(self, version_id: str) -> Header | None:
        """The facts of a version."""
        return self.snapshot.header(version_id)


@dataclass(frozen=True, slots=True)
class Scored:
    """A span that might answer, its features by name, and what they come to."""

    unit: Unit
    features: Mapping[str, float]
    score: float
    own: float  # the question's words it has itself

    @property
    def chosen(self) -> Chosen:
        """The span as it is quoted."""
        unit = self.unit
        return Chosen(unit, unit.span, unit.clause, unit.lead_in, self.score)
