"""What a sentence speaks of that its sources do not: things by their nouns, steps of a procedure by their verbs.

A paraphrase changes how things are said, seldom what is named: of the nouns of 385 true statements one in twenty stands
nowhere in the cited text, and most of these are a writer's own (方面, 情况, 时限). A noun or a step from elsewhere is
what a wrong statement is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from app.wording import lexicon, spoken_in
from ingest.segment import tagged_words

_STEPS = """
批准 审批 核准 审定 决定 同意 通过 批 定
审核 审查 复核 复审 核 审
审议 研究 讨论 审定 审
备案 报备 备查
拟订 拟定 起草 编制 制定 制订 提出 拟
汇报 报告 上报 报送 告知 报
公示 公布 公开 公告
通报 点名
约谈
诫勉
验收
销毁 清除
扣减 扣除 扣发 扣
移交 移送 交 转
委托
授权
聘任 聘用 任命 任用
免职 撤职 免去 撤销 撤 免
解除 终止
中止 终止 停止 暂停 停
恢复
取消 撤销
退还 退回 返还 退
赔偿 赔
罚款 罚
拍卖
转让
出租 租
抵押
担保
捐赠 捐
登记 记录 记
封存
归档 存档
签字 签名 签署 签
盖章 印章 用印
评估 评价 评定
鉴定
审计
抽查 抽
考核
培训
回避
申诉
复议 复核 复审
投诉
举报
立案
处分
表决 投票
招标
报销
监交
""".strip().splitlines()
_OF_MANY_MEANINGS = "决定 同意 通过 研究 讨论 提出 报告 告知 报送 记录 评价 停止 印章 点名"
_LOOSE = frozenset(_OF_MANY_MEANINGS.split())
"""Verbs of many meanings: they may stand for a step, but are not looked for as one."""

_WRITERS = """
方面 情况 情形 问题 事项 事情 事 内容 部分 时候 时间 时限 期限 期间 时 阶段 当天 当日 当年 全年 全程 过程 地方 现场 场合 数量 数额 数 金额 总额 人数
次数 天数 比例 比率 额度 幅度 标准 上限 下限 门槛 底线 范围 对象 主体 方式 方法 办法 做法 措施 手段 程序 流程 步骤 环节 条件 前提 要求 规定 制度 规则 文件 条款
原则 原因 理由 结果 结论 结局 目的 目标 作用 关系 责任 职责 义务 权利 权限 权力 工作 任务 活动 业务 单位 部门 机构 组织 人员 人 人士 本人 个人 双方 一方 对方
各方 成员 人选 人手 集体 全体 会议 会上 讲话 发言 意见 看法 观点 主张 建议 态度 分歧 议题 议案 材料 资料 文本 版本 书面 口头 形式 类型 类别 种类 级别 等级 档次 顺序
频次 频率 周期 数字 数据 信息 消息 清单 名单 项目 方案 计划 安排 举措 标题 专人 经历 资格 身份 分工 成绩 篇幅 线索 下属 上级 本级 同级 上述 以上 以下 其余 其他
基础 前后 之间 总体 整体 根据 依据 相应 封顶 起步 除此以外 初犯 警告 面向 居首 介绍 进行 提出 申请 执行 开展 行为 现象 手续 事由 数目 总数 总共 合计 年底 年初 月底 中午 上午 下午 晚上 上年 去年 今年 明年 次年 年限 检查 岗位 普通 普遍 基本 主要 特殊 正常 同期
名称 名义 说法 提法 口径 表述 定义 含义 意思 案例 例子 特例 大家 同志 当事人 家属 亲属 亲戚 经验 能力 水平 状态 进度 进展 效果 相关 有关 各类 各项 各自 同类 同样
拍板 表态 坦言 点评 回应 答复 提醒 呼吁
彼此 两者 二者 前者 后者 剩余 余下 整个 节点 关口 门类 钱 价格 价钱 照常 继续 费用 款项 开支 限制 约束 全部 东西 公司 企业 集团
"""
"""Nouns with which a writer speaks about what he has read."""
_GENERAL = frozenset(_WRITERS.split())
_NOUNS = frozenset({"n", "nz", "vn", "nt", "ns", "l", "i", "an"})
_BEGINS = "多少从须应再内可将由经确所各该其本个每先报向对在被把给让按为与和及或后前时要不未均都还也并而且"
"""Characters that the segmenter takes into a word that follows them."""
_ENDS = "起时后前中内上下组员者类率费价给由到"
_CHINESE = re.compile("[\u4e00-\u9fff]+")
_NO_NAME = re.compile("[是不没有无几这那就都了得着过很太也又]|[下出起由给]$")
"""In a word of the segmenter these show that it names nothing: 是不是, 几件事, 记下."""
_APART = 3
"""Characters that may lie between those of a word and its short form."""


def _groups() -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for line in _STEPS:
        first, *others = line.split()
        for word in {first, *(each for each in others if len(each) > 1)} - _LOOSE:
            out.setdefault(word, set()).update((first, *others))
    return {word: frozenset(group) for word, group in out.items()}


_GROUPS = _groups()
_STEP = re.compile(rf"(?:{'|'.join(sorted(_GROUPS, key=len, reverse=True))})")
_QUOTING = frozenset({"通报", "汇报", "举报"})
"""With these a speaker is quoted, too."""


def strange(key: str, held: str, words: AbstractSet[str]) -> Iterator[str]:
    """The nouns and the steps of a sentence that its sources have under no name.

    ``key`` is the sentence without its numbers, ``words`` are those that the segmenter finds in what is held.
    """
    for spoken in spoken_in(key):
        if any(written in held for written in spoken.written):
            key = key.replace(spoken.words, "|")
    for match in _STEP.finditer(key):
        quoting = match.group() in _QUOTING and key[match.end() : match.end() + 1] in tuple(",:")
        if not quoting and not any(each in (held if len(each) > 1 else words) for each in _GROUPS[match.group()]):
            yield match.group()
    for word, tag in tagged_words(key):
        plain = word[1:] if word[0] in _BEGINS and len(word) > 2 else word
        if len(plain) < 2 or not _CHINESE.fullmatch(plain) or plain in _GROUPS or _NO_NAME.search(plain):
            continue
        if tag in _NOUNS and plain[0] not in _BEGINS and not _is_said(plain, held):
            yield plain


def in_other_words(word: str) -> tuple[str, ...]:
    """What the lexicon has for a word: others of its meaning, and what is written for it."""
    return (*lexicon().same.get(word, ()), *lexicon().written.get(word, ()))


def _is_said(word: str, held: str) -> bool:
    """Whether a word stands in a text: itself, a synonym, what it is short for (公务车 for 公务用车), or its parts."""
    if word in _GENERAL or word in held or any(other in held for other in in_other_words(word)):
        return True
    if _is_short_for(word, held) or (word[1:] == "子" and word[0] in held):
        return True
    if len(word) == 3:
        return word.endswith("来") or _is_said(word[1:], held) or (word[2] in _ENDS and _is_said(word[:2], held))
    return len(word) > 3 and _is_said(word[:2], held) and _is_said(word[2:], held)


def _is_short_for(word: str, held: str) -> bool:
    """Whether the characters of a word follow one another closely in a text, others between them."""
    start = held.find(word[0])
    while start >= 0:
        at = start
        for character in word[1:]:
            at = held.find(character, at + 1, at + 2 + _APART)
            if at < 0:
                break
        else:
            if _CHINESE.fullmatch(held[start : at + 1].replace(",", "")):
                return True
        start = held.find(word[0], start + 1)
    return False
