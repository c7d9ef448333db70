"""Kinds of corruption kept out of development: nobody tunes the checker on them, they are measured at the end.

Written before it was known how the checker does on them; the figures of each release say how it does on what it was
not made for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.corruptions import Case, Change, Kind, held_by, replaced
from evals.statements import Basis, Grounded
from ingest.segment import tagged_words

_DUTIES: tuple[Change, ...] = (
    ("可以|可(?=[在由再直先向报要])|能(?=[批由在])", "必须"), ("必须|应当|须(?!知)|应(?=[在立重主评由将经报向])", "可以"),
    ("(?<![主重不还只])要(?=[在由把到对召制报写存经])", "可以"), ("有权", "有义务"),
)  # fmt: skip


def duties(one: Grounded, basis: Basis) -> Iterator[Case]:
    """What may be done is said to be a duty, a duty to be what may be done."""
    text = one.statement.text
    out = []
    for old, new in _DUTIES:
        match = re.search(rf"(?<![不没无]){old}", text)
        if match:
            out.append(text[: match.start()] + new + text[match.end() :])
    return replaced(one, "duty", out[:2])


_ANYTHING = "情况 单位 人员 部门 工作 时间 事项 问题 内容 方面 情形 要求 规定 办法 责任 公司 集团 意见 材料 资料 负责"
_GENERAL = frozenset(_ANYTHING.split())


def siblings(one: Grounded, basis: Basis) -> Iterator[Case]:
    """A noun of the source exchanged for another of its kind from the same document: 采购合同 to 销售合同."""
    text, held = one.statement.text, held_by(one)
    pool = dict.fromkeys(
        word for source in one.same_document for word, tag in tagged_words(source.text) if _is_noun(word, tag)
    )
    out = []
    for word in dict.fromkeys(word for word, tag in tagged_words(text) if _is_noun(word, tag) and word in held):
        free = [
            other for other in pool
            if other not in held and other not in text and len(other) == len(word)
            and other != word and word not in other and other not in word and (other[-1] == word[-1]) != (other[0] == word[0])
        ]  # fmt: skip
        if free and text.count(word) == 1:
            out.append(text.replace(word, free[len(text) % len(free)]))
    return replaced(one, "sibling", out[:2])


def _is_noun(word: str, tag: str) -> bool:
    return len(word) > 1 and tag in {"n", "vn", "nz", "l"} and word not in _GENERAL


KINDS: tuple[Kind, ...] = (duties, siblings)
