"""Regulations inside a notice: 关于印发《…办法》的通知 with the 办法 in the same file, each a text of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.document import BlockKind, Document, Metadata, Span
from ingest.structure.headings import annex_of, article_candidates, contents_lines, divisions_of
from ingest.structure.lines import Line, bare
from ingest.structure.metadata import Title
from ingest.structure.official import Official
from ingest.structure.titles import is_regulation_title, normal_title

_CARRIES = re.compile(r"(?:通知|公告|通告|令|决定|决议|批复|函|意见|通报)(?:[（(].*[)）])?$|令第[^第号]{1,8}号$")
_ISSUES = re.compile(r"(?:印发|发布|公布|颁布|颁发|下发|转发|修订|施行|实施|公开)[^《》]{0,12}《")
_QUOTED = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")
_LABEL = re.compile(r"附[ 　]*[件录][ 　]*[0-9０-９一二三四五六七八九十]{0,3}[ 　]*[：:．.、]?[ 　]*")
_ABOVE_FIRST_ARTICLE = 16
"""Lines looked at above 第一条 for its title: edition line, contents left aside, and the headings of its chapter."""


@dataclass(frozen=True, slots=True)
class Annexed:
    """A regulation in a notice: its title, its lines ``[first, stop)`` with the 附件 above it, and its own text."""

    title: str
    first: int
    stop: int
    span: Span


def annexed(lines: Sequence[Line], heading: Title, fixed: Official) -> list[Annexed]:
    """The regulations a notice carries, in text order; none for a text whose title is no notice's.

    An annex counts when its title is one that the notice names, or heads a numbering of its own (第一条, 第二条 …).
    """
    title, title_lines = heading.words or "", heading.lines
    if not _CARRIES.search(title):
        return []
    begin = max([fixed.end if fixed.signed else 0, *(index + 1 for index in title_lines), *fixed.listed_to])
    named = _named(lines, title, title_lines, fixed, begin)
    contents = contents_lines(lines[begin:])
    skipped = {begin + index for index in contents} | fixed.foot
    articles = _article_lines(lines, begin, skipped)
    starts = _starts(lines, begin, named, articles, skipped) or _untitled(lines, title, begin, articles)
    stops = _stops(lines, starts, named, fixed)
    out = []
    for (first, (words, offset)), stop in zip(sorted(starts.items()), stops, strict=True):
        numbered = sum(first <= index < stop for index in articles) >= 2
        issued = normal_title(words) in {normal_title(name) for name in _issued(title)}
        if numbered or (issued and stop - first > 3):
            span = Span(lines[first].span.start + offset, lines[stop - 1].span.end)
            labelled = first > begin and annex_of(lines[first - 1]) is not None
            out.append(Annexed(words, first - labelled, stop, span))
    return out


def _issued(title: str) -> list[str]:
    return _QUOTED.findall(title) if _ISSUES.search(title) else []


def _named(
    lines: Sequence[Line], title: str, title_lines: frozenset[int], fixed: Official, begin: int
) -> dict[str, str]:
    """The titles a notice names that may be its annexes, by their normal form."""
    names = [*_QUOTED.findall(title), *fixed.attachments]
    for index in range(max(title_lines, default=-1) + 1, min(begin, len(lines))):
        names += (
            _QUOTED.findall(lines[index].text)
            if _ISSUES.search(lines[index].text) or "现将" in lines[index].text
            else []
        )
    return {normal_title(name): name for name in names if is_regulation_title(name)}


def _article_lines(lines: Sequence[Line], begin: int, skipped: set[int]) -> dict[int, int]:
    """Line index → the article that begins there, for lines that begin with an article's heading."""
    out: dict[int, int] = {}
    for index in range(begin, len(lines)):
        if index in skipped:
            continue
        marks = article_candidates(lines[index])
        if marks and marks[0].strong and not marks[0].suffix:
            out[index] = marks[0].number
        elif marks and any(mark.number == 1 for mark in marks):  # run in after 第一章 总则
            out[index] = 1
    return out


_Starts = dict[int, tuple[str, int]]  # line index → the title, and where in the line it begins


def _starts(
    lines: Sequence[Line], begin: int, named: dict[str, str], articles: dict[int, int], skipped: set[int]
) -> _Starts:
    out: _Starts = {}
    for index in range(begin, len(lines)):
        if index not in skipped and (found := _title_at(lines, index, named)):
            out.setdefault(index, found)
    firsts = [index for index, number in articles.items() if number == 1 and _goes_on(articles, index)]
    for position, index in enumerate(firsts):
        after = max([begin - 1, *firsts[:position]])
        if any(after < start < index for start in out):
            continue
        above = _title_above(lines, index, max(after + 1, index - _ABOVE_FIRST_ARTICLE), skipped)
        if above is not None and (position == 0 or above[0] == begin or annex_of(lines[above[0] - 1])):
            out[above[0]] = above[1], above[2]
    return _without_repeats(out, articles)


def _without_repeats(starts: _Starts, articles: dict[int, int]) -> _Starts:
    """A title printed again further down (as the heading of a form, or a running head) begins nothing new."""
    out: _Starts = {}
    seen: set[str] = set()
    ordered = sorted(starts.items())
    bounds = [index for index, _ in ordered] + [10**9]
    for (index, found), stop in zip(ordered, bounds[1:], strict=True):
        key = normal_title(found[0])
        fresh = key not in seen or any(index <= line < stop and number == 1 for line, number in articles.items())
        if fresh and key not in {normal_title(words) for words, _ in out.values()}:
            out[index] = found
        seen.add(key)
    return out


def _goes_on(articles: dict[int, int], index: int) -> bool:
    """Whether 第二条 is the next article after this 第一条."""
    following = next((number for line, number in sorted(articles.items()) if line > index), None)
    return following == 2


def _title_at(lines: Sequence[Line], index: int, named: dict[str, str]) -> tuple[str, int] | None:
    """The title that stands alone on up to four lines from here, when it is one of the named; 附件1： may lead it."""
    if lines[index].kind is BlockKind.ROW:
        return None
    label = _LABEL.match(lines[index].text)
    offset = label.end() if label and label.end() < len(lines[index].text) else 0
    joined = ""
    for more in range(index, min(index + 4, len(lines))):
        line = lines[more]
        if line.kind is BlockKind.ROW or len(joined) > 120 or (more > index and annex_of(line)):
            return None
        joined += bare(line.text[offset:] if more == index else line.text)
        if normal_title(joined) in named:
            return joined.strip("《》"), offset
    return None


def _title_above(lines: Sequence[Line], index: int, lowest: int, skipped: set[int]) -> tuple[int, str, int] | None:
    """The title above a first article: the nearest line that names a regulation, with the lines it runs over."""
    for at in range(index - 1, lowest - 1, -1):
        line = lines[at]
        if at in skipped or line.kind is BlockKind.ROW or divisions_of(line):
            continue
        label = _LABEL.match(line.text)
        offset = label.end() if label and label.end() < len(line.text) else 0
        words = bare(line.text[offset:])
        if re.search(r"[。；：:]", words) or len(words) > 60:
            if words[:1] in "（(":
                continue  # an edition line
            return None
        if not is_regulation_title(words):
            continue
        if len(words) < 12 and not offset and at - 1 >= lowest and _heads(lines[at - 1]):
            return at - 1, lines[at - 1].bare + words, 0
        return at, words.strip("《》"), offset
    return None


def _heads(line: Line) -> bool:
    """Whether a line is the first of a title over two lines: an organisation, or 关于….."""
    plain = line.kind is not BlockKind.ROW and annex_of(line) is None and 4 <= len(line.bare) <= 40
    return plain and re.search(r"(?:公司|集团|党委|委员会)$|^关于", line.bare) is not None


def _untitled(lines: Sequence[Line], title: str, begin: int, articles: dict[int, int]) -> _Starts:
    """A regulation printed without its title: from the headings above 第一条, under the one title the notice issues."""
    issued = _issued(title)
    first = next((index for index, number in articles.items() if number == 1 and _goes_on(articles, index)), None)
    if len(issued) != 1 or first is None:
        return {}
    while first - 1 >= begin and (divisions_of(lines[first - 1]) or re.match(r"目[ 　]*录$", lines[first - 1].bare)):
        first -= 1
    return {first: (issued[0], 0)}


def _stops(lines: Sequence[Line], starts: _Starts, named: dict[str, str], fixed: Official) -> list[int]:
    """Where each regulation ends: before the next, before an annex of the notice itself, before 抄送 at the end."""
    last = len(lines)
    while last and last - 1 in fixed.foot:
        last -= 1
    listed = {normal_title(name) for name in fixed.attachments}
    stops = []
    for first, following in pairwise([*sorted(starts), last]):
        stop = following
        for index in range(first + 1, following):
            own = annex_of(lines[index])
            title = own and (own.title or (lines[index + 1].bare if index + 1 < following else ""))
            if title and normal_title(title) in listed:
                stop = index
                break
        if stop == following and following < last and annex_of(lines[following - 1]):
            stop -= 1
        stops.append(max(stop, first + 1))
    return stops


# ---------------------------------------------------------------- a text of its own


def cut_out(document: Document, span: Span, key: str, metadata: Metadata) -> Document:
    """The part of a document in ``span`` as a document: its text, blocks and edits, counted from its beginning."""

    def moved(inner: Span) -> Span:
        start, end = max(inner.start, span.start), min(inner.end, span.end)
        return Span(start - span.start, end - span.start)

    blocks = [
        replace(block, span=moved(block.span), cells=tuple((name, moved(cell)) for name, cell in block.cells))
        for block in document.blocks
        if block.span.start < span.end and span.start < block.span.end
    ]
    edits = [
        replace(edit, span=moved(edit.span))
        for edit in document.edits
        if span.start <= edit.span.start and edit.span.end <= span.end and edit.span.start < span.end
    ]
    digest = hashlib.sha256(f"{document.digest}:{key}".encode()).hexdigest()
    return replace(
        document,
        digest=digest,
        text=span.of(document.text),
        blocks=tuple(blocks),
        edits=tuple(edits),
        metadata=metadata,
        notices=(),
    )


def lines_inside(parts: Sequence[Annexed]) -> Iterator[int]:
    """The indexes of the lines that belong to the regulations, not to the notice."""
    for part in parts:
        yield from range(part.first, part.stop)
