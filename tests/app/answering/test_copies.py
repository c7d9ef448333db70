"""Two copies of one edition: what is looked up, compared or asked is quoted from one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.main import opened
from app.model import Answer
from app.settings import Clock, Settings
from ingest.build import ingest_paths
from ingest.document import LOCAL

RULES = """\
第一条　为了规范巡察工作，发挥巡察利剑作用，根据有关规定，制定本办法。

第二条　巡察工作坚持实事求是、依规依纪，坚持问题导向。

第三条　集中整改期限为{}，自反馈之日起计算。

第四条　巡察办应当对整改情况开展评估，评估结果报领导小组。
"""
HEAD = "---\ntitle: 青山集团巡察工作办法\nkind: regulation\npublished: {0}-06-18\neffective_from: {0}-07-01\nedition: {0}年修订\n---\n# 青山集团巡察工作办法\n\n"
SCRAPE = "首页 > 法规 > 正文\n\n# 青山集团巡察工作办法\n\n（2024年6月18日修订）\n\n{}\n\n责任编辑：甲\n"


class Fixed(Clock):
    """A clock that stands on the last day of 2025."""

    def today(self) -> date:
        return date(2025, 12, 31)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("资料")
    (folder / "2021.md").write_text(HEAD.format(2021) + RULES.format("两个月"), encoding="utf-8")
    (folder / "2024.md").write_text(HEAD.format(2024) + RULES.format("三个月"), encoding="utf-8")
    (folder / "转载.md").write_text(SCRAPE.format(RULES.format("三个月")), encoding="utf-8")
    with opened(Settings(library=tmp_path_factory.mktemp("库") / "库")) as it:
        ingest_paths(it.library, [folder])
        with it.library.snapshot() as snapshot:
            (work,) = snapshot.roster.view(LOCAL).works
            assert len(snapshot.editions(work)) == 3
        yield Assistant(it.library, None, Fixed("Asia/Shanghai"))


def quotes(answer: Answer) -> list[str]:
    return sorted(c.evidence.quote for c in answer.citations if c.evidence is not None)


@pytest.mark.parametrize(
    "question",
    [
        "《青山集团巡察工作办法》第三条的内容是什么？",
        "《青山集团巡察工作办法》规定集中整改期限是多久？",
    ],
)
def test_a_clause_is_quoted_from_one_copy(assistant: Assistant, question: str) -> None:
    assert quotes(assistant.answer(question, caller=LOCAL)) == ["第三条　集中整改期限为三个月，自反馈之日起计算。"]


@pytest.mark.parametrize(
    "question",
    [
        "《青山集团巡察工作办法》2021年修订和2024年修订的第三条有什么不同？",
        "《青山集团巡察工作办法》新旧两版第三条有什么变化？",
    ],
)
def test_editions_are_compared_and_not_copies(assistant: Assistant, question: str) -> None:
    assert quotes(assistant.answer(question, caller=LOCAL)) == [
        "第三条　集中整改期限为三个月，自反馈之日起计算。",
        "第三条　集中整改期限为两个月，自反馈之日起计算。",
    ]
