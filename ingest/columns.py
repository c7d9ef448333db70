"""What the columns of a ledger of findings mean, told from their names, whatever an office calls them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

NAMES = {
    "number": "编号",
    "round": "轮次",
    "unit": "被巡察单位",
    "category": "问题类别",
    "description": "问题描述",
    "basis": "定性依据",
    "responsible": "责任部门",
    "deadline": "整改期限",
    "state": "整改状态",
}
"""Field → what it is called to people."""

_WHO = r"(?:单位|党组织|党委|党总支|党支部|支部|部门|企业|公司|机构|对象|地区|厂矿|厂|处室|院校|学校)"
_LED = r"(?:责任|牵头|主责|主办|承办|负责|落实|整改责任|整改负责|整改牵头|主体责任|直接责任|第一责任)"
_BODY = r"(?:单位|部门|科室|处室|机构|主体|领导|人员?|党组织|党委|岗位)"
_TIME = r"(?:期限|时限|限期|时间|日期|时点|节点|截止日|截止时间|截止日期|期|日)"
_END = r"(?:名称|全称|简称|情况|及?职务|及?姓名|（?人）?)?"

# Field → patterns of a whole name, the surest first. A field takes the column that the earliest pattern names;
# fields are asked in this order, so that 整改责任单位 is responsible before anything could take it for a unit.
_PATTERNS: dict[str, tuple[str, ...]] = {
    "number": (
        r"(?:问题|台账|发现问题|事项)?(?:编号|编码|代码|id)",
        r"(?:问题|台账|发现问题|事项)?(?:序号|顺序号|流水号|号)|no\.?|id",
    ),
    "round": (
        r"(?:巡察|巡视|检查|督查|审计|监督|所属|反馈|发现)*(?:轮次|批次|轮|批|期次)(?:名称)?",
        r"(?:巡察|巡视|检查|督查|审计)(?:任务|项目|年度及?轮次|年度轮次)(?:名称)?|年度[/及]?轮次",
    ),
    "responsible": (
        rf"(?:整改|问题)?{_LED}{_BODY}{_END}",
        r"(?:整改|问题)?(?:责任|主责|负责)者?",
        rf"(?:整改|问题)?{_LED}?(?:分管|包保|主管|具体|直接|整改)+(?:责任|负责)?(?:领导|人员?|部门)",
        rf".*{_LED}{_BODY}",
    ),
    "state": (
        r"(?:问题|目前|当前|现|整改)*(?:整改|完成|办理|处理|办结|销号|落实)?状态",
        r"(?:问题|整改)?是否(?:已|按期|全部|按时)*(?:完成|整改|销号|办结|到位|落实|解决)+",
        r"(?!问题(?:基本|具体|主要)?情况)(?:问题|目前|当前|现阶段|最新|整改|阶段性)*(?:整改|落实|办理|处理|销号|工作|任务|推进|执行|完成)*"
        r"(?:情况|进展情况|进展|进度|程度|阶段|现状|结果|完成与否)",
        r"(?:整改|完成|办理|处理|办结|销号|落实|推进).*(?:状态|情况|进展|进度)",
    ),
    "deadline": (
        r"(?:整改|完成|办结|销号|落实|解决|计划|要求|问题)*(?:期限|时限|限期|时间要求|时间节点)(?:要求)?",
        rf"(?:整改|问题)?(?:计划|预计|要求|限定|拟|应|规定|目标|截止|到期|限时|最迟|最晚)+(?:整改|完成|办结|销号|到位)*{_TIME}?",
        rf"(?:整改|完成|办结|销号|落实|解决|到位|截止)+{_TIME}",
        rf"(?:问题|整改).*(?:完成|截止|到期).*{_TIME}",
    ),
    "basis": (
        r"(?:问题|事实|违规)?(?:定性|认定|判定|处理|违规|违纪|违反|制度|政策|法规|文件|条款|规章|法律|评判|参考|适用|条规|对照|所|的|及)*依据(?:的?(?:条款|文件|制度|规定|名称))?",
        r"(?:所|涉嫌)?(?:违反|违背|不符合|未执行)的?(?:有关|相关|具体|何种|何)?"
        r"(?:规定|制度|条款|条规|法规|纪律|规章|文件|党纪|要求|办法|标准|规范)+.{0,8}",
        r"(?:适用|对应|对照|定性|相关|有关|所涉|引用)?的?(?:制度|法规|规定|政策|纪律)?(?:条款|条文|条规|出处)(?:内容)?",
    ),
    "category": (
        r"(?:问题|发现问题)的?(?:类别|类型|分类|种类|大类|归类|领域|方面|性质|属性)(?:名称)?",
        r"(?:类别|类型|分类|种类|大类)(?:名称)?",
        r"(?:一级|监督|检查|违规|问题所属|所属|涉及|巡察|业务|重点)+(?:类别|类型|分类|领域|板块|方面|环节|重点)",
    ),
    "unit": (
        rf"(?:被|受)(?:巡察|巡视|检查|审计|督查|反馈|监督|查|检|巡)?的?{_WHO}{{1,2}}{_END}",
        rf"(?:巡察|巡视|检查|督查|审计)(?:单位|对象|党组织|企业){_END}",
        rf"(?:问题|所属|所在|涉及|存在问题|发生|二级|基层|下属|有关|相关|发现问题的?)?{_WHO}{_END}",
        rf"整改{_WHO}{_END}",
    ),
    "description": (
        r"(?:问题|事实|违规问题|存在问题|具体问题|主要问题|发现问题|反馈问题)的?(?:具体|主要|简要|详细|基本)?"
        r"(?:描述|表现|表述|内容|摘要|概述|简述|概况|详情|详述|事实|说明|陈述|要点|情况描述)(?:及?(?:具体|主要)?(?:表现|描述|事例))?",
        r"(?:存在|发现|反馈|指出|查出|暴露|巡察|巡视|检查|审计|主要|具体|突出|典型|整改|的|中|出|了)*问题(?:点|清单|项|事项)?",
        r"(?:具体|主要|突出|违规|问题)(?:表现|描述|事实|事例|情形)(?:描述|形式|及事例)?",
        r"违(?:规|纪|法|章)+(?:事项|事实|行为|情形|情况)",
        r"(?:事实|情况|事项)(?:描述|摘要|概述)|描述",
        r".*(?:问题|事实|表现)(?:描述|表现|内容|摘要|概述|概况|详情)",
        r"问题(?:基本|具体|主要)?情况",
    ),
}
# What no field is, although its name has the words of one.
_NEVER = re.compile(
    r"措施|佐证|附件|备注|金额|数量|个数|小计|合计|占比|比例|填报|填表|报送|编制|配合|协助|协办|联系|电话|来源|线索|评价|成效|建议"
    r"|计量单位|货币单位|实际|发现(?:时间|日期)|(?:移交|反馈|下发|录入|更新|立项|验收)(?:时间|日期)"
    r"|是否(?:重复|共性|涉|属|为|移交|追责|问责|典型|新增|立行)|整改(?:目标|要求|方案|标准|思路)|问责|追责|处分|巡察组|检查组|审核"
)
_YEAR = re.compile(r"(?:巡察|巡视|检查|所属|问题)?(?:年度|年份|年)")
_LONGEST = 120  # characters of a column's name, instructions in brackets included
_SEVERAL = frozenset({"responsible"})


def plain(name: str) -> str:
    """A column's name without brackets and what is in them, white space, marks, and a number before it."""
    name = re.sub(r"[（(【\[〔<《].*?[)）】\]〕>》]", "", name) or name
    name = re.sub(r"[\s\u200b（）()【】\[\]*＊★※、，,:：;；.．。_\-—“”\"'?？!！]", "", name)
    return re.sub(r"^(?:[0-9]+|[①-⑳])(?=\D)", "", name).lower()


def map_columns(columns: Sequence[str]) -> dict[str, str]:
    """Column → field, one column a field; only responsible may have several (责任部门 and 责任人).

    A year in a column of its own belongs to the round. With no other unit, who is responsible is the unit.
    """
    names = {column: plain(column) for column in columns if len(column) <= _LONGEST}
    names = {column: name for column, name in names.items() if not _NEVER.search(name)}
    mapping: dict[str, str] = {}
    for field, patterns in _PATTERNS.items():
        for pattern in patterns:
            fitting = [c for c, name in names.items() if c not in mapping and _fits(pattern, name)]
            for column in fitting if field in _SEVERAL else fitting[:1]:
                mapping[column] = field
            if fitting:
                break
    fields = set(mapping.values())
    if "round" in fields:
        mapping |= {c: "round" for c, name in names.items() if c not in mapping and _YEAR.fullmatch(name)}
    if "unit" not in fields:
        bodies = [c for c, field in mapping.items() if field == "responsible" and re.search(rf"{_WHO}$", names[c])]
        mapping |= {c: "unit" for c in bodies[:1] if not names[c].endswith(("部门", "处室"))}
    return {column: mapping[column] for column in columns if column in mapping}


def is_year(name: str) -> bool:
    """Whether a column holds the year of the round alone."""
    return bool(_YEAR.fullmatch(plain(name)))


def fields_of(names: Iterable[str]) -> set[str]:
    """The fields that names may stand for."""
    return set(map_columns(list(dict.fromkeys(name for name in names if name))).values())


@lru_cache(4096)
def means(name: str) -> bool:
    """Whether a name may be that of a field."""
    return len(name) <= _LONGEST and bool(map_columns([name]))


def _fits(pattern: str, name: str) -> bool:
    """Whether the pattern is the whole name; of two names for one column, 问题描述/具体表现, either will do."""
    return any(re.fullmatch(pattern, part) for part in (name, *re.split(r"[/／或|]", name)))
