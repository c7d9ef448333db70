"""The figures of rejection, on results made by hand."""

import numpy as np
import pytest

from evals.fit import Group, cross_validated, first_right, fitted
from evals.rejection import Case, Result, auroc, best_threshold, curve, refusal_f1


def result(score: float, *, answerable: bool, right: bool = True) -> Result:
    case = Case("x", "问", ("a.txt",), ("答",) if answerable else ())
    return Result(case, score, refused=score < 0, right=right, cited=frozenset())


RESULTS = [
    result(3, answerable=True),
    result(2, answerable=True, right=False),
    result(1, answerable=False),
    result(-1, answerable=True),
    result(-2, answerable=False),
]


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    assert auroc(RESULTS) == pytest.approx(5 / 6)


def test_the_curve_gives_what_is_not_right_among_the_answered() -> None:
    assert curve(RESULTS) == [(0.2, 0.0), (0.4, 1 / 2), (0.6, 2 / 3), (0.8, 2 / 4), (1.0, 3 / 5)]


def test_f1_counts_right_refusals_and_the_wrong_ones_are_told() -> None:
    f1, wrongly = refusal_f1(RESULTS, 0.0)
    assert f1 == pytest.approx(2 * 1 / (2 + 2))
    assert wrongly == pytest.approx(1 / 3)


def test_the_best_threshold_refuses_what_has_no_basis() -> None:
    assert refusal_f1(RESULTS, best_threshold(RESULTS))[0] == pytest.approx(2 * 2 / (3 + 2))


def test_the_fit_finds_the_feature_that_tells() -> None:
    groups = [
        Group(
            "甲" if n % 2 else "乙",
            [{"tells": 1.0, "noise": float(n % 3)}, {"tells": 0.0, "noise": float(n % 2)}],
            np.array([True, False]),
        )
        for n in range(12)
    ]
    weights = fitted(groups, ["tells", "noise"])
    assert weights["tells"] > abs(weights["noise"])
    assert first_right(groups, weights) == 1.0
    assert cross_validated(groups, ["tells", "noise"]) == {"乙": 1.0, "甲": 1.0}
