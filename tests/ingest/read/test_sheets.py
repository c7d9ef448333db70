from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import BlockKind, Document
from ingest.errors import ReadError
from ingest.read.reader import read_bytes

HEADER = ["编号", "轮次", "被巡察单位", "问题描述", "整改期限", "整改状态"]
ROW = ["2024-1-001", "2024年第一轮", "炼钢二厂", "“三重一大”记录不全。", date(2024, 8, 31), "已完成"]


def saved(*sheets: tuple[str, list[list[object]]], merges: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for merge in merges:
            sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows(document: Document) -> list[dict[str, str]]:
    return [
        {name: span.of(document.text) for name, span in block.cells}
        for block in document.blocks
        if block.kind is BlockKind.ROW
    ]


def texts(document: Document) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks]


def test_a_ledger_with_a_title_above_and_notes_below() -> None:
    data = saved(
        ("台账", [["岱川集团巡察发现问题台账"], HEADER, ROW, [], ["合计", None, None, 1], ["注：本表每季度更新。"]]),
        merges=("A1:F1", "A6:F6"),
    )
    document = read_bytes(data, "台账.xlsx")
    assert texts(document) == [
        "岱川集团巡察发现问题台账",
        "编号：2024-1-001\n轮次：2024年第一轮\n被巡察单位：炼钢二厂\n问题描述：“三重一大”记录不全。\n整改期限：2024-08-31\n整改状态：已完成",
        "合计　1",
        "注：本表每季度更新。",
    ]
    assert [block.kind for block in document.blocks] == [
        BlockKind.HEADING,
        BlockKind.ROW,
        BlockKind.PARAGRAPH,
        BlockKind.PARAGRAPH,
    ]
    assert [block.source.row for block in document.blocks] == [1, 3, 5, 6]
    assert document.blocks[1].cells[0][0] == "编号"


def test_values_read_as_a_person_sees_them() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["编号", "日期", "金额", "比例", "时刻", "月份", "是否"])
    sheet.append([7, datetime(2024, 5, 15), 3.0, 0.85, datetime(2024, 5, 15, 9, 30), datetime(2024, 5, 1), True])
    sheet.append([8, "2024年5月", 0.1 + 0.2, 1, None, None, False])
    sheet["A2"].number_format = "000"
    sheet["D2"].number_format = "0.0%"
    sheet["F2"].number_format = 'yyyy"年"m"月"'
    out = io.BytesIO()
    book.save(out)
    first, second = rows(read_bytes(out.getvalue(), "表.xlsx"))
    assert first == {
        "编号": "007",
        "日期": "2024-05-15",
        "金额": "3",
        "比例": "85%",
        "时刻": "2024-05-15 09:30",
        "月份": "2024-05",
        "是否": "是",
    }
    assert second == {"编号": "8", "日期": "2024年5月", "金额": "0.3", "比例": "1", "是否": "否"}


def test_merged_cells_are_filled_and_a_second_header_row_names_the_parts() -> None:
    top = ["编号", "单位", "整改情况", None, "备注"]
    below = [None, None, "整改期限", "整改状态", None]
    data = saved(
        ("表", [top, below, ["1", "炼铁厂", "2024-08-31", "已完成", "甲"], ["2", None, "2024-09-30", "整改中", "乙"]]),
        merges=("A1:A2", "B1:B2", "C1:D1", "E1:E2", "B3:B4"),
    )
    assert rows(read_bytes(data, "表.xlsx")) == [
        {"编号": "1", "单位": "炼铁厂", "整改期限": "2024-08-31", "整改状态": "已完成", "备注": "甲"},
        {"编号": "2", "单位": "炼铁厂", "整改期限": "2024-09-30", "整改状态": "整改中", "备注": "乙"},
    ]


def test_every_visible_sheet_is_read_under_its_name_and_hidden_ones_are_noticed() -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "2024年第一轮"
    second = book.create_sheet("2024年第二轮")
    hidden = book.create_sheet("选项")
    for sheet in (first, second, hidden):
        sheet.append(HEADER)
        sheet.append(ROW)
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    document = read_bytes(out.getvalue(), "台账.xlsx")
    assert [block.source.sheet for block in document.blocks] == ["2024年第一轮"] * 2 + ["2024年第二轮"] * 2
    assert document.blocks[0].kind is BlockKind.HEADING
    assert [notice.code for notice in document.notices] == ["hidden_sheet"]


def test_a_formula_without_a_stored_value_is_noticed() -> None:
    document = read_bytes(saved(("表", [["编号", "甲", "乙"], ["1", 2, "=B2*2"]])), "表.xlsx")
    assert rows(document) == [{"编号": "1", "甲": "2"}]
    assert [notice.code for notice in document.notices] == ["formula_without_value"]


def test_repeated_headers_and_odd_column_names() -> None:
    data = saved(
        (
            "表",
            [
                ["编 号", "问题\n描述", None, "问题描述"],
                ["1", "甲", "多", "乙"],
                ["编 号", "问题\n描述", None, "问题描述"],
                ["2", "丙", None, "丁"],
            ],
        )
    )
    assert rows(read_bytes(data, "表.xlsx")) == [
        {"编号": "1", "问题描述": "甲", "列3": "多", "问题描述（2）": "乙"},
        {"编号": "2", "问题描述": "丙", "问题描述（2）": "丁"},
    ]


def test_a_sheet_of_sentences_is_text() -> None:
    document = read_bytes(saved(("说明", [["填表说明"], ["一、一个问题一行。"], ["二、期限填日期。"]])), "说明.xlsx")
    assert texts(document) == ["填表说明", "一、一个问题一行。", "二、期限填日期。"]
    assert document.notices == ()


def test_rows_without_a_header_are_kept_and_noticed() -> None:
    document = read_bytes(saved(("表", [[1, 2.5, 3], [4, 5, 6]])), "表.xlsx")
    assert texts(document) == ["1　2.5　3", "4　5　6"]
    assert [notice.code for notice in document.notices] == ["no_header"]


def test_far_away_formatting_costs_nothing() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["编号", "单位", "问题"])
    sheet.append(["1", "炼铁厂", "甲"])
    sheet.merge_cells("A5:XFD5")
    sheet["ZZ900000"].number_format = "0.00"
    out = io.BytesIO()
    book.save(out)
    assert len(rows(read_bytes(out.getvalue(), "表.xlsx"))) == 1


def test_a_merge_over_the_whole_sheet_is_refused_and_does_not_hang() -> None:
    data = saved(("表", [["编号", "单位", "问题"], ["1", "炼铁厂", "甲"]]), merges=("A3:B3",))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as changed:
        for entry in archive.namelist():
            changed.writestr(entry, archive.read(entry).replace(b"A3:B3", b"A3:XFD1048576"))
    with pytest.raises(ReadError, match="合并单元格"):
        read_bytes(out.getvalue(), "表.xlsx")


# ---------------------------------------------------------------- CSV


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16"])
def test_delimiter_and_encoding_are_found(delimiter: str, encoding: str) -> None:
    lines = [
        HEADER,
        *([f"2024-1-{i:03}", "2024年第一轮", "炼铁厂", "甲，乙；丙", "2024-08-31", "整改中"] for i in range(1, 4)),
    ]
    quoted = "\r\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in line) for line in lines)
    document = read_bytes(quoted.encode(encoding), "台账.csv")
    assert [row["编号"] for row in rows(document)] == ["2024-1-001", "2024-1-002", "2024-1-003"]
    assert rows(document)[0]["问题描述"] == "甲，乙；丙"


def test_quoted_fields_hold_delimiters_and_lines() -> None:
    document = read_bytes('编号,单位,问题描述\n1,炼铁厂,"一是甲,\n二是""乙"""\n2,热轧厂,丙\n'.encode(), "台账.csv")
    assert [row["问题描述"] for row in rows(document)] == ['一是甲,\n二是"乙"', "丙"]
    assert [block.source.row for block in document.blocks] == [2, 4]


def test_a_quotation_mark_never_closed_loses_no_rows() -> None:
    document = read_bytes('编号,单位,问题\n1,炼铁厂,"甲\n2,热轧厂,乙\n3,冷轧厂,丙\n'.encode(), "台账.csv")
    assert [row["编号"] for row in rows(document)] == ["1", "2", "3"]
    assert [notice.code for notice in document.notices] == ["quotes_unbalanced"]


VALUE = st.sampled_from(
    ["", "甲", "⼒", "經(jīng)理", "1", "2024-01-01", "多\n行", "合计", "编号", "注：说明", "\u200b"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(VALUE, min_size=1, max_size=5), min_size=1, max_size=8))
def test_any_sheet_keeps_the_invariants_and_all_its_text(grid: list[list[str]]) -> None:
    document = read_bytes(saved(("表", [["甲列"], *grid])), "表.xlsx")
    last = 0
    for block in document.blocks:
        assert last <= block.span.start < block.span.end <= len(document.text)
        last = block.span.end
        for _, span in block.cells:
            assert block.span.contains(span)
