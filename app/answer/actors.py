"""Who does what in a text: the organs and posts before a verb that only somebody can do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ACT = re.compile(
    "批准|决定|审议|审定|审核|审批|审查|审阅|核定|认定|核查|评估|研究|提出|拟订|制定|负责|主持|召集|备案|牵头|担任|约谈|监交|复核|签发|签字|签批|调查"
    "|受理|指定|同意|印发|组织实施|确定|协调|聘任|任命|追认"
)
_ACTOR = re.compile(
    r"(?P<body>巡察工作领导小组|领导小组|巡察办|巡察组|集团党委|(?:上级|所属单位|被巡察单位)?党组织|党委会|党委|(?:集团)?纪委|[^\W\d由经报向商须应可还要在对的则就也]{1,4}?委员会|董事会|监事会"
    r"|总经理办公会|[^\W\d由经报向商须应可还要在对的]{0,2}办公室|[^\W\d由经报向商须应可还要在对的]{2}部(?![门署分])|合规部|(?:财务|主管|责任|承办|业务)部门|[^\W\d由经报向商须应可还要在对的则就也]{2,4}中心|(?:需求|接收|采购实施|所属|被巡察|执行)单位)?"
    r"(?P<post>(?:主要|分管)?负责人|(?:常务副|副)?(?:组长|主任|总经理|董事长|部长|厂长|主席)|(?:党委|纪委)?书记)?"
)
_GAP = re.compile("(?:会议|集体|书面|逐项|最终)?.{0,4}|[于在应须可会自每按对就将以随].*")
"""What may stand between a doer and the verb."""
_OFFICE = re.compile("(?:(?:集团)?党委)?(?:巡察工作)?领导小组办公室")
_STOP = re.compile(r"[,。;:!?\n]")


@dataclass(frozen=True, slots=True)
class Act:
    """A verb with those who do it, and the words around it."""

    verb: str
    actors: frozenset[str]
    around: str


def acts(key: str) -> Iterator[Act]:
    """The acts of a text whose doers stand right before them, in the same clause."""
    for clause in _STOP.split(named_short(key)):
        start = 0
        for match in _ACT.finditer(clause):
            before = clause[start : match.start()]
            found = [each for each in _ACTOR.finditer(before) if each.group()]
            near = found and _GAP.fullmatch(before[found[-1].end() :])
            actors = frozenset(each.group() for each in found) if near else frozenset()
            rest = _ACTOR.sub("", clause)
            yield Act(match.group(), actors, rest)
            start = match.end()


def named_short(key: str) -> str:
    """A key with the office of the inspection under its short name."""
    return _OFFICE.sub("巡察办", key)


def same_actor(one: str, other: str) -> bool:
    """Whether two names may be of one: 党委 and 集团党委, but never a deputy and his chief."""
    if ("副" in one) != ("副" in other):
        return False
    return one.endswith(other) or other.endswith(one) or (one.startswith("党委会") and other.startswith("党委"))
