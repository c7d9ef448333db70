"""Retrievers over a small collection: scores, the kept vectors, and runs that are cut off."""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import evals.suite
from evals.__main__ import main
from evals.beir import Asked, Dataset
from evals.embedded import embedded
from evals.ingestion.measure import Figure
from evals.page import Results, write_page
from evals.retrieval_run import retrieval_run, scores
from evals.retrievers import CONFIGURATIONS, Entry
from evals.runs import Line, RunError, read_run, read_runs, run_folder
from tests.ingest.hashing import HashingEmbedder

TEXTS = ("公务接待应当凭公函安排", "招标采购应当公开进行", "巡察组组长由党委任命", "整改期限为三个月", "印章由专人保管")
ENTRIES = [Entry(f"a{n}", f"管理办法第{'一二三四五'[n]}条", text) for n, text in enumerate(TEXTS)]


@pytest.fixture
def dataset() -> Dataset:
    asked = [Asked(f"q{n}", f"{text[2:]}？", "", {f"a{n}": 1.0}) for n, text in enumerate(TEXTS)]
    return Dataset("办法", ENTRIES, asked)


def silent(done: int, total: int) -> None:
    """No bar."""


def test_the_scores_of_a_ranking_are_those_of_the_formulas() -> None:
    asked = Asked("q", "？", "", {"甲": 1.0, "乙": 1.0})
    found = scores(["丙", "甲", "丁", "乙"], asked)
    assert found["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3)))
    assert (found["recall@1"], found["recall@5"], found["mrr@10"]) == (0, 1, 1 / 2)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_configuration_finds_the_text_that_has_the_questions_words(
    name: str, dataset: Dataset, tmp_path: Path
) -> None:
    collection = embedded(ENTRIES, HashingEmbedder(), tmp_path / "cache", silent)
    with run_folder(tmp_path / "out") as folder:
        run = retrieval_run(dataset, collection, name, folder)
    assert [line.id for line in run.lines] == [f"q{n}" for n in range(5)]
    assert sum(run.values("recall@1").values()) >= 4
    assert read_run(tmp_path / "out" / "办法" / f"{name}.jsonl") == run
    assert run.means()["latency_ms_p95"] > 0


# ---------------------------------------------------------------- vectors


def test_texts_are_embedded_once(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    first = embedded(ENTRIES, embedder, tmp_path, silent)
    assert embedder.encoded == 5
    again = embedded(ENTRIES, embedder, tmp_path, silent)
    assert embedder.encoded == 5
    assert np.array_equal(first.vectors, again.vectors)
    embedded([*ENTRIES[:4], Entry("a4", "", "别的话")], embedder, tmp_path, silent)
    assert embedder.encoded == 10


def test_embedding_goes_on_where_it_was_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.embedded.BATCH", 2)
    cut_off = HashingEmbedder()

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embedded(ENTRIES, cut_off, tmp_path, stop)
    embedder = HashingEmbedder()
    vectors = embedded(ENTRIES, embedder, tmp_path, silent).vectors
    assert embedder.encoded == 1
    assert np.array_equal(vectors, HashingEmbedder().encode_passages([entry.embedded for entry in ENTRIES]))


# ---------------------------------------------------------------- runs that are cut off


def asking(asked: list[str], *, until: str = "") -> Callable[[str], Line]:
    def ask(name: str) -> Line:
        if name == until:
            raise KeyboardInterrupt
        asked.append(name)
        return Line(name, f"{name}？", "", {"mrr@10": 1.0}, 2.0, ("甲",))

    return ask


def test_a_run_that_was_cut_off_goes_on_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first: list[str] = []
    with pytest.raises(KeyboardInterrupt), run_folder(tmp_path) as folder:
        folder.record("集", "dense", {"深": 1}, ["甲", "乙", "丙"], asking(first, until="丙"))
    with (tmp_path / "集" / "dense.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "丙", "quest')  # killed while it wrote
    more: list[str] = []
    with run_folder(tmp_path) as folder:
        run = folder.record("集", "dense", {"深": 1}, ["甲", "乙", "丙"], asking(more))
    assert (first, more) == (["甲", "乙"], ["丙"])
    assert [line.id for line in run.lines] == ["甲", "乙", "丙"]
    assert "接着上次中断的评测：集 / dense 已有 2 / 3 题" in capsys.readouterr().out


@pytest.mark.parametrize("settings", [{"深": 2}, {"深": 1, "别": 1}])
def test_a_run_of_other_settings_begins_anew(tmp_path: Path, settings: dict[str, object]) -> None:
    with pytest.raises(KeyboardInterrupt), run_folder(tmp_path) as folder:
        folder.record("集", "dense", {"深": 1}, ["甲", "乙"], asking([], until="乙"))
    asked: list[str] = []
    with run_folder(tmp_path) as folder:
        folder.record("集", "dense", settings, ["甲", "乙"], asking(asked))
    assert asked == ["甲", "乙"]


def test_a_run_that_ended_is_not_gone_on_with(tmp_path: Path) -> None:
    asked: list[str] = []
    for _ in range(2):
        with run_folder(tmp_path) as folder:
            folder.record("集", "dense", {}, ["甲"], asking(asked))
    assert asked == ["甲", "甲"]


def test_a_file_that_is_no_run_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="没有逐题结果"):
        read_runs(tmp_path)
    path = tmp_path / "集" / "dense.jsonl"
    path.parent.mkdir()
    path.write_text('{"settings": {}}\n{"id": 1', encoding="utf-8")
    with pytest.raises(RunError, match=r"dense\.jsonl 第2行"):
        read_runs(tmp_path)


# ---------------------------------------------------------------- the command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YOUJU_EVALS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(evals.suite, "open_embedder", lambda announce: HashingEmbedder())
    folder = tmp_path / "beir"
    folder.mkdir()
    corpus = [{"id": entry.id, "title": entry.title, "text": entry.text} for entry in ENTRIES]
    queries = [{"id": f"q{n}", "text": f"{text[2:]}？"} for n, text in enumerate(TEXTS)]
    for name, rows in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        (folder / name).write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    (folder / "qrels.tsv").write_text("".join(f"q{n}\ta{n}\t1\n" for n in range(5)), encoding="utf-8")
    return folder


def test_a_folder_in_beir_layout_is_measured_by_configuration(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["run", "--beir", str(folder), "--config", "fusion", "default", "--out", str(out)]) == 0
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert list(metrics) == ["fusion", "default"]
    wanted = {"ndcg@10", "recall@5", "recall@100", "mrr@10", "latency_ms_p50", "latency_ms_p95"}
    assert wanted <= metrics["default"].keys()
    assert "default 相对 fusion：ndcg@10" in capsys.readouterr().out


def test_a_configuration_that_is_not_there_is_told_with_those_that_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--beir", str(folder), "--config", "最好的"]) == 2
    assert "没有这样的配置：最好的。可用的有：bm25、dense、fusion、default、thorough。" in capsys.readouterr().err


# ---------------------------------------------------------------- comparison and report


def written(path: Path, values: dict[str, float]) -> Path:
    """A file of lines with one metric."""
    with run_folder(path) as folder:
        folder.record(
            "集", "dense", {}, list(values), lambda name: Line(name, f"{name}？", "", {"mrr@10": values[name]}, 1.0)
        )
    return path


def test_two_runs_are_compared_question_by_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"q{n}" for n in range(40)]
    good = written(tmp_path / "前", dict.fromkeys(names, 1.0))
    bad = written(tmp_path / "后", {name: float(n >= 10) for n, name in enumerate(names)})
    assert main(["compare", str(good), str(bad)]) == 1
    out = capsys.readouterr().out
    assert "集 / dense：比较 40 题" in out
    (row,) = [line.split() for line in out.splitlines() if "mrr@10" in line]
    assert row[1:4] == ["1.000", "0.750", "-0.250"]
    assert row[-1] == "显著下降"
    assert main(["compare", str(bad), str(good)]) == 0
    assert main(["compare", str(good), str(good)]) == 0
    assert "显著" not in capsys.readouterr().out.split("比较 40 题")[2]


def test_questions_of_one_run_alone_are_told_and_what_has_none_in_common_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = written(tmp_path / "前", {"甲": 1.0, "乙": 0.0})
    second = written(tmp_path / "后", {"甲": 1.0, "丙": 0.0, "丁": 1.0})
    assert main(["compare", str(first), str(second)]) == 0
    assert "只有一方有的题不比较：前 1 题，后 2 题" in capsys.readouterr().out
    third = written(tmp_path / "别", {"戊": 1.0})
    assert main(["compare", str(first), str(third)]) == 2
    assert main(["compare", str(first), str(tmp_path / "无")]) == 2
    assert "没有逐题结果" in capsys.readouterr().err


def test_the_report_is_one_file_that_asks_nothing_of_others(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (folder / "qrels.tsv").write_text("q0\ta4\t1\nq1\ta1\t1\n", encoding="utf-8")  # the first is not found first
    assert main(["run", "--beir", str(folder), "--config", "bm25", "fusion", "--out", str(out)]) == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3
    assert not re.search(r'(?:src|href)="(?!#)(?!data:)', page.replace("xlink:href", "href"))
    assert not re.search(r"<(?:script|link|img)|url\(http|@import", page)
    for words in ("各项指标", "召回率曲线", "每题用时", "相对 fusion", "bm25", "ndcg@10"):
        assert words in page


def test_what_was_not_measured_stands_in_the_report(tmp_path: Path) -> None:
    figures = {"读取：页": [Figure("页码正确率", None, 0.9, remark="没有数据"), Figure("表格", 0.5, 0.9)]}
    write_page(tmp_path / "报告.html", Results([], figures, skipped=["检索 stard：没有这个数据集"]), "报告<1>")
    page = (tmp_path / "报告.html").read_text(encoding="utf-8")
    assert "以下各项没有测量，不算通过" in page
    assert "检索 stard：没有这个数据集" in page
    assert "未测" in page
    assert "未达到" in page
    assert "报告&lt;1&gt;" in page
