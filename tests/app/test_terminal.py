from __future__ import annotations

import io
from datetime import date

import pytest

from app.api.examples import EXAMPLES
from app.api.schema import ANSWER_EXAMPLE, AnswerModel, SearchModel
from app.api.views import FileErrorModel, FileReportModel, NoticeModel, ProgressModel, ReportModel
from app.terminal import Bar, answer_lines, plain, report_lines, search_lines, shortened, table

ANSWER = AnswerModel.model_validate(ANSWER_EXAMPLE)


def test_an_answer_shows_its_text_and_then_what_each_mark_stands_for() -> None:
    lines = list(answer_lines(ANSWER))
    assert lines[0] == "提级巡察由集团党委批准。[1]"
    assert lines[2:5] == [
        "依据",
        "  [1] 《巡察工作办法》（2024年修订）第十二条第三款（现行有效）",
        "      提级巡察由集团党委批准。",
    ]
    assert ANSWER.id in lines[-1]
    assert "2025-03-01" in lines[-1]


def test_an_explained_search_says_why_and_what_was_left_out() -> None:
    lines = list(search_lines(SearchModel.model_validate(EXAMPLES["SearchModel"])))
    assert lines[0].endswith("（去掉它：--ignore 巡察工作办法）")
    assert lines[1].endswith("第十二条第一款（现行有效）  中共岱川钢铁集团有限公司委员会，岱钢党发〔2024〕18号")
    assert lines[3:6] == [
        "    得分 0.910：向量 0.894（第 1），词项 14.200（第 2），题意加减 +0.120",
        "    相同的词：提级巡察",
        "    版本：2024年修订在 2026-01-05 现行有效，2024-07-01 起施行",
    ]
    assert lines[-1].startswith("没有采用：《")
    assert "已修改，2024-07-01 起由后一版本取代" in lines[-1]


def test_a_refusal_shows_its_reason_and_what_is_related() -> None:
    evidence = {
        **ANSWER.citations[0].model_dump(exclude={"n", "kind"}),
        "document_kind": "regulation",
        "score": 0.5,
    }
    refused = AnswerModel.model_validate(
        ANSWER.model_dump()
        | {
            "status": "refused",
            "reason": {"code": "not_addressed", "message": "库中没有规定谁任组长。"},
            "text": "",
            "statements": [],
            "citations": [],
            "related": [evidence],
        }
    )
    lines = list(answer_lines(refused))
    assert lines[0] == "没有作答：库中没有规定谁任组长。"
    assert "相关材料（不是答案）" in lines
    assert "依据" not in lines


def test_notes_are_shown() -> None:
    noted = ANSWER.model_copy(update={"notes": [ANSWER.reason or _reason("有一处已修改。")]})
    assert "注意：有一处已修改。" in list(answer_lines(noted))


def _reason(words: str) -> object:
    from app.api.schema import ReasonModel

    return ReasonModel(code="n", message=words)


def test_nothing_found_is_said() -> None:
    found = SearchModel(as_of=date(2025, 1, 1), library_revision=1, hits=[])
    assert list(search_lines(found)) == ["没有找到相关的片段。"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("\x1b[31m红色\x1b[0m", "[31m红色[0m"),
        ("铃\x07声", "铃声"),
        ("倒\u202e着", "倒着"),
        ("零\u200b宽", "零宽"),
        ("换\n行\t", "换\n行\t"),
    ],
)
def test_text_from_documents_cannot_drive_the_terminal(given: str, shown: str) -> None:
    assert plain(given) == shown


def test_a_long_quotation_is_cut_on_one_line() -> None:
    assert shortened("一\n二") == "一 二"
    assert shortened("字" * 300, 10) == "字" * 9 + "…"


def file(**changes: object) -> FileReportModel:
    values: dict[str, object] = {
        "path": "甲.md",
        "outcome": "added",
        "document_id": "d1",
        "kind": "regulation",
        "title": "办法",
        "edition": "2024年修订",
        "articles": 3,
        "passages": 4,
        "rows": 0,
        "inferred": [],
        "corrected": [],
        "date": None,
        "warnings": [],
        "error": None,
    }
    return FileReportModel.model_validate(values | changes)


def test_a_report_tells_each_file_but_only_counts_the_unchanged() -> None:
    report = ReportModel(
        files=[
            file(warnings=[NoticeModel(code="w", message="日期是推断的。")]),
            file(path="乙.md", outcome="unchanged"),
            file(path="丙.txt", outcome="failed", kind=None, error=FileErrorModel(code="e", message="是空的。")),
        ],
        removed=["丁.txt"],
        cancelled=True,
        failed=1,
        passages=4,
        seconds={},
        library_revision=7,
    )
    lines = list(report_lines(report))
    assert lines[0] == "新入库  甲.md  制度 · 办法 · 2024年修订 · 3 条 · 4 个片段"
    assert lines[1] == "    提醒：日期是推断的。"
    assert lines[2:4] == ["没有成功  丙.txt", "    错误：是空的。"]
    assert lines[4] == "已移除  丁.txt"
    assert lines[5] == "共 3 个文件：新入库 1，没有变化 1，没有成功 1，移除 1。资料库第 7 版。"
    assert "已取消" in lines[6]
    assert not any("乙.md" in line for line in lines)


def test_the_bar_shows_files_rate_and_time_left() -> None:
    stream = io.StringIO()
    with Bar("入库", shown=True, stream=stream) as bar:
        bar.advance(ProgressModel(done_files=0, total_files=4))
        bar.advance(ProgressModel(done_files=4, total_files=4, done_passages=30, passages_per_second=12.5))
    last = stream.getvalue().rpartition("\r")[2]
    assert "4/4 文件" in last
    assert "剩余" in last
    assert "30 片段，12.5 片段/秒" in last


def test_the_bar_counts_passages_where_their_number_is_known() -> None:
    stream = io.StringIO()
    with Bar("重建索引", shown=True, stream=stream) as bar:
        bar.advance(ProgressModel(done_passages=5, total_passages=5))
    assert "5/5 片段" in stream.getvalue()


def test_no_bar_where_nobody_looks() -> None:
    stream = io.StringIO()
    with Bar("入库", shown=False, stream=stream) as bar:
        bar.advance(ProgressModel(done_files=1, total_files=1))
    assert stream.getvalue() == ""


def test_a_table_lines_up_by_what_a_terminal_shows() -> None:
    assert list(table([("有据", "1"), ("Python", "3")])) == ["有据    1", "Python  3"]
