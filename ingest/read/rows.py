"""Tables as marks end their cells and rows (.doc, .rtf), each row with edges of its own: the columns all rows share."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.clean import Draft
from ingest.read.table import add_headed_table

_TOLERANCE = 60  # twips (1/1440 inch, together 1 mm) by which edges of one column may differ from row to row
_INCH = 1440


class CellShape(NamedTuple):
    """One cell of a row: its edges in twips, and whether it goes on with the cell beside or above it."""

    left: int
    right: int
    joins_left: bool = False
    joins_above: bool = False


class Row(NamedTuple):
    """A row's cells, their paragraphs on lines; ``is_header`` when it is repeated on each page."""

    cells: Sequence[tuple[str, CellShape]]
    is_header: bool


@dataclass
class OpenTable:
    """A table as its paragraphs come in; tables inside it have their rows on lines of the cell."""

    rows: list[Row] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # of the open cell
    inner_cells: list[str] = field(default_factory=list)
    inner_lines: list[str] = field(default_factory=list)

    def add_line(self, line: str, *, inside: bool) -> None:
        """Add a paragraph to the open cell, or to that of the table inside it."""
        (self.inner_lines if inside else self.lines).append(line)

    def end_cell(self, *, inside: bool) -> None:
        """Close the open cell."""
        if inside:
            self.inner_cells.append(" ".join(line for line in self.inner_lines if line))
            self.inner_lines = []
        else:
            self.cells.append("\n".join(line for line in self.lines if line))
            self.lines = []

    def end_inner_row(self) -> None:
        """Close the row of the table inside the open cell."""
        self.lines.append("　".join(cell for cell in self.inner_cells if cell))
        self.inner_cells = []

    def end_row(self, shapes: Sequence[CellShape], *, is_header: bool = False) -> None:
        """Close the row; one whose shape is damaged takes that of a row of as many cells, or an inch a cell."""
        count = len(self.cells)
        if len(shapes) < count:
            alike = [[shape for _, shape in row.cells] for row in self.rows if len(row.cells) == count]
            shapes = alike[-1] if alike else [CellShape(c * _INCH, (c + 1) * _INCH) for c in range(count)]
        self.rows.append(Row(list(zip(self.cells, shapes, strict=False)), is_header))
        self.cells = []

    def placed(self, draft: Draft) -> OpenTable:
        """Put the table into the draft, what its last marks left open included; an empty one to go on with."""
        if self.inner_lines or self.inner_cells:
            self.end_cell(inside=True)
            self.end_inner_row()
        if any(self.lines):
            self.end_cell(inside=False)
        if self.cells:
            self.end_row(())
        if self.rows:
            _add(draft, self.rows)
        return OpenTable()


def _add(draft: Draft, rows: Sequence[Row]) -> None:
    edges = _edges(rows)
    above: dict[int, str] = {}
    grid = [_filled(row, edges, above) for row in rows]
    width = max(map(len, grid))
    headers = next((index for index, row in enumerate(rows) if not row.is_header), len(rows))
    add_headed_table(draft, [cells + [""] * (width - len(cells)) for cells in grid], headers)


def _edges(rows: Sequence[Row]) -> list[int]:
    """The left edges of the columns, each of them the first of those close together."""
    edges: list[int] = []
    for edge in sorted({edge for row in rows for _, shape in row.cells for edge in shape[:2]}):
        if not edges or edge - edges[-1] > _TOLERANCE:
            edges.append(edge)
    return edges


def _filled(row: Row, edges: Sequence[int], above: dict[int, str]) -> list[str]:
    """A row's text by column, spans repeated; ``above`` holds what vertically merged cells go on with."""
    cells: list[str] = []
    for text, shape in row.cells:
        cells += [""] * (bisect_right(edges, shape.left) - 1 - len(cells))
        if shape.joins_left and not text and cells:
            text = cells[-1]
        elif shape.joins_above and not text:
            text = above.get(len(cells), "")
        for column in range(len(cells), max(len(cells) + 1, bisect_right(edges, shape.right) - 1)):
            above[column] = text
            cells.append(text)
    return cells
