"""What a text says about itself: title, edition, issuer, 文号, dates; everything found is marked as inferred."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ingest.document import BlockKind, Document, Metadata
from ingest.structure.dates import days_in
from ingest.structure.headings import annex_of, article_candidates, divisions_of
from ingest.structure.lines import Line
from ingest.structure.official import NUMBER, Official, canonical_number, is_head_line, is_organisation
from ingest.structure.titles import is_regulation_title, normal_title, organisation, short_titles, split_edition

_EVENT = r"修订|修正|修改|通过|印发|发布|公布|颁布|批准|制定|审议"
_FRONT = 24
"""Lines looked at for a title: under the front of a web page, or the red head of a joint notice."""
_TITLE_LINES = 5
_SENTENCE_MARK = re.compile(r"[。；！？]")
_LABEL_LINE = re.compile(
    r"(?:时间|地点|主持人?|参加人?员?|出席|列席|记录人?|议题|会议[^，。]{0,4}|发布[^，。]{0,4}|来源)[：:]"
)
_ISSUED = re.compile(r"(?<!现予)(?:印发|发布|公布|颁布|签发|下发)")
_ADOPTED = re.compile(
    r"^(?!.*(?:人民代表大会|人大)).*(?:会|委员会|[次届]会议|办公会)[^，。；]{0,12}(?:通过|审议|批准|修正|修订|修改)"
)
_START = r"起[ 　]*(?:正式|开始|试)?[ 　]*(?:施行|实施|生效|执行|试行)"
_ON_ISSUE = re.compile(rf"自(?:[^，。；]{{0,6}}?)(?:发布|公布|印发|颁布|下发|通过|施行|签发)之日{_START}")
_SUBJECT = re.compile(
    r"(?:^|[。；，！\s]|[（(])[ 　]*(?:本[^第，。；]{1,8}|现予[^，。；]{2,4}[，,]|《[^》]*》)?[ 　]*自[ 　]*$"
)
_STATUS = re.compile(
    r"(?:时效性|效力状态|效力级别状态|文件状态)[：:][ 　]*(现行有效|有效|已修改|已修订|已废止|已失效|失效|尚未生效|废止)"
)


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a text and the indexes of the lines that print it."""

    words: str | None
    lines: frozenset[int] = frozenset()


def find_title(document: Document, lines: Sequence[Line]) -> Title:
    """The title: what the front matter says, else the first heading or title-like line; it may take several lines."""
    front = lines[:_FRONT]
    known = document.metadata.title
    if known and "title" in document.metadata.corrected:  # it is printed under the title it was corrected from
        read = replace(document.metadata, title=None, corrected=frozenset())
        return Title(known, find_title(replace(document, metadata=read), lines).lines)
    if known:
        key = normal_title(known)
        for first in range(len(front)):
            joined = ""
            for stop in range(first, min(first + 4, len(front))):
                if front[stop].kind is BlockKind.ROW:
                    break
                joined += front[stop].bare
                if normal_title(joined) == key:
                    return Title(known, frozenset(range(first, stop + 1)))
        # Under another title in the front matter, a first heading is still no text.
        top = front[0] if front and front[0].kind is BlockKind.HEADING and front[0].level == 1 else None
        plain = top is not None and not (divisions_of(top) or annex_of(top) or article_candidates(top))
        return Title(known, frozenset({0} if plain else ()))
    body = next((i for i, line in enumerate(front) if divisions_of(line) or article_candidates(line)), len(front))
    front = front[:body]
    candidates = [i for i, line in enumerate(front) if _may_be_title(line)]
    headings = [i for i in candidates if front[i].kind is BlockKind.HEADING]
    for first in [*headings, *candidates]:
        for end in range(first, min(first + _TITLE_LINES, len(front))):
            if not _same_style(front[first], front[end]):
                break
            joined = _joined(front, first, end)
            more = end + 1 < len(front) and end < first + _TITLE_LINES - 1 and _same_style(front[first], front[end + 1])
            if more and (_is_open(joined) or re.match(r"[和及与暨的、》]|（[一-龥]", front[end + 1].bare)):
                continue
            if len(joined) <= 300 and _complete(joined):
                return Title(_unwrapped(joined), frozenset(range(first, end + 1)))
    first_line = next(iter(headings), next((i for i in candidates if i < 6), None))
    if first_line is None:
        return Title(None)
    return Title(_unwrapped(front[first_line].bare), frozenset({first_line}))


def _unwrapped(title: str) -> str:
    """The title without the 《》 that hold all of it; 《甲》和《乙》 keeps its own."""
    if re.fullmatch(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》", title):
        return title[1:-1]
    return title if title.count("《") == title.count("》") else title.strip("《》")


def _is_open(title: str) -> bool:
    """Whether a title has to go on: a 《 is not closed, or 关于… has not come to its kind of document."""
    if title.count("《") > title.count("》"):
        return True
    outside = re.sub(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》", "《》", title)
    return "关于" in outside and re.search(r"的[^《》的]{0,8}$", outside.rpartition("关于")[2]) is None


def _same_style(first: Line, other: Line) -> bool:
    titled = other is first or _may_be_title(other) or _TITLE_PIECE.fullmatch(other.bare) is not None
    return other.kind is first.kind and other.level == first.level and titled


_TITLE_PIECE = re.compile(
    r"关于|(?:关于)?(?:印发|转发|发布|公布|颁布|下发|修改|修订|废止)|[》”]?(?:的|有关)?[^，。；：:、]{0,6}(?:通知|通报|决定|意见|办法|批复|函|公告|报告|请示|规定|解释)"
)


def _joined(lines: Sequence[Line], start: int, end: int) -> str:
    """The words of a title; bodies that issue together, each on a line, are told apart as in running text."""
    out = ""
    for before, line in zip([None, *lines[start:end]], lines[start : end + 1], strict=True):
        together = before is not None and is_organisation(before) and is_organisation(line)
        out += ("、" if together else "") + line.bare
    return out


def _complete(title: str) -> bool:
    if title.endswith(("文件", "公告", "委员会", "大会")):
        return False
    others = r"(?:讲话|纪要|会议?|报道|台账|报告|通报|请示|修正案)(?:[（(][^（()）]{1,12}[)）])?$"
    return is_regulation_title(title) or re.search(others, title) is not None


def _may_be_title(line: Line) -> bool:
    text = line.bare
    longest = 240 if "《" in text else 80  # a notice may issue several regulations
    if line.kind is BlockKind.ROW or not 4 <= len(text) <= longest or _SENTENCE_MARK.search(text) or is_head_line(line):
        return False
    if divisions_of(line) or annex_of(line) or article_candidates(line) or _LABEL_LINE.match(text):
        return False
    if text.endswith(("，", "：", ":", ",", "文件")) or re.match(r"[（(【]|目录|当前位置", text):
        return False
    return not (days_in(line.text) and len(text) <= 14) and ">" not in text


def regulation_metadata(
    document: Document, lines: Sequence[Line], title: Title, first_article: int | None, fixed: Official
) -> Metadata:
    """The document's metadata completed from a regulation's text. ``first_article`` is the offset of 第一条."""
    metadata = document.metadata
    known = metadata
    front = [
        line
        for i, line in enumerate(lines[:40])
        if i not in title.lines and (first_article is None or line.span.start < first_article)
    ]
    words = title.words or ""
    promulgated = re.search(r"(?:印发|发布|公布|颁布)《(.+?)》的(?:通知|决定|公告|令)", words)
    if promulgated and first_article is not None:
        words = promulgated[1]
    bare_title, mark = split_edition(words)
    events, line_effective, edition_line = _edition_line(front)
    published = metadata.published or _published(events, lines, front)
    metadata = metadata.infer(
        title=words or None,
        edition=mark or _edition_label(events),
        published=published,
        number=_number_of(edition_line) or fixed.number,
        issuer=(fixed.issuer if fixed.certain and fixed.signed else None) or _issuer(words, edition_line, lines),
        declared_status=next((m[1] for line in front if (m := _STATUS.search(line.text))), None),
    )
    metadata = (fixed if fixed.certain else Official()).into(metadata)
    metadata = metadata.infer(date=metadata.published)
    if metadata.effective_from is None:
        effective = line_effective or _effective(lines, metadata.published, events)
        metadata = metadata.infer(effective_from=effective)
    return _with_work(metadata, bare_title, known)


def _with_work(metadata: Metadata, bare_title: str, known: Metadata) -> Metadata:
    """The lasting title and its short forms.

    A short title given as the work (巡察工作办法 for 岱川…党委巡察工作办法) becomes an alias of the full one, so
    that editions with and without front matter are one work.
    """
    shorts = short_titles(bare_title) if bare_title else ()
    work = split_edition(known.work)[0] if known.work else bare_title or None
    aliases = list(known.aliases)
    short = known.work and "work" not in known.corrected and normal_title(known.work)
    if short and short in {normal_title(each) for each in shorts}:
        work = bare_title
        aliases.insert(0, split_edition(known.work or "")[0])
    elif known.work and bare_title and normal_title(known.work) != normal_title(bare_title):
        aliases.append(bare_title)
    if work and known.work:
        aliases += short_titles(work)
    aliases += shorts
    unique = {normal_title(alias): alias for alias in reversed(aliases) if alias}
    unique.pop(normal_title(work or ""), None)
    inferred = set(metadata.inferred)
    if not known.work and work:
        inferred.add("work")
    if not known.aliases and unique:
        inferred.add("aliases")
    return replace(metadata, work=work, aliases=tuple(reversed(unique.values())), inferred=frozenset(inferred))


# ---------------------------------------------------------------- the edition line （…通过　…修订）


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a text on a day: 通过, 修订, 印发 …."""

    day: date
    verb: str
    adopted: bool = False  # by a meeting whose resolutions take no publication day of their own

    @property
    def issues(self) -> bool:
        """Whether the text went out on that day; a committee that adopts it is not yet its publication."""
        return not self.adopted


def _issued_on(events: Sequence[Event]) -> date | None:
    """The last day a text went out; None when something later was only adopted."""
    return events[-1].day if events and events[-1].issues else None


def _adopted_on(events: Sequence[Event]) -> date | None:
    return next((event.day for event in reversed(events) if event.verb == "通过" or event.adopted), None)


def _edition_line(front: Sequence[Line]) -> tuple[list[Event], date | None, str]:
    """The events of the line under the title, the effective date it gives, and the line."""
    for start, line in enumerate(front[:12]):
        text = line.text
        if text[:1] in "（(" and not re.search(r"[）)]\s*$", text):
            for following in front[start + 1 : start + 4]:
                text += following.text
                if re.search(r"[）)]\s*$", following.text):
                    break
        bracketed = text[:1] in "（(" and re.search(r"[）)]\s*$", text) is not None
        if not bracketed and (len(text) > 80 or _SENTENCE_MARK.search(text)):
            continue
        events, effective = _events(text)
        if events and (bracketed or re.match(r"[ 　]*[0-9０-９〇二]", text)):
            return events, effective, text
    return [], None, ""


def _events(text: str) -> tuple[list[Event], date | None]:
    """The dated events of an edition line; dates inside 《…》 belong to titles."""
    plain = re.sub(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》", lambda m: "《" + "　" * (len(m[0]) - 2) + "》", text)
    found = days_in(plain)
    events: list[Event] = []
    effective = None
    for position, dated in enumerate(found):
        stop = found[position + 1].start if position + 1 < len(found) else len(plain)
        after = plain[dated.end : stop]
        if re.match(rf"[ 　]*{_START}", after):
            effective = dated.day
            continue
        verbs = re.findall(_EVENT, after)
        if verbs:
            verb = next((v for v in reversed(verbs) if v in ("修订", "修正", "修改")), verbs[-1])
            adopted = _ADOPTED.search(after) is not None and not _ISSUED.search(after)
            events.append(Event(dated.day, verb, adopted))
    if events and effective is None and (on_issue := _ON_ISSUE.search(plain)):
        effective = _adopted_on(events) if "通过" in on_issue.group() else _issued_on(events)
    return events, effective


def _edition_label(events: Sequence[Event]) -> str | None:
    """2024年修订 from the last event: of a text only issued once, 2018年印发."""
    if not events:
        return None
    year = events[-1].day.year
    revised = [e.verb for e in events if e.day.year == year and e.verb in ("修订", "修正", "修改")]
    return f"{year}年{(revised or [events[-1].verb])[-1]}"


def _published(events: Sequence[Event], lines: Sequence[Line], front: Sequence[Line]) -> date | None:
    """The last date of the edition line, else the signature's, else a date line or label under the title."""
    if events and events[-1].issues:
        return events[-1].day
    signed = [line for line in lines[-6:] if len(line.bare) <= 16 and line.kind is not BlockKind.ROW]
    for line in reversed(signed):
        days = days_in(line.text)
        if days and len(line.bare) <= 14 and (not events or days[-1].day >= events[-1].day):
            return days[-1].day
    for line in front[:8]:
        days = days_in(line.text)
        labelled = re.match(r"(?:发布|印发|公布|成文|发文)(?:日期|时间)[：:]", line.bare)
        if days and (labelled or len(line.bare) <= 16):
            return days[0].day
    return None


def _number_of(edition_line: str) -> str | None:
    """The 文号 in an edition line, the last one."""
    plain = edition_line
    for dated in reversed(days_in(plain)):
        plain = plain[: dated.start] + "　" + plain[dated.end :]
    found = [m.group() for m in NUMBER.finditer(re.sub(r"《[^》]*》", "　", plain)) if m["code"] or m["order"]]
    return canonical_number(found[-1]) if found else None


def _issuer(title: str, edition_line: str, lines: Sequence[Line]) -> str | None:
    """Who issued it: the signature, else the organisation the title begins with, else the body that passed it."""
    tail = [line for line in lines[-6:] if line.kind is not BlockKind.ROW and len(line.bare) <= 40]
    for line in tail[:-1]:
        if re.fullmatch(r"[^，。；：:、]{4,30}(?:公司|委员会|党委|办公室|部|院|厅|局|政府)", line.bare) and any(
            days_in(other.text) and len(other.bare) <= 14 for other in tail
        ):
            return line.bare
    if found := organisation(title):
        return found
    passed = re.search(
        r"全国人民代表大会常务委员会|全国人民代表大会|国务院|国家监察委员会|最高人民法院|最高人民检察院", edition_line
    )
    return passed.group() if passed else None


# ---------------------------------------------------------------- 附则: from when


def effective_date(lines: Sequence[Line], published: date | None) -> date | None:
    """The day from which a notice says that it, or what it issues, takes effect."""
    return _effective(lines, published, ())


def has_edition_line(lines: Sequence[Line], title: Title) -> bool:
    """Whether the lines under the title tell when the text was adopted, promulgated or amended."""
    return bool(_edition_line([line for index, line in enumerate(lines[:40]) if index not in title.lines])[0])


def _effective(lines: Sequence[Line], published: date | None, events: Sequence[Event]) -> date | None:
    """The date in “本办法自2024年7月1日起施行”, if it can be this edition's.

    A law amended by a decision (修正) keeps the sentence of its first edition: a date before the last amendment,
    or “自公布之日起”, says nothing about this text, and is left unknown.
    """
    stated: date | None = None
    for line in lines:
        for dated in days_in(line.text):
            if re.match(rf"[ 　]*{_START}", line.text[dated.end :]) and _SUBJECT.search(line.text[: dated.start]):
                stated = dated.day
        if on_issue := re.search(rf"(?:本[^第，。；]{{1,8}}|^|[，。；\s]){_ON_ISSUE.pattern}", line.text):
            amended = len(events) > 1 and events[-1].verb in ("修正", "修改")
            begun = _adopted_on(events) if "通过之日" in on_issue.group() else published
            stated = None if amended else begun
    last = max(filter(None, (published, *(event.day for event in events))), default=None)
    if stated is None or last is None or stated >= last:
        return stated
    return None if len(events) > 1 or (last - stated).days > 92 else stated
