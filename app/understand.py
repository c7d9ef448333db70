"""A question → Query: references, the edition and day it is about, who and what it names, what kind of answer it wants."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from weakref import WeakKeyDictionary

from app import dates, references
from app.dates import plain_years
from app.model import Filters, Intent, Query, Reason
from app.parts import MEETING_WORDS, Named, Part, Source, split
from app.references import Mention
from app.tools.ledger import LedgerQuestion, Vocabulary
from app.tools.reading import ledger_question
from ingest.catalogue import Snapshot
from ingest.document import Caller, DocumentKind, Edition
from ingest.roster import Header, View
from ingest.segment import search_key
from ingest.structure.speakers import is_name

EDITION_YEAR = re.compile(
    r"(?P<year>(?:19|20)\d{2})年?(?:(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号])?)?的?"
    r"(?:版本?|(?:开始|起)?(?:修订|修正|修改|印发|发布|公布|施行|实施|制定|出台)(?:版本?|稿|的?(?:版本|那版|那一版))?)"
)
PREDECESSOR = re.compile(
    r"(?:修订|修改|修正|新办法|新规定)(?:以|之)?前|旧版本?|旧的?[\u4e00-\u9fff]{0,8}?(?:办法|规定|制度|条例)|老办法|老版本?|原(?:来的?)(?:办法|规定|条例|制度|版本)"
    r"|原(?:办法|规定|条例|制度|版)|上一版本?|前一版本?|以前的(?:办法|规定|版本)"
)
_ALL_EDITIONS = re.compile(r"(?:所有|各个?|历次|历年|全部|每个?)(?:的)?(?:版本|修订)|历史版本|历次修订")
_COMPARE = re.compile(
    r"(?:有(?:什么|哪些|何)|的)?(?:不同|区别|变化|差异|差别|改动)|修改了(?:什么|哪些)|(?:作了|做了)?哪些(?:修改|调整)|对比|比较|相比"
    r"|[改变]了(?:什么|哪些|哪里|啥|没有)|(?:新增|增加|删[除去掉]?)了?(?:什么|哪些)|不一样"
)
_REVISED = re.compile(r"修订|修改|新旧|前后|版|[改变]了(?:什么|哪些|哪里|啥|没有)|(?:以前|过去|原来)")
_LOOKUP_REST = re.compile(
    r"请问|请|的?(?:全部|完整)?(?:内容|原文|全文|条文|规定|文字|意思)|(?:是|都|又|具体)?(?:怎么|如何|怎样)(?:规定|说|写|要求|表述)的?"
    r"|(?:规定|说|讲|写|要求)了?(?:的是|些)?(?:什么|哪些|啥)|是什么|是啥|什么|哪些|查(?:一下|询)?|看(?:一下|看)?|给我|列出|引用|一下|现行|有|了|的|呢|吗|是|在|里|中"
    r"|[\s,，。?？、:：;；!！'\"“”《》()（）]"
)


def understand(
    question: str, snapshot: Snapshot, *, today: date, as_of: date | None, filters: Filters, caller: Caller
) -> Query:
    """Read a question without a model. What the caller gave (``as_of``, ``filters``) is never overruled."""
    asking = _Asking(snapshot, caller, today, as_of)
    key = plain_years(search_key(question))
    found = references.mentions(key, snapshot, caller)
    query = _alone(question, key, found, filters, asking)
    return replace(query, parts=_parts(query, key, found, asking))


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who asks, of what, on which day; ``as_of`` is the day he set."""

    snapshot: Snapshot
    caller: Caller
    today: date
    as_of: date | None


def _alone(question: str, key: str, found: Sequence[Mention], filters: Filters, asking: _Asking) -> Query:
    """A question read as one."""
    snapshot, caller = asking.snapshot, asking.caller
    rest = _without(key, [(mention.start, mention.end) for mention in found])
    query = Query(
        text=question,
        standalone=question.strip(),
        as_of=asking.as_of or asking.today,
        as_of_given=asking.as_of is not None,
        intent=Intent.OPEN,
        filters=filters,
        references=tuple(mention.reference for mention in found),
    )
    query = replace(query, spoken=about_meetings(rest))
    query = _with_day(query, rest, asking.today)
    query = _with_editions(query, key, snapshot, caller)
    query = replace(query, constraints=_constraints(rest, snapshot, caller))
    query = replace(query, spoken=query.spoken or "speakers" in query.constraints)
    return replace(query, intent=_intent(query, key, rest, Vocabulary.of(snapshot, caller)))


_TALKS = (DocumentKind.MEETING, DocumentKind.SPEECH, DocumentKind.OTHER)
_KINDS = {
    Source.RULE: (DocumentKind.REGULATION,),
    Source.TALK: _TALKS,
    Source.FACT: (*_TALKS, DocumentKind.LEDGER),
}
"""The kinds of text a part asks, where the parts of a question ask different ones."""


def _parts(query: Query, key: str, found: Sequence[Mention], asking: _Asking) -> tuple[Query, ...]:
    """The questions a question holds, each understood alone; none where it is one for the ledger, or of editions."""
    if query.editions_asked or query.intent is Intent.COMPARE:
        return ()
    works = [(one.start, one.end) for one in found if one.reference.work_ids]
    pieces = split(key, Named(works, query.constraints.get("speakers", ())))
    vocabulary = Vocabulary.of(asking.snapshot, asking.caller)
    counting = _for_ledger(key, vocabulary, query.as_of) if pieces else None
    if counting is not None and not counting.rest:
        return ()
    alone = _counted_together(pieces, vocabulary, query.as_of)
    parts = tuple(_part(part, query.filters, asking) for part in alone)
    looked_up = query.intent is Intent.LOOKUP and all(part.intent is Intent.LOOKUP for part in parts)
    if len(parts) < 2 or looked_up:
        return ()
    if query.as_of_given and not any(part.as_of_given for part in parts):
        return tuple(replace(part, as_of=query.as_of, as_of_given=True) for part in parts)
    return parts


def _counted_together(parts: Sequence[Part], vocabulary: Vocabulary, on: date) -> list[Part]:
    """What the ledger alone answers is one part: 发现问题多少个, 涉及哪些单位 have the same conditions."""
    counting = [part for part in parts if _for_ledger(part.words, vocabulary, on) is not None]
    words = "?".join(part.words for part in counting)
    asked = _for_ledger(words, vocabulary, on) if counting else None
    if asked is None or asked.rest:
        return list(parts)
    one = Part(words, words)
    return [one if part is counting[0] else part for part in parts if part not in counting[1:]]


def _part(part: Part, filters: Filters, asking: _Asking) -> Query:
    kinds = _KINDS[part.source] if part.source else ()
    if kinds and not filters.kinds:
        filters = replace(filters, kinds=kinds)
    found = references.mentions(part.text, asking.snapshot, asking.caller)
    alone = _alone(part.text, part.text, found, filters, asking)
    if part.source is Source.RULE:
        alone = _of_a_rule(alone, asking.today)
    return replace(alone, text=part.words.translate(_FULL_WIDTH), shared=part.shared)


_FULL_WIDTH = str.maketrans(",?;", "，？；")


def _of_a_rule(query: Query, today: date) -> Query:
    """A part about what a rule says: who spoke is none of its conditions; a round's year is the day it asks about."""
    key = plain_years(search_key(query.standalone))
    named = dates.dates(key, today) if not query.as_of_given and _ROUND.search(key) else []
    if named and named[-1].as_of < today:
        query = replace(query, as_of=named[-1].as_of, as_of_given=True, notes=(*query.notes, _noted(named[-1].as_of)))
    return replace(query, constraints={}, spoken=False)


def _without(key: str, spans: Iterable[tuple[int, int]]) -> str:
    """The key with the spans blanked out, so that positions stay."""
    for start, end in spans:
        key = key[:start] + " " * (end - start) + key[end:]
    return key


# ---------------------------------------------------------------- the day and the edition


def about_meetings(key: str) -> bool:
    """Whether the words speak of a meeting or speech."""
    return MEETING_WORDS.search(key) is not None


_ROUND = re.compile(r"(?:19|20)\d{2}年度?(?:的)?第?[一二三四1-4]轮|(?:19|20)\d{2}年度?(?:全年|两轮)")
_FINDINGS = re.compile(r"问题|台账|整改(?:完成|情况|状态)|巡察了|被巡察|轮巡察")


def _with_day(query: Query, rest: str, today: date) -> Query:
    """The day the question itself names, when it is one about rules; a meeting's or a round's date is none."""
    if query.as_of_given or about_meetings(rest) or _ROUND.search(rest):
        return query
    masked = EDITION_YEAR.sub(lambda m: " " * len(m.group()), rest)
    if _FINDINGS.search(masked) and not (query.references or re.search(r"规定|办法|适用|标准|时", masked)):
        return query
    named = dates.dates(masked, today)
    if not named:
        return query
    day = named[-1].as_of
    return replace(query, as_of=day, as_of_given=True, notes=(*query.notes, _noted(day)))


def _noted(day: date) -> Reason:
    return Reason("as_of_from_question", f"按问题所说的时间，以 {day.isoformat()} 为准查找当时有效的版本。")


def _with_editions(query: Query, key: str, snapshot: Snapshot, caller: Caller) -> Query:
    works = tuple(dict.fromkeys(work for reference in query.references for work in reference.work_ids))
    if not any(words.search(key) for words in (EDITION_YEAR, PREDECESSOR, _ALL_EDITIONS, _COMPARE)):
        return query  # most questions: nothing that grows with the library is looked at
    editions = [e for work in works for e in snapshot.editions(work, caller)] or list(snapshot.editions(caller=caller))
    asked: list[str] = []
    versions: list[str] = []
    for match in EDITION_YEAR.finditer(key):
        asked.append(match.group())
        versions += [edition.version_id for edition in editions if _is_of(edition, match)]
    if before := PREDECESSOR.search(key):
        asked.append(before.group())
        versions += [edition.version_id for edition in _predecessors(editions, query.as_of)]
    if _ALL_EDITIONS.search(key) or (works and not versions and _COMPARE.search(key) and _REVISED.search(key)):
        asked.append("各版本")
        versions += [edition.version_id for edition in editions] if works else []
    if not asked:
        return query
    return replace(
        query,
        references=tuple(replace(reference, edition_label=asked[0]) for reference in query.references),
        versions=tuple(dict.fromkeys(versions)),
        editions_asked="、".join(asked),
        filters=replace(query.filters, all_editions=True),
    )


def _is_of(edition: Edition, match: re.Match[str]) -> bool:
    days = [day for day in (edition.published, edition.effective_from) if day is not None]
    if match["month"]:
        wanted = tuple(int(part) for part in (match["year"], match["month"], match["day"]) if part)
        return any((day.year, day.month, day.day)[: len(wanted)] == wanted for day in days)
    if edition.label and match["year"] in edition.label:
        return True
    return any(day.year == int(match["year"]) for day in days)


def _predecessors(editions: Sequence[Edition], on: date) -> list[Edition]:
    """Of each work, the edition before the one in force on a day."""
    return [
        earlier
        for earlier, later in itertools.pairwise(editions)
        if earlier.work_id == later.work_id and later.citable(on)
    ]


# ---------------------------------------------------------------- who and what is named

_ROUND_NAME = re.compile(r"(?:(?:19|20)\d{2}年度?)?第[一二三四1-4]轮")


def _constraints(rest: str, snapshot: Snapshot, caller: Caller) -> dict[str, tuple[str, ...]]:
    found = {
        "speakers": tuple(name for name in people(snapshot, caller) if name in rest),
        "rounds": tuple(_ROUND_NAME.findall(rest)),
    }
    return {name: values for name, values in found.items() if values}


def people(snapshot: Snapshot, caller: Caller) -> tuple[str, ...]:
    """Who speaks or is named with a post in the readable meetings and speeches, the longest name first."""
    view = snapshot.roster.view(caller)
    known = _PEOPLE.get(view)
    if known is None:
        names = {name for header in view.headers.values() for name in _people_of(header, snapshot)}
        known = _PEOPLE[view] = tuple(sorted(names, key=lambda name: (-len(name), name)))
    return known


_PEOPLE: WeakKeyDictionary[View, tuple[str, ...]] = WeakKeyDictionary()


def _people_of(header: Header, snapshot: Snapshot) -> set[str]:
    if header.kind not in (DocumentKind.MEETING, DocumentKind.SPEECH, DocumentKind.OTHER):
        return set()
    speakers = {clause.speaker for clause in snapshot.clauses(header.version_id) if clause.speaker}
    named = names_in(search_key(snapshot.text(header.version_id)))
    return {search_key(name) for name in speakers if is_name(name)} | set(named)


_INTRODUCED = re.compile(
    r"(?:书记|董事长|经理|主任|部长|组长|厂长|院长|主席|常委|处长|同志|主持[:：]|主持人[:：]|由|[、:：,，。\n]|^)(?P<who>[\u4e00-\u9fff]{2,3}?)"
    r"(?=出席|主持|讲话|作|宣|通报|汇报|传达|介绍|参加|同志|代表|就|在|对|从|围绕|强调|指出|要求|表示|提出|表态|发言|总结|列席|任"
    r"|[、,，。:：;；(（\s]|$)"
)


def names_in(text: str) -> list[str]:
    """Words that look like a person's name, where a name is likely to stand."""
    return [match["who"] for match in _INTRODUCED.finditer(text) if is_name(match["who"])]


# ---------------------------------------------------------------- what kind of answer


def _intent(query: Query, key: str, rest: str, vocabulary: Vocabulary) -> Intent:
    ledger = _for_ledger(key, vocabulary, query.as_of)
    placed = any(reference.locator is not None for reference in query.references)
    if _COMPARE.search(rest) and (query.editions_asked or _REVISED.search(key)):
        return Intent.COMPARE
    if placed and not (ledger and re.search(r"违反|依据|定性", key)):
        return Intent.LOOKUP
    if ledger:
        return Intent.COUNT if ledger.counts else Intent.LIST
    return Intent.OPEN


def _for_ledger(key: str, vocabulary: Vocabulary, on: date) -> LedgerQuestion | None:
    """The question as one for the ledger; where there is none, reports and feedback tell such numbers in words."""
    return ledger_question(key, vocabulary, on) if vocabulary.ledgers else None


def rest_of_lookup(query: Query) -> str:
    """What a question asks beyond the text of the place it names: nothing, or 由谁批准."""
    key = plain_years(search_key(query.standalone))
    for reference in query.references:
        if reference.work_text:
            key = key.replace(reference.work_text, "")
    for pattern in (EDITION_YEAR, PREDECESSOR, references.PLACE_WORDS, _LOOKUP_REST):
        key = pattern.sub("", key)
    return key
