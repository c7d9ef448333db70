"""Retrievers by name over a tiny collection: real embedder, real term index, real llama-index."""

from dataclasses import replace

import pytest

from app.statutes import shipped
from evals.embedded import embedded
from evals.retrievers import CONFIGURATIONS, Collection, Dense, Entry, Ours, Words
from ingest.embed import open_embedder

ROWS = [
    ("a1", "家具法第一条", "出卖人应当按照约定交付家具。"),
    ("a2", "家具法第二条", "家具质量不合格的，买受人可以请求退货。"),
    ("a12", "家具法第十二条之一", "家具应当附有说明书。"),
    ("b1", "最高人民法院关于审理家具纠纷案件的规定第一条", "家具质量纠纷由被告住所地人民法院管辖。"),
    ("c1", "中华人民共和国茶叶条例第二条", "茶叶应当标明产地。"),
]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    entries = [Entry(*row) for row in ROWS]
    return embedded(entries, open_embedder(), tmp_path_factory.mktemp("缓存"), lambda done, total: None)


@pytest.mark.parametrize("name", CONFIGURATIONS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestRetriever:
    """What every configuration keeps."""

    def test_finds_the_article_best_first_and_the_same_again(self, name: str, texts: Collection) -> None:
        retriever = CONFIGURATIONS[name](texts)
        found = retriever.retrieve("买的家具质量不合格，可以退货吗", 3)
        assert "a2" in [hit.passage_id for hit in found][:2]
        assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
        assert found == retriever.retrieve("买的家具质量不合格，可以退货吗", 3)
        assert len({hit.passage_id for hit in found}) == len(found) <= 3


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("家具法第二条的内容是什么？", "a2"),
        ("《家具法》第2条", "a2"),
        ("中华人民共和国家具法第十二条之一怎么规定的", "a12"),
        ("茶叶条例第二条", "c1"),
    ],
)
def test_what_a_reference_names_comes_first(question: str, first: str, texts: Collection) -> None:
    assert CONFIGURATIONS["default"](texts).retrieve(question, 2)[0].passage_id == first


def test_a_reference_to_what_is_not_there_is_searched(texts: Collection) -> None:
    assert Ours(texts, 10).named("家具法第九十九条") == []
    assert CONFIGURATIONS["default"](texts).retrieve("家具法第九十九条", 1)


def test_fusion_is_the_sum_of_reciprocal_ranks(texts: Collection) -> None:
    question = "家具质量不合格"
    ranks = [[hit.passage_id for hit in member(texts).retrieve(question, 100)] for member in (Dense, Words)]
    wanted = {row[0]: sum(1 / (60 + ranking.index(row[0])) for ranking in ranks if row[0] in ranking) for row in ROWS}
    found = {hit.passage_id: hit.score for hit in CONFIGURATIONS["fusion"](texts).retrieve(question, 100)}
    assert found == pytest.approx({name: score for name, score in wanted.items() if score})


def test_vectors_of_another_embedder_are_ranked_without_the_learned_direction(texts: Collection) -> None:
    ours = Ours(texts, 10, replace(shipped(), embedder="别的"))
    assert {hit.passage_id for hit in ours.retrieve("家具质量", 10)} == {row[0] for row in ROWS}


def test_a_title_is_a_work_and_an_article() -> None:
    entry = Entry("a", "民用航空法第一百二十三条之二", "…")
    assert (entry.work, entry.article) == ("民用航空法", (123, 2))
    assert (Entry("b", "会议纪要", "…").work, Entry("b", "会议纪要", "…").article) == ("会议纪要", None)
