"""What a regulation says of other titles: which it repeals, and which short names it defines (以下简称)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from ingest.document import BlockKind, Document, Span
from ingest.structure.dates import days_in
from ingest.structure.enumeration import marker_at
from ingest.structure.lines import Line, sentences
from ingest.structure.titles import TYPE_WORDS, normal_title, short_titles

_QUOTED = re.compile(r"《(?P<title>(?:[^《》]|《[^《》]*》)+)》")
_ENDS = re.compile(r"废止|停止执行|停止施行|不再执行|失效")
_NOT_REPEALED = re.compile(
    r"(?:根据|依据|依照|按照|按|执行|参照|适用|遵照|贯彻|落实|见|由|以)[^，。；、《》]{0,6}$|(?:印发|转发|发布)$"
)
_DEFINED = re.compile(
    r"《(?P<full>(?:[^《》]|《[^《》]*》)+)》(?:[（(](?P<mark>[^（()）《》]{1,12})[)）])?"
    r"[（(](?P<remark>[^（()）《》]{0,30}?)(?:以下|下文|下)(?:简称|统称|称)(?:为)?[：:]?[“\"《〈‘]*(?P<short>[^”\"》〉’（()）《》，。]{1,20})[”\"》〉’]*[)）]"
)
_TITLE_LIKE = re.compile(rf"(?:{TYPE_WORDS}|法|制度)$")


def defined_names(text: str) -> dict[str, str]:
    """Short name → full title, as 《…》（以下简称《…》） defines them; 以下简称“集团” is no title."""
    out: dict[str, str] = {}
    for found in _DEFINED.finditer(text):
        short, full = found["short"].strip(), found["full"].strip()
        bracketed = "《" in text[found.end("full") : found.end()]
        if bracketed or _TITLE_LIKE.search(short):
            out.setdefault(short, full)
    return out


def repeals(
    document: Document, lines: Sequence[Line], own_title: str | None, effective: date | None, published: date | None
) -> list[tuple[str, date]]:
    """(title as written, last day in force) of the works this text repeals; its own earlier editions are not listed.

    A sentence that ends in 同时废止 repeals what it names; one that ends in a colon repeals what the list after it
    names; in a repeal notice the column of names in its tables counts too. Without a date nothing is listed.
    """
    own = {normal_title(own_title), *map(normal_title, short_titles(own_title))} if own_title else set()
    out: dict[str, date] = {}
    for index, line in enumerate(lines):
        if line.kind is BlockKind.ROW:
            continue
        for sentence in sentences(document.text, line.span):
            words = sentence.of(document.text)
            if not _repeals_something(words):
                continue
            last = _last_day(words, line.text, effective, published)
            titles = _named(words)
            if words.rstrip()[-1] in "：:" or re.search(r"下列|以下|如下", words):
                titles += _listed(document, lines, index, sentence)
            if re.search(r"附件|目录", words) and own_title and "废止" in own_title:
                titles += _tabled(document)
            for title in titles:
                if last and normal_title(title) not in own:
                    out.setdefault(title, last)
    return list(out.items())


def _tabled(document: Document) -> list[str]:
    """The names in the tables of a repeal notice: of the columns 文件名称, 制度名称, 标题."""
    out = []
    for block in document.blocks:
        for column, span in block.cells:
            if re.search(r"名称|标题|题目", column):
                out.append(span.of(document.text).strip().strip("《》"))
    return [title for title in out if len(title) >= 4]


def _outside_titles(words: str) -> str:
    """The words with what stands inside 《…》 blanked out, same length."""
    return _QUOTED.sub(lambda m: "《" + "　" * (len(m.group()) - 2) + "》", words)


def _repeals_something(words: str) -> bool:
    words = _outside_titles(words)
    ends = _ENDS.search(words)
    if ends is None or re.search(
        r"(?:修改|修订|制定)?[、和]?废止(?:的|程序|、|意见|建议|后|制度)|(?:不|未|被|已经)废止|应当(?:废止|失效)", words
    ):
        return False
    return "《" in words or re.search(r"下列|以下|如下|附件", words) is not None


_OBJECT = re.compile(r"(?:废止|停止执行)(?:以下|下列)?[^，。；]{0,24}$")


def _named(words: str) -> list[str]:
    """The titles a sentence says are repealed: 《…》同时废止, 废止《…》; not the ones it cites as its grounds."""
    ends = max(m.start() for m in _ENDS.finditer(_outside_titles(words)))
    out = []
    for found in _QUOTED.finditer(words):
        before = words[: found.start()]
        if _OBJECT.search(before) or (found.start() < ends and not _NOT_REPEALED.search(before)):
            out.append(found["title"])
    # “关于废止《…》的通知” in running text names a document, it does not repeal.
    return [title for title in out if not re.search(r"关于.*(?:废止|修改)", title)]


def _listed(document: Document, lines: Sequence[Line], index: int, sentence: Span) -> list[str]:
    """The titles of the list that follows a sentence: the rest of its line, then the lines that are items."""
    out = []
    rest = document.text[sentence.end : lines[index].span.end]
    out += [found["title"] for found in _QUOTED.finditer(rest) if not _NOT_REPEALED.search(rest[: found.start()])]
    style = None
    for line in lines[index + 1 :]:
        marker = marker_at(line.text, 0, len(line.text))
        if marker is None and not line.text.startswith("《"):
            break
        if marker and style and marker.style != style:
            break
        style = marker.style if marker else style
        first = _QUOTED.search(line.text)
        if first and not _NOT_REPEALED.search(line.text[: first.start()]) and len(line.text[: first.start()]) <= 20:
            out.append(first["title"])
        elif marker and marker.style == "一、":
            break
    return out


def _last_day(words: str, line: str, effective: date | None, published: date | None) -> date | None:
    """The day before the repeal takes effect: by the date its sentence or paragraph gives, else by the text's own."""
    for text in (words, line):
        for found in days_in(text):
            before, after = text[: found.start], text[found.end :]
            if re.search(r"[自从于][ 　]*$", before) and re.match(r"[ 　]*(?:起|零时)", after):
                return found.day - timedelta(days=1)
    if re.search(r"(?:发布|公布|印发|下发|颁布|通知|决定)[^，。；]{0,6}之日起", words) or "即日起" in words:
        return published - timedelta(days=1) if published else None
    return effective - timedelta(days=1) if effective else None
