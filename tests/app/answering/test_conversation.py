"""Follow-ups become questions that stand alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.conversation import Turn, leans, rewritten, standalone
from app.llm import model_of
from app.model import AnswerStatus
from app.settings import Secret, Settings
from ingest.document import LOCAL
from tests.app.answering.conftest import Office
from tests.app.endpoint import KEY, endpoint

WHO = Turn("常规巡察由谁批准？", "常规巡察由集团党委批准。")
WHICH = Turn("哪些情形可以开展提级巡察？", "《青山集团巡察工作办法》（2024年修订）第二条第二款：有下列情形之一的……[1]")
PLACE = Turn("《巡察工作办法》第二条", "《青山集团巡察工作办法》（2024年修订）第二条：……")
HOW_MANY = Turn("2024年第一轮动力厂发现问题多少个？", "2024年第一轮巡察动力厂发现问题共 2 个。[1]")
SAID = Turn("周明远在动员会上强调了什么？", "2024年第一轮巡察动员部署会纪要 第2段：周明远强调，……")


@pytest.fixture
def alone(office: Office) -> Callable[..., str]:
    def made(question: str, *turns: Turn) -> str:
        with office.library.snapshot() as snapshot:
            return standalone(question, turns, snapshot, LOCAL, office.library.term_frequencies)

    return made


@pytest.mark.parametrize(
    ("question", "before", "wanted"),
    [
        ("那提级的呢？", WHO, "提级巡察由谁批准？"),
        ("那提级巡察呢？", WHO, "提级巡察由谁批准？"),
        ("集中整改呢？", Turn("提级巡察由谁批准？", ""), "集中整改由谁批准？"),
        ("第二款是什么意思？", PLACE, "《青山集团巡察工作办法》第二条第二款是什么意思？"),
        ("第（三）项具体指什么？", WHICH, "《青山集团巡察工作办法》第二条第二款第（三）项具体指什么？"),
        ("第三条呢？", PLACE, "《青山集团巡察工作办法》第三条呢？"),
        ("换成2021年的规定", WHICH, "按2021年的规定，哪些情形可以开展提级巡察？"),
        ("那2021年修订版呢？", WHICH, "按2021年修订版，哪些情形可以开展提级巡察？"),
        ("修订前呢？", WHICH, "修订前，哪些情形可以开展提级巡察？"),
        ("第二轮呢？", HOW_MANY, "2024年第二轮动力厂发现问题多少个？"),
        ("炼钢二厂呢？", HOW_MANY, "2024年第一轮炼钢二厂发现问题多少个？"),
        ("那2024年第二轮南坡采场的呢？", HOW_MANY, "2024年第二轮南坡采场发现问题多少个？"),
        ("该单位的整改完成了吗？", HOW_MANY, "动力厂的整改完成了吗？"),
        ("这个办法什么时候施行？", WHICH, "《青山集团巡察工作办法》什么时候施行？"),
        ("这一条有什么例外？", PLACE, "《青山集团巡察工作办法》第二条有什么例外？"),
        ("他还要求什么？", SAID, "周明远还要求什么？"),
        ("由谁批准？", Turn("提级巡察适用于哪些情形？", ""), "提级巡察由谁批准？"),
    ],
)
def test_what_a_follow_up_leaves_out_is_filled_in(
    alone: Callable[..., str], question: str, before: Turn, wanted: str
) -> None:
    assert alone(question, before) == wanted


@pytest.mark.parametrize(
    "question",
    [
        "食堂几点开门？",
        "集中整改的期限是多长？",
        "《巡察工作办法》第三条",
        "2024年第二轮发现问题多少个？",
        "沈立群要求了什么？",
        "其他单位有没有表态？",
    ],
)
@pytest.mark.parametrize("before", [WHO, WHICH, PLACE, HOW_MANY, SAID])
def test_a_question_that_leaves_nothing_out_stays_as_it_is(
    alone: Callable[..., str], question: str, before: Turn
) -> None:
    assert alone(question, before) == question


def test_without_a_turn_before_nothing_is_filled_in(alone: Callable[..., str]) -> None:
    assert alone("那提级的呢？") == "那提级的呢？"


def test_the_turn_meant_is_the_last_that_names_such_a_thing(alone: Callable[..., str]) -> None:
    assert alone("该单位整改完成了吗？", HOW_MANY, WHO) == "动力厂整改完成了吗？"


def test_a_follow_up_is_answered_as_what_it_stands_for(assistant: Assistant) -> None:
    turns = [Turn("《巡察工作办法》第二条", "《青山集团巡察工作办法》（2024年修订）第二条：……")]
    answer = assistant.answer("第三款是怎么规定的？", caller=LOCAL, turns=turns)

    assert answer.status is AnswerStatus.ANSWERED
    assert answer.question == "第三款是怎么规定的？"
    assert answer.standalone_question == "《青山集团巡察工作办法》第二条第三款是怎么规定的？"
    assert "提级巡察由集团党委批准" in answer.text


def test_another_edition_of_what_was_asked(assistant: Assistant) -> None:
    answer = assistant.answer("换成2021年的规定", caller=LOCAL, turns=[WHICH])

    assert answer.as_of.year == 2021
    assert "信访举报十件以上" in answer.text
    assert "五件以上" not in answer.text


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("常规巡察的批准和提级巡察有什么不一样？", "常规巡察的批准和提级巡察有什么不一样？"),
        ("集团食堂周五供应什么菜？", "跟提级巡察比，那边有什么不一样？"),  # it adds what nobody spoke of
        ("常规巡察由谁批准？\n提级巡察由谁批准？", "跟提级巡察比，那边有什么不一样？"),
    ],
)
def test_a_model_may_complete_the_rest_and_add_nothing(written: str, wanted: str) -> None:
    with endpoint(lambda x: x.write(written)) as it:
        model = model_of(Settings(library=Path(), llm_url=it.url, llm_key=Secret(KEY)))
        assert model is not None
        question = "跟提级巡察比，那边有什么不一样？"
        assert leans(question)
        assert rewritten(model, question, [WHO], threading.Event()) == wanted
