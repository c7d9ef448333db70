"""What is shown and compared, from lines made by hand."""

import json
from datetime import date
from pathlib import Path

import pytest

from app.model import Answer, AnswerStatus, Citation, CitationKind, Filters, FindingsQuery, Reason, Statement
from evals import report
from evals.dataset import Question
from evals.gold_run import counted
from evals.report import BaselineError, PerQuestion, compare, failures, kinds_text, per_question, summary, table_text
from evals.runs import Line

DAY = date(2025, 12, 31)


@pytest.fixture(autouse=True)
def baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No baseline, until a test writes one."""
    monkeypatch.setattr(report, "BASELINE", tmp_path / "baseline.json")
    return tmp_path / "baseline.json"


def answer(text: str = "", *, refused: bool = False, query: FindingsQuery | None = None) -> Answer:
    return Answer(
        id="a",
        question="问？",
        standalone_question="问？",
        as_of=DAY,
        filters=Filters(),
        engine="extractive",
        status=AnswerStatus.REFUSED if refused else AnswerStatus.ANSWERED,
        reason=Reason("not_in_library", "库中没有。") if refused else None,
        text=text,
        statements=(Statement(text, 0, len(text), False, (1,)),) if text else (),
        citations=(Citation(1, CitationKind.QUERY, query=query),) if query else (),
        evidence=(),
        related=(),
        notes=(),
        library_revision=1,
    )


def question(name: str, kind: str, *, near_miss: bool = False) -> Question:
    return Question(name, kind, f"{name}？", DAY, count=None if kind == "none" else 1, near_miss=near_miss)


def gave(name: str, kind: str, *remarks: str, **scores: float) -> Line:
    return Line(name, f"{name}？", kind, scores, 1.0, remarks=remarks)


def recalls(*values: float) -> PerQuestion:
    return per_question(gave(f"q{n}", "content", citation_recall=value) for n, value in enumerate(values))


def test_every_metric_has_its_line_and_what_was_not_measured_a_dash() -> None:
    text = table_text("dev", summary(recalls(1.0, 1.0, 0.0, 0.0)))
    lines = text.splitlines()
    assert [line.split()[0] for line in lines[2:]] == list(report.ORDER)
    (recall,) = [line for line in lines if "citation_recall" in line]
    assert recall.split()[1] == "0.500"
    assert recall.split()[-1] == "4"
    (count,) = [line for line in lines if line.split()[0] == "count"]
    assert count.split() == ["count", "–"]


def test_the_second_table_shows_each_kind_and_near_misses_apart() -> None:
    outcomes = [
        gave("q1", "content", citation_recall=1.0, answered=1.0),
        gave("q2", "content", citation_recall=0.0, answered=0.0),
        gave("q3", "as_of", citation_recall=1.0, answered=1.0, edition=0.0),
        gave("q4", "none", refusal_recall=0.0),
        gave("q5", "none", refusal_recall=1.0),
    ]
    lines = kinds_text(
        [question(each.id, each.kind, near_miss=each.id == "q4") for each in outcomes], per_question(outcomes)
    ).splitlines()
    header = lines[0].split()
    rows = {line[2:14].strip(): line[14:].split() for line in lines[1:]}
    at = {name: header.index(name) - 2 for name in ("n", "cite_recall", "edition", "answered", "refused")}
    assert rows["content"][at["n"]] == "2"
    assert rows["content"][at["cite_recall"]] == "0.500"
    assert rows["as_of"][at["edition"]] == "0.000"
    assert rows["none: near"][at["refused"]] == "0.000"
    assert rows["none: far"][at["refused"]] == "1.000"
    assert rows["speaker"][at["n"]] == "0"


def test_without_a_baseline_the_comparison_fails_and_says_what_to_run() -> None:
    lines, worse = compare("dev", recalls(1.0))
    assert worse
    assert "--write-baseline" in lines[0]


def test_a_half_the_baseline_does_not_have_is_missing_too() -> None:
    report.write_baseline({"dev": recalls(1.0)})
    assert compare("dev", recalls(1.0)) == (["  与基线相同"], False)
    lines, worse = compare("test", recalls(1.0))
    assert worse
    assert "没有 test 的基线" in lines[0]


def test_writing_one_half_leaves_the_other(baseline: Path) -> None:
    report.write_baseline({"dev": recalls(1.0), "test": recalls(0.0)})
    report.write_baseline({"dev": recalls(0.5)})
    stored = json.loads(baseline.read_text())
    assert stored["dev"]["citation_recall"] == {"q0": 0.5}
    assert stored["test"]["citation_recall"] == {"q0": 0.0}


def test_a_significant_drop_is_marked_and_only_that() -> None:
    good = [1.0] * 60
    before = recalls(*good) | {"mrr": {f"q{n}": 0.5 for n in range(60)}}
    report.write_baseline({"dev": before})

    lines, worse = compare("dev", recalls(*[0.0] * 15, *good[15:]) | {"mrr": {f"q{n}": 0.6 for n in range(60)}})
    assert worse
    assert [line.split()[0] for line in lines if "显著下降" in line] == ["citation_recall"]
    assert any(line.split()[:2] == ["mrr", "+0.100"] for line in lines)

    lines, worse = compare("dev", recalls(0.0, *good[1:]) | {"mrr": before["mrr"]})
    assert not worse
    assert [line.split()[0] for line in lines] == ["citation_recall"]


def test_refusing_more_wrongly_shows_although_those_questions_were_not_refused_before() -> None:
    asked = {f"q{n}": 1.0 for n in range(80)}
    before = recalls(*[1.0] * 80) | {"refusal_precision": dict.fromkeys(list(asked)[:30], 1.0)}
    report.write_baseline({"dev": before})
    after = recalls(*[1.0] * 80) | {
        "refusal_precision": before["refusal_precision"] | dict.fromkeys(list(asked)[30:60], 0.0)
    }
    lines, worse = compare("dev", after)
    assert worse
    assert "refusal_precision   -0.500" in lines[0]


def test_questions_added_or_taken_out_are_told_and_left_out() -> None:
    report.write_baseline({"dev": recalls(1.0, 1.0)})
    lines, worse = compare("dev", {"citation_recall": {"q0": 1.0, "q9": 0.0}})
    assert not worse
    assert "1 题新增，1 题不再有" in lines[0]


def test_a_broken_baseline_is_told(baseline: Path) -> None:
    baseline.write_text("<<<<<<< HEAD")
    with pytest.raises(BaselineError, match=r"baseline\.json 读不出来"):
        compare("dev", recalls(1.0))


def test_failures_come_worst_first_with_their_reasons_on_one_line() -> None:
    outcomes = [
        gave("q2", "content", "多引：第一条\n（一）", citation_recall=0.5),
        gave("q1", "content", "拒答了", citation_recall=0.0),
        gave("q3", "content", citation_recall=1.0),
    ]
    lines = failures(outcomes, 5)
    assert "2 道" in lines[0]
    assert [line.strip() for line in lines[1:]] == ["q1 q1？", "拒答了", "q2 q2？", "多引：第一条 （一）"]
    assert failures(outcomes, 0) == []


# ---------------------------------------------------------------- counts and lists

UNITS = ("工程建设公司", "工程建设公司第三项目部", "炼铁厂", "动力厂")
COLUMNS = (("2024年第一轮",), UNITS, ("招标采购",))


def said(text: str, count: int) -> Answer:
    return answer(text, query=FindingsQuery({}, count, (), "/api/findings"))


@pytest.mark.parametrize(
    ("text", "count", "right"),
    [
        ("共 12 个；涉及 2 个单位：炼铁厂（7 个）、动力厂（5 个）。", 12, True),
        ("共 12 个；涉及 1 个单位：炼铁厂（12 个）。", 12, False),
        ("共 12 个；涉及 3 个单位：炼铁厂、动力厂、工程建设公司。", 12, False),
        ("共 13 个；涉及 2 个单位：炼铁厂、动力厂。", 13, False),
        ("共 112 个；涉及 2 个单位：炼铁厂、动力厂。", 12, False),
    ],
)
def test_a_count_with_its_list_is_right_when_nothing_is_wrong_missing_or_too_many(
    text: str, count: int, right: bool
) -> None:
    asked = Question("q", "count", "多少个，哪些单位？", DAY, count=12, values=("炼铁厂", "动力厂"))
    assert counted(asked, said(text, count), COLUMNS) is right


def test_a_unit_whose_name_begins_with_another_is_itself_only() -> None:
    asked = Question("q", "count", "哪些单位？", DAY, values=("工程建设公司第三项目部",))
    assert counted(asked, said("涉及 1 个单位：工程建设公司第三项目部。", 3), COLUMNS)
    assert not counted(asked, said("涉及 1 个单位：工程建设公司。", 3), COLUMNS)


def test_a_count_that_was_not_computed_is_not_right() -> None:
    asked = Question("q", "count", "多少个？", DAY, count=12)
    assert not counted(asked, answer("共 12 个。"), COLUMNS)
