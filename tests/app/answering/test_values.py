"""Numbers and dates as values: the same however they are written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answer.values import Day, days, key_of, values

DIGITS = "零一二三四五六七八九"
UNITS = ("日", "个工作日", "个月", "件", "人", "次", "万元", "小时")


def chinese(number: int) -> str:
    """A number below a thousand as regulations write it."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    head = f"{DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        middle = "十" if tens == 1 and not hundreds else f"{DIGITS[tens]}十"
    else:
        middle = "零" if hundreds and ones else ""
    return (head + middle + (DIGITS[ones] if ones else "")) or "零"


def same(text: str) -> list[tuple[float, str]]:
    return [value.same for value in values(key_of(text))]


@given(st.integers(2, 999), st.sampled_from(UNITS))
def test_a_number_in_the_other_script_is_the_same_value(number: int, unit: str) -> None:
    assert same(f"应当在{number}{unit}以内办理") == same(f"应当在{chinese(number)}{unit}以内办理") != []


@given(st.integers(2, 900), st.integers(1, 99), st.sampled_from(UNITS))
def test_a_shifted_number_is_another_value(number: int, shift: int, unit: str) -> None:
    assert same(f"不超过{number}{unit}") != same(f"不超过{chinese(number + shift)}{unit}")


@given(st.integers(1, 100))
def test_a_percentage_in_words_is_the_same_value(number: int) -> None:
    assert same(f"不低于{number}%") == same(f"不低于百分之{chinese(number)}")


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_date_is_read_in_every_form(day: date) -> None:
    wanted = [Day(day.year, day.month, day.day)]
    year = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year))
    for text in (
        f"{day.year}年{day.month}月{day.day}日",
        day.isoformat(),
        f"{year}年{chinese(day.month)}月{chinese(day.day)}日",
    ):
        assert days(key_of(text)) == wanted, text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("两年", "24个月"),
        ("半年", "六个月"),
        ("三天", "3日"),
        ("15家单位", "十五个单位"),
        ("两名", "2人"),
        ("1,500万元", "一千五百万元"),
        ("第（四）项", "第四项"),
        ("第24条之一", "第二十四条之一"),
        ("三分之二", "3分之2"),
        ("六成", "百分之六十"),
        ("五分之四", "80%"),
        ("千分之一点五", "1.5‰"),
        ("九点八%", "9.8%"),
        ("半小时", "30分钟"),
        ("2小时40分", "两小时四十分钟"),
        ("中午12点前", "12时前"),
        ("三至六个月", "3至6个月"),
        ("五十五周岁", "55岁"),
        ("6个人", "六名"),
    ],
)
def test_other_words_for_one_value(one: str, other: str) -> None:
    assert same(one) == same(other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("五日", "五个工作日"),
        ("第二十四条", "第二十四条之一"),
        ("第二款", "第二项"),
        ("三分之一", "三分之二"),
        ("50万元", "50元"),
    ],
)
def test_values_that_only_look_alike(one: str, other: str) -> None:
    assert same(one) != same(other)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("五件以上", "least"),
        ("至少5件", "least"),
        ("不少于五件", "least"),
        ("超过五件", "least"),
        ("五件以下", "most"),
        ("最多5件", "most"),
        ("不得超过五件", "most"),
        ("不足五件", "most"),
        ("至少要在现场看五件", "least"),
        ("五件为限", "most"),
        ("五日内", "most"),
        ("五日前", "before"),
        ("五日之后", "after"),
        ("提前五日", "least"),
        ("五件", ""),
    ],
)
def test_the_side_of_a_bound(text: str, bound: str) -> None:
    (value,) = values(key_of(text))
    assert value.bound == bound


def test_the_side_of_a_date() -> None:
    sides = {
        text: [day.side for day in days(key_of(text))] for text in ("7月3日前", "7月3日起", "9月12日17时之前", "7月3日")
    }
    assert sides == {"7月3日前": ["before"], "7月3日起": ["after"], "9月12日17时之前": ["before"], "7月3日": [""]}


def test_a_document_number_holds_its_year() -> None:
    assert Day(2016, 0, 0) in days(key_of("青集发〔2016〕9号"))


def test_an_article_is_no_count() -> None:
    assert [value.loose for value in values(key_of("一个单位一次报告三份材料"))] == [True, True, False]


def test_months_and_years_of_dates_are_no_periods() -> None:
    assert same("2024年7月1日起施行") == []
    assert days(key_of("十二月底前")) == [Day(0, 12, 0)]
    assert days(key_of("三个月内")) == []
