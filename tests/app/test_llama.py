import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine

from app.api.schema import FiltersModel
from app.client import Client
from app.llama import YoujuQueryEngine, YoujuRetriever
from ingest.document import DocumentKind

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "llama_index.md"


@pytest.fixture
def youju(served) -> Iterator[Client]:  # type: ignore[no-untyped-def]
    with Client(served.url, served.parts.token) as it:
        yield it


def test_the_retriever_gives_passages_with_their_place_state_and_offsets(youju: Client) -> None:
    found = YoujuRetriever(youju, k=3).retrieve("提级巡察由谁批准？")
    assert len(found) == 3
    first = found[0]
    assert first.node.node_id == first.metadata["passage_id"]
    assert first.metadata["place"] == "《岱川集团巡察工作办法》（2024年修订）第三条"
    assert first.metadata["state"] == "现行有效"
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    text = youju.document(first.metadata["document_id"]).text
    assert text[first.metadata["start"] : first.metadata["end"]] == first.text


def test_a_language_model_sees_where_a_passage_stands_and_no_ids(youju: Client) -> None:
    node = YoujuRetriever(youju, k=1).retrieve("提级巡察")[0].node
    shown = node.get_content("llm")
    assert "第三条" in shown
    assert node.metadata["document_id"] not in shown


def test_the_retriever_keeps_to_its_filters(youju: Client) -> None:
    retriever = YoujuRetriever(youju, filters=FiltersModel(kinds=[DocumentKind.SPEECH]))
    assert {one.metadata["document_kind"] for one in retriever.retrieve("提级巡察")} == {"speech"}


def test_the_query_engine_answers_with_its_citations_as_source_nodes(youju: Client) -> None:
    response = YoujuQueryEngine(youju).query("提级巡察由谁批准？")
    assert "提级巡察由集团党委批准。" in str(response)
    assert [node.text for node in response.source_nodes] == ["提级巡察由集团党委批准。"]
    assert response.metadata is not None
    assert response.metadata["status"] == "answered"
    assert response.metadata["answer"]["citations"][0]["quote"] == "提级巡察由集团党委批准。"


def test_a_refusal_is_a_response_without_sources(youju: Client) -> None:
    response = YoujuQueryEngine(youju).query("《差旅费管理办法》第五条是什么？")
    assert response.metadata is not None
    assert response.metadata["status"] == "refused"
    assert "差旅费管理办法" in str(response)
    assert response.source_nodes == []


def test_the_asynchronous_calls_give_the_same(youju: Client) -> None:
    retriever, engine = YoujuRetriever(youju, k=2), YoujuQueryEngine(youju)
    ids = [one.node.node_id for one in asyncio.run(retriever.aretrieve("提级巡察"))]
    assert ids == [one.node.node_id for one in retriever.retrieve("提级巡察")]
    assert str(asyncio.run(engine.aquery("提级巡察由谁批准？"))) == str(engine.query("提级巡察由谁批准？"))


def test_the_retriever_serves_llama_indexs_own_query_engine(youju: Client) -> None:
    engine = RetrieverQueryEngine.from_args(YoujuRetriever(youju, k=2), llm=MockLLM())
    response = engine.query("提级巡察由谁批准？")
    assert len(response.source_nodes) == 2


def test_the_guides_examples_run(served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("YOUJU_LIBRARY", str(served.parts.library.directory))
    examples = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(examples) == 3
    space: dict[str, object] = {}
    for example in examples:
        exec(example, space)
    assert "提级巡察由集团党委批准。" in capsys.readouterr().out
