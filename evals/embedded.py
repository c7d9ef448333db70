"""A dataset with its vectors: embedded once, kept in the user's cache, gone on with after an interruption."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from evals.retrievers import Collection, Entry
from ingest.embed import Embedder
from ingest.segment import SEARCH_KEY_VERSION

BATCH = 256
"""Texts encoded between two marks of how far it is: a second or two of work is done again after an interruption."""

Progress = Callable[[int, int], None]


def cache_directory() -> Path:
    """``YOUJU_EVALS_CACHE``, else in the user's cache: what lies there can always be made again."""
    import platformdirs

    named = os.environ.get("YOUJU_EVALS_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("youju", appauthor=False)) / "evals"


def embedded(entries: Sequence[Entry], embedder: Embedder, cache: Path, progress: Progress) -> Collection:
    """The entries as a collection; ``progress`` is told how many of how many texts are done."""
    texts = [entry.embedded for entry in entries]
    folder = cache / texts_key(texts, embedder)
    folder.mkdir(parents=True, exist_ok=True)
    vectors = _vectors(texts, embedder, folder, progress)
    return Collection(entries, vectors, embedder, folder / f"search-key-{SEARCH_KEY_VERSION}")


def texts_key(texts: Sequence[str], embedder: Embedder) -> str:
    """What the vectors of these texts by this embedder are kept under."""
    total = hashlib.sha256(embedder.id.encode())
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        total.update(len(data).to_bytes(8, "little") + data)
    return total.hexdigest()[:24]


def _vectors(texts: Sequence[str], embedder: Embedder, folder: Path, progress: Progress) -> Any:
    whole, part, mark = folder / "vectors.npy", folder / "vectors.part.npy", folder / "manifest.json"
    shape = (len(texts), embedder.dimension)
    if whole.is_file():
        return np.load(whole, mmap_mode="r")
    done = _done(mark) if part.is_file() else 0
    with _mapped(part, shape, new=not done) as rows:
        progress(done, len(texts))
        for start in range(done, len(texts), BATCH):
            rows[start : start + BATCH] = embedder.encode_passages(texts[start : start + BATCH])
            rows.flush()
            done = min(start + BATCH, len(texts))
            manifest = {"embedder": embedder.id, "texts": len(texts), "dimension": embedder.dimension, "done": done}
            # Replaced, not written over: a half-written mark would cost all that is done.
            mark.with_suffix(".new").write_text(json.dumps(manifest) + "\n", encoding="utf-8")
            mark.with_suffix(".new").replace(mark)
            progress(done, len(texts))
    part.replace(whole)
    return np.load(whole, mmap_mode="r")


def _done(mark: Path) -> int:
    try:
        return int(json.loads(mark.read_text(encoding="utf-8"))["done"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


@contextmanager
def _mapped(path: Path, shape: tuple[int, int], *, new: bool) -> Iterator[Any]:
    rows = np.lib.format.open_memmap(path, "w+" if new else "r+", np.float32, shape)
    yield rows
    rows.flush()
    del rows
