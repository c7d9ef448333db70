"""The exact things a sentence says: numbers with their units, dates, ordinals; written any way, compared as values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.dates import plain_years
from ingest.segment import search_key
from ingest.structure.numerals import parse_number

_CN = "零〇一二两三四五六七八九十百千"
_NUMBER = rf"(?P<number>\d+(?:\.\d+)?|[{_CN}]+)(?P<scale>[万亿]*)"
_UNIT = (
    r"(?P<unit>个?工作日|个?自然日|个?小时|个?百分点|个?季度|个?星期|个?半?月|平方米|公里|分钟|日|天|周|年(?![限度级底初末中])|元|%|倍|件|人次|人|名|次|家|起|笔"
    r"|户|处|个|项|条|款|种|类|轮|级|分(?!之|管|包|配|公司|厂)|页|份|字|岁|届|期|批|组|章|节|吨|台|点|成|号|位|篇|场|方面|张|段|目)"
)
_VALUE = re.compile(
    rf"(?P<ordinal>第)?{_NUMBER}(?P<more>余|多)?{_UNIT}(?:之(?P<suffix>[{_CN}\d]+)(?!分))?(?P<half>半)?"
)
_PERCENT = re.compile(rf"百分之(?P<number>\d+(?:\.\d+)?|[{_CN}]+)")
_FRACTION = re.compile(rf"(?P<below>[{_CN}\d]+)分之(?P<above>[{_CN}\d]+)")
_EVERY = re.compile(r"每(?:隔?一?)(?P<unit>个?(?:年|月|季度|周|日|天))")
_HALF = re.compile(r"(?P<year>半年)|(?P<share>半数|一半|过半)")
_DATE = re.compile(
    r"(?:(?P<year>(?:19|20)\d{2})年)?(?:(?P<month>1[0-2]|0?[1-9])月(?:(?P<day>3[01]|[12]\d|0?[1-9])[日号])?)?"
)
_ISO = re.compile(r"(?<![\d-])((?:19|20)\d{2})-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])(?![\d-])")
_MONTH = re.compile(
    r"(?<![个零〇一二三四五六七八九十百])(十[一二]?|[一二三四五六七八九])月(?:([二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[日号]))?"
)
_ADDRESS_MARK = re.compile(r"第\((\w+)\)(?=[条款项目])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BOUND_AFTER = re.compile(r"^(?:\([^)]*\)|含本数)?(?:的?期限)?(?P<word>以上|以下|以内|之内|以外|以前|之前|内|前)")
_BOUND_BEFORE = re.compile(
    r"(?P<word>不(?:得|能|应)?(?:超过|多于|高于|大于)|不(?:得|能|应)?(?:少于|低于|小于)|超过|超出|多于|高于|少于|低于|不足|不满|不到|未满|未达到?"
    r"|至少|最少|最低|(?:最高|最多|最长)(?:可|能)?达到?|最多|至多|最长|最高|达到?|满)[为有占是要达可到]{0,3}$"
)
_SIDES = (
    (
        re.compile(
            "不.*(?:超过|多于|高于|大于)|以内|之内|内$|以下|最多|至多|最长|最高|前|不足|不满|不到|未满|未达|^(?:少于|低于)"
        ),
        "most",
    ),
    (re.compile("不.*(?:少于|低于|小于)|以上|至少|最少|最低|达|^满|超过|超出|多于|高于|以外"), "least"),
)
_SAME_UNIT = {"天": "日", "自然日": "日", "周": "星期", "名": "人", "位": "人"} | dict.fromkeys(
    ("家", "项", "件", "起", "种", "类", "处", "方面", "点", "户"), "个"
)
"""Measure words that count the same things: 15个单位 and 15家单位."""
_EXACT = frozenset({"月", "日", "工作日", "小时", "分钟", "星期", "季", "元", "倍", "%"})
"""Of all other units 一 is an article more often than a count: 一个, 一项, 一次."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its unit, where it stands in a key, and on which side of it the bound is ("" for none).

    ``loose``: it may be no count at all (一个, 一次), so that a source need not hold it.
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


@dataclass(frozen=True, slots=True)
class Day:
    """A date, of which parts may be missing (0)."""

    year: int
    month: int
    day: int

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
    dated = [match.span() for match in _dates(key)]
    out = []
    for match in _VALUE.finditer(key):
        amount = _amount(match["number"], match["scale"])
        if amount is None or any(start <= match.start() < end for start, end in dated):
            continue
        amount, unit = _counted(amount, match)
        loose = amount == 1 and unit not in _EXACT and not match["number"].isdigit()
        bound = _bound(key, match.start(), match.end())
        out.append(Value(amount, unit, match.start(), match.end(), bound, loose))
    for match in _EVERY.finditer(key):
        out.append(Value(1, f"每{match['unit'].removeprefix('个')}", match.start(), match.end()))
    for start, end, amount, unit in _shares(key):
        out.append(Value(amount, unit, start, end, _bound(key, start, end)))
    return sorted(out, key=lambda value: value.start)


def without_values(key: str) -> str:
    """A key with its numbers, addresses and dates cut out."""
    for pattern in (_PERCENT, _FRACTION, _VALUE, _DATE):
        key = pattern.sub(lambda match: "|" if match.group() else "", key)
    return key


def _counted(amount: float, match: re.Match[str]) -> tuple[float, str]:
    """The amount in the unit that other writings of it are compared in: 两年 is 24 months."""
    unit = match["unit"].removeprefix("个") or "个"
    unit = _SAME_UNIT.get(unit, unit)
    if match["ordinal"]:
        suffix = parse_number(match["suffix"]) if match["suffix"] else None
        return amount, f"第{match['unit']}" + (f"之{suffix}" if suffix else "")
    if unit == "年":
        return amount * 12 + (6 if match["half"] else 0), "月"
    if unit == "季度":
        return amount, "季"
    return amount, unit


def _shares(key: str) -> Iterator[tuple[int, int, float, str]]:
    for match in _PERCENT.finditer(key):
        amount = _amount(match["number"], "")
        if amount is not None:
            yield match.start(), match.end(), amount, "%"
    for match in _FRACTION.finditer(key):
        below, above = parse_number(match["below"]), parse_number(match["above"])
        if below and above and match["below"] != "百":
            yield match.start(), match.end(), above / below, "分之"
    for match in _HALF.finditer(key):
        yield (match.start(), match.end(), *((6.0, "月") if match["year"] else (0.5, "分之")))


def _amount(number: str, scale: str) -> float | None:
    plain = float(number) if number[0].isdigit() else parse_number(number)
    if plain is None:
        return None
    for character in scale:
        plain *= {"万": 1e4, "亿": 1e8}[character]
    return round(float(plain), 4)


def _bound(key: str, start: int, end: int) -> str:
    after = _BOUND_AFTER.match(key[end : end + 8])
    before = _BOUND_BEFORE.search(key[max(0, start - 8) : start])
    word = after["word"] if after else before["word"] if before else ""
    return next((side for pattern, side in _SIDES if pattern.search(word)), "") if word else ""


def days(key: str) -> list[Day]:
    """The dates of a key: 2024年7月1日, 7月1日, 2024年."""
    return [Day(int(m["year"] or 0), int(m["month"] or 0), int(m["day"] or 0)) for m in _dates(key)]


def _dates(key: str) -> Iterator[re.Match[str]]:
    for match in _DATE.finditer(key):
        if match.group() and not (key[match.start() - 1 : match.start()] or "x").isdigit():
            yield match
