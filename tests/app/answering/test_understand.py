"""Reading a question: references, editions, days, people, intent."""

from datetime import date

import pytest

from app.model import Filters, Intent, Query
from app.understand import understand
from ingest.catalogue import Snapshot
from ingest.document import LOCAL

TODAY = date(2025, 12, 31)


def read(question: str, snapshot: Snapshot, as_of: date | None = None) -> Query:
    return understand(question, snapshot, today=TODAY, as_of=as_of, filters=Filters(), caller=LOCAL)


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("《巡察工作办法》第二条第二款第（三）项", "第二条第二款第（三）项"),
        ("巡察工作办法第2条第2款第3项是什么", "第二条第二款第（三）项"),
        ("青山集团巡察工作办法 第二条 第二款", "第二条第二款"),
        ("《青山集团巡察工作办法》（2024年修订）第二条之一", "第二条之一"),
        ("巡察工作办法2条怎么规定", "第二条"),
    ],
)
def test_references_are_read_in_every_form(question: str, place: str, snapshot: Snapshot) -> None:
    (reference,) = read(question, snapshot).references
    assert len(reference.work_ids) == 1
    assert str(reference.locator) == place


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("巡察工作办法第一条至第三条", ["第一条", "第二条", "第三条"]),
        ("巡察工作办法第一到三条是什么", ["第一条", "第二条", "第三条"]),
        ("巡察工作办法1条、3条", ["第一条", "第三条"]),
        ("巡察工作办法第二条第一款和第三款", ["第二条第一款", "第二条第三款"]),
        ("巡察工作办法第二条第二款第（一）项、第（三）项", ["第二条第二款第（一）项", "第二条第二款第（三）项"]),
        ("巡察的工作办法第二条", ["第二条"]),
    ],
)
def test_several_places_of_one_work_are_all_read(question: str, places: list[str], snapshot: Snapshot) -> None:
    references = read(question, snapshot).references
    assert [str(reference.locator) for reference in references] == places
    assert all(len(reference.work_ids) == 1 for reference in references)


def test_a_bare_article_goes_on_with_the_work_named_before(snapshot: Snapshot) -> None:
    first, second = read("《巡察工作办法》第一条和第三条", snapshot).references
    assert first.work_ids == second.work_ids
    assert str(second.locator) == "第三条"


def test_a_work_the_library_does_not_have_resolves_to_nothing(snapshot: Snapshot) -> None:
    (reference,) = read("《差旅费管理办法》第三条", snapshot).references
    assert reference.work_ids == ()


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("2022年5月时，提级巡察适用于哪些情形？", date(2022, 5, 31)),
        ("截至2023年3月2日，集中整改期限怎么规定", date(2023, 3, 2)),
        ("2023年的时候整改期限标准是多久", date(2023, 12, 31)),
        ("二〇二二年时怎么规定提级巡察", date(2022, 12, 31)),
        ("去年的整改期限规定是多久", date(2024, 12, 31)),
        ("2024年7月1日前整改期限怎么规定", date(2024, 6, 30)),
    ],
)
def test_the_day_of_a_question_about_rules_is_taken_from_it(question: str, day: date, snapshot: Snapshot) -> None:
    query = read(question, snapshot)
    assert query.as_of == day
    assert query.as_of_given
    assert [note.code for note in query.notes] == ["as_of_from_question"]


def test_the_callers_day_wins(snapshot: Snapshot) -> None:
    assert read("2022年5月时怎么规定", snapshot, as_of=date(2025, 1, 1)).as_of == date(2025, 1, 1)


@pytest.mark.parametrize(
    "question", ["2024年第一轮发现问题多少个", "2024年3月8日的动员部署会谁主持", "2023年有多少个问题"]
)
def test_the_date_of_a_round_or_meeting_is_no_day_of_the_rules(question: str, snapshot: Snapshot) -> None:
    query = read(question, snapshot)
    assert query.as_of == TODAY
    assert not query.as_of_given


@pytest.mark.parametrize(
    "question", ["2021年修订的《巡察工作办法》第二条", "修订前的巡察工作办法第二条", "旧版《巡察工作办法》第二条"]
)
def test_an_edition_asked_for_by_name_is_found(question: str, snapshot: Snapshot) -> None:
    query = read(question, snapshot)
    (version,) = query.versions
    edition = snapshot.edition_of(version)
    assert edition is not None
    assert edition.label == "2021年修订"


def test_people_and_rounds_named_are_constraints(snapshot: Snapshot) -> None:
    query = read("2024年第一轮动员会上周明远强调了什么", snapshot)
    assert query.constraints == {"speakers": ("周明远",), "rounds": ("2024年第一轮",)}
    assert query.spoken


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("2024年第一轮发现问题多少个", Intent.COUNT),
        ("2024年第一轮涉及哪些单位的问题", Intent.LIST),
        ("整改期限是多少天", Intent.OPEN),
        ("提级巡察的情形有几种", Intent.OPEN),
        ("动员会上通报了多少个问题", Intent.OPEN),
        ("《巡察工作办法》第一条", Intent.LOOKUP),
        ("巡察工作办法修订前后对整改期限的规定有什么不同", Intent.COMPARE),
    ],
)
def test_a_count_is_taken_for_one_only_about_findings(question: str, intent: Intent, snapshot: Snapshot) -> None:
    assert read(question, snapshot).intent is intent
