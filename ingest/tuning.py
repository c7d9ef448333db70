"""What the encoder of questions has learned beside that of passages: small additions to its last layers.

Laypeople's words lie elsewhere in the model's space than the formal text that answers them. The additions move a
question there and leave passages, their stored vectors and the embedder's id as they are. Low-rank factors of each
matrix (Hu et al. 2021, "LoRA"), fitted by ``python -m evals fit-questions``; figures: docs/decisions/0024-questions.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.weights import Weights

Matrix = NDArray[np.float32]

TUNING = Path(__file__).with_name("tuning.npz")
FIRST_LAYER = 8
"""Of twelve, from 0: tuned are this one and those behind it, so that both encoders share what lies before."""


@dataclass(frozen=True, slots=True)
class TunedWeights(Weights):
    """The weights with the additions in their matrices: name → (outputs × rank, rank × inputs)."""

    additions: Mapping[str, tuple[Matrix, Matrix]]

    def matrix(self, name: str, rows: int, columns: int) -> Matrix:
        """The matrix as the question's encoder has it."""
        plain = Weights.matrix(self, name, rows, columns)
        if name not in self.additions:
            return plain
        up, down = self.additions[name]
        return plain + up @ down


def tuned(weights: Weights, path: Path = TUNING) -> TunedWeights:
    """The weights of the question's encoder."""
    with np.load(path) as file:
        additions = {
            name.removesuffix(".down"): (
                file[name.removesuffix("down") + "up"].astype(np.float32),
                file[name].astype(np.float32),
            )
            for name in file.files
            if name.endswith(".down")
        }
    return TunedWeights(weights.shape, weights.pieces, weights.tensors, weights.data, weights.sha256, additions)


@cache
def tuning_id(path: Path = TUNING) -> str:
    """What the additions are: the first 12 hex digits of the file's sha256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
