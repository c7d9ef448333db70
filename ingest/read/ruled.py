"""Ruled tables: from the lines drawn on a page to cells, a cell that spans several filled in each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.read.placed import Box, PlacedPage, Rule

_CLOSE = 0.006  # of the page's width: rules as near as this are one, and ends as near as this meet

_LEAST = 0.15  # of the page's width: smaller grids are the strokes of a large character (团)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: the rows and columns it covers (half-open) and its edges in the page's unit."""

    rows: tuple[int, int]
    columns: tuple[int, int]
    edges: Box


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it is ruled: edges of rows and columns, and the cells in reading order."""

    rows: tuple[float, ...]
    columns: tuple[float, ...]
    cells: tuple[Cell, ...]
    walls: tuple[Rule, ...] = ()  # the vertical rules

    @property
    def edges(self) -> Box:
        """The table's outline."""
        return self.columns[0], self.rows[0], self.columns[-1], self.rows[-1]


def grids_of(page: PlacedPage) -> list[Grid]:
    """The ruled tables of a page, from top to bottom: at least two columns, or a frame of several rows."""
    near = page.width * _CLOSE
    across = _merged([rule for rule in page.rules if not rule.vertical], near)
    down = _merged([rule for rule in page.rules if rule.vertical], near)
    found = []
    for horizontals, verticals in _connected(across, down, near):
        if len(horizontals) >= 2 and len(verticals) >= 2 and len(horizontals) + len(verticals) >= 5:
            found.append(_grid(horizontals, verticals, near))
    found = [grid for grid in found if grid.cells and grid.columns[-1] - grid.columns[0] > page.width * _LEAST]
    return sorted(found, key=lambda grid: grid.edges[1])


def _merged(rules: Iterable[Rule], near: float) -> list[Rule]:
    """Pieces of one drawn line as one: cells drawn box by box give every line twice and in parts."""
    merged: list[Rule] = []
    for rule in sorted(rules, key=lambda each: (each.at, each.start)):
        for index in range(len(merged) - 1, -1, -1):
            other = merged[index]
            if rule.at - other.at > near:
                continue
            if rule.start <= other.end + near and other.start <= rule.end + near:
                merged[index] = Rule(rule.vertical, other.at, min(other.start, rule.start), max(other.end, rule.end))
                break
        else:
            merged.append(rule)
    return merged


def _connected(across: list[Rule], down: list[Rule], near: float) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules that cross or touch, group by group."""
    groups: list[tuple[list[Rule], list[Rule]]] = []
    left = list(down)
    for rule in across:
        touching = [other for other in left if _meet(rule, other, near)]
        joined = [
            group for group in groups if any(_meet(rule, other, near) for other in group[1])
        ]  # a rule between two groups makes them one
        left = [other for other in left if other not in touching]
        horizontals, verticals = [rule], touching
        for group in joined:
            horizontals, verticals = group[0] + horizontals, group[1] + verticals
            groups.remove(group)
        groups.append((horizontals, verticals))
    return groups


def _meet(across: Rule, down: Rule, near: float) -> bool:
    return across.start - near <= down.at <= across.end + near and down.start - near <= across.at <= down.end + near


def _grid(across: Sequence[Rule], down: Sequence[Rule], near: float) -> Grid:
    rows, columns = _edges([rule.at for rule in across], near), _edges([rule.at for rule in down], near)
    if len(rows) < 2 or len(columns) < 2:
        return Grid(rows or (0.0,), columns or (0.0,), ())
    taken: set[tuple[int, int]] = set()
    cells = []
    for row in range(len(rows) - 1):
        for column in range(len(columns) - 1):
            if (row, column) in taken:
                continue
            last = column + 1
            while last < len(columns) - 1 and not _ruled(down, columns[last], rows[row], rows[row + 1], near):
                last += 1
            bottom = row + 1
            while bottom < len(rows) - 1 and not _ruled(across, rows[bottom], columns[column], columns[last], near):
                bottom += 1
            taken |= {(r, c) for r in range(row, bottom) for c in range(column, last)}
            edges = (columns[column], rows[row], columns[last], rows[bottom])
            cells.append(Cell((row, bottom), (column, last), edges))
    return Grid(rows, columns, tuple(cells), tuple(down))


def _edges(places: Iterable[float], near: float) -> tuple[float, ...]:
    out: list[float] = []
    for place in sorted(places):
        if not out or place - out[-1] > near * 2:
            out.append(place)
    return tuple(out)


def _ruled(rules: Sequence[Rule], at: float, start: float, end: float, near: float) -> bool:
    """Whether most of the way from ``start`` to ``end`` is drawn."""
    drawn = sum(
        max(0.0, min(rule.end, end) - max(rule.start, start)) for rule in rules if abs(rule.at - at) <= near * 2
    )
    return drawn * 2 > end - start
