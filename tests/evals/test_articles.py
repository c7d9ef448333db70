from __future__ import annotations

from pathlib import Path

import pytest

from evals.ingestion import articles
from evals.ingestion.articles import FileResult, _compare_articles, _figures, _our_articles, _reference_articles
from ingest.read.reader import read_bytes
from ingest.structure.structure import structure

REFERENCE = """\ufeff巡察工作办法
第一章 总则
第一条　为了规范巡察工作，
制定本办法。
（一）甲
第二条之一　末条，依照第三条办理。

附件：表
第115条
第三条的说明
"""


def test_the_reference_counts_articles_by_itself() -> None:
    found = _reference_articles(REFERENCE, frozenset({"第115条"}))
    assert [(each.number, each.text) for each in found] == [
        ("第一条", "第一条为了规范巡察工作，制定本办法。（一）甲"),
        ("第二条之一", "第二条之一末条，依照第三条办理。"),
    ]
    assert [each.number for each in _reference_articles(REFERENCE, frozenset())][-1] == "第115条"


def test_an_article_lost_or_changed_is_counted() -> None:
    ours = structure(read_bytes("巡察工作办法\n第一条　为了规范巡查。\n第三条　多的。".encode(), "办法.txt"))
    result = FileResult("办法.docx", there=2)
    there = _reference_articles("第一条　为了规范巡察。\n第二条　缺的。", frozenset())
    _compare_articles(result, there, list(_our_articles(ours)))
    assert (result.equal, [each["article"] for each in result.different]) == (0, ["第一条"])
    missed = {
        figure.name for figure in _figures([FileResult("甲", there=2, equal=1, lost=["第二条"])]) if figure.missed
    }
    assert missed == {"条目齐全的文件", "条文与参照相同", "缺失的条"}


def test_without_data_or_office_the_measure_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_SHARED_DATA", str(tmp_path))
    assert [(figure.value, bool(figure.remark)) for figure in articles.measure(tmp_path / "out")] == [(None, True)]
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "甲.docx").write_bytes(b"PK")
    monkeypatch.setattr(articles.shutil, "which", lambda _: None)
    (figure,) = articles.measure(tmp_path / "out")
    assert figure.value is None
    assert "soffice" in figure.remark
