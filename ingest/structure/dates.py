"""Dates as Chinese documents write them: 2024年6月18日, 二〇二四年六月十八日, 2024-06-18, 2024.6."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from ingest.structure.numerals import ANY, CHINESE, parse_number

_Y = rf"(?P<y>[0-9０-９]{{4}}|[{CHINESE}]{{4}})"
_M = rf"(?P<m>[{ANY}]{{1,3}})"
_D = rf"(?P<d>[{ANY}]{{1,3}})"
_DAY = re.compile(rf"{_Y}[ 　]*年[ 　]*{_M}[ 　]*月[ 　]*{_D}[ 　]*[日号]")
_DIGITS = re.compile(
    r"(?<![0-9０-９])(?P<y>[0-9０-９]{4})(?P<sep>[-－/／.．])(?P<m>[0-9０-９]{1,2})(?P=sep)(?P<d>[0-9０-９]{1,2})(?![0-9０-９])"
)
_MONTH = re.compile(rf"{_Y}[ 　]*(?:年[ 　]*{_M}[ 　]*月|[-/.．]{_M.replace('<m>', '<m2>')}(?![0-9０-９]))")
_YEAR = re.compile(rf"{_Y}[ 　]*年(?:底|末|内|度)?$")
_MONTH_DAY = re.compile(rf"(?<![年{ANY}]){_M}[ 　]*月[ 　]*{_D}[ 　]*日")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date found in a text, and where."""

    day: date
    start: int
    end: int


def make_day(year: str, month: str, day: str) -> date | None:
    """The date of three printed numbers, None when there is no such day."""
    numbers = [parse_number(part) for part in (year, month, day)]
    if None in numbers:
        return None
    try:
        return date(*[n or 0 for n in numbers])
    except ValueError:
        return None


def days_in(text: str) -> list[Dated]:
    """All full dates of a text, in text order."""
    out = []
    for pattern in (_DAY, _DIGITS):
        for found in pattern.finditer(text):
            day = make_day(found["y"], found["m"], found["d"])
            if day:
                out.append(Dated(day, found.start(), found.end()))
    return sorted(out, key=lambda d: d.start)


def day_of_year(text: str, year: int) -> date | None:
    """The first 10月28日 of a text that names no year, in the given year."""
    for found in _MONTH_DAY.finditer(text):
        day = make_day(str(year), found["m"], found["d"])
        if day:
            return day
    return None


def years_in(text: str) -> set[int]:
    """The years a text names: 2024年, 二〇二四年."""
    found = re.finditer(rf"(?<![{ANY}]){_Y}[ 　]*年", text)
    return {y for m in found if (y := parse_number(m["y"])) and 1900 <= y <= 2100}


def deadline(text: str) -> date | None:
    """A deadline cell as a date: a day, else the last day of the month or year it names."""
    days = days_in(text)
    if days:
        return days[-1].day
    for found in _MONTH.finditer(text):
        year, month = parse_number(found["y"]), parse_number(found["m"] or found["m2"])
        if year and month and 1 <= month <= 12:
            return date(year, month, monthrange(year, month)[1])
    last = _YEAR.search(text.strip())
    year = parse_number(last["y"]) if last else None
    return date(year, 12, 31) if year and 1900 <= year <= 2100 else None
