"""Embedders: passages and questions → unit vectors. The default runs on onnxruntime and never imports torch."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import EngineError
from ingest.model import (
    FIRST_GRAPH,
    MANIFEST,
    PASSAGE_GRAPH,
    PREFIXES,
    QUESTION_GRAPH,
    TOKENIZER,
    PreparedModel,
    ensure_default_model,
)
from ingest.segment import search_key

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]

DEFAULT = "default"
LAST_QUESTIONS = 8
_AT_THE_END = " ?!.。…;,:"


class Embedder(Protocol):
    """Texts → unit vectors. Safe to call from many threads; a vector depends on its text alone."""

    @property
    def id(self) -> str:
        """What makes the vectors: weights hash, backend, precision, prefixes, maximal length, joined by "/"."""

    @property
    def question_id(self) -> str:
        """What makes the vectors of questions: the id, and what their encoder has of its own. No index depends on it."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def encode_passages(self, texts: Sequence[str]) -> Matrix:
        """One row a text, of length one; what exceeds the model's maximal length is left out."""

    def encode_question(self, text: str) -> Vector:
        """The vector to compare with those of passages."""


def default_models_directory() -> Path:
    """``YOUJU_MODELS``, else the user's cache directory: prepared models can always be made again."""
    import platformdirs

    named = os.environ.get("YOUJU_MODELS")
    return Path(named) if named else Path(platformdirs.user_cache_dir("youju", appauthor=False)) / "models"


def open_embedder(
    name: str | None = None,
    *,
    models: Path | None = None,
    threads: int | None = None,
    announce: Callable[[str], None] | None = None,
) -> Embedder:
    """The embedder of this name: None or "default", or any sentence-transformers model by name or path.

    ``threads`` is how many passages are encoded at once (by default one a processor); ``announce`` is told, in
    Chinese, what takes long. EngineError when the model cannot be loaded.
    """
    if not name or name == DEFAULT:
        prepared = ensure_default_model(models or default_models_directory(), announce)
        return OnnxEmbedder(prepared, threads=threads)
    return SentenceTransformerEmbedder(name, threads=threads, announce=announce)


def _encodable(text: str) -> str:
    """``text`` without lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OnnxEmbedder:
    """The packaged multilingual-e5-small as int8 ONNX graphs; questions have last layers of their own.

    One text a run: without padding, and within the processor's cache, that is faster than batches (25 passages of
    250 characters a second and core against 21 in batches of 8, 15 in batches of 64). And as int8 activations are
    scaled by what is in the batch, it makes a vector depend on its text alone.
    """

    def __init__(self, prepared: PreparedModel, *, threads: int | None = None) -> None:
        import onnxruntime
        from sentencepiece import SentencePieceProcessor

        self.id = prepared.id
        self.dimension = prepared.dimension
        self._question_prefix = prepared.prefixes["query"]
        self._passage_prefix = prepared.prefixes["document"]
        self._max_tokens = prepared.max_tokens
        self._threads = max(1, threads or _processors())
        self.question_id = prepared.question_id
        options = onnxruntime.SessionOptions()
        # Threads over texts scale better than threads inside one, and a question leaves the other cores to others.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3

        def opened(name: str) -> Any:
            path = str(prepared.directory / name)
            return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

        try:
            self._tokenizer: Any = SentencePieceProcessor(model_file=str(prepared.directory / TOKENIZER))
            self._first, self._passages, self._questions = map(opened, (FIRST_GRAPH, PASSAGE_GRAPH, QUESTION_GRAPH))
        except Exception as error:
            raise EngineError("model_damaged", path=str(prepared.directory), reason=str(error)) from error
        # Retrieval and the choice of spans ask for the same one, a moment apart.
        self._asked = lru_cache(LAST_QUESTIONS)(lambda asked: self._encode(asked, self._questions))

    def encode_passages(self, texts: Sequence[str]) -> Matrix:
        """One row a text."""
        out = np.empty((len(texts), self.dimension), np.float32)

        def encode(index: int) -> None:
            out[index] = self._encode(self._passage_prefix + texts[index], self._passages)

        # The longest first: no thread is left with a long one at the end.
        order = sorted(range(len(texts)), key=lambda index: (-len(texts[index]), index))
        if self._threads == 1 or len(texts) <= 1:
            for index in order:
                encode(index)
        else:
            with ThreadPoolExecutor(self._threads, thread_name_prefix="embed") as pool:
                list(pool.map(encode, order))
        return out

    def encode_question(self, text: str) -> Vector:
        """The question's vector, moved to where passages that answer such questions lie."""
        vector: Vector = self._asked(self._question(text)).copy()
        return vector

    def encode_untuned(self, text: str) -> Vector:
        """The question's vector as the model was published: what is compared with, and what is tuned."""
        return self._encode(self._question(text), self._passages)

    def hidden(self, text: str) -> Matrix:
        """What the first layers make of a question, a row a token: where what is tuned begins."""
        rows: Matrix = self._shared(self._question(text))[0]
        return rows

    def _question(self, text: str) -> str:
        """A question as it is encoded: in the form it is matched by, however it is punctuated at its end."""
        return self._question_prefix + search_key(text).rstrip(_AT_THE_END)

    def _encode(self, text: str, last: Any) -> Vector:
        try:
            hidden = self._shared(text)
            rows = last.run(None, {"hidden": hidden, "attention_mask": np.ones(hidden.shape[:2], np.int64)})[0]
        except Exception as error:
            raise EngineError("embedding_failed", name=self.id, reason=str(error)) from error
        vector: Vector = rows[0]
        return vector

    def _shared(self, text: str) -> Any:
        pieces = self._tokenizer.encode(_encodable(text))[: self._max_tokens - 2]
        ids = np.array([[self._tokenizer.bos_id(), *pieces, self._tokenizer.eos_id()]], np.int64)
        return self._first.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]


# multilingual-e5-base, e5-large-v2, intfloat/e5-small …; the instruct ones want a task description instead.
_E5_FAMILY = re.compile(r"(?<![a-z0-9])e5[-_](?!.*instruct)", re.IGNORECASE)


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, with the prompts it brings; on a GPU when there is one."""

    def __init__(self, name: str, *, threads: int | None = None, announce: Callable[[str], None] | None = None) -> None:
        local = Path(name).expanduser()
        if not local.is_dir() and (local.is_absolute() or name.startswith((".", "~"))):
            raise EngineError("model_unavailable", name=name, reason="没有这个目录")
        if announce:
            announce(f"正在载入向量模型 {name} …")
        self._model: Any = _load_sentence_transformer(
            str(local) if local.is_dir() else name, local.is_dir(), threads, announce
        )
        self._lock = threading.Lock()  # torch's modules and the tokenizers under them are not made for many threads
        prompts = self._model.prompts
        if not any(prompts.values()) and _E5_FAMILY.search(Path(name).name):
            # Without them the e5 models lose a good part of their quality, silently.
            prompts = self._model.prompts = dict(PREFIXES)
        self._batch = 8 if self._model.device.type == "cpu" else 64
        self.dimension = int(self._model.get_embedding_dimension())
        roles = "|".join(prompts.get(role, "").strip() for role in ("query", "document"))
        precision = str(next(self._model.parameters()).dtype).removeprefix("torch.")
        self.id = "/".join(
            (
                f"{Path(name).name}@{_weights_hash(self._model, local)}",
                "sentence-transformers",
                precision,
                roles,
                str(self._model.max_seq_length),
            )
        )
        self.question_id = self.id

    def encode_passages(self, texts: Sequence[str]) -> Matrix:
        """One row a text."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return self._encode(self._model.encode_document, [_encodable(text) for text in texts])

    def encode_question(self, text: str) -> Vector:
        """The question's vector."""
        return self._encode(self._model.encode_query, _encodable(text))

    def _encode(self, encode: Callable[..., Any], texts: str | list[str]) -> Matrix:
        try:
            with self._lock:
                vectors = encode(
                    texts,
                    batch_size=self._batch,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
        except Exception as error:
            raise EngineError("embedding_failed", name=self.id, reason=str(error)) from error
        return np.asarray(vectors, np.float32)


def _load_sentence_transformer(
    name: str, local: bool, threads: int | None, announce: Callable[[str], None] | None
) -> Any:
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        if threads:
            torch.set_num_threads(threads)
        device = "cuda" if torch.cuda.is_available() else "cpu"
    except ImportError as error:
        raise EngineError("model_unavailable", name=name, reason=str(error)) from error
    try:  # what lies on this machine is not asked for elsewhere: offline, that would take minutes
        return SentenceTransformer(name, device=device, local_files_only=True)
    except Exception as error:
        if local:
            raise EngineError("model_unavailable", name=name, reason=_why_not(error, "目录里没有可用的模型")) from error
    if announce:
        announce(f"本机没有模型 {name}，正在下载（没有网络时要等一两分钟才会放弃）…")
    try:
        return SentenceTransformer(name, device=device)
    except Exception as error:
        raise EngineError("model_unavailable", name=name, reason=_why_not(error, "本机没有，下载也没有成功")) from error


def _why_not(error: Exception, words: str) -> str:
    """In Chinese what, and in its own words why."""
    told = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return f"{words}：{told.rstrip('。.')}"


def _weights_hash(model: Any, directory: Path) -> str:
    """What the numbers are: a digest of a directory's model files, or the commit a named model was taken from.

    The parameters in memory will not do: some models leave unused ones to be initialised at random.
    """
    digest = hashlib.sha256()
    if directory.is_dir():
        wanted = {".safetensors", ".bin", ".json", ".txt", ".model"}
        for path in sorted(directory.rglob("*")):
            relative = path.relative_to(directory)
            if path.suffix in wanted and path.name != MANIFEST and relative.parts[0] not in ("onnx", "openvino"):
                digest.update(relative.as_posix().encode())
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()[:12]
    commit = getattr(getattr(model[0], "auto_model", None), "config", None)
    revision: str | None = getattr(commit, "_commit_hash", None)
    if not revision:
        raise EngineError("model_unavailable", name=str(directory), reason="无法确定模型的版本（请改用本地目录）")
    return revision[:12]
