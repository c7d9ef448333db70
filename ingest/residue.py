"""Whether a text's script is damage: what a simplified original looks like after a script converter.

Converters leave residue: a reading in brackets after the characters they changed (經(jīng)理), forms that
genuine traditional text would not use (于 and 并 where it writes 於 and 並), mainland quotation marks and terms.
Genuine traditional text shows none of it and is left alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import opencc

# A character directly followed by one lower-case syllable in brackets. The tone mark may be a combining one.
_ANNOTATED = re.compile(r"(?P<character>[\u3400-\u9fff])[(（](?P<reading>[a-zɑɡü\u00e0-\u01dc\u0300-\u030c]{1,9})[)）]")
_SYLLABLE = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?[aeiouü]{0,2}[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][aeiouü]{0,2}(?:ng|n|r)?|[ńňǹḿ]g?"
)
# Readings without a tone; only worth removing where others show that a converter wrote them.
_NEUTRAL = frozenset(
    re.split(
        r"\s",
        "们men 們men 么me 麼me 个ge 個ge 着zhe 著zhe 吗ma 嗎ma 头tou 頭tou 儿er 兒er 里li 裡li 裏li 呢ne 吧ba 了le 的de 得de 地de 子zi",
    )
)
# Characters of several readings, which authors do annotate one by one: 乐(lào)亭, 会(kuài)计.
_POLYPHONES = frozenset(
    "乐会长还单盖种朴车万尽干发传弹调藏处当都重行朝降解省曾更参差供应相強强数卷奇校钻石宁厦台尉仇查任区召葛华洞泊涡六丁樂會長還單蓋種樸車萬盡幹乾發傳彈調處當數鑽寧廈區華渦"
)
_TERMS = re.split(
    r"\s",
    "巡察 巡視 黨委 紀委 黨組 黨支部 總書記 習近平 國有企業 貫徹落實 從嚴治黨 集團公司 領導小組 抓手 信息 軟件 質量 部署 職工 幹部",
)
# Forms a genuine traditional text would write otherwise, with the contexts where it would not.
_LEFTOVER = re.compile(
    r"于(?!姓|謙|右任|是之|洪)|(?<![皇太王母帝天影歌])后(?!妃|土|冠|宮|羿|稷)|并(?!州|吞)|(?<![風神文光])采(?!風|邑|石磯)"
    r"|(?<![公英海華千百萬鄰故鄉萊])里(?!程|長|約|弄|昂|根|斯|拉)|計划|規划|党"
)
_PROPER = re.compile(r"[於後並併採裡裏劃黨]")
_CORNER_QUOTES = re.compile(r"[「」『』]")
_CURLY_QUOTES = re.compile(r"[“”]")

_PARTICLE = re.compile(r"著(?![作名述称录书者有])(?<![显名专编巨卓论原译遗合拙土昭所]著)")

# Words of a text that is itself about readings.
_ABOUT_READINGS = re.compile(r"拼音|[读讀]音|多音字|[声聲][调調]|注音|[读讀]作|生僻字|[读讀]法")

_FEW = 3  # annotations from which on they are a converter's work, not an author's
_TRADITIONAL_ENOUGH = 10  # traditional characters below which script says nothing


@dataclass(frozen=True, slots=True)
class Annotation:
    """A reading in brackets: ``start`` is the annotated character's place, ``end`` the bracket's end."""

    start: int
    end: int
    character: str
    reading: str
    toned: bool


@dataclass(frozen=True, slots=True)
class Residue:
    """What is to be undone: readings of these characters, and whether the script was converted."""

    annotated: frozenset[str] = frozenset()
    neutral: bool = False  # toneless readings (們(men)) too
    converted: bool = False

    def undoes(self, annotation: Annotation) -> bool:
        """Whether this annotation is a converter's."""
        return annotation.character in self.annotated if annotation.toned else self.neutral


NO_RESIDUE = Residue()


def readings(text: str) -> Iterator[Annotation]:
    """The readings in brackets directly after a character, in order."""
    for match in _ANNOTATED.finditer(text):
        character, raw = match["character"], match["reading"]
        reading = unicodedata.normalize("NFC", raw.replace("ɑ", "a").replace("ɡ", "g"))
        toned = _SYLLABLE.fullmatch(reading) is not None
        if toned or character + reading in _NEUTRAL:
            yield Annotation(match.start(), match.end(), character, reading, toned)


@cache
def converter() -> opencc.OpenCC:
    """Traditional → simplified by phrases (乾坤 stays, 乾燥 becomes 干燥); one a process."""
    return opencc.OpenCC("t2s")


def simplify(text: str) -> str:
    """Traditional → simplified, the particle 著 → 着 included (沿著 → 沿着; 著作 and 顯著 keep theirs)."""
    return _PARTICLE.sub("着", converter().convert(text))


@cache
def script_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Characters only traditional text has, and characters only simplified text has.

    The national standards say it: one is in Big5 and not in GB 2312, and changes when simplified; the other
    is in GB 2312 and not in Big5.
    """
    simplified, traditional = _standard("gb2312"), _standard("big5")
    changed = frozenset(c for c in traditional - simplified if converter().convert(c) != c)
    return changed | {"於", "瞭"}, simplified - traditional


@cache
def common_characters() -> frozenset[str]:
    """The 3,755 everyday characters of GB 2312 (its first level): nobody writes a reading after these."""
    return frozenset(c for c in _standard("gb2312") if 0xB0 <= c.encode("gb2312")[0] <= 0xD7)


def _standard(encoding: str) -> frozenset[str]:
    found = set()
    for lead in range(0xA1, 0xFF):
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            try:
                character = bytes((lead, trail)).decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\u4e00" <= character <= "\u9fff":
                found.add(character)
    return frozenset(found)


def is_traditional(text: str) -> bool:
    """Whether traditional characters outweigh simplified ones."""
    traditional, simplified = script_characters()
    return sum(1 for c in text if c in traditional) > sum(1 for c in text if c in simplified)


def survey(pieces: Iterable[str]) -> Residue:
    """What residue a whole text shows, so that every piece of it is treated alike."""
    texts = list(pieces)
    found = [annotation for text in texts if "(" in text or "（" in text for annotation in readings(text)]
    traditional, simplified = script_characters()
    annotated = _undone([a for a in found if a.toned], any(_ABOUT_READINGS.search(text) for text in texts))
    told = any(character in traditional for character in annotated)  # only a converter explains 經 to its readers
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    if sum(n for c, n in counts.items() if c in traditional) < _TRADITIONAL_ENOUGH and not told:
        return Residue(annotated)
    old = [text for text in texts if is_traditional(text)]
    converted = bool(old) and (told or _looks_converted(old, simplified))
    return Residue(annotated, neutral=sum(a.character in annotated for a in found) >= _FEW, converted=converted)


def _undone(found: list[Annotation], about_readings: bool) -> frozenset[str]:
    """The characters whose readings a converter wrote: it explains those that it changes, 經 and not 麻."""
    ways: dict[str, set[str]] = {}
    for annotation in found:
        ways.setdefault(annotation.character, set()).add(annotation.reading)
    traditional, _ = script_characters()
    if about_readings and not any(c in traditional for c in ways):
        return frozenset()
    changed = frozenset(c for c in ways if c in traditional or (c in common_characters() and _has_traditional(c)))
    if len(found) < _FEW:
        return frozenset(c for c in changed if c not in _POLYPHONES)
    several = sum(1 for each in ways.values() if len(each) > 1)  # a table of 多音字: 重(zhòng)、重(chóng)
    if several * 3 > len(ways) or len(changed) * 10 < len(ways) * 7:
        return frozenset()
    return frozenset(ways)


@cache
def _has_traditional(character: str) -> bool:
    return bool(opencc.OpenCC("s2t").convert(character) != character)


def _looks_converted(texts: list[str], simplified: frozenset[str]) -> bool:
    """Points for residue, two decide; corner quotation marks are the mark of genuine traditional text."""
    whole = "\n".join(texts)
    if _CORNER_QUOTES.search(whole):
        return False
    leftover, proper = len(_LEFTOVER.findall(whole)), len(_PROPER.findall(whole))
    points = 2 if leftover >= 2 and leftover >= proper else int(leftover >= 1 and leftover * 3 >= proper)
    points += any(c in simplified for c in whole)
    points += _CURLY_QUOTES.search(whole) is not None
    points += sum(term in whole for term in _TERMS) >= 2
    return points >= 2
