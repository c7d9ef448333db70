"""Metrics over per-question scores, with 95 % intervals and paired comparison by bootstrap.

Every metric is the mean of per-question (or per-citation) values in [0, 1] — higher is better — so one
bootstrap serves all: percentile intervals over resampled questions (Efron 1979), and for two runs of the
same questions the distribution of the mean difference.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
PERMUTATIONS = 5000


@dataclass(frozen=True, slots=True)
class Score:
    """A mean with its 95 % interval and the number of values behind it."""

    mean: float
    low: float
    high: float
    n: int


def mean_with_interval(values: Sequence[float], seed: int = 0) -> Score:
    """The mean and its bootstrap percentile interval; an empty sequence has mean nan and n 0."""
    if not values:
        return Score(float("nan"), float("nan"), float("nan"), 0)
    data = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(0, len(data), (RESAMPLES, len(data)))
    low, high = np.percentile(data[draws].mean(axis=1), [2.5, 97.5])
    return Score(float(data.mean()), float(low), float(high), len(data))


@dataclass(frozen=True, slots=True)
class Change:
    """How the mean of a metric moved, new − old, with its 95 % interval, and the number of questions behind it."""

    difference: float
    low: float
    high: float
    n: int

    @property
    def worse(self) -> bool:
        """Whether the drop is significant: the whole interval lies below zero."""
        return self.high < 0


def paired_change(old: Mapping[str, float], new: Mapping[str, float], seed: int = 0) -> Change:
    """Compare two runs of the same questions.

    A question may have a value in one run only (the precision of an answer that was refused before): so the questions
    are resampled, and each run's mean is taken over those of them that it has a value for. Where both runs have all,
    this is the bootstrap of the paired differences. Draws that leave a run without any value are passed over.
    """
    keys = sorted(old.keys() | new.keys())
    if not old or not new:
        return Change(float("nan"), float("nan"), float("nan"), len(keys))
    draws = np.random.default_rng(seed).integers(0, len(keys), (RESAMPLES, len(keys)))
    before, after = _drawn_means(old, keys, draws), _drawn_means(new, keys, draws)
    differences = (after - before)[~np.isnan(after - before)]
    low, high = np.percentile(differences, [2.5, 97.5])
    mean = float(np.mean(list(new.values())) - np.mean(list(old.values())))
    return Change(mean, float(low), float(high), len(keys))


def _drawn_means(values: Mapping[str, float], keys: Sequence[str], draws: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean of each draw over the keys that have a value; nan where none has."""
    has = np.array([key in values for key in keys], dtype=np.float64)
    data = np.array([values.get(key, 0.0) for key in keys], dtype=np.float64)
    counts = has[draws].sum(axis=1)
    means: NDArray[np.float64] = np.where(counts > 0, data[draws].sum(axis=1) / np.maximum(counts, 1), np.nan)
    return means


def recall_at_k(found: Sequence[int], needed: int, k: int) -> float:
    """The share of ``needed`` things in the first k results; ``found[i]`` is how many of them result i is the first to have."""
    return sum(found[:k]) / needed


def reciprocal_rank(found: Sequence[int]) -> float:
    """1/rank of the first right result, 0 without one."""
    return next((1 / rank for rank, right in enumerate(found, 1) if right), 0.0)


def ndcg_at_k(grades: Sequence[float], relevant: Sequence[float], k: int) -> float:
    """Normalised discounted cumulative gain of the first k results (Järvelin, Kekäläinen 2002), gain = grade.

    ``grades[i]`` is the grade of result i, 0 when it is not relevant; ``relevant`` holds the grades of all that are.
    """
    ideal = _discounted(sorted(relevant, reverse=True)[:k])
    return _discounted(grades[:k]) / ideal if ideal else 0.0


def _discounted(grades: Sequence[float]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def permutation_p(old: Mapping[str, float], new: Mapping[str, float], seed: int = 0) -> float:
    """The two-sided p-value that the questions of both runs score the same (Fisher's randomisation of signs).

    1 when no question changed.
    """
    differences = np.array([new[key] - old[key] for key in sorted(old.keys() & new.keys())])
    if not differences.any():
        return 1.0
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (PERMUTATIONS, len(differences)))
    # The slack keeps sums that differ by rounding alone from counting as smaller.
    as_far = np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9
    return float((as_far.sum() + 1) / (PERMUTATIONS + 1))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` per cent of the values lie; nan without any."""
    return float(np.percentile(values, share)) if values else float("nan")
