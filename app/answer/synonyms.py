"""Words of questions and of documents that mean the same in an inspection office, for matching only."""

from __future__ import annotations

from collections.abc import Mapping

_GROUPS = """
开会 召开 会议
出席 参加 参会 到会 与会
讲话 发言 致辞 表态
批准 审批 同意 审定 核准 决定 批
负责 牵头 承担 主管 分管 组织实施
期限 时限 时间 多久
经费 费用 资金 开支
金额 数额 资金
上报 报告 报送 报
领导人员 领导干部 干部 领导班子成员
员工 职工 工作人员 人员
公司 企业 集团
招投标 招标投标 招标 投标
购买 采购 买
吃饭 宴请 用餐 就餐 餐 餐费
用车 公务用车 车辆 坐车
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
评估 考核 评价
反馈 通报
全覆盖 覆盖
一把手 主要负责人 党委书记 第一责任人
礼品 礼金 送礼 纪念品 收礼
开标 评标 投标
定标 中标
单一来源 直接采购
撤销 免职 解除
培训 学习
任期 任职
轮岗 交流
保密 泄密 泄露 机密
档案 归档 存档 留存 保存 保管
签字 签名 签署
会议记录 纪要 记录
表决 票决 投票
回避 避嫌
谈话 约谈 访谈
抽调 借调 选派 选调
人数 几人 多少人
最少 至少 不少于
最多 不超过 不得超过
前提 条件
后果 责任 处理
办法 措施 方法
原因 因为 由于
第一责任人 首要责任
监督 检查
审计 审核
合并 归并
罚款 罚金 处罚
工资 薪酬 报酬 待遇
开除 辞退 解除
年龄 周岁 岁
请假 休假
申诉 复核 复议
录用 招录 录取
试用期 试用
起诉 诉讼
期间 期限
优化 改进 调整 完善
缩短 减少 压缩
开展 进行 组织 采取 采用
方式 形式 办法
分享 交流
任命 任职 宣布
解决 化解
资料 材料 文件
开始 启动 进驻
结束 完成
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
