"""The parties a text names: organs, departments, posts, kinds of people."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.segment import tagged_words

_POST = (
    "书记|主任|经理|董事长|总监|组长|部长|厂长|站长|所长|班长|科长|处长|局长|院长|校长|队长|班组长|负责人|领导|领导人员|主席|会计师|工程师|顾问|委员|代表|正职|副职"
    "|责任人|联络员|秘书|专家|经办人|审批人|成员|人员|员工|职工"
)
_BODY = (
    "部|处|室|办|委|组|局|科|队|站|厂|院|所|党组|中心|公司|集团|单位|部门|机构|机关|党委|党支部|支部|纪委|监委|委员会|办公室|小组|办公会|党委会|董事会|监事会|工会|协会"
    "|经理部|项目部|党组织|会议|法院|银行"
)
_PERSON = "员|者|人|方|商|师|户"
_HEAD = re.compile(
    rf"(?:.*(?:{_POST}|委员会|办公室|中心|公司|集团|部门|机构|机关|党委|纪委|党组织|办公会|党委会)|{_BODY}|[\u4e00-\u9fff]+(?:{_PERSON}|部|处|室|局|组|委|会))"
)
_NO_HEAD = re.compile(
    ".*(?:大会|机会|社会|开会|例会|总会|全部|内部|外部|本部|总部|干部|本人|个人|他人|别人|何人|有人|每人|亲人|双方|对方|各方|多方|地方|我方|官方|单方|协商|党员|动员|全员"
    "|会同|约会|体会|都会|不会|学会|教师|用户|账户|开户|住户|好处|到处|好人|人人|出处|之处|随处|惩处|教室|专室|局部|干事|签署人员)"
    "|与会|何者|或者|前者|后者|部分|方面|其中|商会|宴会|委会|处室|人才|高者|低者|人会"
)
_BARE = frozenset("部处室办委组局科队站厂院所") | {
    "单位", "部门", "中心", "机构", "小组", "公司", "委员会", "办公室", "人员", "人", "员",
}  # fmt: skip
"""Words that go on with a verb before them: 采购中心, 使用人."""
_MODIFIES = frozenset({"n", "nt", "nz", "nr", "ns", "vn", "b", "j", "nrt", "nrfg", "l", "zg"})
_NO_PART = (
    "报告 商 事假 通知 病假 函询 会同 分工 本 各 上 下 前 后 内 中 要 把 被 给 让 任 是 为 选人 用人 结合 列席 书面"
)
_NEVER = frozenset(_NO_PART.split())
_BEGUN = re.compile("[须应可报经由向对]")
_SHORT = re.compile(
    r"(?<=[由经报向])[\u4e00-\u9fff]{2,3}?[委部办](?=[批审同提决核研牵负组报在于应须可认和与、,])|(?:领导小组|巡察工作领导小组)办公室"
)
"""Abbreviations that are no words of the dictionary, after the word that gives their role."""
_ANYBODY = frozenset({"人员", "单位", "成员", "员工", "职工", "部门", "专人", "公司", "集团", "会议", "机构"})
"""Words that name a party only with what stands before them."""
_MOST = 4
"""Words before the last that a name may have."""


def parties(key: str) -> list[tuple[int, int, str]]:
    """Where a key names organs, posts or kinds of people, in order, with their names."""
    words = tagged_words(key)
    starts = [0]
    for word, _ in words:
        starts.append(starts[-1] + len(word))
    out: list[tuple[int, int, str]] = []
    for i, (word, _) in enumerate(words):
        if not _HEAD.fullmatch(word) or _NO_HEAD.fullmatch(word):
            continue
        first = i
        while first > max(0, i - _MOST) and _modifies(words[first - 1], words[first][0]):
            first -= 1
        if len(key[starts[first] : starts[i + 1]]) > 1 and (first < i or word not in _ANYBODY):
            while out and out[-1][1] > starts[first]:
                out.pop()
            out.append((starts[first], starts[i + 1], key[starts[first] : starts[i + 1]]))
    short = [(match.start(), match.end(), match.group()) for match in _SHORT.finditer(key)]
    return sorted(out + [each for each in short if not any(a < each[1] and each[0] < b for a, b, _ in out)])


def named(key: str, names: Iterable[str]) -> list[tuple[int, int, str]]:
    """Where a key has these names: people, units."""
    found = [(match.start(), match.end(), name) for name in names for match in re.finditer(re.escape(name), key)]
    return sorted(
        each for each in found if not any(a <= each[0] and each[1] <= b and (a, b) != each[:2] for a, b, _ in found)
    )


def _modifies(word: tuple[str, str], head: str) -> bool:
    """Whether a word may belong to the name that goes on with ``head``."""
    text, tag = word
    if text in _NEVER or _BEGUN.match(text) or (len(text) == 1 and text not in "副总" and head not in _BARE):
        return False
    return tag in _MODIFIES or (head in _BARE and tag == "v" and len(text) > 1) or bool(_HEAD.fullmatch(text))


_GENERIC = re.compile(rf"(?:副|常务副)?(?:{_POST}|部门|单位|中心|小组|办公室|委员会|公司|机构|部|组|办|室)$")


def same_party(one: str, other: str) -> bool:
    """Whether two names may be of one: 党委 and 集团党委, but never a deputy and his chief."""
    if ("副" in one) != ("副" in other):
        return False
    if one.endswith(other) or other.endswith(one):
        return True
    if (one.startswith("党委会") and other.endswith("党委")) or (other.startswith("党委会") and one.endswith("党委")):
        return True
    common = 0
    while common < min(len(one), len(other)) and one[-1 - common] == other[-1 - common]:
        common += 1
    generic = _GENERIC.search(one)
    return common >= 2 + (len(generic.group()) if generic else 0)
