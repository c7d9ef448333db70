from __future__ import annotations

from datetime import date

import pytest

from app.api.problem import checked
from app.api.schema import ANSWER_EXAMPLE, AnswerModel, AskRequest, SearchRequest, wire
from app.model import (
    Answer,
    AnswerStatus,
    Citation,
    CitationKind,
    Evidence,
    Filters,
    FindingsQuery,
    Reason,
    Statement,
)
from ingest.document import DocumentKind, EditionState, Locator, Span
from ingest.errors import InputError

CITATION_KEYS = {
    "n",
    "kind",
    "document_id",
    "document_version",
    "passage_id",
    "work_id",
    "edition_id",
    "title",
    "locator",
    "state",
    "quote",
    "start",
    "end",
    "page",
}
EVIDENCE = Evidence(
    document_id="d1",
    version_id="v1",
    passage_id="v1:3",
    kind=DocumentKind.REGULATION,
    title="《巡察工作办法》（2024年修订）",
    locator=Locator(article=12, article_suffix=1, paragraph=2, item=3),
    span=Span(10, 20),
    quote="提级巡察由集团党委批准",
    score=0.87654321,
    work_id="w1",
    edition_id="ev1",
    state=EditionState.IN_FORCE,
)


def answer(**changes: object) -> Answer:
    values: dict[str, object] = {
        "id": "a1",
        "question": "由谁批准？",
        "standalone_question": "提级巡察由谁批准？",
        "as_of": date(2025, 3, 1),
        "filters": Filters(kinds=(DocumentKind.REGULATION,), date_from=date(2024, 1, 1)),
        "engine": "extractive",
        "status": AnswerStatus.ANSWERED,
        "reason": None,
        "text": "提级巡察由集团党委批准[1]",
        "statements": (Statement("提级巡察由集团党委批准", 0, 11, True, (1,)),),
        "citations": (Citation(1, CitationKind.SPAN, evidence=EVIDENCE),),
        "evidence": (EVIDENCE,),
        "related": (),
        "notes": (Reason("n", "一句说明"),),
        "library_revision": 7,
    }
    return Answer(**values | changes)  # type: ignore[arg-type]


def test_an_answer_has_exactly_the_fields_of_the_contract() -> None:
    got = wire(answer()).model_dump(mode="json")

    assert list(got) == [
        "schema_version",
        "id",
        "question",
        "standalone_question",
        "as_of",
        "filters",
        "engine",
        "status",
        "reason",
        "text",
        "statements",
        "citations",
        "evidence",
        "related",
        "notes",
        "library_revision",
        "settings",
        "conversation",
        "digest",
        "changes",
        "understood",
    ]
    assert got["schema_version"] == 1
    assert got["as_of"] == "2025-03-01"
    assert got["filters"]["kinds"] == ["regulation"]
    assert got["filters"]["date_from"] == "2024-01-01"
    assert got["statements"] == [
        {"text": "提级巡察由集团党委批准", "start": 0, "end": 11, "verbatim": True, "citations": [1]}
    ]
    assert got["notes"] == [{"code": "n", "message": "一句说明"}]


def test_a_citation_of_a_span_has_exactly_the_fields_of_the_contract() -> None:
    (got,) = wire(answer()).model_dump(mode="json")["citations"]

    assert set(got) == CITATION_KEYS | {"issuer", "number"}
    assert got["kind"] == "span"
    assert got["state"] == "现行有效"
    assert got["locator"] == {
        "text": "《巡察工作办法》（2024年修订）第十二条之一第二款第（三）项",
        "article": 12,
        "article_suffix": 1,
        "paragraph": 2,
        "item": 3,
        "subitem": None,
    }
    assert (got["start"], got["end"], got["quote"]) == (10, 20, EVIDENCE.quote)


def test_a_computed_statement_cites_its_query_with_conditions_count_rows_and_link() -> None:
    query = FindingsQuery({"轮次": "2024年第一轮"}, 2, ("v2:4", "v2:9"), "/api/findings?round=2024")
    (got,) = wire(answer(citations=(Citation(1, CitationKind.QUERY, query=query),))).model_dump(mode="json")[
        "citations"
    ]

    assert set(got) == CITATION_KEYS | {"query"}
    assert got["kind"] == "query"
    assert got["document_id"] is None
    assert got["locator"]["text"] == "台账查询：轮次＝2024年第一轮（共 2 条）"
    assert got["query"] == {
        "conditions": {"轮次": "2024年第一轮"},
        "count": 2,
        "finding_ids": ["v2:4", "v2:9"],
        "link": "/api/findings?round=2024",
    }


def test_a_refusal_has_its_reason() -> None:
    refused = answer(status=AnswerStatus.REFUSED, reason=Reason("not_in_library", "库中没有"), citations=())
    got = wire(refused).model_dump(mode="json")
    assert got["status"] == "refused"
    assert got["reason"] == {"code": "not_in_library", "message": "库中没有"}


def test_the_wire_form_reads_back_as_itself() -> None:
    once = wire(answer())
    assert AnswerModel.model_validate(once.model_dump(mode="json")) == once
    assert AnswerModel.model_validate_json(once.model_dump_json()) == once


def test_the_documented_example_is_an_answer() -> None:
    got = AnswerModel.model_validate(ANSWER_EXAMPLE)
    for statement in got.statements:
        assert got.text[statement.start : statement.end] == statement.text


def test_questions_are_trimmed() -> None:
    assert checked(AskRequest, {"question": "  由谁批准？\n"}).question == "由谁批准？"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "“问题”（question）没有填"),
        ({"question": ""}, "“问题”（question）不能为空"),
        ({"question": " \n　"}, "“问题”（question）不能为空"),
        ({"question": "问" * 2001}, "最多 2000 个字"),
        ({"question": 5}, "应为文字"),
        ({"question": "半\ud800个"}, "无法识别的字符"),
        ({"question": "空\x00字"}, "无法识别的字符"),
        ({"question": "好", "as_of": "2024-02-30"}, "“依据日期”（as_of）不是有效的日期"),
        ({"question": "好", "as_of": 1700000000}, "不是有效的日期"),
        ({"question": "好", "as_of": "20240101"}, "不是有效的日期"),
        ({"question": "好", "as_of": "2024-01-01T00:00:00"}, "不是有效的日期"),
        ({"question": "好", "asof": "2024-01-01"}, "“asof”不是认识的字段"),
        ({"question": "好", "filters": {"kinds": ["法规"]}}, "只能是 'regulation'"),
        ({"question": "好", "filters": {"unit": ["炼铁厂"]}}, "filters.unit）不是认识的字段"),
        ({"question": "好", "filters": {"units": "炼铁厂"}}, "应为列表"),
        ({"question": "好", "filters": []}, "应为"),
        ({"question": "好", "filters": {"units": [""]}}, "不能为空"),
        ({"question": "好", "k": 0}, "“条数”（k）不能小于 1"),
        ({"question": "好", "k": 1000}, "不能大于 100"),
        ({"question": "好", "k": "很多"}, "应为整数"),
    ],
)
def test_a_wrong_request_is_told_in_chinese_by_field(body: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        checked(SearchRequest, body)
    assert words in str(caught.value)
    assert "Input should" not in str(caught.value)


def test_2000_characters_are_a_question() -> None:
    assert len(checked(AskRequest, {"question": "问" * 2000}).question) == 2000
