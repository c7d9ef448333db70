"""Tables of a document (not ledgers): from rows of cell texts to row blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.clean import Draft
from ingest.document import Source

Row = Sequence[str]
_HEADER_WORDS = re.compile(
    r"序号|编号|名称|项目|类别|内容|标准|单位|金额|事项|方式|依据|说明|备注|时间|日期|期限|部门|责任|文号|范围|条件|情形|级别|指标|分值|数量|比例|要求|措施|情况|状态|轮次|税目|税额"
)


def add_table(draft: Draft, rows: Sequence[Row], *, header: bool | None = None, sources: Sequence[Source] = ()) -> None:
    """Add a table's rows. ``header`` tells whether the first row names the columns; None: judge by its cells.

    Without column names, a form of two columns reads ``标签：值``; any other table keeps a row on a line.
    """
    filled = [(index, row) for index, row in enumerate(rows) if any(cell.strip() for cell in row)]
    if not filled:
        return
    where = dict(enumerate(sources))
    width = max(len(row) for _, row in filled)
    if width == 1:
        for index, row in filled:
            for line in row[0].split("\n"):
                draft.paragraph(line, where.get(index, Source()))
        return
    while width > 1 and len(filled) > 1 and len(set(filled[0][1])) == 1:  # the table's title, over its whole width
        draft.paragraph(filled[0][1][0], where.get(filled[0][0], Source()))
        filled, header = filled[1:], None
    named = header if header is not None else looks_like_header([row for _, row in filled])
    names = column_names(filled[0][1]) if named and len(filled) > 1 else None
    form = names is None and _is_form([row for _, row in filled])
    for index, row in filled[1:] if names else filled:
        source = where.get(index, Source())
        if len(set(row)) == 1 and width > 2:  # one cell over the whole width: a line between the rows
            draft.paragraph(row[0], source)
        elif names and [flat(cell) for cell in row] == [flat(cell) for cell in filled[0][1]]:
            continue  # the header repeated on a new page
        elif names:
            draft.row(_named(names, filled[0][1], row), source)
        elif form:
            draft.row([(row[0].strip().rstrip("：:"), row[1])], source)
        else:
            draft.row([("", cell) for cell in _unspanned(row)], source)


def add_headed_table(draft: Draft, rows: Sequence[Row], headers: int) -> None:
    """Add a table of rows of equal length, of which the first ``headers`` name the columns; 0: judge by the cells."""
    if headers > 1 and len(rows) > headers:
        rows = [_merged_header(rows[:headers]), *rows[headers:]]
    add_table(draft, rows, header=True if headers and len(rows[0]) > 1 else None)


def _merged_header(rows: Sequence[Row]) -> list[str]:
    """One header of several rows: the lowest name of each column, with the one above where it would repeat."""
    lowest = [next((row[c] for row in reversed(rows) if row[c].strip()), "") for c in range(len(rows[0]))]
    return [
        f"{rows[0][c]}{name}" if lowest.count(name) > 1 and rows[0][c] != name else name
        for c, name in enumerate(lowest)
    ]


def looks_like_header(rows: Sequence[Row]) -> bool:
    """Whether the first row names the columns: short, distinct, filled cells without figures or sentences."""
    if len(rows) < 2:
        return False
    first = _unspanned([flat(cell) for cell in rows[0]])
    if not all(first) or len(set(first)) < len(first) or any(len(cell) > 20 for cell in first):
        return False
    if any(re.search(r"[。；！？]|\d{2,}", cell) for cell in first):
        return False
    known = sum(1 for cell in first if _HEADER_WORDS.search(cell))
    if len(first) == 2:
        return known == 2 or first[0] in ("序号", "编号")
    return known * 3 >= len(first) or any(re.search(r"[\d。；]", cell) for row in rows[1:] for cell in row)


def flat(text: str) -> str:
    """A text without any white space, to compare labels by."""
    return re.sub(r"\s", "", text)


def column_names(cells: Row) -> list[str]:
    """Distinct names for all columns: spaces out, 列3 for an empty one, 名称（2） for a repeated one."""
    names: list[str] = []
    for index, cell in enumerate(cells, 1):
        name = re.sub(r"[\s\u3000]+", "", cell) if re.search(r"[\u3400-\u9fff]", cell) else " ".join(cell.split())
        name = name.rstrip("：:") or f"列{index}"
        count = 2
        base = name
        while name in names:
            name, count = f"{base}（{count}）", count + 1
        names.append(name)
    return names


def _named(names: Sequence[str], header: Row, row: Row) -> list[tuple[str, str]]:
    """A row's named cells; where a span covers two columns in header and row alike, once."""
    return [
        (name, cell)
        for c, (name, cell) in enumerate(zip(names, row, strict=False))
        if not (c and header[c] == header[c - 1] and cell == row[c - 1])
    ]


def _is_form(rows: Sequence[Row]) -> bool:
    """Two columns, the first of short labels: 时间 | 2024年3月1日."""
    return all(len(row) == 2 for row in rows) and all(
        0 < len(row[0].strip()) <= 12 and not re.search(r"[。；，]", row[0]) for row in rows
    )


def _unspanned(row: Row) -> list[str]:
    """A row's cells with what a column span repeated taken once."""
    return [cell for index, cell in enumerate(row) if index == 0 or cell != row[index - 1]]
