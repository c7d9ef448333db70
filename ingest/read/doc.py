"""Word 97–2003 documents and WPS's .wps: read as .docx is, from the file's own tables, without macros or links."""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from ingest.clean import Draft
from ingest.document import Metadata
from ingest.errors import ReadError
from ingest.read import sprm, wordfile
from ingest.read.numbering import Numbering
from ingest.read.ole import MACROS, open_container
from ingest.read.rows import OpenTable
from ingest.read.styles import Paragraph, Styles, add_paragraph, heading_level, is_contents, is_title
from ingest.read.wordfile import Setting, WordFile, joined_units, open_word, read_lists

_FIELD = re.compile("[\x13\x14\x15]")
_MARK = re.compile("[\r\x07\x0c]")
_PAGE_BREAK, _CELL_END = "\x0c", "\x07"
# Characters that stand for something else; the rest of the controls are places of pictures and notes.
_SHOWN = {"\t": "\t", "\x0b": "\n", "\x1e": "-"}
_CONTROL = re.compile("[\x00-\x1f]")
_CENTRED = 1


@dataclass(frozen=True, slots=True)
class _Text:
    """One paragraph of the file."""

    text: str
    setting: Setting
    mark: str
    positions: range
    runs_on: bool  # its mark is deleted
    is_hidden: bool  # its mark is


@dataclass
class _Word:
    """One document on its way into the draft."""

    draft: Draft
    file: WordFile
    styles: Styles
    numbering: Numbering
    instructions: Sequence[range]  # where fields tell what they are, not what they show
    has_title: bool = False
    carried: str = ""  # text before a deleted paragraph mark, to run on into the next paragraph


def read_doc(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put a Word document into the draft."""
    container = open_container(data, name)
    try:
        file = open_word(container)
        _read(file, draft)
    except (struct.error, IndexError, ValueError) as error:
        raise ReadError("file_damaged", name=name, reason="内部的文字表读不通") from error
    if "Macros" in container.entries:
        draft.note(*MACROS)
    return Metadata(extra=container.properties())


def _read(file: WordFile, draft: Draft) -> None:
    styles = file.paragraph_styles()
    word = _Word(draft, file, styles, read_lists(file), _instructions(file.text))
    stories = file.stories()
    paragraphs = list(_paragraphs(word, stories["text"]))
    word.has_title = any(is_title(styles, each.setting.style) for each in paragraphs)
    boxes = _boxes(file, stories)
    _place_all(word, paragraphs, boxes)
    for _, positions in boxes:  # of drawings whose place is not told
        _place_all(word, list(_paragraphs(word, positions)), [])
    _notes(word, stories)


# ---------------------------------------------------------------- characters


def _instructions(text: str) -> list[range]:
    """From each field's beginning to what it shows, or to its end; a mark without its fellow is nothing."""
    found: list[range] = []
    open_fields: list[list[int]] = []
    for match in _FIELD.finditer(text):
        if match[0] == "\x13":
            open_fields.append([match.start()])
        elif open_fields and match[0] == "\x14":
            open_fields[-1].append(match.start())
        elif open_fields:
            marks = open_fields.pop()
            found.append(range(marks[0], marks[1] if len(marks) > 1 else match.start()))
    found.sort(key=lambda each: each.start)
    outer: list[range] = []
    for each in found:
        if not outer or each.start >= outer[-1].stop:
            outer.append(each)
    return outer


def _paragraphs(word: _Word, positions: range) -> Iterator[_Text]:
    """The paragraphs of a stretch of the file's text."""
    text = word.file.text
    sections = {end - 1 for end in word.file.positions(wordfile.SECTIONS, 12)[0][1:]}
    start = positions.start
    for match in _MARK.finditer(text, positions.start, positions.stop):
        at = match.start()
        if (match[0] == _PAGE_BREAK and at not in sections) or _within(word.instructions, at):
            continue
        yield _paragraph(word, range(start, at), at)
        start = at + 1
    if start < positions.stop:
        yield _paragraph(word, range(start, positions.stop), positions.stop - 1)


def _paragraph(word: _Word, positions: range, mark: int) -> _Text:
    setting = word.file.setting(mark)
    shown = _shown(word, positions, setting)
    own = next((run.modifiers for run in word.file.runs(mark, mark + 1)), {})
    deleted, hidden = sprm.flag(own, sprm.DELETED), sprm.flag(own, sprm.HIDDEN)
    return _Text(shown, setting, word.file.text[mark], range(positions.start, mark + 1), deleted, hidden)


def _shown(word: _Word, positions: range, setting: Setting) -> str:
    """The characters a reader sees, line breaks as line feeds; hidden ones are recorded as dropped."""
    out: list[str] = []
    inherited = word.file.of_style(setting.style)[1]
    for run in word.file.runs(positions.start, positions.stop):
        if sprm.flag(run.modifiers, sprm.DELETED):
            continue
        text = _without(word.instructions, run.start, run.end, word.file.text)
        style = sprm.number(run.modifiers, sprm.CHARACTER_STYLE)
        base = {**inherited, **(word.file.of_style(str(style))[1] if style is not None else {})}
        if sprm.flag(run.modifiers, sprm.HIDDEN, sprm.flag(base, sprm.HIDDEN)):
            word.draft.drop(joined_units(_CONTROL.sub("", text)), "hidden")
        elif (symbol := run.modifiers.get(sprm.SYMBOL)) and sprm.flag(run.modifiers, sprm.SPECIAL):
            out.append(_symbol(symbol) * text.count("("))
        else:
            out.append(_CONTROL.sub(lambda match: _SHOWN.get(match[0], ""), text))
    return joined_units("".join(out))


def _within(ranges: Sequence[range], at: int) -> bool:
    """Whether a position lies in one of these ranges, which are in order and apart."""
    index = bisect_right(ranges, at, key=lambda each: each.start) - 1
    return index >= 0 and at in ranges[index]


def _without(instructions: Sequence[range], start: int, end: int, text: str) -> str:
    """A stretch of text without what lies in these ranges, which are in order and apart."""
    out: list[str] = []
    first = max(0, bisect_right(instructions, start, key=lambda each: each.start) - 1)
    for each in islice(instructions, first, None):
        if each.start >= end:
            break
        out.append(text[start : each.start])
        start = max(start, each.stop)
    return "".join(out) + text[start:end]


def _symbol(operand: bytes) -> str:
    code = int.from_bytes(operand[2:4], "little")
    return chr(code) if code and not 0xD800 <= code < 0xE000 else ""


# ---------------------------------------------------------------- paragraphs and tables


def _place_all(word: _Word, paragraphs: Sequence[_Text], boxes: list[tuple[int, range]]) -> None:
    """Put paragraphs and tables into the draft, text boxes behind the paragraph they hang on."""
    table = OpenTable()
    for each in paragraphs:
        if sprm.flag(each.setting.all, sprm.IN_TABLE) or (sprm.number(each.setting.own, sprm.DEPTH) or 0) > 0:
            _into_table(word, table, each, _taken(boxes, each.positions))
            continue
        table = table.placed(word.draft)
        _place(word, each)
        for box in _taken(boxes, each.positions):
            _place_all(word, list(_paragraphs(word, box)), [])
    table.placed(word.draft)
    if word.carried:
        word.draft.paragraph(word.carried)
        word.carried = ""


def _taken(boxes: list[tuple[int, range]], positions: range) -> list[range]:
    """Take the text boxes that hang on these positions out of all that are left."""
    found = [box for place, box in boxes if place in positions]
    boxes[:] = [each for each in boxes if each[0] not in positions]
    return found


def _place(word: _Word, paragraph: _Text) -> None:
    text = word.carried + paragraph.text
    word.carried = ""
    setting = paragraph.setting
    if paragraph.runs_on:
        word.carried = text
    elif is_contents(word.styles, setting.style):
        word.draft.drop(text.replace("\n", " "), "furniture")
    else:
        outline = sprm.number(setting.own, sprm.OUTLINE)
        level = heading_level(word.styles, setting.style, outline, has_title=word.has_title)
        aligned = sprm.number(setting.all, sprm.ALIGNED)
        if aligned is None:
            aligned = sprm.number(setting.all, sprm.ALIGNED_BEFORE_2000)
        add_paragraph(word.draft, Paragraph(text, level, _label(word, paragraph), aligned == _CENTRED))


def _label(word: _Word, paragraph: _Text) -> str | None:
    """The displayed list number, "" for a bullet, None outside lists. An empty paragraph counts, a hidden one does not."""
    if paragraph.is_hidden:
        return None
    found = word.file.list_of(paragraph.setting, word.numbering)
    return word.numbering.label(*found) if found else None


def _into_table(word: _Word, table: OpenTable, paragraph: _Text, boxes: Sequence[range]) -> None:
    own = paragraph.setting.own
    text = paragraph.text.strip()
    inside = (sprm.number(own, sprm.DEPTH) or 1) > 1
    if sprm.flag(own, sprm.ROW_END):
        table.end_row(sprm.cell_shapes(own), is_header=sprm.flag(own, sprm.HEADER_ROW))
        return
    if inside and sprm.flag(own, sprm.INNER_ROW_END):
        table.end_inner_row()
        return
    table.add_line(((_label(word, paragraph) or "") + text).strip(), inside=inside)
    for each in (line for box in boxes for line in _paragraphs(word, box)):
        table.add_line(each.text.strip(), inside=inside)
    if paragraph.mark == _CELL_END or (inside and sprm.flag(own, sprm.INNER_CELL_END)):
        table.end_cell(inside=inside)


# ---------------------------------------------------------------- beside the text


def _boxes(file: WordFile, stories: Mapping[str, range]) -> list[tuple[int, range]]:
    """The text boxes of the main text by the position their drawing hangs on; last those of which it is not told."""
    starts, entries = file.positions(wordfile.BOX_TEXTS, 22)
    places, drawings = file.positions(wordfile.DRAWINGS, 26)
    by_shape = {entry[:4]: place for entry, place in zip(drawings, places, strict=False)}
    base, nowhere = stories["boxes"], stories["text"].stop
    found: list[tuple[int, range]] = []
    for entry, start, end in zip(entries, starts, starts[1:], strict=False):
        positions = range(max(base.start, base.start + start), min(base.start + end, base.stop))
        if positions and entry[8:10] == b"\0\0":  # the others are free to be used again
            found.append((by_shape.get(entry[14:18], nowhere), positions))
    return sorted(found, key=lambda box: box[0])


def _notes(word: _Word, stories: Mapping[str, range]) -> None:
    """Footnotes and endnotes that the text refers to, at the end, numbered in order of reference."""
    found: list[tuple[int, range]] = []
    for story, marks, texts in (
        ("footnotes", wordfile.FOOTNOTE_MARKS, wordfile.FOOTNOTE_TEXTS),
        ("endnotes", wordfile.ENDNOTE_MARKS, wordfile.ENDNOTE_TEXTS),
    ):
        places, entries = word.file.positions(marks, 2)
        starts, _ = word.file.positions(texts, 0)
        base = stories[story]
        for _, place, start, end in zip(entries, places, starts, starts[1:], strict=False):
            found.append((place, range(base.start + max(0, start), min(base.start + end, base.stop))))
    for number, (_, positions) in enumerate(sorted(found, key=lambda note: note[0]), 1):
        lines = [each.text.strip() for each in _paragraphs(word, positions)]
        word.draft.paragraph(f"[{number}] " + "\n".join(line for line in lines if line))
