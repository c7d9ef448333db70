"""Enumerators: 一、 （一） 1. （1） ① and the spoken 一是 一要 第一， — recognised at a position of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.structure.numerals import CHINESE, parse_number

WRITTEN = ("一、", "（一）", "1.", "（1）", "①")
"""Styles of written enumerators from the outermost to the innermost, as Chinese documents nest them."""

SPOKEN = ("一是", "一要", "第一，", "一，")
"""Styles of enumerators inside spoken text."""

_PATTERNS: dict[str, re.Pattern[str]] = {
    "一、": re.compile(rf"(?P<n>[{CHINESE}]{{1,5}})[ 　]*[、．.][ 　]*"),
    "（一）": re.compile(rf"(?:[（(][ 　]*(?P<n>[{CHINESE}]{{1,5}})[ 　]*[)）]|(?P<one>[㈠-㈩]))[ 　]*"),
    "1.": re.compile(
        r"(?:(?P<n>[0-9０-９]{1,3})[ 　]*(?:[.．](?:(?![0-9０-９])|(?=[0-9]{4}年|[0-9]{1,2}月))|、)|(?P<one>[⒈-⒛]))[ 　]*"
    ),
    "（1）": re.compile(r"(?:[（(]?[ 　]*(?P<n>[0-9０-９]{1,3})[ 　]*[)）]|(?P<one>[⑴-⒇]))[ 　]*"),
    "①": re.compile(r"(?P<one>[①-⑳])[ 　]*"),
    "一是": re.compile(rf"(?P<n>[{CHINESE}]{{1,3}})是(?!否|非)"),
    "一要": re.compile(rf"(?P<n>[{CHINESE}]{{1,3}})要(?!求|点|素|件|么)"),
    "第一，": re.compile(rf"第(?P<n>[{CHINESE}]{{1,3}})(?:[条点个句件种类]?[，,、：:]|[种类]是)"),
    "一，": re.compile(rf"(?P<n>[{CHINESE}]{{1,2}})[，,]"),
}
_FIRST = {"㈠": "㈠", "⒈": "⒈", "⑴": "⑴", "①": "①"}


@dataclass(frozen=True, slots=True)
class Marker:
    """An enumerator: its style, number and the positions where it begins and its content begins."""

    style: str
    number: int
    start: int
    content: int
    word: str  # as printed, spaces removed: （一）, 一是

    @property
    def rank(self) -> int:
        """Depth of the style, outermost 0."""
        return WRITTEN.index(self.style) if self.style in WRITTEN else -1


def marker_at(text: str, position: int, end: int, styles: tuple[str, ...] = WRITTEN) -> Marker | None:
    """The enumerator of one of ``styles`` that begins at ``position``, if there is one."""
    for style in styles:
        found = _PATTERNS[style].match(text, position, end)
        if found is None:
            continue
        groups = found.groupdict()
        one = groups.get("one")
        if one is not None:
            number: int | None = ord(one) - _first_of(one) + 1
        else:
            number = parse_number(groups["n"])
        if number:
            word = "".join(found.group().split())
            return Marker(
                style, number, position, found.end(), word.rstrip("，,、：:") if style in ("第一，", "一，") else word
            )
    return None


def _first_of(one: str) -> int:
    """The code point of number one in the block of enclosed numbers that ``one`` belongs to."""
    return max(ord(first) for first in _FIRST if ord(first) <= ord(one))


def inline_positions(text: str, start: int, end: int, before: str) -> list[int]:
    """Positions after ``start`` where an enumerator may begin: preceded by one of ``before`` (spaces between)."""
    out = []
    for found in re.compile(rf"[{re.escape(before)}][ 　]*(?=\S)").finditer(text, start, end):
        if found.end() < end:
            out.append(found.end())
    return out
