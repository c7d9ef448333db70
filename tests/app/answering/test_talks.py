"""Of notices, reports, feedback and speeches the sentence that answers is quoted; a series with what announces it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

import pytest

from app.answer.draft import Desk, asks_of, material_for
from app.answer.extractive import select
from app.answer.units import Unit, Units
from app.model import Filters
from app.retrieve import retrieve
from app.understand import understand
from ingest.document import LOCAL
from ingest.library import Library
from tests.ingest.hashing import add, open_library

NOTICE = """---
title: 关于做好汛期码头防护工作的通知
doc_type: notice
date: 2024-05-06
---
# 关于做好汛期码头防护工作的通知

各码头公司：

现将有关事项通知如下。

## 一、物资准备

沙袋储备量不少于两万只。水泵由机电部统一保养。但备用水泵由各码头自行保养。柴油每月清点一次。

暴雨橙色预警发布后，作业船舶应当在一小时以内全部撤离泊位并加固缆绳；红色预警发布后，塔吊停止作业并放倒吊臂，岸上人员撤到三号库房。

## 二、检查重点

（一）排水沟是否疏通，盖板是否齐全。

（二）值班电话是否畅通。
"""
FEEDBACK = """---
title: 第一巡察组关于巡察南礁码头公司党委的反馈意见
date: 2024-08-01
---
# 第一巡察组关于巡察南礁码头公司党委的反馈意见

8月1日，巡察组反馈了意见，党委书记訾若水主持会议。

存在三种现象：一是账目不清。二是仓库长期无人盘点。三是班前会走过场。

纪委书记郦明川强调，逾期不改的一律问责。他要求每月通报一次进度。

党委书记訾若水不同意把原因归到人手少。他说，根子是制度没有人管。

会上提出两点打算：

一是月底前盘点仓库。

二是下月轮换保管员。
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_library(tmp_path_factory.mktemp("讲话") / "库") as library:
        add(library, NOTICE, "通知.md")
        add(library, FEEDBACK, "反馈意见.md")
        yield library


Quoted = Callable[[str], Sequence[str]]


@pytest.fixture(scope="module")
def quoted(library: Library) -> Quoted:
    """What is chosen to be quoted for a question, whether or not it is then found to answer."""

    def chosen(question: str) -> Sequence[str]:
        with library.snapshot() as snapshot:
            query = understand(question, snapshot, today=date(2025, 1, 1), as_of=None, filters=Filters(), caller=LOCAL)
            ranked = retrieve(query, library, snapshot, LOCAL, k=20)
            desk = Desk(query, ranked, library, snapshot, LOCAL, Units())
            (ask,) = asks_of(desk)
            found = select(ask, material_for(desk)).chosen
            return [one.span.of(snapshot.text(one.unit.version_id)) for one in found]

    return chosen


@pytest.fixture(scope="module")
def units(library: Library) -> dict[str, Unit]:
    """The quotable spans of both texts by their words."""
    out = {}
    with library.snapshot() as snapshot:
        for record in snapshot.documents(LOCAL):
            header = snapshot.header(record.version_id)
            assert header is not None
            for passage in snapshot.passages_of(record.version_id):
                for unit in Units().of(passage, header, snapshot):
                    out[unit.span.of(snapshot.text(unit.version_id))] = unit
    return out


def test_a_paragraph_is_cut_into_sentences_and_keeps_its_address(units: dict[str, Unit]) -> None:
    assert str(units["沙袋储备量不少于两万只。"].locator) == str(units["柴油每月清点一次。"].locator) == "第3段"


def test_what_limits_a_sentence_stays_with_it(units: dict[str, Unit]) -> None:
    assert "水泵由机电部统一保养。但备用水泵由各码头自行保养。" in units


def test_a_long_sentence_is_cut_at_its_semicolons(units: dict[str, Unit]) -> None:
    assert "暴雨橙色预警发布后，作业船舶应当在一小时以内全部撤离泊位并加固缆绳；" in units
    assert "红色预警发布后，塔吊停止作业并放倒吊臂，岸上人员撤到三号库房。" in units


def test_a_numbered_paragraph_is_cited_as_the_point_it_is(units: dict[str, Unit]) -> None:
    assert str(units["（二）值班电话是否畅通。"].locator) == "第6段“（二）”"


def test_the_sentence_that_answers_is_quoted_alone(quoted: Quoted) -> None:
    assert quoted("汛期沙袋储备量不少于多少只？") == ["沙袋储备量不少于两万只。"]


def test_a_list_question_gets_the_series_in_a_paragraph_with_what_announces_it(quoted: Quoted) -> None:
    series = "存在三种现象：一是账目不清。二是仓库长期无人盘点。三是班前会走过场。"
    assert quoted("南礁码头公司存在的三种现象是哪些？") == [series]


def test_what_announces_a_series_is_never_quoted_without_it(quoted: Quoted) -> None:
    assert quoted("南礁码头公司会上提出的两点打算") == ["一是月底前盘点仓库。", "二是下月轮换保管员。"]


def test_points_under_a_heading_are_the_series_it_announces(quoted: Quoted) -> None:
    points = ["（一）排水沟是否疏通，盖板是否齐全。", "（二）值班电话是否畅通。"]
    assert quoted("排水沟和值班电话，检查重点是哪两项？") == points


def test_two_sentences_side_by_side_answer_what_asks_for_both(quoted: Quoted) -> None:
    assert quoted("水泵由谁统一保养，柴油清点") == [
        "水泵由机电部统一保养。但备用水泵由各码头自行保养。柴油每月清点一次。"
    ]


def test_in_a_report_words_are_those_of_whoever_says_them(units: dict[str, Unit]) -> None:
    assert units["纪委书记郦明川强调，逾期不改的一律问责。"].speaker == "郦明川"
    assert units["他要求每月通报一次进度。"].speaker == "郦明川"
    assert units["党委书记訾若水不同意把原因归到人手少。"].speaker == "訾若水"
    assert units["他说，根子是制度没有人管。"].speaker == "訾若水"
    assert units["存在三种现象："].speaker is None
