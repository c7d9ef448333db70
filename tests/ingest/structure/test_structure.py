import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.document import ClauseLevel, DocumentKind, Metadata
from ingest.read.reader import read, read_bytes
from ingest.structure.structure import structure, version_id_of

SHARED = Path(os.environ.get("YOUJU_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
needs_data = pytest.mark.skipif(not (SHARED / "laws_versions").is_dir(), reason="no shared data")

LINES = [
    "# 巡察工作办法",
    "（2024年6月18日修订）",
    "目　录",
    "第一章　总则",
    "第二章 附　则",
    "第一条　为了规范工作，制定本办法。",
    "第二条　有下列情形之一的：（一）甲；（二）乙。",
    "第二条规定的除外。",
    "（一）情节轻微的；",
    "（二）主动整改的。",
    "1.第一目；",
    "附件1　限额表",
    "周明远强调，一是要提高站位。二是要压实责任。",
    "会议指出，成绩不小。",
    "一、整改进展",
    "时间：2024年3月8日",
    "岱川钢铁集团有限公司",
    "2024年6月18日",
    "巡察组应当" + "如实报告发现的问题，" * 60 + "不得隐瞒。",
    "……",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=25), st.sampled_from([None, *DocumentKind]))
def test_whatever_the_text_spans_hold_and_nothing_is_lost(make_document, lines, kind):
    document = make_document("\n".join(lines), kind=None if kind is DocumentKind.LEDGER else kind)
    done = structure(document)
    text = document.text
    for clause in done.clauses:
        assert 0 <= clause.span.start < clause.span.end <= len(text)
        assert clause.span.of(text) == clause.span.of(text).strip()
        assert clause.lead_in is None or clause.lead_in.start < clause.lead_in.end <= clause.span.end
    covered = {i for c in done.clauses for i in range(c.span.start, c.span.end)}
    passages = [i for p in done.passages for i in range(p.span.start, p.span.end)]
    assert len(passages) == len(set(passages))
    assert {i for i in passages if not text[i].isspace()} == {i for i in covered if not text[i].isspace()}
    assert [p.id for p in done.passages] == [f"{done.version_id}:{n}" for n in range(len(done.passages))]
    assert [p.span for p in done.passages] == sorted(p.span for p in done.passages)
    assert all(p.span.end - p.span.start <= 700 for p in done.passages)
    assert structure(document) == done


def test_the_version_id_depends_on_content_alone(make_document):
    one, same, other = make_document("甲", name="a.txt"), make_document("甲", name="b.txt"), make_document("乙")
    assert version_id_of(one) == version_id_of(same) != version_id_of(other)
    assert len(version_id_of(one)) == 16


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("会议管理办法", "regulation"),
        ("关于废止部分制度的通知", "regulation"),
        ("在巡察动员部署会上的讲话", "speech"),
        ("巡察工作领导小组会议纪要", "meeting"),
        ("集团召开巡察整改专题会", "meeting"),
        ("党委第二巡察组向采购中心反馈巡察情况", "meeting"),
        ("炼铁厂高炉大修总结", "other"),
        ("关于巡察采购中心党委的反馈意见", "other"),
        ("关于加强采购管理的实施意见", "regulation"),
    ],
)
def test_the_kind_is_told_by_the_title(make_document, title, kind):
    done = structure(make_document(f"{title}\n各单位要抓好落实。"))
    assert done.kind == kind
    assert done.metadata.kind == kind
    assert "kind" in done.metadata.inferred


def test_prose_is_grouped_under_its_headings(make_document):
    done = structure(
        make_document("# 高炉大修总结\n## 概况\n" + "工期三十日。\n" * 3 + "## 经验\n" + f"{'统筹安排' * 40}。\n" * 3)
    )
    assert [p.context for p in done.passages] == ["高炉大修总结 概况", "高炉大修总结 经验", "高炉大修总结 经验"]
    assert [str(p.locator) for p in done.passages] == ["第1段", "第4段", "第6段"]


@needs_data
def test_every_edition_of_the_shared_laws_has_the_articles_of_its_manifest():
    for entry in json.loads((SHARED / "laws_versions" / "manifest.json").read_text("utf-8")):
        document = read(SHARED / "laws_versions" / entry["file"])
        done = structure(document)
        assert sum(c.level is ClauseLevel.ARTICLE for c in done.clauses) == entry["articles"], entry["file"]
        assert done.notices == document.notices, entry["file"]
        assert max(Counter(str(c.locator) for c in done.clauses).values()) == 1, entry["file"]


@needs_data
def test_dates_read_off_the_shared_laws_are_right_or_unknown():
    for entry in json.loads((SHARED / "laws_versions" / "manifest.json").read_text("utf-8")):
        document = read(SHARED / "laws_versions" / entry["file"])
        done = structure(replace(document, metadata=Metadata()))
        assert done.metadata.title == entry["title"]
        assert str(done.metadata.published) == entry["date"]
        assert str(done.metadata.effective_from) in (entry["effective"], "None")


@needs_data
def test_word_files_and_their_conversions_have_the_same_structure():
    for path in sorted((SHARED / "documents" / "docx").glob("*.docx")):
        twin = SHARED / "documents" / "md" / f"{path.stem}.md"
        if not twin.is_file():
            continue
        one, other = structure(read(path)), structure(read(twin))
        levels = (ClauseLevel.ARTICLE, ClauseLevel.ITEM)
        assert [str(c.locator) for c in one.clauses if c.level in levels and c.locator.article] == [
            str(c.locator) for c in other.clauses if c.level in levels and c.locator.article
        ], path.name


def test_a_regulation_with_a_table_of_findings_in_it_stays_a_regulation():
    rows = [f"<tr><td>{unit}</td><td>甲。</td><td>已完成</td></tr>" for unit in ("炼铁厂", "热轧厂")]
    table = "<table><tr><th>单位</th><th>问题</th><th>整改状态</th></tr>" + "".join(rows) + "</table>"
    articles = "".join(f"<p>第{n}条　有关要求如下。</p>" for n in "一二三四")
    page = f"<html><body><h1>巡察工作办法</h1>{articles}{table}</body></html>"
    assert structure(read_bytes(page.encode(), "办法.html")).kind == "regulation"
    assert (
        structure(read_bytes(f"<html><body><p>问题如下</p>{table}</body></html>".encode(), "a.html")).kind == "ledger"
    )
