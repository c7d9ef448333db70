"""Dates as Chinese documents write them: 2024年6月18日, 二〇二四年六月十八日, 2024-06-18, 2024.6."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from ingest.structure.numerals import ANY, CHINESE, parse_number

_Y = rf"(?P<y>[0-9０-９]{{4}}|[{CHINESE}0０]{{4}})"
_M = rf"(?P<m>[{ANY}]{{1,3}})"
_D = rf"(?P<d>[{ANY}]{{1,3}})"
_DAY = re.compile(rf"{_Y}[ 　]*年[ 　]*{_M}[ 　]*月[ 　]*{_D}[ 　]*[日号]")
_DIGITS = re.compile(
    r"(?<![0-9０-９])(?P<y>[0-9０-９]{4})(?P<sep>[-－/／.．])(?P<m>[0-9０-９]{1,2})(?P=sep)(?P<d>[0-9０-９]{1,2})(?![0-9０-９])"
)
_MONTH = re.compile(rf"{_Y}[ 　]*(?:年[ 　]*{_M}[ 　]*月|[-/.．]{_M.replace('<m>', '<m2>')}(?![0-9０-９]))")
_MONTH_DAY = re.compile(rf"(?<![年{ANY}]){_M}[ 　]*月[ 　]*{_D}[ 　]*日")
_ZEROS = str.maketrans(dict.fromkeys("OＯoｏΟО◯", "〇"))
"""What is typed for the round zero of 二〇二四年: Latin, Greek and Cyrillic O, a large circle."""
_DIGIT_ZEROS = str.maketrans("0０", "〇〇")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date found in a text, and where."""

    day: date
    start: int
    end: int


def make_day(year: str, month: str, day: str) -> date | None:
    """The date of three printed numbers, None when there is no such day."""
    if not year.isdecimal():  # 二0二四
        year = year.translate(_DIGIT_ZEROS)
    numbers = [parse_number(part) for part in (year, month, day)]
    if None in numbers:
        return None
    try:
        return date(*[n or 0 for n in numbers])
    except ValueError:
        return None


def days_in(text: str) -> list[Dated]:
    """All full dates of a text, in text order."""
    text = text.translate(_ZEROS)
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


_SERIAL = re.compile(r"[3-6][0-9]{4}(?:\.[0-9]+)?")
_COMPACT = re.compile(r"(?<!\d)(?P<y>20[0-9]{2})(?P<m>[01][0-9])(?P<d>[0-3][0-9])(?!\d)")
_LAST_DAYS = ((re.compile(r"月[ 　]*(?:上旬|初)"), 10), (re.compile(r"月[ 　]*(?:中旬|中)"), 20))
_PART = re.compile(
    rf"{_Y}[ 　]*年?度?[ 　]*(?:第?(?P<q>[{ANY}])[ 　]*季度?|(?P<h>上半年|下半年)|年?[ 　]*(?:底|末|内|终)|全年|度?$)"
)


def deadline(text: str) -> date | None:
    """A deadline cell as a date: a day, else the last day of the month, quarter, half or year it names.

    A number that a spreadsheet shows for a date it was not told to format counts days from 1899-12-30.
    """
    text = re.sub(r"[ 　]*([-－/／.．年月])[ 　]*", r"\1", text.strip())
    if _SERIAL.fullmatch(text):
        return date(1899, 12, 30) + timedelta(days=int(float(text)))
    days = days_in(text)
    if days:
        return days[-1].day
    if (compact := _COMPACT.search(text)) and (day := make_day(compact["y"], compact["m"], compact["d"])):
        return day
    for found in _MONTH.finditer(text):
        year, month = parse_number(found["y"]), parse_number(found["m"] or found["m2"])
        if year and month and 1900 <= year <= 2100 and 1 <= month <= 12:
            rest = text[found.end() - 1 :]
            last = next((day for pattern, day in _LAST_DAYS if pattern.match(rest)), monthrange(year, month)[1])
            return date(year, month, last)
    return _end_of_part(text)


def _end_of_part(text: str) -> date | None:
    found = _PART.search(text)
    year = parse_number(found["y"]) if found else None
    if not found or not year or not 1900 <= year <= 2100:
        return None
    quarter = parse_number(found["q"]) if found["q"] else None
    if quarter is not None and not 1 <= quarter <= 4:
        return None
    month = quarter * 3 if quarter else 6 if found["h"] == "上半年" else 12
    return date(year, month, monthrange(year, month)[1])
