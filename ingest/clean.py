"""From raw pieces to canonical text: cleaning before placing, so that spans hold by construction.

A reader puts raw pieces into a :class:`Draft` in document order. :meth:`Draft.finish` looks at all of them once
(what residue the text shows), cleans each piece, and only then places it: a block's span is where its cleaned
piece came to stand. Every change is an :class:`Edit` that keeps the original characters, so that
:func:`original_of` can show them for any span and :func:`original_text` gives the whole text before cleaning.

White space at the edges of a piece and the markup around it are layout, not text, and leave no edit.
"""

from __future__ import annotations

import heapq
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from ingest.characters import EDGES, SUSPECT, seen_as
from ingest.document import Block, BlockKind, Edit, Notice, Source, Span
from ingest.residue import NO_RESIDUE, Residue, is_traditional, readings, simplify, survey

_CJK = r"\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_WRAP = re.compile(r"[ \t\u3000]*(?:\r\n|[\n\r])[ \t\u3000]*")
_WIDE = re.compile(rf"[{_CJK}“”‘’—…·]")
_SPACED_OUT = re.compile(r"[\u3400-\u9fff](?P<space>[ \u3000\u00a0])[\u3400-\u9fff](?:(?P=space)[\u3400-\u9fff]){2,39}")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")


NOWHERE = Source()


Tell: TypeAlias = Callable[[int, int], None]
"""Told by readers that take long: pages done, pages in all."""


def silent(done: int, total: int) -> None:
    """Nobody wants to know."""


class Change(NamedTuple):
    """``text[start:end]`` is to become ``new``, by ``rule``."""

    start: int
    end: int
    new: str
    rule: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """One piece after cleaning; the edits' spans are relative to its text."""

    text: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """A finished draft: canonical text with its blocks and edits."""

    text: str
    blocks: tuple[Block, ...]
    edits: tuple[Edit, ...]
    notices: tuple[Notice, ...]


# ---------------------------------------------------------------- rules: what is to change in one piece


def _unseen(text: str, _: Residue) -> Iterator[Change]:
    """Compatibility ideographs, radicals, private-use characters, odd spaces, the invisible."""
    for match in SUSPECT.finditer(text):
        new = seen_as(match[0])
        if new != match[0]:
            yield Change(match.start(), match.end(), new, match.lastgroup or "invisible")


def _readings(text: str, residue: Residue) -> Iterator[Change]:
    """A converter's readings: 經(jīng) → 經. The edit covers the character, so its span is never empty."""
    if not residue.annotated:
        return
    for annotation in readings(text):
        if residue.undoes(annotation):
            yield Change(annotation.start, annotation.end, annotation.character, "pinyin")


def _script(text: str, residue: Residue) -> Iterator[Change]:
    """Converter-made traditional back to simplified, character by character where phrases keep their length."""
    if not residue.converted or not is_traditional(text):
        return
    simplified = simplify(text)
    if len(simplified) == len(text):
        yield from _differences(text, simplified, 0)
        return
    for run in _HAN_RUN.finditer(text):
        simplified = simplify(run[0])
        if len(simplified) == len(run[0]):
            yield from _differences(run[0], simplified, run.start())
        else:
            yield Change(run.start(), run.end(), simplified, "traditional")


def _differences(text: str, simplified: str, base: int) -> Iterator[Change]:
    for index, (old, new) in enumerate(zip(text, simplified, strict=True), base):
        if old != new:
            yield Change(index, index + 1, new, "traditional")


def _soft_wraps(text: str, _: Residue) -> Iterator[Change]:
    """A line break inside a paragraph is the source's layout: nothing between wide characters, else a space."""
    if "\n" not in text and "\r" not in text:
        return
    for match in _WRAP.finditer(text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        number = before.isdigit() and after.isdigit()
        wide = number or _WIDE.match(before) or _WIDE.match(after) or not before or not after
        yield Change(match.start(), match.end(), "" if wide else " ", "line_wrap")


def _spaced_out(text: str, _: Residue) -> Iterator[Change]:
    """A line set wide, 最 高 人 民 检 察 院, is one word; two or three spaced characters may be a name."""
    if len(text) < 82 and _SPACED_OUT.fullmatch(text):
        for index in range(1, len(text), 2):
            yield Change(index, index + 1, "", "spacing")


Rule: TypeAlias = Callable[[str, Residue], Iterable[Change]]
_ALWAYS: tuple[Rule, ...] = (_unseen, _readings, _script, _spaced_out)
_RULES: tuple[Rule, ...] = (*_ALWAYS, _soft_wraps)


def clean(raw: str, residue: Residue = NO_RESIDUE, *, keep_lines: bool = False) -> Cleaned:
    """Apply every rule to one piece. With ``keep_lines`` its line breaks are its own (a cell of several lines)."""
    cleaned = Cleaned(raw)
    for rule in _ALWAYS if keep_lines else _RULES:
        if changes := list(rule(cleaned.text, residue)):
            cleaned = _apply(cleaned, changes)
    return cleaned


_Mark: TypeAlias = tuple[int, int, Edit | Change]


def _apply(cleaned: Cleaned, changes: Iterable[Change]) -> Cleaned:
    """Make ordered, disjoint changes; an earlier edit that a change overlaps becomes one edit with it."""
    earlier: list[_Mark] = [(edit.span.start, edit.span.end, edit) for edit in cleaned.edits]
    later: list[_Mark] = [(change.start, change.end, change) for change in changes]
    marks = heapq.merge(earlier, later, key=lambda mark: mark[:2])
    out: list[str] = []
    made: list[Edit] = []
    length = position = 0
    mark = next(marks, None)
    while mark is not None:
        start, end, first = mark
        cluster = [first]
        while (mark := next(marks, None)) is not None and mark[0] < end:
            cluster.append(mark[2])
            end = max(end, mark[1])
        undone = [(e.span.start, e.span.end, e.original) for e in cluster if isinstance(e, Edit)]
        done = [(c.start, c.end, c.new) for c in cluster if isinstance(c, Change)]
        new = _spliced(cleaned.text, start, end, done)
        rule = next((each.rule for each in cluster if isinstance(each, Edit)), first.rule)
        out += (cleaned.text[position:start], new)
        length += start - position
        made.append(Edit(Span(length, length + len(new)), _spliced(cleaned.text, start, end, undone), rule))
        length += len(new)
        position = end
    return Cleaned("".join(out) + cleaned.text[position:], tuple(made))


def _spliced(text: str, start: int, end: int, replacements: Iterable[tuple[int, int, str]]) -> str:
    """``text[start:end]`` with these parts of it replaced."""
    out: list[str] = []
    for first, last, new in replacements:
        out += (text[start:first], new)
        start = last
    return "".join(out) + text[start:end]


# ---------------------------------------------------------------- the draft


class _Part(NamedTuple):
    raw: str
    column: str | None = None  # the column this is the value of; None for what stands around values
    verbatim: bool = False  # put down by the reader between values, not from the file: never cleaned


class _Piece(NamedTuple):
    kind: BlockKind | None  # None: dropped, kept only as an edit
    parts: tuple[_Part, ...]
    source: Source
    level: int | None
    lines: int  # of its own: rows have several
    rule: str = ""


@dataclass
class Draft:
    """Raw pieces in document order, on their way to a canonical text."""

    tell: Tell = lambda done, total: None
    _pieces: list[_Piece] = field(default_factory=list)
    _notices: list[Notice] = field(default_factory=list)

    def heading(self, raw: str, level: int, source: Source = NOWHERE) -> None:
        """Add a heading; level 1 is the document's title."""
        self._add(BlockKind.HEADING, raw, source, level)

    def paragraph(self, raw: str, source: Source = NOWHERE) -> None:
        """Add a paragraph; line breaks in it are soft."""
        self._add(BlockKind.PARAGRAPH, raw, source)

    def item(self, raw: str, source: Source = NOWHERE) -> None:
        """Add a list item, its number (not its bullet) included."""
        self._add(BlockKind.ITEM, raw, source)

    def row(self, cells: Iterable[tuple[str, str]], source: Source = NOWHERE) -> None:
        """Add a table row of (column name, value): ``列名：值`` lines. Without names the values share a line."""
        filled = [(name.strip(EDGES), value.strip(EDGES)) for name, value in cells]
        filled = [(name, value) for name, value in filled if value]
        if not filled:
            return
        named = any(name for name, _ in filled)
        parts: list[_Part] = []
        for name, value in filled:
            if parts:
                parts.append(_Part("\n" if named else "　", verbatim=True))
            if name:
                parts += [_Part(name), _Part("：", verbatim=True)]
            parts.append(_Part(value, name))
        self._pieces.append(_Piece(BlockKind.ROW, tuple(parts), source, None, len(filled) if named else 1))

    def drop(self, raw: str, rule: str) -> None:
        """Leave a piece out of the text (page furniture, hidden text), recorded as an edit where it stood."""
        raw = raw.strip(EDGES)
        if raw:
            self._pieces.append(_Piece(None, (_Part(raw),), NOWHERE, None, 1, rule))

    def note(self, code: str, message: str) -> None:
        """Warn about the file."""
        self._notices.append(Notice(code, message))

    def _add(self, kind: BlockKind, raw: str, source: Source, level: int | None = None) -> None:
        raw = raw.strip(EDGES)
        if raw:
            self._pieces.append(_Piece(kind, (_Part(raw),), source, level, 1))

    def finish(self) -> Built:
        """Clean every piece in the light of all of them and place it; the pieces are used up."""
        residue = survey(part.raw for piece in self._pieces for part in piece.parts if not part.verbatim)
        placing = _Placing()
        for piece in self._pieces:
            if piece.kind is None:
                placing.leave_out(piece.parts[0].raw, piece.rule)
            else:
                placing.place(piece, residue)
        self._pieces = []
        return placing.done(self._notices)


class _Placing:
    """The canonical text as it grows."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._edits: list[Edit] = []
        self._left_out: list[tuple[str, str]] = []  # raw text and rule, waiting for the next block
        self._lines = 0  # of the block before

    def leave_out(self, raw: str, rule: str) -> None:
        self._left_out.append((raw, rule))

    def place(self, piece: _Piece, residue: Residue) -> None:
        cleaned = [
            Cleaned(part.raw) if part.verbatim else clean(part.raw, residue, keep_lines=piece.kind is BlockKind.ROW)
            for part in piece.parts
        ]
        if not any(each.text.strip(EDGES) for each in cleaned):
            rules = [edit.rule for each in cleaned for edit in each.edits]
            self.leave_out("".join(part.raw for part in piece.parts), (rules or ["invisible"])[0])
            return
        if self._blocks:
            self._append("\n\n" if piece.lines > 1 or self._lines > 1 else "\n")
        for raw, rule in self._left_out:
            self._edits.append(Edit(Span(self._length, self._length), raw + "\n", rule))
        self._left_out = []
        start = self._length
        cells: list[tuple[str, Span]] = []
        column = ""
        for part, each in zip(piece.parts, cleaned, strict=True):
            base = self._length
            self._append(each.text)
            for edit in each.edits:
                self._edits.append(Edit(Span(base + edit.span.start, base + edit.span.end), edit.original, edit.rule))
            if part.column is not None:
                if each.text:
                    cells.append((column, Span(base, self._length)))
                column = ""
            elif not part.verbatim:
                column = each.text
        named = cells if any(name for name, _ in cells) else []
        self._blocks.append(
            Block(piece.kind or BlockKind.ROW, Span(start, self._length), piece.source, piece.level, tuple(named))
        )
        self._lines = piece.lines

    def _append(self, text: str) -> None:
        self._out.append(text)
        self._length += len(text)

    def done(self, notices: Iterable[Notice]) -> Built:
        text = "".join(self._out)
        for index, (raw, rule) in enumerate(self._left_out):
            before = "\n" if self._blocks or index else ""
            self._edits.append(Edit(Span(len(text), len(text)), before + raw, rule))
        unknown = sum(1 for match in SUSPECT.finditer(text) if match.lastgroup == "private_use")
        lost = text.count("\ufffd")
        found = list(notices)
        if unknown:
            found.append(Notice("unknown_characters", f"有 {unknown} 个字符是某种字体自造的，无法识别，照原样保留。"))
        if lost and not any(notice.code == "undecodable_bytes" for notice in found):
            found.append(Notice("lost_characters", f"原文中有 {lost} 处字符在入库前就已丢失（显示为 �）。"))
        return Built(text, tuple(self._blocks), tuple(self._edits), tuple(found))


# ---------------------------------------------------------------- showing the original


def original_of(text: str, edits: Sequence[Edit], span: Span) -> str:
    """The characters of the original that the canonical ``span`` stands for.

    Where one edit replaced several characters and the span holds only some of them, the whole original of
    that edit is given. What was left out before or after the span is not part of it; inside, it is.
    """
    out: list[str] = []
    at = span.start
    for edit in edits[bisect_right(edits, span.start, key=lambda edit: edit.span.end) :]:
        if edit.span.start >= span.end:
            break
        if edit.span.start == edit.span.end == span.start:
            continue
        out.append(text[at : edit.span.start])
        first, last = max(edit.span.start, span.start), min(edit.span.end, span.end)
        whole = len(edit.original) != edit.span.end - edit.span.start
        out.append(edit.original if whole else edit.original[first - edit.span.start : last - edit.span.start])
        at = last
    out.append(text[at : span.end])
    return "".join(out)


def original_text(text: str, edits: Sequence[Edit]) -> str:
    """The whole text before cleaning: every edit undone."""
    out: list[str] = []
    at = 0
    for edit in edits:
        out.append(text[at : edit.span.start])
        out.append(edit.original)
        at = edit.span.end
    return "".join(out) + text[at:]
