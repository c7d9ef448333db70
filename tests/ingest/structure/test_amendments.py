from datetime import date

import pytest

from ingest.document import Amendment, ClauseLevel, DocumentKind
from ingest.structure.amendments import is_amending
from ingest.structure.structure import structure

DECISION = """
关于修改《海棠港务集团有限公司印章管理办法》的决定
海港发〔2025〕3号
各单位：
经研究，决定对《海棠港务集团有限公司印章管理办法》作如下修改：
一、将第二条修改为：
“第二条　印章实行统一保管。
“外借印章须经批准，参照第九条执行。”
二、删去第三条第一款
三、在第五条后增加一条，作为第五条之一：“遗失印章应当立即报告。”
本决定自2025年3月1日起施行。
海棠港务集团有限公司
2025年2月18日
"""


def test_a_decision_tells_what_it_amends_and_where(make_document):
    found = structure(make_document(DECISION))
    assert found.kind is DocumentKind.REGULATION
    assert found.metadata.work == "关于修改《海棠港务集团有限公司印章管理办法》的决定"
    assert found.amends == (Amendment("海棠港务集团有限公司印章管理办法", ("第二条", "第三条第一款", "第五条")),)
    assert (found.metadata.published, found.metadata.effective_from) == (date(2025, 2, 18), date(2025, 3, 1))


def test_its_items_are_points_with_the_wording_they_put_in_place(make_document):
    found = structure(make_document(DECISION))
    text = found.document.text
    items = {clause.locator.point: clause.span.of(text) for clause in found.clauses if clause.level is ClauseLevel.ITEM}
    assert list(items) == ["一、", "二、", "三、"]
    assert items["一、"].split("\n")[0] == "一、将第二条修改为："
    assert items["一、"].split("\n")[-1] == "“外借印章须经批准，参照第九条执行。”"
    assert items["二、"] == "二、删去第三条第一款"
    assert not any(clause.locator.article for clause in found.clauses)


def test_one_decision_may_amend_several_works(make_document):
    text = """
    关于修改部分制度的决定
    一、对《印章管理办法》作如下修改：
    （一）将第二条中的“科”修改为“处”。
    （二）删去第四条。
    二、将《值班工作规则》第七条第二款修改为：“夜班两人。”
    """
    found = structure(make_document(text))
    assert found.amends == (
        Amendment("印章管理办法", ("第二条", "第四条")),
        Amendment("值班工作规则", ("第七条第二款",)),
    )
    points = [clause.locator.point for clause in found.clauses if clause.level is ClauseLevel.ITEM]
    assert points == ["一、", "一、（一）", "一、（二）", "二、"]


@pytest.mark.parametrize(
    "title",
    [
        "关于修改《印章管理办法》的决定",
        "海棠港务集团有限公司关于修订印章管理办法部分条款的通知",
        "中华人民共和国印章法修正案（二）",
    ],
)
def test_titles_of_amending_documents(title):
    assert is_amending(title)


@pytest.mark.parametrize(
    "title", ["印章管理办法（2024年修订）", "关于修订印发《印章管理办法》的通知", "关于印章问题的决定"]
)
def test_titles_of_others(title):
    assert not is_amending(title)


def test_a_decision_with_the_amended_text_behind_it_carries_a_new_edition(make_document):
    text = f"{DECISION.strip()}\n海棠港务集团有限公司印章管理办法\n第一条　甲。\n第二条　印章实行统一保管。"
    found = structure(make_document(text))
    assert [one.metadata.title for one in found.parts] == ["海棠港务集团有限公司印章管理办法"]
    assert found.amends[0].work == "海棠港务集团有限公司印章管理办法"
