"""Fitting the order of statutes: folds, trees in arrays, and a linear score that finds what tells right from wrong."""

import numpy as np

from app.statutes import KINDS
from evals.fit_statutes import START, Group, Sample, fitted_linear, fitted_trees, folds, planted


def test_folds_hold_every_question_once_and_stay_the_same() -> None:
    parts = folds(23, 5)
    assert sorted(int(row) for part in parts for row in part) == list(range(23))
    assert all(np.array_equal(one, other) for one, other in zip(parts, folds(23, 5), strict=True))


def test_nested_trees_in_arrays_give_the_values_of_their_leaves() -> None:
    tree = {
        "split_feature": 1,
        "threshold": 0.5,
        "left_child": {"leaf_value": -1.0},
        "right_child": {
            "split_feature": 0,
            "threshold": 2.0,
            "left_child": {"leaf_value": 3.0},
            "right_child": {"leaf_value": 4.0},
        },
    }
    forest = planted([tree, {"leaf_value": 10.0}])
    assert forest.of(np.array([[0.0, 0.5], [2.0, 0.6], [2.1, 0.6]])).tolist() == [9.0, 13.0, 14.0]


def test_the_direction_points_to_where_right_articles_lie() -> None:
    chance = np.random.default_rng(0)
    samples = []
    for _ in range(30):
        vectors = chance.standard_normal((12, 6)).astype(np.float32)
        right = int(np.argmax(vectors[:, 2]))
        target = np.eye(12)[right]
        samples.append(Sample(np.zeros((12, 3 + len(KINDS) + 2)), vectors, target))
    weights, direction = fitted_linear(samples)
    assert np.allclose(weights, START, atol=0.01)  # the features say nothing: they stay where the fit starts
    assert int(np.argmax(direction)) == 2


def test_trees_learn_from_the_questions_that_have_an_answer_among_the_first() -> None:
    chance = np.random.default_rng(0)
    groups = []
    for number in range(40):
        table = chance.standard_normal((20, 18))
        right = (table[:, 3] > 1).astype(np.int64) if number else np.zeros(20, np.int64)
        groups.append(Group(table, right))
    forest = fitted_trees(groups)
    low, high = np.zeros((1, 18)), np.zeros((1, 18))
    high[0, 3] = 2.0
    assert forest.of(high)[0] > forest.of(low)[0]
