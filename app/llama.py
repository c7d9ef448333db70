"""有据 as parts of a llama-index application: its retrieval as a retriever, its cited answers as a query engine.

Whatever offers ``search`` and ``ask`` may stand behind them: a library opened here (`app.desk.at_desk`) or a running
server (`app.client.Client`). Texts come from the library with their offsets; nothing is split or written again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import RESPONSE_TYPE, Response
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from app.api.schema import (
    AnswerModel,
    AskRequest,
    EvidenceModel,
    FiltersModel,
    SearchModel,
    SearchRequest,
    SpanCitationModel,
)

SEEN = frozenset({"title", "place", "state"})
"""What a language model and a re-embedder get to see of a node's metadata; the rest is for programs."""


class Source(Protocol):
    """Where the passages and answers come from."""

    def search(self, request: SearchRequest) -> SearchModel:
        """Ranked passages."""

    def ask(self, request: AskRequest) -> AnswerModel:
        """A cited answer."""


class YoujuRetriever(BaseRetriever):
    """The ``k`` best passages, of editions in force on ``as_of`` (by default today, or the day a question names)."""

    def __init__(self, source: Source, *, k: int = 10, as_of: date | None = None, filters: FiltersModel | None = None):
        self._source = source
        self._k = k
        self._as_of = as_of
        self._filters = filters or FiltersModel()
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        request = SearchRequest(question=query_bundle.query_str, k=self._k, as_of=self._as_of, filters=self._filters)
        return _nodes(self._source.search(request).hits)

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class YoujuQueryEngine(BaseQueryEngine):
    """Cited answers. ``Response.metadata["answer"]`` is the object that POST /api/ask answers with.

    The source nodes are the quotations the answer cites, in the order of their numbers; a refusal has none, and its
    text is the reason.
    """

    def __init__(self, source: Source, *, as_of: date | None = None, filters: FiltersModel | None = None) -> None:
        self._source = source
        self._as_of = as_of
        self._filters = filters or FiltersModel()
        super().__init__(callback_manager=None)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        request = AskRequest(question=query_bundle.query_str, as_of=self._as_of, filters=self._filters)
        answer = self._source.ask(request)
        cited = [citation for citation in answer.citations if isinstance(citation, SpanCitationModel)]
        facts = {
            "status": answer.status.value,
            "as_of": answer.as_of.isoformat(),
            "answer": answer.model_dump(mode="json"),
        }
        text = answer.text or (answer.reason.message if answer.reason else "")
        return Response(text, source_nodes=_nodes(cited), metadata=facts)

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        return await asyncio.to_thread(self._query, query_bundle)


def _nodes(found: Iterable[EvidenceModel | SpanCitationModel]) -> list[NodeWithScore]:
    return [
        NodeWithScore(node=_node(one), score=one.score if isinstance(one, EvidenceModel) else None) for one in found
    ]


def _node(found: EvidenceModel | SpanCitationModel) -> TextNode:
    """A quotation, with the id of its passage (of its place, where a citation is a part of one)."""
    known: dict[str, Any] = found.model_dump(
        mode="json", exclude={"quote", "score", "kind", "locator"}, exclude_none=True
    )
    metadata = {**known, "place": found.locator.text}
    hidden = sorted(metadata.keys() - SEEN)
    whole = isinstance(found, EvidenceModel) and found.passage_id
    return TextNode(
        id_=whole or f"{found.document_version}:{found.start}-{found.end}",
        text=found.quote,
        metadata=metadata,
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=hidden,
    )
