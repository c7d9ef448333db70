"""Reading a question about the ledger without a model.

Reading consumes the question: what is left over when conditions, measures and function words are taken out is
content the ledger query cannot express, and is reported as such, never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from app import dates
from app.tools.ledger import Conditions, LedgerQuestion, Measure, Vocabulary, Wanted
from app.tools.wording import (
    ANCHOR,
    AVERAGE,
    BASIS,
    CATEGORY_WORDS,
    COLUMN_WORDS,
    COMPARED,
    DUE,
    EXCLUDED,
    FEW,
    KINDS,
    NUMBERED_FIRST,
    OPEN_STATES,
    OTHER_SOURCE,
    OVERDUE,
    PARTICLES,
    RANKING,
    ROUND_WORDS,
    STATE_WORDS,
    UNIT_LIKE,
    UNIT_WORD,
    YEARS_AGO,
    content,
)
from ingest.segment import search_key
from ingest.structure.numerals import parse_number

_LEDGER = re.compile(
    r"台账|问题|毛病|整改(?:任务|事项)|巡察(?:了|过)|完成率|整改率|整改得|销号|未启动|整改中|长期坚持|被巡察单位|逾期|超期|轮[^,，。?？]{0,10}整改(?:情况|状态|进展)"
)
_NOT_LEDGER = re.compile(
    r"(?:多少|几)(?:天|日|个?月|年|个?工作日|小时|元|万|亿|人|名|次|种|份|倍|分(?!之)|%)|会上|会议|动员会|部署会|推进会|专题会|座谈会|反馈会|汇报会|通报会|纪要|讲话|培训|谁(?!的(?:问题|毛病))|为什么|为何|如何|怎么(?!样)|怎样|什么时候|何时|应当|应该|是否|能否|可以|情形|方面的内容|强调|指出|(?:报告|反馈意见|简报|通报|通知|反馈)(?:里|中|上|说|称|写|讲|提到|列)"
)


def ledger_question(key: str, vocabulary: Vocabulary, as_of: date | None = None) -> LedgerQuestion | None:
    """Read a question (its search key); None when it is not about findings."""
    key = dates.plain_years(key)
    number = next((n for n in sorted(vocabulary.numbers, key=len, reverse=True) if n.lower() in key), None)
    if number is not None:
        return LedgerQuestion((Wanted(Measure.ROW),), Conditions(number=number))
    checks = any(search_key(name) in key for name in vocabulary.rounds if not name.endswith("轮"))
    if _NOT_LEDGER.search(key):
        return None
    reading = _Reading(key, vocabulary, as_of)
    if not reading.anchored:
        return None
    asked = reading.done()
    if checks or _LEDGER.search(key):
        return asked
    # 国贸公司还有几个在改 speaks of no 问题: it is one about findings when the ledger's own words explain all of it.
    return asked if reading.tied and not asked.rest and not asked.unknown else None


class _Reading:
    """One pass over a question: conditions and measures are found and blanked out, what is left is the rest."""

    def __init__(self, key: str, vocabulary: Vocabulary, as_of: date | None) -> None:
        self.key = key
        self.left = key
        self.vocabulary = vocabulary
        self.unknown: list[str] = []
        self.years: list[str] = []
        self.each_round = False
        self.documents: tuple[str, ...] = ()
        self.this_year = as_of.year if as_of else 0
        self.at: dict[str, int] = {}  # column → where its first value stands
        self.basis = self._basis()
        self.excluded = self._excluded()
        self.states: list[str] = []
        self.deadline_from, self.deadline_to = self._deadline(as_of)
        self.rounds = self._values(vocabulary.rounds, "round")
        self.rounds += self._rounds(self.rounds)
        self.units = self._values(vocabulary.units, "unit") + self._parts_of_units() + self._nicknames()
        self.facets = self._named_columns()
        self.categories = self._values(vocabulary.categories, "category") or self._category()
        self.states = self.states or self._states()
        for column, values in vocabulary.facets.items():
            self.facets += [(column, value) for value in self._facet(column, values)]
        self._ledgers()
        self.wanted = self._wanted()

    @property
    def anchored(self) -> bool:
        """Whether something ties the question to the ledger; 有哪些问题 alone does not."""
        named = self.rounds or self.units or self.categories or self.states or self.facets or self.unknown
        limited = self.deadline_from or self.deadline_to or self.basis or self.excluded
        return bool(named or limited or re.search(ANCHOR, self.key)) and bool(self.wanted)

    @property
    def tied(self) -> bool:
        """Whether the question names something only the ledger has: a round, unit, state or kind of inspection."""
        return bool(self.rounds or self.units or self.states or self.facets or self.each_round)

    def done(self) -> LedgerQuestion:
        """The question as read; what is only a part of what is counted (其中…) is no condition of it."""
        of_which = {one.column for one in self.wanted if one.measure is Measure.OF_WHICH}
        conditions = Conditions(
            rounds=tuple(dict.fromkeys(self.rounds)),
            units=tuple(dict.fromkeys(self.units)),
            categories=() if "category" in of_which else tuple(dict.fromkeys(self.categories)),
            states=() if "state" in of_which else tuple(dict.fromkeys(self.states)),
            facets=tuple(dict.fromkeys(self.facets)),
            excluded=tuple(dict.fromkeys(self.excluded)),
            documents=self.documents,
            deadline_from=self.deadline_from,
            deadline_to=self.deadline_to,
            basis=self.basis,
        )
        rest = self._rest()
        units = [word for word in rest if UNIT_LIKE.search(word)]
        unknown = (*self.unknown, *(f"“{word}”" for word in units))
        return LedgerQuestion(self.wanted, conditions, unknown, tuple(word for word in rest if word not in units))

    def _take(self, start: int, end: int) -> None:
        self.left = self.left[:start] + "　" * (end - start) + self.left[end:]

    def _values(self, values: Iterable[str], column: str = "") -> list[str]:
        """Values standing in the question, the longest first."""
        found: list[tuple[int, str]] = []
        for value in sorted(values, key=lambda v: (-len(v), v)):
            word = search_key(value)
            while word and (at := self.left.find(word)) >= 0:
                self._take(at, at + len(word))
                found.append((at, value))
        if found and column:
            self.at.setdefault(column, min(found)[0])
        return [value for _, value in sorted(found)]

    def _facet(self, column: str, values: Sequence[str]) -> list[str]:
        found = self._values(values, column)
        if not found:
            # 提级 for 提级巡察, 回头看 for 巡察“回头看”: a part of one value only, before 巡察 or 发现.
            for match in re.finditer(
                r"([\u4e00-\u9fff]{2,4}?)[\"”“]?(?=巡察|发现|查出|检查|的?问题|[、和与及])", self.left
            ):
                matching = [value for value in values if match[1] in value and match[1] not in ("巡察", "发现")]
                if len(matching) == 1:
                    self._take(*match.span(1))
                    found += matching
        return found

    # ------------------------------------------------------------ conditions

    def _basis(self) -> str | None:
        match = BASIS.search(self.left)
        if match is None:
            return None
        self._take(*match.span())
        return match["basis"] or f"《{match['title']}》{match['place'] or ''}"

    def _excluded(self) -> list[tuple[str, str]]:
        """除炼铁厂外, 不是招标采购类: the values left out. Where one is not known, the words stay in the rest."""
        out: list[tuple[str, str]] = []
        for match in EXCLUDED.finditer(self.left):
            start, end = match.span("one" if match["one"] else "other" if match["other"] else "beside")
            if match["beside"]:  # 招标采购以外: the value right before it
                known = (*self.vocabulary.categories, *self.vocabulary.units, *self.vocabulary.states)
                ends = [len(value) for value in known if match["beside"].endswith(search_key(value))]
                start = end - max(ends, default=0)
            whole, self.left = self.left, self.left[start:end]
            columns = {
                "round": self._values(self.vocabulary.rounds),
                "unit": self._values(self.vocabulary.units) + self._parts_of_units() + self._nicknames(),
                "category": self._values(self.vocabulary.categories) or self._category(),
                "state": self._values(self.vocabulary.states),
                **{name: self._facet(name, values) for name, values in self.vocabulary.facets.items()},
            }
            found = [(column, value) for column, values in columns.items() for value in values]
            left, self.left = self.left, whole
            if found and not content(left):
                self._take(start if match["beside"] else match.start(), match.end())
                out += found
        if out and (others := re.search("其他|其余|别的", self.left)):
            self._take(*others.span())
        return out

    def _parts_of_units(self) -> list[str]:
        """南坡采场 for 矿业公司南坡采场: the end of a unit whose beginning is another unit."""
        ends = {
            unit[len(whole) :]: unit
            for unit in self.vocabulary.units
            for whole in self.vocabulary.units
            if unit != whole and unit.startswith(whole) and len(unit) - len(whole) > 2
        }
        return [ends[end] for end in self._values(tuple(ends), "unit")]

    def _nicknames(self) -> list[str]:
        """房产公司 for 房地产公司, 采购中心 for 物资采购中心, 一炼钢 for 炼钢一厂: what abbreviates one unit only."""
        out: list[str] = []
        for match in NUMBERED_FIRST.finditer(self.left):
            turned = [u for u in self.vocabulary.units if search_key(u).startswith(f"{match['stem']}{match['n']}")]
            if len(turned) == 1:
                self._take(*match.span())
                out += turned
        for match in UNIT_WORD.finditer(self.left):
            words = match.group()
            for start in range(len(words) - 2):
                short = words[start:]
                named = [unit for unit in self.vocabulary.units if _abbreviates(short, search_key(unit))]
                if not named:
                    continue
                self._take(match.start() + start, match.end())
                if len(named) == 1:
                    out += named
                else:
                    self.unknown.append(f"“{short}”（可能是{'、'.join(named)}）")
                break
        if out:
            self.at.setdefault("unit", 0)
        return out

    def _named_columns(self) -> list[tuple[str, str]]:
        """由纪委书记负责, 责任部门是采购管理部: columns of many values, met only where the question names them."""
        if not re.search(r"责任|由[^,，。?？]{2,14}(?:负责|牵头|整改)", self.left):
            return []
        named = [(value, column) for column, values in self.vocabulary.named.items() for value in values]
        out: list[tuple[str, str]] = []
        for value, column in sorted(named, key=lambda pair: (-len(pair[0]), pair)):
            out += [(column, found) for found in self._values([value], column)]
        return out

    def _rounds(self, named: Sequence[str]) -> list[str]:
        out = self._relative_rounds()
        for match in OTHER_SOURCE.finditer(self.left):
            self._take(*match.span())
            self.unknown.append(match.group())
        # 2024年第一轮和第二轮: the year goes on.
        years = {name[:4] for name in named}
        year: str | None = years.pop() if len(years) == 1 else None
        named_rounds = False
        for match in ROUND_WORDS.finditer(self.left):
            if self._is_deadline(match):
                continue
            self._take(*match.span())
            if match["from"]:
                self.years += [str(y) for y in range(int(match["from"]), int(match["to"]) + 1)]
            elif match["year"]:
                year = match["year"]
                self.years.append(year)
            elif match["relative"]:
                year = str(self.this_year - YEARS_AGO[match["relative"][:2]])
                self.years.append(year)
            elif match["list"]:
                named_rounds = True
                numbers = [parse_number(c) or 0 for c in re.findall("[一二三四五六1-6]", match["list"])]
                out += self._named_rounds(year, numbers)
            elif match["each"]:
                self.each_round = True
            elif match["other"]:
                self.unknown.append(match["other"])
        if out or self.years:
            self.at.setdefault("round", 0)
        return out if named_rounds else out + self._rounds_of_years()

    def _rounds_of_years(self) -> list[str]:
        out: list[str] = []
        for year in self.years:
            found = [r for r in self.vocabulary.rounds if r.startswith(f"{year}年")]
            if "巡察" in self.key and any(r.endswith("轮") for r in found):
                found = [r for r in found if r.endswith("轮")]
            if not found or (
                "巡察" in self.key and "检查" not in self.key and not any(r.endswith("轮") for r in found)
            ):
                self.unknown.append(f"{year}年")
            else:
                out += found
        return out

    def _is_deadline(self, match: re.Match[str]) -> bool:
        tail = self.left[match.end() : match.end() + 14]
        return match["year"] is not None and bool(
            re.match(r"\d{1,2}月|[底末](?:之?前|到期)", tail) or ("到期" in tail and "期限" in self.left)
        )

    def _named_rounds(self, year: str | None, numbers: Iterable[int]) -> list[str]:
        out = []
        for number in numbers:
            ending = f"第{'零一二三四五六'[number]}轮"
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
        if match := re.search(r"(?:最近|近|过去)(?:这)?(?P<n>[两二三四五六]|\d)轮", self.left):
            self._take(*match.span())
            return regular[-(parse_number(match["n"]) or 1) :]
        if match := re.search(r"(?:最近|近|过去)(?:这)?(?P<n>[一二两三四五六]|\d)年(?:来|内)?", self.left):
            self._take(*match.span())
            years = sorted({r[:4] for r in regular})[-(parse_number(match["n"]) or 1) :]
            return [r for r in regular if r[:4] in years]
        return []

    def _category(self) -> list[str]:
        out: list[str] = []
        for pattern, parts in CATEGORY_WORDS.items():
            match = re.search(pattern, self.left)
            # 账外资金 is a word of its own, not 资金.
            if match and not content(re.split(r"[^\u4e00-\u9fff]", self.left[: match.start()])[-1]):
                found = [value for value in self.vocabulary.categories if any(part in value for part in parts)]
                if len(found) == 1 and found[0] not in out:
                    self._take(*match.span())
                    self.at.setdefault("category", match.start())
                    out += found
        return out

    def _states(self) -> list[str]:
        literal = self._values(self.vocabulary.states, "state")
        if literal:
            return literal
        done = [s for s in self.vocabulary.states if "完成" in s and not re.search("未|没|部分|基本", s)]
        for pattern, select in STATE_WORDS:
            if match := re.search(pattern, self.left):
                found = select(self.vocabulary.states, done)
                if found:
                    self._take(*match.span())
                    self.at.setdefault("state", match.start())
                    return found
        return []

    def _deadline(self, as_of: date | None) -> tuple[date | None, date | None]:
        if as_of is None:
            return None, None
        overdue = OVERDUE.search(self.left)
        if overdue and not re.search(r"\d月", self.left):
            self._take(*overdue.span())
            self.states = [state for state in self.vocabulary.states if state in OPEN_STATES]
            return None, as_of - timedelta(days=1)
        due = DUE.search(self.left)
        # 2025年第一轮 is a round's year, no deadline.
        named = [one for one in dates.dates(self.left, as_of) if not re.match("第?.轮|两轮", self.left[one.end :])]
        if not due or not named:
            return None, None
        late = re.search(r"晚于|迟于", self.left)
        early = re.search(r"早于|先于", self.left)
        one = named[-1] if "期限" in due.group() else named[0]
        after = re.match(r"(?:之后|以后|后)", self.left[one.end :])
        self._take(one.start, one.end + (after.end() if after else 0))
        self._take(*due.span())
        for word in (late, early):
            if word:
                self._take(*word.span())
        if late or after:
            return one.last + timedelta(days=1), None
        if early:
            return None, one.first - timedelta(days=1)
        # 6月30日前 takes the day in: a deadline of that day is met on it.
        return (None, one.last) if one.before or "前" in due.group() else (one.first, one.last)

    def _ledgers(self) -> None:
        """巡察发现 is not what a list of another check holds; a ledger named by its words is meant alone."""
        titles = self.vocabulary.ledgers
        if len(titles) < 2 or self.rounds:
            return
        for word in ("专项检查", "审计", "巡察", "台账", "清单"):
            matching = [document for document, title in titles.items() if word in title]
            if (word in self.key or (word == "巡察" and self.each_round)) and 0 < len(matching) < len(titles):
                self.documents = tuple(matching)
                if word in ("专项检查", "审计"):
                    self.left = self.left.replace(word, "　" * len(word))
                return

    # ------------------------------------------------------------ measures

    def _wanted(self) -> tuple[Wanted, ...]:
        """The measures, part by part of the question."""
        if compared := self._compared():
            return (compared,)
        if average := AVERAGE.search(self.key):
            return (Wanted(Measure.AVERAGE, "round" if "轮" in average.group() else "unit"),)
        out: list[Wanted] = []
        for part in re.split(r"[?？;；。!！,，]", self.left):
            for pattern, make in _MEASURES:
                if match := re.search(pattern, part):
                    wanted = make(self, match)
                    if wanted is not None and wanted not in out:
                        out.append(wanted)
        ranked = {one.column for one in out if one.measure in (Measure.TOP, Measure.TOP_DONE)}
        if "unit" in ranked:  # 哪家单位最多: the one, not the list
            out = [one for one in out if one.measure is not Measure.UNITS]
        if any(one.measure is Measure.TOP_DONE for one in out):
            out = [one for one in out if one.measure is Measure.TOP_DONE]
        groups = [one for one in out if one.measure is Measure.GROUPS]
        if len(groups) > 1:  # 各类别问题分别有多少: by category, although two rounds are named
            out = [one for one in out if one.measure is not Measure.GROUPS or one is groups[0]]
        if any(w.measure in (Measure.GROUPS, Measure.TOP, Measure.RATE, Measure.DONE) for w in out):
            out = [w for w in out if w.measure is not Measure.COUNT or self._plain_count()]
        if any(w.measure is Measure.COUNT for w in out):
            out += self._of_which()
        return tuple(out)

    def _of_which(self) -> list[Wanted]:
        """共多少个,其中招标采购类几个: what only a later count of the question is about."""
        counts = [match.start() for match in re.finditer(r"多少|几[个条项件]|吗", self.key)]
        if len(counts) < 2 or not re.search(r"[,，;；。?？]", self.key[counts[0] : counts[-1]]):
            return []
        found = {"category": self.categories, "state": self.states}
        return [
            Wanted(Measure.OF_WHICH, column, values=tuple(dict.fromkeys(values)))
            for column, values in found.items()
            if values and self.at.get(column, 0) > counts[0]
        ]

    def _compared(self) -> Wanted | None:
        """2024年比2023年多几个, 甲厂和乙厂哪个问题多: the values side by side."""
        if not COMPARED.search(self.key):
            return None
        column, values = self.several()
        return Wanted(Measure.COMPARE, column, values=values) if column else None

    def several(self) -> tuple[str, tuple[str, ...]]:
        """The column of which the question names several values, and these."""
        years = tuple(f"{year}年" for year in dict.fromkeys(self.years))
        facets: dict[str, list[str]] = {}
        for column, value in self.facets:
            facets.setdefault(column, []).append(value)
        found: dict[str, Sequence[str]] = {
            "unit": self.units,
            "category": self.categories,
            "state": self.states,
            "year": years if set(self.rounds) >= {r for r in self.rounds if r[:5] in years} and len(years) > 1 else (),
            "round": self.rounds,
            **facets,
        }
        if re.search(r"第[一二三四1-4]轮", self.key):
            found["year"] = ()
        for column, values in found.items():
            if len(set(values)) > 1:
                return column, tuple(dict.fromkeys(values))
        return "", ()

    def column(self, words: str) -> str:
        """The column some words name."""
        for name in self.vocabulary.facets:
            if name in words or (name.endswith("类型") and "巡察类型" in words):
                return name
        return next((column for pattern, column in COLUMN_WORDS if re.search(pattern, words)), "")

    def _plain_count(self) -> bool:
        return bool(re.search(r"(?:一共|总共|总计|合计|共)[^,，?？]{0,8}(?:多少|几)", self.key))

    def _rest(self) -> tuple[str, ...]:
        measures = {one.measure for one in self.wanted}
        left = self.left.replace("平均", " ") if Measure.AVERAGE in measures else self.left
        return tuple(content(RANKING.sub(" ", left) if measures & {Measure.TOP, Measure.TOP_DONE} else left))


def _abbreviates(short: str, unit: str) -> bool:
    """Whether a word is a unit's name with characters left out, but not its kind (公司, 厂, 中心)."""
    kind = next((end for end in KINDS if short.endswith(end)), "")
    if not kind or not unit.endswith(kind) or len(short) - len(kind) < 2 or short[0] in "一二三四第" + PARTICLES:
        return False
    letters = iter(unit)
    return all(character in letters for character in short)


def _group(reading: _Reading, match: re.Match[str]) -> Wanted | None:
    column = reading.column(match.group())
    return Wanted(Measure.GROUPS, column) if column else None


def _respectively(reading: _Reading, _: re.Match[str]) -> Wanted | None:
    """分别多少: by the column of which several values are named."""
    column, _values = reading.several()
    if not column and re.search(r"[家个]单位|[家个]类别", reading.key):
        column = "unit" if "单位" in reading.key else "category"
    return Wanted(Measure.GROUPS, "round" if reading.each_round else column) if column or reading.each_round else None


def _top(reading: _Reading, match: re.Match[str]) -> Wanted | None:
    column = reading.column(match.group()) or reading.column(reading.key)
    ahead = re.search(rf"前(?P<n>{FEW})|最[多少][^,，。?？]{{0,3}}(?P<m>{FEW})个|哪(?P<o>{FEW})[个家类]", reading.key)
    first = (parse_number(ahead["n"] or ahead["m"] or ahead["o"]) or 1) if ahead else 1
    return Wanted(Measure.TOP, column, re.search("最[少低小]", match.group()) is not None, first) if column else None


def _top_done(reading: _Reading, match: re.Match[str]) -> Wanted | None:
    """哪个单位整改完成率最低, 哪家整改得最好."""
    column = reading.column(reading.key)
    return Wanted(Measure.TOP_DONE, column, re.search("最[低差慢少]", match.group()) is not None) if column else None


def _count(reading: _Reading, match: re.Match[str]) -> Wanted | None:
    after = reading.left[reading.left.find(match.group()) :]
    return None if re.match(r"(?:多少|几)个?(?:被巡察)?单位", after) else Wanted(Measure.COUNT)


_MEASURES: Sequence[tuple[str, Callable[[_Reading, re.Match[str]], Wanted | None]]] = (
    (
        r"(?:完成率|整改率|销号率|整改(?:得|情况|完成得)?)[^,，。?？]{0,14}最(?:高|低|好|差|快|慢)|最(?:高|低|好|差|快|慢)[^,，。?？]{0,10}(?:完成率|整改率|销号率)",
        _top_done,
    ),
    (
        rf"(?:哪|什么)[^最]{{0,12}}最(?:多|少|突出|集中|扎堆)|最(?:多|少|突出|集中|扎堆)的?(?:是)?(?:哪|什么)?[^最]{{0,8}}|(?:占比|比例|比重|数量)[^,，。?？]{{0,4}}最(?:高|低|大|小)|(?:主要|多半|大多)(?:是|集中在?|出在)?(?:在)?哪(?:一|几)?[类个方][^,，。?？]{{0,4}}|(?:排名?)?(?:在|列)?前(?:{FEW})(?:位|名)?的?[^,，。]{{0,8}}|(?:排|列|居)(?:在)?(?:第一|首)位?",
        _top,
    ),
    (r"(?:完成率|整改率|销号率)(?![^,，。?？]{0,6}最)", lambda r, m: Wanted(Measure.DONE)),
    (
        r"占比|比例|比重|百分之多少|百分之几|百分比|几成|占(?:了|到)?[^,，。?？]{0,14}(?:多少|多大|几)",
        lambda r, m: Wanted(Measure.RATE),
    ),
    (
        r"(?:各|按|每[个一]?|分)(?:个|种|被巡察)*(?:单位|类别|问题类别|巡察类型|轮次?|年度?|整改状态|状态|类型|类|领域|方面)|(?:单位|类别|状态|轮次)(?:的)?分布|哪几类|(?:哪些|几个?)(?:问题)?(?:类别|类型)|几类",
        _group,
    ),
    (
        r"整改(?:的)?(?:情况|状态|进展|进度)(?:如何|怎么?样|是什么|呢)?|整改得怎么?样",
        lambda r, m: Wanted(Measure.GROUPS, "state"),
    ),
    (
        r"(?:分别|各)(?:查出|发现|被查出)?(?:有|是|为)?(?:了)?(?:的)?(?:问题)?(?:多少|几)|分别|各(?:有|是|自)?(?:发现|查出)?(?:了)?(?:多少|几)",
        _respectively,
    ),
    (
        r"(?:哪些|哪几[个家]|哪[一二三四五六七八九十\d]+[个家]|哪个|哪家|多少[个家]?|几[个家])(?:所属|被巡察)?(?:的)?(?:单位|厂矿)|(?:查|巡|走)了?几家|单位(?:有|是|包括|为)?(?:哪些|哪几|多少|几)|(?:巡察|检查)(?:了|过)(?:哪些|哪几|谁)|哪几?家|是哪几?个单位",
        lambda r, m: Wanted(Measure.UNITS),
    ),
    (
        r"(?:多少|几)(?:个|条|项|件|处|宗)?(?!家?单位|轮|类|家)|数量|总数|一共|总共|总计|合计|数一(?:下|数)|加起来|合起来|有没有|有无",
        _count,
    ),
    (
        r"(?:哪些|什么|啥|哪几[个条项])(?:主要|突出|具体|共性|方面)?的?问题|问题(?:主要|具体)?(?:是|有|包括|为)?(?:些)?(?:哪些|什么|啥)|列出|列举|问题清单|具体问题",
        lambda r, m: Wanted(Measure.ROWS),
    ),
)
