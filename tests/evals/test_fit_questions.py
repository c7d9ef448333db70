"""Fitting the encoder of questions: on a handful of questions and vectors, with the model's real last layers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from evals import fit_questions
from evals.fit_questions import Asked, Example, Layers, Pool, fitted, moved, parts, write
from ingest.embed import OnnxEmbedder, open_embedder
from ingest.tuning import FIRST_LAYER, tuned
from ingest.weights import Weights, read_weights, weights_path

QUESTIONS = ["叫不动的人怎么办", "能不能先斩后奏", "超标了谁批", "熟人说情怎么处理"]
TEXTS = [
    "拒不执行会议决定的，给予通报批评。",
    "紧急情况下可以由主要负责人临机处置，事后三个工作日内报告。",
    "超过标准的，由分管领导审批。",
    "对打听、干预、说情的，应当登记备案并报告。",
]


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_weights(weights_path())


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    opened = open_embedder()
    assert isinstance(opened, OnnxEmbedder)
    return opened


def pool(vectors: np.ndarray, right: Sequence[int], name: str = "库") -> Pool:
    beside = np.zeros(len(vectors), np.float32)
    examples = [
        Example(f"q{n}", text, frozenset({to}), beside)
        for n, (text, to) in enumerate(zip(QUESTIONS, right, strict=True))
    ]
    return Pool(name, vectors, fit_questions.NEAR, examples)


@pytest.fixture(scope="module")
def asked(embedder: OnnxEmbedder) -> Asked:
    return Asked.of([pool(embedder.encode_passages(TEXTS), range(4))], embedder)


def test_before_anything_is_learned_the_layers_are_those_of_the_model(asked: Asked, weights: Weights) -> None:
    vectors = moved(Layers.of(weights, seed=0), asked, range(4))
    assert ((vectors * asked.before).sum(axis=1) > 0.99).all()  # one computes in eight bits, the other in 32


def test_what_is_learned_brings_questions_nearer_to_their_answers(
    asked: Asked, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_questions, "PASSES", 40)
    answers = asked.pools[0].vectors
    wrong = np.roll(answers, 1, axis=0)
    after = moved(fitted(asked, {0, 1, 2, 3}, weights), asked, range(4))

    def margins(vectors: np.ndarray) -> np.ndarray:
        return (vectors * answers).sum(axis=1) - (vectors * wrong).sum(axis=1)

    assert (margins(after) > margins(asked.before)).all()
    assert ((after * asked.before).sum(axis=1) > 0.9).all()


def test_questions_outside_are_not_learned_from(
    asked: Asked, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_questions, "PASSES", 1)
    chance = np.random.default_rng(0)
    assert {row for _, _, rows in asked.batches({1, 3}, chance) for row in rows} == {1, 3}
    one = fitted(asked, {0}, weights)
    other_labels = Asked([pool(asked.pools[0].vectors, [0, 0, 0, 0])], asked.hidden, asked.before)
    other = fitted(other_labels, {0}, weights)
    assert np.allclose(moved(one, asked, [2]), moved(other, asked, [2]))


def test_the_file_gives_the_layers_that_were_fitted(
    asked: Asked, weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_questions, "PASSES", 3)
    layers = fitted(asked, {0, 1, 2, 3}, weights)
    write(layers, tmp_path / "tuning.npz")
    read = tuned(weights, tmp_path / "tuning.npz")
    name, size = f"l{FIRST_LAYER}.fi.w", weights.shape.hidden
    up, down = layers.additions[name]
    expected = weights.matrix(name, 4 * size, size) + (up @ down).detach().numpy()
    assert np.allclose(read.matrix(name, 4 * size, size), expected, atol=1e-4)
    untouched = f"l{FIRST_LAYER}.k.w"
    assert np.array_equal(read.matrix(untouched, size, size), weights.matrix(untouched, size, size))


def test_each_question_is_held_out_once_and_an_enterprise_as_a_whole() -> None:
    vectors = np.eye(4, 8, dtype=np.float32)
    pools = [pool(vectors, range(4), "statutes"), *(pool(vectors, range(4), str(number)) for number in range(6))]
    found = parts(pools)
    assert sorted(row for part in found for row in part) == list(range(28))
    for start in range(4, 28, 4):
        assert any(set(range(start, start + 4)) <= part for part in found)
