"""How a ledger of findings is laid out on a sheet: under a header of one to three rows, transposed, or as cards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.columns import fields_of, map_columns, means, plain
from ingest.read.table import column_names, flat

_LOOKED_AT = 40  # rows within which a header is looked for
_MOST_COLUMNS = 200  # wider sheets are looked at that far
_DEEPEST = 3  # rows of a header
_LEAST_FIELDS = 3
_TOTAL = re.compile(r".{0,16}?(?:合|总|小|共)\s*计[:：]?[\d\s]*[个条项]?|(?:合|总|小|共)\s*计.{0,30}")
_SIGNATURE = re.compile(
    r"(?:填表|填报|制表|编制|审核|审批|复核|报送|签字|签发|经办|联系|主要负责|分管领导|负责|单位盖章|盖章|日期|电话)[^：:]{0,8}[：:].*"
)
_REMARK = re.compile(r"(?:填表|填报)?说明(?:[:：]|$)|备注[:：]|附?注(?:[:：]|$)")


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: its number as the sheet shows it, all cell texts, and which columns a merge filled from the left."""

    number: int
    cells: tuple[str, ...]
    copied: frozenset[int] = frozenset()

    def own(self) -> list[tuple[int, str]]:
        """The columns with text of their own."""
        return [(c, text) for c, text in enumerate(self.cells) if text and c not in self.copied]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a ledger and its rows in order: those of data under the names, the others as lines of text."""

    names: tuple[str, ...]
    rows: tuple[tuple[GridRow, bool], ...]  # and whether it is data
    titled: bool = False  # whether the first row stands above the header
    filled: int = 0  # cells left empty because they are as in the row above


def ledger_layout(rows: Sequence[GridRow]) -> Layout | None:
    """The layout of a sheet that is a ledger; None when its columns are not those of one."""
    found = _cards(rows) or _transposed(rows) or _below_header(rows)
    return _filled_down(found) if found is not None else None


# ---------------------------------------------------------------- under a header


def _below_header(rows: Sequence[GridRow]) -> Layout | None:
    """Rows under the header whose names mean most; the lower one where two headers mean the same."""
    best: tuple[int, int, int, list[str]] | None = None
    for index in range(min(len(rows), _LOOKED_AT)):
        if len(rows[index].own()) < 2:
            continue
        for depth in range(1, _DEEPEST + 1):
            header = rows[index : index + depth]
            if depth > 1 and not (len(header) == depth and _hangs_together(header)):
                break
            names = _folded(header)
            fields = fields_of(names)
            if "description" in fields and len(fields) >= _LEAST_FIELDS and (best is None or len(fields) > best[0]):
                best = (len(fields), index, depth, names)
    if best is None:
        return None
    _, index, depth, folded = best
    names = column_names(folded)
    data = rows[index + depth :]
    placed = [(row, False) for row in rows[:index]]
    placed += [(row, not _is_line(row, names)) for row in data if not _repeats(row, names, rows[index : index + depth])]
    return Layout(tuple(names), tuple(placed), index > 0) if any(is_data for _, is_data in placed) else None


def _hangs_together(header: Sequence[GridRow]) -> bool:
    """Whether the last row is part of the header: it leaves some columns to the names above, and adds to others."""
    above, last = header[-2], header[-1]
    left = added = 0
    for c in range(max(len(above.cells), len(last.cells))):
        upper, lower = _cell(above, c), _cell(last, c)
        if upper and (not lower or flat(lower) == flat(upper)):
            left += c not in above.copied
        elif lower:
            added += 1
            if len(flat(lower)) > 24 or re.search(r"[。；]|\d{2}", lower):
                return False
    return left > 0 and added > 1


def _folded(header: Sequence[GridRow]) -> list[str]:
    """One name a column: the lowest, with the one above it where the lowest alone does not say enough."""
    width = min(max(len(row.cells) for row in header), _MOST_COLUMNS)
    names = [""] * width
    for row in header:
        parts = [_cell(row, c) for c in range(width)]
        group, folded = "", []
        for name, part in zip(names, parts, strict=True):
            group = name or group
            if not part or flat(part) == flat(name):
                folded.append(name or part)
            elif parts.count(part) > 1 or (not means(part) and means(group + part)):
                folded.append(group + part)
            else:
                folded.append(part)
        names = folded
    return names


def _cell(row: GridRow, column: int) -> str:
    return row.cells[column] if column < len(row.cells) else ""


def _is_line(row: GridRow, names: Sequence[str]) -> bool:
    """Whether a row below the header is no data: a remark over the whole width, a total, a signature."""
    own = row.own()
    alone = len(own) == 1 and len(names) > 2 and (own[0][0] == 0 or len(row.copied) > 1)
    if alone or len(row.copied) * 2 >= len(names):
        return True
    first = own[0][1]
    few = len(own) * 2 <= len(names) + 1
    return bool(
        _TOTAL.fullmatch(first)
        or (few and any(_TOTAL.fullmatch(text) for _, text in own))
        or (few and _SIGNATURE.fullmatch(flat(first)))
        or (len(own) <= 2 and _REMARK.match(flat(first)))
    )


def _repeats(row: GridRow, names: Sequence[str], header: Sequence[GridRow]) -> bool:
    """Whether a row is the header once more, on a new printed page."""
    own = row.own()
    known = [{flat(names[c]), *(flat(_cell(each, c)) for each in header)} if c < len(names) else set() for c, _ in own]
    return len(own) > 1 and all(flat(text) in each for (_, text), each in zip(own, known, strict=True))


# ---------------------------------------------------------------- names beside their values


def _cards(rows: Sequence[GridRow]) -> Layout | None:
    """Findings one below the other, each a form of names and values: a name met again begins the next."""
    if not _is_labelled(rows):
        return None
    names: dict[str, int] = {}
    cards: list[tuple[int, dict[str, str]]] = []
    items: list[tuple[GridRow, int | None]] = []  # a line, or the number of a card
    for row in rows:
        pairs = _pairs(row)
        if not pairs:
            items.append((row, None))
            continue
        if not cards or any(name in cards[-1][1] for name, _ in pairs):
            cards.append((row.number, {}))
            items.append((row, len(cards) - 1))
        cards[-1][1].update(pairs)
        for name, _ in pairs:
            names.setdefault(name, len(names))
    if len(rows) > 1 and max(len(row.own()) for row in rows) > 2 and len(cards) == 1 and _is_wide(rows):
        return None
    fields = fields_of(names)
    if "description" not in fields or len(fields) < _LEAST_FIELDS + 1:
        return None
    placed = [
        (row, False)
        if card is None
        else (GridRow(cards[card][0], tuple(cards[card][1].get(name, "") for name in names)), True)
        for row, card in items
    ]
    return Layout(tuple(column_names(list(names))), tuple(placed), not placed[0][1])


def _is_labelled(rows: Sequence[GridRow]) -> bool:
    """Whether most rows begin with the name of a column."""
    firsts = [row.own()[0][1] for row in rows[:_LOOKED_AT]]
    return sum(means(first) for first in firsts) * 2 >= len(firsts) and len(fields_of(firsts)) >= 2


def _is_wide(rows: Sequence[GridRow]) -> bool:
    """Whether the values beside the names are several: a ledger turned on its side."""
    labelled = [row.own() for row in rows if means(row.own()[0][1])]
    return sum(len(own) > 2 and not means(own[2][1]) for own in labelled) * 2 >= len(labelled)


def _pairs(row: GridRow) -> list[tuple[str, str]]:
    """Name and value, name and value: the cells of a row of a card."""
    own = [text for _, text in row.own()]
    if len(own) < 2 or not (means(own[0]) or (len(own) % 2 == 0 and _is_name(own[0]))):
        return []
    pairs: list[tuple[str, str]] = []
    while own:
        name, value, own = own[0], own[1] if len(own) > 1 else "", own[2:]
        if pairs and not _is_name(name):
            break
        if value and means(value):  # the name before it has no value
            value, own = "", [value, *own]
        pairs.append((name.rstrip("：:"), value))
    return [(name, value) for name, value in pairs if value]


def _is_name(text: str) -> bool:
    return len(plain(text)) <= 12 and not re.search(r"[。；，\d]", text)


def _transposed(rows: Sequence[GridRow]) -> Layout | None:
    """The names in the first column, each further column a finding."""
    if not _is_labelled(rows) or not _is_wide(rows):
        return None
    start = next(index for index, row in enumerate(rows) if means(row.own()[0][1]))
    column = rows[start].own()[0][0]
    labelled = [row for row in rows[start:] if _cell(row, column) and len(row.own()) > 1]
    names = [_cell(row, column) for row in labelled]
    if "description" not in fields_of(names) or len(set(names)) < len(names):
        return None
    width = min(max(len(row.cells) for row in labelled), 10_000)
    findings = [
        GridRow(labelled[0].number, tuple(_cell(row, c) for row in labelled))
        for c in range(column + 1, width)
        if sum(bool(_cell(row, c)) for row in labelled) * 2 >= len(labelled)
    ]
    kept = {row.number for row in labelled}
    above = [(row, False) for row in rows[:start]]
    after = [(row, False) for row in rows[start:] if row.number not in kept]
    return Layout(tuple(column_names(names)), (*above, *((row, True) for row in findings), *after), start > 0)


# ---------------------------------------------------------------- as above


def _filled_down(layout: Layout) -> Layout:
    """Unit and round set down once for the rows below them are filled in.

    Only where the sheet does so throughout: one that repeats a value in the next row means an empty cell as empty.
    """
    mapping = map_columns(layout.names)
    data = [row for row, is_data in layout.rows if is_data]
    columns = []
    for c, name in enumerate(layout.names):
        if mapping.get(name) in ("unit", "round"):
            values = [_cell(row, c) for row in data]
            repeated = any(a and a == b for a, b in pairwise(values))
            if values and values[0] and values.count("") > 1 and not repeated:
                columns.append(c)
    if not columns:
        return layout
    filled = 0
    above: dict[int, str] = {}
    rows: list[tuple[GridRow, bool]] = []
    described = [c for c, name in enumerate(layout.names) if mapping.get(name) == "description"]
    for row, is_data in layout.rows:
        cells = list(row.cells)
        for c in columns if is_data and any(_cell(row, d) for d in described) else ():
            cells += [""] * (c + 1 - len(cells))
            filled += not cells[c]
            cells[c] = above[c] = cells[c] or above.get(c, "")
        rows.append((GridRow(row.number, tuple(cells), row.copied), is_data))
    return Layout(layout.names, tuple(rows), layout.titled, filled)


def named_cells(layout: Layout, row: GridRow) -> Iterator[tuple[str, str]]:
    """A row's values under the names of their columns."""
    return zip(layout.names, row.cells, strict=False)
