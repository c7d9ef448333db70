"""A small library with editions, a meeting, a ledger and a restricted text, and an assistant over it on a fixed day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from app.assistant import Assistant
from app.main import opened
from app.model import Answer, Filters
from app.settings import Clock, Settings
from ingest.build import ingest_paths
from ingest.catalogue import Snapshot
from ingest.document import LOCAL, Caller
from ingest.library import Library

OLD = """\
---
title: 青山集团巡察工作办法
kind: regulation
published: 2021-03-15
effective_from: 2021-04-01
edition: 2021年修订
---
# 青山集团巡察工作办法

第一条 巡察采取常规巡察和提级巡察两种方式。

第二条 有下列情形之一的，可以开展提级巡察：

（一）信访举报十件以上的；

（二）整改评估不合格的。

第三条 集中整改期限为两个月，自反馈之日起计算。
"""
NEW = """\
---
title: 青山集团巡察工作办法
kind: regulation
published: 2024-06-18
effective_from: 2024-07-01
edition: 2024年修订
---
# 青山集团巡察工作办法

## 第一章 总则

第一条 巡察采取常规巡察、专项巡察和提级巡察三种方式。

第二条 提级巡察是指集团党委直接对下一级单位党组织开展的巡察。

有下列情形之一的，可以开展提级巡察：

（一）信访举报五件以上的；

（二）整改评估不合格的；

（三）集团党委认为有必要的。

提级巡察由集团党委批准。情况紧急的，可以由领导小组组长批准先行启动，但仅符合前款第（三）项情形的除外。

第二条之一 数据筛查发现的疑点，未经印证不得写入巡察报告。

第三条 集中整改期限为三个月，自反馈之日起计算。
"""
COMING = """\
---
title: 青山集团违规责任追究办法
kind: regulation
published: 2025-12-22
effective_from: 2028-01-01
---
# 青山集团违规责任追究办法

第一条 违规决策造成损失的，应当追究责任。
第二条 损失五百万元以上的，为较大损失。
"""
MEETING = """\
---
title: 2024年第一轮巡察动员部署会纪要
kind: meeting
date: 2024-03-08
---
# 2024年第一轮巡察动员部署会纪要

2024年3月8日，集团党委召开2024年第一轮巡察动员部署会。党委书记、董事长周明远出席会议并讲话，总经理沈立群主持会议。炼钢二厂、线材厂、动力厂3家单位作了表态发言。
周明远强调，一是要聚焦责任看担当，不搞下不为例。二是要聚焦整改看成效，重复发生的问题一律从重处理。
沈立群要求，各单位三日内安排被抽调人员到岗。
"""
LEDGER = """\
编号,轮次,巡察类型,被巡察单位,问题类别,问题描述,定性依据,责任单位,整改期限,整改状态
2024-1-001,2024年第一轮,常规巡察,炼钢二厂,招标采购,未按规定公开招标,《采购办法》第三条第一款,采购部,2024-08-31,已完成
2024-1-002,2024年第一轮,常规巡察,动力厂,财务资产,资产账实不符,《资产办法》第五条,财务部,2024-09-30,整改中
2024-1-003,2024年第一轮,常规巡察,动力厂,选人用人,干部考察不到位,《干部办法》第七条,组织部,2024-10-31,整改中
2024-2-001,2024年第二轮,提级巡察,南坡采场,招标采购,化整为零规避招标,《采购办法》第五条,采购部,2025-02-28,未启动
"""
SECRET = """\
---
title: 关于幸福里项目的专题会议纪要
kind: meeting
date: 2024-05-06
readers: [纪委]
---
# 关于幸福里项目的专题会议纪要

会议决定对幸福里项目的合同另行核查。
"""


class Fixed(Clock):
    """A clock that stands on the last day of 2025."""

    def today(self) -> date:
        return date(2025, 12, 31)


@dataclass(frozen=True, slots=True)
class Office:
    """The library and its assistant."""

    library: Library
    assistant: Assistant


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("资料")
    for name, text in (
        ("办法2021.md", OLD),
        ("办法2024.md", NEW),
        ("追责办法.md", COMING),
        ("动员会.md", MEETING),
        ("问题台账.csv", LEDGER),
        ("专题会议.md", SECRET),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    with opened(Settings(library=tmp_path_factory.mktemp("库") / "库")) as it:
        ingest_paths(it.library, [folder])
        yield Office(it.library, Assistant(it.library, None, Fixed("Asia/Shanghai")))


@pytest.fixture
def ask(office: Office) -> Callable[..., Answer]:
    def asked(
        question: str, *, as_of: date | None = None, caller: Caller = LOCAL, filters: Filters | None = None
    ) -> Answer:
        return office.assistant.answer(question, caller=caller, as_of=as_of, filters=filters)

    return asked


@pytest.fixture
def assistant(office: Office) -> Assistant:
    return office.assistant


@pytest.fixture
def snapshot(office: Office) -> Iterator[Snapshot]:
    with office.library.snapshot() as it:
        yield it
