"""References to regulations in a question: 《…》第十二条第二款, 条例12条, 巡察办法第3章, 第12条之一."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from app.model import Reference
from ingest.catalogue import Snapshot
from ingest.document import Caller, Locator, Work, chinese_number
from ingest.roster import View, name_key
from ingest.segment import search_key
from ingest.structure.numerals import ANY, parse_number
from ingest.structure.titles import short_titles

_N = f"[{ANY}]{{1,9}}"
_LABEL = r"(?:[(][^()《》]{2,20}[)])?"
_PLACE = (
    rf"第?\s?(?P<article>{_N})\s?条(?:\s?之\s?(?P<suffix>[一二三四五六七八九十0-9]{{1,3}}))?"
    rf"(?:\s?的?\s?第?(?P<paragraph>{_N})\s?款)?(?:\s?的?\s?第?[(]?(?P<item>{_N})[)]?\s?项)?"
    rf"(?:\s?的?\s?第?(?P<subitem>{_N})\s?目)?"
)
_RANGE = rf"第?\s?(?P<first>{_N})\s?条?\s?(?:至|到|[-—~～])\s?第?\s?(?P<last>{_N})\s?条"
LAST_ARTICLE = "最后一条"
_NAMED = r"(?P<named>总则(?!编)|附则|最后一?条|末条)"
_AFTER_WORK = re.compile(
    rf"\s?{_LABEL}\s?(?:的|中的?|里的?|规定的?|,)?\s?(?:{_RANGE}|{_PLACE}|第?(?P<chapter>{_N})章|{_NAMED})"
)
_BARE = re.compile(rf"(?=第)(?:{_RANGE}|{_PLACE})|第(?P<chapter>{_N})章|{_NAMED}")
_ANONYMOUS_RANGE = re.sub(r"\?P<\w+>", "?:", _RANGE)
PLACE_WORDS = re.compile(
    rf"总则|附则|最后一?条|末条|{_ANONYMOUS_RANGE}|(?=第){_PLACE}|{_N}条|第{_N}章|第?[(]?{_N}[)]?[款项目]"
)
_LONGEST_RANGE = 20
_MORE = re.compile(
    rf"\s?[、,和与及]?\s?(?:第(?P<paragraph>{_N})款(?:第?[(]?(?P<item>{_N})[)]?项)?|第?[(]?(?P<alone>{_N})[)]?项)"
    rf"|\s?[、,和与及]\s?(?P<article>{_N})条"
)
"""What goes on with a place: 第一款和第三款, 第（二）项、第（四）项, 5条、7条."""
"""The words of a place, wherever they stand."""
_BRACKETED = re.compile(r"《(?P<name>[^《》]{1,80})》")
_TYPE = "办法|规定|条例|规则|细则|制度|准则|法"
_NICKNAME = re.compile(
    rf"(?P<name>[\u4e00-\u9fff“”\"]{{2,18}}?(?:{_TYPE}))(?=第?{_N}[条章]|里|中|(?:是)?怎么|(?:是)?如何)"
)
_GENERIC = re.compile(rf"(?:这个|该|本|上述)?(?P<name>{_TYPE})(?=第?{_N}条)")
_WORD_START = re.compile(
    r"^(?:请问|按照|根据|依据|依照|查一下|查|问|看|在|按|据|从|对|和|与|及|现行|最新|新|旧|原|老|我们|公司|集团)+"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference and where it stands in the question's search key."""

    reference: Reference
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    works: tuple[str, ...]
    start: int
    end: int
    documents: tuple[str, ...] = ()


def mentions(key: str, snapshot: Snapshot, caller: Caller) -> list[Mention]:
    """The references in a question (given as its search key), in order. A bare 第N条 goes on with the work before it."""
    names = _names(key, snapshot, caller)
    out: list[Mention] = []
    position = 0
    for name in names:
        out.extend(_bare(key, position, name.start, out))
        match = _AFTER_WORK.match(key, name.end)
        end = match.end() if match else name.end
        locators = _locators(match) if match else [None]
        more, end = _continued(key, end, locators[-1])
        for locator in [*locators, *more]:
            reference = Reference(name.text, name.works, locator, documents=name.documents)
            out.append(Mention(reference, name.start, end))
        position = end
    return [*out, *_bare(key, position, len(key), out)]


def _bare(key: str, start: int, end: int, before: Sequence[Mention]) -> list[Mention]:
    out = []
    for match in _BARE.finditer(key, start, end):
        last = next((m.reference for m in reversed(before) if m.reference.work_text is not None), None)
        if last is None and match["named"]:
            continue  # 总则 alone is a word
        text, works = (last.work_text, last.work_ids) if last else (None, ())
        locators = _locators(match)
        more, stop = _continued(key, match.end(), locators[-1])
        for locator in [*locators, *more]:
            out.append(Mention(Reference(text, works, locator), match.start(), stop))
    return out


def _continued(key: str, position: int, last: Locator | None) -> tuple[list[Locator], int]:
    """The places that follow one without naming its article again, and where they end."""
    out: list[Locator] = []
    while last is not None and last.article is not None and (match := _MORE.match(key, position)):
        numbers = {name: parse_number(value) for name, value in match.groupdict().items() if value}
        if "article" in numbers:
            last = Locator(article=numbers["article"])
        elif "alone" in numbers:
            last = replace(last, item=numbers["alone"], subitem=None)
        else:
            last = replace(last, paragraph=numbers["paragraph"], item=numbers.get("item"), subitem=None)
        out.append(last)
        position = match.end()
    return out, position


def _locators(match: re.Match[str]) -> list[Locator | None]:
    """The place of a match; of 第七条至第九条 every article."""
    first, last = (parse_number(match[name] or "") for name in ("first", "last"))
    if first and last and first <= last < first + _LONGEST_RANGE:
        return [Locator(article=number) for number in range(first, last + 1)]
    return [_locator(match)]


def _locator(match: re.Match[str]) -> Locator | None:
    if named := match["named"]:
        return Locator(section=LAST_ARTICLE) if named.endswith("条") else Locator(chapter=named)
    numbers = {name: parse_number(value) for name, value in match.groupdict().items() if value}
    if numbers.get("chapter") is not None and numbers["chapter"]:
        return Locator(chapter=f"第{chinese_number(numbers['chapter'])}章")
    if numbers.get("article") is None:
        return None
    return Locator(
        article=numbers["article"],
        article_suffix=numbers.get("suffix"),
        paragraph=numbers.get("paragraph"),
        item=numbers.get("item"),
        subitem=numbers.get("subitem"),
    )


def _names(key: str, snapshot: Snapshot, caller: Caller) -> list[_Name]:
    """Works named in the question: in 《》, by a known title or alias, by a shortened one. They do not overlap."""
    found = list(_notices(key, snapshot, caller))
    for match in _BRACKETED.finditer(key):
        if _free(match.start(), match.end(), found):
            meant = _defined(match["name"], found, snapshot, caller) or _resolve(match["name"], snapshot, caller)
            found.append(_Name(match["name"], meant, match.start(), match.end()))
    for others in (_numbered, _known):
        found += [name for name in others(key, snapshot, caller) if _free(name.start, name.end, found)]
    works = snapshot.works(caller)
    titles = _titles(snapshot, caller)
    for match in _NICKNAME.finditer(key):
        words = _WORD_START.sub("", match["name"])
        start = match.end("name") - len(words)
        if len(words) > 3 and _free(start, match.end("name"), found) and (one := _nicknamed(words, titles)):
            found.append(_Name(words, (one,), start, match.end("name")))
    for match in _GENERIC.finditer(key):
        if _free(*match.span("name"), found):
            one_of = _defined(match["name"], found, snapshot, caller) or _of_type(match["name"], works)
            found.append(_Name(match["name"], one_of, *match.span("name")))
    return sorted(found, key=lambda name: name.start)


_NOTICE = re.compile(
    r"《?(?P<name>(?:[\u4e00-\u9fff、]{2,40})?关于(?:[^《》，,。？?]|《[^《》]{1,80}》){2,120}?的(?:通知|通报|决定|批复|函|公告|通告|意见))》?"
)


def _notices(key: str, snapshot: Snapshot, caller: Caller) -> Iterator[_Name]:
    """Notices named by their title, the works in it left aside: 关于印发《…》的通知 is not the 《…》 it issues."""
    view = snapshot.roster.view(caller)
    for match in _NOTICE.finditer(key):
        about = match["name"].find("关于")
        for start in dict.fromkeys((0, about)):  # 按照集团公司关于…的通知: what stands before may not be of the title
            name = match["name"][start:]
            if (notice := view.notice_called(name)) is not None:
                works = (notice.edition.work_id,) if notice.edition is not None else ()
                yield _Name(name, works, match.start(), match.end(), (notice.document_id,))
                break


_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,12}[〔\[(【]?(?:19|20)\d{2}[〕\])】]?第?\d{1,4}号")


def _numbered(key: str, snapshot: Snapshot, caller: Caller) -> Iterator[_Name]:
    """Regulations named by the 文号 of their last edition; that of an earlier one names a text, not the work."""
    for match in _NUMBER.finditer(key):
        numbers = _numbers(snapshot, caller)
        words = name_key(match.group())
        known = max((number for number in numbers if words.endswith(number)), key=len, default="")
        if known:
            start = next(n for n in range(match.start(), match.end()) if name_key(key[n : match.end()]) == known)
            yield _Name(key[start : match.end()], (numbers[known],), start, match.end())


def _numbers(snapshot: Snapshot, caller: Caller) -> Mapping[str, str]:
    """The name key of each last edition's 文号 → its work: made once a view."""
    view = snapshot.roster.view(caller)
    known = _NUMBERS.get(view)
    if known is None:
        known = _NUMBERS[view] = {
            name_key(search_key(header.number)): header.edition.work_id
            for header in view.headers.values()
            if header.number and header.edition is not None
            if snapshot.editions(header.edition.work_id, caller)[-1].version_id == header.version_id
        }
    return known


_NUMBERS: WeakKeyDictionary[View, Mapping[str, str]] = WeakKeyDictionary()


def _defined(alias: str, named: Sequence[_Name], snapshot: Snapshot, caller: Caller) -> tuple[str, ...]:
    """The work that a text named before it in the question calls by this short name (以下简称)."""
    view = snapshot.roster.view(caller)
    for name in reversed(named):
        for header in view.headers.values():
            edition = header.edition
            is_it = header.document_id in name.documents or (edition is not None and edition.work_id in name.works)
            if is_it and alias in header.defines:
                return tuple(work.id for work in view.resolve(alias, header.version_id))
    return ()


def _free(start: int, end: int, names: Sequence[_Name]) -> bool:
    return all(end <= name.start or name.end <= start for name in names)


def _resolve(name: str, snapshot: Snapshot, caller: Caller) -> tuple[str, ...]:
    works = snapshot.resolve_work(name, caller=caller)
    if works:
        return tuple(work.id for work in works)
    everything = snapshot.works(caller)
    if re.fullmatch(_TYPE, name):
        return _of_type(name, everything)
    one = _nicknamed(name, _titles(snapshot, caller))
    return (one,) if one else ()


def _known(key: str, snapshot: Snapshot, caller: Caller) -> Iterator[_Name]:
    """Titles and aliases standing in the question without 《》, the longest first; quotation marks do not matter."""
    positions = [index for index, character in enumerate(key) if name_key(character)]
    squeezed = "".join(key[index] for index in positions)
    names = snapshot.roster.view(caller).names.exact
    taken = [False] * len(squeezed)
    for name in sorted((name for name in names if len(name) >= 3 and name in squeezed), key=lambda n: (-len(n), n)):
        at = squeezed.find(name)
        while at >= 0:
            if not any(taken[at : at + len(name)]):
                taken[at : at + len(name)] = [True] * len(name)
                start, end = positions[at], positions[at + len(name) - 1] + 1
                yield _Name(key[start:end], tuple(sorted(names[name])), start, end)
            at = squeezed.find(name, at + 1)


def _nicknamed(words: str, titles: Sequence[tuple[str, str]]) -> str | None:
    """The one work whose short title is the words with something left out: 接待规定 for 公务接待管理规定."""
    key = name_key(words).replace("的", "")
    found = {work for title, work in titles if _abbreviates(key, title)}
    return found.pop() if len(found) == 1 else None


def _titles(snapshot: Snapshot, caller: Caller) -> tuple[tuple[str, str], ...]:
    """Every title, short title and alias by its name key, with its work: made once a view, it takes 0.1 ms a work."""
    view = snapshot.roster.view(caller)
    known = _TITLES.get(view)
    if known is None:
        known = _TITLES[view] = tuple(
            (name_key(title), work.id)
            for work in view.works.values()
            for title in (work.title, *short_titles(work.title), *work.aliases)
        )
    return known


_TITLES: WeakKeyDictionary[View, tuple[tuple[str, str], ...]] = WeakKeyDictionary()


def _abbreviates(key: str, title: str) -> bool:
    letters = iter(title)
    return len(key) >= 4 and key[-2:] == title[-2:] and all(character in letters for character in key)


def _of_type(word: str, works: Sequence[Work]) -> tuple[str, ...]:
    found = [work.id for work in works if name_key(work.title).endswith(word)]
    return (found[0],) if len(found) == 1 else ()
