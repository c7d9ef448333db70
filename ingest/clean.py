"""From raw pieces to canonical text: cleaning before placing, so that spans hold by construction.

A reader puts raw pieces into a :class:`Draft` in document order. :meth:`Draft.finish` looks at all of them once
(what residue the text shows), cleans each piece, and only then places it: a block's span is where its cleaned
piece came to stand. Every change is an :class:`Edit` that keeps the original characters, so that
:func:`original_of` can show them for any span and :func:`original_text` gives the whole text before cleaning.

White space at the edges of a piece and the markup around it are layout, not text, and leave no edit.
"""

from __future__ import annotations

import heapq
import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import NamedTuple, TypeAlias

from ingest.characters import EDGES, ODD, SUSPECT, legible, seen_as, trimmed
from ingest.document import Block, BlockKind, Edit, Notice, Source, Span
from ingest.intruders import intruders, intruding
from ingest.mojibake import mended
from ingest.progress import Tell
from ingest.read.furniture import joins_across_pages, page_lines
from ingest.read.wrapping import ends_sentence
from ingest.residue import NO_RESIDUE, Residue, is_simplified, is_traditional, readings, survey

_CJK = r"\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_WRAP = re.compile(r"[ \t\u3000]*(?:\r\n|[\n\r])[ \t\u3000]*")
_WIDE = re.compile(rf"[{_CJK}“”‘’—…·]")
_SPACED_OUT = re.compile(
    r"[\u3400-\u9fff](?P<space>[ \u3000\u00a0]{1,4})[\u3400-\u9fff](?:(?P=space)[\u3400-\u9fff]){2,39}"
)
_SPACED_LINE = re.compile(r"\S(?P<space>[ \u3000\u00a0]{1,2})\S(?:(?P=space)\S){6,}")  # figures and marks too
_GAP = r"[ \u3000\u00a0]"
_NUMERALS = "一二三四五六七八九十百千零〇两"
# 第 一 章　总　则: the number set wide, and in a heading its words too.
_SPACED_NUMBER = re.compile(rf"第{_GAP}*(?:[{_NUMERALS}\d]{_GAP}*)+[编章节条款项](?=[ \u3000\u00a0]|$)")
_SPACED_HEADING = re.compile(
    rf"第[{_NUMERALS}\d]+[编章节]{_GAP}+(?P<words>[\u3400-\u9fff](?:{_GAP}+[\u3400-\u9fff、和（）])+)"
)
_SPACED_WORD = re.compile(
    rf"(?:总{_GAP}+则|附{_GAP}+则|目{_GAP}+[录次]|附{_GAP}+[件录表]|通{_GAP}+知|公{_GAP}+告|决{_GAP}+定|纪{_GAP}+要|前{_GAP}+言)"
)
_SPACES = re.compile(rf"{_GAP}+")
# 二○二四年, 二O二四年: something round where 〇 is meant; between numerals also outside of years.
_ROUND_YEAR = re.compile(
    r"(?=[一二三四五六七八九〇零]*[一二三四五六七八九])[一二三四五六七八九〇零○◯⚪OＯoｏ0０]{2,4}(?=年)"
)
_ROUND = re.compile(r"[○◯⚪OＯoｏ0０]")
_ROUND_NUMBER = re.compile(r"(?<=[一二三四五六七八九十百千])[○◯]+(?=[一二三四五六七八九十医部])")
_ENTITY = re.compile(
    r"&(?:amp;)*(?P<name>nbsp|ensp|emsp|thinsp|lt|gt|amp|quot|[lr][sd]quo|[mn]dash|middot|hellip|#\d{2,6}|#x[0-9a-fA-F]{2,5});"
)
_ESCAPED = re.compile(r"(?:\\u(?:20[12]|3[0-9a-f]{2}|[4-9][0-9a-f]{2}|ff[0-6])[0-9a-f])+", re.IGNORECASE)  # as JSON
_MARKUP = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|hr|i|img|li|ol|p|section|span|strong|table|tbody|td|th|tr|u|ul|[ovw]:\w+)(?:\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
# Every character twice, as where a printer made letters bold by striking them twice: 太太钢钢集集团团.
_TWICE = re.compile(r"([\u3400-\u9fff])\1")
_DOUBLED = re.compile(r"(?:([^\s\W\d_])\1|([，。、；：！？“”《》（）\d])\2){6,}")
_RUNNING = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.HEADING)
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")


_LINE_NUMBER = re.compile(r"(\d{1,4})(?:[:：|][ \t]*|[ \t\u3000\u00a0]+)(?=\S)")
_LEAST_NUMBERED = 5  # lines
_MOST_BLANK = 3  # lines that are counted and not there
_LEAST_REPEATED = 12  # characters
_LEAST_DOUBLED = 4  # different characters; 哈哈哈哈 is one
_SHOWN = 5  # places named in one notice

NOWHERE = Source()


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


def _mojibake(text: str, _: Residue) -> Iterator[Change]:
    """What was read with the wrong encoding once: å¤ªé’¢ → 太钢."""
    for run in mended(text):
        yield Change(run.start, run.end, run.meant, "mojibake")


def _entities(text: str, _: Residue) -> Iterator[Change]:
    """References of HTML that a scrape left in the text: &nbsp;"""
    if "&" in text:
        for match in _ENTITY.finditer(text):
            yield Change(match.start(), match.end(), html.unescape(f"&{match['name']};"), "entity")


def _escaped(text: str, _: Residue) -> Iterator[Change]:
    """Characters as JSON writes them, by their numbers."""
    if "\\u" in text:
        for match in _ESCAPED.finditer(text):
            shown = "".join(chr(int(code, 16)) for code in match[0].split("\\u")[1:])
            yield Change(match.start(), match.end(), shown, "entity")


def _markup(text: str, _: Residue) -> Iterator[Change]:
    """Tags of HTML that a scrape left in the text: <br/>, <span style="…">."""
    if "<" in text and _WIDE.search(text):
        for match in _MARKUP.finditer(text):
            yield Change(match.start(), match.end(), "", "markup")


def _doubled(text: str, _: Residue) -> Iterator[Change]:
    """Every character twice."""
    if _TWICE.search(text) is None:
        return
    for run in _DOUBLED.finditer(text):
        if len(set(_HAN.findall(run[0]))) >= _LEAST_DOUBLED:
            for at in range(run.start(), run.end(), 2):
                yield Change(at, at + 2, text[at], "doubled")


def _intruders(text: str, residue: Residue) -> Iterator[Change]:
    """What came between the characters of words all over the document."""
    if residue.intruders:
        for start, end in intruders(text, residue.intruders):
            yield Change(start - 1, end, text[start - 1], "intruder")


def _unseen(text: str, _: Residue) -> Iterator[Change]:
    """Compatibility ideographs, radicals, private-use characters, odd spaces, the invisible."""
    if not ODD.search(text):
        return
    for match in SUSPECT.finditer(text):
        new = seen_as(match[0])
        if new != match[0]:
            yield Change(match.start(), match.end(), new, match.lastgroup or "invisible")


def _readings(text: str, residue: Residue) -> Iterator[Change]:
    """A converter's readings: 經(jīng) → 經. The edit covers the character, so its span is never empty."""
    if not (residue.annotated or residue.toneless):
        return
    for annotation in readings(text):
        if residue.undoes(annotation):
            yield Change(annotation.start, annotation.end, annotation.character, "pinyin")


def _script(text: str, residue: Residue) -> Iterator[Change]:
    """Converter-made traditional back to simplified, character by character where phrases keep their length."""
    if not residue.converted:
        return
    if is_simplified(text):  # a line put together from both
        for run in _HAN_RUN.finditer(text):
            if is_traditional(run[0]):
                yield from _restored(run, residue)
        return
    simplified = residue.simplified(text)
    if len(simplified) == len(text):
        yield from _differences(text, simplified, 0)
        return
    for run in _HAN_RUN.finditer(text):
        yield from _restored(run, residue)


def _restored(run: re.Match[str], residue: Residue) -> Iterator[Change]:
    simplified = residue.simplified(run[0])
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


def _zeros(text: str, _: Residue) -> Iterator[Change]:
    """Circles, letters and figures for 〇 in a year of Chinese numerals: 二○二四年."""
    for year in _ROUND_YEAR.finditer(text):
        for match in _ROUND.finditer(text, year.start(), year.end()):
            yield Change(match.start(), match.end(), "〇", "zero")


def _zeros_between(text: str, _: Residue) -> Iterator[Change]:
    """Circles between Chinese numerals outside of years: 三○一医院."""
    for match in _ROUND_NUMBER.finditer(text):
        yield Change(match.start(), match.end(), "〇" * len(match[0]), "zero")


def _spaced_out(text: str, _: Residue) -> Iterator[Change]:
    """A line set wide, 最 高 人 民 检 察 院, is one word; two or three spaced characters may be a name.

    So are the number of an article or chapter and the words of a chapter's heading.
    """
    if (len(text) <= 160 and (_SPACED_OUT.fullmatch(text) or _SPACED_WORD.fullmatch(text))) or (
        _SPACED_LINE.fullmatch(text) and len(_HAN.findall(text)) * 3 > len(text)
    ):
        yield from _closed_up(text, 0, len(text))
    elif (number := _SPACED_NUMBER.match(text)) is not None:
        yield from _closed_up(text, 0, number.end())


def _spaced_words(text: str, _: Residue) -> Iterator[Change]:
    """The words of a chapter's heading set wide: 第一章　总　则."""
    if len(text) <= 160 and (heading := _SPACED_HEADING.fullmatch(text)) is not None:
        yield from _closed_up(text, *heading.span("words"))


def _closed_up(text: str, start: int, end: int) -> Iterator[Change]:
    for match in _SPACES.finditer(text, start, end):
        yield Change(match.start(), match.end(), "", "spacing")


def _edges(text: str, _: Residue) -> Iterator[Change]:
    """White space that cleaning brought to light at the edges: &nbsp;&nbsp;第一条."""
    inner = text.strip(EDGES)
    if len(inner) == len(text) or not inner:
        return
    start = text.index(inner)
    if start:
        yield Change(0, start, "", "space")
    if start + len(inner) < len(text):
        yield Change(start + len(inner), len(text), "", "space")


Rule: TypeAlias = Callable[[str, Residue], Iterable[Change]]
_ALWAYS: tuple[Rule, ...] = (
    _mojibake,
    _entities,
    _escaped,
    _markup,
    _unseen,
    _doubled,
    _readings,
    _script,
    _zeros,
    _zeros_between,
    _spaced_out,
    _spaced_words,
    _intruders,
    _edges,
)
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
    rule: str = ""  # left out of the text by this rule


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

    def interrupted(self, raws: Sequence[str], furniture: Sequence[str], source: Source = NOWHERE) -> None:
        """Add a paragraph that runs on behind each piece of page furniture in it."""
        parts = [_Part(raws[0])]
        for between, raw in zip(furniture, raws[1:], strict=True):
            parts += [_Part(between, rule="page"), _Part(raw)]
        self._pieces.append(_Piece(BlockKind.PARAGRAPH, tuple(parts), source, None, 1))

    def item(self, raw: str, source: Source = NOWHERE) -> None:
        """Add a list item, its number (not its bullet) included."""
        self._add(BlockKind.ITEM, raw, source)

    def row(self, cells: Iterable[tuple[str, str]], source: Source = NOWHERE) -> None:
        """Add a table row of (column name, value): ``列名：值`` lines. Without names the values share a line."""
        filled = [(trimmed(name), trimmed(value)) for name, value in cells]
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
        raw = trimmed(raw)
        if raw:
            self._pieces.append(_Piece(kind, (_Part(raw),), source, level, 1))

    def finish(self) -> Built:
        """Clean every piece in the light of all of them and place it; the pieces are used up."""
        pieces = _without_line_numbers(_without_repeats(_joined(_without_pages(self._pieces))))
        parts = (part for piece in pieces for part in piece.parts)
        shown = [legible(part.raw) for part in parts if not part.verbatim and not part.rule]
        residue = replace(survey(shown), intruders=intruding(shown))
        placing = _Placing()
        for piece in pieces:
            if piece.kind is None:
                placing.leave_out(piece.parts[0].raw, piece.rule)
            else:
                placing.place(piece, residue)
        self._pieces = []
        return placing.done(self._notices)


def _cleaned(part: _Part, residue: Residue, *, keep_lines: bool) -> Cleaned:
    if part.rule:
        return Cleaned("", (Edit(Span(0, 0), part.raw, part.rule),))
    return Cleaned(part.raw) if part.verbatim else clean(part.raw, residue, keep_lines=keep_lines)


def _without_pages(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Paragraphs that are page numbers or running headers become what is left out."""
    places = [i for i, piece in enumerate(pieces) if piece.kind in _RUNNING and len(piece.parts) == 1]
    pages = page_lines([pieces[i].parts[0].raw for i in places])
    dropped = {places[i] for i in pages}
    return [p._replace(kind=None, rule="page") if i in dropped else p for i, p in enumerate(pieces)]


def _joined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """A paragraph that a page's end cut in two is one again, what stood at the page's end left out inside it."""
    out: list[_Piece] = []
    pages: list[_Piece] = []
    for piece in pieces:
        if piece.kind is None and piece.rule == "page":
            pages.append(piece)
            continue
        before = out[-1] if out else None
        if pages and before is not None and _runs_on(before, piece):
            left_out = _Part("\n".join(["", *(page.parts[0].raw for page in pages), ""]), rule="page")
            out[-1] = before._replace(parts=(*before.parts, left_out, *piece.parts))
        else:
            out += [*pages, piece]
        pages = []
    return [*out, *pages]


def _without_repeats(pieces: Sequence[_Piece]) -> list[_Piece]:
    """A paragraph that stands there twice running is one; more often, it is meant."""
    out: list[_Piece] = []
    for parts, group in groupby(pieces, key=lambda piece: (piece.kind, piece.parts)):
        same = list(group)
        out.append(same[0])
        twice = len(same) == 2 and parts[0] is BlockKind.PARAGRAPH
        if twice and len(_HAN.findall(same[0].parts[0].raw)) >= _LEAST_REPEATED:
            out.append(same[1]._replace(kind=None, rule="repeated"))
        else:
            out += same[1:]
    return out


def _without_line_numbers(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Numbers in front of all lines, the title's too, count lines and not points."""
    places = [i for i, piece in enumerate(pieces) if piece.kind in _RUNNING and len(piece.parts) == 1]
    raws = [pieces[i].parts[0].raw for i in places]
    matches = [_LINE_NUMBER.match(raw) for raw in raws]
    numbers = [int(match[1]) for match in matches if match is not None]
    if len(numbers) < len(raws) or len(numbers) < _LEAST_NUMBERED or ends_sentence(raws[0]):
        return list(pieces)
    counted = numbers[0] <= 2 and all(0 < b - a <= _MOST_BLANK for a, b in pairwise(numbers))
    if not counted or sum(map(ends_sentence, raws)) * 2 < len(raws):
        return list(pieces)
    out = list(pieces)
    for i, raw, match in zip(places, raws, matches, strict=True):
        if match is not None:
            parts = (_Part(match[0], rule="line_number"), _Part(raw[match.end() :]))
            out[i] = pieces[i]._replace(parts=parts)
    return out


def _runs_on(before: _Piece, after: _Piece) -> bool:
    kinds = before.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM) and after.kind is BlockKind.PARAGRAPH
    return kinds and joins_across_pages(before.parts[-1].raw, after.parts[0].raw)


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
        cleaned = [_cleaned(part, residue, keep_lines=piece.kind is BlockKind.ROW) for part in piece.parts]
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
        censored = censored_places(text)
        unknown = sum(1 for match in SUSPECT.finditer(text) if match.lastgroup == "private_use")
        lost = text.count("\ufffd") + text.count("锟斤拷")
        found = list(notices)
        if unknown:
            found.append(Notice("unknown_characters", f"有 {unknown} 个字符是某种字体自造的，无法识别，照原样保留。"))
        if censored:
            found.append(Notice("censored_characters", _censored_words(text, censored)))
        if lost and not any(notice.code == "undecodable_bytes" for notice in found):
            found.append(Notice("lost_characters", f"原文中有 {lost} 处字符在入库前就已丢失（显示为 �）。"))
        return Built(text, tuple(self._blocks), tuple(self._edits), tuple(found))


# ---------------------------------------------------------------- what somebody has overwritten

_COVER = "×*＊□■●○◯▇█"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
_CENSORED = re.compile(
    rf"(?<=[\u3400-\u9fff])[{_COVER}]+(?=[\u3400-\u9fff])"  # 腐*败
    r"|×{2,}|(?<![\w*])[xX]{2,}(?![\w*])|(?<=[\u3400-\u9fff])[xX]{2,}|[xX]{2,}(?=[\u3400-\u9fff])"  # ××公司, XX同志
    r"|[□■▇█●]{2,}|(?<=[\u3400-\u9fff])×|×(?=[\u3400-\u9fff])"
    r"|(?<![*\\\w])\*{3,}(?![*\w])|(?<=[\u3400-\u9fff])[*＊]{2,}|[*＊]{2,}(?=[\u3400-\u9fff])"
    rf"|某某|(?<![\u3400-\u9fff])[{_SURNAMES}]某(?![一些种个项])"
)


_FORM = re.compile("格式|样式|式样|样本|模板|范本|填写")


def censored_places(text: str) -> list[Span]:
    """Where characters were overwritten or left out on purpose: ×××, ***, □□, 某某, 腐*败. What stood there is unknown."""
    found = [Span(*match.span()) for match in _CENSORED.finditer(text)]
    marked = {each.of(text) for each in found}
    # **重点** and tick boxes come in pairs or rows of their own; a mark that only emphasises covers nothing.
    emphasis = "**" in marked and text.count("**") % 2 == 0 and re.search(r"\*\*[^*\n]{1,40}\*\*", text) is not None
    form = _FORM.search(text) is not None  # where a name is to be filled in: ××人民法院
    return [
        each
        for each in found
        if not (emphasis and each.of(text) == "**") and not (form and not each.of(text).strip("×xX"))
    ]


def _censored_words(text: str, places: Sequence[Span]) -> str:
    shown = "、".join(
        f"第{text.count(chr(10), 0, place.start) + 1}行“{text[max(0, place.start - 4) : place.end + 4].strip()}”"
        for place in places[:_SHOWN]
    ).replace("\n", " ")
    more = "等" if len(places) > _SHOWN else ""
    return f"有 {len(places)} 处文字被遮盖或替换（{shown}{more}），照原样保留，没有猜测。请对照原件核实。"


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
