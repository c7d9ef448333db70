"""Sources that answer one question differently, and those that only look as if they did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from app.answer.against import Difference, difference
from app.answer.asking import Ask, asks
from app.assistant import Assistant
from app.main import opened
from app.model import Answer, AnswerStatus, Filters, Intent, Query
from app.settings import Clock, Settings
from ingest.build import ingest_paths
from ingest.document import LOCAL
from ingest.segment import search_key

DAY = date(2025, 12, 31)


def part(question: str) -> Ask:
    query = Query(question, question, DAY, False, Intent.OPEN, Filters())
    return asks(query, lambda words: dict.fromkeys(words, 1), 100)[0]


def differ(question: str, one: str, other: str) -> Difference | None:
    return difference(part(question), search_key(one), search_key(other))


@pytest.mark.parametrize(
    ("question", "one", "other", "expected"),
    [
        (
            "整改情况报告几天内报送？",
            "集中整改期满后十五日内，被巡察单位应当报送整改情况报告。",
            "被巡察单位应当在集中整改期满后二十日内报送整改情况报告，并附台账。",
            Difference("十五日", "二十日"),
        ),
        (
            "年度采购金额是多少？",
            "会议指出，去年集团年度采购金额3.2亿元。",
            "会议指出，去年集团年度采购金额3.5亿元。",
            Difference("3.2亿", "3.5亿"),
        ),
        (
            "推进会由谁主持？",
            "2025年6月10日的推进会由周明远主持，各厂负责人参加。",
            "2025年6月10日的推进会由沈立群主持，各厂负责人参加。",
            Difference("周明远", "沈立群"),
        ),
    ],
)
def test_another_number_or_name_for_the_same_thing_is_a_difference(
    question: str, one: str, other: str, expected: Difference
) -> None:
    found = differ(question, one, other)
    assert found is not None
    assert expected.one in found.one or found.one in expected.one
    assert expected.other in found.other or found.other in expected.other


def test_a_ban_against_a_permission_is_a_difference() -> None:
    one = "巡察人员进驻期间可以接受被巡察单位安排的工作用餐。"
    other = "巡察人员进驻期间不得接受被巡察单位安排的工作用餐。"
    assert differ("巡察人员能不能接受被巡察单位安排的用餐？", one, other) is not None


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (  # the same value, written otherwise
            "整改期限多长？",
            "集中整改期限为三个月，自反馈之日起计算。",
            "集中整改期限为3个月，自反馈之日起计算。",
        ),
        (  # another thing with another number
            "整改方案几天内报送？",
            "整改方案应当自反馈之日起三十日内报送。",
            "投标保证金应当在五日内退还投标人。",
        ),
        (  # nearly the same words, of another thing
            "整改方案几天内报送？",
            "整改方案应当自反馈之日起三十日内报送巡察办审核。",
            "整改报告应当自反馈之日起二十日内报送巡察办审核。",
        ),
        (  # one tells more than the other
            "推进会由谁主持？",
            "推进会由周明远主持。",
            "推进会由周明远主持，各厂负责人参加。",
        ),
        (  # which of several values is meant is for the reader to judge
            "现场工作时间多少天？",
            "常规巡察现场工作时间不超过七十日，专项巡察不超过五十日。",
            "专项巡察现场工作时间不超过四十日。",
        ),
        (  # reported in other words
            "会议强调了什么？",
            "会议强调，要压实整改责任，逐项销号。",
            "会议指出，要压实整改责任，逐项对账销号。",
        ),
    ],
)
def test_what_agrees_or_speaks_of_something_else_is_none(question: str, one: str, other: str) -> None:
    assert differ(question, one, other) is None


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Answer]]:
    """An assistant over a regulation, its earlier edition, and a speech that asks for more than it does."""
    folder = tmp_path_factory.mktemp("资料")
    rule = "---\ntitle: 青山集团整改办法\nkind: regulation\nedition: {year}年修订\neffective_from: {year}-07-01\n---\n# 青山集团整改办法\n\n第一条 整改情况报告应当自反馈之日起{days}日内报送巡察办。\n\n第二条 整改台账由被巡察单位保存。\n"
    (folder / "办法2021.md").write_text(rule.format(year=2021, days="六十"), encoding="utf-8")
    (folder / "办法2024.md").write_text(rule.format(year=2024, days="三十"), encoding="utf-8")
    (folder / "讲话.md").write_text(
        "---\ntitle: 在整改推进会上的讲话\nkind: speech\ndate: 2025-06-10\n---\n我讲一条要求。\n\n整改情况报告要自反馈之日起二十日内报送巡察办，不能拖。\n",
        encoding="utf-8",
    )
    with opened(Settings(library=tmp_path_factory.mktemp("库") / "库")) as it:
        ingest_paths(it.library, [folder])
        assistant = Assistant(it.library, None, Clock())
        yield lambda question: assistant.answer(question, caller=LOCAL, as_of=DAY)


def test_the_rule_stands_before_what_was_said_otherwise_and_the_note_says_in_what_they_differ(
    ask: Callable[[str], Answer],
) -> None:
    answer = ask("整改情况报告自反馈之日起几日内报送？")
    assert answer.status is AnswerStatus.ANSWERED
    assert answer.text.index("三十日内") < answer.text.index("二十日内")
    notes = {note.code: note.message for note in answer.notes}
    assert "“三十日”" in notes["sources_differ"]
    assert "“二十日”" in notes["sources_differ"]


def test_parts_put_to_two_sources_that_differ_are_told_to_differ(ask: Callable[[str], Answer]) -> None:
    answer = ask("整改情况报告自反馈之日起几日内报送，办法怎么规定、推进会讲话又怎么要求？")
    assert [statement.citations for statement in answer.statements] == [(1,), (2,)]
    assert "“三十日”" in next(note.message for note in answer.notes if note.code == "sources_differ")


def test_an_earlier_edition_contradicts_nothing(ask: Callable[[str], Answer]) -> None:
    assert "六十日" not in ask("整改情况报告自反馈之日起几日内报送？").text
