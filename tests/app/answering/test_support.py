"""The rules that tell a supported sentence from one that is not, one test a rule and its other side."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answer.generative import Written, sentences
from app.answer.support import Source, doubts

ABOUT = "《青山集团党委巡察工作办法》（2024年修订）第十二条第三款"
RULE = Source(
    "提级巡察由巡察办商组织部、纪委提出建议，经领导小组审议后，报集团党委批准。情况紧急的，可以由领导小组组长批准先行启动，"
    "并在十五日内补报集团党委；但仅符合前款第（四）项情形的，不得先行启动。",
    ABOUT,
)
EXTENSION = Source(
    "因客观原因不能在集中整改期限内完成的事项，应当在期限届满十五日前提出延期申请，经领导小组批准，可以延期一次，延期不超过三个月。",
    "《青山集团党委巡察工作办法》（2024年修订）第三十七条第一款",
)
EXTENSION_2021 = Source(
    "因客观原因不能在集中整改期限内完成的事项，应当在期限届满十日前提出延期申请，经领导小组副组长批准，可以延期一次，延期不超过两个月。",
    "《青山集团党委巡察工作办法》（2021年修订）第三十三条第一款",
)
MEETING = Source(
    "郑启航通报：截至2024年9月18日，2024年第一轮巡察反馈的55个问题，已完成41个，整改中9个，没有未启动的事项。",
    "巡察整改推进会会议纪要 2024年9月20日 郑启航",
)
FINDING = Source(
    "编号：2023-1-007\n被巡察单位：热轧厂\n问题描述：17笔备用金借款共67.9万元未经审批，6份合同无监理签字。\n整改期限：2023-09-28\n整改状态：已完成",
    "台账 编号 2023-1-007",
)
LEVELS = Source(
    "单次维修费用3000元以下的由车队负责人审批，3000元以上1万元以下的由集团办公室主任审批，1万元以上的由分管领导审批。"
    "资料原则上不得带出，但经主任批准的除外。",
    "《青山集团公务用车管理办法》第二十一条",
)
LEASE = Source(
    "单笔不超过三成的由采购部批准，超过的由总经理批准；年度考核优秀的商户，经管理部批准，可以续租一次。使用期满八年方可更换，"
    "使用不满八年但有隐患的除外。印章确需外带的，由主任登记。备用钥匙由值班员每季度交回一次。",
    "《青山集团商铺管理办法》第九条",
)
SAID_BEFORE = Source("她要求三个月内完成整改。", "反馈意见", before="反馈会上，邬静澜强调，整改是交账。")
NAMES = ("邬静澜", "郑启航", "韩松岩", "热轧厂", "炼铁厂")


def codes(sentence: str, *cited: Source, others: tuple[Source, ...] = ()) -> set[str]:
    return {doubt.code for doubt in doubts(sentence, cited, others, NAMES)}


TRUE = [
    ("提级巡察须报集团党委批准，之前由领导小组审议。", RULE),
    ("只符合前款第四项情形的，禁止先行启动。", RULE),
    ("根据《巡察工作办法》（2024年修订）第12条第3款，紧急时可由领导小组组长批准先启动，15日内补报集团党委。", RULE),
    ("整改延期只有一次，最长3个月，而且须经领导小组批准。", EXTENSION),
    ("郑启航通报，第一轮反馈的55个问题中，完成的有41个，还有9个正在整改。", MEETING),
    ("热轧厂有17笔备用金借款没有审批，整改期限是2023年9月28日。", FINDING),
    ("维修费1万元以上由分管领导批，不到3000元的车队负责人就能批，中间的由集团办公室主任批。", LEVELS),
    ("资料一般不能带出，经主任批准的例外。", LEVELS),
    ("延期申请最迟要在期限届满前15日提出。", EXTENSION),
    ("不超过30%的采购部就能批，超过30%的须总经理批准。", LEASE),
    ("考核优秀的商户须管理部批准才可以续租，以一次为限。", LEASE),
    ("没满八年但有隐患的，更换不受此限。", LEASE),
    ("备用钥匙值班员一季度交回一次。", LEASE),
    ("邬静澜要求整改在三个月内完成。", SAID_BEFORE),
    ("三家单位共发现问题9个。", Source("共发现问题9个，其中甲厂4个、乙厂3个、丙厂2个。")),
    ("逾期的，按租金的1.5倍收取。", Source("逾期的，按照租金的百分之一百五十收取。")),
]


@pytest.mark.parametrize(("sentence", "source"), TRUE)
def test_a_paraphrase_is_supported(sentence: str, source: Source) -> None:
    assert not codes(sentence, source)


FALSE = [
    ("提级巡察由领导小组审议后，须在二十日内补报集团党委。", RULE, "number"),
    ("整改延期最少三个月，须经领导小组批准延期。", EXTENSION, "bound"),
    ("第一轮巡察反馈的55个问题，已完成9个，整改中41个。", MEETING, "exchanged"),
    ("截至2024年8月18日，第一轮巡察反馈的55个问题已完成41个。", MEETING, "date"),
    ("热轧厂的整改期限是2023年10月28日。", FINDING, "date"),
    ("韩松岩通报，第一轮巡察反馈的55个问题已完成41个。", MEETING, "name"),
    ("炼铁厂有17笔备用金借款未经审批。", FINDING, "name"),
    ("提级巡察由审计部提出建议，经领导小组审议后报集团党委批准。", RULE, "name"),
    ("提级巡察由领导小组副组长批准先行启动。", RULE, "name"),
    ("《采购管理办法》规定，提级巡察报集团党委批准。", RULE, "title"),
    ("2021年修订的办法规定，提级巡察报集团党委批准。", RULE, "edition"),
    ("根据《巡察工作办法》第十三条第三款，提级巡察报集团党委批准。", RULE, "number"),
    ("仅符合前款第（四）项情形的，可以先行启动。", RULE, "negation"),
    ("提级巡察经领导小组审议后，无须报集团党委批准。", RULE, "negation"),
    ("郑启航反对通报第一轮巡察反馈的55个问题。", MEETING, "negation"),
    ("第一轮巡察反馈的55个问题，没有完成的是41个。", MEETING, "negation"),
    ("热轧厂17笔备用金借款已经审批。", FINDING, "negation"),
    ("延期申请可以在期限届满十五日前提出延期申请。", EXTENSION, "duty"),
    ("提级巡察由集团党委审议后，报领导小组批准。", RULE, "actor"),
    ("单次维修费用3000元以上的由车队负责人审批。", LEVELS, "bound"),
    ("热轧厂在2023年9月28日后完成整改。", Source("热轧厂应当在2023年9月28日前完成整改。"), "bound"),
    ("延期申请应当在期限届满后15日提出。", EXTENSION, "bound"),
    ("维修费用3000元以下的由分管领导审批，1万元以上的由车队负责人审批。", LEVELS, "exchanged"),
    ("提级巡察经集团党委审议后，报领导小组批准。", RULE, "exchanged"),
    ("维修费1万元以上至3000元以下的，由集团办公室主任审批。", LEVELS, "exchanged"),
    ("资料一律不得带出，经主任批准的除外。", LEVELS, "scope"),
    ("资料不得带出办公场所。", LEVELS, "limit"),
    ("考核优秀的商户可以续租一次。", LEASE, "limit"),
    ("备用钥匙可以由值班员每季度交回。", LEASE, "duty"),
    ("整改延期经领导小组备案，可以延期一次。", EXTENSION, "word"),
    ("情况紧急的，可以由领导小组组长批准预付货款。", RULE, "word"),
    ("集团食堂每天供应三种面食和水果。", RULE, "not_said"),
    ("提级巡察报集团党委批准，巡察档案由档案馆永久保存并且定期数字化备份。", RULE, "not_said"),
]


@pytest.mark.parametrize(("sentence", "source", "code"), FALSE)
def test_what_the_source_does_not_say_is_doubted(sentence: str, source: Source, code: str) -> None:
    assert code in codes(sentence, source)


def test_a_sentence_without_a_source_is_not_supported() -> None:
    assert codes("提级巡察报集团党委批准。") == {"not_cited"}


def test_another_source_that_says_it_better_should_have_been_cited() -> None:
    sentence = "整改延期申请应当在期限届满前提出，经领导小组批准。"
    assert not codes(sentence, EXTENSION, others=(RULE,))
    assert "wrong_source" in codes(sentence, RULE, others=(EXTENSION,))


def test_numbers_of_two_editions_stay_with_their_edition() -> None:
    told = "整改延期在2021年修订时不超过{}，2024年修订后不超过{}。"
    assert not codes(told.format("两个月", "三个月"), EXTENSION, EXTENSION_2021)
    assert "number" in codes(told.format("三个月", "两个月"), EXTENSION, EXTENSION_2021)


def test_a_writer_may_count_what_he_lists() -> None:
    source = Source("巡察办建立组长库和专业人才库。组长库不少于十人，专业人才库不少于一百人。")
    assert not codes("巡察办建立两个库：组长库不少于10人，专业人才库不少于100人。", source)
    assert "number" in codes("巡察办建立三个库：组长库不少于10人，专业人才库不少于100人。", source)


# ---------------------------------------------------------------- the sentences of a stream

TEXT = "- **提级巡察须经集团党委批准。**[1]\n整改期限为三个月[2][3]。“谁来批？”领导小组【1、2】！\n\n（一）依据不足"


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_the_sentences_are_the_same_however_the_stream_is_cut(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(TEXT)]

    def pieces() -> Iterator[str]:
        for start, end in pairwise(ends):
            yield TEXT[start:end]

    assert list(sentences(pieces())) == list(sentences(iter([TEXT])))


def test_marks_stay_with_their_sentence() -> None:
    first, *_ = sentences(iter(TEXT))
    assert first == Written("提级巡察须经集团党委批准。", (1,))
