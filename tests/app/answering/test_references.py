from collections.abc import Callable
from pathlib import Path

import pytest

from app.assistant import Assistant
from app.model import Answer, AnswerStatus
from ingest.document import LOCAL
from tests.app.answering.conftest import Fixed
from tests.ingest.hashing import add, open_library, take_up

Ask = Callable[..., Answer]


def cited(answer: Answer) -> list[str]:
    return [str(citation.evidence.locator) for citation in answer.citations if citation.evidence is not None]


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("《巡察工作办法》最后一条", ["第三条"]),
        ("巡察工作办法的总则", ["第一条", "第二条", "第二条之一", "第三条"]),
        ("巡察工作办法第一章怎么规定", ["第一条", "第二条", "第二条之一", "第三条"]),
        ("巡察工作办法第二条之一", ["第二条之一"]),
        ("巡察工作办法第一条到第二条", ["第一条", "第二条"]),
    ],
)
def test_the_ways_people_name_places(ask: Ask, question: str, places: list[str]) -> None:
    answer = ask(question)
    assert answer.status is AnswerStatus.ANSWERED, answer.reason
    assert cited(answer) == places


def test_a_chapter_that_is_not_there_names_those_that_are(ask: Ask) -> None:
    answer = ask("巡察工作办法第五章怎么规定")
    assert answer.reason is not None
    assert answer.reason.message == "《青山集团巡察工作办法》（2024年修订）没有第五章，该版本共 1 章：第一章 总则。"
    assert "没有附则" in ask("巡察工作办法的附则").reason.message  # type: ignore[union-attr]


def test_an_article_that_is_not_there_names_the_range(ask: Ask) -> None:
    answer = ask("巡察工作办法第三十条")
    assert answer.reason is not None
    assert "共 4 条（第一条至第三条）" in answer.reason.message


@pytest.mark.parametrize(
    "question",
    [
        "巡察工作办法修订后有什么变化？",
        "巡察工作办法改了哪些？",
        "巡察工作办法跟以前有什么不一样？",
        "修订后集中整改期限有什么变化？",
    ],
)
def test_lay_words_for_what_a_revision_changed_are_a_comparison(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert "compared" in [note.code for note in answer.notes]
    assert answer.citations


def test_a_difference_between_two_things_is_no_comparison_of_editions(ask: Ask) -> None:
    assert "compared" not in [note.code for note in ask("提级巡察和专项巡察有什么区别？").notes]


OLD = """\
---
title: 青山集团招标管理暂行办法
kind: regulation
published: 2018-01-01
effective_from: 2018-01-01
---
# 青山集团招标管理暂行办法

第一条 一百万元以上的项目应当招标。
"""
NEW = """\
---
title: 青山集团采购管理办法
kind: regulation
published: 2023-05-01
effective_from: 2023-06-01
---
# 青山集团采购管理办法

第一条 五十万元以上的项目应当招标。

第二条 本办法自2023年6月1日起施行。《青山集团招标管理暂行办法》同时废止。
"""


def test_a_repealed_work_names_the_one_that_took_its_place(tmp_path: Path) -> None:
    with open_library(tmp_path / "库") as library:
        for name, text in (("旧.md", OLD), ("新.md", NEW)):
            (tmp_path / name).write_text(text, encoding="utf-8")
        take_up(library, tmp_path / "旧.md", tmp_path / "新.md")
        answer = Assistant(library, None, Fixed()).answer("《招标管理暂行办法》第一条", caller=LOCAL)
    assert answer.reason is not None
    assert answer.reason.code == "superseded_only"
    assert "已废止（有效至 2023-05-31），已由《青山集团采购管理办法》取代，不能作为依据。" in answer.reason.message


def test_a_number_names_the_regulation_issued_with_it_unless_a_later_edition_has_another(tmp_path: Path) -> None:
    later = OLD.replace("2018-", "2020-").replace("一百万元", "八十万元")
    with open_library(tmp_path / "库") as library:
        for name, text, number in (("旧.md", OLD, "青采〔2018〕7号"), ("新.md", later, "青采〔2020〕17号")):
            add(library, text.replace("kind:", f"number: {number}\nkind:", 1), name)
        assistant = Assistant(library, None, Fixed())
        named = assistant.answer("按照青采[2020]17号第一条，多少钱要招标", caller=LOCAL)
        earlier = assistant.answer("青采〔2018〕7号第一条", caller=LOCAL)
        unknown = assistant.answer("青采〔2020〕7号第一条", caller=LOCAL)
    assert [c.evidence.quote for c in named.citations if c.evidence] == ["第一条 八十万元以上的项目应当招标。"]
    assert earlier.reason is not None
    assert unknown.reason is not None
    assert earlier.reason.code == unknown.reason.code == "work_not_named"
