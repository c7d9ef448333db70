"""Fusing rankings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fuse import convex, normalised, reciprocal_rank

scores = st.dictionaries(st.sampled_from("甲乙丙丁"), st.floats(-10, 10), min_size=1)


def test_convex_weighs_normalised_scores() -> None:
    fused = convex({"dense": {"甲": 0.9, "乙": 0.8}, "terms": {"乙": 5.0, "丙": 1.0}})
    assert fused == {"甲": pytest.approx(0.6), "乙": pytest.approx(0.4), "丙": pytest.approx(0.0)}


def test_reciprocal_rank_adds_up() -> None:
    fused = reciprocal_rank({"dense": ["甲", "乙"], "terms": ["乙"]})
    assert fused == {"甲": pytest.approx(1 / 61), "乙": pytest.approx(1 / 62 + 1 / 61)}


@given(scores)
def test_normalised_scores_lie_between_nought_and_one_and_keep_their_order(found: dict[str, float]) -> None:
    out = normalised(found)
    assert all(0 <= value <= 1 for value in out.values())
    assert all(out[a] <= out[b] for a in found for b in found if found[a] <= found[b])
