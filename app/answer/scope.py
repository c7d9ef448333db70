"""How far a rule reaches: all or some, always or as a rule, before or after; and what it is limited by.

Each function yields the words of a sentence whose reach its sources do not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_SIDES = (
    ("前", "后"), ("以上", "以下"), ("以内", "以外"), ("之内", "之外"), ("上限", "下限"), ("最早", "最迟"),
)  # fmt: skip
_WORD = r"(?P<word>[事会任岗届巡节班饭庭婚产]|[\u4e00-\u9fff]{2}(?<![之以]))"
_SIDED = {
    side: re.compile(f"{_WORD}{pattern}")
    for side, pattern in {
        "前": "[之以]?前(?![款项述期往者段后]|提(?![出交供起请]))",
        "后": "(?:[之以]?后|之日起)(?![续备果勤者前])",
        **{side: side for pair in _SIDES[1:] for side in pair},
    }.items()
}


def turned(key: str, held: str) -> Iterator[str]:
    """Words with 前 or 后, 以上 or 以下 where the sources have the same words with the other side only."""
    there = {side: {match["word"] for match in pattern.finditer(held)} for side, pattern in _SIDED.items()}
    for pair in _SIDES:
        for side, other in (pair, pair[::-1]):
            both = {match["word"] for match in _SIDED[other].finditer(key)}
            for match in _SIDED[side].finditer(key):
                if match["word"] in there[other] - there[side] - both:
                    yield match.group()
    for bound, other in (("最多|至多|最高|最长", "以上"), ("至少|最少|最低|最短", "以下")):
        for match in re.finditer(rf"(?:{bound})[给予以为是]?(?P<word>[\u4e00-\u9fff]{{2}})", key):
            if re.search(f"{match['word']}.{{0,2}}{other}", held):
                yield match.group()


_SOME = re.compile(r"(?<![超大绝多其余该此一各两这那分的])部分(?![由的])|(?<![非是])个别(?!谈)|有的(?!放)|有些|少数")
_ALL = re.compile(r"全体|全部|所有|一切|任何|一律|无论|不论|不管")
_EVERY = re.compile(r"[全都均各凡每任皆必]|所有|一律|一切|整体|无论|不论|不管|统一|逐|不得|禁止|严禁|须|应当|应")
_AS_A_RULE = re.compile(r"原则上|一般(?![风隐职档事隐违性工资以])")
_OR = re.compile(r"(?:^|[,;])或者")
_NOT_ONLY = re.compile(r"不限于|不仅限|不只限")
_TOO = re.compile(r"也(?:一样|适用|同样|包括在内|不例外|照此)|同样(?:受|适用|包括)|无一例外|没有例外")
_EXCEPTED = re.compile("除外|例外|不适用|不受|不在此限|除.{1,30}外|但")


def overstated(key: str, held: str) -> Iterator[str]:
    """Some for all, all for some, always for as a rule, an alternative for a further duty, no exception for one."""
    found = _SOME.search(key)
    if found and not _SOME.search(held) and not re.search("部分|个别", held):
        yield found.group()
    found = _ALL.search(key)
    if found and not _EVERY.search(held):
        yield found.group()
    found = re.search("全体|全部", key)
    if found and not re.search(r"[全都均各皆逐]|所有|一切|一律|每", held):
        yield found.group()
    found = re.search("一律|一概|绝对|无一例外|全都", key)
    if found and _AS_A_RULE.search(held) and not re.search("一律|一概|[均都必]", held):
        yield found.group()
    found = _OR.search(key)
    if found and "或" not in held:
        yield "或者"
    found = re.search("除外|例外|不在此[限列]|不受此限", key)
    if found and not _EXCEPTED.search(held) and not re.search("[但除]|不[受适计含]|无须|无需|剔除", held):
        yield found.group()
    found = _NOT_ONLY.search(key)
    if found and not re.search("不限|不仅|等", held):
        yield found.group()
    found = _TOO.search(key)
    if found and _EXCEPTED.search(held) and not re.search("同样|也|一样", held):
        yield found.group()


# ---------------------------------------------------------------- conditions and exceptions

_SENTENCE = re.compile(r"[。;\n]")
_CONDITION = re.compile("的$|[时后]$|^(?:因|遇|如|若|确需|确因|紧急)|情况下$")
_LISTED = re.compile("下列|之一")
_EXCEPTED_HERE = re.compile("除|但|不过|只是|可是|例外|[以之]外|不受|不含|可如果|前提")
_LIMITED_HERE = re.compile(
    f"的,|时[,可就才]|如果|[如若因遇未凡才]|确[需因]|紧急|情况|只有|仅|需要|{_EXCEPTED_HERE.pattern}"
)
"""Words with which a sentence limits what it says: what it leaves out then, it may say in other words."""
_EXCEPTION = re.compile("^(?:但|不过)|除外|例外|不受.*限制")
SAID = 0.4
"""A sentence that shares so much with what a rule lays down states the rule."""

_PERMITS = re.compile("可(?![能靠行])|能|免|无须|无需|不必|有权|允许")
"""Of a duty a writer may leave out when it falls due; leave that has a condition is no leave without it."""
Features = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Limit:
    """A condition or an exception of a sentence of a source, and the features of it and of the rest of the sentence."""

    text: str
    own: frozenset[str]
    rest: frozenset[str]
    excepts: bool


def limits(key: str, features: Features) -> list[Limit]:
    """The conditions and the exceptions that the sentences of a source have."""
    return [
        Limit(text, features(text), features(rest), excepts)
        for sentence in _SENTENCE.split(key)
        for text, rest, excepts in _limits(sentence)
    ]


def _limits(sentence: str) -> Iterator[tuple[str, str, bool]]:
    clauses = [clause for clause in sentence.split(",") if len(clause) > 3]
    excepted = next((i for i, clause in enumerate(clauses) if i and _EXCEPTION.search(clause)), len(clauses))
    conditions = [c for c in clauses[: excepted - 1] if _CONDITION.search(c) and not _LISTED.search(c)]
    for part, excepts in ((conditions, False), (clauses[excepted:], True)):
        rest = [clause for clause in clauses[:excepted] if clause not in part]
        if part and rest:
            yield ",".join(part), ",".join(rest), excepts


def unlimited(key: str, held: Sequence[Limit], features: Features) -> Iterator[str]:
    """The condition or the exception of a rule of which a sentence that states it says nothing."""
    whole = features(key)
    for sentence in _SENTENCE.split(key):
        own = features(sentence)
        said = [limit for limit in held if len(own) > 3 and len(own & limit.rest) >= SAID * len(own)]
        most = max((len(own & limit.rest) for limit in said), default=0)
        near = [limit for limit in said if len(own & limit.rest) == most]
        if not any(limit.own & whole for limit in near):
            for limit in near:
                open_ = limit.excepts or _PERMITS.search(sentence)
                if open_ and not (_EXCEPTED_HERE if limit.excepts else _LIMITED_HERE).search(sentence):
                    yield limit.text
