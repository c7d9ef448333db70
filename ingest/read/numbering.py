"""List numbers that Word keeps in styles and only draws: 第三条, （二）, 1.1, as they are displayed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from ingest.document import chinese_number
from ingest.read.ooxml import attribute, below, child, local

_LEVELS = 9


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered."""

    start: int = 1
    format: str = "decimal"
    text: str = "%1."
    suffix: str = "tab"
    legal: bool = False  # all numbers in Arabic figures
    restart: int | None = None  # the level (from 1) whose step restarts this one; 0 never
    style: str | None = None  # the paragraph style linked to the level


@dataclass
class Numbering:
    """The lists of one document, and how far each has counted."""

    lists: Mapping[str, str] = field(default_factory=dict)  # numId → abstractNumId
    levels: Mapping[str, Mapping[int, Level]] = field(default_factory=dict)  # abstractNumId → levels
    overrides: Mapping[str, Mapping[int, Level]] = field(default_factory=dict)
    restarts: Mapping[str, Mapping[int, int]] = field(default_factory=dict)  # numId → level → start
    counts: dict[str, list[int | None]] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)

    def level_of_style(self, number: str, style: str | None) -> int:
        """The level linked to a paragraph style; 0 when none is."""
        found = self.levels.get(self.lists.get(number, ""), {})
        return next((index for index, level in found.items() if style and level.style == style), 0)

    def label(self, number: str, index: int) -> str | None:
        """The next number of a list at a level, as displayed with what follows it; None when there is none."""
        abstract = self.lists.get(number)
        if abstract is None or not 0 <= index < _LEVELS:
            return None
        levels = {**self.levels.get(abstract, {}), **self.overrides.get(number, {})}
        level = levels.get(index, Level())
        counts = self.counts.setdefault(abstract, [None] * _LEVELS)
        for at, start in self.restarts.get(number, {}).items():
            if (number, at) not in self.begun and at <= index:
                self.begun.add((number, at))
                counts[at] = start - 1
        now = counts[index]
        counts[index] = level.start if now is None else now + 1
        for deeper in range(index + 1, _LEVELS):
            restart = levels.get(deeper, Level()).restart
            if restart is None or (restart and index < restart):
                counts[deeper] = None
        if level.format in ("bullet", "none"):
            return ""

        def shown(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            value = counts[at]
            other = levels.get(at, Level())
            return number_text(other.start if value is None else value, "decimal" if level.legal else other.format)

        text = re.sub(r"%([1-9])", shown, level.text)
        return text + gap(text, level.suffix) if text.strip() else ""


def gap(text: str, suffix: str) -> str:
    """What stands between number and text: nothing after 、 and ）, a wide space after 第三条, else a space."""
    if suffix == "nothing" or text[-1:] in "、）】．，：　 ":
        return ""
    return "　" if re.search(r"[条章节编款]$", text) else " "


def read_numbering(root: etree._Element | None) -> Numbering:
    """The lists a numbering part defines."""
    if root is None:
        return Numbering()
    levels: dict[str, Mapping[int, Level]] = {}
    style_links: dict[str, str] = {}  # style → abstractNumId that defines it
    links: dict[str, str] = {}  # abstractNumId → style it takes its levels from
    for each in root:
        if local(each) != "abstractNum":
            continue
        key = attribute(each, "abstractNumId") or ""
        levels[key] = _levels(each)
        if (style := attribute(child(each, "styleLink"), "val")) is not None:
            style_links[style] = key
        if (style := attribute(child(each, "numStyleLink"), "val")) is not None:
            links[key] = style
    for key, style in links.items():
        levels[key] = levels.get(style_links.get(style, ""), levels[key])
    lists: dict[str, str] = {}
    overrides: dict[str, Mapping[int, Level]] = {}
    restarts: dict[str, dict[int, int]] = {}
    for each in root:
        if local(each) != "num":
            continue
        number = attribute(each, "numId") or ""
        lists[number] = attribute(child(each, "abstractNumId"), "val") or ""
        overrides[number] = _levels(each, within="lvlOverride")
        for override in each:
            start = attribute(child(override, "startOverride"), "val")
            at = attribute(override, "ilvl")
            if local(override) == "lvlOverride" and start and start.isdigit() and at and at.isdigit():
                restarts.setdefault(number, {})[int(at)] = int(start)
    return Numbering(lists, levels, overrides, restarts)


def _levels(parent: etree._Element, within: str | None = None) -> dict[int, Level]:
    found: dict[int, Level] = {}
    for each in parent:
        level = each if within is None else child(each, "lvl") if local(each) == within else None
        if level is None or local(level) != "lvl":
            continue
        index = attribute(level, "ilvl") or "0"
        restart = attribute(child(level, "lvlRestart"), "val")
        found[int(index) if index.isdigit() else 0] = Level(
            start=_int(attribute(child(level, "start"), "val"), 0 if child(level, "start") is None else 1),
            format=_format(level),
            text=attribute(child(level, "lvlText"), "val") or "",
            suffix=attribute(child(level, "suff"), "val") or "tab",
            legal=child(level, "isLgl") is not None and attribute(child(level, "isLgl"), "val") not in ("0", "false"),
            restart=_int(restart, 0) if restart is not None else None,
            style=attribute(child(level, "pStyle"), "val"),
        )
    return found


def _format(level: etree._Element) -> str:
    """The number format; Word wraps newer ones in an AlternateContent."""
    plain = child(level, "numFmt")
    if plain is None:
        plain = below(level, "AlternateContent", "Choice", "numFmt") or below(
            level, "AlternateContent", "Fallback", "numFmt"
        )
    return attribute(plain, "val") or "decimal"


def _int(text: str | None, default: int) -> int:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,9}", text) else default


def _chinese(value: int) -> str:
    return chinese_number(value) if 0 <= value <= 9999 else str(value)


def _from(characters: str) -> Callable[[int], str]:
    return lambda value: characters[value - 1] if 0 < value <= len(characters) else str(value)


def _letters(value: int) -> str:
    """A … Z, AA, BB, as Word counts."""
    return chr(ord("A") + (value - 1) % 26) * ((value - 1) // 26 + 1) if 0 < value <= 780 else str(value)


def _roman(value: int) -> str:
    out = ""
    for size, name in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"],
        strict=True,
    ):
        count, value = divmod(value, size) if value > 0 else (0, value)
        out += name * min(count, 20)
    return out


def _digits(digits: str) -> Callable[[int], str]:
    return lambda value: "".join(digits[int(c)] if c.isdigit() else c for c in str(value))


def _formal(value: int) -> str:
    """壹、贰 … 拾: the figures of cheques."""
    return _chinese(value).translate(str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟"))


_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_FORMATS: Mapping[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda value: f"{value:02d}",
    "decimalHalfWidth": str,
    "decimalFullWidth": _digits("０１２３４５６７８９"),
    "decimalFullWidth2": _digits("０１２３４５６７８９"),
    "chineseCounting": _chinese,
    "chineseCountingThousand": _chinese,
    "japaneseCounting": _chinese,
    "taiwaneseCounting": _chinese,
    "taiwaneseCountingThousand": _chinese,
    "koreanCounting": _chinese,
    "ideographDigital": _digits("〇一二三四五六七八九"),
    "japaneseDigitalTenThousand": _digits("〇一二三四五六七八九"),
    "taiwaneseDigital": _digits("〇一二三四五六七八九"),
    "chineseLegalSimplified": _formal,
    "ideographLegalTraditional": _formal,
    "ideographTraditional": _from("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _from("子丑寅卯辰巳午未申酉戌亥"),
    "decimalEnclosedCircle": _from(_CIRCLED),
    "decimalEnclosedCircleChinese": _from(_CIRCLED),
    "ideographEnclosedCircle": _from("㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"),
    "decimalEnclosedParen": _from("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"),
    "decimalEnclosedFullstop": _from("⒈⒉⒊⒋⒌⒍⒎⒏⒐⒑⒒⒓⒔⒕⒖⒗⒘⒙⒚⒛"),
    "upperLetter": _letters,
    "lowerLetter": lambda value: _letters(value).lower(),
    "upperRoman": _roman,
    "lowerRoman": lambda value: _roman(value).lower(),
}


def number_text(value: int, style: str) -> str:
    """A number in one of Word's formats; Arabic figures for the ones not known."""
    return _FORMATS.get(style, str)(value)
