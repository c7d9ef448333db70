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

# A character followed by one syllable, in brackets or bare: a letter with the mark of a tone has no other business
# in Chinese text. The mark may be a combining one, or a figure (jing1); Taiwan's readings have signs of their own.
_LETTERS = "a-zɑɡü\u00e0-\u01dc\u0300-\u030c"
_SIGNS = "[\u02ca\u02c7\u02cb\u02d9\u3105-\u312f]{1,5}"
_ANNOTATED = re.compile(
    rf"(?P<character>[\u3400-\u9fff])(?:[(（\[［【〔]\s?(?P<reading>[A-Z]?[{_LETTERS}]{{1,9}}[1-5]?|{_SIGNS})\s?[)）\]］】〕]"
    rf"|[ \u00a0][(（\[]\s?(?P<apart>[A-Z]?[{_LETTERS}]{{1,9}}[1-5]?|{_SIGNS})\s?[)）\]] ?"
    rf"|(?P<bare>[{_LETTERS}]{{2,9}})(?![{_LETTERS}A-Z])(?=(?P<behind>[0-9-])?)|(?P<signs>{_SIGNS}))"
)
_SYLLABLE = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?[aeiouü]{0,2}[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ][aeiouü]{0,2}(?:ng|n|r)?|[ńňǹḿ]g?"
)
# The same without its tone, two letters at least: (a) and (e) number annexes.
_PLAIN_SYLLABLE = re.compile(
    r"(?:[bpmf]|[bpm]i|[dtnl]|[gkh]|[jqx](?=[iuv])|zh|ch|sh|[rzcsyw])"
    r"(?:a|ai|ao|an|ang|e|ei|en|eng|i|ia|iao|ian|iang|ie|in|ing|iong|iu|o|ong|ou|u|ua|uai|uan|uang|ue|ui|un|uo|v|ve|ü|üe)"
    r"|ai|an|ang|ao|er|ou"
)
# Neutral readings, only worth removing where others show that a converter wrote them.
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
    "巡察 巡視 黨委 紀委 黨組 黨支部 黨員 黨建 黨風廉政 總書記 習近平 國有企業 國資委 貫徹 從嚴治黨 集團公司 領導小組 領導班子"
    " 抓手 信息 軟件 質量 項目 部署 職工 幹部 印發 所屬單位 直屬單位 集團總部 公務接待 整改 落實 紀檢 民主集中制 三重一大 國務院 人民檢察院 人民法院 力度 到位 督辦 基層",
)
# Forms a genuine traditional text would write otherwise, with the contexts where it would not.
_LEFTOVER = re.compile(
    r"于(?!姓|謙|右任|是之|洪)|(?<![皇太王母帝天影歌])后(?!妃|土|冠|宮|羿|稷)|并(?!州|吞)|(?<![風神文光])采(?!風|邑|石磯)"
    r"|(?<![公英海華千百萬鄰故鄉萊])里(?!程|長|約|弄|昂|根|斯|拉)|計划|規划|党"
)
_NUMBERED = re.compile(r"〔\d{4}〕第?\d+號")  # how the mainland's offices number their documents
_PROPER = re.compile(r"[於後並併採裡裏劃黨]")
_CORNER_QUOTES = re.compile(r"[「」『』]")
_CURLY_QUOTES = re.compile(r"[“”]")

# Words such a converter puts for the mainland's, simplified: only those the mainland does not use itself, or hardly
# (档案 for 文件 and 支援 for 支持 could be the author's own). The first line is enough to know such a text by.
_SURE_TAIWAN = ["网际网路", "网路", "资讯", "程式", "软体", "硬体", "伺服器", "许可权", "印表机"]
_TAIWAN = dict(
    pair.split("=")
    for pair in [
        "网际网路=互联网",
        "网路=网络",
        "资讯=信息",
        "程式=程序",
        "软体=软件",
        "硬体=硬件",
        "伺服器=服务器",
        "许可权=权限",
        "印表机=打印机",
        "资料库=数据库",
        "最佳化=优化",
        "高阶=高级",
        "录影=录像",
        "影印=复印",
        "新增剂=添加剂",
        "物件=对象",
        "稽核=审核",
        "释出=发布",
        "使用者=用户",
        "行动电话=移动电话",
        "简讯=短信",
        "专案=项目",
        "萤幕=屏幕",
        "滑鼠=鼠标",
        "记忆体=内存",
        "光碟=光盘",
        "随身碟=U盘",
        "讯号=信号",
        "专案组=专案组",
        "专案审查=专案审查",
        "专案调查=专案调查",
        "储存=保存",
        "联络方式=联系方式",
    ]
)
_TAIWAN_WORDS = re.compile("|".join(sorted(_TAIWAN, key=len, reverse=True)))

_PARTICLE = re.compile(r"著(?![作名述称录书者有])(?<![显名专编巨卓论原译遗合拙土昭所]著)")

# Words of a text that is itself about readings.
_ABOUT_READINGS = re.compile(r"拼音|[读讀]音|多音字|[声聲][调調]|注音|[读讀]作|生僻字|[读讀]法")

_MANY_TERMS = 5  # words of mainland offices that nobody else's text has together
_OWN_WORDS = 0.3  # of the pairs of characters: a part of the same document shares .3 to .8, a quotation below .2
_MANY_READINGS = 6  # different ones: 设备id and 数据an are words beside a character too
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
    neutral: bool = False
    plain: bool = False  # neither tone nor bracket: 經jing


@dataclass(frozen=True, slots=True)
class Residue:
    """What is to be undone: readings of these characters, and whether the script was converted."""

    annotated: frozenset[str] = frozenset()
    toneless: frozenset[str] = frozenset()  # characters whose readings stand without a tone
    neutral: bool = False  # neutral readings (們(men)) too
    plain: bool = False  # those with neither tone nor bracket too
    converted: bool = False
    intruders: frozenset[str] = frozenset()  # what stands between the characters of words
    phrases: bool = False  # by a converter that also put Taiwan's words: 信息 became 資訊

    def undoes(self, annotation: Annotation) -> bool:
        """Whether this annotation is a converter's."""
        if annotation.toned:
            return annotation.character in self.annotated
        if annotation.plain and not self.plain:
            return False
        return annotation.character in self.toneless or (self.neutral and annotation.neutral)

    def simplified(self, text: str) -> str:
        """Converted text as it was before."""
        return simplify(text, phrases=self.phrases)


NO_RESIDUE = Residue()


def readings(text: str) -> Iterator[Annotation]:
    """The readings after characters, in order."""
    for match in _ANNOTATED.finditer(text):
        character = match["character"]
        raw = match["reading"] or match["apart"] or match["bare"] or match["signs"]
        reading = unicodedata.normalize("NFC", raw.replace("ɑ", "a").replace("ɡ", "g"))
        toned = re.fullmatch(_SIGNS, reading) is not None or _SYLLABLE.fullmatch(reading.lower()) is not None
        neutral = character + reading in _NEUTRAL
        if toned or neutral or _PLAIN_SYLLABLE.fullmatch(reading.rstrip("12345")):
            plain = not (toned or neutral) and match["bare"] is not None
            if plain and match["behind"]:
                continue
            yield Annotation(match.start(), match.end(), character, reading, toned, neutral, plain)


@cache
def converter() -> opencc.OpenCC:
    """Traditional → simplified by phrases (乾坤 stays, 乾燥 becomes 干燥); one a process."""
    return opencc.OpenCC("t2s")


def simplify(text: str, *, phrases: bool = False) -> str:
    """Traditional → simplified, the particle 著 → 着 included (沿著 → 沿着; 著作 and 顯著 keep theirs).

    With ``phrases`` the words that are only Taiwan's become the mainland's too.
    """
    plain = _PARTICLE.sub("着", converter().convert(text))
    return _TAIWAN_WORDS.sub(lambda match: _TAIWAN[match[0]], plain) if phrases else plain


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
    return _leaning(text) > 0


def is_simplified(text: str) -> bool:
    """Whether simplified characters outweigh traditional ones; a text may be neither."""
    return _leaning(text) < 0


def _leaning(text: str) -> int:
    """How many more characters are traditional only than simplified only."""
    traditional, simplified = script_characters()
    return sum(n * ((c in traditional) - (c in simplified)) for c, n in Counter(text).items())


def survey(pieces: Iterable[str]) -> Residue:
    """What residue a whole text shows, so that every piece of it is treated alike."""
    texts = list(pieces)
    found = [annotation for text in texts for annotation in readings(text)]
    traditional, simplified = script_characters()
    about = any(_ABOUT_READINGS.search(text) for text in texts)
    annotated = _undone([a for a in found if a.toned], about)
    plain_readings = [a for a in found if a.plain]
    plainly = len({a.reading for a in plain_readings}) >= _MANY_READINGS
    rest = [a for a in found if not (a.toned or a.neutral or (a.plain and not plainly))]
    toneless = _undone(rest, about, toned=annotated)
    told = any(character in traditional for character in annotated | toneless)  # only a converter explains 經
    neutral = sum(a.character in annotated | toneless for a in found) >= _FEW
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    old = [text for text in texts if is_traditional(text)]
    plain = [text for text in texts if is_simplified(text)]
    enough = sum(n for c, n in counts.items() if c in traditional) >= (_FEW if plain else _TRADITIONAL_ENOUGH)
    if not old or not (told or (enough and (_looks_converted(old, simplified) or _speaks_alike(old, plain)))):
        return Residue(annotated, toneless, neutral, plainly)
    return Residue(annotated, toneless, neutral, plainly, converted=True, phrases=_by_phrases(old))


def _undone(found: list[Annotation], about_readings: bool, toned: frozenset[str] = frozenset()) -> frozenset[str]:
    """The characters whose readings a converter wrote: it explains those that it changes, 經 and not 麻.

    Readings without a tone look like words and abbreviations: where no toned ones are beside them (``toned``), few
    of them prove nothing.
    """
    ways: dict[str, set[str]] = {}
    for annotation in found:
        ways.setdefault(annotation.character, set()).add(annotation.reading)
    traditional, _ = script_characters()
    if about_readings and not any(c in traditional for c in ways):
        return frozenset()
    changed = frozenset(c for c in ways if c in traditional or (c in common_characters() and _has_traditional(c)))
    if len(found) < _FEW:
        sure = changed if all(annotation.toned for annotation in found) or toned else changed & traditional
        return frozenset(c for c in sure if c not in _POLYPHONES)
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
    points += _NUMBERED.search(whole) is not None
    terms = sum(term in whole for term in _TERMS)
    points += (terms >= 2) + (terms >= _MANY_TERMS)
    return points >= 2


def _speaks_alike(old: list[str], plain: list[str]) -> bool:
    """Whether traditional parts of a simplified text go on in its own words: no quotation, but a converted part."""
    whole = "\n".join(old)
    if len(plain) < _FEW or _CORNER_QUOTES.search(whole):
        return False
    if any(term in whole for term in _TERMS):
        return True
    pairs = {rest[i : i + 2] for rest in plain for i in range(len(rest) - 1)}
    own = [text[i : i + 2] for text in map(simplify, old) for i in range(len(text) - 1)]
    return sum(pair in pairs for pair in own) >= len(own) * _OWN_WORDS


def _by_phrases(texts: list[str]) -> bool:
    """Whether the converter replaced words: Taiwan's stand there, and the mainland's it would replace do not."""
    whole = simplify("\n".join(texts))
    taiwan = sum(whole.count(word) for word in _SURE_TAIWAN)
    return taiwan > 0 and taiwan > 3 * sum(whole.count(_TAIWAN[word]) for word in _SURE_TAIWAN)
