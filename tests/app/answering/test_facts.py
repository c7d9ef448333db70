"""What a document says of itself at its fixed places is found by its form, in the document meant."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from app.answer.facts import asked_for, holds_post, labelled, post_asked
from app.assistant import Assistant
from app.model import Answer, AnswerStatus
from app.settings import Clock
from ingest.document import LOCAL
from tests.ingest.hashing import add, open_library

NOTICE = """海棠港务集团有限公司文件
海港发〔2024〕36号　　　　　　签发人：陆景和
关于开展消防器材专项检查的通知
各码头公司，集团总部各部门：
集团决定于5月至6月开展消防器材专项检查。
自查表于5月20日前报送安全部。
附件：1.消防器材定额表
2.消防器材自查表
海棠港务集团有限公司
2024年4月28日
（联系人：陶知远，联系电话：5550136）
抄送：集团纪委，集团工会。
海棠港务集团有限公司办公室　　　　2024年4月29日印发"""
OTHER = """关于调整疗休养时间安排的通知
海港人〔2024〕12号
各单位：
疗休养批次顺延至9月至11月。
海棠港务集团有限公司人力资源部
2024年5月6日"""
REPORT = """---
title: 集团召开安全生产推进会
kind: meeting
date: 2024-10-28
---
10月28日，海棠港务集团召开安全生产推进会。集团总经理、党委副书记韩立新出席会议并讲话。纪委书记沈知秋主持会议。各码头公司、职能部门主要负责人和专项检查的相关人员共一百二十人在主会场参会，其余人员通过视频听会，会后各单位组织了分组讨论。

韩立新指出，一是要压实责任，主要负责人每月带队检查一次。二是要补齐短板，年底前更换老旧缆绳。

沈知秋要求，各码头公司十日内报送落实情况。"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Answer]]:
    with open_library(tmp_path_factory.mktemp("事实") / "库") as library:
        for name, text in (("检查", NOTICE), ("疗休养", OTHER)):
            add(library, text.replace("\n", "\n\n"), f"{name}.md")
        add(library, REPORT, "报道.md")
        assistant = Assistant(library, None, Clock())
        yield lambda question: assistant.answer(question, caller=LOCAL, as_of=date(2025, 1, 1))


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("消防器材检查的通知文号是多少？", "海港发〔2024〕36号　　　　　　签发人：陆景和"),
        ("消防器材检查的通知谁签发的？", "海港发〔2024〕36号　　　　　　签发人：陆景和"),
        ("消防器材检查的通知主送哪些单位？", "各码头公司，集团总部各部门："),
        ("消防器材检查的通知抄送给谁？", "抄送：集团纪委，集团工会。"),
        ("消防器材检查的通知联系人是谁？", "（联系人：陶知远，联系电话：5550136）"),
        ("消防器材检查的通知什么时候印发的？", "海棠港务集团有限公司办公室　　　　2024年4月29日印发"),
        ("消防器材检查的通知附件有哪些？", "附件：1.消防器材定额表\n2.消防器材自查表"),
        ("安全生产推进会什么时候召开的？", "10月28日，海棠港务集团召开安全生产推进会。"),
        ("安全生产推进会谁主持的？", "纪委书记沈知秋主持会议。"),
        (
            "安全生产推进会有多少人参会？",
            "各码头公司、职能部门主要负责人和专项检查的相关人员共一百二十人在主会场参会，其余人员通过视频听会，会后各单位组织了分组讨论。",
        ),
        ("韩立新是什么职务？", "集团总经理、党委副书记韩立新出席会议并讲话。"),
    ],
)
def test_a_fact_is_quoted_from_its_line(ask: Callable[[str], Answer], question: str, quote: str) -> None:
    assert [citation.evidence.quote for citation in ask(question).citations if citation.evidence] == [quote]


def test_what_a_notice_does_not_say_is_not_taken_from_another(ask: Callable[[str], Answer]) -> None:
    answer = ask("疗休养调整的通知谁签发的？")
    assert answer.status is AnswerStatus.REFUSED
    assert answer.reason is not None
    assert "签发人" in answer.reason.message


def test_what_the_holder_of_a_post_said_is_his_points_not_his_attendance(ask: Callable[[str], Answer]) -> None:
    text = ask("总经理在会上讲了什么？").text
    assert "主要负责人每月带队检查一次" in text
    assert "年底前更换老旧缆绳" in text
    assert "出席会议" not in text


def test_a_length_is_not_answered_without_one(ask: Callable[[str], Answer]) -> None:
    assert ask("推进会的时间有多长？").status is AnswerStatus.REFUSED


def test_a_post_belongs_to_whoever_is_named_right_after_it() -> None:
    text = "集团总经理韩立新、党委书记沈知秋出席,主持:周明(工会主席)"
    assert holds_post("韩立新", "总经理", text)
    assert not holds_post("沈知秋", "总经理", text)
    assert holds_post("沈知秋", "书记", text)
    assert holds_post("周明", "工会主席", text)
    assert not holds_post("赵六", "副总经理", "副总经理韩立新")


def test_questions_about_a_rule_ask_no_fact_of_a_document() -> None:
    for question in ("领导小组多久开一次会?", "延期由谁批准?", "招标文件要写明哪些内容?", "底稿保存几年?"):
        assert asked_for(question) is None
    assert post_asked("总经理办公会由谁召集") == ""
    assert labelled("会议记录人是谁", "记录人:周明")
    assert not labelled("周明讲了什么", "周明:今天讲三点。")
