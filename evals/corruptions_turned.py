"""False statements whose words mostly stand in the cited text: sides, parties, scope and steps are turned.

As in ``evals/corruptions.py`` every change makes a statement false by construction, without the checker's own code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from evals.corruptions import BODIES, POSTS, Case, Change, Kind, changed, held_by, original, replaced
from evals.statements import Basis, Grounded, pairs_of
from ingest.segment import tagged_words

# ---------------------------------------------------------------- bounds and units

_BOUNDS: tuple[Change, ...] = (
    ("至少(?!，)", "最多"), ("最多(?!，)", "至少"), ("最高", "最低"), ("最低", "最高"), ("最长", "最短"), ("不少于", "不超过"),
    ("不低于", "不高于"), ("不高于", "不低于"), ("不超过", "不少于"), ("以上", "以下"), ("以下", "以上"), ("以内", "以外"),
    ("不足", "超过"), ("不到", "超过"), ("超过(?!了|的)", "不足"), ("以前", "以后"), ("之前", "之后"), ("(?<=[日月底点时])前", "后"),
    ("(?<=[日月天年时])内", "后"), ("事前|事先", "事后"), ("届满前", "届满后"), ("上限", "下限"), ("封顶", "起步"),
)  # fmt: skip


def bounds(one: Grounded, basis: Basis) -> Iterator[Case]:
    """The direction of a bound turned: 以上 to 以下, 至少 to 最多, 之前 to 之后."""
    # 合格以上 and 中层以上 are no numbers, but turned they are as false.
    return replaced(one, "bound", changed(one.statement.text, _BOUNDS, after="(?<![不未])")[:2])


_UNITS: tuple[Change, ...] = (
    (r"个?工作日", "个月"), (r"(?<=[\d一二三四五六七八九十])(?:天|日)(?=[内前之以的，。、])", "个月"), (r"个?小时", "天"),
    (r"(?<=[\d百十])万元", "元"), (r"个月", "天"), (r"(?<=每)季度?", "年"), (r"(?<=每)月", "周"), (r"(?<=\d)%", "‰"),
)  # fmt: skip


def units(one: Grounded, basis: Basis) -> Iterator[Case]:
    """The number kept and its unit changed: 15天 to 15个月, 50万元 to 50元."""
    held = held_by(one)
    there = {"天": re.search("[天日]", held), "个月": re.search("月", held)}
    return replaced(one, "unit", changed(one.statement.text, _UNITS, lambda _, new: not there.get(new))[:2])


# ---------------------------------------------------------------- who, and what is done

_PARTIES = (
    *BODIES, *POSTS, "领导小组组长", "领导小组副组长", "巡察组组长", "主要负责人", "分管领导", "部门负责人", "部门主要负责人",
    "总经理办公会", "财务部", "审计部", "纪检监察机构", "法律合规部", "采购管理部", "采购管理委员会", "安全监督部", "集团总值班室",
    "集团纪委书记", "集团党委书记", "集团纪委", "审计部负责人", "人资部", "薪考委", "总会计师", "党委副书记", "办公室主任",
    "集团董事会", "班组长", "驾驶员", "调度员", "项目经理", "子公司总经理", "设备物资部", "招标采购中心", "工程管理部",
    "保密委员会主任", "数字化部", "数字化部负责人", "生产运行部", "人力资源部", "客户服务公司", "领导班子正职", "使用部门",
    "承办部门", "需求单位", "供应商", "举报人", "被巡察单位", "所属单位", "保管人员", "总法律顾问",
)  # fmt: skip


_PART_OF_NAME = re.compile("党|纪|书记|主任|主要|负责人|领导|副|组|成员|会议|采购|总|单位|集团|分管|门|部")
"""What stands beside a party's name where it is a part of another's."""


def _whole(name: str, text: str) -> bool:
    before, _, after = text.partition(name)
    beside = re.search(rf"(?:{_PART_OF_NAME.pattern})$", before) or _PART_OF_NAME.match(after)
    return text.count(name) == 1 and beside is None


def roles(one: Grounded, basis: Basis) -> Iterator[Case]:
    """Two parties of one sentence exchanged: both stand in the source, each doing what the other does."""
    text = one.statement.text
    for group in (basis.people, basis.units, _PARTIES):
        found = [name for name in dict.fromkeys(group) if _whole(name, text)]
        found = sorted((n for n in found if not any(n != m and n in m for m in found)), key=text.index)
        for first, second in pairwise(found):
            between = text[text.index(first) + len(first) : text.index(second)]
            # A、B and A和B exchanged say the same; so does A由B担任 where B is the post.
            if len(between) > 2 and not re.fullmatch(r"[^，。；]{0,4}[、和与及或][^，。；]{0,3}", between):
                swapped = text.replace(first, "\0").replace(second, first).replace("\0", second)
                return replaced(one, "role", [swapped])
    return iter(())


_STEPS = (
    ("批准", "审批", "审定", "核准", "决定", "同意", "批"), ("备案", "报备"), ("审核", "审查", "复核", "复审"), ("审议", "研究"),
    ("公示", "公布", "公开"), ("拟订", "起草", "编制", "制定"), ("约谈",), ("通报",), ("验收",), ("销毁",), ("扣减",),
)  # fmt: skip
"""Steps of a procedure; those of one group may be said for one another."""


def steps(one: Grounded, basis: Basis) -> Iterator[Case]:
    """A step of a procedure exchanged for one that the sources do not know: 批准 to 备案."""
    text, held = one.statement.text, held_by(one)
    free = [group[0] for group in _STEPS if not any(word in held + text for word in group)]
    out = []
    for group in _STEPS:
        match = re.search("|".join(group), text)
        if match and free and len(match.group()) == 2:
            out.append(text[: match.start()] + free[len(text) % len(free)] + text[match.end() :])
    return replaced(one, "step", out[:2])


# ---------------------------------------------------------------- scope

_SCOPES: tuple[Change, ...] = (
    ("(?:一律|全部|所有|任何|逐一|逐项|逐笔|全都)(?!不|由)", "部分"), ("(?<!的)部分|(?<![非是])个别(?!谈|征)|有的(?!放)", "全部"), ("(?:原则上|一般)(?=不|要|应|须|最|每|至|由|为)", "一律"),
    ("三分之二以上|过半数|半数以上|至少三分之二", "全体"), ("之一(?![是五])(?=的)", "全部"), ("只能|只许|仅限", "不限于"),
    ("(?<=[，、；])(?:还|也)(?:得|须|要|应当)", "或者"), ("(?:可以)?(?:除外|例外|不在此限)(?=[，。；])", "也一样"), ("不受(?!理|让)", "同样受"),
)  # fmt: skip


def scopes(one: Grounded, basis: Basis) -> Iterator[Case]:
    """All turned into some, some into all, an exception into no exception."""
    held = held_by(one)

    def falsifies(match: re.Match[str], new: str) -> bool:
        # A writer's own hedge says nothing that a 一律 would make false.
        return new not in held and (new != "一律" or match.group() in held)

    return replaced(one, "scope", changed(one.statement.text, _SCOPES, falsifies)[:2])


_CONDITION = re.compile(
    r"(?:^|(?<=[，；。：]))(?:[^，；。：]{5,24}(?:的|时|时候|情况下)|(?:如果|若|遇到?|因|确需|确因|紧急)[^，；。：]{4,24})，(?=[^。；]*(?:可以?|不|免|须|应|要|由|经))"
)
_EXCEPTION = re.compile(
    r"[，；](?:但|不过|只是|可是)[^。；]*(?:可以?(?!能)|不得|不能|不许|除外|例外|免)[^。；]*(?=。)|[，；](?:除非[^。；]{3,}|[^，；。]{3,}(?:除外|例外|不在此限|不受这个限制))(?=[，。；])"
)
_LEAVE = re.compile("经[^，。；经]{0,14}?(?:批准|同意|审批|认定)(?:后|之后|，)?(?=(?:才|方|就)?(?:可|能))")
_FRAGMENT = re.compile("^(?:或者|并|还|也|而|则|且|就)|的。$|时。$|^[^，]{0,8}。$")


def dropped(one: Grounded, basis: Basis) -> Iterator[Case]:
    """A condition, an exception or the leave that is needed left out, so that the rule is said of more than it is."""
    text = one.statement.text
    out = []
    for pattern in (_EXCEPTION, _LEAVE, _CONDITION):
        match = pattern.search(text)
        if match and ("的" not in text[match.end() :].rstrip("。")[-1:]):
            rest = (text[: match.start()] + text[match.end() :]).strip("，；。") + "。"
            if len(pairs_of(rest)) >= 8 and not _FRAGMENT.search(rest):
                out.append(rest)
    return replaced(one, "dropped", out[:2])


# ---------------------------------------------------------------- duties and nouns

_DUTIES: tuple[Change, ...] = (
    ("可以|可(?=[在由再直先向报要])|能(?=[批由在])", "必须"), ("必须|应当|须(?!知)|应(?=[在立重主评由将经报向])", "可以"),
    ("(?<![主重不还只])要(?=[在由把到对召制报写存经])", "可以"), ("有权", "有义务"),
)  # fmt: skip


def duties(one: Grounded, basis: Basis) -> Iterator[Case]:
    """What may be done is said to be a duty, a duty to be what may be done."""
    return replaced(one, "duty", changed(one.statement.text, _DUTIES, after="(?<![不没无])")[:2])


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


# ---------------------------------------------------------------- what nobody said


def added(one: Grounded, basis: Basis) -> Iterator[Case]:
    """A short clause of another document put behind what is true."""
    held = pairs_of(held_by(one) + one.statement.text)
    for source in one.similar_documents:
        for clause in re.findall(r"(?<=[，；])[\u4e00-\u9fff]{6,14}(?=[。；])", source.text):
            own = pairs_of(clause)
            if len(own & held) / len(own) < 0.2 and not re.search("前款|本条|其中", clause):
                text = f"{one.statement.text.rstrip('。')}，{clause}。"
                yield replace(original(one), id=f"{one.statement.id}:added", kind="added", text=text, true=False)
                return


KINDS: tuple[Kind, ...] = (bounds, units, roles, steps, scopes, dropped, added, duties, siblings)
