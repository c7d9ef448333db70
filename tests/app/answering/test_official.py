"""Notices, the regulations in them and the decisions that amend these: asked for by name, each answers for itself."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from app.api.views import document_text
from app.assistant import Assistant
from app.model import Answer
from app.settings import Clock
from ingest.document import LOCAL
from ingest.library import Library
from tests.ingest.hashing import add, open_library

NOTICE = """海港发〔2024〕9号
关于印发《海棠港务集团有限公司印章管理办法》的通知
各单位：
现予印发，请于七月底前完成学习。
海棠港务集团有限公司
2024年6月30日
海棠港务集团有限公司印章管理办法
第一条　印章由专人保管。
第二条　外借印章须经批准。
第三条　本办法自印发之日起施行。"""
DECISION = """关于修改《海棠港务集团有限公司印章管理办法》的决定
海港发〔2025〕3号
各单位：
决定对《海棠港务集团有限公司印章管理办法》作如下修改：
一、将第二条修改为：“外借印章须经两级批准。”
本决定自2025年3月1日起施行。
海棠港务集团有限公司
2025年2月18日"""
RULES = """海棠港务集团有限公司档案工作规则
（2024年7月1日印发）
第一条　根据《海棠港务集团有限公司印章管理办法》（以下简称《办法》），制定本规则。
第二条　档案用印依照《办法》第二条办理。
第三条　本规则自2024年8月1日起施行。"""
OTHER = """青石矿业股份有限公司车辆管理办法
（2023年3月1日印发）
第一条　车辆统一调度。
第二条　车辆不得外借。
第三条　本办法自2023年3月1日起施行。"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_library(tmp_path_factory.mktemp("公文") / "库") as library:
        for name, text in (("通知", NOTICE), ("决定", DECISION), ("规则", RULES), ("车辆", OTHER)):
            add(library, text.replace("\n", "\n\n"), f"{name}.md")
        yield library


@pytest.fixture(scope="module")
def ask(library: Library) -> Callable[[str, date], Answer]:
    assistant = Assistant(library, None, Clock())
    return lambda question, on: assistant.answer(question, caller=LOCAL, as_of=on)


def quoted(answer: Answer) -> list[str]:
    return [citation.evidence.quote for citation in answer.citations if citation.evidence]


def test_an_article_is_that_of_the_regulation_behind_the_notice(ask: Callable[[str, date], Answer]) -> None:
    answer = ask("《印章管理办法》第二条", date(2024, 12, 1))
    assert quoted(answer) == ["第二条　外借印章须经批准。"]
    (citation,) = answer.citations
    assert citation.evidence is not None
    assert citation.evidence.locator_text == "《海棠港务集团有限公司印章管理办法》（2024年印发）第二条"
    assert answer.notes == ()


def test_an_amendment_newer_than_the_text_is_told_from_the_day_it_is_known(ask: Callable[[str, date], Answer]) -> None:
    answer = ask("《印章管理办法》第二条", date(2025, 6, 1))
    assert quoted(answer) == ["第二条　外借印章须经批准。"]
    (note,) = answer.notes
    assert note.code == "amended_since"
    assert note.message == (
        "另有《关于修改《海棠港务集团有限公司印章管理办法》的决定》（2025-02-18，2025-03-01 起施行）"
        "修改《海棠港务集团有限公司印章管理办法》第二条，引用前请核对。"
    )


@pytest.mark.parametrize(
    "question",
    [
        "《关于印发《海棠港务集团有限公司印章管理办法》的通知》要求什么时候完成学习？",
        "关于印发印章管理办法的通知要求什么时候完成学习",
    ],
)
def test_a_notice_called_by_its_title_is_not_the_regulation_it_issues(
    ask: Callable[[str, date], Answer], question: str
) -> None:
    answer = ask(question, date(2025, 1, 1))
    assert "现予印发，请于七月底前完成学习。" in "".join(quoted(answer))


def test_a_short_name_in_the_text_named_before_it_means_what_that_text_defines(
    ask: Callable[[str, date], Answer],
) -> None:
    answer = ask("《档案工作规则》所说的《办法》第二条", date(2025, 1, 1))
    assert quoted(answer) == ["第二条　外借印章须经批准。"]


def test_what_belongs_together_is_shown_from_either_side(library: Library) -> None:
    with library.snapshot() as snapshot:
        records = {record.title: record for record in snapshot.documents(LOCAL)}
        whole, stamps, decision = (
            document_text(snapshot, LOCAL, date(2025, 6, 1), records[title].id)
            for title in (
                "关于印发《海棠港务集团有限公司印章管理办法》的通知",
                "海棠港务集团有限公司印章管理办法",
                "关于修改《海棠港务集团有限公司印章管理办法》的决定",
            )
        )
    assert [part.id for part in whole.parts] == [stamps.id]
    assert stamps.part_of is not None
    assert stamps.part_of.id == whole.id
    assert [(one.document and one.document.id, one.places) for one in decision.amends] == [(stamps.id, ["第二条"])]
    assert [(one.document and one.document.id, one.date) for one in stamps.amended_by] == [
        (decision.id, date(2025, 2, 18))
    ]
    assert (whole.addressee, whole.number) == ("各单位", "海港发〔2024〕9号")
