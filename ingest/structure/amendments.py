"""Amending documents: 关于修改《…》的决定, 修正案. Which works they change, where, and their items as citable points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.document import Amendment, BlockKind, Clause, ClauseLevel, Span
from ingest.structure import meeting
from ingest.structure.enumeration import WRITTEN, marker_at
from ingest.structure.lines import Line
from ingest.structure.meeting import Talk
from ingest.structure.numerals import ANY
from ingest.structure.titles import is_regulation_title, normal_title, split_edition

_TITLE = re.compile(
    r"关于(?:废止(?:和|、|及))?(?:修改|修正|修订|调整)(?:(?:和|、|及)废止)?(?!印发|完善|下发|发布)(?P<what>.+)的(?:决定|决议|通知|公告|令)$"
)
_SUPPLEMENT = re.compile(r"(?P<what>.+?)(?:第?[一二三四五六七八九十]+次)?修正案(?:[（(][^（()）]{1,12}[)）])?$")
_RULES = re.compile(r"《|(?:制度|法规|规章|法律|条例|规定|办法|规则|细则|文件|司法解释|章程)(?:条款|条文)?$")
_QUOTED = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")
_PLACE = re.compile(rf"第[{ANY}]+条(?:之[{ANY}]+)?(?:第[{ANY}]+款)?(?:第?[（(]?[{ANY}]+[)）]?项)?")
_CHANGES = re.compile(r"修改|删去|删除|增加|增写|改为|调整为|合并|移至|移作|作为")
_OPENS = re.compile(r"作(?:出)?(?:如下|以下)?(?:修改|修订|调整)|(?:修改|修订|调整)(?:如下|为下列)|一并修改")
_SPEECH = re.compile(r"“[^”]*(?:”|$)")
_CLOSES = re.compile(
    r"(?:此外|本(?:决定|通知|修正案|公告)|.{0,40}(?:根据|按照)本(?:决定|通知|修正案)|附件|附[：:]|抄送)|.{0,30}[0-9〇一二三四五六七八九]{4}年[^，。；]{2,8}日$"
)


def is_amending(title: str) -> bool:
    """Whether a title is that of a document that amends a regulation, not of the regulation."""
    words, _ = split_edition(title)
    if "印发" in words:
        return False
    found = _TITLE.search(words)
    rules = found is not None and (bool(_titles(title)) or _RULES.search(found["what"]) is not None)
    return rules or (_SUPPLEMENT.fullmatch(words) is not None and "草案" not in title)


def amendments(lines: Sequence[Line], title: str) -> tuple[Amendment, ...]:
    """The works an amending document changes, and the places it changes in each, in order."""
    named = _titles(title)
    places: dict[str, list[str]] = {name: [] for name in named}
    keys = {normal_title(name): name for name in named}
    current = named[0] if len(named) == 1 else None
    for line in lines:
        if line.kind is BlockKind.ROW:
            continue
        words = _SPEECH.sub("“”", line.text)
        opened = [name for name in _QUOTED.findall(words) if is_regulation_title(name)]
        if opened and (_OPENS.search(words) or (_CHANGES.search(words) and _PLACE.search(words))):
            current = keys.setdefault(normal_title(opened[0]), opened[0])
            places.setdefault(current, [])
        if current is not None and _changes_places(words):
            places[current] += [place for place in _changed(words) if place not in places[current]]
    return tuple(Amendment(name, tuple(found)) for name, found in places.items())


def _titles(title: str) -> list[str]:
    words, _ = split_edition(title)
    found = _TITLE.search(words) or _SUPPLEMENT.fullmatch(words)
    if found is None:
        return []
    quoted = _QUOTED.findall(found["what"])
    if quoted:
        return quoted
    plain = re.sub(r"(?:部分|有关|若干)?(?:条款|内容|条文|规定)$|(?:第[^第]+条)+$", "", found["what"]).strip("《》")
    plain = plain if is_regulation_title(plain) else found["what"].strip("《》")
    vague = re.match(r"(?:部分|有关|相关|若干|个别|一批)", plain) is not None
    return [plain] if is_regulation_title(plain) and not vague else []


def _changes_places(words: str) -> bool:
    return _CHANGES.search(words) is not None and not re.match(r"(?:本决定|根据|为了?)", words)


def _changed(words: str) -> Iterator[str]:
    """The places of the work that a line changes: those before the word that says how, not what they become."""
    for clause in re.split(r"[。；;]", words):
        verb = _CHANGES.search(clause)
        if verb is None:
            continue
        before = clause[: verb.start()] if _PLACE.search(clause[: verb.start()]) else clause
        for found in _PLACE.finditer(before):
            yield found.group()


# ---------------------------------------------------------------- items


def amended_clauses(text: str, paragraphs: Sequence[Talk]) -> tuple[Clause, ...]:
    """The clauses of an amending document: its items, and the paragraphs they consist of."""
    plain = meeting.clauses([replace(each, own_point=None) for each in paragraphs])
    return tuple(sorted([*_items(text, paragraphs), *plain], key=lambda clause: (clause.span.start, -clause.span.end)))


def _items(text: str, paragraphs: Sequence[Talk]) -> Iterator[Clause]:
    """The numbered items of an amending document, each with the wording it puts in place: 一、将第八条修改为：“……”."""
    opened: list[tuple[int, str, Talk, Span]] = []  # rank, words, first paragraph, span so far
    for paragraph in paragraphs:
        words = paragraph.span.of(text)
        marker = marker_at(text, paragraph.span.start, paragraph.span.end, WRITTEN)
        if marker is not None and not words.startswith("“"):
            while opened and opened[-1][0] >= marker.rank:
                yield _item(opened.pop())
            prefix = opened[-1][1] if opened else ""
            opened.append((marker.rank, prefix + marker.word, paragraph, paragraph.span))
        elif _CLOSES.match(words):
            while opened:
                yield _item(opened.pop())
        opened = [(*one[:3], Span(one[3].start, paragraph.span.end)) for one in opened]
    while opened:
        yield _item(opened.pop())


def _item(opened: tuple[int, str, Talk, Span]) -> Clause:
    _, words, paragraph, span = opened
    return Clause(ClauseLevel.ITEM, replace(paragraph.locator, point=words), span)
