from datetime import date

import pytest

from app.assistant import Assistant, Found
from app.explain import Wording, common, wordings
from app.model import Filters
from ingest.document import LOCAL, Caller


@pytest.fixture
def why(assistant: Assistant):  # type: ignore[no-untyped-def]
    def asked(text: str, **more: object) -> Found:
        return assistant.search(text, caller=LOCAL, explained=True, **more)  # type: ignore[arg-type]

    return asked


def test_each_hit_has_its_scores_and_ranks_by_source(why) -> None:  # type: ignore[no-untyped-def]
    found = why("提级巡察由谁批准？", k=3)
    assert found.explanation is not None
    assert len(found.explanation.hits) == len(found.hits) == 3
    first = found.explanation.hits[0]
    assert set(first.scores) >= {"dense", "terms"}
    assert first.ranks.keys() == first.scores.keys()
    assert min(first.ranks.values()) == 1
    assert any("提级巡察" in words for words in first.words)
    assert found.explanation.candidates >= 3


def test_a_place_that_was_named_says_that_it_was_looked_up(why) -> None:  # type: ignore[no-untyped-def]
    first = why("《巡察工作办法》第三条").explanation.hits[0]
    assert first.ranks["exact"] == 1


def test_the_edition_in_force_says_so_and_the_earlier_one_is_named_as_left_out(why) -> None:  # type: ignore[no-untyped-def]
    explanation = why("集中整改期限").explanation
    decisions = [hit.edition for hit in explanation.hits if hit.edition is not None]
    assert {decision.code for decision in decisions} == {"in_force"}
    assert "2024年修订在 2025-12-31 现行有效，2024-07-01 起施行" in {decision.message for decision in decisions}
    left = {each.title: each.reason for each in explanation.left_out}
    assert left["《青山集团巡察工作办法》（2021年修订）"].message == "在 2025-12-31 已修改，2024-07-01 起由后一版本取代"


def test_an_edition_asked_for_says_so_and_the_one_in_force_is_left_out(why) -> None:  # type: ignore[no-untyped-def]
    explanation = why("2021年修订的巡察工作办法里集中整改期限").explanation
    assert explanation.hits[0].edition.code == "asked_for"
    assert {each.reason.code for each in explanation.left_out} >= {"other_edition"}


def test_documents_outside_the_days_asked_for_are_left_out_for_their_date(why) -> None:  # type: ignore[no-untyped-def]
    explanation = why("动员部署会", filters=Filters(date_from=date(2025, 1, 1))).explanation
    assert "date" in {each.reason.code for each in explanation.left_out}


def test_what_a_caller_may_not_read_is_not_named_as_left_out(assistant: Assistant) -> None:
    late = Filters(date_from=date(2025, 1, 1))
    inside = assistant.search("幸福里项目", caller=LOCAL, filters=late, explained=True).explanation
    outside = assistant.search("幸福里项目", caller=Caller("外人"), filters=late, explained=True).explanation
    assert inside is not None
    assert outside is not None
    assert any("幸福里" in each.title for each in inside.left_out)
    assert not any("幸福里" in each.title for each in outside.left_out)
    assert outside.documents <= inside.documents


def test_the_explained_search_finds_the_same(assistant: Assistant, why) -> None:  # type: ignore[no-untyped-def]
    assert [hit.passage_id for hit in why("提级巡察")] == [
        hit.passage_id for hit in assistant.search("提级巡察", caller=LOCAL)
    ]


def test_common_runs_are_the_longest_and_in_the_questions_order() -> None:
    assert common("提级巡察由谁批准？", "经批准，可以开展提级巡察。") == ("提级巡察", "批准")
    assert common("甲乙", "丙丁") == ()
    assert common("2022年的规定", "2024年规定") == ("规定",)


def test_a_word_met_in_other_wording_is_told_with_what_stands_for_it() -> None:
    assert wordings("延长期限谁拍板", "由领导小组决定") == (Wording("谁拍板", ("决定",)),)
    assert wordings("延长期限谁拍板", "公务接待标准") == ()
