import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.metrics import mean_with_interval, ndcg_at_k, paired_change, permutation_p, recall_at_k, reciprocal_rank

UNIT = st.floats(0, 1, allow_nan=False)
RUNS = st.dictionaries(st.integers(0, 30).map(str), UNIT, min_size=1, max_size=30)


def test_recall_counts_the_needs_met_by_the_first_k_results() -> None:
    found = [1, 0, 2, 0, 1]  # the third result holds two of the four places at once
    assert recall_at_k(found, 4, 1) == 1 / 4
    assert recall_at_k(found, 4, 3) == (1 + 2) / 4
    assert recall_at_k(found, 4, 4) == (1 + 2) / 4
    assert recall_at_k(found, 4, 5) == 4 / 4
    assert recall_at_k([], 2, 5) == 0 / 2


def test_the_reciprocal_rank_is_that_of_the_first_right_result() -> None:
    assert reciprocal_rank([0, 0, 1, 1]) == 1 / 3
    assert reciprocal_rank([2]) == 1 / 1
    assert reciprocal_rank([0, 0]) == 0
    assert reciprocal_rank([]) == 0


@given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 10))
def test_recall_never_falls_with_k_and_ends_at_all_that_was_found(found: list[int], more: int) -> None:
    needed = sum(found) + more
    recalls = [recall_at_k(found, needed, k) for k in range(1, len(found) + 2)]
    assert recalls == sorted(recalls)
    assert recalls[-1] == sum(found) / needed


def test_the_mean_has_its_interval_and_number() -> None:
    score = mean_with_interval([1.0] * 30 + [0.0] * 10)
    error = math.sqrt(0.75 * 0.25 / 40)  # of a share of 40
    assert score.mean == 30 / 40
    assert score.n == 40
    assert score.low == pytest.approx(0.75 - 1.96 * error, abs=0.03)
    assert score.high == pytest.approx(0.75 + 1.96 * error, abs=0.03)


def test_nothing_measured_is_not_a_number() -> None:
    score = mean_with_interval([])
    assert score.n == 0
    assert math.isnan(score.mean)


@given(st.lists(UNIT, min_size=1, max_size=40))
def test_the_interval_lies_within_the_values_and_is_the_same_every_time(values: list[float]) -> None:
    score = mean_with_interval(values)
    slack = 1e-9
    assert min(values) - slack <= score.low <= score.high <= max(values) + slack
    assert mean_with_interval(values) == score


def test_a_drop_in_most_questions_is_worse_and_one_in_a_few_is_not() -> None:
    before = {str(n): 1.0 for n in range(100)}
    assert paired_change(before, before | {str(n): 0.0 for n in range(20)}).worse
    assert not paired_change(before, before | {"1": 0.0}).worse
    assert not paired_change(before | {"1": 0.0}, before).worse


def test_the_difference_is_that_of_the_means() -> None:
    change = paired_change({"甲": 1.0, "乙": 0.0}, {"甲": 1.0, "乙": 0.5, "丙": 0.0})
    assert change.difference == pytest.approx((1 + 0.5 + 0) / 3 - (1 + 0) / 2)
    assert change.n == 3


def test_answers_that_are_given_only_now_count_against_a_precision() -> None:
    before = {str(n): 1.0 for n in range(40)}  # forty answers, all right
    after = before | {str(n): 0.0 for n in range(40, 80)}  # forty more, all wrong
    change = paired_change(before, after)
    assert change.difference == 40 / 80 - 40 / 40
    assert change.worse


@given(RUNS, RUNS)
def test_a_comparison_is_the_opposite_of_its_reverse(old: dict[str, float], new: dict[str, float]) -> None:
    forward, back = paired_change(old, new), paired_change(new, old)
    assert forward.difference == pytest.approx(-back.difference)
    assert forward.low == pytest.approx(-back.high)
    assert forward.high == pytest.approx(-back.low)


@given(RUNS)
def test_a_run_is_no_worse_than_itself(run: dict[str, float]) -> None:
    change = paired_change(run, run)
    assert (change.difference, change.low, change.high) == (0, 0, 0)
    assert not change.worse


def test_a_run_without_values_is_not_compared() -> None:
    assert not paired_change({}, {"甲": 0.0}).worse
    assert not paired_change({"甲": 1.0}, {}).worse


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    assert ndcg_at_k([0, 1], [1], 10) == (1 / math.log2(3)) / (1 / math.log2(2))
    assert ndcg_at_k([1, 0, 1], [1, 1], 10) == (1 + 1 / math.log2(4)) / (1 + 1 / math.log2(3))
    assert ndcg_at_k([1, 2], [2, 1], 10) == (1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3))
    assert ndcg_at_k([0, 0, 1], [1], 2) == 0
    assert ndcg_at_k([1, 1], [1, 1, 1], 2) == 1  # the ideal is cut at k too
    assert ndcg_at_k([], [1], 10) == 0


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.integers(1, 12))
def test_no_order_is_better_than_that_of_the_grades(grades: list[int], k: int) -> None:
    ordered = sorted(grades, reverse=True)
    assert 0 <= ndcg_at_k(grades, grades, k) <= 1 + 1e-9
    assert ndcg_at_k(ordered, grades, k) == pytest.approx(1 if any(grades) else 0)


@given(st.lists(st.integers(0, 1), min_size=2, max_size=12), st.data())
def test_a_right_result_moved_up_never_lowers_ndcg(grades: list[int], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(grades) - 1))
    if grades[place] < grades[place - 1]:
        return
    moved = [*grades[: place - 1], grades[place], grades[place - 1], *grades[place + 1 :]]
    assert ndcg_at_k(moved, grades, 10) >= ndcg_at_k(grades, grades, 10) - 1e-12


def test_the_permutation_test_counts_the_signs_that_go_as_far() -> None:
    before = {str(n): 0.0 for n in range(8)}
    after = {str(n): 1.0 for n in range(8)}
    assert permutation_p(before, after) == pytest.approx(2 / 2**8, abs=0.005)
    assert permutation_p(before, before) == 1
    assert permutation_p(before, before | {"1": 1.0}) == 1  # one change is as far either way


@given(RUNS, RUNS)
def test_the_p_value_is_a_probability_and_the_same_both_ways(old: dict[str, float], new: dict[str, float]) -> None:
    assert 0 < permutation_p(old, new) <= 1
    assert permutation_p(old, new) == permutation_p(new, old)
