from datetime import date

import pytest

from ingest.document import DocumentKind
from ingest.structure.official import canonical_number
from ingest.structure.structure import structure

NOTICE = """
000217
机密★1年　特急
中共海棠港务集团有限公司委员会文件
海港党发〔2024〕12号　　　　签发人：沈 岳　欧阳明
海棠港务集团有限公司关于进一步规范
公务接待工作的通知
各基层党委，
机关各部门：
近期检查发现若干问题。
一、严格审批。
二、按月公示。
附件：1.接待审批单
2.接待清单
中共海棠港务集团有限公司委员会
2024年6月30日
（此件公开发布）
抄送：集团纪委，集团工会，
各专业公司。
海棠港务集团有限公司办公室　　2024年7月2日印发
"""


def read(make_document, text, **given):
    return structure(make_document(text, **given))


def test_the_fixed_parts_of_a_notice_become_its_metadata(make_document):
    found = read(make_document, NOTICE)
    known = found.metadata
    assert found.kind is DocumentKind.OTHER
    assert known.title == "海棠港务集团有限公司关于进一步规范公务接待工作的通知"
    assert (known.number, known.issuer) == ("海港党发〔2024〕12号", "中共海棠港务集团有限公司委员会")
    assert known.published == known.date == date(2024, 6, 30)  # not the day it was printed
    assert known.addressee == "各基层党委，机关各部门"
    assert known.attachments == ("接待审批单", "接待清单")
    assert {name: known.extra[name] for name in ("份号", "密级", "紧急程度", "签发人")} == {
        "份号": "000217",
        "密级": "机密★1年",
        "紧急程度": "特急",
        "签发人": "沈岳、欧阳明",
    }
    assert known.extra["抄送"] == "集团纪委，集团工会，各专业公司"
    assert known.extra["印发"] == "海棠港务集团有限公司办公室 2024年7月2日"
    assert {"number", "issuer", "published", "addressee", "attachments"} <= known.inferred


def test_nothing_of_a_notice_is_lost_from_its_text(make_document):
    found = read(make_document, NOTICE)
    printed = [line.strip() for line in NOTICE.strip().split("\n")]
    assert found.document.text.split("\n") == printed
    held = "".join(passage.span.of(found.document.text) for passage in found.passages)
    title = {"海棠港务集团有限公司关于进一步规范", "公务接待工作的通知"}
    assert [line for line in printed if line not in title and line not in held] == []


@pytest.mark.parametrize(
    "printed",
    [
        "海港发〔2024〕7号",
        "海港发[2024]7号",
        "海港发（2024）第7号",
        "海港发【2024】 7 号",
        "海港发〔２０２４〕７号",
        "海港发 ﹝2024﹞ 007号",
    ],
)
def test_a_number_has_one_form_however_it_is_printed(printed):
    assert canonical_number(printed) == "海港发〔2024〕7号"


@pytest.mark.parametrize("words", ["第7号", "第七号", "第 ７ 号"])
def test_the_number_of_an_order(words):
    assert canonical_number(words) == "第7号"


@pytest.mark.parametrize("words", ["海港发2024年", "第七条", "海港发〔20〕7号", "编号7号"])
def test_what_is_no_number(words):
    assert canonical_number(words) is None


@pytest.mark.parametrize(
    "day",
    [
        "二〇二四年六月三十日",
        "二○二四年六月三十日",
        "二零二四年六月三十日",
        "二O二四年六月三十日",
        "２０２４年６月３０日",
    ],
)
def test_the_day_of_signature_in_every_script(make_document, day):
    found = read(make_document, f"关于报送材料的通知\n各单位：\n请按时报送。\n海棠港务集团有限公司\n{day}")
    assert found.metadata.published == date(2024, 6, 30)


@pytest.mark.parametrize(
    "signature",
    [
        "中共海棠港务集团有限公司委员会　　　海棠港务集团有限公司\n2024年6月30日",
        "中共海棠港务集团有限公司委员会\n海棠港务集团有限公司（公章）\n2024年6月30日",
    ],
)
def test_bodies_that_issue_together_are_all_named(make_document, signature):
    found = read(make_document, f"海港党发〔2024〕1号\n关于报送材料的通知\n各单位：\n请按时报送。\n{signature}")
    assert found.metadata.issuer == "中共海棠港务集团有限公司委员会、海棠港务集团有限公司"


def test_a_title_whose_quotation_is_broken_over_lines_is_one_title(make_document):
    text = "关于印发《海棠港务集团有限公司\n印章管理办法》《印章刻制\n规程（试行）》\n的通知\n各单位：\n现予印发。"
    wanted = "关于印发《海棠港务集团有限公司印章管理办法》《印章刻制规程（试行）》的通知"
    assert read(make_document, text).metadata.title == wanted


def test_what_the_first_sentence_leads_in_is_no_addressee(make_document):
    found = read(make_document, "海港发〔2024〕1号\n关于值班的通知\n现将有关事项通知如下：\n一、按时到岗。")
    assert found.metadata.addressee is None


def test_a_reply_with_the_force_of_law_keeps_its_edition(make_document):
    text = "关于印章效力问题的批复\n（2020年3月1日公布，自2020年4月1日起施行）\n各分院：\n经研究，批复如下。"
    found = read(make_document, text)
    assert found.kind is DocumentKind.REGULATION
    assert found.metadata.effective_from == date(2020, 4, 1)


def test_adoption_by_a_meeting_is_no_publication(make_document):
    articles = "第一条　甲。\n第二条　本办法由办公室解释。"
    adopted = read(make_document, f"印章管理办法\n（2024年3月1日总经理办公会审议通过）\n{articles}").metadata
    assert (adopted.published, adopted.effective_from, adopted.edition) == (None, None, "2024年通过")
    law = read(make_document, f"印章法\n（2024年3月1日第一届全国人民代表大会第二次会议通过）\n{articles}").metadata
    assert law.published == date(2024, 3, 1)


def test_the_date_of_the_first_edition_is_not_that_of_one_a_committee_revised(make_document):
    text = (
        "印章管理规定\n（2016年3月1日公司董事会第2次会议通过　根据2020年12月23日公司董事会第9次会议通过的《决定》修正）\n"
        "第一条　甲。\n第二条　本规定自2016年5月1日起施行。"
    )
    known = structure(make_document(text)).metadata
    assert (known.edition, known.published, known.effective_from) == ("2020年修正", None, None)


def test_promulgated_with_the_adoption_but_on_no_day_of_its_own(make_document):
    line = "（2020年9月28日公司董事会第52次会议通过，现予公布，自2021年7月1日起施行）"
    known = structure(make_document(f"印章管理规定\n{line}\n第一条　甲。\n第二条　乙。")).metadata
    assert (known.published, known.effective_from) == (None, date(2021, 7, 1))


def test_an_addressee_broken_inside_a_word_is_whole(make_document):
    found = read(make_document, "海港发〔2024〕1号\n关于值班的通知\n各党委、党总支，总部各部\n门：\n请按时到岗。")
    assert found.metadata.addressee == "各党委、党总支，总部各部门"
