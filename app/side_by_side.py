"""Things named side by side in a question, of each of which the same is asked: 常规巡察和专项巡察的时间分别是多少."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.segment import tagged_words

AND = r"和|与|及|以及|、"
_EACH = re.compile(
    r"分别|各自|各(?![种级类单部项方地位界国省市县区家个条款组厂公分所子司科处室层环阶就行])|(?:有(?:什么|哪些|何)|的)(?:区别|不同|差别)|哪个更|谁更|(?:一样|相同|一致)吗?"
)
_MOST = 4
"""Things; more are a list, and asked together."""
_COUNTS = re.compile(r"[两二三四五六七八九十几\d][个种类项者方]")  # 巡前、巡中、巡后三个环节 are one list
_NOUN_TAGS = ("n", "v", "a", "b", "m", "q", "f", "j", "l", "i", "eng", "s", "t", "z")
Tagged = Sequence[tuple[str, str]]
"""Words with their parts of speech."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One of the things: its words, the clause that asks of it alone, and what stands before that."""

    words: str
    lead: str
    ask: str


def each_of(lead: str, ask: str) -> list[Asked]:
    """The question for each of the things that a clause, or what stands before it, names side by side; else nothing."""
    return _of_nouns(lead, ask) or _of_things(lead, ask)


def _of_things(lead: str, ask: str) -> list[Asked]:
    """管印章的和管采购的,各干满几年要换人: what stands before the comma is things side by side, and each is asked."""
    if not _EACH.search(ask):
        return []
    sides = lead.split(",")
    found = ((n, _side_by_side(side)) for n, side in enumerate(sides))
    n, things = next(((n, things) for n, things in found if 1 < len(things) <= _MOST), (0, []))
    if not things or any(map(_is_no_thing, things)):
        return []
    first, last = things[0], things[-1]
    owned = "的" in first[:-1] and "的" not in last  # 南坡采场的年产量和职工人数
    owner = first[: first.find("的") + 1] if owned else ""
    kind = last[last.rfind("的") + 1 :] if first.endswith("的") else ""  # 招标的和巡察的档案
    after = _EACH.sub("", ask)
    out = []
    for thing in things:
        whole = f"{owner if thing is not first else ''}{thing}{kind if thing is not last else ''}"
        out.append(Asked(thing, ",".join([*sides[:n], whole, *sides[n + 1 :]]), after))
    return out


def _side_by_side(words: str) -> list[str]:
    """The things between the conjunctions; a 及 inside a word (来不及) is none."""
    out = [""]
    for word, _ in tagged_words(words):
        if re.fullmatch(AND, word) and not out[-1].endswith(("来", "不", "以")):
            out.append("")
        else:
            out[-1] += word
    return out


def _is_no_thing(words: str) -> bool:
    """Whether words are too short for a thing, or count the things before them."""
    return len(words) < 2 or _COUNTS.search(words) is not None


def _of_nouns(lead: str, words: str) -> list[Asked]:
    """常规巡察和专项巡察的现场工作时间分别是多少天 as one question for each.

    Nothing where neither is said that each is asked, nor the two are of one kind and a value of them is asked.
    """
    each = _EACH.search(words)
    tagged = tagged_words(words)
    starts = [sum(len(word) for word, _ in tagged[:n]) for n in range(len(tagged) + 1)]
    until = each.start() if each else len(words)
    marks = [n for n, (word, _) in enumerate(tagged) if re.fullmatch(AND, word) and starts[n] < until]
    if not marks or "《" in words or starts[-1] != len(words):
        return []
    first, last = _bounds(tagged, marks, starts) if each else _of_one_kind(tagged, marks, words)
    spans = [(starts[first], starts[marks[0]])]
    spans += [(starts[mark + 1], starts[end]) for mark, end in zip(marks, [*marks[1:], last], strict=True)]
    if any(_is_no_thing(words[start:end]) for start, end in spans):
        return []
    before, after = words[: spans[0][0]], _EACH.sub("", words[spans[-1][1] :])
    return [Asked(words[start:end], lead, f"{before}{words[start:end]}{after}") for start, end in spans]


def _bounds(tagged: Tagged, marks: Sequence[int], starts: Sequence[int]) -> tuple[int, int]:
    """Where the first of the things begins and the last ends, in words."""
    last = marks[-1] + 1
    while last < len(tagged) and _is_noun(tagged[last]):
        last += 1
    while tagged[last - 1][1] == "v" and len(tagged[last - 1][0]) == 1:
        last -= 1
    # What the first has more words of than the last is said of all: 巡察组组长和副组长.
    first, wanted = marks[0], last - marks[-1] - 1
    run = next((n for n in range(first - 1, -1, -1) if not _is_noun(tagged[n])), -1) + 1
    if run == 0 and starts[first] <= starts[last] - starts[marks[-1]]:
        return 0, last  # 任前公示和新员工录用公示: as long as the other
    while first and _is_noun(tagged[first - 1]) and (marks[0] - first < wanted or starts[marks[0]] - starts[first] < 2):
        first -= 1
    return first, last


_OF_A_VALUE = re.compile(
    r"(?:多少|几|谁|多久|多长|多大|哪(?:一?天|年|月|日)|什么时候|何时)|(?:时间|日期|期限|时限|金额|标准|比例|人数|数量|限额|总额|率|量)(?:是什么)?$"
)
_BETWEEN = re.compile(r"差|比|之间|关系|双方|共同|一起|合计|一共|总共|相互|同时")
_PROPER = ("nr", "ns", "nt", "nz", "eng", "m", "t")


def _of_one_kind(tagged: Tagged, marks: Sequence[int], words: str) -> tuple[int, int]:
    """The bounds of two things of one kind, a value of each of which is asked: 成都和杭州的人口是多少; equal: of none."""
    mark, none = marks[0], (marks[0], marks[0])
    if len(marks) > 1 or "," in words or not _OF_A_VALUE.search(words) or _BETWEEN.search(words):
        return none
    for n in range(1, min(mark, len(tagged) - mark - 1) + 1):
        left, right = tagged[mark - n : mark], tagged[mark + 1 : mark + 1 + n]
        if not all(map(_is_noun, (*left, *right))):
            return none
        named = all(a[1].startswith(_PROPER) and b[1].startswith(_PROPER) for a, b in zip(left, right, strict=True))
        alike = named or left[-1][0][-1] == right[-1][0][-1]
        if alike and min(sum(len(word) for word, _ in side) for side in (left, right)) > 1 + (not named):
            return mark - n, mark + 1 + n
    return none


def _is_noun(word: tuple[str, str]) -> bool:
    """Whether a word may be one of a noun phrase."""
    return word[1].startswith(_NOUN_TAGS) and word[0] not in ("是", "有", "最高", "最低", "最多", "最少")
