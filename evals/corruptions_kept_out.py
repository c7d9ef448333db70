"""Kinds of corruption kept out of development: nobody tunes the checker on them, they are measured at the end.

Written before the checker was tuned; the figures of each release say how it does on what it was not made for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from evals.corruptions import BODIES, Case, Kind, replaced
from evals.statements import Basis, Grounded

_BOUNDS = (
    ("至少", "最多"), ("最多", "至少"), ("最高", "最低"), ("最低", "最高"), ("最长", "最短"), ("不少于", "不超过"),
    ("不低于", "不高于"), ("不高于", "不低于"), ("不超过", "不少于"), ("以上", "以下"), ("以下", "以上"), ("以内", "以外"),
    ("不足", "超过"), ("不到", "超过"), ("超过", "不足"), ("以前", "以后"), ("之前", "之后"),
)  # fmt: skip


def bounds(one: Grounded, basis: Basis) -> Iterator[Case]:
    """The direction of a bound turned: 以上 to 以下, 至少 to 最多, 之前 to 之后."""
    text = one.statement.text
    out = []
    for old, new in _BOUNDS:
        # 合格以上 and 中层以上 are no numbers, but turned they are as false.
        match = re.search(rf"(?<![不未]){old}", text)
        if match:
            out.append(text[: match.start()] + new + text[match.end() :])
    return replaced(one, "bound", out[:2])


_POSTS = ("领导小组组长", "领导小组副组长", "巡察组组长", "党委书记", "总经理", "主要负责人")


def roles(one: Grounded, basis: Basis) -> Iterator[Case]:
    """Two parties of one sentence exchanged: both stand in the source, each doing what the other does."""
    text = one.statement.text
    for group in (basis.people, basis.units, BODIES, _POSTS):
        found = [name for name in group if text.count(name) == 1]
        found = sorted((n for n in found if not any(n != m and n in m for m in found)), key=text.index)
        for first, second in pairwise(found):
            between = text[text.index(first) + len(first) : text.index(second)]
            # A、B and A和B exchanged say the same.
            if len(between) > 2 and not re.fullmatch(r"[^，。；]{0,4}[、和与及或][^，。；]{0,3}", between):
                swapped = text.replace(first, "\0").replace(second, first).replace("\0", second)
                return replaced(one, "role", [swapped])
    return iter(())


KINDS: tuple[Kind, ...] = (bounds, roles)
