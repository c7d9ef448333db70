"""The order of national statutes: what is one, the linear score, the trees, the file."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statutes import (
    KINDS,
    MODEL,
    TREE_FEATURES,
    TREES_SEE,
    Candidates,
    Forest,
    Model,
    StatuteKind,
    as_json,
    from_json,
    kind_by_name,
    linear_features,
    national,
    numbered,
    shipped,
    tree_features,
)

QUESTION = np.array([1.0, 0.0, 0.0], np.float32)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("中华人民共和国民法典", StatuteKind.LAW),
        ("《劳动合同法》", StatuteKind.LAW),
        ("中华人民共和国公司法（2023年修订）", StatuteKind.LAW),
        ("最高人民法院关于审理民间借贷案件适用法律若干问题的规定", StatuteKind.INTERPRETATION),
        ("中华人民共和国政府信息公开条例", StatuteKind.REGULATION),
        ("国务院关于职工工作时间的规定", StatuteKind.RULE),
    ],
)
def test_a_national_statute_is_known_by_its_name(title: str, kind: StatuteKind) -> None:
    assert national(title) is kind


@pytest.mark.parametrize(
    "title", ["青山集团巡察工作办法", "中国共产党巡视工作条例", "公务接待管理规定", "专题会议纪要", "考核方法"]
)
def test_what_parties_groups_and_firms_lay_down_is_no_national_statute(title: str) -> None:
    assert national(title) is None


def test_a_way_of_doing_things_is_no_law() -> None:
    assert kind_by_name("诉讼费用交纳办法") is StatuteKind.RULE


def candidates(count: int, seed: int = 0) -> Candidates:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Candidates(
        vectors=vectors,
        terms=rng.uniform(0, 30, count),
        kinds=rng.integers(0, len(KINDS), count),
        sizes=rng.integers(1, 1000, count).astype(float),
        lengths=rng.integers(1, 500, count).astype(float),
        works=rng.integers(0, 5, count),
        chapters=rng.integers(0, 10, count),
    )


STUMPS = Forest(
    roots=np.array([0, 3]),
    feature=np.array([TREE_FEATURES.index("rank"), 0, 0] * 2),
    threshold=np.zeros(6),
    left=np.array([1, 1, 2, 4, 4, 5]),
    right=np.array([2, 1, 2, 5, 4, 5]),
    value=np.array([0.0, 3.0, -1.0, 0.0, 3.0, -2.0]),
)
SMALL = Model("甲", np.arange(9.0), np.array([0.5, -0.5, 0.0], np.float32), STUMPS)


def test_linear_features_are_what_their_names_say() -> None:
    two = Candidates(
        vectors=np.array([[1, 0, 0], [0, 1, 0]], np.float32),
        terms=np.array([20.0, 5.0]),
        kinds=np.array([0, 3]),
        sizes=np.array([1.0, 100.0]),
        lengths=np.array([50.0, 0.0]),
        works=np.array([0, 1]),
        chapters=np.array([0, 1]),
    )
    assert linear_features(QUESTION, two) == pytest.approx(
        np.array(
            [
                [20 * (1 - 0.8), 20 / 10, 2.5, 1, 0, 0, 0, 0, math.log(50) / 4],
                [20 * (0 - 0.8), 5 / 10, 2.5 * 5 / 20, 0, 0, 0, 1, math.log(100) / 4, 0],
            ]
        )
    )


def test_the_nearest_to_the_turned_question_are_best_by_cosine_and_direction() -> None:
    found = candidates(50)
    turned = found.vectors @ SMALL.towards(QUESTION)
    wanted = 20 * SMALL.weights[0] * (found.vectors @ QUESTION) + found.vectors @ SMALL.direction
    assert np.argsort(turned).tolist() == np.argsort(wanted).tolist()


def test_a_forest_adds_the_values_of_the_leaves_a_row_falls_into() -> None:
    table = np.zeros((3, len(TREE_FEATURES)))
    table[:, TREE_FEATURES.index("rank")] = [0, 1, 2]
    assert STUMPS.of(table).tolist() == [3.0 + 3.0, -1.0 - 2.0, -1.0 - 2.0]


def test_tree_features_see_how_a_candidate_stands_in_its_work() -> None:
    found = candidates(4)
    linear = np.array([4.0, 3.0, 2.0, 1.0])
    found = Candidates(
        found.vectors,
        found.terms,
        found.kinds,
        found.sizes,
        found.lengths,
        np.array([0, 1, 0, 1]),
        np.array([0, 1, 2, 1]),
    )
    table = dict(zip(TREE_FEATURES, tree_features(QUESTION, found, linear, np.arange(4)).T, strict=True))
    assert table["rank"].tolist() == [0, 1, 2, 3]
    assert table["work_rank"].tolist() == [0, 0, 1, 1]
    assert table["work_count"].tolist() == [2, 2, 2, 2]
    assert table["work_other"].tolist() == [2 - 4, 1 - 4, 4 - 4, 3 - 4]
    assert table["work_share"] == pytest.approx([1 + math.exp(-2), math.exp(-1) + math.exp(-3)] * 2)
    assert table["chapter_behind"].tolist() == [0, 0, 0, 2]


@given(st.integers(1, 300), st.integers(0, 5))
def test_what_the_trees_do_not_see_comes_after_what_they_see(count: int, seed: int) -> None:
    found = candidates(count, seed)
    scores = SMALL.scores(QUESTION, found)
    linear = SMALL.linear(QUESTION, found)
    first = np.argsort(-linear, kind="stable")
    assert len(scores) == count
    if count > TREES_SEE:
        assert scores[first[:TREES_SEE]].min() > scores[first[TREES_SEE:]].max()
    assert scores[first[0]] == scores.max() == 6.0


def test_no_candidates_have_no_scores() -> None:
    assert SMALL.scores(QUESTION, candidates(0)).tolist() == []


def test_a_model_is_the_same_after_writing_and_reading() -> None:
    again = from_json(as_json(SMALL))
    assert again.embedder == "甲"
    assert again.scores(QUESTION, candidates(30)) == pytest.approx(SMALL.scores(QUESTION, candidates(30)))
    assert as_json(again) == as_json(SMALL)


def test_the_shipped_model_fits_the_features_and_the_packaged_embedder() -> None:
    model = shipped()
    assert len(model.weights) == 5 + len(KINDS)
    assert model.direction.shape == (384,)
    assert model.forest.feature.max() < len(TREE_FEATURES)
    assert "multilingual-e5-small" in model.embedder
    assert MODEL.stat().st_size < 1_000_000


def test_equal_names_get_equal_numbers() -> None:
    assert numbered(["民法典", "刑法", "民法典"]).tolist() == [0, 1, 0]
