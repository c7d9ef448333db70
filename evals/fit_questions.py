"""``python -m evals fit-questions``: ingest/tuning.npz, from questions with the texts that answer them.

What is learned moves a question towards the stored vectors of its answers; passages stay where they are. So a step of
it runs over a question's twenty tokens and a matrix of vectors, and two cores need minutes. The loss is a softmax over
every text of the question's pool (55,129 articles, or an enterprise's two hundred passages) of nearness plus what the
lexical score gives, so that it learns what words in common do not tell; a second term keeps the question near to
where it was. Questions are held out by fold (statutes) and by library (enterprises) together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.statutes import COSINE_SCALE, linear_features
from evals import dataset as gold
from evals.beir import read_dataset
from evals.corpus import learned_from, open_assistant, open_practice
from evals.embedded import cache_directory, embedded
from evals.fit import questions as corpus_questions
from evals.fit_statutes import FOLDS, Question, asked, fitted_linear, folds, samples
from evals.gold_run import ground_of, places
from evals.judge import holds
from evals.retrievers import Collection
from ingest.document import LOCAL
from ingest.embed import OnnxEmbedder, open_embedder
from ingest.library import Library
from ingest.segment import terms
from ingest.tuning import FIRST_LAYER, TUNING
from ingest.weights import Weights, read_weights, weights_path

Matrix = NDArray[np.float32]

PASSES, BATCH, PACE, RANK = 6, 16, 8e-4, 8
KEPT = 20.0
"""What a cosine of one less to where the question was costs, beside a loss that begins between 1 and 4."""
NEAR = 70.0
TERMS, TERMS_OF_BEST = 0.025, 2.0
"""What nearness and the lexical score count for enterprises: about what the fit for statutes finds."""
PARTS = (("q", 1, 1), ("v", 1, 1), ("ao", 1, 1), ("fi", 4, 1), ("fo", 1, 4))
"""The matrices that get additions: outputs and inputs, in sizes of the hidden state."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question to fit on: the rows of its pool that answer it, what each row has beside nearness."""

    id: str
    text: str
    right: Set[int]
    beside: Matrix


@dataclass(frozen=True, slots=True)
class Pool:
    """Texts that questions are asked of, by their vectors, and what nearness to them counts."""

    name: str
    vectors: Matrix
    near: float
    examples: Sequence[Example]


# ---------------------------------------------------------------- what is fitted on


def statutes(collection: Collection, known: Sequence[Question], of: Set[int]) -> Pool:
    """The articles, with what the linear score of app/statutes.py, fitted on these questions, has beside nearness."""
    weights, direction = fitted_linear(list(samples(collection, [known[number] for number in sorted(of)])))
    everywhere = collection.candidates([entry.id for entry in collection.entries], [], {})
    fixed = linear_features(np.zeros(collection.vectors.shape[1], np.float32), everywhere)[:, 3:] @ weights[3:]
    fixed = fixed + collection.vectors @ direction
    examples = []
    for one in known:
        found = np.zeros(len(fixed))
        rows = [collection.positions[name] for name in one.terms]
        found[rows] = list(one.terms.values())
        lexical = weights[1] * found / 10 + weights[2] * 2.5 * found / (found.max() or 1.0)
        right = frozenset(collection.positions[name] for name in one.right)
        examples.append(Example(one.id, one.text, right, (fixed + lexical).astype(np.float32)))
    return Pool("statutes", collection.vectors, float(weights[0]) * COSINE_SCALE, examples)


def enterprises(directory: Path) -> list[Pool]:
    """The corpus with its development questions, and each practice library with its own."""
    pools = []
    with open_assistant(directory / "corpus-library") as (_, library):
        pools.append(_pool("corpus", library, corpus_questions()))
    for name, folder in learned_from().items():
        with open_practice(directory, name) as (_, library):
            pools.append(_pool(name, library, gold.load(folder / "questions.jsonl")))
    return pools


def _pool(name: str, library: Library, questions: Sequence[gold.Question]) -> Pool:
    ground = ground_of(library)
    with library.snapshot() as snapshot:
        ids = snapshot.passage_ids(snapshot.eligible(LOCAL, as_of=gold.TODAY))
        passages, vectors = snapshot.passages(ids), snapshot.vectors(ids)
        examples = []
        for question in questions:
            meant = [place for need in places(question, ground.texts) for place in need]
            spans = [(passages[name].version_id, passages[name].span) for name in ids]
            right = frozenset(row for row, at in enumerate(spans) if any(holds(*at, place) for place in meant))
            if right and question.kind in ("content", "list"):
                found = library.term_scores(terms(question.text), ids)
                scores = np.array([found.get(name, 0.0) for name in ids], np.float32)
                beside = TERMS * scores + TERMS_OF_BEST * scores / (scores.max() or 1.0)
                examples.append(Example(question.id, question.text, right, beside))
        return Pool(name, np.stack([vectors[name] for name in ids]), NEAR, examples)


# ---------------------------------------------------------------- the last layers, as torch computes them


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers behind the shared ones, with additions to their matrices that can be fitted."""

    weights: Weights
    fixed: Mapping[str, Any]  # name → tensor
    additions: Mapping[str, tuple[Any, Any]]  # matrix → (outputs × rank, rank × inputs)

    @classmethod
    def of(cls, weights: Weights, seed: int) -> Layers:
        """The layers as published: what is added begins at nothing."""
        import torch

        size = weights.shape.hidden
        fixed, additions = {}, {}
        chance = torch.Generator().manual_seed(seed)
        for layer in range(FIRST_LAYER, weights.shape.layers):
            for part, outputs, inputs in (*PARTS, ("k", 1, 1)):
                name = f"l{layer}.{part}.w"
                fixed[name] = torch.tensor(weights.matrix(name, outputs * size, inputs * size))
                fixed[f"l{layer}.{part}.b"] = torch.tensor(weights.plain(f"l{layer}.{part}.b", outputs * size))
                if part != "k":
                    down = torch.randn(RANK, inputs * size, generator=chance) / math.sqrt(inputs * size)
                    up = torch.zeros(outputs * size, RANK)
                    additions[name] = (up.requires_grad_(), down.requires_grad_())
            for part in ("aln.w", "aln.b", "oln.w", "oln.b"):
                fixed[f"l{layer}.{part}"] = torch.tensor(weights.plain(f"l{layer}.{part}", size))
        return cls(weights, fixed, additions)

    def vectors(self, hidden: Any, mask: Any) -> Any:
        """Unit vectors of questions: ``hidden`` is questions × tokens × size, ``mask`` 1 where there is a token."""
        from torch.nn import functional

        for layer in range(FIRST_LAYER, self.weights.shape.layers):
            hidden = self._layer(f"l{layer}", hidden, mask)
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return functional.normalize(mean, dim=-1)

    def _layer(self, name: str, hidden: Any, mask: Any) -> Any:
        from torch.nn import functional

        query, key, value = (self._heads(self._linear(f"{name}.{part}", hidden)) for part in "qkv")
        seen = (mask > 0)[:, None, None, :]
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        mixed = mixed.transpose(1, 2).reshape(hidden.shape)
        hidden = self._normal(f"{name}.aln", self._linear(f"{name}.ao", mixed) + hidden)
        wide = functional.gelu(self._linear(f"{name}.fi", hidden))
        return self._normal(f"{name}.oln", self._linear(f"{name}.fo", wide) + hidden)

    def _heads(self, rows: Any) -> Any:
        return rows.view(*rows.shape[:2], self.weights.shape.heads, -1).transpose(1, 2)

    def _linear(self, name: str, source: Any) -> Any:
        from torch.nn import functional

        plain = functional.linear(source, self.fixed[f"{name}.w"], self.fixed[f"{name}.b"])
        if f"{name}.w" not in self.additions:
            return plain
        up, down = self.additions[f"{name}.w"]
        return plain + (source @ down.T) @ up.T

    def _normal(self, name: str, source: Any) -> Any:
        from torch.nn import functional

        shape = self.weights.shape
        return functional.layer_norm(
            source, (shape.hidden,), self.fixed[f"{name}.w"], self.fixed[f"{name}.b"], shape.epsilon
        )


# ---------------------------------------------------------------- the fit


@dataclass(frozen=True, slots=True)
class Asked:
    """All questions of the pools with what the shared layers make of them, and where they were: rows in one order."""

    pools: Sequence[Pool]
    hidden: Sequence[Matrix]
    before: Matrix

    @classmethod
    def of(cls, pools: Sequence[Pool], embedder: OnnxEmbedder) -> Asked:
        """Read once by the shared layers."""
        texts = [example.text for pool in pools for example in pool.examples]
        before = np.stack([embedder.encode_untuned(text) for text in texts])
        return cls(pools, [embedder.hidden(text) for text in texts], before)

    def padded(self, rows: Sequence[int]) -> tuple[Any, Any]:
        """Hidden states and mask of these questions."""
        import torch

        longest = max(len(self.hidden[row]) for row in rows)
        hidden = torch.zeros(len(rows), longest, self.before.shape[1])
        mask = torch.zeros(len(rows), longest)
        for place, row in enumerate(rows):
            tokens = self.hidden[row]
            hidden[place, : len(tokens)] = torch.tensor(tokens)
            mask[place, : len(tokens)] = 1
        return hidden, mask

    def batches(self, inside: Set[int], chance: np.random.Generator) -> list[tuple[Pool, int, list[int]]]:
        """The questions to fit on in batches of one pool and of like length: pool, row of its first, rows."""
        out: list[tuple[Pool, int, list[int]]] = []
        start = 0
        for pool in self.pools:
            mine = [row for row in range(start, start + len(pool.examples)) if row in inside]
            mine.sort(key=lambda row: len(self.hidden[row]) + 4 * chance.random())
            out += [(pool, start, mine[at : at + BATCH]) for at in range(0, len(mine), BATCH)]
            start += len(pool.examples)
        return [out[place] for place in chance.permutation(len(out))]


def fitted(asked: Asked, inside: Set[int], weights: Weights, seed: int = 0) -> Layers:
    """The layers with what was learned from the questions in these rows."""
    import torch

    layers, chance = Layers.of(weights, seed), np.random.default_rng(seed)
    parameters = [tensor for pair in layers.additions.values() for tensor in pair]
    optimiser = torch.optim.AdamW(parameters, lr=PACE, weight_decay=0.01)
    vectors = {pool.name: torch.tensor(np.asarray(pool.vectors)) for pool in asked.pools}
    before = torch.tensor(asked.before)
    steps = PASSES * len(asked.batches(inside, np.random.default_rng(seed)))
    step = 0
    for _ in range(PASSES):
        for pool, start, rows in asked.batches(inside, chance):
            moved = layers.vectors(*asked.padded(rows))
            few = [pool.examples[row - start] for row in rows]
            loss = _loss(moved @ vectors[pool.name].T * pool.near, few)
            loss = loss + KEPT * (1 - (moved * before[rows]).sum(-1)).mean()
            step += 1
            for group in optimiser.param_groups:
                group["lr"] = PACE * min(1.0, step / 20) * (1 - (step - 1) / steps)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
    return layers


def _loss(nearness: Any, examples: Sequence[Example]) -> Any:
    """How little of the softmax the right texts get: the mean over them, of each question."""
    import torch

    scores = nearness + torch.tensor(np.stack([example.beside for example in examples]))
    shares = torch.log_softmax(scores, dim=-1)
    return -torch.stack([row[sorted(one.right)].mean() for row, one in zip(shares, examples, strict=True)]).mean()


def moved(layers: Layers, asked: Asked, rows: Sequence[int]) -> Matrix:
    """The questions' vectors."""
    import torch

    with torch.no_grad():
        return np.concatenate(
            [layers.vectors(*asked.padded(rows[at : at + BATCH])).numpy() for at in range(0, len(rows), BATCH)]
        )


def write(layers: Layers, path: Path = TUNING) -> None:
    """What was learned as the file that models are prepared with."""
    arrays: dict[str, Any] = {}
    for name, (up, down) in layers.additions.items():
        arrays[f"{name}.up"] = up.detach().numpy().astype(np.float16)
        arrays[f"{name}.down"] = down.detach().numpy().astype(np.float16)
    np.savez(path, **arrays)


# ---------------------------------------------------------------- what is held out


def parts(pools: Sequence[Pool]) -> list[frozenset[int]]:
    """The rows held out together: a fold of the statutes' questions and every fifth of the other pools."""
    out: list[set[int]] = [set() for _ in range(FOLDS)]
    start = 0
    for number, pool in enumerate(pools):
        if number == 0:
            for part, rows in enumerate(folds(len(pool.examples))):
                out[part].update(rows.tolist())
        else:
            out[(number - 1) % FOLDS].update(range(start, start + len(pool.examples)))
        start += len(pool.examples)
    return [frozenset(part) for part in out]


@dataclass(frozen=True, slots=True)
class Material:
    """Everything questions are fitted on: the articles with their questions, and the enterprises."""

    collection: Collection
    known: Sequence[Question]
    others: Sequence[Pool]
    embedder: OnnxEmbedder

    @classmethod
    def of(cls, folder: Path) -> Material:
        """Of a folder in BEIR layout, and of the texts and questions that come with the project."""
        embedder = open_embedder(announce=print)
        assert isinstance(embedder, OnnxEmbedder)
        dataset = read_dataset(folder)
        collection = embedded(dataset.entries, embedder, cache_directory(), lambda done, total: None)
        vectors = [embedder.encode_untuned(question.text) for question in dataset.questions]
        known = asked(collection, dataset.questions, vectors)
        return cls(collection, known, enterprises(cache_directory() / "fit-questions"), embedder)

    def without(self, held_out: Set[int]) -> list[Pool]:
        """The pools, the statutes' with a score fitted without these questions."""
        inside = set(range(len(self.known))) - held_out
        return [statutes(self.collection, self.known, inside), *self.others]


def held_out(material: Material) -> tuple[Asked, Matrix]:
    """Every question's vector by layers that saw nothing of it, kept in the cache: they are what rankings are fitted on."""
    everything = Asked.of(material.without(frozenset()), material.embedder)
    kept = cache_directory() / f"held-out-questions-{_key(everything)}.npy"
    if kept.is_file():
        return everything, np.load(kept)
    out = np.empty_like(everything.before)
    weights = read_weights(weights_path())
    for number, part in enumerate(parts(everything.pools), 1):
        here = replace(everything, pools=material.without(part))
        layers = fitted(here, set(range(len(out))) - part, weights)
        rows = sorted(part)
        out[rows] = moved(layers, here, rows)
        print(f"第 {number} 份，共 {FOLDS} 份", flush=True)
    np.save(kept, out)
    return everything, out


def _key(asked: Asked) -> str:
    """What held-out vectors depend on, as far as it changes."""
    total = hashlib.sha256(repr((PASSES, BATCH, PACE, RANK, KEPT, NEAR, TERMS, TERMS_OF_BEST, FIRST_LAYER)).encode())
    for pool in asked.pools:
        for example in pool.examples:
            total.update(f"{pool.name} {example.text} {sorted(example.right)}".encode())
    return total.hexdigest()[:16]


def fit(folder: Path, *, measure: bool) -> None:
    """Fit on all questions and write the file; with ``measure`` only print what is held out, before and after."""
    material = Material.of(folder)
    if not measure:
        everything = Asked.of(material.without(frozenset()), material.embedder)
        write(fitted(everything, set(range(len(everything.before))), read_weights(weights_path())))
        print(f"已写入 {TUNING}")
        return
    everything, after = held_out(material)
    start = 0
    print(f"{'':<10}题数   单用向量：前    后      与词混合：前    后   （前五条中有依据的题；均未参与拟合）")
    for pool in everything.pools:
        rows = range(start, start + len(pool.examples))
        figures = [
            _recall(pool, vectors[rows], mixed) for mixed in (False, True) for vectors in (everything.before, after)
        ]
        print(f"{pool.name:<10}{len(rows):>4}   " + "".join(f"{figure:>10.3f}" for figure in figures))
        start += len(pool.examples)


def _recall(pool: Pool, vectors: Matrix, mixed: bool) -> float:
    """The share of questions with an answer among the first five: by nearness alone, or with what stands beside it."""
    hits = []
    for example, vector in zip(pool.examples, vectors, strict=True):
        scores = pool.near * (pool.vectors @ vector) + (example.beside if mixed else 0)
        first = np.lexsort((np.arange(len(scores)), -scores))[:5]
        hits.append(not example.right.isdisjoint(first.tolist()))
    return float(np.mean(hits))
