"""A sheet of rows and columns, spreadsheet or CSV: title, header, data rows, notes below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ingest.clean import Draft
from ingest.document import Source
from ingest.read.layout import GridRow, Layout, ledger_layout, named_cells
from ingest.read.table import column_names, flat

_LONGEST_TITLE = 60  # characters
_LOOKED_AT = 40  # rows within which a header is looked for
_MOST_FILLED = 200_000  # cells of a sheet that merges may fill
_DEFAULT_NAME = re.compile(r"(?:Sheet|工作表|表)\s*\d*", re.IGNORECASE)
_FIGURE = re.compile(r"[\d\s.,，:：/%年月日()（）¥￥+-]*\d[\d\s.,，:：/%年月日()（）¥￥+-]*")
_TOTAL = re.compile(r"(?:合|总|小|共)\s*计")


class Merge(NamedTuple):
    """A merged range of cells, its bounds included, counted from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


def grid_rows(texts: Mapping[tuple[int, int], str], merges: Iterable[Merge]) -> Iterator[GridRow]:
    """The rows of a sheet from its filled cells, (row, column) from 1, with merged ranges filled."""
    if not texts:
        return
    by_row: dict[int, dict[int, str]] = {}
    for (row, column), text in texts.items():
        by_row.setdefault(row, {})[column] = text
    last_row, last_column = max(by_row), max(column for _, column in texts)
    copied: dict[int, set[int]] = {}
    budget = _MOST_FILLED
    for merge in merges:
        text = texts.get((merge.first_row, merge.first_column), "")
        if not text:
            continue
        for row in range(merge.first_row, min(merge.last_row, last_row) + 1):
            for column in range(merge.first_column, min(merge.last_column, last_column) + 1):
                budget -= 1
                if budget < 0:
                    break
                by_row.setdefault(row, {})[column] = text
                if column > merge.first_column:
                    copied.setdefault(row, set()).add(column - 1)
    for row in sorted(by_row):
        cells = tuple(by_row[row].get(column, "") for column in range(1, last_column + 1))
        yield GridRow(row, cells, frozenset(copied.get(row, ())))


def add_grids(draft: Draft, sheets: Sequence[tuple[str, Sequence[GridRow]]]) -> None:
    """Add a workbook's sheets; their names are shown when there are several and someone chose them."""
    filled = [(title, rows) for title, rows in sheets if any(row.own() for row in rows)]
    for title, rows in filled:
        add_grid(draft, rows, title, show_sheet=len(filled) > 1 and not _DEFAULT_NAME.fullmatch(title))


def add_grid(draft: Draft, rows: Sequence[GridRow], sheet: str | None, *, show_sheet: bool = False) -> None:
    """Add a sheet: its title and notes as text, its data rows as ``列名：值`` under the header found."""
    rows = [row for row in rows if row.own()]
    if not rows:
        return
    layout = ledger_layout(rows)
    if layout is not None:
        _add_ledger(draft, layout, sheet, show_sheet=show_sheet)
        return
    header = find_header(rows)
    prose = all(len(row.own()) == 1 for row in rows)  # sentences in cells: instructions for filling in
    if show_sheet and sheet and not (prose or header):
        draft.heading(sheet, 1, Source(sheet=sheet))
    if prose:
        for index, row in enumerate(rows):
            _add_line(draft, row, sheet, title=index == 0 and len(row.own()[0][1]) <= _LONGEST_TITLE)
        return
    if header is None:
        where = f"工作表“{sheet}”" if sheet else "表格"
        if len(rows) == 1:
            draft.note("no_rows", f"{where}里只有一行，没有数据行。若这一行是列名，请补上数据后重新入库。")
        else:
            draft.note(
                "no_header", f"{where}里没有找到列名所在的行，各行按原样收入，不能按列查询。请在数据上方加一行列名。"
            )
        for row in rows:
            draft.row([("", text) for _, text in row.own()], Source(sheet=sheet, row=row.number))
        return
    for index, row in enumerate(rows[:header]):
        _add_line(draft, row, sheet, title=index == 0)
    names, first = _names(rows, header)
    for row in rows[first:]:
        own = row.own()
        if len(own) > 1 and all(
            c < len(names) and flat(text) in (names[c], flat(rows[header].cells[c])) for c, text in own
        ):
            continue  # the header repeated on a new printed page
        alone = len(own) == 1 and len(names) > 2 and (own[0][0] == 0 or len(row.copied) > 1)
        if alone or len(row.copied) * 2 >= len(names) or _TOTAL.match(own[0][1]):
            _add_line(draft, row, sheet)
        else:
            draft.row(zip(names, row.cells, strict=False), Source(sheet=sheet, row=row.number))


def _add_ledger(draft: Draft, layout: Layout, sheet: str | None, *, show_sheet: bool) -> None:
    """Add a ledger of findings: a row a finding, what is no finding as text."""
    if show_sheet and sheet and not layout.titled:
        draft.heading(sheet, 1, Source(sheet=sheet))
    if layout.filled:
        where = f"工作表“{sheet}”" if sheet else "表格"
        draft.note("filled_down", f"{where}里有 {layout.filled} 个空着的单位或轮次，按“同上”填入了上一行的值，请核对。")
    for index, (row, is_data) in enumerate(layout.rows):
        if is_data:
            draft.row(named_cells(layout, row), Source(sheet=sheet, row=row.number))
        else:
            _add_line(draft, row, sheet, title=layout.titled and index == 0)


def find_header(rows: Sequence[GridRow]) -> int | None:
    """The first row of three or more short, distinct labels that is followed by data."""
    widest = max(len(row.own()) for row in rows)
    for index, row in enumerate(rows[:_LOOKED_AT]):
        texts = [text for _, text in row.own()]
        enough = len(texts) >= 3 or (len(texts) == 2 and widest == 2)
        if not enough or len(set(texts)) < len(texts) - 1 or len(texts) * 2 < widest:
            continue
        labels = sum(1 for text in texts if _is_label(text))
        if labels * 5 >= len(texts) * 4 and any(len(later.own()) >= 2 for later in rows[index + 1 : index + 4]):
            return index
    return None


def _is_label(text: str) -> bool:
    label = flat(text)
    return 0 < len(label) <= 24 and not _FIGURE.fullmatch(label) and not re.search(r"[。；！？]|[：:]\S", label)


def _names(rows: Sequence[GridRow], header: int) -> tuple[list[str], int]:
    """The columns' names and the first row of data; a second header row names the parts of a merged cell."""
    top = rows[header]
    width = max(len(row.cells) for row in rows)
    cells = list(top.cells) + [""] * (width - len(top.cells))
    first = header + 1
    below = rows[first] if first < len(rows) else None
    if top.copied and below is not None and _is_second_header(top, below):
        parts = list(below.cells) + [""] * (width - len(below.cells))
        repeated = {part for part in parts if part and parts.count(part) > 1}
        cells = [
            (f"{cell}{part}" if part in repeated else part) if part and part != cell else cell
            for cell, part in zip(cells, parts, strict=True)
        ]
        first += 1
    return column_names(cells), first


def _is_second_header(top: GridRow, below: GridRow) -> bool:
    """Whether the row only names what stands under the header's merged cells, or repeats the header above."""
    merged = set(top.copied) | {c - 1 for c in top.copied}
    fresh = [(c, text) for c, text in below.own() if c >= len(top.cells) or text != top.cells[c]]
    return bool(fresh) and all(c in merged and _is_label(text) for c, text in fresh)


def _add_line(draft: Draft, row: GridRow, sheet: str | None, *, title: bool = False) -> None:
    """A row that is text: the title above the header, a remark, a total."""
    source = Source(sheet=sheet, row=row.number)
    texts = [text for _, text in row.own()]
    if title and len(texts) == 1:
        draft.heading(texts[0], 1, source)
    else:
        draft.paragraph("　".join(texts), source)
