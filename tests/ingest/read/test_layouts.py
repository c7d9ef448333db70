"""Ledgers as offices lay them out: what is a header, what is a finding, and what is neither."""

from ingest.document import BlockKind, Document
from ingest.read.reader import read_bytes

HEADER = "编号,单位,问题描述,整改状态"


def read(text: str) -> Document:
    return read_bytes(text.encode(), "台账.csv")


def rows(document: Document) -> list[list[str]]:
    return [
        [span.of(document.text) for _, span in block.cells] for block in document.blocks if block.kind is BlockKind.ROW
    ]


def test_who_filled_it_in_is_no_header() -> None:
    document = read(f"填报单位,巡察办,填报人,张三\n{HEADER}\n1,炼铁厂,甲。,已完成\n")
    assert rows(document) == [["1", "炼铁厂", "甲。", "已完成"]]


def test_names_stand_under_the_name_of_their_group() -> None:
    document = read("编号,单位,问题,,整改,\n,,类别,内容,期限,情况\n1,炼铁厂,招标采购,甲。,2024-06-30,已完成\n")
    assert [name for name, _ in document.blocks[-1].cells] == ["编号", "单位", "类别", "问题内容", "期限", "情况"]


def test_totals_signatures_and_remarks_are_no_findings() -> None:
    tail = ["炼铁厂小计,,1个,", "合计,,2,", "填表人：张三,,审核人：李四,", "注：按季更新。,,,", "说明,,按季更新。,"]
    document = read("\n".join([HEADER, "1,炼铁厂,甲。,已完成", *tail]) + "\n")
    assert rows(document) == [["1", "炼铁厂", "甲。", "已完成"]]
    assert "炼铁厂小计　1个" in document.text


def test_a_unit_written_once_holds_for_the_rows_below_and_is_told() -> None:
    document = read(f"{HEADER}\n1,炼铁厂,甲。,已完成\n2,,乙。,整改中\n3,热轧厂,丙。,整改中\n4,,丁。,整改中\n")
    assert [row[1] for row in rows(document)] == ["炼铁厂", "炼铁厂", "热轧厂", "热轧厂"]
    assert [notice.code for notice in document.notices] == ["filled_down"]


def test_where_units_are_repeated_an_empty_one_stays_empty() -> None:
    document = read(f"{HEADER}\n1,炼铁厂,甲。,已完成\n2,炼铁厂,乙。,整改中\n3,,丙。,整改中\n4,,丁。,整改中\n")
    assert rows(document)[2:] == [["3", "丙。", "整改中"], ["4", "丁。", "整改中"]]


def test_findings_on_cards_and_findings_side_by_side() -> None:
    cards = "".join(f"编号,{n},单位,炼铁厂\n问题描述,{w}。\n整改状态,已完成\n,\n" for n, w in ((1, "甲"), (2, "乙")))
    assert rows(read(cards)) == [["1", "炼铁厂", "甲。", "已完成"], ["2", "炼铁厂", "乙。", "已完成"]]
    aside = "编号,1,2\n单位,炼铁厂,热轧厂\n问题描述,甲。,乙。\n整改状态,已完成,整改中\n"
    assert rows(read(aside)) == [["1", "炼铁厂", "甲。", "已完成"], ["2", "热轧厂", "乙。", "整改中"]]


def test_a_table_that_is_no_ledger_is_left_as_it_was() -> None:
    document = read("品名,单位,数量\n钢板,吨,3\n线材,吨,5\n")
    assert rows(document) == [["钢板", "吨", "3"], ["线材", "吨", "5"]]
