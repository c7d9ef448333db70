import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import evals.corpus
import evals.dataset
from evals.__main__ import main
from evals.corpus import open_assistant
from evals.runs import read_runs
from ingest.document import LOCAL

ROOT = Path(__file__).parents[2]

REGULATION = """---
title: 巡察办法
kind: regulation
effective_from: 2024-07-01
---
第一条 巡察由集团党委批准。
"""


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A corpus of one file."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "办法.md").write_text(REGULATION, encoding="utf-8")
    for module in ("evals.corpus", "evals.gold_run"):
        monkeypatch.setattr(f"{module}.CORPUS", folder)
    return folder


@pytest.fixture
def gold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gold set of one question."""
    folder = tmp_path / "gold"
    folder.mkdir()
    line = '{"id": "d-1", "kind": "lookup", "question": "《巡察办法》第一条", "needs": [[{"document": "办法.md", "article": 1, "quote": "巡察由集团党委批准"}]]}'
    (folder / "dev.jsonl").write_text(line, encoding="utf-8")
    monkeypatch.setattr(evals.dataset, "GOLD", folder)
    monkeypatch.setattr("evals.report.BASELINE", tmp_path / "baseline.json")
    return folder


def run(tmp_path: Path, *more: str) -> int:
    return main(["run", "--split", "dev", "--out", str(tmp_path / "out"), *more])


def test_a_run_prints_its_tables_and_is_compared_with_the_one_before(
    corpus: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path) == 1  # there is no baseline yet
    assert "没有 dev 的基线" in capsys.readouterr().out
    assert run(tmp_path, "--write-baseline") == 0
    first = read_runs(tmp_path / "out")
    capsys.readouterr()
    assert run(tmp_path) == 0
    out = capsys.readouterr().out
    assert "by kind" in out
    assert "与基线相同" in out
    (before,), (after,) = first, read_runs(tmp_path / "out")
    assert [replace(line, ms=0.0) for line in after.lines] == [replace(line, ms=0.0) for line in before.lines]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "gold-dev" in page


def test_a_library_of_another_corpus_is_made_anew(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_assistant(tmp_path / "库") as (_, library):
        assert library.revision > 0
    moved = corpus.rename(tmp_path / "moved")
    monkeypatch.setattr(evals.corpus, "CORPUS", moved)
    with open_assistant(tmp_path / "库") as (_, library), library.snapshot() as snapshot:
        (record,) = snapshot.documents(LOCAL)
        assert [source.location for source in record.sources] == [str(moved / "办法.md")]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "dev.jsonl 第1行: 不是一行 JSON"),
        (
            '{"id": "d-1", "kind": "lookup", "question": "？", "needs": [[{"document": "办法.md", "quote": "由纪委批准"}]]}',
            "d-1: 在 办法.md 中找不到原文“由纪委批准”",
        ),
        (
            '{"id": "d-1", "kind": "lookup", "question": "？", "needs": [[{"document": "无.md", "quote": "批准"}]]}',
            "d-1: 资料库里没有 无.md",
        ),
    ],
)
def test_a_gold_file_that_is_wrong_is_told_without_a_stack_trace(
    corpus: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    (gold / "dev.jsonl").write_text(line, encoding="utf-8")
    assert run(tmp_path) == 2
    assert words in capsys.readouterr().err


def test_a_file_of_the_corpus_that_cannot_be_read_is_told(
    corpus: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (corpus / "坏.docx").write_bytes(b"PK\x03\x04")
    assert run(tmp_path) == 2
    err = capsys.readouterr().err
    assert "corpus/ 里有读不了的文件" in err
    assert "坏.docx" in err


def test_who_stops_reading_the_tables_gets_no_stack_trace(tmp_path: Path) -> None:
    code = (
        "import evals.__main__ as m\n"
        "m._run = lambda options: [print('一行' * 1000) for _ in range(1000)] and 0\n"
        "raise SystemExit(m.main(['run']))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    assert child.stderr.read() == ""
    child.stderr.close()
    assert child.wait() == 2


def test_the_full_suite_says_what_it_could_not_measure(
    corpus: Path, gold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("YOUJU_SHARED_DATA", str(tmp_path / "无"))
    monkeypatch.setattr("evals.suite.MEASURES", {})
    monkeypatch.setattr("evals.corpus.PRACTICE", tmp_path / "无")
    assert run(tmp_path, "--suite", "full", "--write-baseline") == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    out = capsys.readouterr().out
    for name in ("检索 stard", "检索 lawbench_lookup", "检索 cail2019_mrc", "拒答"):
        assert f"没有测量：{name}" in out
        assert name in page
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics.keys() == {"gold-dev", "probes"}
    assert metrics["probes"]["default"]["hit@1"] == 1


def test_a_library_is_measured_with_questions_about_it(
    corpus: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_assistant(tmp_path / "库"):
        pass
    questions, out = gold / "dev.jsonl", tmp_path / "出"
    arguments = ["run", "--gold", str(questions), "--library", str(tmp_path / "库"), "--out", str(out)]
    assert main(arguments) == 0
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["default"]["recall@5"] == 1
    assert metrics["default"]["citation_recall"] == 1
    assert main([*arguments[:3], "--library", str(tmp_path / "没有的库"), *arguments[5:]]) == 2
    assert "没有的库" in capsys.readouterr().err
    assert not (tmp_path / "没有的库").exists()


def test_the_errors_of_the_command_line_are_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--suite", "大"])
    assert "--suite 不能是 '大'" in capsys.readouterr().err
