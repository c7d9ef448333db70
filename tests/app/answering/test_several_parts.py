"""Questions that need more than one source: what is retrieved, and what is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from app.assistant import Assistant
from app.model import Answer, AnswerStatus, CitationKind, Filters, Query
from app.retrieve import candidates, interleaved, retrieve
from app.understand import understand
from ingest.catalogue import Snapshot
from ingest.document import LOCAL, DocumentKind

Ask = Callable[..., Answer]
BOTH = "重复发生的问题怎么处理,办法怎么规定,周明远怎么讲的?"


def read(question: str, snapshot: Snapshot) -> Query:
    return understand(question, snapshot, today=date(2025, 12, 31), as_of=None, filters=Filters(), caller=LOCAL)


def test_each_parts_best_passages_stand_first(assistant: Assistant) -> None:
    hits = assistant.search("集中整改期限多长,制度怎么规定的,周明远在动员会上对整改又怎么讲的?", caller=LOCAL, k=5).hits
    assert hits[0].locator_text.endswith("（2024年修订）第三条")
    assert hits[1].kind is DocumentKind.MEETING
    assert "周明远" in hits[1].quote


def test_a_passage_found_for_two_parts_stands_once(office, snapshot: Snapshot) -> None:  # type: ignore[no-untyped-def]
    query = read("常规巡察和提级巡察分别由谁批准?", snapshot)
    found = candidates(query, office.library, snapshot, LOCAL, k=5)
    assert len(query.parts) == 2
    assert len({one.passage.id for one in found}) == len(found)
    rankings = [candidates(part, office.library, snapshot, LOCAL, k=5) for part in query.parts]
    assert found == interleaved(rankings)
    assert found[0] == rankings[0][0]


@pytest.mark.parametrize(
    "question", ["集中整改期限是多长？", "提级巡察由谁批准？情况紧急的呢？", "《巡察工作办法》第三条"]
)
def test_a_question_of_one_part_is_retrieved_as_it_stands(office, snapshot: Snapshot, question: str) -> None:  # type: ignore[no-untyped-def]
    query = read(question, snapshot)
    assert query.parts == ()
    found = retrieve(query, office.library, snapshot, LOCAL, k=5)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_each_part_is_answered_under_its_words_with_its_own_citations(ask: Ask) -> None:
    answer = ask("集中整改期限，制度怎么规定的，周明远对整改又怎么讲的？")
    assert answer.status is AnswerStatus.ANSWERED
    assert (
        answer.text.index("一、") < answer.text.index("三个月") < answer.text.index("二、") < answer.text.index("从重")
    )
    assert [citation.n for citation in answer.citations] == [1, 2]
    for statement in answer.statements:
        assert answer.text[statement.start : statement.end] == statement.text
        assert answer.text[statement.end :].startswith(f"[{statement.citations[0]}]")


def test_a_part_without_basis_says_so_for_that_part_alone(ask: Ask) -> None:
    answer = ask("集中整改期限是多长？食堂的饭菜补贴标准是多少？")
    assert answer.status is AnswerStatus.PARTIAL
    assert "三个月" in answer.text
    assert answer.reason is not None
    assert answer.reason.message.startswith("“食堂的饭菜补贴标准是多少”：")
    assert answer.reason.message in answer.text


def test_when_no_part_has_a_basis_the_question_is_refused(ask: Ask) -> None:
    answer = ask("食堂的饭菜补贴标准是多少？班车的发车时间是几点？")
    assert answer.status is AnswerStatus.REFUSED
    assert answer.statements == ()


def test_parts_that_one_place_answers_are_told_once(ask: Ask) -> None:
    answer = ask("常规巡察和提级巡察分别有几种方式？")
    assert len({statement.text for statement in answer.statements}) == len(answer.statements)


def test_a_rule_of_a_past_round_is_the_one_of_its_year(snapshot: Snapshot) -> None:
    query = read("2023年第一轮的集中整改期限,办法怎么规定,会上怎么讲的?", snapshot)
    assert [part.as_of for part in query.parts] == [date(2023, 12, 31), date(2025, 12, 31)]
    assert [part.filters.kinds[:1] for part in query.parts] == [(DocumentKind.REGULATION,), (DocumentKind.MEETING,)]


def test_the_callers_filters_hold_for_every_part(snapshot: Snapshot) -> None:
    only = Filters(kinds=(DocumentKind.MEETING,))
    query = understand(BOTH, snapshot, today=date(2025, 12, 31), as_of=None, filters=only, caller=LOCAL)
    assert {part.filters.kinds for part in query.parts} == {(DocumentKind.MEETING,)}


def test_a_count_and_a_rule_are_parts_of_their_own(ask: Ask) -> None:
    answer = ask("2024年第一轮发现多少个问题？涉及哪些单位？集中整改期限是多长？")
    assert {citation.kind for citation in answer.citations} == {CitationKind.QUERY, CitationKind.SPAN}
    assert "三个月" in answer.text
    assert "动力厂" in answer.text


def test_search_explains_a_question_of_several_parts(assistant: Assistant) -> None:
    found = assistant.search(BOTH, caller=LOCAL, k=4, explained=True)
    assert found.explanation is not None
    assert len(found.explanation.hits) == len(found.hits)
