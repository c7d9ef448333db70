"""Tables whose rows each have their own cell edges (.doc, .rtf): the columns all rows share, with spans filled."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.clean import Draft
from ingest.read.table import add_headed_table

_TOLERANCE = 60  # twips (1/1440 inch, together 1 mm) by which edges of one column may differ from row to row


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text, a paragraph a line, its edges in twips, and whether it goes on with its neighbour's."""

    text: str
    left: int
    right: int
    joins_left: bool = False
    joins_above: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row; ``is_header`` when it is repeated on each page."""

    cells: Sequence[Cell]
    is_header: bool = False


def add_rows(draft: Draft, rows: Sequence[TableRow]) -> None:
    """Add a table to the draft."""
    edges = _edges(rows)
    grid: list[list[str]] = []
    above: dict[int, str] = {}
    for row in rows:
        grid.append(_filled(row, edges, above))
    width = max(map(len, grid), default=0)
    texts = [cells + [""] * (width - len(cells)) for cells in grid]
    headers = next((index for index, row in enumerate(rows) if not row.is_header), len(rows))
    add_headed_table(draft, texts, headers)


def _edges(rows: Sequence[TableRow]) -> list[int]:
    """The left edges of the columns, each of them the first of those close together."""
    edges: list[int] = []
    for edge in sorted({edge for row in rows for cell in row.cells for edge in (cell.left, cell.right)}):
        if not edges or edge - edges[-1] > _TOLERANCE:
            edges.append(edge)
    return edges


def _filled(row: TableRow, edges: Sequence[int], above: dict[int, str]) -> list[str]:
    """A row's text by column, spans repeated; ``above`` holds what vertically merged cells go on with."""
    cells: list[str] = []
    for cell in row.cells:
        first = bisect_right(edges, cell.left) - 1
        last = max(first + 1, bisect_right(edges, cell.right) - 1)
        cells += [""] * (first - len(cells))
        text = cell.text
        if cell.joins_left and not text and cells:
            text = cells[-1]
        elif cell.joins_above and not text:
            text = above.get(len(cells), "")
        for column in range(len(cells), max(last, len(cells) + 1)):
            above[column] = text
            cells.append(text)
    return cells
