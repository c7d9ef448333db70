"""The wire forms of questions and answers: what every program sees, whichever door it comes through.

`wire(answer)` is the one object that `youju ask --json`, POST /api/ask, the stream's last event and the
stored answers share. Fields are only ever added. Nothing here needs the web framework.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.types import JsonValue

from app.model import (
    SCHEMA_VERSION,
    Answer,
    AnswerStatus,
    Citation,
    Condition,
    Evidence,
    Filters,
    FindingsQuery,
    Reason,
    Statement,
)
from ingest.document import DocumentKind, EditionState, Locator

if TYPE_CHECKING:
    from app.assistant import Found
    from app.explain import Explanation

QUESTION_LIMIT = 2000  # characters; a longer text is a document, not a question


class Wire(BaseModel):
    """A wire form: immutable, and a field it does not know is an error, so that a typing mistake is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ---------------------------------------------------------------- values


def _day(value: object) -> object:
    """Only YYYY-MM-DD: pydantic alone would take timestamps and date-times for dates."""
    if value is None or isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError("不是有效的日期，应写成 2024-07-01 这样的年-月-日")


def _printable(value: object) -> object:
    """Half characters and NUL cannot be stored or searched: refused at the door, not deep inside an engine."""
    if isinstance(value, str):
        if re.search("[\x00\ud800-\udfff]", value):
            raise ValueError("含有无法识别的字符（半个字符或空字符），请重新输入")
        return value.strip()
    return value


Day = Annotated[date, BeforeValidator(_day)]
Question = Annotated[
    str,
    Field(min_length=1, max_length=QUESTION_LIMIT, description="问题，1 到 2000 个字"),
    BeforeValidator(_printable),
]
Name = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_printable)]
Names = Annotated[list[Name], Field(max_length=200)]


# ---------------------------------------------------------------- requests


class FiltersModel(Wire):
    """筛选条件；不填的项不作限制。"""

    kinds: Annotated[list[DocumentKind], Field(max_length=10)] = Field(default=[], description="文档类型")
    units: Names = Field(default=[], description="被巡察单位")
    rounds: Names = Field(default=[], description="轮次，如 2024年第一轮")
    categories: Names = Field(default=[], description="问题类别")
    states: Names = Field(default=[], description="整改状态")
    works: Names = Field(default=[], description="制度的 id（work_id）")
    documents: Names = Field(default=[], description="文档的 id")
    date_from: Day | None = Field(default=None, description="日期不早于")
    date_to: Day | None = Field(default=None, description="日期不晚于")
    all_editions: bool = Field(default=False, description="也查已修改、已废止和尚未生效的版本")

    def filters(self) -> Filters:
        """The noun of the core."""
        return Filters(
            kinds=tuple(self.kinds),
            units=tuple(self.units),
            rounds=tuple(self.rounds),
            categories=tuple(self.categories),
            states=tuple(self.states),
            works=tuple(self.works),
            documents=tuple(self.documents),
            date_from=self.date_from,
            date_to=self.date_to,
            all_editions=self.all_editions,
        )


def _in_order(filters: FiltersModel) -> FiltersModel:
    """A range that holds no day is a slip: told, instead of answered with "nothing found"."""
    if filters.date_from and filters.date_to and filters.date_from > filters.date_to:
        raise ValueError(f"的起始日期（{filters.date_from}）晚于截止日期（{filters.date_to}），请检查")
    return filters


class QuestionRequest(Wire):
    """问题，和它的条件。"""

    question: Question
    as_of: Day | None = Field(default=None, description="按这一天有效的版本回答；不填就是今天（或问题里写明的日期）")
    filters: Annotated[FiltersModel, AfterValidator(_in_order)] = FiltersModel()
    ignore: Names = Field(default=[], description="问题里不作条件的词：上一次应答 `understood` 中某项的 `text`")


class AskRequest(QuestionRequest):
    """一个问题，可以接着一个对话问。"""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "提级巡察适用于哪些情形？"},
                {"question": "集中整改的期限是多长？", "as_of": "2022-03-01", "filters": {"kinds": ["regulation"]}},
                {"question": "发现问题多少个？", "filters": {"rounds": ["2024年第一轮"]}},
                {"question": "那第二轮呢？", "conversation": "c0f3a1b2c4d5e6f7"},
            ]
        }
    )

    conversation: Name | None = Field(
        default=None, description="接着哪个对话问（POST /api/conversations 得到的 id）；不填就是单独的一问"
    )


class SearchRequest(QuestionRequest):
    """与提问相同，只返回按相关程度排序的片段，不组织回答。"""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "提级巡察", "k": 5}, {"question": "提级巡察", "explain": True}]}
    )

    k: int = Field(default=10, ge=1, le=100, description="最多返回几个片段")
    explain: bool = Field(default=False, description="同时说明每个片段为什么排在这里，以及没有采用哪些文档")


# ---------------------------------------------------------------- answers


class LocatorModel(Wire):
    """定位：写给人看的文字，和条、之几、款、项、目的编号（没有的为 null）。"""

    text: str
    article: int | None = None
    article_suffix: int | None = None
    paragraph: int | None = None
    item: int | None = None
    subitem: int | None = None


class EvidenceModel(Wire):
    """一段原文：`quote` 就是该文档版本正文的 [start, end)（按 Unicode 码位计）。"""

    document_id: str
    document_version: str
    passage_id: str | None
    document_kind: DocumentKind
    work_id: str | None
    edition_id: str | None
    title: str
    locator: LocatorModel
    state: EditionState | None = Field(description="在 as_of 这一天的版本状态；没有版本之分的文档为 null")
    quote: str
    start: int
    end: int
    page: int | None
    issuer: str | None = Field(default=None, description="发文机关")
    number: str | None = Field(default=None, description="文号")
    score: float


class SpanCitationModel(Wire):
    """引用一段原文。"""

    n: int
    kind: Literal["span"]
    document_id: str
    document_version: str
    passage_id: str | None
    work_id: str | None
    edition_id: str | None
    title: str
    locator: LocatorModel
    state: EditionState | None
    quote: str
    start: int
    end: int
    page: int | None
    issuer: str | None = None
    number: str | None = None


class QueryModel(Wire):
    """台账查询：条件（列名到值）、条数、每一行的 id，和列出这些行的链接。"""

    conditions: dict[str, str]
    count: int
    finding_ids: list[str]
    link: str


class QueryCitationModel(Wire):
    """引用一次台账查询：由逐行计算得出的数字或名单以它为依据。"""

    n: int
    kind: Literal["query"]
    document_id: None = None
    document_version: None = None
    passage_id: None = None
    work_id: None = None
    edition_id: None = None
    title: str
    locator: LocatorModel
    state: None = None
    quote: None = None
    start: None = None
    end: None = None
    page: None = None
    query: QueryModel


CitationModel = Annotated[SpanCitationModel | QueryCitationModel, Field(discriminator="kind")]


class StatementModel(Wire):
    """回答中的一句：在 `text` 中的位置，是否逐字引用，由哪几条引用支持。"""

    text: str
    start: int
    end: int
    verbatim: bool
    citations: list[int]


class ReasonModel(Wire):
    """理由或说明：稳定的代码和一句中文。"""

    code: str
    message: str


class ConditionModel(Wire):
    """从问题里读出的一个条件。"""

    kind: str = Field(description="date、edition、work、document、person、kind、round、unit、category 或 state")
    value: str = Field(description="给人看的内容")
    text: str = Field(description="问题里的原词；放进下一次请求的 `ignore`，就不再以它为条件")
    removable: bool


ANSWER_EXAMPLE: dict[str, JsonValue] = {
    "schema_version": 1,
    "id": "a3f8c1d2e4b5a697",
    "question": "提级巡察由谁批准？",
    "standalone_question": "提级巡察由谁批准？",
    "as_of": "2025-03-01",
    "filters": {},
    "engine": "extractive",
    "status": "answered",
    "reason": None,
    "text": "提级巡察由集团党委批准。[1]",
    "statements": [{"text": "提级巡察由集团党委批准。", "start": 0, "end": 12, "verbatim": True, "citations": [1]}],
    "citations": [
        {
            "n": 1,
            "kind": "span",
            "document_id": "d51c6f0e",
            "document_version": "9b1f0c4d2a7e8835",
            "passage_id": "9b1f0c4d2a7e8835:14",
            "work_id": "w0a1b2c3d4e5f",
            "edition_id": "9b1f0c4d2a7e8835",
            "title": "《巡察工作办法》（2024年修订）",
            "locator": {
                "text": "《巡察工作办法》（2024年修订）第十二条第三款",
                "article": 12,
                "article_suffix": None,
                "paragraph": 3,
                "item": None,
                "subitem": None,
            },
            "state": "现行有效",
            "quote": "提级巡察由集团党委批准。",
            "start": 2310,
            "end": 2322,
            "page": None,
        }
    ],
    "evidence": [],
    "related": [],
    "notes": [],
    "library_revision": 31,
    "settings": {
        "build": "b1",
        "embedder": "multilingual-e5-small@1571fc982750.1/onnxruntime/int8/query:|passage:/512",
    },
    "conversation": None,
    "digest": "5f0c2a9be1d47c36a8f0e4b2719d6c53e8a41f7b90c2d5e63f18a7b4c9d0e2f1",
    "changes": [],
    "understood": [{"kind": "work", "value": "《巡察工作办法》", "text": "巡察工作办法", "removable": True}],
}


class AnswerModel(Wire):
    """一份回答：逐句带引用；没有依据时为拒答并说明理由。"""

    model_config = ConfigDict(json_schema_extra={"examples": [ANSWER_EXAMPLE]})

    schema_version: int
    id: str
    question: str
    standalone_question: str
    as_of: date
    filters: FiltersModel
    engine: str
    status: AnswerStatus
    reason: ReasonModel | None
    text: str
    statements: list[StatementModel]
    citations: list[CitationModel]
    evidence: list[EvidenceModel]
    related: list[EvidenceModel]
    notes: list[ReasonModel]
    library_revision: int
    settings: dict[str, str] = Field(default={}, description="回答还取决于：索引、向量模型、大模型")
    conversation: str | None = Field(default=None, description="所属对话的 id")
    digest: str = Field(default="", description="问题、条件、资料库版本、依据和回答的 sha256：相同即是同一份回答")
    changes: list[ReasonModel] = Field(
        default=[], description="打开以前的回答时：所引的文档此后被替换、修订、废止或移除"
    )
    understood: list[ConditionModel] = Field(default=[], description="从问题里读出的条件")


class WordingModel(Wire):
    """问题里的日常说法，和片段里与它相当的写法。"""

    spoken: str
    written: list[str]


class BecauseModel(Wire):
    """一个片段为什么排在这里：各路得分与名次（从 1 起），与问题相同的词，换了说法的词，为什么是这个版本。"""

    scores: dict[str, float] = Field(
        description="exact 按条款查到、dense 向量、terms 词项、named 与问题所说的人、会议、轮次、效力等相符的加减分、cross 重排模型"
    )
    ranks: dict[str, int]
    terms: list[str]
    wordings: list[WordingModel] = []
    edition: ReasonModel | None


class LeftOutModel(Wire):
    """与问题相符、但因日期或版本没有采用的文档。"""

    document_id: str
    title: str
    reason: ReasonModel


class ExplanationModel(Wire):
    """检索的说明；`hits` 与检索结果一一对应。"""

    hits: list[BecauseModel]
    documents: int = Field(description="可以采用的文档数")
    passages: int = Field(description="可以采用的片段数")
    candidates: int = Field(description="参加排序的片段数")
    left_out: list[LeftOutModel]


class SearchModel(Wire):
    """检索结果，最相关的在前。"""

    as_of: date
    library_revision: int
    hits: list[EvidenceModel]
    understood: list[ConditionModel] = Field(default=[], description="从问题里读出的条件")
    notes: list[ReasonModel] = []
    explanation: ExplanationModel | None = None


class StartedModel(Wire):
    """一个新的对话；提问时带上它的 id，就能接着问。"""

    id: str


class ConversationModel(Wire):
    """一个对话：以第一个问题为题。"""

    id: str
    title: str
    started_at: datetime
    updated_at: datetime
    turns: int = Field(description="问了几次")


class ConversationsModel(Wire):
    """提问人自己的对话，最近的在前。"""

    conversations: list[ConversationModel]


class ConversationTextModel(Wire):
    """一个对话的全部回答，按提问先后；`changes` 写明各份回答所引的文档此后有什么变化。"""

    id: str
    answers: list[AnswerModel]


class SourcesEvent(Wire):
    """流式回答的第一个事件 `sources`。"""

    evidence: list[EvidenceModel]


class TextEvent(Wire):
    """流式回答的事件 `text`：正文的下一段。"""

    delta: str


# ---------------------------------------------------------------- nouns of the core → wire


def wire(answer: Answer) -> AnswerModel:
    """The one object every caller gets, with its digest."""
    whole = _wire(answer)
    return whole.model_copy(update={"digest": digest_of(whole)})


def digest_of(answer: AnswerModel) -> str:
    """The sha256 of what was asked, under which conditions, on what evidence, and what was answered; not of its id."""
    told = answer.model_dump(mode="json", exclude={"id", "conversation", "digest", "changes"})
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _wire(answer: Answer) -> AnswerModel:
    return AnswerModel(
        schema_version=SCHEMA_VERSION,
        id=answer.id,
        question=answer.question,
        standalone_question=answer.standalone_question,
        as_of=answer.as_of,
        filters=wire_filters(answer.filters),
        engine=answer.engine,
        status=answer.status,
        reason=_reason(answer.reason) if answer.reason else None,
        text=answer.text,
        statements=[_statement(item) for item in answer.statements],
        citations=[_citation(item) for item in answer.citations],
        evidence=wire_evidence(answer.evidence),
        related=wire_evidence(answer.related),
        notes=[_reason(note) for note in answer.notes],
        library_revision=answer.library_revision,
        settings=dict(answer.settings),
        conversation=answer.conversation,
        understood=_conditions(answer.understood),
    )


def wire_found(found: Found) -> SearchModel:
    """The result of a search."""
    return SearchModel(
        as_of=found.as_of,
        library_revision=found.library_revision,
        hits=wire_evidence(found.hits),
        understood=_conditions(found.understood),
        notes=[_reason(note) for note in found.notes],
        explanation=_explanation(found.explanation) if found.explanation else None,
    )


def _explanation(found: Explanation) -> ExplanationModel:
    return ExplanationModel(
        hits=[
            BecauseModel(
                scores={source: round(score, 6) for source, score in each.scores.items()},
                ranks=dict(each.ranks),
                terms=list(each.words),
                wordings=[WordingModel(spoken=one.spoken, written=list(one.written)) for one in each.wordings],
                edition=_reason(each.edition) if each.edition else None,
            )
            for each in found.hits
        ],
        documents=found.documents,
        passages=found.passages,
        candidates=found.candidates,
        left_out=[
            LeftOutModel(document_id=each.document_id, title=each.title, reason=_reason(each.reason))
            for each in found.left_out
        ],
    )


def _conditions(found: Iterable[Condition]) -> list[ConditionModel]:
    return [ConditionModel(kind=c.kind, value=c.value, text=c.text, removable=c.removable) for c in found]


def wire_filters(filters: Filters) -> FiltersModel:
    """The conditions as sent. Not validated again: limits on length are for requests."""
    return FiltersModel.model_construct(
        kinds=list(filters.kinds),
        units=list(filters.units),
        rounds=list(filters.rounds),
        categories=list(filters.categories),
        states=list(filters.states),
        works=list(filters.works),
        documents=list(filters.documents),
        date_from=filters.date_from,
        date_to=filters.date_to,
        all_editions=filters.all_editions,
    )


def wire_evidence(items: Iterable[Evidence]) -> list[EvidenceModel]:
    """Evidence, in the order given."""
    return [
        EvidenceModel(
            document_id=item.document_id,
            document_version=item.version_id,
            passage_id=item.passage_id,
            document_kind=item.kind,
            work_id=item.work_id,
            edition_id=item.edition_id,
            title=item.title,
            locator=_locator(item.locator, item.locator_text),
            state=item.state,
            quote=item.quote,
            start=item.span.start,
            end=item.span.end,
            page=item.page,
            issuer=item.issuer,
            number=item.number,
            score=round(item.score, 6),
        )
        for item in items
    ]


def _locator(locator: Locator, text: str) -> LocatorModel:
    return LocatorModel(
        text=text,
        article=locator.article,
        article_suffix=locator.article_suffix,
        paragraph=locator.paragraph,
        item=locator.item,
        subitem=locator.subitem,
    )


def _reason(reason: Reason) -> ReasonModel:
    return ReasonModel(code=reason.code, message=reason.message)


def _statement(statement: Statement) -> StatementModel:
    return StatementModel(
        text=statement.text,
        start=statement.start,
        end=statement.end,
        verbatim=statement.verbatim,
        citations=list(statement.citations),
    )


def _citation(citation: Citation) -> SpanCitationModel | QueryCitationModel:
    if citation.query is not None:
        return _query_citation(citation.n, citation.query)
    found = citation.evidence
    if found is None:
        raise ValueError(f"citation {citation.n} has neither evidence nor query")
    return SpanCitationModel(
        n=citation.n,
        kind="span",
        document_id=found.document_id,
        document_version=found.version_id,
        passage_id=found.passage_id,
        work_id=found.work_id,
        edition_id=found.edition_id,
        title=found.title,
        locator=_locator(found.locator, found.locator_text),
        state=found.state,
        quote=found.quote,
        start=found.span.start,
        end=found.span.end,
        page=found.page,
        issuer=found.issuer,
        number=found.number,
    )


def _query_citation(n: int, query: FindingsQuery) -> QueryCitationModel:
    conditions = "，".join(f"{name}＝{value}" for name, value in query.conditions.items()) or "全部"
    return QueryCitationModel(
        n=n,
        kind="query",
        title="台账查询",
        locator=LocatorModel(text=f"台账查询：{conditions}（共 {query.count} 条）"),
        query=QueryModel(
            conditions=dict(query.conditions),
            count=query.count,
            finding_ids=list(query.finding_ids),
            link=query.link,
        ),
    )
