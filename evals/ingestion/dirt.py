"""What arrives dirty comes out clean: every kind of dirt, at three strengths, over the texts of ``corpus/``.

Each text is damaged, written as a file, read by the product's own reader and compared sentence by sentence with
what a careful person would make of it. A sentence whose characters are lost (censored, overwritten) is expected to
stay as it is, and to be reported.
"""

from __future__ import annotations

import html
import io
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evals.corpus import CORPUS
from evals.ingestion.measure import Figure, shared_data
from ingest.clean import original_text
from ingest.document import BlockKind, Document
from ingest.errors import YoujuError
from ingest.read.reader import read, read_bytes
from ingest.segment import search_key

STRENGTHS = ("light", "middle", "heavy")
FORMATS = (".txt", ".html", ".md", ".docx")
TARGET = 0.99

Lines = list[str]


@dataclass(frozen=True, slots=True)
class Text:
    """A clean text of the corpus, by lines; the first ``headings`` marks tell which lines are headings."""

    name: str
    lines: tuple[str, ...]
    headings: frozenset[int]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A damaged text: its lines, what cleaning should make of them, and its bytes where they are not those of the lines."""

    lines: Sequence[str]
    wanted: Sequence[str]
    folded: bool = False  # compared by search key: width and 零 stay as they are in the text
    reported: str = ""  # the notice that has to be there
    data: bytes | None = None


Damage = Callable[[Text, int, random.Random], Damaged]


def corpus_texts(folder: Path = CORPUS) -> list[Text]:
    """The texts of the corpus as the reader gives them, ledgers left out."""
    out = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".md", ".txt", ".html", ".docx") and path.name != "README.md":
            document = read(path)
            blocks = [block for block in document.blocks if block.kind is not BlockKind.ROW]
            lines = tuple(block.span.of(document.text) for block in blocks)
            marked = frozenset(i for i, block in enumerate(blocks) if block.kind is BlockKind.HEADING)
            out.append(Text(path.relative_to(folder).as_posix(), lines, marked))
    return out


# ---------------------------------------------------------------- readings and script


# Characters whose form a converter changes, with their readings as such sites print them.
_READINGS = dict(
    zip(
        "经发现业责织监组务关认级应实动领导总设办项们规质资财结专报题检严产给当构纪视强权报选标准执这进问学决备节约员记执调评处论书从条与万个义厂广归办对过还时东车长门马鸟龙齐农众优会传伤儿党兰兴养写军冲减况净准",
        [
            "jīng",
            "fā",
            "xiàn",
            "yè",
            "zé",
            "zhī",
            "jiān",
            "zǔ",
            "wù",
            "guān",
            "rèn",
            "jí",
            "yīng",
            "shí",
            "dòng",
            "lǐng",
            "dǎo",
            "zǒng",
            "shè",
            "bàn",
            "xiàng",
            "men",
            "guī",
            "zhì",
            "zī",
            "cái",
            "jié",
            "zhuān",
            "bào",
            "tí",
            "jiǎn",
            "yán",
            "chǎn",
            "gěi",
            "dāng",
            "gòu",
            "jì",
            "shì",
            "qiáng",
            "quán",
            "bào",
            "xuǎn",
            "biāo",
            "zhǔn",
            "zhí",
            "zhè",
            "jìn",
            "wèn",
            "xué",
            "jué",
            "bèi",
            "jié",
            "yuē",
            "yuán",
            "jì",
            "zhí",
            "diào",
            "píng",
            "chù",
            "lùn",
            "shū",
            "cóng",
            "tiáo",
            "yǔ",
            "wàn",
            "gè",
            "yì",
            "chǎng",
            "guǎng",
            "guī",
            "bàn",
            "duì",
            "guò",
            "hái",
            "shí",
            "dōng",
            "chē",
            "cháng",
            "mén",
            "mǎ",
            "niǎo",
            "lóng",
            "qí",
            "nóng",
            "zhòng",
            "yōu",
            "huì",
            "chuán",
            "shāng",
            "ér",
            "dǎng",
            "lán",
            "xīng",
            "yǎng",
            "xiě",
            "jūn",
            "chōng",
            "jiǎn",
            "kuàng",
            "jìng",
            "zhǔn",
        ],
        strict=True,
    )
)
_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ", "aaaaeeeeiiiioooouuuuvvvv")
_BRACKETS = ("()", "（）", "[]")


@cache
def _converter(name: str) -> Callable[[str], str]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC(name).convert
    return convert


def _readings(converter: str | None, toned: bool, brackets: str = "()") -> Damage:
    def damage(text: Text, strength: int, chance: random.Random) -> Damaged:
        share = (0.1, 0.4, 0.9)[strength]

        def annotated(line: str) -> str:
            shown = _converter(converter)(line) if converter else line
            if len(shown) != len(line):
                return shown
            out = []
            for old, new in zip(line, shown, strict=True):
                reading = _READINGS.get(old)
                out.append(new)
                if reading and chance.random() < share:
                    reading = reading if toned else reading.translate(_TONES)
                    out.append(f"{brackets[0]}{reading}{brackets[1]}" if brackets else reading)
            return "".join(out)

        return Damaged([annotated(line) for line in text.lines], text.lines)

    return damage


def _converted(converter: str) -> Damage:
    def damage(text: Text, strength: int, chance: random.Random) -> Damaged:
        convert = _converter(converter)
        cut = int(len(text.lines) * (0.3, 0.7, 1.0)[strength])  # a part pasted from a converted page, or all of it
        return Damaged([convert(line) if i < cut else line for i, line in enumerate(text.lines)], text.lines)

    return damage


# ---------------------------------------------------------------- encodings


def _misread(line: str, way: str) -> str:
    """A line as it shows after it was opened with the wrong encoding (and saved so)."""
    if way == "utf-8 as gbk":
        return line.encode().decode("gb18030", errors="replace")
    if way == "utf-8 as cp1252":
        return "".join(bytes((b,)).decode("cp1252", errors="ignore") or chr(b) for b in line.encode())
    if way == "utf-8 as latin-1":
        return line.encode().decode("latin-1")
    if way == "utf-8 as latin-1, twice":
        return line.encode().decode("latin-1").encode().decode("latin-1")
    return line.encode("gb18030").decode("latin-1")


def _recoverable(line: str, shown: str, way: str) -> str:
    """What is left of a line: the byte that GBK cannot pair is gone, and its character with it."""
    if way != "utf-8 as gbk":
        return line
    return shown.replace("\ufffd", "?").encode("gb18030").decode("utf-8", errors="replace")


def _mojibake(way: str, *, partial: bool) -> Damage:
    def damage(text: Text, strength: int, chance: random.Random) -> Damaged:
        share = (0.05, 0.2, 0.5)[strength] if partial else 1.0
        lines: Lines = []
        wanted: Lines = []
        for line in text.lines:
            hit = chance.random() < share
            shown = _misread(line, way) if hit else line
            lines.append(shown)
            wanted.append(_recoverable(line, shown, way) if hit else line)
        data = None if partial else "\n".join(lines).encode()
        return Damaged(lines, wanted, data=data)

    return damage


def _half_encoded(text: Text, strength: int, chance: random.Random) -> Damaged:
    """A file put together from two: some lines in GBK, the rest in UTF-8."""
    share = (0.1, 0.3, 0.5)[strength]
    data = b"\n".join(line.encode("gb18030" if chance.random() < share else "utf-8") for line in text.lines)
    return Damaged(text.lines, text.lines, data=data)


# ---------------------------------------------------------------- characters

_ODD = {
    chr(point): alike
    for first, last in ((0x2F00, 0x2FD5), (0xF900, 0xFAD9))
    for point in range(first, last + 1)
    if (alike := unicodedata.normalize("NFKC", chr(point))) != chr(point) and len(alike) == 1
} | {
    "⻓": "长",
    "⻔": "门",
    "⻅": "见",
    "⻋": "车",
    "⻢": "马",
    "⻘": "青",
    "⺠": "民",
    "⻬": "齐",
    "⻜": "飞",
    "⻛": "风",
}
_INVISIBLE = "\u200b\u200c\u200d\ufeff\u2060\u00ad\u200e\u200f\u202a\u202c"
_SPACES = "\u00a0\u2002\u2003\u2009\u202f\u205f"


def _each_character(alike: Mapping[str, Sequence[str]], shares: tuple[float, float, float], **more: bool) -> Damage:
    def damage(text: Text, strength: int, chance: random.Random) -> Damaged:
        share = shares[strength]
        lines = [
            "".join(chance.choice(alike[c]) if c in alike and chance.random() < share else c for c in line)
            for line in text.lines
        ]
        return Damaged(lines, text.lines, folded=more.get("folded", False))

    return damage


def _compatibility() -> Damage:
    alike: dict[str, list[str]] = {}
    for odd, plain in _ODD.items():
        alike.setdefault(plain, []).append(odd)
    return _each_character(alike, (0.05, 0.3, 1.0))


def _width() -> Damage:
    plain = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ%"
    return _each_character({c: [chr(ord(c) + 0xFEE0)] for c in plain}, (0.2, 0.6, 1.0), folded=True)


def _unseen(text: Text, strength: int, chance: random.Random) -> Damaged:
    share = (0.01, 0.05, 0.25)[strength]

    def sown(line: str) -> str:
        out = [c if c != " " else chance.choice(_SPACES) for c in line]
        return "".join(c + (chance.choice(_INVISIBLE) if chance.random() < share else "") for c in out)

    return Damaged([sown(line) for line in text.lines], text.lines)


def _private_use(text: Text, strength: int, chance: random.Random) -> Damaged:
    """Characters of a font of its own: nobody can tell what they were."""
    share = (0.001, 0.005, 0.02)[strength]
    lines = [
        "".join(chr(0xE100 + ord(c) % 0x400) if c > "\u4e00" and chance.random() < share else c for c in line)
        for line in text.lines
    ]
    hit = any("\ue000" <= c <= "\uf8ff" for line in lines for c in line)
    return Damaged(lines, lines, reported="unknown_characters" if hit else "")


def _zeros(text: Text, strength: int, chance: random.Random) -> Damaged:
    """Years in Chinese digits, their 〇 written with whatever round thing was at hand."""
    digits = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))
    clean = [re.sub(r"\d{4}(?=年)", lambda m: "".join(digits[c] for c in m[0]), line) for line in text.lines]
    odd = ("○○", "○◯Ｏ", "○◯Ｏ0０O")[strength]
    lines = [
        re.sub(
            r"[〇一二三四五六七八九]{4}(?=年)",
            lambda m: "".join(chance.choice(odd) if c == "〇" else c for c in m[0]),
            line,
        )
        for line in clean
    ]
    return Damaged(lines, clean)


def _zero_words(text: Text, strength: int, chance: random.Random) -> Damaged:
    """零 for 〇 and the other way round: both are written, so only matching must not mind."""
    digits = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))
    clean = [re.sub(r"\d{4}(?=年)", lambda m: "".join(digits[c] for c in m[0]), line) for line in text.lines]
    share = (0.2, 0.6, 1.0)[strength]
    lines = ["".join("零" if c == "〇" and chance.random() < share else c for c in line) for line in clean]
    return Damaged(lines, clean, folded=True)


# ---------------------------------------------------------------- layout


def _spaced_headings(text: Text, strength: int, chance: random.Random) -> Damaged:
    gap = (" ", "　", "  ")[strength]

    def spread(line: str) -> str:
        match = re.match(r"(第[一二三四五六七八九十百零]+[章节编])[\s　]+(\S{1,12})$", line)
        if match:
            return " ".join(match[1]) + "　" + gap.join(match[2])
        article = re.match(r"(第[一二三四五六七八九十百零]+条)([\s　]+)", line)
        if article and strength > 0:
            return " ".join(article[1]) + article[2] + line[article.end() :]
        return line

    wanted = [
        re.sub(r"[\s　]+", "　", line) if re.match(r"第\S+[章节编条][\s　]", line) else line for line in text.lines
    ]
    lines = [spread(line) for line in text.lines]
    if re.fullmatch(r"[\u4e00-\u9fff]{4,20}", lines[0]):
        lines[0] = gap.join(lines[0])
    return Damaged(lines, wanted)


def _width_of(character: str) -> int:
    return 2 if ord(character) >= 0x1100 else 1


def _filled(line: str, columns: int, indent: str) -> Lines:
    """A paragraph set in lines of a width, closing punctuation kept off the beginning of a line."""
    out, current, used = [], indent, 2 * len(indent)
    for c in line:
        if used + _width_of(c) > columns and c not in "，。；：、！？”）》〕":
            out.append(current)
            current, used = "", 0
        current += c
        used += _width_of(c)
    return [*out, current]


def _wrapped(indent: str) -> Damage:
    def damage(text: Text, strength: int, chance: random.Random) -> Damaged:
        columns = (76, 60, 40)[strength]
        return Damaged([piece for line in text.lines for piece in _filled(line, columns, indent)], text.lines)

    return damage


_PAGE_NUMBERS = ("—{n}—", "- {n} -", "第{n}页 共{all}页", "第 {n} 页", "{n}", "{n}/{all}", "– {n} –", "－{n}－")


def _pages(*, wrapped: bool, header: bool) -> Damage:
    def damage(text: Text, strength: int, chance: random.Random) -> Damaged:
        height = (40, 25, 12)[strength]
        lines = [p for line in text.lines for p in _filled(line, 60, "　　")] if wrapped else list(text.lines)
        if not wrapped:  # a page ends in the middle of a paragraph
            lines = [p for i, line in enumerate(lines) for p in (_halves(line) if i % height == height - 1 else [line])]
        form = _PAGE_NUMBERS[chance.randrange(len(_PAGE_NUMBERS) - (0 if len(lines) > 4 * height else 4))]
        running = chance.choice(["岱川钢铁集团有限公司文件", "内部资料　注意保存", text.lines[0][:30]])
        pages = [lines[i : i + height] for i in range(0, len(lines), height)]
        out: Lines = []
        for n, page in enumerate(pages, 1):
            out += [running] if header and n > 1 else []
            out += [*page, form.format(n=n, all=len(pages))]
        return Damaged(out, text.lines)

    return damage


def _halves(line: str) -> Lines:
    cut = len(line) // 2
    return [line[:cut], line[cut:]] if len(line) > 40 and line[cut] not in "，。；：、！？”）》〕" else [line]


# ---------------------------------------------------------------- the web

_BEFORE = (
    "首页 > 集团动态 > 党建工作 > 正文",
    "您当前的位置：网站首页 >> 信息公开 >> 规章制度",
    "发布时间：2024-06-20 09:12　来源：集团党委工作部　浏览次数：1203次",
    "【字体：大 中 小】 打印本页 关闭窗口",
    "分享到：微信 新浪微博 QQ空间",
    "登录 | 注册 | 无障碍阅读 | 网站地图",
    "首页　集团概况　新闻中心　党的建设　信息公开　联系我们",
)
_AFTER = (
    "责任编辑：韩晓",
    "（责编：王小波、李源）",
    "上一篇：关于做好2024年度档案归档工作的通知",
    "下一篇：集团召开安全生产专题会议",
    "相关阅读：",
    "扫一扫在手机打开当前页",
    "版权所有：岱川钢铁集团有限公司　地址：岱川市钢城路1号　邮编：030000",
    "Copyright © 2020-2024 岱川钢铁集团 All Rights Reserved",
    "京ICP备12345678号-1　京公网安备 11010802012345号",
    "点击收藏 复制链接 微信扫一扫分享到朋友圈",
    "网站地图 | 联系我们 | 免责声明",
    "技术支持：岱川信息技术公司",
    "主办单位：岱川钢铁集团党委宣传部",
    "返回顶部",
)
_WITHIN = ("点击查看大图", "【相关新闻】", "分享到微信朋友圈", "图片来源：集团新闻中心")


def _web_lines(text: Text, strength: int, chance: random.Random) -> Damaged:
    """What a person copies together with the text of a page."""
    before = chance.sample(_BEFORE, (1, 3, len(_BEFORE))[strength])
    after = chance.sample(_AFTER, (2, 6, len(_AFTER))[strength])
    lines = list(text.lines)
    if strength == 2:
        lines.insert(len(lines) // 2, chance.choice(_WITHIN))
    return Damaged([*before, *lines, *after], text.lines)


# ---------------------------------------------------------------- what is lost

_SENSITIVE = ("腐败", "受贿", "举报", "问责", "违规", "违纪", "巡察", "监督", "整改", "责任")


def _censored(text: Text, strength: int, chance: random.Random) -> Damaged:
    """Words somebody has overwritten: they stay as they are and are reported."""
    share = (0.01, 0.05, 0.2)[strength]

    def hidden(match: re.Match[str]) -> str:
        word = match[0]
        if chance.random() >= share:
            return word
        return chance.choice(
            (f"{word[0]}*{word[1:]}", "××", "***", "□□", "某某", f"{word[0]}×", "XXX", "＊＊", f"{word[0]}●")
        )

    lines = [re.sub("|".join(_SENSITIVE), hidden, line) for line in text.lines]
    changed = any(a != b for a, b in zip(lines, text.lines, strict=True))
    return Damaged(lines, lines, reported="censored_characters" if changed else "")


def _together(text: Text, strength: int, chance: random.Random) -> Damaged:
    """A scrape as it really comes: converted with readings, odd characters, furniture around it."""
    damaged = _readings("s2t", True)(text, strength, chance)
    for damage in (_unseen, _web_lines):
        damaged = damage(Text(text.name, tuple(damaged.lines), text.headings), min(strength, 1), chance)
    return Damaged(damaged.lines, text.lines)


DIRT: Mapping[str, Damage] = {
    "readings, converted": _readings("s2t", True),
    "readings, converted, wide brackets": _readings("s2tw", True, "（）"),
    "readings, no tone, converted": _readings("s2t", False),
    "readings, simplified": _readings(None, True),
    "readings, no tone, simplified": _readings(None, False),
    "readings, no brackets": _readings("s2t", True, ""),
    "readings, square brackets": _readings(None, True, "[]"),
    "converted s2t": _converted("s2t"),
    "converted s2tw": _converted("s2tw"),
    "converted s2hk": _converted("s2hk"),
    "converted s2twp (phrases)": _converted("s2twp"),
    "UTF-8 as GBK": _mojibake("utf-8 as gbk", partial=False),
    "UTF-8 as cp1252": _mojibake("utf-8 as cp1252", partial=False),
    "UTF-8 as Latin-1": _mojibake("utf-8 as latin-1", partial=False),
    "UTF-8 as Latin-1 twice": _mojibake("utf-8 as latin-1, twice", partial=False),
    "GBK as Latin-1": _mojibake("gbk as latin-1", partial=False),
    "UTF-8 as GBK, some lines": _mojibake("utf-8 as gbk", partial=True),
    "UTF-8 as cp1252, some lines": _mojibake("utf-8 as cp1252", partial=True),
    "UTF-8 as Latin-1 twice, some lines": _mojibake("utf-8 as latin-1, twice", partial=True),
    "GBK as Latin-1, some lines": _mojibake("gbk as latin-1", partial=True),
    "GBK lines in UTF-8": _half_encoded,
    "Kangxi and compatibility": _compatibility(),
    "private use": _private_use,
    "〇 ○ O 0": _zeros,
    "零 for 〇": _zero_words,
    "full width": _width(),
    "invisible, odd spaces": _unseen,
    "spaced headings": _spaced_headings,
    "fixed width, indented": _wrapped("　　"),
    "fixed width": _wrapped(""),
    "pages": _pages(wrapped=False, header=False),
    "pages of fixed width": _pages(wrapped=True, header=False),
    "pages with running header": _pages(wrapped=False, header=True),
    "pages of fixed width, running header": _pages(wrapped=True, header=True),
    "web furniture": _web_lines,
    "censored": _censored,
    "all together": _together,
}

_WHOLE_FILE = {"UTF-8 as GBK", "UTF-8 as cp1252", "UTF-8 as Latin-1", "UTF-8 as Latin-1 twice", "GBK as Latin-1"}
PLAIN_KINDS = frozenset(
    {"fixed width, indented", "fixed width", "GBK lines in UTF-8"}
    | {name for name in DIRT if name.startswith("pages of fixed")}
    | _WHOLE_FILE
)
"""Kinds that only a plain text shows: elsewhere lines and bytes are the format's own business."""


# ---------------------------------------------------------------- files


def as_file(lines: Sequence[str], suffix: str, headings: frozenset[int] = frozenset()) -> bytes:
    """The lines as a file of a format; ``headings`` are marked where the format can."""
    if suffix == ".txt":
        return "\n".join(lines).encode()
    if suffix == ".md":
        return "\n\n".join(f"## {line}" if i in headings else line for i, line in enumerate(lines)).encode()
    if suffix == ".html":
        body = "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines)
        page = f'<html><head><meta charset="utf-8"><title></title></head><body><div class="content">{body}</div></body></html>'
        return page.encode()
    from docx import Document as Word

    word = Word()
    for line in lines:
        word.add_paragraph(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", line))
    held = io.BytesIO()
    word.save(held)
    return held.getvalue()


# ---------------------------------------------------------------- comparing

_ENDS = re.compile(r"(?<=[。！？；])|\n")
_WHITE = re.compile(r"\s+")
_GONE = re.compile(r"[?\ufffd]+")


def sentences(text: str, *, folded: bool = False) -> list[str]:
    """The sentences of a text, white space reduced to single spaces."""
    found = (_WHITE.sub(" ", _GONE.sub("□", each)).strip() for each in _ENDS.split(text))
    return [search_key(each).replace("零", "〇") if folded else each for each in found if each]


@dataclass(frozen=True, slots=True)
class Compared:
    """How the sentences of one reading compare."""

    right: int
    wanted: int
    foreign: int  # sentences that nobody wanted
    reported: bool
    restored: bool  # the edits give back what was read
    missing: tuple[str, ...]


def compare(document: Document | None, damaged: Damaged, given: str | None) -> Compared:
    """Compare a reading (None: it failed) with what it should be."""
    wanted = Counter(s for line in damaged.wanted for s in sentences(line, folded=damaged.folded))
    have = Counter(sentences(document.text, folded=damaged.folded)) if document is not None else Counter[str]()
    right = sum((wanted & have).values())
    foreign = max(0, sum((have - wanted).values()) - sum((wanted - have).values()))
    reported = not damaged.reported or (
        document is not None and any(notice.code == damaged.reported for notice in document.notices)
    )
    # A file that was mended as a whole is told by a notice and has no edits for it: its bytes are kept.
    whole = document is None or any(notice.code == "mojibake" for notice in document.notices)
    restored = (
        document is None or whole or given is None or _squeezed(original_text(document.text, document.edits)) == given
    )
    return Compared(right, sum(wanted.values()), foreign, reported, restored, tuple(wanted - have))


def _squeezed(text: str) -> str:
    return _EDGES.sub("", text)


_EDGES = re.compile(r"[\s\u200b\u200e\u200f\ufeff\u2060]+")


def _read(data: bytes, name: str) -> Document | None:
    try:
        return read_bytes(data, name)
    except YoujuError:
        return None


def damaged_readings(name: str, texts: Sequence[Text]) -> Iterator[tuple[int, str, Text, Damaged, Compared]]:
    """Every reading of one kind of dirt: (strength, suffix, text, damage, comparison)."""
    damage = DIRT[name]
    for strength in range(len(STRENGTHS)):
        for text in texts:
            damaged = damage(text, strength, random.Random(f"{name}:{strength}:{text.name}"))
            formats = FORMATS[:1] if name in PLAIN_KINDS else FORMATS
            for suffix in formats if strength == 1 else formats[:2]:
                headings = text.headings if len(damaged.lines) == len(text.lines) else frozenset[int]()
                data = damaged.data if damaged.data is not None else as_file(damaged.lines, suffix, headings)
                document = _read(data, f"a{suffix}")
                given = _squeezed("".join(damaged.lines)) if suffix == ".txt" and damaged.data is None else None
                yield strength, suffix, text, damaged, compare(document, damaged, given)


def measure(out: Path) -> Sequence[Figure]:
    """The share of sentences restored, per kind of dirt (the worst of its strengths), and what is touched wrongly."""
    texts = corpus_texts()
    out.mkdir(parents=True, exist_ok=True)
    figures = []
    with (out / "missed.jsonl").open("w", encoding="utf-8") as missed:
        for name in DIRT:
            figures += _kind(name, texts, missed.write)
    figures += _untouched(texts)
    return figures


def _kind(name: str, texts: Sequence[Text], write: Callable[[str], int]) -> list[Figure]:
    right, wanted, foreign = Counter[int](), Counter[int](), 0
    silent = unrestored = 0
    for strength, suffix, text, _, compared in damaged_readings(name, texts):
        right[strength] += compared.right
        wanted[strength] += compared.wanted
        foreign += compared.foreign
        silent += not compared.reported
        unrestored += not compared.restored
        if compared.missing or compared.foreign or not compared.restored:
            facts = {
                "kind": name,
                "strength": STRENGTHS[strength],
                "format": suffix,
                "text": text.name,
                "missing": compared.missing[:5],
                "foreign": compared.foreign,
                "restored": compared.restored,
            }
            write(json.dumps(facts, ensure_ascii=False) + "\n")
    shares = [right[s] / wanted[s] for s in sorted(wanted)]
    remark = " ".join(f"{share:.3f}" for share in shares)
    total = sum(wanted.values())
    remark += f"  多余 {foreign / total:.4f}" if foreign else ""
    remark += f"  未提示 {silent}" if silent else ""
    remark += f"  还原不出 {unrestored}" if unrestored else ""
    return [Figure(name, min(shares), TARGET, n=total, remark=remark)]


# ---------------------------------------------------------------- what is not dirt


GENUINE = (
    "第一條　本辦法依公司治理實務守則第十條規定訂定之。",
    "董事會應於每會計年度終了後三個月內，將營業報告書、財務報表及盈餘分派之議案提報股東會承認。",
    "主席宣布開會，並說明本次會議之議程。經出席委員討論後，一致決議通過，著由秘書處於兩週內公布實施。",
    "「關係企業」係指依法律規定，相互間具有控制與從屬關係之公司。",
    "處長如認為適當，可藉憲報公告修訂附表；任何人如無合理辯解而不遵從，即屬犯罪。",
    "該署接獲舉報後展開調查，發現涉案職員多次收受供應商提供的利益，案件現已轉交律政司跟進。",
    "監察院糾正案文指出，機關辦理採購未依規定公開招標，顯有違失，應檢討改善見復。",
    "先帝創業未半而中道崩殂，今天下三分，益州疲弊，此誠危急存亡之秋也。",
    "於是與其徒數十人，皆衣褐，捆屨織席以為食，里人稱之。",
    "裏海沿岸的里程碑、皇后與太后、乾隆與乾燥、丰采與風采、幾乎與茶几，皆依原文。",
)
"""Traditional text of its own right, written for this measure: laws, minutes, ordinances, classics."""

PLAIN = (
    "附件(a)、附件(b)与标准(an)同时执行，指标(KPI)按月上报，型号为ban-2。",
    "安徽亳(bó)州、山东莒(jǔ)县、浙江台(tāi)州三地分公司参加。",
    "本表中“×”表示未完成，“√”表示完成，尺寸为3×4米，共5*6=30块。",
    "第3页至第5页所列事项，由财务部负责。",
    "来源于上级单位的文件，按来源登记。",
    "□是　□否　□不适用",
    "岗位：出纳、会计、稽核　姓名：张 三、李 四",
    "A、B、C三个标段，见www.example.com公告，邮箱a_b@example.com。",
    "二十世纪九十年代，一百零五户，三〇一医院，零售额为零。",
    "编辑部责任编辑应当核对来源；打印件由打印人签字。",
)
"""Simplified lines that look like dirt and are none."""


def _untouched(texts: Sequence[Text]) -> list[Figure]:
    """False positives: edits and notices that clean texts get, besides the breaks of lines."""
    figures = []
    own = [Damaged(text.lines, text.lines) for text in texts]
    figures.append(_changes("corpus: sentences changed", own, FORMATS))
    genuine = [Damaged(GENUINE, GENUINE), *(Damaged([line] * 1, [line]) for line in GENUINE)]
    figures.append(_changes("genuine traditional: sentences changed", genuine, FORMATS[:2]))
    figures.append(_changes("lines that look like dirt: sentences changed", [Damaged(PLAIN, PLAIN)], FORMATS[:2]))
    figures += _laws()
    return figures


def _changes(name: str, texts: Sequence[Damaged], formats: Sequence[str]) -> Figure:
    changed = total = 0
    codes: Counter[str] = Counter()
    for damaged in texts:
        for suffix in formats:
            document = _read(as_file(damaged.lines, suffix), f"a{suffix}")
            compared = compare(document, damaged, None)
            changed += compared.wanted - compared.right + compared.foreign
            total += compared.wanted
            codes.update(notice.code for notice in document.notices) if document is not None else None
    return Figure(name, float(changed + sum(codes.values())), 0, at_least=False, n=total, remark=" ".join(codes))


_LAYOUT = frozenset({"line_wrap", "spacing", "space", "furniture"})


def _laws() -> list[Figure]:
    """Edits of the text itself (not its layout) in official texts; they are clean."""
    data = shared_data()
    if data is None:
        return [Figure("official texts: characters changed", None, remark="没有 ../shared/data")]
    paths = [*sorted((data / "documents").rglob("*.md")), *sorted((data / "documents").rglob("*.docx"))]
    paths += sorted((data / "laws_versions").rglob("*.md"))
    changed: Counter[str] = Counter()
    layout: Counter[str] = Counter()
    notices: Counter[str] = Counter()
    size = 0
    for path in paths:
        document = _read(path.read_bytes(), path.name)
        if document is None:
            continue
        size += len(document.text)
        for edit in document.edits:
            (layout if edit.rule in _LAYOUT else changed)[edit.rule] += 1
        notices.update(notice.code for notice in document.notices)
    remark = " ".join(f"{name}:{count}" for name, count in (*changed.items(), *layout.items(), *notices.items()))
    share = sum(changed.values()) / max(1, size) * 10_000
    return [Figure("official texts: changed per 10,000 characters", share, 5, at_least=False, n=size, remark=remark)]
