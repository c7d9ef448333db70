"""Regulations: 编章节条款项目 with their addresses, and one passage an article."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ingest.document import BlockKind, Clause, ClauseLevel, Document, Locator, Notice, Span
from ingest.structure.articles import Paragraph, paragraphs_of
from ingest.structure.headings import (
    ArticleMark,
    Division,
    annex_of,
    article_candidates,
    chain,
    contents_lines,
    divisions_of,
    gaps,
)
from ingest.structure.lines import Line, lines_of, trimmed
from ingest.structure.passages import LONGEST, Draft, grouped, pieces


@dataclass(frozen=True, slots=True)
class Part:
    """An article with its 款, or (``mark`` is None) a line of text outside any article."""

    locator: Locator
    mark: ArticleMark | None
    span: Span
    paragraphs: tuple[Paragraph, ...]
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """What a regulation consists of, in text order."""

    parts: tuple[Part, ...]
    clauses: tuple[Clause, ...]
    notices: tuple[Notice, ...]

    @property
    def articles(self) -> int:
        """How many articles there are, those of annexes included."""
        return sum(part.mark is not None for part in self.parts)


def outline(document: Document, title_lines: frozenset[int] = frozenset()) -> Outline:
    """The structure of a regulation's text. ``title_lines`` are indexes of lines that are its title."""
    lines = lines_of(document)
    skipped = frozenset(contents_lines(lines)) | title_lines
    annexes = _annex_lines(lines, skipped)
    marks, notices = _articles(lines, skipped, annexes)
    parts = tuple(_assemble(document, _tokens(lines, skipped, annexes, marks)))
    notices += [notice for part in parts for notice in _item_notices(part)]
    return Outline(parts, tuple(clause for part in parts for clause in _clauses(document.text, part)), tuple(notices))


# ---------------------------------------------------------------- which lines are what

_DATE_LINE = re.compile(
    r"[（(]?[0-9０-９〇零○一二三四五六七八九十]{2,4}年[0-9０-９一二三四五六七八九十]{1,3}月"
    r"[0-9０-９一二三四五六七八九十]{1,3}日[）)]?"
)
_ISSUER_LINE = re.compile(
    r"[^，。；：:、]{2,30}(?:公司|集团|党委|党组|委员会|办公室|部|局|院|厅|会|组|中心|纪委|政府|厂)"
)


def is_signature(line: Line) -> bool:
    """Whether a line is a signature: an organisation alone, or a date alone."""
    return _DATE_LINE.fullmatch(line.bare) is not None or _ISSUER_LINE.fullmatch(line.bare) is not None


def _annex_lines(lines: Sequence[Line], skipped: frozenset[int]) -> dict[int, str]:
    """Line index → name of the annex that begins there; a list of annexes before the annexes is none."""
    found = [(i, annex) for i, line in enumerate(lines) if i not in skipped and (annex := annex_of(line))]
    names: dict[int, str] = {}
    for position, (index, annex) in enumerate(found):
        later = [other for _, other in found[position + 1 :]]
        if any(o.words == annex.words or (annex.title and o.title == annex.title) for o in later):
            continue
        rest = lines[index + 1 :]
        if all(is_signature(line) or re.match(r"[0-9０-９]{1,2}[.．、]", line.text) for line in rest[:12]):
            continue  # a list of annexes above the signature, at the end
        names[index] = annex.words + (f"《{annex.title}》" if annex.title else "")
    return names


def _articles(
    lines: Sequence[Line], skipped: frozenset[int], annexes: dict[int, str]
) -> tuple[dict[int, list[ArticleMark]], list[Notice]]:
    """Line index → the article headings in it, and what is odd about the numbering."""
    found = [(i, m) for i, line in enumerate(lines) if i not in skipped for m in article_candidates(line)]
    runs: list[list[tuple[int, ArticleMark]]] = [[]]
    boundaries = sorted(annexes)
    for position, (index, mark) in enumerate(found):
        passed = bool(boundaries) and boundaries[0] <= index
        while boundaries and boundaries[0] <= index:
            boundaries.pop(0)
        if passed or _restarts(found, position, runs[-1]):
            runs.append([])
        runs[-1].append((index, mark))
    marks: dict[int, list[ArticleMark]] = {}
    notices: list[Notice] = []
    for run in runs:
        candidates = [mark for _, mark in run]
        chosen = chain(candidates)
        # A lone candidate that is not 第一条 is a reference, not a regulation of one article.
        if len(chosen) < 2 and not (chosen and chosen[0].key == (1, 0)):
            continue
        notices += gaps(chosen, candidates)
        spans = {mark.span for mark in chosen}
        for index, mark in run:
            if mark.span in spans:
                marks.setdefault(index, []).append(mark)
    return marks, notices


def _restarts(found: list[tuple[int, ArticleMark]], position: int, run: list[tuple[int, ArticleMark]]) -> bool:
    """Whether a second 第一条 begins a second numbering: heading-like, with 第二条 next."""
    mark = found[position][1]
    if mark.key != (1, 0) or not mark.strong:
        return False
    following = next((m for _, m in found[position + 1 : position + 200] if m.strong), None)
    return (
        following is not None and following.key in ((2, 0), (1, 1)) and any(m.key > (1, 0) for _, m in run if m.strong)
    )


# ---------------------------------------------------------------- lines → tokens


@dataclass(frozen=True, slots=True)
class _Annex:
    name: str
    line: Line


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    words: str
    line: Line


@dataclass(frozen=True, slots=True)
class _Mark:
    mark: ArticleMark
    line: Line


@dataclass(frozen=True, slots=True)
class _Text:
    span: Span
    line: Line
    closes: bool = False  # a signature: no article goes on here


_Token: TypeAlias = "_Annex | _Heading | _Mark | _Text"


def _tokens(
    lines: Sequence[Line], skipped: frozenset[int], annexes: dict[int, str], marks: dict[int, list[ArticleMark]]
) -> Iterator[_Token]:
    """The parts of all lines in text order."""
    signatures = _signature_lines(lines, annexes)
    in_article, numberings = False, 0
    titles = _annex_titles(lines, annexes, marks)
    for index, line in enumerate(lines):
        here = marks.get(index, [])
        if index in skipped or index in titles:
            continue
        if index in annexes:
            yield _Annex(annexes[index] + titles.get(index + 1, ""), line)
            in_article, numberings = False, 0
            continue
        start, stop = line.span.start, line.span.end
        divisions = divisions_of(line)
        if not here and index and (joined := _division_above(lines, index, skipped)):
            divisions = [Division(joined.level, f"{joined.words} {line.bare}", stop)]
        for division in divisions:
            if index + 1 < len(lines) and _division_above(lines, index + 1, skipped) and index + 1 not in marks:
                break  # its title is the next line
            yield _Heading(division.level, division.words, line)
            in_article = False
        if divisions:
            start = divisions[-1].end
        elif in_article and not here and is_caption(line) and _between(lines, index, marks):
            yield _Heading(1, re.sub(r"^[0-9]+[.．、]", "", line.bare), line)
            in_article = False
            continue
        for mark in here:
            if mark.key == (1, 0):
                numberings += 1
                if numberings > 1:
                    yield _Annex(_numbering_name(lines, index, numberings), line)
            yield from _texts(line, start, mark.span.start)
            yield _Mark(mark, line)
            in_article, start = True, mark.span.end
        closes = index in signatures or re.match(r"附[ 　]*(?:件|表|录|图)?[ 　]*[：:]", line.text) is not None
        in_article = in_article and not closes
        yield from _texts(line, start, stop, closes=closes)


def _texts(line: Line, start: int, stop: int, *, closes: bool = False) -> Iterator[_Text]:
    offset = line.span.start
    span = trimmed(line.text, Span(start - offset, stop - offset))
    if span.start < span.end:
        yield _Text(Span(span.start + offset, span.end + offset), line, closes)


def is_caption(line: Line) -> bool:
    """Whether a heading line is a caption, not a sentence that a style made a heading."""
    return len(line.text) <= 40 and not re.search(r"[。；，：:]", line.text)


def _between(lines: Sequence[Line], index: int, marks: dict[int, list[ArticleMark]]) -> bool:
    """Whether a line is a heading or, between two articles, a chapter title that lost its number."""
    line = lines[index]
    if line.kind is BlockKind.HEADING:
        return True
    if line.kind is BlockKind.ROW or len(line.bare) > 20 or not 0 < index < len(lines) - 1:
        return False
    follows = marks.get(index + 1, [])
    starts = bool(follows) and follows[0].span.start == lines[index + 1].span.start
    return starts and lines[index - 1].text[-1] in "。；" and line.text[-1] not in "。；：，！？”）"


def _division_above(lines: Sequence[Line], index: int, skipped: frozenset[int]) -> Division | None:
    """The 编章节 heading without a title that the line before is, when this line is its title."""
    line, above = lines[index], lines[index - 1]
    if index - 1 in skipped or line.kind is BlockKind.ROW or not is_caption(line) or len(line.bare) > 20:
        return None
    if any(division.words[0] == "第" for division in divisions_of(line)) or article_candidates(line):
        return None
    found = divisions_of(above)
    untitled = bool(found) and found[-1].end == above.span.end and " " not in found[-1].words
    return found[-1] if untitled and found[-1].words[:1] == "第" else None


def _annex_titles(
    lines: Sequence[Line], annexes: dict[int, str], marks: dict[int, list[ArticleMark]]
) -> dict[int, str]:
    """Line index → the title of the annex whose heading is the line before."""
    out = {}
    for index, name in annexes.items():
        after = index + 1
        if "《" in name or after >= len(lines) or after in marks or after in annexes:
            continue
        line = lines[after]
        if line.kind is not BlockKind.ROW and is_caption(line) and not divisions_of(line):
            out[after] = f"《{line.bare.strip('《》')}》"
    return out


def _numbering_name(lines: Sequence[Line], index: int, numbering: int) -> str:
    """What a second numbering is called: the nearest title-like line above it, else 第二部分."""
    for line in reversed(lines[max(0, index - 6) : index]):
        if re.search(r"(?:办法|规定|条例|规则|细则|制度|准则|规程|章程|方案|意见|标准)(?:[（(].*[）)])?$", line.bare):
            return f"《{line.bare.strip('《》')}》"
    return f"第{numbering}部分"


def _signature_lines(lines: Sequence[Line], annexes: dict[int, str]) -> set[int]:
    """Indexes of the lines that sign the text or one of its annexes."""
    out: set[int] = set()
    starts = [0, *sorted(annexes)]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        run: set[int] = set()
        for index in range(stop - 1, start, -1):
            if lines[index].kind is BlockKind.ROW or not is_signature(lines[index]):
                break
            run.add(index)
        if any(_DATE_LINE.fullmatch(lines[i].bare) for i in run):
            out |= run
    return out


# ---------------------------------------------------------------- tokens → parts


@dataclass(slots=True)
class _Open:
    """The article that the walk is inside of."""

    locator: Locator
    mark: ArticleMark
    body: list[tuple[Span, BlockKind]] = field(default_factory=list)


def _assemble(document: Document, tokens: Iterator[_Token]) -> Iterator[Part]:
    stream = list(tokens)
    numbers = _block_numbers(document, stream)
    place = Locator()
    divisions = ["", "", ""]
    article: _Open | None = None
    for token in stream:
        if isinstance(token, _Text) and article is not None and not token.closes:
            article.body.append((token.span, token.line.kind))
            continue
        if article is not None:
            yield _article(document.text, article)
            article = None
        if isinstance(token, _Annex):
            place, divisions = Locator(annex=token.name), ["", "", ""]
        elif isinstance(token, _Heading):
            divisions[token.level :] = [token.words, *[""] * (2 - token.level)]
            chapter = " ".join(words for words in divisions[:2] if words)
            place = replace(place, chapter=chapter or None, section=divisions[2] or None)
        elif isinstance(token, _Mark):
            numbered = replace(place, article=token.mark.number, article_suffix=token.mark.suffix)
            article = _Open(numbered, token.mark)
        else:
            locator = replace(place, block=numbers[place.annex, token.line.block])
            is_row = token.line.kind is BlockKind.ROW
            yield Part(locator, None, token.span, (Paragraph(token.span),), is_row)
    if article is not None:
        yield _article(document.text, article)


def _block_numbers(document: Document, stream: Sequence[_Token]) -> dict[tuple[str | None, int], int]:
    """(annex, block index) → the paragraph's number, counted over blocks with text; an annex counts anew."""
    out: dict[tuple[str | None, int], int] = {}
    annex: str | None = None
    count = 0
    for token in stream:
        if isinstance(token, _Annex):
            annex, count = token.name, 0
        elif isinstance(token, _Text | _Mark) and (annex, token.line.block) not in out:
            count += 1
            out[annex, token.line.block] = count
    return out


def _article(text: str, article: _Open) -> Part:
    body = article.body
    if body:
        body[0] = (_after_mark(text, body[0][0]), body[0][1])
    paragraphs = paragraphs_of(text, body)
    end = max([article.mark.span.end, *(p.span.end for p in paragraphs)])
    return Part(article.locator, article.mark, Span(article.mark.span.start, end), tuple(paragraphs))


def _after_mark(text: str, span: Span) -> Span:
    """The text after an article's number without the colon or dot that some put between them."""
    start = span.start
    while start < span.end - 1 and text[start] in "：:.．、 　":
        start += 1
    return Span(start, span.end)


# ---------------------------------------------------------------- parts → clauses


def _clauses(text: str, part: Part) -> Iterator[Clause]:
    """The addressable parts of one part, outer before inner."""
    if part.mark is None:
        yield Clause(ClauseLevel.PARAGRAPH, part.locator, part.span)
        return
    several = len(part.paragraphs) > 1
    alone = part.paragraphs[0] if part.paragraphs and not several else None
    yield Clause(ClauseLevel.ARTICLE, part.locator, part.span, lead_in(text, alone) if alone else None)
    for number, paragraph in enumerate(part.paragraphs, 1):
        locator = replace(part.locator, paragraph=number) if several else part.locator
        lead = lead_in(text, paragraph)
        if several:
            yield Clause(ClauseLevel.PARAGRAPH, locator, paragraph.span, lead)
        for item in paragraph.items:
            at = replace(locator, item=item.number)
            inner = _lead(text, item.start, item.children[0].start) if item.children else None
            yield Clause(ClauseLevel.ITEM, at, item.span, lead)
            for child in item.children:
                yield Clause(ClauseLevel.SUBITEM, replace(at, subitem=child.number), child.span, inner)


def lead_in(text: str, paragraph: Paragraph) -> Span | None:
    """The part of a 款 before its first 项."""
    return _lead(text, paragraph.span.start, paragraph.items[0].start) if paragraph.items else None


def _lead(text: str, start: int, end: int) -> Span | None:
    span = trimmed(text, Span(start, end))
    return span if span.start < span.end else None


def _item_notices(part: Part) -> Iterator[Notice]:
    for paragraph in part.paragraphs:
        if paragraph.odd:
            words = "、".join(paragraph.odd)
            yield Notice("item_gap", f"{part.locator}的项编号不连续（{words}），请核对原文。")


# ---------------------------------------------------------------- parts → passages


def drafts(text: str, parts: Sequence[Part], title: str) -> list[Draft]:
    """One passage an article, long ones split at 款 and 项; text outside articles in groups. ``title`` leads."""
    out: list[Draft] = []
    loose: list[Part] = []
    for part in parts:
        if loose and (part.mark is not None or _place(part) != _place(loose[0])):
            out += _loose_drafts(text, loose, title)
            loose = []
        if part.mark is None:
            loose.append(part)
        else:
            out += _article_drafts(text, part, title)
    return out + (_loose_drafts(text, loose, title) if loose else [])


def _place(part: Part) -> str:
    locator = part.locator
    return " ".join(words for words in (locator.annex, locator.chapter, locator.section) if words)


def _loose_drafts(text: str, parts: Sequence[Part], title: str) -> list[Draft]:
    context = f"{title} {_place(parts[0])}".strip()
    return [Draft(span, locator, context) for span, locator in grouped(text, [(p.span, p.locator) for p in parts])]


def _article_drafts(text: str, part: Part, title: str) -> list[Draft]:
    context = f"{title} {_place(part)}".strip()
    if part.span.end - part.span.start <= LONGEST * 1.2:
        return [Draft(part.span, part.locator, context)]
    out: list[Draft] = []
    for draft in _paragraph_drafts(text, part, context):
        last = out[-1] if out else None
        if last and last.context == draft.context == context and draft.span.end - last.span.start <= LONGEST:
            out[-1] = Draft(Span(last.span.start, draft.span.end), common(last.locator, draft.locator), context)
        else:
            out.append(draft)
    return out


def _paragraph_drafts(text: str, part: Part, context: str) -> Iterator[Draft]:
    """The 款 of a long article, those too long in groups of 项; the lead-in of a 款 goes with each group."""
    several = len(part.paragraphs) > 1
    for number, paragraph in enumerate(part.paragraphs, 1):
        locator = replace(part.locator, paragraph=number) if several else part.locator
        start = part.span.start if number == 1 else paragraph.span.start
        if paragraph.span.end - start <= LONGEST or not paragraph.items:
            for span in pieces(text, Span(start, paragraph.span.end), LONGEST):
                yield Draft(span, locator, context)
            continue
        lead = lead_in(text, paragraph)
        units = [(trimmed(text, Span(start, paragraph.items[0].start)), locator)] if lead or number == 1 else []
        units += [(item.span, replace(locator, item=item.number)) for item in paragraph.items]
        for span, at in grouped(text, units, joined=common):
            follows_lead = lead is not None and span.start > lead.start
            yield Draft(span, at, f"{context} {lead.of(text)}" if lead and follows_lead else context)


def common(a: Locator, b: Locator) -> Locator:
    """The smallest address that holds both."""
    if a.paragraph != b.paragraph:
        return replace(a, paragraph=None, item=None, subitem=None)
    return a if a == b else replace(a, item=None, subitem=None)
