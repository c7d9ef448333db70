"""What a question falls into: its parts, each standing alone; and what stays one question."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.parts import Named, Part, Source, pieces, split

PEOPLE = ("周明远", "沈立群")


def parts(question: str) -> tuple[Part, ...]:
    works = [match.span() for match in re.finditer("《[^》]*》", question)]
    return split(question, Named(works, PEOPLE))


def texts(question: str) -> list[str]:
    return [part.text for part in parts(question)]


@pytest.mark.parametrize(
    "question",
    [
        "集中整改期限是多长?",
        "哪些情形可以开展提级巡察?",
        "能不能提级?谁批?",  # what it is about is said once, and answered in one place
        "申请延期要提前几天提出来,谁批,最多能延多久?",
        "能带家属吗,行不行?",
        "听说要提级,是真的吗?",
        "来不及批就走的出差,事后几天内补手续?",
        "跟小贩买点东西,几千块,还要写协议吗?",
        "周明远讲的巡前、巡中、巡后三个环节各要做什么?",
        "《整改办法》和《工作办法》写的不一样,以哪个为准?",
        "监督执纪和问责的权限是什么?",
        "宣贯会上有人问按不按新办法追究,周明远怎么回答的?",
    ],
)
def test_one_question_stays_one(question: str) -> None:
    assert parts(question) == ()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "投资超概算,决策制度怎么规定的,反馈会上周明远又是怎么讲的?",
            ["投资超概算,决策制度怎么规定的", "投资超概算,反馈会上周明远又是怎么讲的"],
        ),
        (
            "领导小组多久开一次会,《工作办法》和《工作规则》各是怎么规定的?",
            ["领导小组多久开一次会,《工作办法》", "领导小组多久开一次会,《工作规则》"],
        ),
        (
            "常规巡察和专项巡察的现场工作时间分别是多少天?",
            ["常规巡察的现场工作时间是多少天", "专项巡察的现场工作时间是多少天"],
        ),
        ("南坡采场的年产量和职工人数分别是多少?", ["南坡采场的年产量是多少", "南坡采场的职工人数是多少"]),
        ("管车的和管印章的,各干满几年要换人?", ["管车的,干满几年要换人", "管印章的,干满几年要换人"]),
        (
            "招标的、基建的和巡察的档案,各要存多久?",
            ["招标的档案,要存多久", "基建的档案,要存多久", "巡察的档案,要存多久"],
        ),
        ("整改方案由谁审核?问题线索几天内移交?", ["整改方案由谁审核", "问题线索几天内移交"]),
        (
            "整改方案制度上给几天,动力厂这次要哪天前交?",
            ["整改方案制度上给几天", "整改方案给,动力厂这次要哪天前交"],
        ),
    ],
)
def test_each_part_stands_alone_with_what_it_shares_with_the_others(question: str, expected: list[str]) -> None:
    assert texts(question) == expected


def test_a_part_is_called_by_its_own_words() -> None:
    found = parts("专项巡察算不算全覆盖次数?办法怎么写、周明远怎么讲的?")
    assert [part.words for part in found] == ["办法怎么写", "周明远怎么讲的"]


def test_of_sources_that_speak_to_one_thing_the_rule_comes_first_then_what_was_said_then_what_was_found() -> None:
    found = parts("拆分合同规避招标,台账里查出几笔,会上怎么说的,制度怎么规定的?")
    assert [part.source for part in found] == [Source.RULE, Source.TALK, Source.FACT]


def test_questions_of_one_source_are_not_limited_to_a_kind_of_text() -> None:
    assert {part.source for part in parts("整改方案由谁审核?问题线索几天内移交?")} == {None}


def test_what_surely_names_its_source_is_limited_to_it() -> None:
    found = parts("总经理当场奖励集体的权限是多少,抢险突击队这次拿了多少?")
    assert [part.source for part in found] == [None, Source.FACT]
    assert {part.source for part in parts("例会多久开一次?投标保证金最高收多少?")} == {None}


def test_a_part_tells_what_it_shares_with_another() -> None:
    found = parts("整改方案制度上给几天,动力厂这次要哪天前交?")
    assert [part.shared for part in found] == ["", "整改方案给"]


def test_a_list_of_many_things_is_one_question() -> None:
    assert parts("招标、基建、财务、人事和巡察,各要存多久?") == ()


def test_what_asks_nothing_belongs_to_its_neighbour() -> None:
    assert pieces("拿不到材料,没什么动静,下一步由谁出面?") == ["拿不到材料,没什么动静,下一步由谁出面"]
    assert pieces("发现多少个问题?涉及哪些单位?") == ["发现多少个问题", "涉及哪些单位"]


FRAGMENTS = [
    "巡察",
    "整改方案",
    "周明远",
    "会上",
    "《办法》",
    "《规则》",
    "和",
    "、",
    ",",
    "?",
    "怎么",
    "规定",
    "讲的",
    "多少",
    "分别",
    "各",
    "的",
    "几天",
    "这次",
    "把",
    "及",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=14))
def test_whatever_is_asked_falls_into_none_or_a_few_parts_each_with_words(fragments: list[str]) -> None:
    found = parts("".join(fragments))
    assert len(found) in (0, 2, 3, 4)
    assert all(part.text and part.words for part in found)
