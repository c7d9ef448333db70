"""Kinds of corruption kept out of development: nobody tunes the checker on them, they are measured at the end.

Written before it was known how the checker does on them; the figures of each release say how it does on what it was
not made for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.corruptions import Case, Change, Kind, changed, held_by, replaced
from evals.statements import Basis, Grounded

_EVENTS = (
    "收到", "发出", "反馈", "批准", "签订", "验收", "公布", "送达", "通过", "办结", "立项", "登记", "受理", "到岗", "发现",
)  # fmt: skip
_START = re.compile(
    rf"(?P<event>{'|'.join(_EVENTS)})[^，。；、0-9一二三四五六七八九十]{{0,8}}(?:之日起|之日|以后|之后|后|起)"
    r"[^，。；]{0,6}?[0-9一二两三四五六七八九十半]+个?(?:工作日|小时|天|日|月|年)"
)


def starts(one: Grounded, basis: Basis) -> Iterator[Case]:
    """A period that runs from another event: 自收到之日起15日 to 自发出之日起15日."""
    text, held = one.statement.text, held_by(one)
    free = [event for event in _EVENTS if event not in held and event not in text]
    out = []
    for match in _START.finditer(text):
        if free:
            other = free[len(text) % len(free)]
            out.append(text[: match.start("event")] + other + text[match.end("event") :])
    return replaced(one, "start", out[:2])


_CONTRARIES: tuple[Change, ...] = (
    ("从轻", "从重"), ("从重", "从轻"), ("提高", "降低"), ("降低|下降|降到|降至", "提高"), ("增加", "减少"), ("减少|压减|核减", "增加"),
    ("上涨|上升|升到", "下降"), ("延长|延期|推迟|延到", "缩短"), ("缩短", "延长"), ("上调", "下调"), ("下调|调减", "上调"), ("放宽", "收紧"),
    ("暂停|停止", "恢复"), ("恢复", "停止"), ("公开(?!招|竞|拍)", "保密"), ("书面", "口头"), ("口头", "书面"), ("优先", "最后"),
    ("盈利", "亏损"), ("亏损", "盈利"), ("扩大", "缩小"), ("加强", "放松"), ("集中", "分散"), ("合格(?!以)", "报废"),
)  # fmt: skip


def contraries(one: Grounded, basis: Basis) -> Iterator[Case]:
    """A word turned into its contrary: 从轻 to 从重, 提高 to 降低, 书面 to 口头."""
    text, held = one.statement.text, held_by(one)
    out = changed(text, _CONTRARIES, lambda _, new: new not in held and new not in text, after="(?<![不未无没])")
    return replaced(one, "contrary", out[:2])


KINDS: tuple[Kind, ...] = (starts, contraries)
