"""Excel workbooks before 2007: the same sheets, merges and values as .xlsx, without formulas, macros or links."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from ingest.clean import Draft
from ingest.document import Metadata
from ingest.errors import ReadError
from ingest.read.grid import Merge, add_grids, grid_rows
from ingest.read.layout import GridRow
from ingest.read.ole import MACROS, open_container
from ingest.read.values import figure_text, moment_text


def read_xls(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put all visible sheets of a workbook into the draft."""
    container = open_container(data, name)
    # xlrd's own reading of the container takes minutes and gigabytes on a damaged one: it gets the stream alone.
    book = _load(container.stream("Workbook") or container.stream("Book") or b"", name)
    grids: list[tuple[str, list[GridRow]]] = []
    for sheet in book.sheets():
        if not sheet.visibility:
            grids.append((sheet.name, list(_rows(book, sheet, name))))
        elif sheet.nrows:
            draft.note("hidden_sheet", f"隐藏的工作表“{sheet.name}”没有收入。需要收入时请取消隐藏后重新入库。")
    add_grids(draft, grids)
    if "_VBA_PROJECT_CUR" in container.entries:
        draft.note(*MACROS)
    return Metadata(extra=container.properties())


def _load(records: bytes, name: str) -> Any:
    import xlrd

    try:
        with open(os.devnull, "w") as silent:  # noqa: PTH123 - xlrd prints its remarks
            return xlrd.open_workbook(file_contents=records, formatting_info=True, ragged_rows=True, logfile=silent)
    except Exception as error:  # xlrd lets struct's, index and assertion errors through
        if "encrypted" in str(error).lower():
            raise ReadError("file_encrypted", name=name) from error
        raise ReadError(
            "file_damaged", name=name, reason="表格内部的结构读不通，可用 Excel 或 WPS 打开后另存一次"
        ) from error


def _rows(book: Any, sheet: Any, name: str) -> Iterator[GridRow]:
    """The rows that hold anything, with merges filled."""
    try:
        texts = {
            (row + 1, column + 1): text
            for row in range(sheet.nrows)
            for column, kind in enumerate(sheet.row_types(row))
            if kind and (text := _cell_text(book, sheet.cell(row, column)))
        }
    except (IndexError, KeyError, ValueError, OverflowError) as error:
        raise ReadError("file_damaged", name=name, reason=f"工作表“{sheet.name}”里有读不出的单元格") from error
    return grid_rows(
        texts, (Merge(top + 1, left + 1, bottom, right) for top, bottom, left, right in sheet.merged_cells)
    )


def _cell_text(book: Any, cell: Any) -> str:
    """A cell's value as a reader sees it; a formula's is the one Excel stored."""
    import xlrd

    match cell.ctype:
        case xlrd.XL_CELL_TEXT:
            return str(cell.value).replace("\r\n", "\n").strip()
        case xlrd.XL_CELL_NUMBER:
            return figure_text(cell.value, _format(book, cell))
        case xlrd.XL_CELL_DATE:
            return _date_text(book, cell)
        case xlrd.XL_CELL_BOOLEAN:
            return "是" if cell.value else "否"
        case xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, ""))
        case _:
            return ""


def _date_text(book: Any, cell: Any) -> str:
    import xlrd

    shown_as = _format(book, cell)
    if "[h" in shown_as.lower():
        return f"{cell.value * 24:g} 小时"
    try:
        moment = xlrd.xldate.xldate_as_datetime(cell.value, book.datemode)
    except (OverflowError, ValueError):  # no date at all: the number itself
        return figure_text(cell.value, "General")
    return moment.strftime("%H:%M") if 0 <= cell.value < 1 else moment_text(moment, shown_as)


def _format(book: Any, cell: Any) -> str:
    return str(book.format_map[book.xf_list[cell.xf_index].format_key].format_str)
