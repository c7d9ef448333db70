"""A spreadsheet of questions becomes a gold file that a library is measured with."""

import json
from pathlib import Path

import openpyxl
import pytest

from app.settings import Settings
from evals.__main__ import main
from evals.dataset import load
from evals.spreadsheet import SheetError, import_sheet
from ingest.library import Library
from tests.ingest.hashing import add, meeting, open_library, regulation

OLD = regulation(
    "公务接待管理办法", ["公务接待应当凭公函安排。", "陪餐不得超过五人。"], edition="2020年", effective="2020-01-01"
)
NEW = regulation(
    "公务接待管理办法", ["公务接待应当凭公函安排。", "陪餐不得超过三人。"], edition="2024年", effective="2024-01-01"
)
HEADINGS = ("序号", "问题", "依据文件", "条款", "原文", "日期", "应拒答")


def sheet(path: Path, *rows: tuple[object, ...], headings: tuple[str, ...] = HEADINGS) -> Path:
    book = openpyxl.Workbook()
    for row in (("公务接待问题表",), headings, *rows):
        book.active.append(row)
    book.save(path)
    return path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    with open_library(tmp_path / "库") as library:
        add(library, OLD, "接待2020.md")
        add(library, NEW, "接待2024.md")
        add(library, meeting("2025年3月例会纪要", ["张明指出，公函要一事一函。"]), "纪要.md")
    return tmp_path / "库"


@pytest.fixture
def settings(library: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    class Opened:
        def __init__(self, library: Library) -> None:
            self.library = library

        def __enter__(self) -> "Opened":
            return self

        def __exit__(self, *_: object) -> None:
            self.library.close()

    monkeypatch.setattr("evals.spreadsheet.opened", lambda settings, **_: Opened(open_library(settings.library)))
    return Settings(library=library)


def test_clauses_are_taken_from_the_edition_in_force_on_the_day(tmp_path: Path, settings: Settings) -> None:
    path = sheet(
        tmp_path / "问题.xlsx",
        ("甲1", "陪餐几个人？", "《公务接待管理办法》", "第二条", "", "2021-05-01", ""),
        ("甲2", "现在陪餐几个人？", "公务接待管理办法", "第2条", None, None, "否"),
        (None, "公函有什么要求？", "公务接待管理办法", "第一条", None, None, None),
        (None, None, "2025年3月例会纪要", None, "公函要一事一函", None, None),
        ("甲4", "月球上怎么接待？", None, None, None, None, "是"),
    )
    questions = load(import_sheet(path, tmp_path / "出", settings))
    assert [question.id for question in questions] == ["甲1", "甲2", "q-5", "甲4"]
    quotes = [[need[0].quote for need in question.needs] for question in questions]
    assert "陪餐不得超过五人" in quotes[0][0]
    assert "陪餐不得超过三人" in quotes[1][0]
    assert [len(each) for each in quotes] == [1, 1, 2, 0]
    assert questions[0].needs[0][0].article == 2
    assert questions[3].kind == "none"


def test_every_problem_is_told_with_file_row_and_column(tmp_path: Path, settings: Settings) -> None:
    path = sheet(
        tmp_path / "问题.xlsx",
        (1, "几个人？", "公务接待管理办法", "第九条", None, "二月三十", None),
        (2, "几个人？", None, None, None, None, "也许"),
        (3, "几个人？", "公务接待管理办法", None, None, None, None),
        (4, "几个人？", "差旅费办法", None, "住宿", None, None),
        (5, "几个人？", "纪要.md", None, "没有这句话", None, None),
        (6, "几个人？", "纪要.md", None, "公函", None, "是"),
    )
    with pytest.raises(SheetError) as caught:
        import_sheet(path, tmp_path / "出", settings)
    told = str(caught.value).split("\n")
    for start in (
        "问题.xlsx 第3行 日期: “二月三十”不是有效的日期",
        "问题.xlsx 第3行 条款: 资料库里没有找到《公务接待管理办法》第九条",
        "问题.xlsx 第4行 应拒答: 应写是或否，不是“也许”",
        "问题.xlsx 第4行 依据文件: 是空的",
        "问题.xlsx 第5行 原文: 要写条款（如 第十二条第二款）或者原文",
        "问题.xlsx 第6行 原文: 资料库里没有“差旅费办法”",
        "问题.xlsx 第7行 原文: 在“纪要.md”里没有找到这段原文：没有这句话",
        "问题.xlsx 第8行 应拒答: 应拒答的问题不能有应引来源",
    ):
        assert any(line.startswith(start) for line in told), (start, told)
    assert not (tmp_path / "出").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_separated_values_are_read_without_a_library_by_their_words(
    tmp_path: Path, encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "问题.csv"
    path.write_bytes(
        "问题,来源,原文,拒答\n陪餐几人？,接待2024.md,陪餐不得超过三人,\n天气怎样？,,,是\n".encode(encoding)
    )
    assert main(["import", str(path), "--out", str(tmp_path / "出")]) == 0
    first, second = (json.loads(line) for line in (tmp_path / "出" / "问题.jsonl").read_text("utf-8").splitlines())
    assert first["needs"] == [[{"document": "接待2024.md", "quote": "陪餐不得超过三人"}]]
    assert (second["kind"], second["needs"]) == ("none", [])
    assert "2 题（其中应拒答 1 题）" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("表.csv", "提什么,答什么\n甲,乙\n", "表.csv: 前 10 行里没有“问题”一列"),
        ("表.csv", "问题,来源\n", "表.csv: 没有问题"),
        ("表.csv", "问题,来源,条款\n谁？,办法,第一条\n", "表.csv 第2行 条款: 只写了“第一条”"),
        ("表.xlsx", "不是表格", "打不开这个表格"),
    ],
)
def test_a_sheet_that_cannot_be_used_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, words: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert main(["import", str(tmp_path / name), "--out", str(tmp_path / "出")]) == 2
    assert words in capsys.readouterr().err
    assert main(["import", str(tmp_path / "无.csv"), "--out", str(tmp_path / "出")]) == 2
