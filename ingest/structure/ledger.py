"""Ledgers of findings: one row a finding, its columns known by their usual names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.columns import NAMES, is_year, map_columns, plain
from ingest.document import Block, BlockKind, Clause, ClauseLevel, Document, Finding, Locator, Notice, chinese_number
from ingest.errors import ReadError
from ingest.structure.dates import deadline
from ingest.structure.lines import bare
from ingest.structure.numerals import ANY, parse_number
from ingest.structure.passages import Draft

_EXAMPLES = ("问题描述", "存在问题", "发现问题", "主要问题", "具体问题", "问题表现", "问题内容", "问题摘要")
_TELLING = frozenset({"round", "unit", "category", "basis", "responsible", "deadline", "state"})


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one sheet with the columns that were recognised (column → field)."""

    sheet: str | None
    rows: tuple[Block, ...]
    mapping: Mapping[str, str]
    round: str | None = None  # of all rows, where no column tells it
    units: Mapping[int, str] = field(default_factory=dict)  # start of a row → its unit, where no column tells it

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
        mapping = map_columns(columns)
        told = None if "round" in mapping.values() else _told_round(document, sheet, rows)
        out.append(Table(sheet, tuple(rows), mapping, told, _told_units(document, sheet, mapping)))
    return out


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
    clauses, drafts = [], []
    findings: list[Finding] = []
    skipped, continued = [], []
    before: tuple[str | None, ...] = ()
    for (table, row), number in zip(rows, numbers, strict=True):
        finding = _finding(document, table, row)
        if finding is None:
            skipped.append(_where_row(row))
            continue
        same = (table.sheet, number, finding.description)
        if number and same == before:
            continued.append(_where_row(row))
            continue
        before = same
        where = f"（{table.sheet}）" if number in repeated and len(good) > 1 and table.sheet else ""
        locator = Locator(row=f"{number}{where}" if number else _where_row(row))
        clauses.append(Clause(ClauseLevel.ROW, locator, row.span))
        drafts.append(Draft(row.span, locator, title))
        findings.append(finding)
    if skipped:
        shown = "、".join(skipped[:10]) + ("等" if len(skipped) > 10 else "")
        notices.append(Notice("ledger_row_skipped", f"{shown}没有问题描述，未作为问题收入台账（共{len(skipped)}行）。"))
    if continued:
        shown = "、".join(continued[:10]) + ("等" if len(continued) > 10 else "")
        notices.append(Notice("ledger_row_continued", f"{shown}与上一行是同一个问题（编号和描述相同），不另计数。"))
    wanted = {id(row) for _, row in rows}
    blocks = frozenset(i for i, block in enumerate(document.blocks) if id(block) in wanted)
    return Ledger(tuple(clauses), tuple(drafts), tuple(findings), tuple(notices), blocks)


def _where_row(row: Block) -> str:
    return f"第{row.source.row}行" if row.source.row else "某行"


def _field(document: Document, table: Table, row: Block, field: str) -> str | None:
    """The value of a field in a row; several columns of one field are joined."""
    values = [span.of(document.text).strip() for name, span in row.cells if table.mapping.get(name) == field]
    return " ".join(value for value in values if value) or None


def _round(document: Document, table: Table, row: Block) -> str | None:
    """The round of a row: its year may stand in a column of its own, or the round in the sheet's name or title."""
    cells = [(name, span.of(document.text).strip()) for name, span in row.cells if table.mapping.get(name) == "round"]
    years = [value for name, value in cells if is_year(name)]
    rounds = [value for name, value in cells if not is_year(name) and value]
    if not rounds:
        return table.round
    whole = [*years, *rounds] if years and not re.search(r"[12]\d{3}", rounds[0]) else rounds
    return normal_round(" ".join(whole))


def _told_round(document: Document, sheet: str | None, rows: Sequence[Block]) -> str | None:
    """The round that the sheet's name, or else the text above its rows or the file's name, tells."""
    above = [
        block.span.of(document.text)
        for block in document.blocks
        if block.source.sheet == sheet and block.kind is not BlockKind.ROW and block.span < rows[0].span
    ]
    for text in (sheet or "", *above, document.name):
        if found := _TOLD_ROUND.search(bare(text)):
            return normal_round(found[0])
    return None


_UNIT = (
    r"[^\s，。；：:、（）()]{1,20}?(?:厂|公司|集团|部|处|中心|院|科|室|队|局|党委|党总支|党支部|所|站|矿|校|车间|分会)"
)
_GROUP = re.compile(
    rf"(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[.．、])?(?P<unit>{_UNIT})(?:（.{{1,12}}）)?"
)


def _told_units(document: Document, sheet: str | None, mapping: Mapping[str, str]) -> dict[int, str]:
    """The unit of each row as the line above its group tells it (一、炼钢厂（6个）), or else the sheet's name."""
    if "unit" in mapping.values() or "category" not in mapping.values():
        return {}
    named = _GROUP.fullmatch(bare(sheet or ""))
    unit = named["unit"] if named else None
    found: dict[int, str] = {}
    for block in document.blocks:
        if block.source.sheet != sheet:
            continue
        if block.kind is BlockKind.ROW:
            found |= {block.span.start: unit} if unit else {}
        elif block.kind is BlockKind.PARAGRAPH and (group := _GROUP.fullmatch(bare(block.span.of(document.text)))):
            unit = group["unit"]
    return found


_YES, _NO = frozenset({"是", "√", "✓", "Y", "y", "已"}), frozenset({"否", "×", "✗", "N", "n", "未"})


def _state(document: Document, table: Table, row: Block) -> str | None:
    """The state of rectification; the answer to 是否完成 in words."""
    value = _field(document, table, row, "state")
    asked = next((name for name, field in table.mapping.items() if field == "state"), "")
    if value is not None and "是否" in plain(asked):
        return "已完成" if value in _YES else "未完成" if value in _NO else value
    return value


def _finding(document: Document, table: Table, row: Block) -> Finding | None:
    def value(field: str) -> str | None:
        return _field(document, table, row, field)

    description = value("description")
    if description is None:
        return None
    due = value("deadline")
    return Finding(
        id="",
        number=value("number"),
        round=_round(document, table, row),
        unit=value("unit") or table.units.get(row.span.start),
        category=value("category"),
        description=description,
        basis=value("basis"),
        responsible=value("responsible"),
        deadline=deadline(due) if due else None,
        state=_state(document, table, row),
        span=row.span,
        fields={name: span.of(document.text) for name, span in row.cells},
    )


_ROUND = re.compile(
    rf"(?P<y>[{ANY}]{{4}})[ 　]*(?:年度?|[-－—/])?[ 　]*第?[ 　]*(?P<n>[{ANY}]{{1,3}})[ 　]*(?P<w>轮|批)?"
)

_TOLD_ROUND = re.compile(rf"[{ANY}]{{4}}年度?第[{ANY}]{{1,3}}[轮批]")


def normal_round(text: str) -> str:
    """2024年第1轮, 二〇二四年第一轮巡察 → 2024年第一轮; what is no round stays as it is."""
    found = _ROUND.match(bare(text))
    year, number = (parse_number(found["y"]), parse_number(found["n"])) if found else (None, None)
    if not found or not year or not number or not 1900 <= year <= 2100 or number > 99:
        return text.strip()
    return f"{year}年第{chinese_number(number)}{found['w'] or '轮'}"


def _mapping_notice(document: Document, table: Table) -> Notice:
    shown = "，".join(f"{column}→{NAMES[field]}" for column, field in table.mapping.items())
    columns = dict.fromkeys(name for row in table.rows for name, _ in row.cells)
    others = "、".join(name for name in columns if name not in table.mapping)
    where = f"工作表“{table.sheet}”" if table.sheet else "台账"
    rest = f"；其余列原样保留：{others}" if others else ""
    told = f"；轮次取自表名或标题：{table.round}" if table.round else ""
    told += f"；被巡察单位取自表名或分组行：{'、'.join(dict.fromkeys(table.units.values()))}" if table.units else ""
    return Notice("ledger_columns", f"{where}的列对应：{shown}{told}{rest}。")


def _key_missing(document: Document, table: Table | None) -> ReadError:
    where = document.name
    if table is not None:
        first = table.rows[0].source.row
        where += f" 工作表“{table.sheet}”" if table.sheet else ""
        where += f"第{max(1, first - 1)}行" if first else ""
    return ReadError("ledger_key_missing", name=document.name, where=where, known="、".join(_EXAMPLES))
