"""Whether two documents are the same text: scraped twice, with other boilerplate around it and a few losses, or twice
the same but another edition.

Found through the hashes of their sentences (bottom-k sketches, Broder 1997, in an inverted index: no document is
compared with all others), decided by aligning the sentences: what two copies differ by stands before and behind the
text; what two editions differ by stands in it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from ingest.segment import search_key

SKETCH = 96
"""Hashes kept of a text: enough to meet a copy that shares a tenth of its sentences."""

_ENDS = re.compile(r"[。！？；\n]")
_NOT_WORD = re.compile(r"[\W_]+")
_LOST = re.compile(r"[a-z�]+")
_LEAST = 6  # characters of a sentence that says something of its own
_FEWEST = 3  # sentences below which a text is compared with nothing
_LEAST_SHARE = 0.8  # of the shorter text's characters
_LEAST_RATIO = 0.7  # of the lengths of the two
_MOST_CHANGED = 0.1  # of a speech's or report's characters, by what cleaning left
_DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
_NUMERALS = re.compile(r"[\d〇零一二三四五六七八九十百千万亿两半]")
_ARTICLE = re.compile(r"第[一二三四五六七八九十百千零〇]+条")


def sentences(text: str) -> list[str]:
    """The sentences of a text as they are compared: folded for matching, without punctuation."""
    folded = (_NOT_WORD.sub("", search_key(part)) for part in _ENDS.split(text))
    return [each for each in folded if each]


def sketch(text: str) -> tuple[int, ...]:
    """The smallest hashes of a text's sentences; empty for a text too short to tell."""
    found = {each for each in sentences(text) if len(each) >= _LEAST}
    if len(found) < _FEWEST:
        return ()
    hashes = (int.from_bytes(hashlib.blake2b(each.encode(), digest_size=7).digest(), "big") for each in found)
    return tuple(sorted(hashes)[:SKETCH])


def likeness(one: str, other: str, *, regulation: bool) -> float:
    """The share of the shorter text that both have, from .8 to 1; 0 when they are not the same text.

    In a regulation every word inside counts: one more paragraph or another number makes another edition. What stands
    before the first article in one of them only, the line of its dates or a table of contents, does not.
    """
    a, b = sentences(one), sentences(other)
    sizes = sorted((sum(map(len, a)), sum(map(len, b))))
    if not sizes[0] or sizes[0] < sizes[1] * _LEAST_RATIO:
        return 0.0
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    same = sum(len(each) for block in blocks for each in a[block.a : block.a + block.size])
    if same < sizes[0] * _LEAST_SHARE:
        return 0.0
    if not _ends_agree(a[: blocks[0].a], b[: blocks[0].b]):
        return 0.0
    if not _ends_agree(a[blocks[-1].a + blocks[-1].size :], b[blocks[-1].b + blocks[-1].size :]):
        return 0.0
    changed = 0
    often = {each for each, n in (Counter(a) + Counter(b)).items() if n > 2}  # what runs through the pages of either
    head_a, head_b = _first_article(a), _first_article(b)
    for before, after in pairwise(blocks):
        gap_a = "".join(each for each in a[before.a + before.size : after.a] if each not in often)
        gap_b = "".join(each for each in b[before.b + before.size : after.b] if each not in often)
        in_head = after.a <= head_a and after.b <= head_b and not (gap_a and gap_b)
        if gap_a == gap_b or in_head or _covered(gap_a, gap_b):
            continue
        if regulation or _numerals_differ(gap_a, gap_b):
            return 0.0
        changed += max(len(gap_a), len(gap_b))
    return 0.0 if changed > sizes[0] * _MOST_CHANGED else min(1.0, same / sizes[0])


def _first_article(texts: Sequence[str]) -> int:
    """Where the articles begin; 0 where there are none."""
    return next((index for index, each in enumerate(texts) if _ARTICLE.match(each)), 0)


def _ends_agree(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether what stands before or behind the common text can be the page's: no other date, no other article."""
    if not a or not b:
        return True
    one, other = "".join(a), "".join(b)
    dates_a, dates_b = set(_DATE.findall(one)), set(_DATE.findall(other))
    if dates_a and dates_b and not (dates_a <= dates_b or dates_b <= dates_a):
        return False
    articles = any(_ARTICLE.match(each) for each in a) and any(_ARTICLE.match(each) for each in b)
    return not articles or one.startswith(other) or other.startswith(one) or _covered(one, other)


def _covered(one: str, other: str) -> bool:
    """Whether one is the other with characters lost or replaced by what is no Chinese."""
    plain_a, plain_b = _LOST.sub("", one), _LOST.sub("", other)
    return plain_a == plain_b and bool(plain_a)


def _numerals_differ(one: str, other: str) -> bool:
    """Whether a number stands in one that does not stand in the other: then something else is said."""
    return bool(one) and bool(other) and sorted(_NUMERALS.findall(one)) != sorted(_NUMERALS.findall(other))
