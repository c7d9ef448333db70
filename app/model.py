"""The nouns between a question and its cited answer. Frozen dataclasses; the wire forms are in app/api/schema.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.authority import CLASSES
from ingest.document import DocumentKind, EditionState, Locator, Passage, Span

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions a caller sets or the question implies. Empty means no condition."""

    kinds: tuple[DocumentKind, ...] = ()
    units: tuple[str, ...] = ()
    rounds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    states: tuple[str, ...] = ()  # rectification
    works: tuple[str, ...] = ()  # work ids
    documents: tuple[str, ...] = ()  # document ids
    date_from: date | None = None
    date_to: date | None = None
    all_editions: bool = False  # also superseded and not yet effective ones


class Intent(StrEnum):
    """What kind of answer the question wants."""

    LOOKUP = "lookup"  # 《…》第N条
    COUNT = "count"  # 多少个
    LIST = "list"  # rows or groups of the ledger: 哪些单位
    COMPARE = "compare"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference in a question: 《work》第N条第N款第（N）项, any part of which may be missing."""

    work_text: str | None  # as written, without brackets
    work_ids: tuple[str, ...]  # what it resolves to in the library
    locator: Locator | None
    edition_label: str | None = None  # 2021年修订, 2019年版
    documents: tuple[str, ...] = ()  # of a notice or another text without editions: its document id


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an answer was refused, or a remark on it: a stable code and a Chinese sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition drawn from a question: what it is about, its value for people, and its words in the question."""

    kind: str  # date, edition, work, document, person, kind, round, unit, category, state
    value: str
    text: str  # as the question has it; empty when no words of it can be taken out
    removable: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A question understood."""

    text: str
    standalone: str
    as_of: date
    as_of_given: bool  # by the caller or by the question itself
    intent: Intent
    filters: Filters = Filters()
    references: tuple[Reference, ...] = ()
    versions: tuple[str, ...] = ()  # of the editions asked for by name (2021年修订, 修订前); empty: those in force
    editions_asked: str | None = None  # the words that ask for them
    spoken: bool = False  # it asks about a meeting, or what somebody said
    authority: tuple[str, ...] = CLASSES  # of near equals, which goes first
    everywhere: bool = False  # the works it names have nothing to use on its day: they limit it no longer
    notes: tuple[Reason, ...] = ()  # what was understood that the asker should see
    constraints: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # speakers, numbers, … to be met in the evidence
    shared: str = ""  # of a part: the words it has from another part, that tell only what it is about
    parts: tuple[Query, ...] = ()  # the questions it holds, each alone (app/parts.py); none where it is one


@dataclass(frozen=True, slots=True)
class Ranked:
    """A retrieved passage with its fused score and the scores it came from (by source name)."""

    passage: Passage
    score: float
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span chosen to support an answer, with where it comes from. ``quote`` is the canonical text of ``span``."""

    document_id: str
    version_id: str
    passage_id: str | None
    kind: DocumentKind
    title: str  # 《…》（2024年修订） for regulations, the document's title otherwise
    locator: Locator
    span: Span
    quote: str
    score: float
    work_id: str | None = None
    edition_id: str | None = None
    state: EditionState | None = None  # on the question's date; None for what has no editions
    page: int | None = None
    issuer: str | None = None
    number: str | None = None  # 文号

    @property
    def locator_text(self) -> str:
        """《…》（2024年修订）第十二条第二款, or 会议纪要标题 第4段, or 台账 编号 2024-1-017."""
        return f"{self.title}{'' if self.locator.article is not None else ' '}{self.locator}"


class CitationKind(StrEnum):
    """A span of text, or a query over the ledger."""

    SPAN = "span"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class FindingsQuery:
    """The conditions of a computed statement, what they gave, and the rows."""

    conditions: Mapping[str, str]  # Chinese column name → value, as shown
    count: int
    finding_ids: tuple[str, ...]
    link: str  # relative URL of the rows: /api/findings?…


@dataclass(frozen=True, slots=True)
class Citation:
    """The n-th citation of an answer (n from 1): evidence, or the ledger query behind a computed statement."""

    n: int
    kind: CitationKind
    evidence: Evidence | None = None
    query: FindingsQuery | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A part of the answer's text with the numbers of the citations that support it.

    ``start`` and ``end`` are code points into ``Answer.text``. ``verbatim``: the statement's text is
    exactly the quotation of its citation.
    """

    text: str
    start: int
    end: int
    verbatim: bool
    citations: tuple[int, ...]


class AnswerStatus(StrEnum):
    """How far the library answers."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """A cited answer, or a refusal with its reason."""

    id: str
    question: str
    standalone_question: str
    as_of: date
    filters: Filters
    engine: str  # "extractive" or the model's name
    status: AnswerStatus
    reason: Reason | None
    text: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    evidence: tuple[Evidence, ...]
    related: tuple[Evidence, ...]
    notes: tuple[Reason, ...]
    library_revision: int
    settings: Mapping[str, str] = field(default_factory=dict)  # what else the answer depends on: model, index build
    conversation: str | None = None  # the id of the one it belongs to
    understood: tuple[Condition, ...] = ()


# ---------------------------------------------------------------- events of one ask, in this order


@dataclass(frozen=True, slots=True)
class Sources:
    """What was found, before any text: sent first."""

    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The finished answer: the last event."""

    answer: Answer


Event = Sources | Delta | Done
