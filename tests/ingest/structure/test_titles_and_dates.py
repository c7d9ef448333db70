from datetime import date

import pytest

from ingest.structure.dates import days_in, deadline
from ingest.structure.numerals import parse_number
from ingest.structure.titles import normal_title, organisation, short_titles, split_edition, work_key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十二", 12),
        ("一百零七", 107),
        ("一百〇七", 107),
        ("一○七", 107),
        ("二十", 20),
        ("１２", 12),
        ("两", 2),
        ("第", None),
        ("", None),
    ],
)
def test_numbers_in_either_script(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024年6月18日", date(2024, 6, 18)),
        ("二〇二四年六月十八日", date(2024, 6, 18)),
        ("2024-06-18", date(2024, 6, 18)),
        ("２０２４／６／１８", date(2024, 6, 18)),
        ("2024.6.18", date(2024, 6, 18)),
    ],
)
def test_dates_in_every_usual_form(text, day):
    assert [d.day for d in days_in(f"于{text}印发")] == [day]


def test_a_day_that_does_not_exist_is_no_date():
    assert days_in("2023年2月30日") == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-15", date(2024, 5, 15)),
        ("2024年5月15日前", date(2024, 5, 15)),
        ("2024.2", date(2024, 2, 29)),
        ("2024年5月底", date(2024, 5, 31)),
        ("2024年底", date(2024, 12, 31)),
        ("长期坚持", None),
        ("2024.6.30", date(2024, 6, 30)),
        ("2024/6/30 0:00", date(2024, 6, 30)),
        ("2024. 6. 30", date(2024, 6, 30)),
        ("20240630", date(2024, 6, 30)),
        ("45473", date(2024, 6, 30)),
        ("2024年6月底前", date(2024, 6, 30)),
        ("2024年6月中旬", date(2024, 6, 20)),
        ("2024年第二季度末", date(2024, 6, 30)),
        ("2024年上半年", date(2024, 6, 30)),
        ("2024年年底前", date(2024, 12, 31)),
        ("6月底", None),
        ("1234567", None),
    ],
)
def test_deadlines_are_days_or_the_end_of_what_they_name(text, day):
    assert deadline(text) == day


def test_edition_marks_are_no_part_of_the_work():
    same = [
        "《巡察工作办法》",
        "巡察工作办法（2024年修订）",
        "巡察工作办法(试行)",
        "巡 察 工 作 办 法（2018版）",
        "巡察工作办法2018版",
        "巡察工作辦法（修订）",
    ]
    assert {normal_title(title) for title in same} == {"巡察工作办法"}
    assert split_edition("巡察工作办法（2024年修订）") == ("巡察工作办法", "2024年修订")


def test_quotes_and_width_do_not_make_another_work():
    assert (
        normal_title("“三重一大”决策制度") == normal_title("三重一大决策制度") == normal_title("「三重一大」决策制度")
    )


@pytest.mark.parametrize(
    ("title", "shorts"),
    [
        ("岱川钢铁集团有限公司党委巡察工作办法", ("党委巡察工作办法", "巡察工作办法")),
        ("中华人民共和国公务员法", ("公务员法",)),
        ("中国共产党巡视工作条例", ("巡视工作条例",)),
        ("最高人民法院关于民事执行的规定", ("关于民事执行的规定",)),
        ("国有公司监管办法", ()),
        ("个体工商户条例", ()),
        ("中国共产党章程", ()),
    ],
)
def test_short_titles_leave_out_the_organisation(title, shorts):
    assert short_titles(title) == shorts


def test_the_organisation_of_a_title():
    assert organisation("岱川钢铁集团有限公司党委巡察工作办法") == "岱川钢铁集团有限公司党委"
    assert organisation("最高人民法院、最高人民检察院关于公益诉讼的解释") == "最高人民法院、最高人民检察院"
    assert organisation("公平竞争审查条例") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("中华人民共和国公务员法", None), ("公务员法（2018年修订）", None)),
        (("中国共产党巡视工作条例", None), ("巡视工作条例", None)),
        (("印章管理办法（试行）", None), ("印章管理办法（2024年版）", None)),
        (("海棠港务集团有限公司党委印章管理办法", None), ("印章管理办法", "中共海棠港务集团有限公司委员会")),
        (("海棠港务集团有限公司印章管理办法", None), ("《印章管理办法》（2024）", "海棠港务集团有限公司办公室")),
        (("印章管理办法（第二版）", None), ("印章管理办法（2023年修正）", None)),
    ],
)
def test_titles_of_one_work(one, other):
    assert work_key(*one) == work_key(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("印章管理办法", "海棠港务集团有限公司"), ("印章管理办法", "青石矿业股份有限公司")),
        (("海棠港务集团有限公司印章管理办法", None), ("印章管理办法", None)),  # whose it is, is not known
        (("印章管理办法", None), ("印章管理规定", None)),
        (("中国共产党章程", None), ("章程", None)),
    ],
)
def test_titles_of_different_works(one, other):
    assert work_key(*one) != work_key(*other)
