"""Our retrievers where llama-index wants its own: a class of it can only be subclassed at module level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

if TYPE_CHECKING:
    from evals.retrievers import Retriever


class SourceRetriever(BaseRetriever):
    """A retriever of ours as one of llama-index's; its nodes hold the id alone."""

    def __init__(self, source: Retriever, k: int) -> None:
        self._source = source
        self._k = k
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._source.retrieve(query_bundle.query_str, self._k)
        return [NodeWithScore(node=TextNode(id_=hit.passage_id, text=hit.passage_id), score=hit.score) for hit in found]
