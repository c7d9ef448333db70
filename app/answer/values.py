"""The exact things a sentence says: numbers with their units, dates, ordinals; written any way, compared as values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from app.dates import plain_years
from ingest.segment import search_key
from ingest.structure.numerals import parse_number

_CN = "零〇一二两三四五六七八九十百千"
_DECIMAL = rf"\d+(?:\.\d+)?|[{_CN}]+(?:点[零〇一二三四五六七八九]+(?!个|条|项))?"
_NUMBER = rf"(?P<number>{_DECIMAL})(?P<scale>[万亿]*)"
_UNIT = (
    r"(?P<unit>个?工作日|个?自然日|个?小时|个?百分点|个?季度|个?星期|个?半?月|平方米|公里|分钟|日|天|周岁|周|年(?![限度级底初末中])|元|%|‰|倍|件|人次|个?人(?!大|事|力|才)|名"
    r"|次|家|起|笔|户|处|个|项|条|款|种|类|轮|级|分(?!之|管|包|配|公司|厂|别)|页|份|字|岁|届|期|批|组|章|节|吨|台|点|成|号|位|篇|场|方面|张|段|目|学时|课时|时(?![间候任限效])"
    r"|公分|厘米|毫米|米|(?<=[二两三])者|升|辆|套|座|艘|枚|间|栋|根|块|只|档|层|道|国|样)"
)
_VALUE = re.compile(
    rf"(?P<ordinal>第)?{_NUMBER}(?P<more>余|多)?{_UNIT}(?:之(?P<suffix>[{_CN}\d]+)(?!分))?(?P<half>半)?"
)
_PERCENT = re.compile(rf"(?P<of>[百千万])分之(?P<number>{_DECIMAL})")
_FRACTION = re.compile(rf"(?P<below>[{_CN}\d]+)分之(?P<above>[{_CN}\d]+)")
_EVERY = re.compile(r"每(?:隔?一?)(?P<unit>个?(?:年|月|季度|周|日|天))")
_HALF = re.compile(r"(?P<year>半年)|(?P<hour>半(?:个)?小时)|(?P<share>半数|一半|(?<!超)过半(?!年|个|天|月|小时))")
_OF = {"百": 1.0, "千": 0.1, "万": 0.01}
_CLOCK = re.compile(r"钟|整|\d+分|(?:之|以)?前|(?:之|以)?后")
_CLOCK_BEFORE = re.compile("[上中下]午$|晚上?$|凌晨$|日$")
_DATE = re.compile(
    r"(?:(?P<year>(?:19|20)\d{2})年)?(?:(?P<month>1[0-2]|0?[1-9])月(?:(?P<day>3[01]|[12]\d|0?[1-9])[日号])?)?"
)
_ISO = re.compile(r"(?<![\d-])((?:19|20)\d{2})-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])(?![\d-])")
_NUMBERED = re.compile(r"[〔\[(]((?:19|20)\d{2})[〕\])]\d+号")
_MONTH = re.compile(
    r"(?<![个零〇一二三四五六七八九十百])(十[一二]?|[一二三四五六七八九])月(?:([二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[日号]))?"
)
_ADDRESS_MARK = re.compile(r"第\((\w+)\)(?=[条款项目])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BOUND_AFTER = re.compile(
    r"^(?:\([^)]*\)|含本数)?(?:的?期限)?(?P<word>以上|以下|以内|之内|以外|之外|以前|之前|以后|之后|内|前(?!款|述|项)|后(?!续|备|果|勤|台)|起(?!草|诉)"
    r"|为?(?:限|封顶|上限|下限|起步))"
)
_BOUND_BEFORE = re.compile(
    r"(?P<word>不(?:得|能|应)?(?:超过|多于|高于|大于)|不(?:得|能|应)?(?:少于|低于|小于)|没有?(?:超过|超出|达到?|满|到)|超过|超出|多于|高于|少于|低于|不足|不满|不到|未满|未达到?"
    r"|至少|最少|最低|(?:最高|最多|最长)(?:可|能)?达到?|最多|至多|最长|最高|最大|最短|最迟|不(?:晚|迟)于|达到?|满|上限|下限|封顶|起步)[为有占是要达可到]{0,3}$"
)
_BOUND_FAR = re.compile(
    r"(?P<word>不(?:得|能|应)?(?:超过|多于|高于|大于|少于|低于|小于)|至少|最少|最低|最多|至多|最长|最高|最大|最短|(?<!不)(?:超过|低于|高于|不足|不到))[^,。;:、\d]{0,14}$"
)
"""Words of a bound that is meant wherever they stand before a number of their clause."""
_SIDES = (
    (
        re.compile(
            "[不没].*(?:超过|超出|多于|高于|大于|晚于|迟于)|以内|之内|内$|以下|最多|至多|最长|最高|最大|最迟|不足|不满|不到|未满|未达|没.*[满到达]|上限|^为?限$|封顶|^(?:少于|低于)"
        ),
        "most",
    ),
    (
        re.compile(
            "不.*(?:少于|低于|小于)|以上|至少|最少|最低|最短|最小|达|^满|超过|超出|多于|高于|以外|之外|下限|起步"
        ),
        "least",
    ),
    (re.compile("前$"), "before"),
    (re.compile("后$|^起$"), "after"),
)
_OPPOSED = frozenset(
    {
        ("most", "least"),
        ("least", "most"),
        ("before", "after"),
        ("after", "before"),
        ("most", "after"),
        ("after", "most"),
    }
)
_SHARED = re.compile(rf"(?P<number>{_DECIMAL})(?:[、至到~-]|或者?)$")
_SAME_UNIT = {"天": "日", "自然日": "日", "周": "星期", "名": "人", "位": "人", "周岁": "岁", "课时": "学时"} | dict.fromkeys(
    (
        "家", "项", "件", "起", "种", "类", "处", "方面", "点", "户", "辆", "套", "座", "艘", "枚", "间", "栋", "根", "块", "只",
        "台", "国", "样", "者",
    ),
    "个",
)  # fmt: skip
"""Measure words that count the same things: 15个单位 and 15家单位."""
_PARTS = {"成": 10.0, "‰": 0.1, "倍": 100.0}
"""Shares that are written in other than hundredths."""
_EXACT = frozenset({"月", "日", "工作日", "小时", "分钟", "星期", "季", "元", "倍", "%"})
"""Of all other units 一 is an article more often than a count: 一个, 一项, 一次."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its unit, where it stands in a key, and on which side of it the bound is ("" for none).

    The sides are most and least, and before and after of a time. ``loose``: it may be no count at all (一个, 一次), so that a source need not hold it.
    """

    amount: float
    unit: str  # 第条 for an ordinal
    start: int
    end: int
    bound: str = ""
    loose: bool = False

    @property
    def same(self) -> tuple[float, str]:
        """What makes two values the same."""
        return self.amount, self.unit

    def opposes(self, other: Value) -> bool:
        """Whether two bounds exclude each other."""
        return (self.bound, other.bound) in _OPPOSED


@dataclass(frozen=True, slots=True)
class Day:
    """A date, of which parts may be missing (0), and the side of it that is meant: before, after or "" for itself."""

    year: int
    month: int
    day: int
    side: str = field(default="", compare=False)

    def within(self, other: Day) -> bool:
        """Whether ``other`` has every part that this has, the same."""
        return all(not a or a == b for a, b in zip(self.parts, other.parts, strict=True))

    @property
    def parts(self) -> tuple[int, int, int]:
        """Year, month, day."""
        return self.year, self.month, self.day


def key_of(text: str) -> str:
    """The form in which values are looked for: dates and addresses written one way, no marks within numbers."""
    key = plain_years(search_key(text))
    key = _ISO.sub(lambda m: f"{m[1]}年{int(m[2])}月{int(m[3])}日", key)
    key = _MONTH.sub(lambda m: f"{parse_number(m[1])}月{parse_number(m[2]) if m[2] else ''}", key)
    return _ADDRESS_MARK.sub(r"第\1", _THOUSANDS.sub("", key))


def values(key: str) -> list[Value]:
    """The numbers with units of a key, dates left out."""
    shares = list(_shares(key))
    taken = [*(match.span() for match in _dates(key)), *((start, end) for start, end, _, _ in shares)]
    out = []
    for match in _VALUE.finditer(key):
        amount = _amount(match["number"], match["scale"])
        if amount is None or any(start <= match.start() < end for start, end in taken):
            continue
        amount, unit = _counted(amount, match, key)
        loose = amount == 1 and not match["number"].isdigit()
        loose &= unit not in _EXACT or key[match.end() : match.end() + 1] in tuple("也都")  # 一天也不能少
        found = Value(amount, unit, match.start(), match.end(), _bound(key, match.start(), match.end()), loose)
        out += [*_sharing(found, match, key), found]
    for match in _EVERY.finditer(key):
        out.append(Value(1, f"每{match['unit'].removeprefix('个')}", match.start(), match.end()))
    for start, end, amount, unit in shares:
        out.append(Value(amount, unit, start, end, _bound(key, start, end)))
    return sorted(out, key=lambda value: value.start)


def _sharing(found: Value, match: re.Match[str], key: str) -> Iterator[Value]:
    """The number before another that has its unit: 三 in 三至六个月."""
    before = _SHARED.search(key[max(0, found.start - 8) : found.start])
    amount = _amount(before["number"], match["scale"]) if before and len(before["number"]) < 4 else None
    if before is not None and amount is not None:
        start = found.start - len(before.group())
        yield replace(found, amount=_counted(amount, match, key)[0], start=start, end=start + len(before["number"]))


def without_values(key: str) -> str:
    """A key with its numbers, addresses and dates cut out."""
    for pattern in (_PERCENT, _FRACTION, _HALF, _VALUE, _DATE):
        key = pattern.sub(lambda match: "|" if match.group() else "", key)
    return key


def _counted(amount: float, match: re.Match[str], key: str) -> tuple[float, str]:
    """The amount in the unit that other writings of it are compared in: 两年 is 24 months."""
    unit = match["unit"].removeprefix("个") or "个"
    unit = _SAME_UNIT.get(unit, unit)
    if match["ordinal"]:
        suffix = parse_number(match["suffix"]) if match["suffix"] else None
        return amount, f"第{match['unit']}" + (f"之{suffix}" if suffix else "")
    if unit == "年":
        return amount * 12 + (6 if match["half"] else 0), "月"
    if unit in _PARTS:
        return round(amount * _PARTS[unit], 4), "%"
    if match["unit"] == "点" and (_CLOCK.match(key[match.end() :]) or _CLOCK_BEFORE.search(key[: match.start()])):
        return amount, "时"
    if unit == "分" and key[: match.start()].endswith("小时"):
        return amount, "分钟"
    return amount, "季" if unit == "季度" else unit


def _shares(key: str) -> Iterator[tuple[int, int, float, str]]:
    for match in _PERCENT.finditer(key):
        amount = _amount(match["number"], "")
        if amount is not None:
            yield match.start(), match.end(), round(amount * _OF[match["of"]], 4), "%"
    for match in _FRACTION.finditer(key):
        below, above = parse_number(match["below"]), parse_number(match["above"])
        if below and above and match["below"] not in _OF:
            yield match.start(), match.end(), round(above / below * 100, 2), "%"
    for match in _HALF.finditer(key):
        half = (6.0, "月") if match["year"] else (30.0, "分钟") if match["hour"] else (50.0, "%")
        yield (match.start(), match.end(), *half)


def _amount(number: str, scale: str) -> float | None:
    plain = float(number) if number[0].isdigit() else _parsed(number)
    if plain is None:
        return None
    for character in scale:
        plain *= {"万": 1e4, "亿": 1e8}[character]
    return round(float(plain), 4)


def _parsed(number: str) -> float | None:
    """The value of a number in Chinese digits: 九点八, 十二."""
    whole, point, part = number.partition("点")
    plain, decimals = parse_number(whole), parse_number(part) if part else None
    if plain is None or (point and decimals is None):
        return None
    return plain + (decimals or 0) / 10.0 ** len(part)


def _bound(key: str, start: int, end: int) -> str:
    before = key[max(0, start - 20) : start]
    if before.endswith("提前") and not _BOUND_FAR.search(before):
        return "least"
    found = _BOUND_AFTER.match(key[end : end + 10]) or _BOUND_BEFORE.search(before) or _BOUND_FAR.search(before)
    return next((side for pattern, side in _SIDES if pattern.search(found["word"])), "") if found else ""


_DAY_SIDE = re.compile(r"^[日号底末]?(?:\d+[时点])?(?:之|以)?(?P<word>前|后|起|来)")


def days(key: str) -> list[Day]:
    """The dates of a key: 2024年7月1日, 7月1日, 2024年, 〔2024〕."""
    out = []
    for match in _dates(key):
        side = _DAY_SIDE.match(key[match.end() :])
        meant = "" if side is None else "before" if side["word"] == "前" else "after"
        out.append(Day(int(match["year"] or 0), int(match["month"] or 0), int(match["day"] or 0), meant))
    return out + [Day(int(match[1]), 0, 0) for match in _NUMBERED.finditer(key)]


def _dates(key: str) -> Iterator[re.Match[str]]:
    for match in _DATE.finditer(key):
        if match.group() and not (key[match.start() - 1 : match.start()] or "x").isdigit():
            yield match
