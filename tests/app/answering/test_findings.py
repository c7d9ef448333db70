"""Counts, lists and groupings over the ledger."""

from datetime import date

import pytest

from app.model import Filters
from app.tools.findings import Computed, compute
from app.tools.ledger import Vocabulary
from app.tools.reading import ledger_question
from ingest.catalogue import Snapshot
from ingest.document import LOCAL, Caller

DAY = date(2025, 12, 31)


def computed(
    question: str, snapshot: Snapshot, filters: Filters | None = None, caller: Caller = LOCAL
) -> Computed | None:
    asked = ledger_question(question, Vocabulary.of(snapshot, caller), DAY)
    assert asked is not None
    return compute(asked, snapshot, caller, question, filters or Filters())


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("2024年第一轮发现问题多少个", 3),
        ("2024年共发现多少个问题", 4),
        ("动力厂2024年第一轮发现了几个问题", 2),
        ("招标采购类问题有多少个", 2),
        ("2024年第一轮还没有完成整改的问题有多少个", 2),
        ("提级巡察发现了多少个问题", 1),
        ("定性依据为《采购办法》的问题有多少个", 2),
        ("违反《采购办法》第三条的问题有几个", 1),
        ("涉及账实不符的问题有多少个", 1),
        ("逾期未完成的问题有多少个", 3),
        ("2024年9月30日前应完成整改的问题有多少个", 2),
        ("2024年第一轮要求在2024年9月底前整改完的问题有几个", 2),
        ("整改期限晚于2024年10月1日的问题有几个", 2),
        ("2024年两轮巡察合起来查出多少问题", 4),
        ("二〇二四年第二轮共查出问题多少个", 1),
        ("常规巡察和提级巡察一共发现多少个问题", 4),
        ("二炼钢查出多少个问题", 1),
        ("2024年第一轮还剩多少问题没改完", 2),
        ("2024年有几个问题整改还没动", 1),
        ("除动力厂外2024年第一轮发现多少个问题", 1),
        ("2024年第一轮不是招标采购类的问题有多少个", 2),
        ("2024年第一轮有没有选人用人方面的问题", 1),
        ("超过整改期限还没改完的问题有多少", 3),
        ("2024年第一轮招标采购以外的问题有多少", 2),
        ("2024年第一轮和第二轮一共发现多少问题", 4),
        ("违反采购办法的问题有多少个", 2),
        ("去年发现了多少个问题", 4),
        ("最近两轮巡察发现多少问题", 4),
        ("台账里总共记了多少条问题", 4),
        ("2024年第一轮没完成整改的有多少", 2),
        ("动力厂还有几个没改完", 2),
        ("2024年压根没动手整改的有几件", 1),
        ("动力厂前后两次一共被查出多少问题", 2),
    ],
)
def test_counts_are_exact(question: str, count: int, snapshot: Snapshot) -> None:
    found = computed(question, snapshot)
    assert found is not None
    assert found.query is not None
    assert found.query.count == count == len(found.query.finding_ids)


def test_a_count_and_its_units_are_one_sentence(snapshot: Snapshot) -> None:
    found = computed("2024年第一轮发现问题多少个?涉及哪些单位?", snapshot)
    assert found is not None
    assert found.text == "2024年第一轮巡察发现问题共 3 个；涉及 2 个单位：动力厂（2 个）、炼钢二厂（1 个）。"
    assert found.query is not None
    assert found.query.conditions == {"轮次": "2024年第一轮"}
    assert found.query.link.startswith("/api/findings?round=")


def test_groups_and_the_greatest_are_computed(snapshot: Snapshot) -> None:
    groups = computed("2024年各类别的问题分别有多少个", snapshot)
    assert groups is not None
    assert "招标采购 2 个，财务资产 1 个，选人用人 1 个" in groups.text
    top = computed("2024年第一轮问题最多的单位是哪个", snapshot)
    assert top is not None
    assert "最多的是动力厂（2 个）" in top.text


def test_a_rate_names_part_and_whole(snapshot: Snapshot) -> None:
    found = computed("2024年第一轮整改完成率是多少", snapshot)
    assert found is not None
    assert "共 3 个，其中“已完成” 1 个，占 33.3%" in found.text


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("2022年第一轮发现多少个问题", "2022年第一轮"),
        ("2024年第三轮发现多少个问题", "2024年第三轮"),
        ("2024年第一轮南坡采场发现多少个问题", "南坡采场"),
    ],
)
def test_what_the_ledger_does_not_cover_is_never_nought(question: str, words: str, snapshot: Snapshot) -> None:
    found = computed(question, snapshot)
    assert found is not None
    assert found.refusal is not None
    assert found.refusal.code == "ledger_not_covering"
    assert words in found.refusal.message


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("平均每轮巡察发现多少个问题", "台账发现问题共 4 个，涉及 2 个轮次，平均每轮 2.0 个。"),
        ("巡察查出的问题哪家单位最多", "台账发现问题按被巡察单位最多的是动力厂（2 个）。"),
    ],
)
def test_rankings_and_averages_are_told_with_their_numbers(question: str, text: str, snapshot: Snapshot) -> None:
    found = computed(question, snapshot)
    assert found is not None
    assert found.text == text


def test_a_covered_condition_without_rows_is_nought_with_its_query(snapshot: Snapshot) -> None:
    found = computed("2024年第一轮动力厂招标采购类问题有多少个", snapshot)
    assert found is not None
    assert found.query is not None
    assert found.query.count == 0


@pytest.mark.parametrize(
    "question",
    [
        "2024年第一轮发现的问题金额一共是多少",
        "2024年第一轮重要问题有几个",
        "2024年上半年发现的问题有多少个",
        "2024年第一轮问题平均多少金额",
        "2024年第一轮重复发生的问题有多少个",
    ],
)
def test_words_no_query_can_express_are_not_ignored(question: str, snapshot: Snapshot) -> None:
    assert computed(question, snapshot) is None


@pytest.mark.parametrize(
    "question",
    [
        "轧钢三厂发现了多少个问题",
        "2024年第一轮南坡采场发现几个问题",
        "2024年第一轮提级巡察发现多少个问题",
        "2024年第一轮动力厂和南坡采场一共发现多少个问题",
        "上一轮发现多少个问题",
    ],
)
def test_what_the_ledger_does_not_cover_is_no_zero(question: str, snapshot: Snapshot) -> None:
    found = computed(question, snapshot)
    assert found is not None
    assert found.refusal is not None
    assert found.refusal.code == "ledger_not_covering"


@pytest.mark.parametrize(
    "question", ["整改期限是多少天", "培训要解决什么问题", "动员会上通报了多少个问题", "提级巡察由谁批准"]
)
def test_other_questions_are_not_about_the_ledger(question: str, snapshot: Snapshot) -> None:
    assert ledger_question(question, Vocabulary.of(snapshot, LOCAL), DAY) is None


def test_a_number_asks_for_its_row(snapshot: Snapshot) -> None:
    found = computed("编号2024-1-002的问题整改期限是什么时候", snapshot)
    assert found is not None
    assert [row.number for row in found.rows] == ["2024-1-002"]
    assert found.fields == ("整改期限",)


def test_what_the_caller_limits_holds_besides(snapshot: Snapshot) -> None:
    found = computed("2024年共发现多少个问题", snapshot, Filters(units=("动力厂",)))
    assert found is not None
    assert found.query is not None
    assert found.query.count == 2


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (
            "2024年第一轮和第二轮相比，哪一轮发现的问题多",
            "2024年第一轮 3 个，2024年第二轮 1 个；2024年第一轮比2024年第二轮多 2 个",
        ),
        ("2024年发现问题多少个，其中整改中的有几个", "共 4 个；其中“整改中” 2 个"),
        ("各轮巡察分别发现多少问题", "按轮次：2024年第一轮 3 个，2024年第二轮 1 个"),
        ("各种巡察类型分别发现多少问题", "按巡察类型：常规巡察 3 个，提级巡察 1 个"),
        ("哪一轮发现的问题最少", "按轮次最少的是2024年第二轮（1 个）"),
        ("问题最多的两个类别是什么", "招标采购（2 个）"),
        ("招标采购问题占全部问题的多少", "台账发现问题共 4 个，其中“招标采购” 2 个，占 50.0%"),
        ("提级巡察的问题占多大比重", "其中“提级巡察” 1 个，占 25.0%"),
    ],
)
def test_shares_orders_and_comparisons_are_computed(question: str, words: str, snapshot: Snapshot) -> None:
    found = computed(question, snapshot)
    assert found is not None
    assert words in found.text
