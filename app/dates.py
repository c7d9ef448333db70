"""Dates in a question: which day it asks about, which edition it names, which years it limits itself to."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

_YEAR = r"(?P<year>(?:19|20)\d{2})"
_DAY = re.compile(
    rf"{_YEAR}(?:年度?|[-/.])(?:(?P<month>1[0-2]|0?[1-9])(?:月份?|[-/.](?=\d)|(?!\d))(?:(?P<day>3[01]|[12]\d|0?[1-9])[日号]?)?)?"
    r"(?P<part>年?初|年?底|年?末|年中|上半年|下半年)?"
)
_FINDING_NUMBER = re.compile(r"\d{4}-\d{1,2}-\d{3}")
_RELATIVE = re.compile(r"(?P<word>大前年|前年|去年|今年|上个?月|昨天)(?P<part>年?初|年?底|年?末|上半年|下半年)?")
_CHINESE_YEAR = re.compile(r"([〇零一二三四五六七八九]{4})(?=年)")
_BEFORE = re.compile(r"^(?:之前|以前|前(?![后面者段期述款条]))")
_AFTER = re.compile(r"^(?:之后|以后|以来|起)")


@dataclass(frozen=True, slots=True)
class Mention:
    """A date or period named in a question, as its first and last day, and where it stands in the key."""

    first: date
    last: date
    start: int
    end: int
    text: str
    before: bool = False  # 2021年以前

    @property
    def as_of(self) -> date:
        """The day a question about rules means by it: the last of the period, or the one before it."""
        return self.first - timedelta(days=1) if self.before else self.last


def plain_years(key: str) -> str:
    """二〇二一年 as 2021年; the length stays."""
    digits = {character: str(value) for value, character in enumerate("零一二三四五六七八九")} | {"〇": "0"}
    return _CHINESE_YEAR.sub(lambda m: "".join(digits[c] for c in m[1]), key)


def dates(key: str, today: date) -> list[Mention]:
    """The dates and periods a question names."""
    out: list[Mention] = []
    for match in _DAY.finditer(key):
        period = _period(match)
        if period is not None and _is_date(match, key):
            out.append(_mention(key, match, *period))
    for match in _RELATIVE.finditer(key):
        out.append(_mention(key, match, *_relative(match, today)))
    return sorted(out, key=lambda mention: mention.start)


def _is_date(match: re.Match[str], key: str) -> bool:
    """2024年 is one; 2024-1-017 (a finding's number) and 2024第 are not."""
    tail = key[match.end() : match.end() + 1]
    if _FINDING_NUMBER.match(key, match.start()):
        return False
    return not (tail == "-" or (match.group().isdigit()) or (key[match.start() - 1 : match.start()] or "x").isdigit())


def _mention(key: str, match: re.Match[str], first: date, last: date) -> Mention:
    before = _BEFORE.match(key[match.end() :])
    end = match.end() + (before.end() if before else 0)
    return Mention(first, last, match.start(), end, match.group(), before is not None)


def _period(match: re.Match[str]) -> tuple[date, date] | None:
    year, month, day, part = int(match["year"]), match["month"], match["day"], match["part"]
    try:
        if day:
            return (one := date(year, int(month), int(day))), one
        if month:
            first = date(year, int(month), 1)
            return first, first.replace(day=calendar.monthrange(year, int(month))[1])
    except ValueError:
        return None
    return _part(year, part)


def _part(year: int, part: str | None) -> tuple[date, date]:
    if part in ("年初", "初"):
        return date(year, 1, 1), date(year, 1, 31)
    if part == "年中":
        return date(year, 6, 1), date(year, 6, 30)
    if part == "上半年":
        return date(year, 1, 1), date(year, 6, 30)
    if part == "下半年":
        return date(year, 7, 1), date(year, 12, 31)
    return date(year, 1, 1), date(year, 12, 31)


def _relative(match: re.Match[str], today: date) -> tuple[date, date]:
    word = match["word"]
    if word == "昨天":
        return (one := today - timedelta(days=1)), one
    if word.startswith("上"):
        last = today.replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last
    year = today.year - {"今年": 0, "去年": 1, "前年": 2, "大前年": 3}[word]
    first, last = _part(year, match["part"])
    return first, min(last, today) if word == "今年" else last
