"""Text that was once read with the wrong encoding and saved so: found by what it becomes when that is undone.

UTF-8 taken for Latin-1 or Windows-1252 (å¤ªé’¢), once or twice, or for GBK (澶╁湴); GBK taken for Latin-1 (ÌìµØ).
What a wrong reading lost for good becomes �: it is never guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from ingest.residue import common_characters

HAN = re.compile(r"[\u3400-\u9fff]")
_STRANGE = re.compile(
    r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x80-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd\u0370-\u052f\uac00-\ud7af]"
)
_LOST = "\ufffd"
# Windows-1252 as far as it goes, Latin-1 for the codes it leaves open; the Euro sign is GBK's 0x80 on Windows.
_CP1252 = {bytes((b,)).decode("cp1252", errors="ignore"): b for b in range(256)} | {chr(b): b for b in range(256)}
_HIGH = "\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2026\u2030\u2039\u203a\u20ac\u2122"
# From a letter that no Chinese text has to the last of its kind, with whatever ASCII and general punctuation between;
# a GBK character's second byte may be ASCII.
_LATIN_RUN = re.compile(rf"[\u0080-\u00ff\u0152-\u0192](?:[{_HIGH}\x20-\x7e\ufffd]*[{_HIGH}][\x40-\x7e]?)?")
_WIDE_RUN = re.compile(r"[^\x00-\x7f](?:[^\n\r]*[^\x00-\x7f])?")
_PLAUSIBLE = 0.9  # everyday characters among those won: .97 in real text
_MOST_LOST = 0.5  # of the characters won: every second run of UTF-8 read as GBK loses its last character
_DENSE = 0.7  # of the letters of GBK read as Latin-1: accented ones in a European text stand apart
_SIGNS = frozenset("×÷·°±§“”‘’—…•–")
_LEAST = 4  # bytes above ASCII below which a run proves nothing: é, ·, “”


@dataclass(frozen=True, slots=True)
class Mended:
    """``text[start:end]`` was meant to be ``meant``."""

    start: int
    end: int
    meant: str


def plausibility(text: str) -> float:
    """How much the text looks like real Chinese or plain ASCII, from 0 to 1.

    The share of everyday characters among ideographs: about .97 for real text, below .6 for GBK read as Big5.
    Letters of other scripts, private-use characters and controls count against it.
    """
    counts = Counter(text)
    han = sum(n for c, n in counts.items() if "\u3400" <= c <= "\u9fff")
    strange = sum(n for c, n in counts.items() if _STRANGE.match(c))
    if not han:
        return 1.0 - min(1.0, strange * 4 / max(1, len(text)))
    return sum(n for c, n in counts.items() if c in _everyday() and "\u3400" <= c <= "\u9fff") / (han + strange * 2)


@cache
def _everyday() -> frozenset[str]:
    """Everyday characters of both scripts: GB 2312's and Big5's first levels."""
    found = set(common_characters())
    for lead in range(0xA4, 0xC7):
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            try:
                found.add(bytes((lead, trail)).decode("big5"))
            except UnicodeDecodeError:
                continue
    return frozenset(found)


def mended(text: str, *, sure: bool = False) -> Iterator[Mended]:
    """The damaged runs of a text, in order, with what they were meant to be.

    ``sure``: the text around it is damaged too, so that what has lost most of its characters is taken for damage.
    """
    if text.isascii():
        return
    at = 0
    for match in _LATIN_RUN.finditer(text):
        if _looks_latin(match[0]) and (meant := _latin(match[0])):
            yield from _wide(text, at, match.start(), sure)
            yield Mended(match.start(), match.end(), meant)
            at = match.end()
    yield from _wide(text, at, len(text), sure)


def _wide(text: str, start: int, end: int, sure: bool) -> Iterator[Mended]:
    """Runs that look like Chinese of rare characters: UTF-8 taken for GBK."""
    for match in _WIDE_RUN.finditer(text, start, end):
        if (
            (sure or len(match[0]) >= _LEAST)
            and plausibility(match[0]) < _PLAUSIBLE
            and (meant := _gbk(match[0], sure))
        ):
            yield Mended(match.start(), match.end(), meant)


def _looks_latin(run: str) -> bool:
    """Whether a run is more than signs that Chinese text uses itself: ××××, 25°, ±."""
    high = [c for c in run if c > "\x7f"]
    return len(high) >= _LEAST and len(set(high) - _SIGNS) >= _LEAST - 1


def _latin(run: str) -> str:
    ways: tuple[Callable[[bytes], str], ...] = (_utf8, _utf8_twice, _gb)
    try:
        raw = _bytes(run)
    except KeyError:
        return ""
    high = sum(c > "\x7f" for c in run)
    dense = high >= (high + sum(c.isascii() and c.isalpha() for c in run)) * _DENSE
    return next((meant for way in ways if (way is not _gb or dense) and _is_chinese(meant := way(raw))), "")


def _gbk(run: str, sure: bool) -> str:
    # The Euro sign is two bytes of GB 18030, and one of the GBK that Windows reads.
    ways = {"€": b"\x80"}, {"€": "€".encode("gb18030")}
    read = [
        _utf8(b"".join(b"\xff" if c == _LOST else way.get(c) or c.encode("gb18030", "replace") for c in run))
        for way in ways
    ]
    meant = min(read, key=lambda each: (each.count(_LOST), -plausibility(each)))
    if sure and _LOST in run and HAN.search(run):
        return meant
    return meant if _is_chinese(meant) and plausibility(meant.replace(_LOST, "")) > plausibility(run) else ""


def _bytes(run: str) -> bytes:
    return bytes(0xFF if c == _LOST else _CP1252[c] for c in run)


def _utf8(raw: bytes) -> str:
    return re.sub(f"{_LOST}+", _LOST, raw.decode("utf-8", errors="replace"))


def _utf8_twice(raw: bytes) -> str:
    once = raw.decode("utf-8", errors="replace")
    try:
        return _utf8(_bytes(once))
    except KeyError:
        return ""


def _gb(raw: bytes) -> str:
    return raw.decode("gb18030", errors="replace")


def _is_chinese(meant: str) -> bool:
    """Whether what undoing gives is Chinese, without what only a wrong undoing gives."""
    won = [c for c in meant if not c.isascii()]
    if not won or meant.count(_LOST) > len(won) * _MOST_LOST:
        return False
    kept = [c for c in won if c != _LOST]
    if _STRANGE.search("".join(kept)):
        return False
    if len(HAN.findall("".join(kept))) < 2:
        return False
    wide = sum(c >= "\u2010" or c in "·×" for c in kept)
    return wide * 10 >= len(kept) * 9 and plausibility("".join(kept)) > _PLAUSIBLE
