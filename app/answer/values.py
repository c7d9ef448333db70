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
    r"(?P<unit>个?工作日|个?自然日|个?小时|个?百分点|个?季度|个?星期|个?月|平方米|公里|分钟|日|天|周|年|元|%|倍|件|人|名|次|家|起|笔|户|处"
    r"|个|项|条|款|种|类|轮|级|分|页|份|字|岁|届|期|批|组|章|节|吨|台|点|成|号|位|篇|场|方面)"
)
_VALUE = re.compile(rf"(?P<ordinal>第)?{_NUMBER}(?:余|多)?{_UNIT}")
_PERCENT = re.compile(rf"百分之(?P<number>\d+(?:\.\d+)?|[{_CN}]+)")
_FRACTION = re.compile(rf"(?P<below>[{_CN}\d]+)分之(?P<above>[{_CN}\d]+)")
_DATE = re.compile(
    r"(?:(?P<year>(?:19|20)\d{2})年)?(?:(?P<month>1[0-2]|0?[1-9])月(?:(?P<day>3[01]|[12]\d|0?[1-9])[日号])?)?"
)
_BOUND_AFTER = re.compile(r"^(?:\([^)]*\)|含本数)?(?P<word>以上|以下|以内|之内|以外|之前|内)")
_BOUND_BEFORE = re.compile(
    r"(?P<word>不(?:得|能|应)?(?:超过|多于|高于|大于)|不(?:得|能|应)?(?:少于|低于|小于)|超过|多于|高于|少于|低于|不足|不满|未满|未达到?|至少|最少|最低|最多|至多|最长|最高|达到?|满)$"
)
_SIDES = (
    (re.compile("不.*(?:超过|多于|高于|大于)|以内|之内|内$|以下|最多|至多|最长|最高|之前"), "most"),
    (re.compile("不(?:足|满)|未满|未达|^(?:少于|低于)"), "less"),
    (re.compile("不.*(?:少于|低于|小于)|以上|至少|最少|最低|达|^满"), "least"),
    (re.compile("超过|多于|高于|以外"), "more"),
)
_SAME_UNIT = {"天": "日", "自然日": "日", "周": "星期", "名": "人", "位": "人"}
_LOOSE_ONES = frozenset(
    {"个", "种", "项", "名", "份", "人", "点", "次", "类", "件", "方面", "级", "条", "款", "起", "批"}
)
"""一个, 一项, 一次 are articles more often than counts."""


@dataclass(frozen=True, slots=True)
class Value:
    """A number with its unit, where it stands in a key, and on which side of it the bound is ("" for none)."""

    amount: float
    unit: str  # 第条 for an ordinal
    start: int
    end: int
    bound: str = ""

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

    def meets(self, other: Day) -> bool:
        """Whether the parts that both have are the same, and they have one in common."""
        pairs = [(a, b) for a, b in zip(self.parts, other.parts, strict=True) if a and b]
        return bool(pairs) and all(a == b for a, b in pairs)

    def within(self, other: Day) -> bool:
        """Whether ``other`` has every part that this has, the same."""
        return all(not a or a == b for a, b in zip(self.parts, other.parts, strict=True))

    @property
    def parts(self) -> tuple[int, int, int]:
        """Year, month, day."""
        return self.year, self.month, self.day


def key_of(text: str) -> str:
    """The form in which values are looked for."""
    return plain_years(search_key(text)).replace(",", "")


def values(key: str) -> list[Value]:
    """The numbers with units of a key, dates left out."""
    dated = [match.span() for match in _dates(key)]
    out = []
    for match in _VALUE.finditer(key):
        if any(start <= match.start() < end for start, end in dated):
            continue
        amount = _amount(match["number"], match["scale"])
        if amount is None:
            continue
        unit = match["unit"].removeprefix("个") or "个"
        unit = _SAME_UNIT.get(unit, unit)
        if match["ordinal"]:
            unit = "第" + unit
        elif amount == 1 and unit in _LOOSE_ONES and not match["number"].isdigit():
            continue
        out.append(Value(amount, unit, match.start(), match.end(), _bound(key, match.start(), match.end())))
    for match in _PERCENT.finditer(key):
        amount = _amount(match["number"], "")
        if amount is not None:
            out.append(Value(amount, "%", match.start(), match.end(), _bound(key, match.start(), match.end())))
    for match in _FRACTION.finditer(key):
        below, above = parse_number(match["below"]), parse_number(match["above"])
        if below and above and match["below"] != "百":
            bound = _bound(key, match.start(), match.end())
            out.append(Value(above / below, "分之", match.start(), match.end(), bound))
    return sorted(out, key=lambda value: value.start)


def _amount(number: str, scale: str) -> float | None:
    plain = float(number) if number[0].isdigit() else parse_number(number)
    if plain is None:
        return None
    for character in scale:
        plain *= {"万": 1e4, "亿": 1e8}[character]
    return float(plain)


def _bound(key: str, start: int, end: int) -> str:
    after = _BOUND_AFTER.match(key[end : end + 8])
    before = _BOUND_BEFORE.search(key[max(0, start - 6) : start])
    word = after["word"] if after else before["word"] if before else ""
    return next((side for pattern, side in _SIDES if pattern.search(word)), "") if word else ""


def days(key: str) -> list[Day]:
    """The dates of a key: 2024年7月1日, 7月1日, 2024年."""
    return [Day(int(m["year"] or 0), int(m["month"] or 0), int(m["day"] or 0)) for m in _dates(key)]


def _dates(key: str) -> Iterator[re.Match[str]]:
    for match in _DATE.finditer(key):
        if match.group() and not (key[match.start() - 1 : match.start()] or "x").isdigit():
            yield match
