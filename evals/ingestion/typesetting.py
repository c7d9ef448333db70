"""Pages as offices make them, from our own text: 公文 with a red head, a table, a stamped and skewed scan; clean or worn.

Drawn with Pillow in a Chinese font found through fontconfig, deterministically.
"""

from __future__ import annotations

import io
import math
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

DOTS = 200  # per inch
_POINT = DOTS / 72
_WIDTH, _HEIGHT = round(595.3 * _POINT), round(841.9 * _POINT)  # A4
_LEFT, _RIGHT, _TOP, _BOTTOM = (round(each * _POINT) for each in (79.4, 73.7, 104.9, 99.2))  # GB/T 9704
_BODY, _TITLE, _HEAD, _SMALL = 16.0, 22.0, 46.0, 12.0  # points
_LEADING = 28.95
_RED, _BLACK = (214, 28, 34), (20, 20, 20)
_NOT_FIRST = "，。、；：！？）》”’】"
_NOT_LAST = "（《“‘【"


@dataclass(frozen=True, slots=True)
class Text:
    """What is set: the head of a 公文 (issuer, number), the title, and the paragraphs."""

    issuer: str
    number: str
    title: str
    paragraphs: tuple[str, ...]


@cache
def font_file(name: str = "Noto Serif CJK SC") -> tuple[str, int] | None:
    """A font with Chinese characters: file and index of the face in it; None where the system has none."""
    wanted = [f"{name}:lang=zh-cn", ":lang=zh-cn"]
    for pattern in wanted:
        try:
            found = subprocess.run(
                ["fc-match", "-f", "%{file}|%{index}|%{lang}", pattern], capture_output=True, text=True, check=True
            ).stdout
        except (OSError, subprocess.CalledProcessError):
            return None
        file, index, languages = found.split("|", 2)
        if "zh-cn" in languages:
            return file, int(index) & 0xFFFF
    return None


@cache
def _font(points: float) -> ImageFont.FreeTypeFont:
    found = font_file()
    if found is None:
        raise RuntimeError("no Chinese font")
    return ImageFont.truetype(found[0], round(points * _POINT), index=found[1])


def broken(text: str, font: ImageFont.FreeTypeFont, width: float, indent: float) -> Iterator[str]:
    """The lines of a paragraph: closing marks never begin one, opening marks never end one."""
    line, room = "", width - indent
    for character in text:
        if font.getlength(line + character) > room and not (character in _NOT_FIRST and font.getlength(line) <= room):
            keep = line[-1] if line[-1:] in _NOT_LAST else ""
            yield line.removesuffix(keep) if keep else line
            line, room = keep, width
        line += character
    if line:
        yield line


class _Sheets:
    """Pages filled from top to bottom."""

    def __init__(self) -> None:
        self.pages: list[Image.Image] = []
        self.y = 0.0
        self.turn()

    def turn(self) -> None:
        """A new page."""
        page = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
        self.pages.append(page)
        self.pen = ImageDraw.Draw(page)
        self.y = float(_TOP)

    def line(
        self, text: str, x: float, points: float, colour: tuple[int, int, int] = _BLACK, leading: float = _LEADING
    ) -> None:
        """A line of text at the current height."""
        if self.y + leading * _POINT > _HEIGHT - _BOTTOM:
            self.turn()
        self.pen.text((x, self.y), text, font=_font(points), fill=colour)
        self.y += leading * _POINT

    def centred(
        self, text: str, points: float, colour: tuple[int, int, int] = _BLACK, leading: float = _LEADING
    ) -> None:
        """Centred lines."""
        width = _WIDTH - _LEFT - _RIGHT
        for line in broken(text, _font(points), width * 0.9, 0):
            self.line(line, _LEFT + (width - _font(points).getlength(line)) / 2, points, colour, leading)

    def paragraph(self, text: str) -> None:
        """A paragraph whose first line stands two characters in."""
        indent = 2 * _BODY * _POINT
        for index, line in enumerate(broken(text, _font(_BODY), _WIDTH - _LEFT - _RIGHT, indent)):
            self.line(line, _LEFT + (indent if index == 0 else 0), _BODY)

    def numbered(self) -> list[Image.Image]:
        """The pages with their numbers."""
        for number, page in enumerate(self.pages, 1):
            words = f"— {number} —"
            x = _WIDTH - _RIGHT - _font(14).getlength(words) if number % 2 else _LEFT
            ImageDraw.Draw(page).text((x, _HEIGHT - _BOTTOM + 20 * _POINT), words, font=_font(14), fill=_BLACK)
        return self.pages


def red_head(text: Text) -> list[Image.Image]:
    """A 公文: red name of the issuer and red line, number, title, text."""
    sheets = _Sheets()
    name = f"{text.issuer}文件"
    points = min(_HEAD, (_WIDTH - _LEFT - _RIGHT) / _POINT / len(name))
    sheets.y += 30 * _POINT
    sheets.centred(name, points, _RED, points * 1.6)
    sheets.y += 20 * _POINT
    sheets.centred(text.number, _BODY)
    sheets.y += 6 * _POINT
    sheets.pen.line((_LEFT, sheets.y, _WIDTH - _RIGHT, sheets.y), fill=_RED, width=round(2 * _POINT))
    sheets.y += 30 * _POINT
    _body(sheets, text)
    return sheets.numbered()


def _body(sheets: _Sheets, text: Text) -> None:
    sheets.centred(text.title, _TITLE, leading=34)
    sheets.y += 16 * _POINT
    for paragraph in text.paragraphs:
        sheets.paragraph(paragraph)


_ARTICLE = re.compile(r"(第[一二三四五六七八九十百]+条)　?(.*)")


def rows_of(text: Text) -> list[tuple[str, list[str]]]:
    """The articles as rows of a table: number and paragraphs."""
    rows: list[tuple[str, list[str]]] = []
    for paragraph in text.paragraphs:
        if found := _ARTICLE.match(paragraph):
            rows.append((found[1], [found[2]]))
        elif rows:
            rows[-1][1].append(paragraph)
    return rows


TABLE_HEADER = ("条款", "内容")


def table(text: Text) -> list[Image.Image]:
    """A ruled table of two columns: the number of each article, and what it says."""
    sheets = _Sheets()
    sheets.centred(text.title, _TITLE, leading=34)
    sheets.y += 10 * _POINT
    font, leading, pad = _font(_SMALL), 19 * _POINT, 5 * _POINT
    edges = (_LEFT, _LEFT + round(80 * _POINT), _WIDTH - _RIGHT)
    for number, paragraphs in [(TABLE_HEADER[0], [TABLE_HEADER[1]]), *rows_of(text)]:
        lines = [line for each in paragraphs for line in broken(each, font, edges[2] - edges[1] - 2 * pad, 0)]
        height = len(lines) * leading + 2 * pad
        if sheets.y + height > _HEIGHT - _BOTTOM:
            sheets.turn()
        for edge in edges:
            sheets.pen.line((edge, sheets.y, edge, sheets.y + height), fill=_BLACK, width=2)
        for y in (sheets.y, sheets.y + height):
            sheets.pen.line((edges[0], y, edges[2], y), fill=_BLACK, width=2)
        sheets.pen.text((edges[0] + pad, sheets.y + height / 2 - leading / 2), number, font=font, fill=_BLACK)
        for index, line in enumerate(lines):
            sheets.pen.text((edges[1] + pad, sheets.y + pad + index * leading), line, font=font, fill=_BLACK)
        sheets.y += height
    return sheets.numbered()


def stamped(text: Text) -> list[Image.Image]:
    """A scan: text, signed and stamped, lying 1.5° askew on the glass."""
    sheets = _Sheets()
    _body(sheets, text)
    out = []
    for index, page in enumerate(sheets.numbered()):
        seal = _seal(text.issuer)
        place = (
            _WIDTH - _RIGHT - seal.width - (index * 97) % 200,
            _HEIGHT - _BOTTOM - seal.height - (index * 131) % 600,
        )
        inked = Image.new("RGB", page.size, "white")
        inked.paste(seal, place)
        out.append(ImageChops.multiply(page, inked).rotate(-1.5, Image.Resampling.BICUBIC, fillcolor="white"))
    return out


def _seal(issuer: str) -> Image.Image:
    """A round red stamp: ring, star, and the issuer's name around it."""
    size = round(119 * _POINT)  # 42 mm
    seal = Image.new("RGB", (size, size), "white")
    pen = ImageDraw.Draw(seal)
    pen.ellipse((4, 4, size - 4, size - 4), outline=_RED, width=round(3.4 * _POINT))
    middle = size / 2
    star = [
        (
            middle + (0.19 if point % 2 == 0 else 0.075) * size * math.sin(point * math.pi / 5),
            middle - (0.19 if point % 2 == 0 else 0.075) * size * math.cos(point * math.pi / 5),
        )
        for point in range(10)
    ]
    pen.polygon(star, fill=_RED)
    font = _font(15)
    for index, character in enumerate(issuer):
        angle = -130 + 260 * (index + 0.5) / len(issuer)
        tile = Image.new("RGB", (round(22 * _POINT),) * 2, "white")
        ImageDraw.Draw(tile).text((3 * _POINT, 0), character, font=font, fill=_RED)
        turned = tile.rotate(-angle, Image.Resampling.BICUBIC, fillcolor="white")
        x = middle + 0.36 * size * math.sin(math.radians(angle)) - turned.width / 2
        y = middle - 0.36 * size * math.cos(math.radians(angle)) - turned.height / 2
        layer = Image.new("RGB", seal.size, "white")
        layer.paste(turned, (round(x), round(y)))
        seal = ImageChops.multiply(seal, layer)
    return seal


# ---------------------------------------------------------------- wear


def worn(page: Image.Image, kind: int) -> Image.Image:
    """A page as a poor scanner, copier or camera leaves it; ``kind`` picks which two of the four things happened."""
    chance = numpy.random.default_rng(kind)
    steps = (("dots", "jpeg"), ("blur", "noise"), ("noise", "jpeg"), ("dots", "noise"))[kind % 4]
    size = page.size
    for step in steps:
        if step == "dots":  # scanned at 120 dots an inch
            page = page.resize((size[0] * 120 // DOTS, size[1] * 120 // DOTS), Image.Resampling.BILINEAR)
            page = page.resize(size, Image.Resampling.BILINEAR)
        elif step == "blur":
            page = page.filter(ImageFilter.GaussianBlur(1.2))
        elif step == "noise":
            grain = chance.normal(0, chance.integers(30, 50), (size[1], size[0], 1))
            page = Image.fromarray((numpy.asarray(page) + grain).clip(0, 255).astype(numpy.uint8))
        else:
            out = io.BytesIO()
            page.save(out, "JPEG", quality=25)
            page = Image.open(out).convert("RGB")
    return page


def as_pdf(pages: Sequence[Image.Image]) -> bytes:
    """The pages as a PDF of images."""
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=list(pages[1:]), resolution=DOTS, quality=95)
    return out.getvalue()
