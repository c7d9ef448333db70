"""What a question demands and a text can be seen to lack; and the words in which a refusal says so."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from app.answer.answerable import absent
from app.answer.asking import _QUESTION_WORDS, Term, Want, _role, strangers, wants
from app.answer.asking import Ask as AskedFor
from app.answer.matching import satisfied
from app.answer.measures import lacking, measures
from app.answer.refuse import last_word
from app.assistant import Assistant
from app.main import opened
from app.model import Answer
from app.settings import Clock, Settings
from app.tools.findings import Vocabulary, ledger_question
from ingest.build import ingest_paths
from ingest.catalogue import Snapshot
from ingest.document import LOCAL
from ingest.segment import search_key

Ask = Callable[..., Answer]


def words(question: str) -> list[str]:
    return [measure.words for measure in measures(search_key(question))]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("评标专家来一趟给多少劳务费", ["金额或标准"]),
        ("公务交通补贴一个月发多少", ["金额或标准"]),
        ("最贵能买多少钱的", ["金额或标准"]),
        ("违约金最高能约到百分之几", ["比例"]),
        ("查实了几成", ["比例"]),
        ("介绍信几天内有效", ["期限"]),
        ("安全带多久送检一次", ["期限"]),
        ("值班表几号前报", ["时间"]),
        ("早餐几点开门", ["时间"]),
        ("一共拍卖了几辆旧车", ["多少辆"]),
        ("报告要写多少字", ["多少字"]),
        ("注册资本是多少", ["所问的数量"]),
        ("举报电话号码是多少", ["所问的数量", "号码或网址"]),
        ("会上讲了哪几点要求", []),
        ("总结了几点，分别什么期限", ["期限"]),
        ("答疑会定在哪天几点", ["时间"]),
        ("合格率比上年降了几个点", ["比例"]),
        ("值班室的电话号码", ["号码或网址"]),
        ("头一个电话几分钟内要打到总部", ["期限"]),
        ("站上统共没几个人", []),
        ("那几件急事怎么办", []),
        ("一台才几十万，自己能卖吗", []),
        ("不值几个钱也不行吗", []),
        ("好几个部门都不批怎么办", []),
    ],
)
def test_what_a_number_is_asked_in_is_read_off_the_question(question: str, asked: list[str]) -> None:
    assert words(question) == asked


@pytest.mark.parametrize(
    ("question", "text", "lacks"),
    [
        ("去年拍卖了几辆旧车", "车辆处置应当在三十日内公开拍卖。", True),
        ("去年拍卖了几辆旧车", "全年公开拍卖旧车12辆。", False),
        ("公务交通补贴一个月发多少", "应当自任免文件下达之日起1个月内将车辆交回。", True),
        ("公务交通补贴一个月发多少", "补贴标准为每月一千三百元。", False),
        ("干部任免开会要到多少人才能开", "应到成员三分之二以上到会方可召开。", False),
        ("听一个单位的汇报要多长时间", "汇报时间一般不少于三十分钟。", False),
        ("成绩的篇幅最多占几成", "对成绩的评价不超过全文的十分之一。", False),
        ("报告最多写多少字", "对成绩的评价不超过全文的十分之一。", True),
        ("每年抽查多少所学校", "每年对不少于三分之一的学校进行抽查。", False),
        ("现场工作多少天", "第三十五条　一般应当统一安排。", True),
        ("怎么报销", "凭票据报销。", False),
        ("2024年第一轮发现多少个问题", "对2024年第一轮发现的共性问题作了通报，部署第二轮。", True),
        ("巡察组走访了几家单位", "第三批巡察组走访单位十二家。", False),
    ],
)
def test_a_text_without_a_number_of_the_kind_asked_for_lacks_it(question: str, text: str, lacks: bool) -> None:
    assert bool(list(lacking(search_key(question), search_key(text)))) is lacks


def unknown(words: Sequence[str]) -> Mapping[str, int]:
    return defaultdict(int)


@pytest.mark.parametrize("question", ["宝武集团的规划", "河钢怎么做的", "铸管厂有几个问题", "李晓明在会上讲了什么"])
def test_whom_no_text_knows_is_a_stranger(question: str) -> None:
    assert strangers(question, unknown)


@pytest.mark.parametrize(
    "question", ["跟外国船公司谈航线", "落选厂家的押金", "派到合资公司当董事", "自己厂的人讲课", "贺书记要求纪检干什么"]
)
def test_parts_of_words_and_posts_are_no_strangers(question: str) -> None:
    assert strangers(question, unknown) == []


def test_a_refusal_names_the_nearest_place_and_what_it_lacks(ask: Ask) -> None:
    answer = ask("集中整改超期一天罚款多少元？")
    assert answer.reason is not None
    assert "《青山集团巡察工作办法》" in answer.reason.message
    assert "金额" in answer.reason.message
    assert answer.related


def test_words_said_by_another_are_told_to_be_his(ask: Ask) -> None:
    answer = ask("沈立群在动员部署会上是怎么强调重复发生的问题从重处理的？")
    assert answer.reason is not None
    assert answer.reason.code == "premise"
    assert "周明远所讲，不是沈立群所讲" in answer.reason.message


def test_who_said_it_is_answered_by_the_words_of_whoever_did(ask: Ask) -> None:
    answer = ask("重复发生的问题一律从重处理，这话是谁说的？")
    assert answer.reason is None
    assert "一律从重处理" in answer.text


def asked(*terms: Term) -> AskedFor:
    return AskedFor("问", terms, frozenset())


def test_only_words_the_library_has_can_be_absent() -> None:
    known, unknown_word = Term("罚款", 0.8), Term("掏腰包", 1.3)
    assert absent(asked(known, unknown_word), ["集中整改期限为三个月"]) == 1
    assert absent(asked(known, unknown_word), ["逾期的处以罚款"]) == 0
    assert absent(asked(unknown_word), ["集中整改期限为三个月"]) == 0


def test_another_word_for_it_is_not_absent() -> None:
    assert absent(asked(Term("拍板", 0.9, (("决定", 0.85),))), ["由总经理决定"]) == 0


def test_what_is_asked_of_a_subject_stands_last() -> None:
    terms = (Term("津贴", 0.9), Term("巡察组", 0.4), Term("周明远", 1.0, name=True))
    assert last_word(AskedFor("周明远说巡察组有津贴吗", terms, frozenset())) == terms[0]
    assert last_word(AskedFor("周明远呢", terms[2:], frozenset())) is None


def test_a_question_none_of_whose_words_the_library_has_is_not_in_it(ask: Ask) -> None:
    answer = ask("骆驼奶酪发酵罐的温度怎么调？")
    assert answer.reason is not None
    assert answer.reason.code == "not_in_library"
    assert "没有找到与" in answer.reason.message


REPORT = """\
---
title: 关于巡察整改进展情况的报告
kind: meeting
date: 2025-09-02
---
# 关于巡察整改进展情况的报告

巡察反馈的33个问题，截至8月31日已完成整改27个，其余6个正在整改。
阚景澄说，盲目求快是老毛病。对上次没改、这次又查出来的问题，一律先问责后整改。
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks a library of one report, without a ledger."""
    directory = tmp_path_factory.mktemp("told")
    (directory / "report.md").write_text(REPORT, encoding="utf-8")
    with opened(Settings(library=directory / "library"), say=lambda _: None) as it:
        ingest_paths(it.library, [directory / "report.md"])
        assistant = Assistant(it.library, it.records, Clock())
        yield lambda question: assistant.answer(question, caller=LOCAL)


def test_without_a_ledger_the_texts_tell_how_many_findings_there_are(told: Ask) -> None:
    answer = told("反馈的33个问题截至8月31日完成整改多少个？")
    assert answer.reason is None
    assert "已完成整改27个" in answer.text


def test_a_count_neither_told_nor_kept_says_that_there_is_no_ledger(told: Ask) -> None:
    answer = told("工会经费类发现问题多少个？")
    assert answer.reason is not None
    assert answer.reason.code == "ledger_not_covering"
    assert "没有巡察发现问题台账" in answer.reason.message


def test_what_a_report_says_of_findings_is_not_counted_in_the_ledger(snapshot: Snapshot) -> None:
    vocabulary = Vocabulary.of(snapshot, LOCAL)
    assert ledger_question("动力厂发现多少个问题", vocabulary) is not None
    assert ledger_question("整改报告里说动力厂有多少个问题", vocabulary) is None


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("请核实:年底前再开两条航线", False),
        ("再开两条航线,请核对", False),
        ("有7个没问过纪委,属实吗", False),
        ("由谁核实", True),
        ("哪天核对账目", True),
    ],
)
def test_that_something_is_to_be_confirmed_is_no_subject(question: str, asked: bool) -> None:
    assert ("核" in _QUESTION_WORDS.sub(" ", question) or "属实" in _QUESTION_WORDS.sub(" ", question)) is asked


@pytest.mark.parametrize("question", ["法院定在哪天开庭", "违规账户如何处置", "在哪年立的项"])
def test_a_day_and_a_treatment_are_no_places(question: str) -> None:
    assert Want.PLACE not in wants(question)


@pytest.mark.parametrize(
    ("question", "text", "held"),
    [
        ("老书记退了先由谁顶着", "书记退休,由副总经理葛砚舒临时主持工作。", True),
        ("确需调整报谁同意", "确需调整的报组织部同意。", True),
        ("冒领补助的分会主席是谁", "涂装分会主席姬长安已被免职。", True),
        ("冒领补助的分会副主席是谁", "涂装分会主席姬长安已被免职。", False),
        ("谁丢了钥匙", "煤样室的钥匙丢了一把。", False),
    ],
)
def test_who_did_it_is_held_by_a_name_or_where_a_body_may_act_by_a_body(question: str, text: str, held: bool) -> None:
    ask = AskedFor(question, (), wants(question), role=_role(question))
    assert satisfied(Want.PERSON, ask, text, rule=False) is held
