"""A question about the ledger, read without a model: its conditions and what it wants computed.

Reading consumes the question: what is left over when conditions, measures and function words are taken out is
content the ledger query cannot express, and is reported as such, never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from weakref import WeakKeyDictionary

from app import dates
from ingest.catalogue import Snapshot
from ingest.document import Caller
from ingest.roster import View
from ingest.segment import search_key
from ingest.structure.numerals import parse_number

COLUMNS = {"round": "轮次", "unit": "被巡察单位", "category": "问题类别", "state": "整改状态"}
_FACET_VALUES = 12  # another column with at most so many different values is a condition one can name


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the readable ledgers cover: values by column, other columns with few values, findings' numbers, titles."""

    rounds: tuple[str, ...]
    units: tuple[str, ...]
    categories: tuple[str, ...]
    states: tuple[str, ...]
    facets: Mapping[str, tuple[str, ...]]
    numbers: frozenset[str]
    ledgers: Mapping[str, str]  # document id → title
    pairs: frozenset[tuple[str | None, str | None]]  # (round, unit) that occur
    rounds_of: Mapping[str, frozenset[str]]  # document id → its rounds

    @staticmethod
    def of(snapshot: Snapshot, caller: Caller) -> Vocabulary:
        """Read once for each state of the library and each caller's view of it."""
        view = snapshot.roster.view(caller)
        known = _KNOWN.get(view)
        if known is None:
            known = _KNOWN[view] = _vocabulary(snapshot, caller)
        return known


_KNOWN: WeakKeyDictionary[View, Vocabulary] = WeakKeyDictionary()


def _vocabulary(snapshot: Snapshot, caller: Caller) -> Vocabulary:
    rows = snapshot.findings(caller)
    ledgers = {header.version_id: header for header in snapshot.documents_of_findings(caller)}
    values: dict[str, dict[str, None]] = {}
    for row in rows:
        for name, value in row.fields.items():
            values.setdefault(name, {})[value] = None
    named = {column: tuple(snapshot.finding_values(caller, column)) for column in COLUMNS}
    taken = {value for column in named.values() for value in column}
    facets = {
        name: tuple(value for value in found if value)
        for name, found in values.items()
        if 1 < len(found) <= _FACET_VALUES and not taken.issuperset(found) and all(_nameable(v) for v in found)
    }
    rounds_of: dict[str, set[str]] = {}
    for row in rows:
        header = ledgers[row.id.rpartition(":")[0]]
        rounds_of.setdefault(header.document_id, set()).update([row.round] if row.round else [])
    return Vocabulary(
        rounds=named["round"],
        units=named["unit"],
        categories=named["category"],
        states=named["state"],
        facets=facets,
        numbers=frozenset(row.number for row in rows if row.number and "-" in row.number),
        ledgers={header.document_id: header.title for header in ledgers.values()},
        pairs=frozenset((row.round, row.unit) for row in rows),
        rounds_of={document: frozenset(found) for document, found in rounds_of.items()},
    )


def _nameable(value: str) -> bool:
    return len(value) <= 12 and not re.search(r"\d", value)


class Measure(StrEnum):
    """What is computed over the rows that meet the conditions."""

    COUNT = "count"
    UNITS = "units"
    GROUPS = "groups"
    TOP = "top"
    RATE = "rate"
    ROWS = "rows"
    ROW = "row"  # one finding, by its number


@dataclass(frozen=True, slots=True)
class Wanted:
    """A measure; for groups and the top one, by which column; for the top, whether the smallest."""

    measure: Measure
    column: str = ""
    least: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which rows. ``facets`` are conditions on other columns (巡察类型); ``overdue`` is the day they are overdue on."""

    rounds: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    facets: tuple[tuple[str, str], ...] = ()
    documents: tuple[str, ...] = ()
    text: str | None = None
    deadline_from: date | None = None
    deadline_to: date | None = None
    number: str | None = None
    basis: str | None = None  # 《招标采购管理办法》第五条, as the question writes it


@dataclass(frozen=True, slots=True)
class LedgerQuestion:
    """A question about the ledger. ``unknown`` names what the ledger does not have; ``rest`` what was not understood."""

    wanted: tuple[Wanted, ...]
    conditions: Conditions
    unknown: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether a number is asked for."""
        return any(wanted.measure in (Measure.COUNT, Measure.RATE) for wanted in self.wanted)


# ---------------------------------------------------------------- is it about the ledger

_LEDGER = re.compile(
    r"台账|问题|巡察(?:了|过)|完成率|销号|未启动|整改中|长期坚持|被巡察单位|逾期|超期|轮[^,，。?？]{0,10}整改(?:情况|状态|进展)"
)
_NOT_LEDGER = re.compile(
    r"(?:多少|几)(?:天|日|个?月|年|个?工作日|小时|元|万|亿|人|名|次|种|份|倍|分|%)|会上|会议|动员会|部署会|推进会|专题会|座谈会|反馈会|汇报会|通报会|纪要|讲话|培训|谁|为什么|为何|如何|怎么(?!样)|怎样|什么时候|何时|应当|应该|是否|能否|可以|情形|方面的内容|强调|指出"
)


def ledger_question(key: str, vocabulary: Vocabulary, as_of: date | None = None) -> LedgerQuestion | None:
    """Read a question (its search key); None when it is not about findings."""
    number = next((n for n in sorted(vocabulary.numbers, key=len, reverse=True) if n.lower() in key), None)
    if number is not None:
        return LedgerQuestion((Wanted(Measure.ROW),), Conditions(number=number))
    if not _LEDGER.search(key) or _NOT_LEDGER.search(key):
        return None
    reading = _Reading(key, vocabulary, as_of)
    return reading.done() if reading.anchored else None


class _Reading:
    """One pass over a question: conditions and measures are found and blanked out, what is left is the rest."""

    def __init__(self, key: str, vocabulary: Vocabulary, as_of: date | None) -> None:
        self.key = key
        self.left = key
        self.vocabulary = vocabulary
        self.unknown: list[str] = []
        self.words: dict[str, str] = {}
        self.documents: tuple[str, ...] = ()
        self.facets: list[tuple[str, str]] = []
        self.states: list[str] = []
        self.basis = self._basis()
        self.deadline_from, self.deadline_to = self._deadline(as_of)
        self.rounds = self._values(vocabulary.rounds)
        self.rounds += self._rounds()
        self.units = self._values(vocabulary.units) + self._parts_of_units()
        self.categories = self._values(vocabulary.categories) or self._category()
        self.states = self.states or self._states()
        for column, values in vocabulary.facets.items():
            self.facets += [(column, value) for value in self._facet(values)]
        self._ledgers()
        self.wanted = self._wanted()

    @property
    def anchored(self) -> bool:
        """Whether something ties the question to the ledger; 有哪些问题 alone does not."""
        named = self.rounds or self.units or self.categories or self.states or self.facets or self.unknown
        return bool(named or self.deadline_to or self.basis or re.search(_ANCHOR, self.key)) and bool(self.wanted)

    def done(self) -> LedgerQuestion:
        """The question as read."""
        conditions = Conditions(
            rounds=tuple(dict.fromkeys(self.rounds)),
            units=tuple(dict.fromkeys(self.units)),
            categories=tuple(dict.fromkeys(self.categories)),
            states=tuple(dict.fromkeys(self.states)),
            facets=tuple(dict.fromkeys(self.facets)),
            documents=self.documents,
            deadline_from=self.deadline_from,
            deadline_to=self.deadline_to,
            basis=self.basis,
        )
        return LedgerQuestion(self.wanted, conditions, tuple(self.unknown), self._rest(), self.words)

    def _take(self, start: int, end: int) -> None:
        self.left = self.left[:start] + "　" * (end - start) + self.left[end:]

    def _values(self, values: Sequence[str]) -> list[str]:
        """Values standing in the question, the longest first."""
        found: list[tuple[int, str]] = []
        for value in sorted(values, key=lambda v: (-len(v), v)):
            word = search_key(value)
            while word and (at := self.left.find(word)) >= 0:
                self._take(at, at + len(word))
                found.append((at, value))
        return [value for _, value in sorted(found)]

    def _facet(self, values: Sequence[str]) -> list[str]:
        found = self._values(values)
        if found:
            return found
        # 提级 for 提级巡察, 回头看 for 巡察“回头看”: a part of one value only, before 巡察 or 发现.
        for match in re.finditer(r"([\u4e00-\u9fff]{2,4}?)[\"”“]?(?:巡察|发现|的问题|问题)", self.left):
            matching = [value for value in values if match[1] in value and match[1] not in ("巡察", "发现")]
            if len(matching) == 1:
                self._take(*match.span(1))
                found += matching
        return found

    # ------------------------------------------------------------ conditions

    def _basis(self) -> str | None:
        match = re.search(
            r"(?:违反|依据|定性(?:依据)?为?)(?:了|的是)?(?P<basis>《[^《》]+》(?:第[^,，。?？的、]{1,20}[条款项])?)的?",
            self.left,
        )
        if match is None:
            return None
        self._take(*match.span())
        return match["basis"]

    def _parts_of_units(self) -> list[str]:
        """南坡采场 for 矿业公司南坡采场: the end of a unit whose beginning is another unit."""
        ends = {
            unit[len(whole) :]: unit
            for unit in self.vocabulary.units
            for whole in self.vocabulary.units
            if unit != whole and unit.startswith(whole) and len(unit) - len(whole) > 2
        }
        return [ends[end] for end in self._values(tuple(ends))]

    def _rounds(self) -> list[str]:
        out = self._relative_rounds()
        year: str | None = None
        taken: list[tuple[int, int]] = []
        pattern = re.compile(
            r"(?P<from>20\d\d)年?(?:至|到|[-—~～])(?P<to>20\d\d)年|(?P<year>(?:19|20)\d\d)(?:年度?|(?=第))"
            r"|第?(?P<list>[一二三四1-4](?:[、和与及,]第?[一二三四1-4])*)轮|(?P<all>两轮|全年|各轮|每轮|历轮)"
        )
        years: list[str] = []
        named_rounds = False
        for match in pattern.finditer(self.left):
            if self._is_deadline(match):
                continue
            taken.append(match.span())
            if match["from"]:
                years += [str(y) for y in range(int(match["from"]), int(match["to"]) + 1)]
            elif match["year"]:
                year = match["year"]
                years.append(year)
            elif match["list"]:
                named_rounds = True
                numbers = [parse_number(c) or 0 for c in re.findall("[一二三四1-4]", match["list"])]
                out += self._named_rounds(year, numbers, match.group())
        if years and not named_rounds:
            for one in years:
                found = [r for r in self.vocabulary.rounds if r.startswith(f"{one}年")]
                if "巡察" in self.key and any(r.endswith("轮") for r in found):
                    found = [r for r in found if r.endswith("轮")]
                out += found
                if not found:
                    self.unknown.append(f"{one}年")
        for span in taken:
            self._take(*span)
        return out

    def _is_deadline(self, match: re.Match[str]) -> bool:
        tail = self.left[match.end() : match.end() + 14]
        return match["year"] is not None and bool(
            re.match(r"\d{1,2}月|[底末](?:之?前|到期)", tail) or ("到期" in tail and "期限" in self.left)
        )

    def _named_rounds(self, year: str | None, numbers: Iterable[int], words: str) -> list[str]:
        out = []
        for number in numbers:
            ending = f"第{'零一二三四'[number]}轮" if 0 < number < 5 else words
            matching = [
                r for r in self.vocabulary.rounds if r.endswith(ending) and (year is None or r.startswith(year))
            ]
            if year is None and len(matching) > 1:
                self.unknown.append(f"{ending}（没有写明年份）")
            elif not matching:
                self.unknown.append(f"{year}年{ending}" if year else ending)
            else:
                out += matching
        return out

    def _relative_rounds(self) -> list[str]:
        regular = [r for r in self.vocabulary.rounds if r.endswith("轮")]
        if match := re.search(r"(?:最近|最新|最后)(?:的)?一轮", self.left):
            self._take(*match.span())
            return regular[-1:]
        if match := re.search(r"(?:近|最近|过去)(?P<n>[一二两三四五六]|\d)年(?:来|内)?", self.left):
            self._take(*match.span())
            years = sorted({r[:4] for r in regular})[-(parse_number(match["n"]) or 1) :]
            return [r for r in regular if r[:4] in years]
        return []

    def _category(self) -> list[str]:
        for pattern, parts in _CATEGORY_WORDS.items():
            if match := re.search(pattern, self.left):
                found = [value for value in self.vocabulary.categories if any(part in value for part in parts)]
                if len(found) == 1:
                    self._take(*match.span())
                    return found
        return []

    def _states(self) -> list[str]:
        done = [s for s in self.vocabulary.states if "完成" in s and not re.search("未|没|部分|基本", s)]
        for pattern, select in _STATE_WORDS:
            if match := re.search(pattern, self.left):
                found = select(self.vocabulary.states, done)
                if found:
                    self._take(*match.span())
                    return found
        return self._values(self.vocabulary.states)

    def _deadline(self, as_of: date | None) -> tuple[date | None, date | None]:
        if as_of is None:
            return None, None
        overdue = re.search(
            r"(?:已经?)?(?:逾期|超期|超过(?:整改)?期限|到期)(?:仍|还)?(?:未|没有?)?(?:完成|整改|销号)?的?", self.left
        )
        if overdue and not re.search(r"\d月", self.left):
            self._take(*overdue.span())
            self.states = [state for state in self.vocabulary.states if state in _OPEN_STATES]
            return None, as_of - timedelta(days=1)
        due = re.search(r"(?:之|以)?前(?:应当?|要|需要?)?(?:完成|整改|到期)(?:整改)?的?|(?:整改)?期限", self.left)
        named = dates.dates(self.left, as_of) if due else []
        if not due or not named:
            return None, None
        one = named[0]
        self._take(one.start, one.end)
        self._take(*due.span())
        # 6月30日前 takes the day in: a deadline of that day is met on it.
        return (None, one.last) if one.before or "前" in due.group() else (one.first, one.last)

    def _ledgers(self) -> None:
        """巡察发现 is not what a list of another check holds; a ledger named by its words is meant alone."""
        titles = self.vocabulary.ledgers
        if len(titles) < 2 or self.rounds:
            return
        for word in ("专项检查", "审计", "巡察"):
            matching = [document for document, title in titles.items() if word in title]
            if word in self.key and 0 < len(matching) < len(titles):
                self.documents = tuple(matching)
                return

    # ------------------------------------------------------------ measures

    def _wanted(self) -> tuple[Wanted, ...]:
        """The measures, part by part of the question."""
        out: list[Wanted] = []
        for part in re.split(r"[?？;；。!！,，]", self.left):
            for pattern, make in _MEASURES:
                if match := re.search(pattern, part):
                    wanted = make(self, match)
                    if wanted is not None and wanted not in out:
                        out.append(wanted)
        groups = [one for one in out if one.measure is Measure.GROUPS]
        if len(groups) > 1:  # 各类别问题分别有多少: by category, although two rounds are named
            out = [one for one in out if one.measure is not Measure.GROUPS or one is groups[0]]
        if any(w.measure in (Measure.GROUPS, Measure.TOP, Measure.RATE) for w in out):
            out = [w for w in out if w.measure is not Measure.COUNT or self._plain_count()]
        return tuple(out)

    def _plain_count(self) -> bool:
        return bool(re.search(r"(?:一共|总共|共)[^,，?？]{0,8}(?:多少|几)", self.key))

    def _rest(self) -> tuple[str, ...]:
        left = _FUNCTION.sub(" ", self.left)
        return tuple(word for word in re.findall(r"[\u4e00-\u9fff]{2,}|[a-z0-9][a-z0-9.\-]+", left))


def _all_but(states: Sequence[str], done: Sequence[str]) -> list[str]:
    return [state for state in states if state not in done]


_ANCHOR = r"台账|巡察|发现|销号|整改|涉及|有关|关于|违反"
_OPEN_STATES = ("整改中", "未启动", "未完成", "正在整改")
_CATEGORY_WORDS: Mapping[str, tuple[str, ...]] = {
    r"招(?:标)?投标|招标|采购": ("招标", "采购"),
    r"安全(?:生产)?环?保?|环保|环境保护": ("安全", "环保"),
    r"基层党建|党建|党组织建设": ("党组织建设", "党建"),
    r"选人用人|干部选拔|用人|干部任用": ("选人用人",),
    r"财务(?:管理)?|资产|资金": ("财务",),
    r"工程(?:建设|项目|管理)?": ("工程",),
    r"(?:落实)?从严治党|主体责任": ("从严治党",),
    r"决策部署": ("决策部署",),
    r"整改落实|整改不力": ("整改落实",),
}
_STATE_WORDS: Sequence[tuple[str, Callable[[Sequence[str], Sequence[str]], list[str]]]] = (
    (r"(?:还|仍|尚)?(?:没有?|未|没)(?:有)?(?:完成整改|整改完成|整改到位|完成|整改|销号)的?", _all_but),
    (r"整改中|正在整改", lambda states, _: [s for s in states if "整改中" in s or "正在" in s]),
    (
        r"(?:还|尚)?(?:未|没有?)(?:开始|启动)(?:整改)?",
        lambda states, _: [s for s in states if "未启动" in s or "未开始" in s],
    ),
    (r"长期(?:坚持|整改)", lambda states, _: [s for s in states if "长期" in s]),
    (
        r"已经?(?:全部)?(?:整改完成|完成整改|完成|整改到位|整改|销号)|整改完成(?!率|情况)|完成整改(?!率|情况)|完成(?:了)?(?=多少|几|的(?:有|问题))|整改到位|销号",
        lambda _, done: list(done),
    ),
)

_COLUMN_WORDS = (
    (r"单位|厂|公司", "unit"),
    (r"类别|类型|类问题|类|方面|领域", "category"),
    (r"轮", "round"),
    (r"状态|整改情况|进展", "state"),
)


def _column(words: str) -> str:
    return next((column for pattern, column in _COLUMN_WORDS if re.search(pattern, words)), "")


def _group(reading: _Reading, match: re.Match[str]) -> Wanted | None:
    column = _column(match.group())
    return Wanted(Measure.GROUPS, column) if column else None


def _respectively(reading: _Reading, _: re.Match[str]) -> Wanted | None:
    """分别多少: by the column of which several values are named."""
    several = {"round": reading.rounds, "unit": reading.units, "category": reading.categories, "state": reading.states}
    column = next((name for name, values in several.items() if len(set(values)) > 1), "")
    return Wanted(Measure.GROUPS, column) if column else None


def _top(reading: _Reading, match: re.Match[str]) -> Wanted | None:
    column = _column(match.group()) or _column(reading.key)
    return Wanted(Measure.TOP, column, "少" in match.group()) if column else None


_MEASURES: Sequence[tuple[str, Callable[[_Reading, re.Match[str]], Wanted | None]]] = (
    (r"(?:哪|什么)[^最]{0,12}最(?:多|少|突出|集中)|最(?:多|少|突出|集中)的?(?:是)?(?:哪|什么)?[^最]{0,8}", _top),
    (r"完成率|占比|比例|百分之多少|百分比|占(?:了)?多少", lambda r, m: Wanted(Measure.RATE)),
    (
        r"(?:各|按|每[个一]?|分)(?:个|被巡察)*(?:单位|类别|问题类别|轮次?|整改状态|状态|类型|类|领域|方面)|(?:单位|类别|状态|轮次)(?:的)?分布|哪几类|(?:哪些|几个?)(?:问题)?(?:类别|类型)|几类",
        _group,
    ),
    (
        r"整改(?:的)?(?:情况|状态|进展|进度)(?:如何|怎么?样|是什么|呢)?|整改得怎么?样",
        lambda r, m: Wanted(Measure.GROUPS, "state"),
    ),
    (r"分别(?:有|是|为|发现)?(?:了)?(?:多少|几)|各(?:有|是|发现)?(?:了)?(?:多少|几)", _respectively),
    (
        r"(?:哪些|哪几[个家]|哪[一二三四五六七八九十\d]+[个家]|哪个|哪家|多少[个家]?|几[个家])(?:所属|被巡察)?(?:的)?(?:单位|厂矿)|单位(?:有|是|包括|为)?(?:哪些|哪几|多少|几)|巡察(?:了|过)(?:哪些|哪几|谁)|哪几?家|是哪几?个单位",
        lambda r, m: Wanted(Measure.UNITS),
    ),
    (
        r"(?:多少|几)(?:个|条|项|件)?(?!家?单位|轮|类|家)|数量|总数|一共|总共|合计|数一(?:下|数)|加起来",
        lambda r, m: (
            None
            if re.match(r"(?:多少|几)个?(?:被巡察)?单位", r.left[r.left.find(m.group()) :])
            else Wanted(Measure.COUNT)
        ),
    ),
    (
        r"(?:哪些|什么|啥|哪几[个条项])(?:主要|突出|具体|共性|方面)?的?问题|问题(?:主要|具体)?(?:是|有|包括|为)?(?:些)?(?:哪些|什么|啥)|列出|列举|问题清单|具体问题",
        lambda r, m: Wanted(Measure.ROWS),
    ),
)
_FUNCTION = re.compile(
    r"巡视巡察|加起来|数一(?:下|数)|再?说说|标(?:成|为|注)的?|出在|查出来|被?查出|到现在|一年|全年|相关|有关|关于|常规巡察|巡察组|巡察发现问题台账|巡察|巡视|被巡察|发现|查出|查找|反馈|存在|问题清单|问题描述|问题|台账|多少|几[个条项件家轮类]?|哪些|哪几|哪个|哪家|哪|什么|啥|涉及到?"
    r"|单位|厂矿|分别|一共|总共|合计|共有?|总数|数量|统计|列出|列举|查询|请问|请|一下|帮我|告诉我|想知道|按照?|各个?|每个?|整改状态|整改情况|整改率|整改|完成率|完成|情况|状态|进展|类别|类型|分类|方面|领域"
    r"|属于|其中|以及|并且|还有|包括|具体|主要|突出|共性|最多|最少|最|比例|占比|百分比|占|处于|集团党委|集团公司|集团|公司党委|党委|轮次|轮|年度|全年|期间|截至|目前|现在|为止|到|当中|之中|范围|内|里|中|上|下"
    r"|条目|记录|条|项|件|个|家|类|的|了|是|有|在|与|和|及|或|对|从|为|被|把|由|都|还|没|未|要|过|吗|呢|么|啊|于|出|总|岱川|这些|那些|这|那|期限|到期|之前|以前|前|底|末|应当|应该|应|需要|得怎么样|怎么样|如何|开展|进行|党组织|表|数据|合|总计|逾期|超期|仍|排|第一|居|首位|责任"
)
