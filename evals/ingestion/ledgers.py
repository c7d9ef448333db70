"""Ledgers: the same findings in twelve spreadsheets of different layouts are read as the same findings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evals.ingestion.measure import Figure
from ingest.document import Finding
from ingest.errors import YoujuError
from ingest.read.reader import read_bytes
from ingest.structure.structure import structure

FIELDS = ("number", "round", "unit", "category", "description", "basis", "responsible", "deadline", "state")


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as its author knows it."""

    number: str
    round: str
    unit: str
    category: str
    description: str
    basis: str
    responsible: str
    deadline: date
    state: str


_UNITS = ("炼焦厂", "轧板厂", "运输部", "检修公司", "供销公司")
_MATTERS = (
    ("招标采购", "将应当整体招标的{what}拆成三份合同，直接委托给同一供应商。", "《招标采购管理办法》第五条", "物资科"),
    ("选人用人", "选拔{what}主管时没有履行民主推荐程序，会议记录不完整。", "《干部选拔任用办法》第十四条", "人事科"),
    ("财务管理", "{what}费用报销缺少审批单，金额合计 3.2 万元。", "《费用报销管理规定》第八条第二款", "财务科"),
    ("安全生产", "{what}作业现场未设监护人，隐患整改没有闭环。", "《安全生产责任制》第二十一条", "安全科"),
    ("作风建设", "对{what}基层反映的意见三个月没有答复；调研走过场。", "《作风建设若干规定》第三条", "办公室"),
    ("基层党建", "{what}支部连续两个季度没有召开党员大会。", "《党支部工作条例》第十一条", "组织科"),
)
_WHATS = ("耐火材料", "皮带机", "吊装设备", "废旧物资", "原料堆场")
_STATES = ("已完成", "整改中", "未完成")


def rows() -> list[Row]:
    """Thirty findings of two rounds and five units, each unit's together."""
    out: list[Row] = []
    for place, unit in enumerate(_UNITS):
        for index, (category, words, basis, responsible) in enumerate(_MATTERS):
            rounds = 1 if place < 3 else 2
            out.append(
                Row(
                    f"2024-{rounds}-{len(out) + 1:03}",
                    f"2024年第{'一二'[rounds - 1]}轮",
                    unit,
                    category,
                    words.format(what=_WHATS[(place + index) % 5]),
                    basis,
                    responsible,
                    date(2024, 6 + index, 30 if index in (0, 3, 5) else 31),
                    _STATES[(place * 2 + index) % 3],
                )
            )
    return out


# ---------------------------------------------------------------- spreadsheets

Columns = Sequence[tuple[str, str]]  # name and field; a field of "" is a column of the office's own

PLAIN: Columns = (
    ("编号", "number"), ("轮次", "round"), ("被巡察单位", "unit"), ("问题类别", "category"), ("问题描述", "description"),
    ("定性依据", "basis"), ("责任部门", "responsible"), ("整改期限", "deadline"), ("整改状态", "state"),
)  # fmt: skip


def value(row: Row, field: str) -> Any:
    """A cell of a column; the office's own columns hold some words of no field."""
    return getattr(row, field) if field else "已督办"


def grid(columns: Columns, day: Callable[[date], Any] = lambda day: day) -> list[list[Any]]:
    """Header and rows, with dates as the office writes them."""
    body = [[day(v) if isinstance(v := value(row, field), date) else v for _, field in columns] for row in rows()]
    return [[name for name, _ in columns], *body]


def workbook(*sheets: tuple[str, Iterable[Sequence[Any]], Sequence[str]]) -> bytes:
    """A workbook of (name, rows, merged ranges)."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, lines, merges in sheets:
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(list(line))
        for merge in merges:
            sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def separated(lines: Iterable[Sequence[Any]], delimiter: str, encoding: str) -> bytes:
    """A text file of separated values."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(lines)
    return out.getvalue().encode(encoding)


# ---------------------------------------------------------------- layouts


def header_first() -> bytes:
    """Nothing but a header and rows."""
    return workbook(("台账", grid(PLAIN), ()))


def title_and_totals() -> bytes:
    """A title, who filled it in, the header in row four, subtotals, a total, a blank and a signature row."""
    head, *body = grid(PLAIN)
    lines: list[Sequence[Any]] = [
        ["巡察发现问题整改台账"],
        [],
        ["填报单位：党委巡察办", None, None, "填报日期：2024年12月1日"],
        head,
    ]
    for at in range(0, 30, 6):
        lines += [*body[at : at + 6], [None, None, f"{body[at][2]}小计", None, "6个"], []]
    lines += [
        ["合计", None, None, None, 30],
        ["填表人：王某", None, None, "审核人：李某", None, None, "日期：2024年12月"],
    ]
    return workbook(("Sheet1", lines, ("A1:I1", "A3:C3", "D3:I3")))


def merged_downwards() -> bytes:
    """Round and unit merged over their rows, other names, columns in another order."""
    columns: Columns = (
        ("批次", "round"), ("党组织", "unit"), ("序号", "number"), ("存在问题", "description"), ("问题类型", "category"),
        ("违反条款", "basis"), ("整改责任人", "responsible"), ("完成时限", "deadline"), ("整改情况", "state"), ("备注", ""),
    )  # fmt: skip
    lines = grid(columns, lambda day: f"{day.year}.{day.month}.{day.day}")
    merges = [f"B{2 + at}:B{7 + at}" for at in range(0, 30, 6)] + ["A2:A19", "A20:A31"]
    return workbook(("问题", lines, merges))


def names_with_marks() -> bytes:
    """Names with line breaks, marks and instructions in brackets; dates in words."""
    columns: Columns = (
        ("*序 号", "number"), ("巡察\n轮次", "round"), ("被巡察党组织（全称）", "unit"), ("问题类别（必填）", "category"),
        ("具体问题\n（时间、地点、事由；不超过200字）", "description"), ("整改措施", ""), ("违反规定（条款）", "basis"),
        ("整改责任部门【必填】", "responsible"), ("计划完成时间", "deadline"), ("实际完成时间", ""), ("是否完成？", "state"),
    )  # fmt: skip
    return workbook(("台账", grid(columns, lambda day: f"{day.year}年{day.month}月底"), ()))


def two_row_header() -> bytes:
    """Names under merged names of groups."""
    top = ["基本情况", None, None, "问题情况", None, None, "整改情况", None, None, "备注"]
    below = ["编号", "轮次", "单位名称", "类别", "描述", "定性依据", "责任部门", "时限", "状态", None]
    lines = [[*line, "已督办"] for line in grid(PLAIN)[1:]]
    return workbook(("台账", [["问题清单"], top, below, *lines], ("A1:J1", "A2:C2", "D2:F2", "G2:I2", "J2:J3")))


def sheets_that_are_no_ledger() -> bytes:
    """Instructions and statistics before and after the ledger."""
    counts: list[list[Any]] = [
        ["单位", "问题数量", "已完成", "整改中", "未完成"],
        *[[unit, 6, 2, 2, 2] for unit in _UNITS],
        ["合计", 30, 10, 10, 10],
    ]
    notes = [["填表说明"], ["一、一个问题填一行，不得合并。"], ["二、整改期限填写具体日期。"]]
    return workbook(("填表说明", notes, ()), ("台账", grid(PLAIN), ()), ("统计", counts, ()))


def a_sheet_a_round() -> bytes:
    """The round only in the name of the sheet."""
    columns = [column for column in PLAIN if column[1] != "round"]
    head, *body = grid(columns)
    return workbook(("2024年第一轮", [head, *body[:18]], ()), ("2024年第二轮", [head, *body[18:]], ()))


def csv_gbk() -> bytes:
    """The round's year in a column of its own."""
    columns: Columns = (
        ("问题编号", "number"), ("年度", ""), ("轮次", "round"), ("被巡视单位", "unit"), ("问题分类", "category"),
        ("问题表现", "description"), ("依据", "basis"), ("牵头部门", "responsible"), ("截止日期", "deadline"), ("进展", "state"),
    )  # fmt: skip
    head, *body = grid(columns, lambda day: f"{day.year}/{day.month}/{day.day}")
    lines = [[n, "2024年", r.removeprefix("2024年"), *rest] for n, _, r, *rest in body]
    return separated([head, *lines], ",", "gb18030")


def csv_utf16_grouped() -> bytes:
    """Tabs and UTF-16, as a spreadsheet saves “Unicode text”; the unit only in the first row of each group."""
    columns: Columns = (
        ("单位", "unit"), ("编号", "number"), ("巡察批次", "round"), ("发现问题", "description"), ("类型", "category"),
        ("制度依据", "basis"), ("责任人", "responsible"), ("整改时限", "deadline"), ("完成情况", "state"),
    )  # fmt: skip
    lines, unit = grid(columns, lambda day: f"{day:%Y-%m-%d}"), None
    for line in lines[1:]:
        unit, line[0] = line[0], None if line[0] == unit else line[0]
    return separated(lines, "\t", "utf-16")


def serial_dates() -> bytes:
    """Dates as the bare numbers a spreadsheet keeps, numbers before the names, who is responsible named by unit."""
    columns: Columns = (
        ("1.台账编号", "number"), ("2.所属轮次", "round"), ("3.责任单位", "unit"), ("4.问题性质", "category"), ("5.问题事实描述", "description"),
        ("6.判定依据", "basis"), ("7.整改牵头科室", "responsible"), ("8.销号时限", "deadline"), ("9.目前进展情况", "state"),
    )  # fmt: skip
    return workbook(("Sheet1", grid(columns, lambda day: (day - date(1899, 12, 30)).days), ()))


def on_its_side() -> bytes:
    """The names in the first column, a finding a column."""
    lines: list[Sequence[Any]] = [["巡察发现问题台账"], *([*line] for line in zip(*grid(PLAIN), strict=True))]
    return workbook(("台账", lines, ()))


def cards() -> bytes:
    """A form a finding, two names a row, one below the other."""
    lines: list[Sequence[Any]] = []
    for row in rows():
        lines += [
            ["问题整改登记卡"],
            ["问题编号", row.number, "巡察轮次", row.round],
            ["被巡察单位", row.unit, "问题类别", row.category],
            ["问题描述", row.description],
            ["定性依据", row.basis],
            ["责任部门", row.responsible, "整改期限", row.deadline],
            ["整改状态", row.state],
            [],
        ]
    return workbook(("登记卡", lines, [f"B{8 * n + 4}:D{8 * n + 4}" for n in range(30)]))


LAYOUTS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "header_first": (".xlsx", header_first),
    "title_and_totals": (".xlsx", title_and_totals),
    "merged_downwards": (".xlsx", merged_downwards),
    "names_with_marks": (".xlsx", names_with_marks),
    "two_row_header": (".xlsx", two_row_header),
    "sheets_that_are_no_ledger": (".xlsx", sheets_that_are_no_ledger),
    "a_sheet_a_round": (".xlsx", a_sheet_a_round),
    "csv_gbk": (".csv", csv_gbk),
    "csv_utf16_grouped": (".csv", csv_utf16_grouped),
    "serial_dates": (".xlsx", serial_dates),
    "on_its_side": (".xlsx", on_its_side),
    "cards": (".xlsx", cards),
}


def differences(found: Sequence[Finding]) -> list[str]:
    """Where the findings read are not those written."""
    wanted = rows()
    out = [] if len(found) == len(wanted) else [f"读出 {len(found)} 个问题，应为 {len(wanted)} 个"]
    for want, have in zip(wanted, found, strict=False):
        for field in FIELDS:
            if getattr(want, field) != getattr(have, field):
                out.append(f"{want.number} {field}：{getattr(have, field)}，应为 {getattr(want, field)}")
    return out


def measure(out: Path) -> Sequence[Figure]:
    """How many of the layouts give exactly the findings, all nine fields equal; the spreadsheets stay in ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    right, remarks = 0, []
    for name, (suffix, make) in LAYOUTS.items():
        path = out / f"{name}{suffix}"
        path.write_bytes(make())
        try:
            wrong = differences(structure(read_bytes(path.read_bytes(), path.name)).findings)
        except YoujuError as error:
            wrong = [str(error)]
        right += not wrong
        remarks += [f"{name}：{wrong[0]}（共 {len(wrong)} 处）"] if wrong else []
    return [
        Figure(
            "layouts read as the same findings", right / len(LAYOUTS), 1.0, n=len(LAYOUTS), remark="；".join(remarks)
        )
    ]
