"""Makes the binary fixtures beside it from text of our own; needs LibreOffice: python tests/ingest/read/files/make.py."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
from openpyxl.styles import numbers

HERE = Path(__file__).parent


def ledger(path: Path) -> None:
    """A workbook: a title over the table, merged cells, values of every kind, two sheets and a hidden one."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "一厂"
    sheet.append(["岱川集团巡察发现问题台账"])
    sheet.append(["编号", "被巡察单位", "问题描述", "发现日期", "登记时间", "比例", "已整改", "金额"])
    sheet.append([1, "炼钢一厂", "会议记录不全。", date(2024, 8, 31), datetime(2024, 9, 1, 8, 30), 0.125, True, 1200.5])
    sheet.append([2, None, "未按期报告。", date(2024, 9, 2), time(14, 5), 1, False, "=H3*2"])
    sheet.merge_cells("A1:H1")
    sheet.merge_cells("B3:B4")
    for row in (3, 4):
        sheet.cell(row, 1).number_format = "000"
        sheet.cell(row, 6).number_format = numbers.FORMAT_PERCENTAGE_00
    second = book.create_sheet("二厂")
    for row in (["编号", "被巡察单位", "问题描述"], ["003", "炼钢二厂", "采购未招标。\n涉及两批。"]):
        second.append(row)
    hidden = book.create_sheet("草稿")
    hidden.append(["不应出现"])
    hidden.sheet_state = "hidden"
    book.save(path)


def converted(source: Path, kind: str) -> None:
    """Have LibreOffice write a file in an old format here."""
    profile = source.parent / "profile"
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind]
    subprocess.run([*command, "--outdir", str(HERE), str(source)], check=True)


def main() -> None:
    """Make all of them."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        ledger(at / "ledger.xlsx")
        converted(at / "ledger.xlsx", "xls:MS Excel 97")


if __name__ == "__main__":
    sys.exit(main())
