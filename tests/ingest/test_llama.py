import asyncio

import numpy as np
import pytest

from ingest.embed import Embedder, open_embedder
from ingest.llama import LlamaIndexEmbedding


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder()


def test_llama_index_gets_the_vectors_of_our_embedder(embedder: Embedder) -> None:
    wrapped = LlamaIndexEmbedding(embedder)
    texts = ["巡察整改期限为三个月。", "公务接待标准", "第十二条"]
    assert wrapped.model_name == embedder.id
    assert np.allclose(wrapped.get_query_embedding("整改期限"), embedder.encode_question("整改期限"))
    assert np.allclose(wrapped.get_text_embedding_batch(texts), embedder.encode_passages(texts))
    assert np.allclose(wrapped.get_text_embedding(texts[0]), embedder.encode_passages(texts[:1])[0])


def test_the_asynchronous_calls_give_the_same(embedder: Embedder) -> None:
    wrapped = LlamaIndexEmbedding(embedder)
    assert asyncio.run(wrapped.aget_query_embedding("整改期限")) == wrapped.get_query_embedding("整改期限")
    assert asyncio.run(wrapped.aget_text_embedding("整改期限")) == wrapped.get_text_embedding("整改期限")
