from __future__ import annotations

from pathlib import Path

import pytest

from ingest.document import BlockKind
from ingest.errors import ReadError
from ingest.read.reader import read, read_bytes

LEDGER = Path(__file__).parent / "files" / "ledger.xls"


def test_an_old_workbook_reads_as_a_person_sees_it() -> None:
    document = read(LEDGER)
    rows = [
        {name: span.of(document.text) for name, span in block.cells}
        for block in document.blocks
        if block.kind is BlockKind.ROW
    ]
    assert rows == [
        {
            "编号": "001",
            "被巡察单位": "炼钢一厂",
            "问题描述": "会议记录不全。",
            "发现日期": "2024-08-31",
            "登记时间": "2024-09-01 08:30",
            "比例": "12.5%",
            "已整改": "是",
            "金额": "1200.5",
        },
        {
            "编号": "002",
            "被巡察单位": "炼钢一厂",
            "问题描述": "未按期报告。",
            "发现日期": "2024-09-02",
            "登记时间": "14:05",
            "比例": "100%",
            "已整改": "否",
            "金额": "2401",
        },
        {"编号": "003", "被巡察单位": "炼钢二厂", "问题描述": "采购未招标。\n涉及两批。"},
    ]
    assert [(b.source.sheet, b.source.row) for b in document.blocks if b.kind is BlockKind.ROW] == [
        ("一厂", 3),
        ("一厂", 4),
        ("二厂", 2),
    ]
    assert document.blocks[0].kind is BlockKind.HEADING
    assert "不应出现" not in document.text
    assert [notice.code for notice in document.notices] == ["hidden_sheet"]


def test_the_content_of_an_old_workbook_decides_not_its_suffix() -> None:
    document = read_bytes(LEDGER.read_bytes(), "台账.xlsx")
    assert document.media_type == "application/vnd.ms-excel"
    assert [notice.code for notice in document.notices] == ["mislabelled", "hidden_sheet"]


def test_an_old_workbook_cut_or_changed_anywhere_is_an_error_or_a_document() -> None:
    whole = LEDGER.read_bytes()
    for at in range(0, len(whole), len(whole) // 80):
        for data in (whole[:at], whole[:at] + b"\xff" * 8 + whole[at + 8 :]):
            try:
                read_bytes(data, "台账.xls")
            except ReadError as error:
                assert "台账.xls" in str(error)  # noqa: PT017


def test_a_workbook_with_a_password_is_refused() -> None:
    whole = LEDGER.read_bytes()
    at = whole.index(b"\x09\x08\x10\x00")  # the beginning of the workbook's records
    data = whole[: at + 20] + b"\x2f\x00\x36\x00\x01\x00\x01\x00\x01\x00" + whole[at + 30 :]
    with pytest.raises(ReadError) as error:
        read_bytes(data, "台账.xls")
    assert error.value.code == "file_encrypted"
