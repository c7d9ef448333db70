"""How far a rule reaches: all or some, always or as a rule, before or after; and what it is limited by.

Each function yields the words of a sentence whose reach its sources do not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

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


# ---------------------------------------------------------------- conditions, exceptions and leave

_RULE = re.compile(r"[。\n]|;(?!但|不过|[^。;\n]*(?:除外|例外))")
"""What ends a rule; an exception after a semicolon belongs to it."""
_PART = re.compile(r"[,;]")
_CLAUSE = re.compile(r"[,。;\n]")
_CONDITION = re.compile("的$|[时后]$|^(?:因|遇|如|若|确需|确因|紧急)|情况下$")
_REFERRING = re.compile("下列|之一|前款|上述|前述|本条|其[他它余]")
"""What a condition refers to, a writer says in words of his own."""
_EXCEPTION = re.compile("^(?:但|不过)|除外|例外|不受.*限制")
_CUT_OUT = re.compile("除外|例外")
_LEAVE = re.compile(r"[经由报][^,。;经由报]{0,16}?(?:批准|同意|审批|核准|认定)后?")
_EXCEPTED_HERE = re.compile("(?<![清排消删解])除|但|不过|只是|可是|例外|[以之]外|不受|不含|不在|可如果|可要是|前提|才")
_LIMITED_HERE = re.compile(
    f"的$|的(?=就|可|由|须|要|应|不)|时$|后$|下$|如果|[如若因遇未没凡才等为]|确[需因实]|紧急|特殊|情况|只[有要能]|仅|需要|要是|{_EXCEPTED_HERE.pattern}"
)
"""Words with which a clause limits what is said: it may be another's condition in other words."""
_LEFT_TO = re.compile("批|同意|许可|点头|认定|核准|定|过会|上会|审")
_TOLD = {"condition": _LIMITED_HERE, "exception": _EXCEPTED_HERE, "leave": _LEFT_TO}
LEAST = 2
"""A clause or a limit of fewer features says too little to be compared."""
SAID = 0.33
"""A clause that shares so much with what a rule lays down states the rule."""
TRACE = 0.15
"""A sentence that has so much of a limit names it."""

_PERMITS = re.compile("可(?![能靠行])|能|免|无须|无需|不必|有权|允许")
Features = Callable[[str], frozenset[str]]
Kind = Literal["condition", "exception", "leave"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a rule is limited by, and what it is the limit of."""

    text: str
    named: frozenset[str]  # its features
    rest: str  # what it limits
    laid_down: frozenset[str]  # the features of that
    kind: Kind


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence of a source by its features, with its limits."""

    features: frozenset[str]
    limits: tuple[Limit, ...]


def rules(key: str, features: Features) -> list[Rule]:
    """The rules of a source with the conditions, the exceptions and the leave that they are under."""
    return [
        Rule(
            features(sentence),
            tuple(Limit(text, features(text), rest, features(rest), kind) for text, rest, kind in _limits(sentence)),
        )
        for sentence in _RULE.split(key)
    ]


def _limits(sentence: str) -> Iterator[tuple[str, str, Kind]]:
    """Each limit of a rule, with what it limits."""
    clauses = [clause for clause in _PART.split(sentence) if len(clause) > 3]
    excepted = next((i for i, clause in enumerate(clauses) if i and _EXCEPTION.search(clause)), len(clauses))
    rule = clauses[:excepted]
    if clauses[excepted:]:
        yield ",".join(clauses[excepted:]), ",".join(rule), "exception"
    for conditions, rest in _conditions(rule):
        yield ",".join(conditions), ",".join(rest), "condition"
    for part in sentence.split(";"):
        leave = _LEAVE.search(part)
        if leave:
            yield leave.group(), part.replace(leave.group(), ""), "leave"


def _conditions(rule: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Each run of conditions in a rule, with what it is the condition of: what follows it, to the next run."""
    runs = [(is_one, list(run)) for is_one, run in groupby(rule, lambda clause: _CONDITION.search(clause) is not None)]
    for (is_one, run), (_, rest) in pairwise(runs):
        if is_one and not _REFERRING.search("".join(run)):
            yield run, rest


def unlimited(key: str, held: Sequence[Rule], features: Features) -> Iterator[str]:
    """The condition, the exception or the leave of a rule of which a sentence that states it says nothing."""
    whole = features(key)
    clauses = _CLAUSE.split(key)
    for i, clause in enumerate(clauses):
        own = features(clause)
        most = max((len(own & rule.features) for rule in held), default=0)
        stated = [rule for rule in held if len(own) >= LEAST and len(own & rule.features) == most > 0]
        for limit in (limit for rule in stated for limit in rule.limits):
            says_it = len(own & limit.laid_down) >= SAID * len(own)
            if says_it and not _is_named(limit, clause, whole) and not _told(limit, clauses, i):
                yield limit.text


def _is_named(limit: Limit, clause: str, whole: frozenset[str]) -> bool:
    """Whether a sentence says something of a limit, or need not.

    Leave is asked for what may be done. Of a duty, and of a 但 that adds another rule, one shared word is enough; a
    condition that ends in a noun (…的事项) is what the duty is about.
    """
    permits = _PERMITS.search(clause) is not None
    if limit.kind == "leave":
        return not permits
    if limit.kind == "condition" and not permits:
        return bool(limit.named & whole) or limit.text[-1] not in "的时"
    if limit.kind == "exception" and not _CUT_OUT.search(limit.text):
        return bool(limit.named & whole)
    own = limit.named - limit.laid_down
    return len(own & whole) >= TRACE * len(own) or len(own) < LEAST


def _told(limit: Limit, clauses: Sequence[str], i: int) -> bool:
    """Whether words that may tell of a limit stand beside what a clause states, and are not of the rest of the rule."""
    near = clauses[max(0, i - 2) : i + 1] if limit.kind == "condition" else clauses
    return any(
        match.group() not in limit.rest or match.end() == len(clause)
        for clause in near
        for match in _TOLD[limit.kind].finditer(clause)
    )
