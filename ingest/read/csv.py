"""CSV and TSV: delimiter, quoting and encoding found by looking."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Literal

from ingest.clean import Draft
from ingest.document import Metadata
from ingest.read.decode import decode
from ingest.read.grid import add_grid
from ingest.read.layout import GridRow

_DELIMITERS = (",", "\t", ";", "|", "，")
_SAMPLE_LINES = 200
_LONGEST_FIELD = 1_000_000  # characters: more in one field is a quotation mark that was never closed


def read_csv(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put a table of separated values into the draft."""
    decoded = decode(data, name)
    for notice in decoded.notices:
        draft.note(notice.code, notice.message)
    text = decoded.text
    delimiter = _delimiter([line.text for line in decoded.lines[:_SAMPLE_LINES] if line.text.strip()])
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        rows = list(_rows(text, delimiter, csv.QUOTE_MINIMAL))
    except csv.Error:
        draft.note("quotes_unbalanced", "有引号没有成对，已把引号当作普通文字读取，请核对各列。")
        csv.field_size_limit(len(text) + 1)
        rows = list(_rows(text, delimiter, csv.QUOTE_NONE))
    widths = [len(row.own()) for row in rows]
    if widths and (usual := max(set(widths), key=widths.count)) > 1:
        broad = [row.number for row in rows if len(row.cells) > max(usual, len(rows[0].cells)) and row.cells[-1]]
        if 0 < len(broad) * 3 < len(rows):
            shown = "、".join(str(number) for number in broad[:5])
            draft.note("uneven_rows", f"第 {shown} 行的列数比列名多，多半是值里有没加引号的分隔符，请核对。")
    add_grid(draft, rows, None)
    return Metadata()


def _rows(text: str, delimiter: str, quoting: Literal[0, 3]) -> Iterator[GridRow]:
    """Records with the line they begin on; strict, so that a broken quotation is an error and not lost rows."""
    reader = csv.reader(
        io.StringIO(text.replace("\x00", ""), newline=""),
        delimiter=delimiter,
        quoting=quoting,
        strict=quoting != csv.QUOTE_NONE,
    )
    start = 1
    for record in reader:
        yield GridRow(start, tuple(cell.strip() for cell in record))
        start = reader.line_num + 1


def _delimiter(lines: list[str]) -> str:
    """The character that splits most lines into the same number of columns, two or more."""

    def score(delimiter: str) -> tuple[float, int]:
        counts = [line.count(delimiter) for line in lines]
        most = max(set(counts), key=counts.count, default=0)
        return (counts.count(most) / max(1, len(counts)) if most else 0.0, most)

    quality = {delimiter: score(delimiter) for delimiter in _DELIMITERS}
    best = max(
        quality, key=lambda delimiter: (quality[delimiter][0] * min(quality[delimiter][1], 4), quality[delimiter][1])
    )
    return best if quality[best][1] else ","
