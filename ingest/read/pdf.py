"""PDF files: the text layer where a page has a usable one, recognition of the page's image where not."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ingest.clean import Draft
from ingest.document import Metadata
from ingest.errors import ReadError
from ingest.read.flow import add_pages
from ingest.read.placed import Box, PlacedLine, PlacedPage, Rule, around
from ingest.read.wrapping import columns

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_PAGES = 5000
_DOTS_PER_INCH = 200  # for recognition: 3号 characters are then 44 pixels wide, and the model wants 48
_MOST_PIXELS = 16_000_000  # of a rendered page; A3 at 200 dpi has 8 million
_LEAST_SIDE, _LARGEST_SIDE = 3.0, 14_400.0  # points; the largest is the format's own limit
_FEW = 80  # characters: fewer on an image that fills the page are a scanner's or a register's mark, not its text
_MOST_OBJECTS = 30_000  # of a page, looked at for rules; a map has more, and no tables
_WIDE_GAP = 1.4  # widths of a character: what is further apart may be another column or cell


def read_pdf(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put the text of a PDF into the draft, with page and box of every block."""
    from ingest.read import ocr

    pages: list[PlacedPage] = []
    recognised: list[ocr.Recognised] = []
    with _opened(data, name) as pdf:
        total = len(pdf)
        if total > _MOST_PAGES:
            raise ReadError("file_too_large", name=name, size=f"{total} 页", limit=f"{_MOST_PAGES} 页")
        for number in range(1, total + 1):
            with _page(pdf, number, name) as page:
                layer = _text_layer(page, number)
                if layer.aside:
                    draft.drop(layer.aside, "margin")
                placed = layer.page
                if _needs_recognition(page, layer):
                    seen = ocr.recognise(_rendered(page, _DOTS_PER_INCH / 72), number)
                    recognised.append(seen)
                    placed = seen.page
            pages.append(placed)
            draft.tell(number, total)
        metadata = _properties(pdf)
    add_pages(draft, pages)
    ocr.report(draft, recognised, total)
    return metadata


def page_image(data: bytes, name: str, number: int, width: int) -> Image | None:
    """A page of a PDF as an image so many pixels wide; None when it has no such page."""
    with _opened(data, name) as pdf:
        if not 1 <= number <= len(pdf):
            return None
        with _page(pdf, number, name) as page:
            return _rendered(page, width / page.get_width())


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Any]:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise ReadError("file_encrypted", name=name) from None
        if error.err_code == pypdfium2.raw.FPDF_ERR_SECURITY:
            raise ReadError("file_encrypted", name=name) from None
        reason = "里面没有页" if error.err_code == pypdfium2.raw.FPDF_ERR_SUCCESS else "不是完整的 PDF"
        raise ReadError("file_damaged", name=name, reason=reason) from None
    try:
        yield pdf
    finally:
        pdf.close()


@contextmanager
def _page(pdf: Any, number: int, name: str) -> Iterator[Any]:
    import pypdfium2

    try:
        page = pdf[number - 1]
    except pypdfium2.PdfiumError:
        raise ReadError("file_damaged", name=name, reason=f"第{number}页打不开") from None
    try:
        width, height = page.get_size()
        if not (_LEAST_SIDE <= width <= _LARGEST_SIDE and _LEAST_SIDE <= height <= _LARGEST_SIDE):
            raise ReadError(
                "file_damaged", name=name, reason=f"第{number}页的尺寸（{width:.0f}×{height:.0f} 磅）不合理"
            )
        yield page
    finally:
        page.close()


def _rendered(page: Any, scale: float) -> Image:
    """The page's image, at a lower scale where it would have too many pixels."""
    width, height = page.get_size()
    scale = min(scale, math.sqrt(_MOST_PIXELS / (width * height)))
    image: Image = page.render(scale=scale, limit_image_cache=True).to_pil().convert("RGB")
    return image


def _properties(pdf: Any) -> Metadata:
    """Title and author the file carries: often a template's, so only remarks for who infers the metadata."""
    found = pdf.get_metadata_dict(skip_empty=True)
    named = (("core_title", found.get("Title", "")), ("core_author", found.get("Author", "")))
    return Metadata(extra={key: value.strip() for key, value in named if value.strip()})


# ---------------------------------------------------------------- the text layer


@dataclass(frozen=True, slots=True)
class _Layer:
    """A page's text layer: its lines and rules, how many characters it has, and how many mean nothing."""

    page: PlacedPage
    aside: str  # what is written aslant: a watermark
    characters: int
    garbage: int


@dataclass(frozen=True, slots=True)
class _Glyph:
    character: str
    edges: Box
    spaced: bool = False  # white space stands before it


class _View:
    """From the page's own coordinates to points from the upper left corner of the page as it is shown."""

    def __init__(self, page: Any) -> None:
        self.width, self.height = page.get_size()
        origin, right, up = (self._seen(page, x, y) for x, y in ((0, 0), (100, 0), (0, 100)))
        self._origin = origin
        self._x = ((right[0] - origin[0]) / 100, (right[1] - origin[1]) / 100)
        self._y = ((up[0] - origin[0]) / 100, (up[1] - origin[1]) / 100)

    def _seen(self, page: Any, x: float, y: float) -> tuple[float, float]:
        from pypdfium2 import raw

        fine = 100  # the call gives whole units
        across, down = ctypes.c_int(), ctypes.c_int()
        size = (round(self.width * fine), round(self.height * fine))
        raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, ctypes.byref(across), ctypes.byref(down))
        return across.value / fine, down.value / fine

    def point(self, x: float, y: float) -> tuple[float, float]:
        return (
            self._origin[0] + x * self._x[0] + y * self._y[0],
            self._origin[1] + x * self._x[1] + y * self._y[1],
        )

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        (x0, y0), (x1, y1) = self.point(left, bottom), self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    @property
    def turn(self) -> float:
        """By how much the page is shown turned, in radians."""
        return math.atan2(self._x[1], self._x[0])


def _text_layer(page: Any, number: int) -> _Layer:
    view = _View(page)
    aside: list[str] = []
    runs: list[list[_Glyph]] = []
    rules = tuple(_rules(page, view))
    walls = [rule for rule in rules if rule.vertical]
    characters = garbage = 0
    for glyph, aslant in _glyphs(page, view):
        characters += 1
        garbage += _is_garbage(glyph.character)
        if aslant:
            aside.append(glyph.character)
        elif runs and _is_next(runs[-1][-1], glyph, walls):
            runs[-1].append(glyph)
        else:
            runs.append([glyph])
    lines = tuple(_line(run, view) for run in runs)
    page_of_it = PlacedPage(number, view.width, view.height, lines, rules)
    return _Layer(page_of_it, "".join(aside), characters, garbage)


def _glyphs(page: Any, view: _View) -> Iterator[tuple[_Glyph, bool]]:
    """The characters in the order the file draws them, and whether each stands aslant. White space is no character.

    Boxes of glyphs are as high as their ink (一 is a dash), so a character's box is made from the place and size
    of its font; a full-width one is as wide as that.
    """
    from pypdfium2 import raw

    text = page.get_textpage()
    try:
        ink, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
        x, y = ctypes.c_double(), ctypes.c_double()
        spaced = False
        for index in range(text.count_chars()):
            code = raw.FPDFText_GetUnicode(text, index)
            character = chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"
            if character.isspace() or raw.FPDFText_IsGenerated(text, index) == 1:
                spaced = True
                continue
            if not raw.FPDFText_GetLooseCharBox(text, index, ctypes.byref(ink)):
                continue
            raw.FPDFText_GetMatrix(text, index, ctypes.byref(matrix))
            raw.FPDFText_GetCharOrigin(text, index, ctypes.byref(x), ctypes.byref(y))
            size = raw.FPDFText_GetFontSize(text, index)
            angle = math.atan2(matrix.b, matrix.a) + view.turn
            aslant = abs(math.sin(angle)) > 0.1 or math.cos(angle) < 0
            if aslant:
                yield _Glyph(character, view.box(ink.left, ink.bottom, ink.right, ink.top)), True
                continue
            em, high = size * math.hypot(matrix.a, matrix.b), size * math.hypot(matrix.c, matrix.d)
            left, base = view.point(x.value, y.value)
            inked = view.box(ink.left, ink.bottom, ink.right, ink.top)
            right = left + em if columns(character) == 2 else max(inked[2], left + em * 0.2)
            yield _Glyph(character, (left, base - 0.88 * high, right, base + 0.12 * high), spaced), False
            spaced = False
    finally:
        text.close()


def _is_garbage(character: str) -> bool:
    """Whether a character tells nothing: fonts without a map to Unicode give private, control or Latin-1 codes."""
    category = unicodedata.category(character)
    return (
        category in ("Co", "Cc", "Cn", "Cs")
        or character == "\ufffd"
        or ("\u00a1" <= character <= "\u00ff" and character not in "·×±°§÷")
    )


def _is_next(last: _Glyph, glyph: _Glyph, walls: Sequence[Rule]) -> bool:
    """Whether a character goes on with the run of the one before: level with it, near, and in the same cell."""
    size = min(last.edges[3] - last.edges[1], glyph.edges[3] - glyph.edges[1])
    gap = glyph.edges[0] - last.edges[2]
    if abs(last.edges[3] - glyph.edges[3]) >= 0.5 * size or not -0.6 * size < gap < _WIDE_GAP * size:
        return False
    if gap < 0.1 * size:
        return True
    middle = (glyph.edges[1] + glyph.edges[3]) / 2
    return not any(last.edges[2] <= rule.at <= glyph.edges[0] and rule.start < middle < rule.end for rule in walls)


def _line(run: Sequence[_Glyph], view: _View) -> PlacedLine:
    text = run[0].character
    for last, glyph in pairwise(run):
        size = glyph.edges[3] - glyph.edges[1]
        latin = last.character.isascii() and glyph.character.isascii()
        gap = glyph.edges[0] - last.edges[2]
        wide = 0.35 if glyph.spaced else 0.65  # justified characters stand apart too
        text += (" " if latin and gap > 0.15 * size else "　" if gap > wide * size else "") + glyph.character
    left, top, right, bottom = edges = around([glyph.edges for glyph in run])
    shown = (left / view.width, top / view.height, right / view.width, bottom / view.height)
    return PlacedLine(text, *edges, shown)


def _needs_recognition(page: Any, layer: _Layer) -> bool:
    """Whether the page's image tells more than its text layer."""
    from pypdfium2 import raw

    if layer.characters and layer.garbage * 5 > layer.characters:
        return True
    if layer.characters >= _FEW:
        return False
    area = page.get_width() * page.get_height()
    drawn, covered = 0, 0.0
    for index, item in enumerate(page.get_objects(max_depth=3)):
        if index > _MOST_OBJECTS:
            break
        drawn += item.type in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING)
        if item.type == raw.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = item.get_bounds()
            covered = max(covered, (right - left) * (top - bottom) / area)
    return covered > 0.5 or (layer.characters == 0 and drawn > 0)


# ---------------------------------------------------------------- rules


def _rules(page: Any, view: _View) -> Iterator[Rule]:
    """The straight lines drawn on the page, thin filled boxes among them."""
    from pypdfium2 import raw

    for index, item in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3)):
        if index > _MOST_OBJECTS:
            return
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke))
        if not fill.value and not stroke.value:
            continue
        for points in _subpaths(item, view):
            left, top, right, bottom = around([(x, y, x, y) for x, y in points])
            if bottom - top < 3 or right - left < 3:
                yield from _rule(left, top, right, bottom)
            elif stroke.value:
                for (x0, y0), (x1, y1) in pairwise(points):
                    yield from _rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _rule(left: float, top: float, right: float, bottom: float) -> Iterator[Rule]:
    if bottom - top < 3 and right - left > 6:
        yield Rule(False, (top + bottom) / 2, left, right)
    elif right - left < 3 and bottom - top > 6:
        yield Rule(True, (left + right) / 2, top, bottom)


def _subpaths(item: Any, view: _View) -> list[list[tuple[float, float]]]:
    """The corners of each part of a path; a closed part ends where it began. Curves are left out."""
    from pypdfium2 import raw

    matrix = item.get_matrix()
    parts: list[list[tuple[float, float]]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(min(raw.FPDFPath_CountSegments(item), 2000)):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = view.point(*matrix.on_point(x.value, y.value))
        if kind == raw.FPDF_SEGMENT_MOVETO or not parts:
            parts.append([point])
        elif kind == raw.FPDF_SEGMENT_LINETO:
            parts[-1].append(point)
        if raw.FPDFPathSegment_GetClose(segment):
            parts[-1].append(parts[-1][0])
    return parts
