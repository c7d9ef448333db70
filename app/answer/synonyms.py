"""Words of questions and of documents that mean the same in an inspection office, for matching only."""

from __future__ import annotations

from collections.abc import Mapping

_GROUPS = """
开会 召开
出席 参加 参会 到会 与会
讲话 发言 致辞
发言 交流 分享
批准 审批 同意 审定 核准 决定 批
负责 牵头 承担 主管 分管 组织实施
期限 时限 时间 多久
上报 报告 报送 报
领导人员 领导干部 干部 领导班子成员
员工 职工 工作人员 人员
公司 企业 集团
招投标 招标投标 招标 投标
购买 采购 买
吃饭 宴请 用餐 就餐 餐 餐费
用车 公务用车 坐车
出差 差旅
住宿 住房 房间 住
整改 纠正 改正
处罚 处分 处理 追究 追责 问责 惩处
禁止 不得 不准 严禁 不可 不能 不允许
频率 每年 每季度 每月 次
成员 组成 人员
设立 成立 组建 设
施行 实施 生效 执行 起施行
废止 失效 作废
修订 修改 修正
公开 公布 公示 通报
举报 投诉 信访 反映
延期 延长 推迟 延后
反馈 通报
全覆盖 覆盖
一把手 主要负责人 党委书记 第一责任人
礼品 送礼 收礼
开标 评标 投标
定标 中标
单一来源 直接采购
任期 任职
轮岗 交流
保密 泄密 泄露 机密
档案 归档 存档 留存 保存 保管
签字 签名 签署
会议记录 纪要 记录
表决 票决 投票 票
回避 避嫌
谈话 约谈 访谈
抽调 借调 选派 选调
人数 几人 多少人
最少 至少 不少于
最多 不超过 不得超过
前提 条件
原因 因为 由于
第一责任人 首要责任
审核 审查
合并 归并
罚款 罚金
工资 薪酬 报酬 待遇
年龄 周岁 岁
请假 休假
申诉 复核 复议
录用 招录 录取
提拔 任用 选拔 提任
中层干部 中层人员
班子 领导班子
签名 签字
删 清除 删除 清掉
掏钱 自费 交纳 缴纳 费用
熟人 说情 请托
打听 探听 过问
点名 指定
捐款 捐赠 赞助
卖掉 出售 转让 处置
借钱 借款 拆借 资金
贷款 借款
拆成 拆分 分拆
补签 补办
试用期 试用
起诉 诉讼
优化 改进 调整 完善
缩短 减少 压缩
开展 进行 组织 采取 采用
方式 形式 办法
分享 交流
主持 召集
任命 任职
解决 化解
开始 启动
驻 进驻
调查 核查 核实
""".strip().splitlines()


def _table() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for line in _GROUPS:
        words = line.split()
        for word in words:
            table.setdefault(word, {}).update(dict.fromkeys(other for other in words if other != word))
    return {word: tuple(others) for word, others in table.items()}


SYNONYMS = _table()
