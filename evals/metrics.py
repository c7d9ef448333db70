"""Metrics over per-question scores, with 95 % intervals and paired comparison by bootstrap.

Every metric is the mean of per-question (or per-citation) values in [0, 1] — higher is better — so one
bootstrap serves all: percentile intervals over resampled questions (Efron 1979), and for two runs of the
same questions the distribution of the mean difference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000


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
    """The mean paired difference new − old over the shared questions, with its 95 % interval."""

    difference: float
    low: float
    high: float
    n: int

    @property
    def worse(self) -> bool:
        """Whether the drop is significant: the whole interval lies below zero."""
        return self.high < 0


def paired_change(old: Mapping[str, float], new: Mapping[str, float], seed: int = 0) -> Change:
    """Compare two runs question by question; questions only one run has are left out."""
    shared = sorted(old.keys() & new.keys())
    score = mean_with_interval([new[key] - old[key] for key in shared], seed)
    return Change(score.mean, score.low, score.high, score.n)


def recall_at_k(found: Sequence[bool], needed: int, k: int) -> float:
    """The share of ``needed`` things that appear in the first k results; ``found[i]`` says result i is a new one."""
    return min(sum(found[:k]), needed) / needed


def reciprocal_rank(found: Sequence[bool]) -> float:
    """1/rank of the first right result, 0 without one."""
    return next((1 / rank for rank, right in enumerate(found, 1) if right), 0.0)
