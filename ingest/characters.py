"""Characters that stand for another character: what a font or a PDF wrote instead of the one a reader sees.

Only one-to-one replacements that keep the meaning live here; width folding and traditional → simplified are
the search key's business.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# CJK Radicals Supplement: Unicode gives most of them no decomposition, yet PDF fonts write them for the
# ideographs of the same shape (EquivalentUnifiedIdeograph.txt has the pairs; these are the ones met in Chinese).
_RADICALS = dict(
    zip(
        "⺁⺄⺇⺈⺋⺌⺍⺎⺐⺒⺓⺔⺕⺗⺙⺛⺝⺟⺠⺡⺢⺣⺥⺦⺨⺪⺫⺬⺭⺮⺰⺱⺲⺳⺴⺶⺷⺹⺺⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "厂乙几刀巳小小兀尢巳幺彑彐心攵旡月母民氵氺灬爫丬犭疋目示礻竹糹罓罒罓罓羊羊耂聿肉臼艹艹艹虎衤覀西见角讠贝足车辶辶辶阝钅長镸长门阜阝雨青韦页风飞食飠飠饣首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙亀龟龟",
        strict=True,
    )
)

# Private-use code points with one well-known meaning: bullets and marks of the Symbol and Wingdings fonts
# (Word stores them as U+F000 + code), and the GBK user area that Windows once gave to real characters.
_PRIVATE = {
    "\uf0b7": "•",
    "\uf06c": "●",
    "\uf06e": "■",
    "\uf06f": "□",
    "\uf071": "❑",
    "\uf075": "◆",
    "\uf076": "❖",
    "\uf09f": "•",
    "\uf0a7": "▪",
    "\uf0a8": "□",
    "\uf0b2": "☆",
    "\uf0d8": "➢",
    "\uf0e0": "→",
    "\uf0e8": "➔",
    "\uf0fb": "✗",
    "\uf0fc": "✓",
    "\uf0fd": "☒",
    "\uf0fe": "☑",
    "\uf020": " ",
    "\uf02d": "-",
    "\ue5e5": "\u3000",
    "\ue7c7": "ḿ",
    "\ue7c8": "ǹ",
    "\ue815": "⺁",
    "\ue817": "𠂇",
    "\ue818": "𠂉",
    "\ue81e": "㑳",
    "\ue826": "㳠",
    "\ue831": "𡗗",
    "\ue83b": "𢦏",
    "\ue843": "𤇾",
    "\ue854": "䜣",
    "\ue855": "䜩",
    "\ue864": "𥄫",
}
# U+E76C… hold the vertical punctuation and suffixes of GBK rows A6 and A8; they are rare and stay as notices.

# Punctuation as a vertically set page turns it. U+FE30 is a two-dot leader by name and a colon to those who type it;
# ︹︺ stay, for offices type them themselves (14 in 1.3 million characters of official texts).
_VERTICAL = dict(
    zip(
        "︐︑︒︓︔︕︖︗︘︙︰︱︲︵︶︷︸︻︼︽︾︿﹀﹁﹂﹃﹄﹇﹈",
        "，、。：；！？〖〗…：—–（）｛｝【】《》〈〉「」『』［］",
        strict=True,
    )
)

# Invisible characters: zero-width, direction marks, soft hyphen, controls; a joiner between emoji stays.
_INVISIBLE = (
    r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad\u180e\ufff9-\ufffb"
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
    r"|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]"
    r"|(?<=[\u3400-\u9fff])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_SPACES = r"[\u00a0\u1680\u2000-\u200a\u202f\u205f]"

SUSPECT = re.compile(
    rf"(?P<invisible>{_INVISIBLE})|(?P<space>{_SPACES})"
    r"|(?P<kangxi>[\u2e80-\u2fd5])|(?P<compatibility>[\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe48\U0002f800-\U0002fa1f])"
    r"|(?P<private_use>[\ue000-\uf8ff])"
)
"""Finds what :func:`seen_as` may replace; the group's name is the rule's name."""

ODD = re.compile(
    r"[^\x09\x0a\x0d\x20-\x7e\u00a1-\u00ac\u00ae-\u167f\u1681-\u180d\u180f-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u2e7f"
    r"\u2fd6-\ud7ff\ufb00-\ufdff\ufe1a-\ufe2f\ufe49-\ufefe\uff00-\uffef]"
)
"""A quick look whether there can be any of them: no look-behind, so some ten times faster."""

EDGES = " \t\r\n\v\f\u3000\u00a0\u0085\u2028\u2029\u200b\u200e\u200f\ufeff\u2060"
"""What a piece of text never begins or ends with: white space and the invisible."""

_BYTES = "\u00a0\u0085"  # at an edge beside a Latin letter: the last byte of UTF-8 that was read as Latin-1


def trimmed(text: str) -> str:
    """The text without its edges; what may be a byte of a character read wrongly is none."""
    end = len(text.rstrip(EDGES))
    if end and "\u0080" <= text[end - 1] <= "\u02dc":
        while text[end : end + 1] and text[end] in _BYTES:
            end += 1
    return text[:end].lstrip(EDGES)


@cache
def seen_as(character: str) -> str:
    """The character a reader sees: 力 for ⼒, "" for the invisible, the same one where nothing is known."""
    if re.fullmatch(_INVISIBLE, character) or character in "\u200c\u200d" or unicodedata.category(character) == "Mn":
        return ""
    if re.fullmatch(_SPACES, character):
        return " "
    if character in _PRIVATE:
        return _RADICALS.get(_PRIVATE[character], _PRIVATE[character])
    if character in _RADICALS:
        return _RADICALS[character]
    if character in _VERTICAL:
        return _VERTICAL[character]
    normal = unicodedata.normalize("NFKC", character)
    return normal if len(normal) == 1 and "\u3400" <= normal <= "\U0003ffff" else character


def legible(text: str) -> str:
    """The text as a reader sees it, for recognising what it is; its length may change."""
    return SUSPECT.sub(lambda match: seen_as(match[0]), text) if ODD.search(text) else text
