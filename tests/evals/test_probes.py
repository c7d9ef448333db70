"""Probes of every article, over a small library of two regulations."""

from datetime import date
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.settings import Clock
from evals.probes import ALIAS, ARABIC, FULL, WORDS, figures, in_lay_words, probe_run, probes
from evals.runs import run_folder
from tests.ingest.hashing import add, open_library, regulation

DAY = date(2025, 6, 1)


@pytest.mark.parametrize(
    ("article", "question"),
    [
        (
            "第五条　接待对象应当按照规定标准自行用餐，不得超过标准。",
            "接待对象要按照规定标准自行用餐，不能超过标准吗？",
        ),
        ("第二十四条之一　巡察组可以依托信息系统开展数据筛查或者比对。", "巡察组能依托信息系统开展数据筛查或比对吗？"),
        ("第九条　本办法自印发之日起施行。", ""),
    ],
)
def test_the_first_sentence_of_an_article_is_asked_in_lay_words(article: str, question: str) -> None:
    assert in_lay_words(article) == question


def test_every_article_in_force_is_asked_for_and_a_hole_shows(tmp_path: Path) -> None:
    articles = [
        "公务接待应当凭公函安排，不得接待无公函的来访人员。",
        "陪餐人数不得超过接待对象人数的三分之一，具体由办公室核定。",
    ]
    with open_library(tmp_path / "库") as library:
        add(
            library,
            regulation("公务接待管理办法", ["旧的第一条，现在已经不用了，不应当问到。"], effective="2019-01-01"),
            "旧.md",
        )
        add(library, regulation("公务接待管理办法", articles, effective="2024-01-01"), "新.md")
        with library.snapshot() as snapshot:
            asked = list(probes(snapshot, DAY))
        assert {probe.kind for probe in asked} >= {FULL, ARABIC, WORDS}
        assert len({probe.version_id for probe in asked}) == 1
        assert [probe.text for probe in asked if probe.kind == FULL] == [
            "《公务接待管理办法》第一条",
            "《公务接待管理办法》第二条",
        ]
        with run_folder(tmp_path / "出") as folder:
            run = probe_run(Assistant(library, None, Clock()), library, DAY, folder)
    by_name = {figure.name.split()[0]: figure for figure in figures(run)}
    assert by_name[FULL].value == by_name[ARABIC].value == by_name[WORDS].value == 1
    if not any(line.kind == ALIAS for line in run.lines):
        assert by_name[ALIAS].value is None
        assert by_name[ALIAS].remark == "没有这样的探针"
