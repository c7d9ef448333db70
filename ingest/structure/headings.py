"""Which lines of a regulation are headings: 编章节, 条, 附件, 目录 — told from references by form and sequence.

A paragraph may begin with “第十二条规定的情形，……” without being article 12. So every place that looks like an
article heading is a candidate, weighed by its form, and the articles are the chain of candidates whose
numbers grow that weighs most. What is left out of the chain although it looks like a heading, and every gap
in the numbers, is reported, not guessed at.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.document import BlockKind, Notice, Span, chinese_number
from ingest.structure.lines import Line, bare
from ingest.structure.numerals import ANY, parse_number

_NUMBER = rf"(?:[{ANY}](?:[ 　]?[{ANY}]){{0,7}})"
_ARTICLE = re.compile(rf"第[ 　]*(?P<n>{_NUMBER})[ 　]*条(?:[ 　]?之[ 　]?(?P<s>[{ANY}]{{1,3}}))?")
_DIVISION = re.compile(rf"第[ 　]*(?P<n>{_NUMBER})[ 　]*(?P<kind>分[ 　]?编|编|章|节)")
_UNNUMBERED = re.compile(r"总则|附则|分则")
_ANNEX = re.compile(
    rf"附[ 　]*(?P<kind>件|录|表|图)[ 　]*(?P<n>{_NUMBER})?[ 　]*(?P<rest>(?:[：:、.．\s—－-].*)?|[^的所中第]{2, 30}(?:表|清单|名单|模板|样式|流程图|标准|目录|范本))$"
)

# What follows the number when it is a reference, not a heading: 第十二条规定的…, 第三条、第五条….
_SURE_REFERENCE = re.compile(
    rf"第[{ANY}]+[条款项目章节编]|[、，,；;。？！)）”’》]|(?:和|与|及|或|或者|以及|至|到)[ 　]?第[{ANY}]|的|款(?!项|待)|项(?!目)"
    r"|[（(](?:第|[一二三四五六七八九十]+[)）]项)"
)
_REFERENCE = re.compile(
    rf"{_SURE_REFERENCE.pattern}|规定|所列|所述|所指|所称|所规定|另有|以外|以内|以上|以下|除外|修改|修订"
    r"|和|与(?!会|本|其)|及(?!时)|或|至(?!少)|到(?!期|岗|会)|之|中(?!央|国|层|标|共|介|小|长|期|心|型)|内(?!部|容|控|设)"
    r"|外(?!部|派|聘|资|包|出)|前(?!期|款)|后(?!勤|续|备)|等(?!级)"
)
_SENTENCE = re.compile(r"[。；;！？!?]")

_STRONG, _WEAK, _INLINE, _INLINE_TIGHT = 4.0, 1.5, 1.5, 0.5


@dataclass(frozen=True, slots=True)
class ArticleMark:
    """The heading of an article: its number and where it and the text after it begin."""

    number: int
    suffix: int | None
    span: Span  # 第十二条之一
    weight: float

    @property
    def strong(self) -> bool:
        """Whether its form alone says that it is a heading."""
        return self.weight >= _STRONG

    @property
    def key(self) -> tuple[int, int]:
        """What must grow from one article to the next."""
        return self.number, self.suffix or 0

    @property
    def words(self) -> str:
        """第十二条之一."""
        return f"第{_name(self.number)}条" + (f"之{_name(self.suffix)}" if self.suffix else "")


def _name(number: int) -> str:
    return chinese_number(number) if number < 10000 else str(number)


@dataclass(frozen=True, slots=True)
class Division:
    """A 编, 章 or 节 heading: its level (0–2) and its words with the spaces removed: 第二章 巡察方式."""

    level: int
    words: str
    end: int  # where the heading ends in the text


@dataclass(frozen=True, slots=True)
class Annex:
    """The heading of an annex: 附件1, with its title when the same line has it."""

    words: str
    title: str


def article_candidates(line: Line) -> list[ArticleMark]:
    """The places in a line that may be article headings."""
    if line.kind is BlockKind.ROW:
        return []
    out = []
    heading_end = division_chain_end(line)
    for found in _ARTICLE.finditer(line.text):
        number, suffix = parse_number(found["n"]), parse_number(found["s"] or "")
        if not number or number > 9999 or suffix == 0:
            continue
        weight = _weight(line, found.start(), found.end(), heading_end)
        if weight:
            span = Span(line.span.start + found.start(), line.span.start + found.end())
            out.append(ArticleMark(number, suffix, span, weight))
    return out


def _weight(line: Line, start: int, end: int, heading_end: int) -> float:
    rest = line.text[end:]
    spaced = not rest or rest[0].isspace()
    word = rest.lstrip()
    if start == 0:
        if not word:
            return _STRONG
        if re.match(r"[【〔\[]|[：:.．]|[（(](?!第|[一二三四五六七八九十]+[)）]项)", word):
            return _STRONG
        if _REFERENCE.match(word):
            # “第十二条　规定期限……”, “第三条　第二条所列……” may be headings: they must then fit the sequence.
            fits = spaced and (_ARTICLE.match(word) or not _SURE_REFERENCE.match(word))
            return _WEAK if fits else 0.0
        return _STRONG if spaced or line.kind is BlockKind.HEADING else _WEAK
    if _REFERENCE.match(word) or not word:
        return 0.0
    before = line.text[max(0, start - 60) : start].rstrip()
    if heading_end > 0 and start <= 50 and not _SENTENCE.search(before):
        return _INLINE if spaced else _INLINE_TIGHT * 2
    if before and re.search(r"[。！？；][”’）)]?$", before):
        return _INLINE if spaced else _INLINE_TIGHT
    return 0.0


def chain(candidates: Sequence[ArticleMark]) -> list[ArticleMark]:
    """The candidates that are the articles: numbers grow, steps of one count, and forms weigh.

    A longest-increasing-subsequence search over (number, suffix); a weak form counts only where it
    continues the numbers by one.
    """
    keys = sorted({mark.key for mark in candidates})
    smaller = _PrefixBest(len(keys))
    by_key: dict[tuple[int, int], tuple[float, int]] = {}  # the best chain that ends in a number: score, -index
    by_number: dict[int, tuple[float, int]] = {}
    before: list[int] = []  # of each candidate, its predecessor in the best chain that ends in it, or -1
    top = (0.0, 0)
    for index, mark in enumerate(candidates):
        first = mark.key == (1, 0)
        options: list[tuple[float, int]] = [(0.0, 1)]
        if first or mark.strong:
            options.append((mark.weight + (1 if first else -1), 1))
        next_to = by_key.get((mark.number, mark.suffix - 1)) if mark.suffix else by_number.get(mark.number - 1)
        if next_to:
            options.append((next_to[0] + mark.weight + 2, next_to[1]))
        rank = bisect_left(keys, mark.key)
        if mark.strong and (any_smaller := smaller.best(rank)):
            options.append((any_smaller[0] + mark.weight - 1, any_smaller[1]))
        score, predecessor = max(options)
        before.append(-predecessor if predecessor <= 0 else -1)
        if score > 0:
            here = (score, -index)
            by_key[mark.key] = max(by_key.get(mark.key, here), here)
            by_number[mark.number] = max(by_number.get(mark.number, here), here)
            smaller.put(rank, here)
            top = max(top, here)
    if top[0] <= 0:
        return []
    index, out = -top[1], []
    while index >= 0:
        out.append(candidates[index])
        index = before[index]
    return out[::-1]


class _PrefixBest:
    """The greatest value put at any position before a given one (a Fenwick tree of maxima)."""

    def __init__(self, size: int) -> None:
        self._tree: list[tuple[float, int] | None] = [None] * (size + 1)

    def put(self, position: int, value: tuple[float, int]) -> None:
        position += 1
        while position < len(self._tree):
            held = self._tree[position]
            self._tree[position] = value if held is None else max(held, value)
            position += position & -position

    def best(self, position: int) -> tuple[float, int] | None:
        out: tuple[float, int] | None = None
        while position > 0:
            held = self._tree[position]
            out = held if out is None else out if held is None else max(out, held)
            position -= position & -position
        return out


def follows(before: ArticleMark, after: ArticleMark) -> bool:
    """Whether ``after`` is the next number: 12 → 13, 12 → 12之一, 12之一 → 12之二, 12之二 → 13."""
    if after.suffix:
        return after.number == before.number and after.suffix == (before.suffix or 0) + 1
    return after.number == before.number + 1


def gaps(articles: Sequence[ArticleMark], candidates: Sequence[ArticleMark]) -> list[Notice]:
    """What in the numbering asks for a look: gaps, a first article that is not 1, headings left out."""
    out = []
    if articles and articles[0].key != (1, 0):
        out.append(Notice("article_gap", f"条文从{articles[0].words}开始，没有找到第一条，请核对原文。"))
    for before, after in pairwise(articles):
        if not follows(before, after):
            out.append(Notice("article_gap", f"{before.words}之后是{after.words}，编号不连续，请核对原文。"))
    chosen = {mark.span for mark in articles}
    for mark in candidates:
        if mark.weight >= _STRONG and mark.span not in chosen:
            prior = [a for a in articles if a.span.start < mark.span.start]
            where = f"在{prior[-1].words}之后" if prior else "在正文之前"
            out.append(Notice("article_gap", f"“{mark.words}”{where}出现，与编号顺序不符，按正文处理，请核对原文。"))
    return out


def divisions_of(line: Line) -> list[Division]:
    """The 编章节 headings a line begins with (several may be run together), empty when it has none."""
    if line.kind is BlockKind.ROW:
        return []
    if _UNNUMBERED.fullmatch(line.bare):
        return [Division(1, line.bare, line.span.end)]
    out: list[Division] = []
    position = 0
    while found := _DIVISION.match(line.text, position):
        stop = _title_end(line.text, found.end())
        title = line.text[found.end() : stop]
        if not _is_title(title, line.kind is BlockKind.HEADING, bool(out)):
            break
        level = {"编": 0, "分编": 0, "章": 1, "节": 2}[bare(found["kind"])]
        name = "".join(title.split())
        out.append(Division(level, f"{bare(found.group())} {name}".strip(), line.span.start + stop))
        position = stop
        while position < len(line.text) and line.text[position].isspace():
            position += 1
    return out


def _title_end(text: str, start: int) -> int:
    """Where a division's title stops: before a run-in 条 or the next 编章节, else at the line's end."""
    ends = [len(text)]
    for pattern in (_ARTICLE, _DIVISION):
        for found in pattern.finditer(text, start):
            tail = text[found.end() :]
            if (tail[:1].isspace() or not _REFERENCE.match(tail)) and (
                pattern is _ARTICLE or text[found.start() - 1].isspace()
            ):
                ends.append(found.start())
                break
    return min(ends)


def _is_title(title: str, is_heading: bool, run_in: bool) -> bool:
    word = title.strip()
    if len(word) > (60 if is_heading else 40) or _SENTENCE.search(word):
        return False
    if not word:
        return True
    if _REFERENCE.match(word) and not title[:1].isspace():
        return False
    return is_heading or run_in or not re.search(r"[，,：:]", word)


def division_chain_end(line: Line) -> int:
    """Where in the line the headings it begins with end; 0 when it begins with none."""
    found = divisions_of(line)
    return found[-1].end - line.span.start if found else 0


_TOC_TITLE = re.compile(r"目[录次錄]")
_TOC_LEADER = re.compile(r"(?:[.．…·]{2,}|\s)[ 　]*[-—]?\d{1,4}[-—]?$")


def contents_lines(lines: Sequence[Line]) -> set[int]:
    """Indexes of the lines that are a table of contents (目录): its headings are no headings of the text."""
    keys = {i: _division_key(line) for i, line in enumerate(lines)}
    for start, line in enumerate(lines):
        titled = _TOC_TITLE.match(line.bare) is not None and len(line.bare) < 400 and line.kind is not BlockKind.ROW
        titled = titled and (len(line.bare) == 2 or "第一章" in line.bare or "第一编" in line.bare)
        repeated = keys[start] and keys[start] in {keys[i] for i in range(start + 1, min(len(lines), start + 400))}
        if titled or repeated:
            return _contents_from(lines, keys, start)
        if article_candidates(line):
            return set()
    return set()


def _contents_from(lines: Sequence[Line], keys: dict[int, str], start: int) -> set[int]:
    first = next((keys[i] for i in range(start, len(lines)) if keys[i]), None)
    inside: set[int] = set()
    seen_first = False
    for index in range(start, len(lines)):
        line = lines[index]
        if keys[index] == first and first:
            if seen_first:
                break
            seen_first = True
        looks = (
            (index == start and _TOC_TITLE.match(line.bare) is not None)
            or bool(keys[index])
            or _TOC_LEADER.search(line.text) is not None
            or (len(line.bare) <= 30 and not re.search(r"[。；，：:]", line.text) and not article_candidates(line))
        )
        if not looks:
            break
        inside.add(index)
    # Without a second occurrence the run of headings is the text's own.
    repeats = any(keys[i] == first and i not in inside for i in range(start, len(lines))) if first else True
    if repeats:
        # Short lines between the last heading of the contents and the text belong to the text.
        while inside and not keys[max(inside)] and not _TOC_LEADER.search(lines[max(inside)].text):
            last = max(inside)
            if last == start or _TOC_TITLE.match(lines[last].bare):
                break
            inside.discard(last)
        return inside
    return {start} if _TOC_TITLE.fullmatch(lines[start].bare) else set()


def _division_key(line: Line) -> str:
    text = _TOC_LEADER.sub("", line.text)
    found = divisions_of(Line(text, Span(line.span.start, line.span.start + len(text)), line.block, line.kind))
    return "".join(d.words for d in found).replace(" ", "")


def annex_of(line: Line) -> Annex | None:
    """The annex heading a line is, if it is one: 附件1　采购方式限额标准表; a list 附件：1.… is none."""
    if line.kind is BlockKind.ROW or len(line.text) > 60:
        return None
    if line.bare.rstrip("：:") == "附":
        return Annex("附", "")
    found = _ANNEX.fullmatch(line.text)
    if found is None or re.search(r"[。；，]", found["rest"]):
        return None
    rest = found["rest"].strip(" 　\t：:、.．—－-")
    if re.match(r"[1１一]\s*[.．、]", rest) or re.match(r"附[件录表]", rest):
        return None
    number = found["n"] or ""
    return Annex(f"附{found['kind']}{bare(number)}", rest.strip("《》"))
