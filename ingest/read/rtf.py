"""Rich text files: characters of any code page, tables, displayed list numbers and notes, without objects or links."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field

from ingest.clean import Draft
from ingest.document import Metadata
from ingest.errors import ReadError
from ingest.read.numbering import gap
from ingest.read.rows import CellShape, OpenTable
from ingest.read.styles import Paragraph, Style, add_paragraph, heading_level, is_contents, is_title

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)", re.DOTALL
)
_DEEPEST = 1000  # groups inside one another; Word makes some twenty

# Groups whose characters are not the document's text, and where they go instead.
_UNSHOWN = """
colortbl pict object header headerl headerr headerf footer footerl footerr footerf fldinst themedata sp
colorschememapping latentstyles datastore xmlnstbl listtable listoverridetable rsidtbl revtbl generator filetbl
template ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn annotation atnid atnauthor atnref pntxta pntxtb pnseclvl
shprslt nonshppict nonesttables xe tc tcn rxe txe bkmkstart bkmkend private
"""
_ELSEWHERE = {
    **dict.fromkeys(_UNSHOWN.split(), "nowhere"),
    "fonttbl": "fonts",
    "stylesheet": "styles",
    "info": "info",
    "shpinst": "shape",
    "upr": "alternatives",
    "nesttableprops": "inner row",
}
# What still counts inside such groups: the text of a shape, the better of two alternatives.
_COUNTS = {
    "nowhere": frozenset[str](),
    "info": frozenset({"title", "author"}),
    "shape": frozenset({"shptxt"}),
    "alternatives": frozenset({"ud"}),
    "inner row": frozenset({"nestrow"}),
}
_CHARACTERS = {
    "tab": "\t", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005",
}  # fmt: skip
_SYMBOLS = {b"~": "\xa0", b"_": "-"}
_SYMBOL_FONT = "symbol"
_CODE_PAGES = {
    2: _SYMBOL_FONT, 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
    204: "cp1251", 238: "cp1250",
}  # fmt: skip


@dataclass(slots=True)
class _State:
    """What holds inside a group."""

    target: str = "text"  # where characters go
    outer: str = "text"  # where they went around alternatives
    font: int = -1
    skip: int = 1  # characters that stand for a Unicode one in old readers
    hidden: bool = False
    deleted: bool = False
    style: str = "0"
    outline: int | None = None
    centred: bool = False
    in_table: bool = False
    depth: int = 1  # of the table


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph as it was read: what its style means is known when all styles are."""

    text: str
    label: str | None
    style: str
    outline: int | None
    centred: bool
    runs_on: bool


@dataclass(slots=True)
class _RowShape:
    """The row being defined: its cells so far, and how the next one joins."""

    left: int = 0
    cells: list[CellShape] = field(default_factory=list)
    joins_left: bool = False
    joins_above: bool = False
    is_header: bool = False


@dataclass
class _Story:
    """Paragraphs that follow one another: the main text, a note, a text box."""

    lines: list[_Line | OpenTable | str] = field(default_factory=list)  # a str is hidden text
    text: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    label: list[str] | None = None
    table: OpenTable = field(default_factory=OpenTable)
    boxes: list[_Story] = field(default_factory=list)


def read_rtf(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put a rich text file into the draft."""
    reader = _Reader(name)
    reader.run(data)
    if not reader.is_complete:
        draft.note("file_incomplete", "文件没有正常结尾，可能不完整：已收入读得出的部分，请与原件核对。")
    lines = reader.story.lines
    has_title = any(isinstance(line, _Line) and is_title(reader.styles, line.style) for line in lines)
    carried = ""
    for line in lines:
        if isinstance(line, str):
            draft.drop(line, "hidden")
        elif isinstance(line, OpenTable):
            line.placed(draft)
        elif line.runs_on:
            carried += line.text
        else:
            _place(draft, reader.styles, line, carried + line.text, has_title=has_title)
            carried = ""
    draft.paragraph(carried)
    for number, note in enumerate(reader.notes, 1):
        texts = [line.text.strip() for line in note.lines if isinstance(line, _Line)]
        draft.paragraph(f"[{number}] " + "\n".join(text for text in texts if text))
    return Metadata(extra={f"core_{key}": text.strip() for key, text in reader.info.items() if text.strip()})


def _place(draft: Draft, styles: Mapping[str, Style], line: _Line, text: str, *, has_title: bool) -> None:
    if is_contents(styles, line.style):
        draft.drop(text.replace("\n", " "), "furniture")
        return
    level = heading_level(styles, line.style, line.outline, has_title=has_title)
    add_paragraph(draft, Paragraph(text, level, line.label, line.centred))


class _Reader:
    """One file on its way through its groups and control words."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.code_page = "cp1252"
        self.default_font = -1
        self.fonts: dict[int, str] = {}
        self.styles: dict[str, Style] = {}
        self.base: str | None = None  # of the style being defined
        self.info = {"title": "", "author": ""}
        self.story = _Story()
        self.notes: list[_Story] = []
        self.shape = _RowShape()
        self.state = _State()
        self.is_complete = True
        self._groups: list[tuple[_State, _Story]] = []
        self._pending = bytearray()  # characters still in bytes: two may make one
        self._to_skip = 0
        self._optional = False  # the group may be passed over by who does not know it
        self._entry = ""  # of the style table

    # ---------------------------------------------------------------- tokens

    def run(self, data: bytes) -> None:
        """Read the whole file."""
        position = 0
        while match := _TOKEN.search(data, position):
            position = match.end()
            word, number, code, symbol, brace, text = match.groups()
            if word == b"bin":
                position += max(0, int(number or 0))
            elif word is not None:
                self._word(word.decode("ascii"), int(number) if number else None)
            elif symbol is not None:
                self._symbol(symbol)
            elif brace is not None:
                self._open() if brace == b"{" else self._close()
            else:
                self._bytes(text if text is not None else bytes((int(code, 16),)))
        self.is_complete = not self._groups
        while self._groups:
            self._close()
        self._flush()
        self.end_paragraph(at_end=True)

    def _bytes(self, text: bytes) -> None:
        self._optional = False
        skipped = min(self._to_skip, len(text))
        self._to_skip -= skipped
        if self.state.target not in _COUNTS:
            self._pending += text[skipped:]

    def _open(self) -> None:
        self._flush()
        if len(self._groups) >= _DEEPEST:
            raise ReadError("file_damaged", name=self.name, reason="内部的层次异常地深")
        self._groups.append((self.state, self.story))
        self.state = copy(self.state)
        self._to_skip = 0

    def _close(self) -> None:
        self._flush()
        self._optional, self._to_skip = False, 0
        if not self._groups:
            return
        state, story = self._groups.pop()
        if story is not self.story:
            self.end_paragraph(at_end=True)
            self.story = story
        if self.state.target == state.target == "styles":
            name, self._entry = self._entry.strip(" ;"), ""
            self.styles[self.state.style] = Style(name, self.base, self.state.outline)
            self.base = None
        self.state = state

    def _symbol(self, symbol: bytes) -> None:
        if symbol in b"{}\\":
            self._bytes(symbol)
            return
        self._flush()
        if symbol == b"*":
            self._optional = True
        elif symbol in b"\r\n":
            self._word("par", None)
        elif self._to_skip:
            self._to_skip -= 1
        else:
            self._text(_SYMBOLS.get(symbol, ""))

    def _word(self, word: str, number: int | None) -> None:
        self._flush()
        optional, self._optional = self._optional, False
        counted = _COUNTS.get(self.state.target)
        if counted is not None and word not in counted:
            return
        if word in _ELSEWHERE:
            self.state.outer, self.state.target = self.state.target, _ELSEWHERE[word]
        elif word in _CHARACTERS:
            self._text("" if self._to_skip else _CHARACTERS[word])
            self._to_skip = max(0, self._to_skip - 1)
        elif word in _WORDS:
            _WORDS[word](self, number)
        elif optional:
            self.state.target = "nowhere"

    # ---------------------------------------------------------------- characters

    def _flush(self) -> None:
        """Decode the bytes that have come in by the font they are set in."""
        if not self._pending:
            return
        pending, self._pending = bytes(self._pending), bytearray()
        font = self.state.font if self.state.font in self.fonts else self.default_font
        encoding = self.fonts.get(font, self.code_page)
        if encoding == _SYMBOL_FONT:
            self._text("".join(chr(0xF000 + byte) for byte in pending))
        else:
            self._text(pending.decode(encoding, "replace"))

    def unicode(self, number: int) -> None:
        """A UTF-16 unit; what stands in for it is passed over."""
        self._text(chr(number % 0x10000))
        self._to_skip = self.state.skip

    def _text(self, text: str) -> None:
        state = self.state
        if state.target == "styles":
            self._entry += text
        elif state.target in self.info:
            self.info[state.target] += text
        elif state.target == "label":
            self.story.label = [*(self.story.label or []), text]
        elif state.target == "text" and not state.deleted:
            (self.story.hidden if state.hidden else self.story.text).append(text)

    # ---------------------------------------------------------------- paragraphs and tables

    def end_paragraph(self, *, at_end: bool = False) -> None:
        """Close the paragraph; at the end of a story an empty one is none."""
        story, state = self.story, self.state
        text, label = _joined(story.text), _shown_label(story.label)
        if story.hidden:
            story.lines.append(_joined(story.hidden))
        boxes = story.boxes
        story.text, story.hidden, story.label, story.boxes = [], [], None, []
        if state.in_table and not at_end:
            story.table.add_line(((label or "") + text).strip(), inside=state.depth > 1)
            for line in (each for box in boxes for each in box.lines if isinstance(each, _Line)):
                story.table.add_line(line.text.strip(), inside=state.depth > 1)
            return
        if story.table != OpenTable():
            story.lines.append(story.table)
            story.table = OpenTable()
        if text or not at_end:
            story.lines.append(_Line(text, label, state.style, state.outline, state.centred, state.deleted))
        story.lines += [line for box in boxes for line in box.lines]

    def end_cell(self, *, inside: bool) -> None:
        """Close the paragraph and the cell it is the last of."""
        before, self.state = self.state, copy(self.state)
        self.state.in_table, self.state.depth = True, 2 if inside else 1
        self.end_paragraph()
        self.story.table.end_cell(inside=inside)
        self.state = before

    def cell_edge(self, edge: int) -> None:
        """Define a cell of the row by its right edge."""
        shape = self.shape
        left = shape.cells[-1].right if shape.cells else shape.left
        shape.cells.append(CellShape(left, max(left, edge), shape.joins_left, shape.joins_above))
        shape.joins_left = shape.joins_above = False

    def begin_story(self, stories: list[_Story]) -> None:
        """What follows in this group stands beside the text."""
        self.story = _Story()
        stories.append(self.story)
        self.state = _State(font=self.state.font, skip=self.state.skip)

    def begin_paragraph(self) -> None:
        """Forget how the paragraph before was set."""
        state = self.state
        state.style, state.outline, state.centred, state.in_table, state.depth = "0", None, False, False, 1


def _shown_label(parts: list[str] | None) -> str | None:
    """A displayed number and what stands between it and the text; "" for a bullet, None without one."""
    if parts is None:
        return None
    label = _joined(parts)
    text = label.strip()
    if text == "o" or not re.search(r"\w", text):
        return ""
    return text + gap(text, "nothing" if label.endswith(text) else "tab")


def _joined(parts: list[str]) -> str:
    """Characters from the UTF-16 units the file has; halves that have lost each other become �."""
    return "".join(parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


# ---------------------------------------------------------------- control words

_Act = Callable[[_Reader, int | None], None]


def _is_on(number: int | None) -> bool:
    return number != 0


def _code_page(reader: _Reader, number: int | None) -> None:
    name = {936: "gb18030", 65001: "utf-8"}.get(number or 0, f"cp{number}")
    try:
        reader.code_page = codecs.lookup(name).name
    except LookupError:
        reader.code_page = "cp1252"


def _charset(reader: _Reader, number: int | None) -> None:
    if number in _CODE_PAGES:
        reader.fonts[reader.state.font] = _CODE_PAGES[number]


def _plain(reader: _Reader, _: int | None) -> None:
    reader.state.font, reader.state.hidden, reader.state.deleted = -1, False, False


def _set_state(name: str, value: Callable[[int | None], object]) -> _Act:
    return lambda reader, number: setattr(reader.state, name, value(number))


def _set_shape(name: str, value: Callable[[int | None], object]) -> _Act:
    return lambda reader, number: setattr(reader.shape, name, value(number))


def _set_reader(name: str, value: Callable[[int | None], object]) -> _Act:
    return lambda reader, number: setattr(reader, name, value(number))


_WORDS: Mapping[str, _Act] = {
    "u": lambda reader, number: reader.unicode(number or 0),
    "uc": _set_state("skip", lambda number: max(0, number or 0)),
    "ansicpg": _code_page,
    "deff": _set_reader("default_font", lambda number: number or 0),
    "f": _set_state("font", lambda number: number or 0),
    "fcharset": _charset,
    "plain": _plain,
    "v": _set_state("hidden", _is_on),
    "deleted": _set_state("deleted", _is_on),
    "listtext": _set_state("target", lambda _: "label"),
    "pntext": _set_state("target", lambda _: "label"),
    "title": _set_state("target", lambda _: "title"),
    "author": _set_state("target", lambda _: "author"),
    "ud": lambda reader, _: setattr(reader.state, "target", reader.state.outer),
    "footnote": lambda reader, _: reader.begin_story(reader.notes),
    "shptxt": lambda reader, _: reader.begin_story(reader.story.boxes),
    "pard": lambda reader, _: reader.begin_paragraph(),
    "s": _set_state("style", str),
    "sbasedon": _set_reader("base", str),
    "outlinelevel": _set_state("outline", lambda number: number),
    "qc": _set_state("centred", lambda _: True),
    "ql": _set_state("centred", lambda _: False),
    "par": lambda reader, _: reader.end_paragraph(),
    "sect": lambda reader, _: reader.end_paragraph(),
    "intbl": _set_state("in_table", lambda _: True),
    "itap": _set_state("depth", lambda number: number or 1),
    "cell": lambda reader, _: reader.end_cell(inside=False),
    "nestcell": lambda reader, _: reader.end_cell(inside=True),
    "nestrow": lambda reader, _: reader.story.table.end_inner_row(),
    "row": lambda reader, _: reader.story.table.end_row(reader.shape.cells, is_header=reader.shape.is_header),
    "trowd": _set_reader("shape", lambda _: _RowShape()),
    "trhdr": _set_shape("is_header", lambda _: True),
    "trleft": _set_shape("left", lambda number: number or 0),
    "clmrg": _set_shape("joins_left", lambda _: True),
    "clvmrg": _set_shape("joins_above", lambda _: True),
    "cellx": lambda reader, number: reader.cell_edge(number or 0),
}
