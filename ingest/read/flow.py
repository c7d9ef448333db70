"""Pages of placed lines → paragraphs and table rows in reading order, without headers, footers and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from ingest.clean import Draft
from ingest.document import Source
from ingest.read.placed import Box, PlacedLine, PlacedPage, around
from ingest.read.ruled import Cell, Grid, grids_of
from ingest.read.table import add_table, flat
from ingest.read.wrapping import STARTS, ends_sentence

_MARGIN = 0.13  # of the page's height: where headers and footers stand
_SAME_PLACE = 0.015  # of the page's height
_NUMBER_ALONE = re.compile(r"[·•~\s]*\d{1,4}[·•~\s]*|[ivxIVX]{1,5}")
_PAGE_MARK = re.compile(
    r"[-—–－_一~～]+\s*\d{1,4}\s*[-—–－_一~～]+|第\s*\d{1,4}\s*页(?:\s*[,，/／]?\s*共\s*\d{1,4}\s*页)?|\d{1,4}\s*[/／]\s*\d{1,4}"
    # what browsers print around a page
    r"|(?:https?|file)://\S+(?:\s*\d{1,4}/\d{1,4})?|\d{1,4}[/-]\d{1,2}[/-]\d{1,4},?\s*\d{1,2}:\d{2}(?::\d{2})?\s*(?:[AP]M)?"
)
_ARTICLE_ALONE = re.compile(r"第[一二三四五六七八九十百零〇两\d]+条(?:之[一二三四五六七八九十\d]+)?")
_ARTICLE = re.compile(_ARTICLE_ALONE.pattern + r"(?![的款项规、和与及至到])")
_ORDINAL = re.compile(r"[\d一二三四五六七八九十]{1,3}[.．、]?")

# In widths of a character:
_INDENT = 1.2  # a first line stands at least this far in
_DEEP = 3.4  # what begins further in is no running text (a signature, a centred line)
_SHORT = 2.6  # a full line may end this far before the edge: marks may not begin the next one
_NARROW = 20  # text set narrower shows it by many full lines
_LARGE = 1.18  # a title's character against the text's


@dataclass(slots=True)
class _Paragraph:
    """Lines that are one paragraph, with the page each stands on."""

    lines: list[tuple[int, PlacedLine]]
    open: bool = False  # its last line is full: the next column or page may go on with it
    centred: bool = False

    @property
    def raw(self) -> str:
        return "\n".join(line.text for _, line in self.lines)

    @property
    def source(self) -> Source:
        return source_of(self.lines)


@dataclass(slots=True)
class _Table:
    """Rows of cells, each with the lines of it; a table that goes on overleaf grows."""

    columns: tuple[float, ...]  # edges as fractions of the page's width
    rows: list[list[str]]
    sources: list[list[tuple[int, PlacedLine]]]


_Element: TypeAlias = "_Paragraph | _Table"


def source_of(lines: Sequence[tuple[int, PlacedLine]]) -> Source:
    """The page and box of lines; what stands on later pages, or apart from the first ones, as further boxes."""
    boxes: list[tuple[int, list[PlacedLine]]] = []
    for page, line in lines:
        last = boxes[-1] if boxes else None
        if last is not None and last[0] == page and line.top > last[1][-1].top - line.height:
            last[1].append(line)
        else:
            boxes.append((page, [line]))
    places = [(page, _rounded(around([line.box for line in group]))) for page, group in boxes]
    if not places:
        return Source()
    return Source(page=places[0][0], box=places[0][1], further=tuple(places[1:]) or None)


def _rounded(box: Box) -> Box:
    left, top, right, bottom = (round(min(1.0, max(0.0, edge)), 4) for edge in box)
    return left, top, right, bottom


def add_pages(draft: Draft, pages: Sequence[PlacedPage]) -> None:
    """Put the text of the pages into the draft."""
    furniture = _furniture(pages)
    text = [
        PlacedPage(page.number, page.width, page.height, _without(page.lines, furniture[index]), page.rules)
        for index, page in enumerate(pages)
    ]
    measure = _Measure.of(text)
    flow = _Flow(draft, measure)
    for index, page in enumerate(text):
        for line in furniture[index]:
            flow.leave_out(line.text)
        _read_page(flow, page, measure)
    flow.finish()


def _without(lines: Sequence[PlacedLine], gone: Sequence[PlacedLine]) -> tuple[PlacedLine, ...]:
    names = {id(line) for line in gone}
    return tuple(line for line in lines if id(line) not in names)


# ---------------------------------------------------------------- headers, footers, page numbers


def _furniture(pages: Sequence[PlacedPage]) -> list[list[PlacedLine]]:
    """The lines of each page that belong to the page: its number, and what the same place of other pages repeats."""
    edges = [_edge_lines(page) for page in pages]
    seen: Counter[tuple[str, int]] = Counter()
    for page, lines in zip(pages, edges, strict=True):
        seen.update({(_repeated(line.text), _place(page, line) + step) for line in lines for step in (-1, 0, 1)})
    least = 2 if len(pages) < 6 else max(3, len(pages) // 5)  # headers of odd pages, or of one chapter, are some
    found = []
    for page, lines in zip(pages, edges, strict=True):
        gone: list[PlacedLine] = []
        for upper in (True, False):  # from the outside in: what is nearer to the edge must be furniture too
            here = [line for line in lines if (line.middle < page.height / 2) is upper]
            levels = _levels(here)
            for level in levels if upper else reversed(levels):
                repeated = [
                    line for line in level if len(pages) > 1 and seen[_repeated(line.text), _place(page, line)] >= least
                ]
                if not _is_furniture(level, repeated):
                    break
                gone += level
        found.append(gone)
    return found


def _levels(lines: Sequence[PlacedLine]) -> list[list[PlacedLine]]:
    """Lines by the height they stand at, from the top."""
    levels: list[list[PlacedLine]] = []
    for line in sorted(lines, key=lambda each: each.middle):
        level = levels[-1] if levels else None
        if level is not None and abs(line.middle - level[0].middle) < 0.5 * min(line.height, level[0].height):
            level.append(line)
        else:
            levels.append([line])
    return levels


def _is_furniture(level: Sequence[PlacedLine], repeated: Sequence[PlacedLine]) -> bool:
    """Whether what stands at one height is: all of it repeated or numbers, or little text beside a page's mark."""
    if any(_PAGE_MARK.fullmatch(line.text.strip()) for line in level):
        return all(len(line.text) <= 40 for line in level)
    return all(line in repeated or _NUMBER_ALONE.fullmatch(line.text.strip()) for line in level)


def _edge_lines(page: PlacedPage) -> list[PlacedLine]:
    edge = page.height * _MARGIN
    return [line for line in page.lines if line.bottom < edge or line.top > page.height - edge]


def _place(page: PlacedPage, line: PlacedLine) -> int:
    return round(line.middle / page.height / _SAME_PLACE)


def _repeated(text: str) -> str:
    """What of a header is the same on every page."""
    return re.sub(r"\d+", "0", flat(text))


# ---------------------------------------------------------------- how the text is set


@dataclass(frozen=True, slots=True)
class _Measure:
    """How a document is set: its usual character, its lines' width in characters, and whether paragraphs are indented."""

    em: float  # fraction of the page's width
    width: float
    indented: bool

    @staticmethod
    def of(pages: Sequence[PlacedPage]) -> _Measure:
        ems = [line.em / page.width for page in pages for line in page.lines if len(line.text) >= 10]
        em = median(ems) if ems else 0.025
        widths, firsts, flush = [], 0, 0
        for page in pages:
            unit = em * page.width
            long = [line for line in page.lines if line.right - line.left > 10 * unit]
            if len(long) < 4:
                continue
            left = _usual_left(long, unit)
            widths.append((max(line.right for line in long) - left) / unit)
            firsts += sum(1 for line in long if _INDENT <= (line.left - left) / unit <= _DEEP)
            flush += sum(1 for line in long if (line.left - left) / unit < _INDENT)
        return _Measure(em, median(widths) if widths else 0.0, firsts >= 2 and firsts * 12 >= flush)


def _usual_left(lines: Sequence[PlacedLine], unit: float) -> float:
    """Where lines usually begin: the leftmost place where several do."""
    places = Counter(round(line.left / unit) for line in lines)
    often = [place for place, count in places.items() if (count + places[place + 1]) * 6 >= len(lines)]
    at = min(often) if often else min(places)
    return median(line.left for line in lines if abs(line.left / unit - at) <= 1)


@dataclass(frozen=True, slots=True)
class _Column:
    """The edges between which lines run, and the width of a character."""

    left: float
    right: float
    em: float
    gap: float  # between the tops of two lines, usually

    def is_full(self, line: PlacedLine) -> bool:
        return line.right >= self.right - _SHORT * self.em and line.left <= self.left + _DEEP * self.em

    def is_indented(self, line: PlacedLine) -> bool:
        return line.left >= self.left + _INDENT * self.em

    def is_centred(self, line: PlacedLine, least: float = 2.5) -> bool:
        before, after = line.left - self.left, self.right - line.right
        return before > least * self.em and abs(before - after) <= max(1.5 * self.em, 0.12 * (before + after))


def _column(
    lines: Sequence[PlacedLine], page: PlacedPage, measure: _Measure, edges: tuple[float, float] | None = None
) -> _Column:
    """The column these lines stand in; ``edges`` where they do not show it themselves."""
    em = measure.em * page.width
    long = [line for line in lines if line.right - line.left > 8 * em]
    few, long = len(long) < 5, long or list(lines)
    left = _usual_left(long, em)
    right = max(line.right for line in long)
    if edges is not None:
        left, right = edges
    elif few:  # too few to show how wide they may be
        right = max(right, min(left + max(_NARROW, measure.width) * em, page.width * 0.97))
    steps = [b.middle - a.middle for a, b in pairwise(lines) if 0 < b.middle - a.middle < 4 * em]
    return _Column(left, right, em, median(steps) if steps else 2 * em)


def _goes_on(before: PlacedLine, line: PlacedLine, column: _Column, measure: _Measure, *, apart: bool = False) -> bool:
    """Whether a line continues the paragraph of the line before; ``apart``: it stands in another column or page."""
    if not column.is_full(before) or column.is_centred(line) or before.spread or line.spread:
        return False
    if not apart and not measure.indented and line.middle - before.middle > column.gap * 1.35 + 0.2 * column.em:
        return False
    if line.left > column.left + _DEEP * column.em or not _as_large(before, line):
        return False
    if measure.indented and not column.is_indented(line):
        return True
    return not ends_sentence(before.text) and not STARTS.match(line.text.lstrip())


def _as_large(before: PlacedLine, line: PlacedLine) -> bool:
    """Whether two lines are set in one size, as far as lines of a few characters show it."""
    few = min(len(before.text), len(line.text)) < 6
    return few or max(before.em, line.em) <= 1.25 * min(before.em, line.em)


# ---------------------------------------------------------------- one page


def _read_page(flow: _Flow, page: PlacedPage, measure: _Measure) -> None:
    """The page's text between and inside its tables, from top to bottom."""
    grids = grids_of(page)
    inside: dict[int, list[PlacedLine]] = {index: [] for index in range(len(grids))}
    free: list[PlacedLine] = []
    for line in page.lines:
        home = next((index for index, grid in enumerate(grids) if _holds(grid.edges, line)), None)
        (free if home is None else inside[home]).append(line)
    above = float("-inf")
    for index, grid in enumerate(grids):
        top = grid.edges[1]
        _read_text(flow, [line for line in free if above <= line.middle < top], page, measure)
        above = top
        if len(grid.columns) > 2:
            flow.table(_table(grid, inside[index], page))
        else:
            _read_text(flow, inside[index], page, measure)
    _read_text(flow, [line for line in free if line.middle >= above], page, measure)


def _holds(edges: Box, line: PlacedLine) -> bool:
    left, top, right, bottom = edges
    return left <= (line.left + line.right) / 2 <= right and top <= line.middle <= bottom


def _read_text(flow: _Flow, lines: Sequence[PlacedLine], page: PlacedPage, measure: _Measure) -> None:
    """Running text in one or more columns."""
    if not lines:
        return
    edges = min(line.left for line in lines), max(line.right for line in lines)
    for part in _in_columns(sorted(lines, key=lambda line: line.middle), measure.em * page.width):
        joined = _joined(part.lines)
        column = _column(joined, page, measure, edges if part.across else None)
        flow.text(_paragraphs(joined, column, measure, page.number), column)


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines to be read one after the other: a column, or (``across``) what stands over several."""

    lines: list[PlacedLine]
    across: bool = False


def _in_columns(lines: list[PlacedLine], em: float) -> list[_Part]:
    """The lines in the order of reading, column by column where the page has columns."""
    at = _gutter(lines, em)
    if at is None:
        return [_Part(lines)] if lines else []
    out: list[_Part] = []
    left: list[PlacedLine] = []
    right: list[PlacedLine] = []
    for line in lines:
        if line.left < at < line.right:
            out += [*_in_columns(left, em), *_in_columns(right, em)]
            left, right = [], []
            if out and out[-1].across:
                out[-1].lines.append(line)
            else:
                out.append(_Part([line], across=True))
        else:
            (left if line.right <= at else right).append(line)
    return [*out, *_in_columns(left, em), *_in_columns(right, em)]


def _gutter(lines: Sequence[PlacedLine], em: float) -> float | None:
    """Where a white strip parts two columns of running text; None where there is one column, or a list or form."""
    if len(lines) < 12:
        return None
    start, end = min(line.left for line in lines), max(line.right for line in lines)
    best: tuple[float, float] | None = None
    place = start + (end - start) * 0.2
    while place < start + (end - start) * 0.8:
        crossing = sum(1 for line in lines if line.left < place + em * 0.4 and line.right > place - em * 0.4)
        left = [line for line in lines if line.right <= place]
        right = [line for line in lines if line.left >= place]
        if crossing * 6 <= len(lines) and min(len(left), len(right)) >= 5 and _runs(left) and _runs(right):
            score = crossing + abs(place - (start + end) / 2) / (end - start)
            if best is None or score < best[0]:
                best = (score, place)
        place += em * 0.4
    return best[1] if best is not None else None


def _runs(lines: Sequence[PlacedLine]) -> bool:
    """Whether lines fill their column as running text does."""
    width = max(line.right for line in lines) - min(line.left for line in lines)
    full = sum(1 for line in lines if line.right - line.left >= 0.75 * width)
    return full * 2 >= len(lines) and width > 0


def _joined(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """Runs that stand on one line as that line."""
    return [_one(sorted(row, key=lambda each: each.left)) for row in _levels(lines)]


def _one(row: Sequence[PlacedLine]) -> PlacedLine:
    if len(row) == 1:
        return row[0]
    text, spread = row[0].text, False
    for before, line in pairwise(row):
        gap = (line.left - before.right) / max(1e-6, line.em)
        spread = spread or gap > 2.5
        text += ("" if gap < 0.6 else "　") + line.text
    return PlacedLine(
        text,
        row[0].left,
        min(line.top for line in row),
        max(line.right for line in row),
        max(line.bottom for line in row),
        around([line.box for line in row]),
        spread,
    )


def _paragraphs(lines: Sequence[PlacedLine], column: _Column, measure: _Measure, page: int) -> list[_Paragraph]:
    out: list[_Paragraph] = []
    for line in lines:
        before = out[-1].lines[-1][1] if out else None
        centred = line.em > column.em * _LARGE and column.is_centred(line, least=0.3)  # titles may fill the line
        if (before is not None and out[-1].centred and centred and _same_title(before, line)) or (
            before is not None and not out[-1].centred and _goes_on(before, line, column, measure)
        ):
            out[-1].lines.append((page, line))
        else:
            out.append(_Paragraph([(page, line)], centred=centred))
        out[-1].open = column.is_full(line) and not centred
    return out


def _same_title(before: PlacedLine, line: PlacedLine) -> bool:
    """Whether two large centred lines are one title: as large, close, and no line in brackets of its own."""
    alike = max(before.em, line.em) < 1.15 * min(before.em, line.em)
    close = line.top - before.bottom < 1.3 * line.height
    return alike and close and not re.match(r"[（(]", line.text) and not before.text.endswith(("文件", "号"))


# ---------------------------------------------------------------- tables


def _table(grid: Grid, lines: Sequence[PlacedLine], page: PlacedPage) -> _Table:
    by_cell: dict[Cell, list[PlacedLine]] = {cell: [] for cell in grid.cells}
    for line in lines:
        home = next((cell for cell in grid.cells if _holds(cell.edges, line)), None)
        if home is not None:
            by_cell[home].append(line)
    rows = [[""] * (len(grid.columns) - 1) for _ in range(len(grid.rows) - 1)]
    sources: list[list[tuple[int, PlacedLine]]] = [[] for _ in rows]
    for cell, here in by_cell.items():
        text = cell_text(here, cell.edges)
        for row in range(*cell.rows):
            for column in range(*cell.columns):
                rows[row][column] = text
            sources[row] += [(page.number, line) for line in here]
    return _Table(tuple(edge / page.width for edge in grid.columns), rows, sources)


def cell_text(lines: Sequence[PlacedLine], edges: Box) -> str:
    """A cell's text, a paragraph a line."""
    joined = _joined(lines)
    if not joined:
        return ""
    em = median(line.em for line in joined)
    left = min(line.left for line in joined)
    right = max(max(line.right for line in joined), edges[2] - 1.2 * em)
    column = _Column(left, right, em, 2 * em)
    wide = right - left > 12 * em
    indented = wide and any(_INDENT * em <= line.left - left <= _DEEP * em for line in joined)
    parts: list[list[PlacedLine]] = []
    for line in joined:
        before = parts[-1][-1] if parts else None
        if (
            before is not None
            and line.right > 0
            and before.right >= right - _SHORT * em
            and (
                (indented and not column.is_indented(line))
                or (not ends_sentence(before.text) and not STARTS.match(line.text))
            )
        ):
            parts[-1].append(line)
        else:
            parts.append([line])
    return "\n".join(_run_on([line.text for line in part]) for part in parts)


def _run_on(texts: Sequence[str]) -> str:
    """Lines as one: nothing between Chinese characters, a space between Latin words."""
    out = texts[0]
    for text in texts[1:]:
        latin = out[-1:].isascii() and text[:1].isascii() and (out[-1:].isalpha() or text[:1].isalpha())
        out += (" " if latin else "") + text
    return out


# ---------------------------------------------------------------- over all pages


@dataclass
class _Flow:
    """The document as its pages are read: what may go on overleaf waits."""

    draft: Draft
    measure: _Measure
    _waiting: _Element | None = None
    _dropped: list[str] = field(default_factory=list)  # furniture between the parts of a paragraph
    _body: bool = False  # running text has begun: no more titles

    def leave_out(self, text: str) -> None:
        """A line of furniture, recorded where it stood."""
        self._dropped.append(text)

    def text(self, paragraphs: Sequence[_Paragraph], column: _Column) -> None:
        """Paragraphs of one column; the first may continue the last one of the column before."""
        for index, paragraph in enumerate(paragraphs):
            last = self._waiting
            first = paragraph.lines[0][1]
            if index == 0 and isinstance(last, _Paragraph) and last.open and not paragraph.centred:
                before = last.lines[-1][1]
                moved = _moved(before, column)
                if _goes_on(moved, first, column, self.measure, apart=True):
                    last.lines += paragraph.lines
                    last.open = paragraph.open
                    continue
            self._put(paragraph)

    def table(self, table: _Table) -> None:
        """A table; where the one before has the same columns, it goes on with it."""
        last = self._waiting
        if not isinstance(last, _Table) or not _same_columns(last.columns, table.columns):
            self._put(table)
            return
        rows, sources = table.rows, table.sources
        if rows and last.rows and _is_rest(rows[0], last.rows[-1]):  # a row broken by the page
            last.rows[-1] = [_cell_on(a, b) for a, b in zip(last.rows[-1], rows[0], strict=True)]
            last.sources[-1] += sources[0]
            rows, sources = rows[1:], sources[1:]
        last.rows += rows
        last.sources += sources

    def finish(self) -> None:
        """Put down what waits."""
        self._put(None)

    def _put(self, element: _Element | None) -> None:
        last = self._waiting
        if isinstance(last, _Paragraph):
            self._put_paragraph(last)
        elif last is not None:
            _put_table(self.draft, last)
        for text in self._dropped:
            self.draft.drop(text, "margin")
        self._dropped = []
        self._waiting = element

    def _put_paragraph(self, paragraph: _Paragraph) -> None:
        raw = paragraph.raw
        if paragraph.centred and len(raw) <= 80 and not ends_sentence(raw) and not raw.endswith(("号", "文件")):
            self.draft.heading(raw, 2 if self._body else 1, paragraph.source)
            return
        self._body = self._body or len(raw) > 60
        self.draft.paragraph(raw, paragraph.source)


def _moved(line: PlacedLine, column: _Column) -> PlacedLine:
    """A line that was full in its column as a full line of another one."""
    return PlacedLine(line.text, column.left, line.top, column.right, line.top + column.em * 1.2, line.box)


def _same_columns(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(abs(a - b) < 0.02 for a, b in zip(one, other, strict=True))


def _is_rest(row: Sequence[str], before: Sequence[str]) -> bool:
    """Whether a page's first row only goes on with the row above it: its first cell is empty there."""
    return not row[0].strip() and bool(before[0].strip()) and any(cell.strip() for cell in row)


def _cell_on(cell: str, rest: str) -> str:
    if not cell or not rest:
        return cell + rest
    return cell + ("\n" if ends_sentence(cell) or STARTS.match(rest) else "") + rest


def _put_table(draft: Draft, table: _Table) -> None:
    sources = [source_of(sorted(lines, key=lambda placed: placed[0])) for lines in table.sources]
    if _is_text(table.rows):
        above: list[str] = ["", ""]
        for row, source in zip(table.rows, sources, strict=True):
            _put_as_text(
                draft, ["" if cell == before else cell for cell, before in zip(row, above, strict=True)], source
            )
            above = row
    else:
        add_table(draft, table.rows, sources=sources)


def _is_text(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table only sets out a regulation: in most rows one of two cells is, or begins with, 第N条."""
    if not rows or len(rows[0]) != 2:
        return False
    begins = [sum(1 for row in rows if _ARTICLE.match(flat(row[column]))) for column in (0, 1)]
    return max(begins) * 2 > len(rows) - 1 and min(begins) * 3 < max(begins)


def _put_as_text(draft: Draft, row: Sequence[str], source: Source) -> None:
    first, second = row
    if first == second:  # one cell over the whole width
        second = ""
    if _ARTICLE_ALONE.fullmatch(flat(first)) and second:
        first, second = f"{flat(first)}　{second}", ""
    elif _ORDINAL.fullmatch(flat(first)) and second:  # the row's number says nothing of the text
        draft.drop(first, "margin")
        first = ""
    if max(len(first), len(second)) <= _NARROW:  # the names of the columns
        first, second = "　".join(part for part in (first, second) if part), ""
    for part in (*first.split("\n"), *second.split("\n")):
        draft.paragraph(part, source)
