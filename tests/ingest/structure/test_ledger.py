from datetime import date

import pytest

from ingest.columns import map_columns
from ingest.errors import ReadError
from ingest.structure.ledger import normal_round
from ingest.structure.structure import structure

ROW = {
    "编号": "2024-1-017",
    "轮次": "二〇二四年第1轮",
    "被巡察单位": "炼钢二厂",
    "问题类别": "招标采购",
    "问题描述": "拆分合同规避招标。",
    "定性依据": "《招标采购管理办法》第五条",
    "责任部门": "物资科",
    "责任人职务": "科长",
    "整改期限": "2024年5月15日",
    "整改状态": "整改中",
}


def test_a_row_is_a_finding_and_a_passage_with_one_id(make_table):
    done = structure(make_table({"台账": [ROW]}))
    (finding,), (passage,) = done.findings, done.passages
    assert done.kind == "ledger"
    assert finding.id == passage.id == f"{done.version_id}:0"
    assert (finding.number, finding.round, finding.unit) == ("2024-1-017", "2024年第一轮", "炼钢二厂")
    assert (finding.deadline, finding.state, finding.responsible) == (date(2024, 5, 15), "整改中", "物资科 科长")
    assert finding.fields == ROW
    assert str(passage.locator) == "编号 2024-1-017"
    assert finding.span.of(done.document.text) == "\n".join(f"{k}：{v}" for k, v in ROW.items())
    assert [n.code for n in done.notices] == ["ledger_columns"]
    assert "问题描述→问题描述" in done.notices[0].message


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["序号", "检查批次", "单位", "问题类型", "存在问题", "违反规定", "整改时限", "状态"],
         ["number", "round", "unit", "category", "description", "basis", "deadline", "state"]),
        (["*序 号", "巡察\n批次", "被巡视党组织（全称）", "问题性质", "具体问题（不超过200字；必填）", "违反条款", "5.销号时限", "是否完成？"],
         ["number", "round", "unit", "category", "description", "basis", "deadline", "state"]),
        (["整改单位", "问题情况", "完成时间", "计划完成时间", "实际完成时间", "责任领导"],
         ["unit", "description", None, "deadline", None, "responsible"]),
        (["责任单位", "存在问题", "责任人"], ["unit", "description", "responsible"]),
        (["被巡察单位", "存在问题", "责任单位"], ["unit", "description", "responsible"]),
        (["问题编号", "被检查单位名称", "主要问题表现", "整改责任单位", "整改完成时限", "目前整改情况"],
         ["number", "unit", "description", "responsible", "deadline", "state"]),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_usual_names(columns, expected):
    found = map_columns(columns)
    assert [found.get(column) for column in columns] == expected


@pytest.mark.parametrize(
    "name",
    ["整改措施", "备注", "配合部门", "实际完成时间", "发现时间", "问题来源", "问题数量", "涉及金额", "审核人", "是否追责", "主要内容"],
)  # fmt: skip
def test_what_is_no_column_of_ours_stays_the_office_s_own(name):
    assert map_columns([name]) == {}


def test_the_year_of_a_round_may_stand_in_a_column_of_its_own(make_table):
    done = structure(make_table({"台账": [{"轮次": "第二轮", "年度": "2024年", "单位": "炼铁厂", "问题描述": "甲。"}]}))
    assert done.findings[0].round == "2024年第二轮"


def test_round_and_unit_are_taken_from_the_sheet_where_no_column_tells_them(make_table):
    row = {"编号": "1", "问题类别": "招标采购", "问题描述": "甲。"}
    done = structure(make_table({"2024年第一轮": [row], "炼钢二厂": [row]}))
    assert [(f.round, f.unit) for f in done.findings] == [("2024年第一轮", None), (None, "炼钢二厂")]
    assert "轮次取自表名或标题：2024年第一轮" in done.notices[0].message
    assert "被巡察单位取自表名或分组行：炼钢二厂" in done.notices[1].message


def test_several_rows_of_one_finding_count_once(make_table):
    done = structure(make_table({"台账": [ROW | {"整改措施": "甲"}, ROW | {"整改措施": "乙"}]}))
    assert len(done.findings) == 1
    assert "第3行与上一行是同一个问题" in done.notices[-1].message


def test_whether_it_is_done_is_told_in_words(make_table):
    rows = [{"编号": str(n), "单位": "炼铁厂", "问题": "甲。", "是否完成": said} for n, said in enumerate("是否√")]
    done = structure(make_table({"台账": rows}))
    assert [f.state for f in done.findings] == ["已完成", "未完成", "已完成"]
    assert done.findings[0].fields["是否完成"] == "是"


@pytest.mark.parametrize(
    ("shown", "normal"),
    [
        ("2024年第1轮", "2024年第一轮"),
        ("二〇二四年第一轮巡察", "2024年第一轮"),
        ("2024年度第二批", "2024年第二批"),
        ("2024-1", "2024年第一轮"),
        ("第一轮", "第一轮"),
        ("2022年专项检查", "2022年专项检查"),
    ],
)
def test_rounds_are_written_one_way(shown, normal):
    assert normal_round(shown) == normal


def test_a_ledger_without_its_key_column_says_what_is_missing_where(make_table):
    row = {k: v for k, v in ROW.items() if k != "问题描述"}
    with pytest.raises(ReadError) as caught:
        structure(make_table({"台账": [row]}))
    assert caught.value.code == "ledger_key_missing"
    assert str(caught.value).startswith("台账.xlsx 工作表“台账”第1行: 缺少“问题描述”列（认得的列名有问题描述、")


def test_a_broken_sheet_beside_a_good_one_is_a_notice(make_table):
    broken = {k: v for k, v in ROW.items() if k != "问题描述"}
    done = structure(make_table({"一": [ROW], "二": [broken]}))
    assert len(done.findings) == 1
    assert [n.code for n in done.notices] == ["ledger_key_missing", "ledger_columns"]
    assert len(done.passages) == 2


def test_rows_of_several_sheets_have_ids_and_addresses_of_their_own(make_table):
    done = structure(make_table({"一": [ROW, ROW | {"编号": ""}], "二": [ROW]}))
    assert len({f.id for f in done.findings}) == 3
    assert [str(c.locator) for c in done.clauses] == ["编号 2024-1-017（一）", "第3行", "编号 2024-1-017（二）"]


def test_rows_without_a_problem_are_left_out_and_named(make_table):
    done = structure(make_table({"台账": [ROW, {**ROW, "编号": "合计", "问题描述": ""}]}))
    assert len(done.findings) == len(done.passages) == 1
    assert "第3行没有问题描述" in done.notices[-1].message


def test_instructions_beside_the_ledger_are_prose(make_table):
    done = structure(make_table({"台账": [ROW]}, notes="一个问题一行，不得合并填报。\n期限填写整改方案确定的日期。"))
    assert len(done.findings) == 1
    assert done.passages[1].span.of(done.document.text).startswith("一个问题一行")
    assert done.passages[1].id == f"{done.version_id}:1"


def test_a_table_that_is_no_ledger_is_prose(make_table):
    done = structure(
        make_table({"价目": [{"品名": "钢板", "单价": "4000元"}, {"品名": "线材", "单价": "3600元"}]}, name="价目.xlsx")
    )
    assert done.kind == "other"
    assert done.findings == ()
    assert len(done.passages) == 1
