from collections.abc import Callable

import pytest

from app.assistant import Assistant
from app.conditions import without
from app.model import Answer, AnswerStatus
from ingest.document import LOCAL

Ask = Callable[..., Answer]


def drawn(answer: Answer) -> dict[str, tuple[str, str, bool]]:
    return {each.kind: (each.value, each.text, each.removable) for each in answer.understood}


def test_a_date_in_the_question_is_a_condition_that_can_be_taken_back(ask: Ask, assistant: Assistant) -> None:
    question = "2022年时集中整改期限是多长？"
    assert drawn(ask(question))["date"] == ("按 2022-12-31 有效的版本", "2022年", True)
    again = assistant.answer(question, caller=LOCAL, ignore=["2022年"])
    assert "date" not in drawn(again)
    assert "三个月" in again.text
    assert again.question == question


def test_work_edition_person_and_round_are_conditions(ask: Ask) -> None:
    found = drawn(ask("2021年修订的《巡察工作办法》里集中整改期限"))
    assert found["work"] == ("《青山集团巡察工作办法》", "巡察工作办法", True)
    assert found["edition"] == ("2021年修订", "2021年修订", True)
    assert drawn(ask("周明远在动员部署会上强调了什么？"))["person"] == ("周明远", "周明远", True)


def test_the_conditions_of_a_count_are_those_of_the_ledger(ask: Ask, assistant: Assistant) -> None:
    question = "2024年第一轮动力厂有几个问题？"
    answer = ask(question)
    assert drawn(answer) == {
        "round": ("2024年第一轮", "2024年第一轮", True),
        "unit": ("动力厂", "动力厂", True),
    }
    wider = assistant.answer(question, caller=LOCAL, ignore=["动力厂"])
    assert wider.citations[0].query is not None
    assert wider.citations[0].query.count == 3


def test_a_plain_question_has_no_conditions(ask: Ask) -> None:
    assert ask("提级巡察由谁批准？").understood == ()


def test_a_work_with_nothing_in_force_does_not_empty_the_search_and_is_noted(assistant: Assistant, ask: Ask) -> None:
    question = "《违规责任追究办法》对较大损失怎么规定？"
    found = assistant.search(question, caller=LOCAL)
    assert len(found) > 0
    assert [note.code for note in found.notes] == ["condition_dropped"]
    assert "《违规责任追究办法》在 2025-12-31 没有可用的版本" in found.notes[0].message
    assert ask(question).status is AnswerStatus.REFUSED


@pytest.mark.parametrize(
    ("question", "ignored", "left"),
    [
        ("2022年时提级巡察怎么规定？", ["2022年"], "提级巡察怎么规定？"),
        ("動力廠有几个问题", ["动力厂"], "有几个问题"),
        ("提级巡察", ["没有的词"], "提级巡察"),
        ("巡察", ["巡察"], ""),
        ("在单位任过职的人", [], "在单位任过职的人"),
    ],
)
def test_words_taken_back_leave_the_rest(question: str, ignored: list[str], left: str) -> None:
    assert without(question, ignored) == left
