"""Excel workbooks: every visible sheet, merged cells filled, values as a reader sees them."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zipfile import BadZipFile

from ingest.clean import Draft
from ingest.document import Metadata
from ingest.errors import ReadError
from ingest.read.grid import Merge, add_grids, grid_rows
from ingest.read.layout import GridRow
from ingest.read.ole import MACROS
from ingest.read.ooxml import Parts, open_parts, refuse_doctype
from ingest.read.values import figure_text, moment_text

_MOST_XML = 150 * 1024 * 1024  # of sheets; a loaded workbook takes some ten times as much memory
_MOST_MERGED = 2_000_000  # cells in merged ranges
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s")
_SHEET_PART = re.compile(r"xl/(?:worksheets|chartsheets|dialogsheets|macrosheets)/[^/]+\.xml")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([^\"]+)\"")


def read_xlsx(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put all sheets of a workbook into the draft."""
    parts = open_parts(data, name)
    formulas = _inspect(parts)
    book = _load(data, name, data_only=True)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible" and sheet._cells:
            draft.note("hidden_sheet", f"隐藏的工作表“{sheet.title}”没有收入。需要收入时请取消隐藏后重新入库。")
    grids = [(sheet.title, list(_rows(sheet))) for sheet in sheets]
    if parts.bytes_of("xl/vbaProject.bin") is not None:
        draft.note(*MACROS)
    if formulas:
        _warn_of_formulas(data, name, book, draft)
    add_grids(draft, grids)
    title = (book.properties.title or "").strip()
    return Metadata(extra={"core_title": title} if title else {})


def _inspect(parts: Parts) -> bool:
    """Whether any sheet has formulas; refuses attacks and what is too large to load."""
    size, formulas = 0, False
    for entry in parts.archive.infolist():
        if not entry.filename.endswith((".xml", ".rels", ".vml")):
            continue
        content = parts.bytes_of(entry.filename) or b""
        refuse_doctype(content, parts.name)
        if entry.filename.startswith("xl/worksheets/"):
            size += len(content)
            formulas = formulas or b"<f>" in content or b"<f " in content
            if sum(map(_area, _MERGE.findall(content))) > _MOST_MERGED:
                raise ReadError("file_damaged", name=parts.name, reason="合并单元格的范围异常地大，请取消合并后另存")
    sheets = len(_SHEET.findall(parts.bytes_of("xl/workbook.xml") or b""))
    if sheets > sum(bool(_SHEET_PART.match(entry.filename)) for entry in parts.archive.infolist()):
        raise ReadError("file_damaged", name=parts.name, reason="列出的工作表多于实有的工作表")
    if size > _MOST_XML:
        limit = f"{_MOST_XML // 2**20} MB"
        raise ReadError("file_too_large", name=parts.name, size=f"{size // 2**20} MB 的表格数据", limit=limit)
    return formulas


def _area(merge: bytes) -> int:
    """How many cells a merged range has: openpyxl makes an object for each."""
    from openpyxl.utils.cell import range_boundaries

    try:
        left, top, right, bottom = (bound or 1 for bound in range_boundaries(merge.decode("ascii")))
        return (right - left + 1) * (bottom - top + 1)
    except (ValueError, TypeError):
        return 0


def _load(data: bytes, name: str, *, data_only: bool) -> Any:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validation rules that a reader does not need
            return openpyxl.load_workbook(io.BytesIO(data), data_only=data_only, rich_text=False)
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        OSError,
        EOFError,
        SyntaxError,
        BadZipFile,
    ) as error:
        raise ReadError(
            "file_damaged", name=name, reason="表格内部的结构读不通，可用 Excel 或 WPS 打开后另存一次"
        ) from error


def _rows(sheet: Any) -> Iterator[GridRow]:
    """The rows that hold anything; formatted but empty ones cost nothing."""
    texts: dict[tuple[int, int], str] = {}
    for place, cell in sheet._cells.items():
        text = cell_text(cell)
        if text:
            texts[place] = text
    return grid_rows(texts, (Merge(r.min_row, r.min_col, r.max_row, r.max_col) for r in sheet.merged_cells.ranges))


def cell_text(cell: Any) -> str:
    """A cell's value as a reader sees it: ISO dates, whole numbers without .0, percentages, leading zeros."""
    value, shown_as = cell.value, cell.number_format or "General"
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case datetime():
            return moment_text(value, shown_as)
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case timedelta():
            return f"{value.total_seconds() / 3600:g} 小时"
        case int() | float():
            return figure_text(value, shown_as)
        case _:
            return str(value).replace("_x000D_", "").replace("\r\n", "\n").strip()


def _warn_of_formulas(data: bytes, name: str, values: Any, draft: Draft) -> None:
    """Formulas are read by the values Excel stored; where it stored none, say so."""
    book = _load(data, name, data_only=False)
    missing = [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in book.worksheets
        for cell in sheet._cells.values()
        if cell.data_type == "f" and values[sheet.title]._cells[cell.row, cell.column].value is None
    ]
    if missing:
        shown = "、".join(missing[:5]) + ("等" if len(missing) > 5 else "")
        draft.note(
            "formula_without_value",
            f"{len(missing)} 个公式单元格没有计算结果（{shown}），按空白处理。请用 Excel 打开保存一次后重新入库。",
        )
