"""The inside of a Word 97–2003 file ([MS-DOC]): its characters, and how they, their paragraphs and lists are set."""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ingest.errors import ReadError
from ingest.read import sprm
from ingest.read.numbering import Level, Numbering
from ingest.read.ole import Container
from ingest.read.sprm import Modifiers
from ingest.read.styles import Style

_MAGIC, _WORD_97 = 0xA5EC, 0x6A
_ENCRYPTED, _TABLE_1 = 0x0100, 0x0200
_STORIES_AT, _PAIRS_AT = 0x4C, 0x9A  # of the lengths of the stories; of the (offset, size) pairs of the tables
_PAGE = 512
_HEADING_STYLES, _CONTENTS_STYLES, _TITLE_STYLE = range(1, 10), range(19, 28), 62  # built-in style numbers
_NO_LIST = (0, 0xF801)

# Which (offset, size) pair names a table.
STYLES, FOOTNOTE_MARKS, FOOTNOTE_TEXTS, SECTIONS, CHARACTER_PAGES, PARAGRAPH_PAGES = 1, 2, 3, 6, 12, 13
PIECES, DRAWINGS, ENDNOTE_MARKS, ENDNOTE_TEXTS, BOX_TEXTS, LISTS, LIST_USES = 33, 40, 46, 47, 56, 73, 74


class Piece(NamedTuple):
    """Characters that stand together in the file: their first and last position, offset and width in bytes."""

    start: int
    end: int
    offset: int
    width: int
    modifiers: Modifiers


class Run(NamedTuple):
    """Characters set alike."""

    start: int
    end: int
    modifiers: Modifiers


class Setting(NamedTuple):
    """How a paragraph is set: its style's key and its own modifiers over the style's."""

    style: str
    own: Modifiers
    all: Modifiers


@dataclass(frozen=True, slots=True)
class WordStyle:
    """A style of any kind: what it is based on and its modifiers of paragraphs and characters."""

    name: str
    base: str | None
    is_paragraph: bool
    paragraph: Modifiers
    character: Modifiers


@dataclass(frozen=True, slots=True)
class _Pages:
    """Modifiers by file offset, as the formatted pages of the file have them."""

    starts: Sequence[int]
    values: Sequence[bytes]

    def at(self, offset: int) -> bytes:
        index = bisect_right(self.starts, offset) - 1
        return self.values[index] if index >= 0 else b""

    def next_start(self, offset: int) -> int | None:
        index = bisect_right(self.starts, offset)
        return self.starts[index] if index < len(self.starts) else None


@dataclass(frozen=True)
class WordFile:
    """An opened file. ``text`` has one character a UTF-16 unit, so that its indices are the file's positions."""

    main: bytes
    table: bytes
    data: bytes
    pieces: Sequence[Piece]
    text: str
    styles: Mapping[str, WordStyle]
    _characters: _Pages
    _paragraphs: _Pages
    _cache: dict[str, tuple[Modifiers, Modifiers]] = field(default_factory=dict)

    def stories(self) -> Mapping[str, range]:
        """The positions of the main text and of what stands beside it."""
        lengths = struct.unpack_from("<8i", self.main, _STORIES_AT)
        found: dict[str, range] = {}
        start = 0
        names = ("text", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header_boxes")
        for name, length in zip(names, lengths, strict=True):
            end = min(start + max(0, length), len(self.text))
            found[name] = range(start, end)
            start = end
        return found

    def pair(self, index: int) -> bytes:
        """One of the tables the file's header names; b"" when there is none."""
        offset, size = _pair(self.main, index)
        return self.table[offset : offset + size]

    def positions(self, index: int, size: int) -> tuple[Sequence[int], Sequence[bytes]]:
        """A table of positions, one more than there are entries of ``size`` bytes after them."""
        content = self.pair(index)
        count = max(0, len(content) - 4) // (4 + size)
        ends = struct.unpack_from(f"<{count + 1}i", content) if len(content) >= 4 else ()
        first = (count + 1) * 4
        return ends, [content[first + each * size : first + (each + 1) * size] for each in range(count)]

    def runs(self, start: int, end: int) -> Iterator[Run]:
        """The characters of a stretch of text by how they are set."""
        index = max(0, bisect_right(self.pieces, start, key=lambda piece: piece.start) - 1)
        for piece in self.pieces[index:]:
            if piece.start >= end:
                return
            at, last = max(start, piece.start), min(end, piece.end)
            while at < last:
                offset = piece.offset + (at - piece.start) * piece.width
                following = self._characters.next_start(offset)
                stop = last if following is None else min(last, at + max(1, (following - offset) // piece.width))
                yield Run(at, stop, {**sprm.modifiers(self._characters.at(offset)), **piece.modifiers})
                at = stop

    def setting(self, mark: int) -> Setting:
        """How the paragraph is set that ends with the mark at this position."""
        piece = self.pieces[max(0, bisect_right(self.pieces, mark, key=lambda piece: piece.start) - 1)]
        found = self._paragraphs.at(piece.offset + (mark - piece.start) * piece.width)
        style = str(int.from_bytes(found[:2], "little"))
        own = {**sprm.modifiers(found[2:])}
        for code in sprm.ELSEWHERE:
            if (offset := sprm.number(own, code)) is not None:
                size = int.from_bytes(self.data[offset : offset + 2], "little")
                own |= sprm.modifiers(self.data[offset + 2 : offset + 2 + size])
        own |= piece.modifiers
        style = str(sprm.number(own, sprm.STYLE) or style)
        return Setting(style, own, {**self.of_style(style)[0], **own})

    def of_style(self, style: str) -> tuple[Modifiers, Modifiers]:
        """The modifiers of paragraphs and of characters of a style, with what it inherits; a circle ends."""
        if style not in self._cache:
            chain: list[WordStyle] = []
            key: str | None = style
            while key is not None and key in self.styles and self.styles[key] not in chain:
                chain.append(self.styles[key])
                key = chain[-1].base
            paragraph: dict[int, bytes] = {}
            character: dict[int, bytes] = {}
            for each in reversed(chain):
                paragraph |= each.paragraph
                character |= each.character
            self._cache[style] = (paragraph, character)
        return self._cache[style]

    def paragraph_styles(self) -> dict[str, Style]:
        """The styles as the readers of all formats know them."""
        found: dict[str, Style] = {}
        for key, style in self.styles.items():
            if style.is_paragraph:
                outline = sprm.number(style.paragraph, sprm.OUTLINE)
                found[key] = Style(style.name, style.base, outline)
        return found

    def list_of(self, setting: Setting, numbering: Numbering) -> tuple[str, int] | None:
        """The list a paragraph stands in, and its level; None outside lists."""
        number = sprm.number(setting.all, sprm.LIST)
        if number is None or number in _NO_LIST:
            return None
        level = sprm.number(setting.all, sprm.LIST_LEVEL)
        key = str(number)
        return key, level if level is not None else numbering.level_of_style(key, setting.style)


def open_word(container: Container) -> WordFile:
    """Read the file's tables. ReadError for files with a password, of Word 95 and before, and for damaged ones."""
    name = container.name
    main = container.stream("WordDocument") or b""
    if len(main) < _PAIRS_AT:
        raise ReadError("file_damaged", name=name, reason="没有正文部分")
    magic, version = struct.unpack_from("<HH", main)
    flags = struct.unpack_from("<H", main, 10)[0]
    if magic != _MAGIC and version >= _WORD_97:
        raise ReadError("file_damaged", name=name, reason="开头不是 Word 文件应有的内容")
    if version < _WORD_97:
        raise ReadError(
            "file_unsupported",
            name=name,
            actual="Word 95 或更早版本的文件",
            advice="请用 Word 或 WPS 打开，另存为 .docx 后重试。",
        )
    if flags & _ENCRYPTED:
        raise ReadError("file_encrypted", name=name)
    table = container.stream("1Table" if flags & _TABLE_1 else "0Table") or b""
    pieces = _pieces(main, table)
    if not pieces:
        raise ReadError("file_damaged", name=name, reason="没有正文部分")
    return WordFile(
        main,
        table,
        container.stream("Data") or b"",
        pieces,
        "".join(_characters(main, piece) for piece in pieces),
        _styles(_table(main, table, STYLES)),
        _pages(main, table, CHARACTER_PAGES, 1),
        _pages(main, table, PARAGRAPH_PAGES, 13),
    )


# ---------------------------------------------------------------- text


def _pair(main: bytes, index: int) -> tuple[int, int]:
    at = _PAIRS_AT + index * 8
    return struct.unpack_from("<II", main, at) if at + 8 <= len(main) else (0, 0)


def _table(main: bytes, table: bytes, index: int) -> bytes:
    offset, size = _pair(main, index)
    return table[offset : offset + size]


def _pieces(main: bytes, table: bytes) -> list[Piece]:
    """The piece table: which characters stand where, after the modifiers that pieces refer to."""
    content = _table(main, table, PIECES)
    at = 0
    shared: list[bytes] = []
    while content[at : at + 1] == b"\x01":
        size = int.from_bytes(content[at + 1 : at + 3], "little")
        shared.append(content[at + 3 : at + 3 + size])
        at += 3 + size
    if content[at : at + 1] != b"\x02":
        return []
    count = (struct.unpack_from("<I", content, at + 1)[0] - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", content, at + 5)
    out: list[Piece] = []
    for index in range(count):
        offset, extra = struct.unpack_from("<IH", content, at + 5 + (count + 1) * 4 + index * 8 + 2)
        is_narrow = bool(offset & 0x40000000)
        offset = (offset & 0x3FFFFFFF) // 2 if is_narrow else offset & 0x3FFFFFFF
        width = 1 if is_narrow else 2
        if not ends[index] <= ends[index + 1] <= ends[index] + max(0, len(main) - offset) // width:
            raise ValueError("a piece of text that is not there")
        out.append(Piece(ends[index], ends[index + 1], offset, width, _piece_modifiers(extra, shared)))
    return out


def _piece_modifiers(extra: int, shared: Sequence[bytes]) -> Modifiers:
    if not extra & 1:
        return sprm.short_modifier(extra >> 1 & 0x7F, extra >> 8)
    return sprm.modifiers(shared[extra >> 1]) if extra >> 1 < len(shared) else {}


def _characters(main: bytes, piece: Piece) -> str:
    """A piece's characters, one a UTF-16 unit; one byte each means Windows' Western code page."""
    content = main[piece.offset : piece.offset + (piece.end - piece.start) * piece.width]
    if piece.width == 1:
        return "".join(_WESTERN[byte] for byte in content)
    text = content.decode("utf-16-le", "surrogatepass")
    return "".join(map(_units, text)) if len(text) * 2 < len(content) else text


_WESTERN = [bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]


def _units(character: str) -> str:
    """A character as UTF-16 units."""
    code = ord(character) - 0x10000
    return character if code < 0 else chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def joined_units(text: str) -> str:
    """UTF-16 units back to characters; halves that have lost each other become �."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _pages(main: bytes, table: bytes, index: int, size: int) -> _Pages:
    """The formatted pages: runs of file offsets, each with its modifiers (paragraphs: the style's number before)."""
    content = _table(main, table, index)
    count = max(0, len(content) - 4) // 8
    found: dict[int, bytes] = {}
    for each in range(count):
        number = struct.unpack_from("<I", content, (count + 1) * 4 + each * 4)[0] & 0x3FFFFF
        page = main[number * _PAGE : (number + 1) * _PAGE]
        if len(page) < _PAGE:
            continue
        runs = page[-1]
        starts = struct.unpack_from(f"<{runs}I", page)
        for run in range(runs):
            at = page[(runs + 1) * 4 + run * size] * 2 if (runs + 1) * 4 + run * size < _PAGE else 0
            found[starts[run]] = _character_list(page, at) if size == 1 else _paragraph_list(page, at)
    starts_in_order = sorted(found)
    return _Pages(starts_in_order, [found[start] for start in starts_in_order])


def _character_list(page: bytes, at: int) -> bytes:
    return page[at + 1 : at + 1 + page[at]] if at else b""


def _paragraph_list(page: bytes, at: int) -> bytes:
    if not at or at + 1 >= _PAGE:
        return b"\0\0"
    if page[at]:
        return page[at + 1 : at + page[at] * 2]
    return page[at + 2 : at + 2 + page[at + 1] * 2]


# ---------------------------------------------------------------- styles


def _styles(content: bytes) -> dict[str, WordStyle]:
    """The style sheet, by each style's number."""
    if len(content) < 8:
        return {}
    header, count, base_size = struct.unpack_from("<HHH", content)
    at = 2 + header
    found: dict[str, WordStyle] = {}
    for index in range(count):
        if at + 2 > len(content):
            break
        size = int.from_bytes(content[at : at + 2], "little")
        if size >= base_size + 2:
            found[str(index)] = _style(content[at + 2 : at + 2 + size], base_size)
        at += 2 + size + size % 2
    return found


def _style(content: bytes, base_size: int) -> WordStyle:
    built_in, kind_and_base = struct.unpack_from("<HH", content)
    kind, base = kind_and_base & 0xF, kind_and_base >> 4
    length = int.from_bytes(content[base_size : base_size + 2], "little")
    at = base_size + 2
    name = content[at : at + length * 2].decode("utf-16-le", "replace")
    lists: list[bytes] = []
    at += length * 2 + 2
    while at + 2 <= len(content) and len(lists) < 2:
        size = int.from_bytes(content[at : at + 2], "little")
        lists.append(content[at + 2 : at + 2 + size])
        at += 2 + size + size % 2
    is_paragraph = kind == 1
    paragraph = lists[0][2:] if is_paragraph and lists else b""
    character = lists[1:2] if is_paragraph else lists[:1] if kind == 2 else []
    return WordStyle(
        _style_name(built_in & 0xFFF, name),
        str(base) if base != 0xFFF else None,
        is_paragraph,
        sprm.modifiers(paragraph),
        sprm.modifiers(character[0] if character else b""),
    )


def _style_name(built_in: int, name: str) -> str:
    """A style's name; a built-in one's by its number, as it may be named in any language."""
    if built_in in _HEADING_STYLES:
        return f"heading {built_in}"
    if built_in in _CONTENTS_STYLES:
        return f"toc {built_in - _CONTENTS_STYLES.start + 1}"
    return "Title" if built_in == _TITLE_STYLE else name.partition(",")[0]


# ---------------------------------------------------------------- lists


def read_lists(word: WordFile) -> Numbering:
    """The lists of a file; the key of a list is the number paragraphs refer to it by."""
    levels = dict(_list_levels(word.main, word.table))
    lists: dict[str, str] = {}
    overrides: dict[str, Mapping[int, Level]] = {}
    restarts: dict[str, Mapping[int, int]] = {}
    offset, size = _pair(word.main, LIST_USES)
    if size < 4:
        return Numbering()
    table = word.table
    count = struct.unpack_from("<I", table, offset)[0]
    counts: list[int] = []
    for index in range(min(count, (len(table) - offset - 4) // 16)):
        at = offset + 4 + index * 16
        lists[str(index + 1)] = str(struct.unpack_from("<i", table, at)[0])
        counts.append(table[at + 12])
    at = offset + 4 + len(counts) * 16
    for index, changed in enumerate(counts, 1):
        at += 4
        for _ in range(changed):
            if at + 8 > len(table):
                return Numbering(lists, levels, overrides, restarts)
            start, bits = struct.unpack_from("<iI", table, at)
            at += 8
            if bits & 0x20:
                level, at = _level(table, at)
                overrides[str(index)] = {**overrides.get(str(index), {}), bits & 0xF: level}
            elif bits & 0x10:
                restarts[str(index)] = {**restarts.get(str(index), {}), bits & 0xF: start}
    return Numbering(lists, levels, overrides, restarts)


def _list_levels(main: bytes, table: bytes) -> Iterator[tuple[str, Mapping[int, Level]]]:
    """Each list's key and levels; the levels stand one after another behind all lists."""
    offset, size = _pair(main, LISTS)
    if size < 2:
        return
    count = struct.unpack_from("<H", table, offset)[0]
    at = offset + 2 + count * 28
    for index in range(count):
        head = table[offset + 2 + index * 28 : offset + 30 + index * 28]
        if len(head) < 28:
            return
        linked = struct.unpack_from("<9H", head, 8)
        levels: dict[int, Level] = {}
        for each in range(1 if head[26] & 1 else 9):
            if at + 28 > len(table):
                break
            style = str(linked[each]) if linked[each] != 0xFFF else None
            levels[each], at = _level(table, at, style)
        yield str(struct.unpack_from("<i", head)[0]), levels


def _level(table: bytes, at: int, style: str | None = None) -> tuple[Level, int]:
    """One level of a list, and where the next one begins."""
    start, form, bits = struct.unpack_from("<iBB", table, at)
    follows, characters, paragraphs, limit = table[at + 15], table[at + 24], table[at + 25], table[at + 26]
    at += 28 + characters + paragraphs
    length = int.from_bytes(table[at : at + 2], "little")
    text = table[at + 2 : at + 2 + length * 2].decode("utf-16-le", "replace")
    level = Level(
        start=start,
        format=_FORMATS.get(form, "decimal"),
        text=re.sub(r"[\x00-\x08]", lambda match: f"%{ord(match[0]) + 1}", text),
        suffix=("tab", "space", "nothing")[min(follows, 2)],
        legal=bool(bits & 0x04),
        restart=limit if bits & 0x08 else None,
        style=style,
    )
    return level, at + 2 + length * 2


_FORMATS = {
    0x01: "upperRoman",
    0x02: "lowerRoman",
    0x03: "upperLetter",
    0x04: "lowerLetter",
    0x0A: "ideographDigital",
    0x0B: "japaneseCounting",
    0x0E: "decimalFullWidth",
    0x11: "japaneseDigitalTenThousand",
    0x12: "decimalEnclosedCircle",
    0x13: "decimalFullWidth2",
    0x16: "decimalZero",
    0x17: "bullet",
    0x1A: "decimalEnclosedFullstop",
    0x1B: "decimalEnclosedParen",
    0x1C: "decimalEnclosedCircleChinese",
    0x1D: "ideographEnclosedCircle",
    0x1E: "ideographTraditional",
    0x1F: "ideographZodiac",
    0x21: "taiwaneseCounting",
    0x22: "ideographLegalTraditional",
    0x23: "taiwaneseCountingThousand",
    0x24: "taiwaneseDigital",
    0x25: "chineseCounting",
    0x26: "chineseLegalSimplified",
    0x27: "chineseCountingThousand",
    0x29: "koreanCounting",
    0xFF: "none",
}
"""Number formats by their code; Arabic figures for the others."""
