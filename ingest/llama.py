"""Our embedder where llama-index wants one of its own (its HuggingFace class drops e5's prefixes for local paths)."""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from ingest.embed import Embedder


class LlamaIndexEmbedding(BaseEmbedding):
    """A llama-index embedding model that delegates to an ``Embedder``; prefixes and batches stay on its side."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, embedder: Embedder, **settings: Any) -> None:
        super().__init__(model_name=embedder.id, **settings)
        self._embedder = embedder

    @classmethod
    def class_name(cls) -> str:
        """The name under which llama-index knows it."""
        return "YoujuEmbedding"

    def _get_query_embedding(self, query: str) -> list[float]:
        return _floats(self._embedder.encode_question(query))

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [_floats(row) for row in self._embedder.encode_passages(texts)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await asyncio.to_thread(self._get_text_embedding, text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await asyncio.to_thread(self._get_text_embeddings, texts)


def _floats(vector: Any) -> list[float]:
    values: list[float] = vector.tolist()
    return values
