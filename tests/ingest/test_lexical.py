import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from ingest.errors import EngineError
from ingest.lexical import MAX_QUERY_TERMS, LexicalIndex, LexicalItem, Reading
from ingest.segment import terms

NOW, OLD = "regulation-latest", "regulation-earlier"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LexicalIndex]:
    index = LexicalIndex(tmp_path / "terms")
    yield index
    index.close()


def item(passage_id: str, text: str, title: str = "", partition: str = NOW) -> LexicalItem:
    return LexicalItem(passage_id, partition, terms(text), terms(title))


def found(index: LexicalIndex, question: str, k: int = 10, *partitions: str) -> list[str]:
    return [hit.passage_id for hit in index.search(terms(question), k, partitions or (NOW, OLD))]


def test_an_empty_index_finds_nothing(index: LexicalIndex) -> None:
    assert found(index, "巡察") == []
    assert index.count() == 0
    assert index.ids() == set()


def test_the_passage_with_the_rarer_terms_comes_first(index: LexicalIndex) -> None:
    index.add([item("v:0", "提级巡察适用于重点领域"), item("v:1", "常规巡察每届任期一次"), item("v:2", "公务接待标准")])
    assert found(index, "提级巡察适用于哪些情形？") == ["v:0", "v:1"]


def test_scores_fall(index: LexicalIndex) -> None:
    index.add([item("v:0", "巡察整改期限为三个月"), item("v:1", "巡察组进驻")])
    scores = [hit.score for hit in index.search(terms("巡察整改期限"), 10, [NOW])]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[1] > 0


def test_no_terms_or_unknown_terms_give_no_hits(index: LexicalIndex) -> None:
    index.add([item("v:0", "巡察")])
    assert index.search([], 10, [NOW]) == []
    assert found(index, "钢铁") == []
    assert index.search(terms("巡察"), 0, [NOW]) == []
    assert index.search(terms("巡察"), 10, []) == []


def test_a_term_in_the_title_finds_the_passage_and_weighs_less_than_in_the_text(index: LexicalIndex) -> None:
    index.add([item("v:0", "自印发之日起施行", "招标采购"), item("v:1", "招标采购", "自印发之日起施行")])
    assert found(index, "招标采购") == ["v:1", "v:0"]


def test_only_the_named_partitions_are_searched(index: LexicalIndex) -> None:
    index.add([item("v:0", "巡察"), item("w:0", "巡察", partition=OLD)])
    assert found(index, "巡察", 10, OLD) == ["w:0"]
    assert found(index, "巡察", 10, OLD, NOW) == ["v:0", "w:0"]
    assert found(index, "巡察", 10, "ledger-latest") == []


def test_a_filter_leaves_the_scores_as_they_are(index: LexicalIndex) -> None:
    index.add([item("v:0", "巡察整改"), item("w:0", "巡察", partition=OLD)])
    everywhere = {hit.passage_id: hit.score for hit in index.search(terms("巡察整改"), 10, [NOW, OLD])}
    assert index.search(terms("巡察整改"), 10, [NOW])[0].score == pytest.approx(everywhere["v:0"])


def test_equal_scores_are_ordered_by_id_even_at_the_cut(index: LexicalIndex) -> None:
    index.add([item(f"v:{number:02}", "巡察") for number in reversed(range(40))])
    assert found(index, "巡察", 3) == ["v:00", "v:01", "v:02"]


def test_adding_an_id_again_replaces_it(index: LexicalIndex) -> None:
    index.add([item("v:0", "招标采购")])
    index.add([item("v:0", "安全环保"), item("v:0", "选人用人", partition=OLD)])
    assert found(index, "招标采购") == []
    assert found(index, "安全环保") == []
    assert found(index, "选人用人", 10, OLD) == ["v:0"]
    assert index.count() == 1


def test_deleted_ids_are_gone_and_unknown_ones_ignored(index: LexicalIndex) -> None:
    index.add([item("v:0", "巡察"), item("v:1", "巡察")])
    index.delete(["v:0", "x:9"])
    index.delete([])
    assert found(index, "巡察") == ["v:1"]
    assert index.ids() == {"v:1"}
    assert index.count() == 1


def test_moved_ids_keep_their_terms(index: LexicalIndex) -> None:
    index.add([item("v:0", "巡察整改", "巡察工作办法"), item("v:1", "巡察")])
    index.move(["v:0", "x:9"], OLD)
    assert found(index, "整改", 10, OLD) == ["v:0"]
    assert found(index, "办法", 10, OLD) == ["v:0"]
    assert found(index, "巡察整改", 10, NOW) == ["v:1"]


def test_what_is_indexed_can_be_looked_up_by_id(index: LexicalIndex) -> None:
    index.add([item("v:0", "巡察整改", "巡察工作办法"), item("w:0", "巡察")])
    index.move(["w:0"], OLD)
    assert index.placed() == {"v:0": NOW, "w:0": OLD}
    assert index.words("v:0") == (" ".join(terms("巡察整改")), " ".join(terms("巡察工作办法")))
    assert index.words("x:9") is None


def test_the_same_changes_give_the_same_hits_in_another_index(index: LexicalIndex, tmp_path: Path) -> None:
    other = LexicalIndex(tmp_path / "other")
    for one in (index, other):
        for number in range(12):
            one.add([item(f"v{number}:{i}", f"巡察工作第{i}条整改期限{number}个月") for i in range(4)])
        one.delete(["v3:1"])
        one.move(["v5:2"], OLD)
    question = terms("第三条规定的整改期限")
    assert index.search(question, 20, [NOW, OLD]) == other.search(question, 20, [NOW, OLD])


def test_a_question_of_twenty_thousand_characters_is_answered_at_once(index: LexicalIndex) -> None:
    words = [chr(0x4E00 + i) for i in range(6000)]
    index.add([item(f"v:{i}", "".join(words[i * 20 : i * 20 + 20])) for i in range(300)])
    question = terms("".join(words[i % 6000] for i in range(20_000)))
    assert len(set(question)) > MAX_QUERY_TERMS
    start = perf_counter()
    assert len(index.search(question, 10, [NOW])) == 10
    assert perf_counter() - start < 1


def test_what_was_added_is_there_after_reopening_and_after_a_kill(tmp_path: Path) -> None:
    script = (
        "import os; from pathlib import Path; from ingest.lexical import *\n"
        f"index = LexicalIndex(Path({str(tmp_path)!r}))\n"
        f"index.add([LexicalItem('v:0', {NOW!r}, ['巡察'], [])])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    again = LexicalIndex(tmp_path)
    assert again.ids() == {"v:0"}
    again.add([item("v:1", "巡察")])
    assert again.count() == 2


def test_a_directory_that_holds_something_else_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{不是索引}", "utf-8")
    with pytest.raises(EngineError, match="youju rebuild"):
        LexicalIndex(tmp_path)


def test_questions_may_be_asked_while_another_thread_adds(index: LexicalIndex) -> None:
    index.add([item("v:0", "提级巡察")])
    failures: list[BaseException] = []

    def add() -> None:
        try:
            for number in range(1, 20):
                index.add([item(f"v:{number}", "常规巡察")])
                index.move([f"v:{number}"], OLD)
        except BaseException as error:
            failures.append(error)

    writer = threading.Thread(target=add)
    writer.start()
    while writer.is_alive():
        assert found(index, "提级巡察", 1) == ["v:0"]
    writer.join()
    assert failures == []
    assert index.count() == 20


def test_the_score_of_a_passage_is_the_same_whether_it_was_searched_or_asked_for(index: LexicalIndex) -> None:
    index.add([item("v:0", "巡察整改期限为三个月"), item("v:1", "巡察组进驻", "整改"), item("v:2", "公务接待标准")])
    words = terms("巡察整改期限")
    searched = {hit.passage_id: hit.score for hit in index.search(words, 10, [NOW])}
    assert index.scores(words, ["v:0", "v:1", "v:2"]) == pytest.approx(searched)
    assert index.scores(words, ["v:1"]) == pytest.approx({"v:1": searched["v:1"]})
    assert index.scores(words, ["v:2", "没有"]) == {}
    assert index.scores(words, []) == index.scores([], ["v:0"]) == {}


def test_another_reading_finds_the_passage_and_weighs_what_it_is_given(index: LexicalIndex) -> None:
    index.add([item("v:0", "重大事项由党委审定"), item("v:1", "公务接待标准")])
    light, heavy = (Reading((tuple(terms("审定")),), weight) for weight in (0.5, 1.0))
    (half,) = index.search(terms("拍板"), 10, [NOW], [light])
    (whole,) = index.search(terms("拍板"), 10, [NOW], [heavy])
    assert half.passage_id == whole.passage_id == "v:0"
    assert half.score == pytest.approx(whole.score / 2)


def test_of_the_choices_of_a_reading_the_best_counts_not_their_sum(index: LexicalIndex) -> None:
    index.add([item("v:0", "由党委审定或者决定"), item("v:1", "公务接待标准")])
    one, both = (Reading(tuple(tuple(terms(word)) for word in words), 1.0) for words in (["审定"], ["审定", "决定"]))
    assert index.search([], 10, [NOW], [both]) == index.search([], 10, [NOW], [one])


def test_readings_that_no_passage_has_change_nothing(index: LexicalIndex) -> None:
    index.add([item("v:0", "由党委审定")])
    unknown = [Reading((tuple(terms("钢铁")),), 1.0), Reading((), 1.0)]
    assert index.search(terms("党委"), 10, [NOW], unknown) == index.search(terms("党委"), 10, [NOW])
    assert index.search([], 10, [NOW], unknown) == []


def test_of_too_many_occurrences_the_rarest_terms_are_scored_the_same_in_search_and_scores(
    index: LexicalIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ("巡察整改期限为三个月", "巡察整改期限为六个月", "巡察整改报告", "巡察工作")
    index.add([item(f"v:{n}", text) for n, text in enumerate(texts)])
    words = ["巡察", "整改", "期限", "六个月"]
    whole = index.scores(words, ["v:1", "v:3"])
    monkeypatch.setattr("ingest.lexical.MOST_POSTINGS", 3)  # 六个月 once, 期限 twice; the others are seven more
    monkeypatch.setattr("ingest.lexical.FEWEST_TERMS", 1)
    assert [hit.passage_id for hit in index.search(words, 4, [NOW])] == ["v:1", "v:0"]
    searched = {hit.passage_id: hit.score for hit in index.search(words, 10, [NOW])}
    assert index.scores(words, ["v:0", "v:1", "v:2", "v:3"]) == pytest.approx(searched)
    assert searched["v:1"] < whole["v:1"]
    monkeypatch.setattr("ingest.lexical.FEWEST_TERMS", 3)
    assert len(index.search(words, 10, [NOW])) == 3
