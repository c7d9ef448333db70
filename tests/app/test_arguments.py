from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.arguments import chinese, grammar
from ingest.document import DocumentKind


def test_a_question_with_all_its_conditions() -> None:
    got = grammar().parse_args(
        [
            "ask",
            "提级巡察适用于哪些情形？",
            "--as-of=2022-03-01",
            "--kind",
            "制度",
            "--kind",
            "ledger",
            "--unit",
            "炼铁厂",
            "--round",
            "2024年第一轮",
            "--date-from",
            "2024-01-01",
            "--date-to",
            "2024-12-31",
            "--json",
        ]
    )
    assert got.question == "提级巡察适用于哪些情形？"
    assert got.as_of == date(2022, 3, 1)
    assert got.kind == [DocumentKind.REGULATION, DocumentKind.LEDGER]
    assert (got.unit, got.round) == (["炼铁厂"], ["2024年第一轮"])
    assert (got.date_from, got.date_to) == (date(2024, 1, 1), date(2024, 12, 31))
    assert got.json


@pytest.mark.parametrize("order", [["--library", "库", "doctor"], ["doctor", "--library", "库"]])
def test_the_library_is_named_before_or_after_the_command(order: list[str]) -> None:
    assert grammar().parse_args(order).library == Path("库")


@pytest.mark.parametrize(
    "command",
    [
        "ask x",
        "search x",
        "ingest x",
        "serve",
        "doctor",
        "rebuild",
        "documents list",
        "documents set d1",
        "backup x",
        "restore x",
        "models prepare",
    ],
)
def test_every_command_takes_a_library(command: str) -> None:
    assert grammar().parse_args([*command.split(), "--library", "库"]).library == Path("库")
    assert grammar().parse_args(command.split()).library is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ask", "缺少参数：问题"),
        ("ask x --as-of 2024-13-01", "--as-of：“2024-13-01”不是有效的日期"),
        ("ask x --as-of", "--as-of 后面要写一个值"),
        ("ask x --kind 诗", "--kind：没有“诗”这种文档类型"),
        ("ask x --bogus", "不认识的参数：--bogus"),
        ("ask x --js", "不认识的参数：--js"),
        ("ask x --json=1", "--json 不带值"),
        ("search x -k 0", "应为 1 到 100 的整数"),
        ("serve --port 八千", "应为 0 到 65535 的整数"),
        ("ingest", "缺少参数：路径"),
        ("documents", "缺少参数：操作"),
        ("documents show", "缺少参数：文档id"),
        ("documents set d1 --clear 颜色", "没有“颜色”这个字段"),
        ("documents set d1 --effective-from 明天", "“明天”不是有效的日期"),
        ("documents list --state 有效", "没有“有效”这种状态"),
        ("问答", "命令 不能是 '问答'"),
    ],
)
def test_a_wrong_command_is_told_in_chinese_with_exit_2(
    line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        grammar().parse_args(line.split())
    told = capsys.readouterr().err
    assert caught.value.code == 2
    assert words in told
    assert "用法见：youju" in told
    for english in ("usage", "error", "argument", "required", "invalid"):
        assert english not in told


@pytest.mark.parametrize("line", ["--help", "ask --help", "ingest --help", "serve --help", "documents --help"])
def test_help_is_chinese(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        grammar().parse_args(line.split())
    shown = capsys.readouterr().out
    assert caught.value.code == 0
    assert shown.startswith("用法：youju")
    for english in ("usage:", "options:", "positional arguments", "show this help"):
        assert english not in shown


def test_a_sentence_of_argparse_that_is_not_known_is_passed_on() -> None:
    assert chinese("something new") == "something new"
