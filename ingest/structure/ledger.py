"""Ledgers of findings: one row a finding, its columns known by their usual names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.document import Block, BlockKind, Clause, ClauseLevel, Document, Finding, Locator, Notice, chinese_number
from ingest.errors import ReadError
from ingest.structure.dates import deadline
from ingest.structure.lines import bare
from ingest.structure.numerals import ANY, parse_number
from ingest.structure.passages import Draft

COLUMNS: dict[str, tuple[str, ...]] = {
    "responsible": (
        "责任部门",
        "责任单位",
        "责任人",
        "责任人职务",
        "责任领导",
        "牵头部门",
        "整改责任人",
        "责任主体",
        "责任",
    ),
    "state": ("整改状态", "状态", "整改情况", "完成情况", "整改进展", "进展情况", "是否完成", "办理状态"),
    "deadline": (
        "整改期限",
        "整改时限",
        "完成时限",
        "完成时间",
        "期限",
        "时限",
        "计划完成时间",
        "整改截止日期",
        "截止日期",
    ),
    "basis": ("定性依据", "违反规定", "依据", "制度依据", "违反条款", "违反制度", "问题依据"),
    "category": ("问题类别", "问题类型", "类别", "问题分类", "类型", "分类"),
    "number": ("编号", "序号", "问题编号", "问题序号"),
    "round": ("轮次", "巡察轮次", "批次", "检查批次", "巡察批次", "检查轮次"),
    "unit": ("被巡察单位", "被检查单位", "被巡察党组织", "被审计单位", "党组织", "单位", "单位名称", "受检单位"),
    "description": (
        "问题描述",
        "存在问题",
        "问题",
        "主要问题",
        "发现问题",
        "具体问题",
        "问题表现",
        "问题内容",
        "问题摘要",
    ),
}
"""Field → names of its column. The order is that of matching by part: 整改责任单位 is responsible, not unit."""

NAMES = {
    "number": "编号",
    "round": "轮次",
    "unit": "被巡察单位",
    "category": "问题类别",
    "description": "问题描述",
    "basis": "定性依据",
    "responsible": "责任部门",
    "deadline": "整改期限",
    "state": "整改状态",
}
_TELLING = frozenset({"round", "unit", "category", "basis", "responsible", "deadline", "state"})


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one sheet with the columns that were recognised (column → field)."""

    sheet: str | None
    rows: tuple[Block, ...]
    mapping: Mapping[str, str]

    @property
    def is_ledger(self) -> bool:
        """Whether it has the key column and something else a ledger has."""
        fields = set(self.mapping.values())
        return "description" in fields and bool(fields & _TELLING)

    @property
    def looks_like_one(self) -> bool:
        """Whether it has several of a ledger's columns, the key column aside."""
        return len(set(self.mapping.values()) & _TELLING) >= 3


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a ledger consists of; ``blocks`` are the indexes of the blocks that are its rows."""

    clauses: tuple[Clause, ...]
    drafts: tuple[Draft, ...]
    findings: tuple[Finding, ...]  # ids are given when the passages are numbered
    notices: tuple[Notice, ...]
    blocks: frozenset[int]


def tables(document: Document) -> list[Table]:
    """The tables with named columns, one a sheet."""
    sheets: dict[str | None, list[Block]] = {}
    for block in document.blocks:
        if block.kind is BlockKind.ROW and block.cells:
            sheets.setdefault(block.source.sheet, []).append(block)
    out = []
    for sheet, rows in sheets.items():
        columns = list(dict.fromkeys(name for row in rows for name, _ in row.cells))
        out.append(Table(sheet, tuple(rows), map_columns(columns)))
    return out


def map_columns(columns: Sequence[str]) -> dict[str, str]:
    """Column → field: names that are equal first, then names that contain a known one; one column a field.

    Only responsible may have several (责任单位 and 责任人).
    """
    mapping: dict[str, str] = {}
    for field, names in COLUMNS.items():
        exact = [c for name in names for c in columns if c not in mapping and _plain(c) == name]
        for column in exact if field == "responsible" else exact[:1]:
            mapping[column] = field
    for field, names in COLUMNS.items():
        if field in mapping.values():
            continue
        close = [c for name in names for c in columns if c not in mapping and name in _plain(c)]
        if close:
            mapping[close[0]] = field
    return mapping


def _plain(column: str) -> str:
    return re.sub(r"[（(].*?[)）]|[\s/／、*＊:：]", "", column)


def ledger(document: Document, title: str) -> Ledger:
    """The findings of all sheets that are ledgers. Raises ReadError when none is, though the document should be one."""
    found = tables(document)
    good = [table for table in found if table.is_ledger]
    broken = [table for table in found if not table.is_ledger and table.looks_like_one]
    if not good:
        raise _key_missing(document, next(iter(broken or found), None))
    notices = [Notice("ledger_key_missing", str(_key_missing(document, table))) for table in broken]
    notices += [_mapping_notice(document, table) for table in good]
    rows = [(table, row) for table in good for row in table.rows]
    numbers = [_field(document, table, row, "number") for table, row in rows]
    repeated = {number for number, count in Counter(numbers).items() if count > 1}
    clauses, drafts, findings, skipped = [], [], [], []
    for (table, row), number in zip(rows, numbers, strict=True):
        finding = _finding(document, table, row)
        if finding is None:
            skipped.append(_where_row(row))
            continue
        where = f"（{table.sheet}）" if number in repeated and len(good) > 1 and table.sheet else ""
        locator = Locator(row=f"{number}{where}" if number else _where_row(row))
        clauses.append(Clause(ClauseLevel.ROW, locator, row.span))
        drafts.append(Draft(row.span, locator, title))
        findings.append(finding)
    if skipped:
        shown = "、".join(skipped[:10]) + ("等" if len(skipped) > 10 else "")
        notices.append(Notice("ledger_row_skipped", f"{shown}没有问题描述，未作为问题收入台账（共{len(skipped)}行）。"))
    wanted = {id(row) for _, row in rows}
    blocks = frozenset(i for i, block in enumerate(document.blocks) if id(block) in wanted)
    return Ledger(tuple(clauses), tuple(drafts), tuple(findings), tuple(notices), blocks)


def _where_row(row: Block) -> str:
    return f"第{row.source.row}行" if row.source.row else "某行"


def _field(document: Document, table: Table, row: Block, field: str) -> str | None:
    """The value of a field in a row; several columns of one field are joined."""
    values = [span.of(document.text).strip() for name, span in row.cells if table.mapping.get(name) == field]
    return " ".join(value for value in values if value) or None


def _finding(document: Document, table: Table, row: Block) -> Finding | None:
    def value(field: str) -> str | None:
        return _field(document, table, row, field)

    description = value("description")
    if description is None:
        return None
    due = value("deadline")
    shown = value("round")
    return Finding(
        id="",
        number=value("number"),
        round=normal_round(shown) if shown else None,
        unit=value("unit"),
        category=value("category"),
        description=description,
        basis=value("basis"),
        responsible=value("responsible"),
        deadline=deadline(due) if due else None,
        state=value("state"),
        span=row.span,
        fields={name: span.of(document.text) for name, span in row.cells},
    )


_ROUND = re.compile(
    rf"(?P<y>[{ANY}]{{4}})[ 　]*(?:年度?|[-－—/])?[ 　]*第?[ 　]*(?P<n>[{ANY}]{{1,3}})[ 　]*(?P<w>轮|批)?"
)


def normal_round(text: str) -> str:
    """2024年第1轮, 二〇二四年第一轮巡察 → 2024年第一轮; what is no round stays as it is."""
    found = _ROUND.match(bare(text))
    year, number = (parse_number(found["y"]), parse_number(found["n"])) if found else (None, None)
    if not found or not year or not number or not 1900 <= year <= 2100 or number > 99:
        return text.strip()
    return f"{year}年第{chinese_number(number)}{found['w'] or '轮'}"


def _mapping_notice(document: Document, table: Table) -> Notice:
    shown = "，".join(f"{NAMES[field]}←{column}" for column, field in table.mapping.items())
    columns = dict.fromkeys(name for row in table.rows for name, _ in row.cells)
    others = "、".join(name for name in columns if name not in table.mapping)
    where = f"工作表“{table.sheet}”" if table.sheet else "台账"
    rest = f"；其余列原样保留：{others}" if others else ""
    return Notice("ledger_columns", f"{where}的列对应为：{shown}{rest}。")


def _key_missing(document: Document, table: Table | None) -> ReadError:
    where = document.name
    if table is not None:
        first = table.rows[0].source.row
        where += f" 工作表“{table.sheet}”" if table.sheet else ""
        where += f"第{max(1, first - 1)}行" if first else ""
    return ReadError("ledger_key_missing", name=document.name, where=where, known="、".join(COLUMNS["description"]))
