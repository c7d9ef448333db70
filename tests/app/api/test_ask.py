from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.schema import AnswerModel, SearchModel
from app.settings import Secret
from tests.app.conftest import Served
from tests.app.endpoint import KEY, endpoint, slow

APPROVED = "提级巡察由谁批准？"
NOWHERE = "食堂的早餐几点供应？"
COUNTED = "2024年第一轮发现问题多少个？"


@pytest.fixture
def http(served) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    with served.http() as client:
        yield client


def ask(http: httpx.Client, question: str, **more: object) -> dict[str, Any]:
    response = http.post("/api/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    got: dict[str, Any] = response.json()
    return got


def events(http: httpx.Client, question: str) -> list[tuple[str, dict[str, Any]]]:
    with http.stream(
        "POST", "/api/ask", json={"question": question}, headers={"Accept": "text/event-stream"}
    ) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        blocks = "".join(response.iter_text()).strip().split("\n\n")
    out = []
    for block in blocks:
        name, data = block.split("\n", 1)
        out.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return out


def test_an_answer_cites_exact_spans_of_the_documents_text(http: httpx.Client) -> None:
    got = ask(http, APPROVED)
    assert got["status"] == "answered", got
    assert "集团党委批准" in got["text"]
    assert got["citations"]
    for statement in got["statements"]:
        assert got["text"][statement["start"] : statement["end"]] == statement["text"]
        assert set(statement["citations"]) <= {citation["n"] for citation in got["citations"]}
    for citation in got["citations"]:
        document = http.get(
            f"/api/documents/{citation['document_id']}", params={"version": citation["document_version"]}
        ).json()
        assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
    first = got["citations"][0]
    assert first["locator"]["article"] == 3
    assert first["state"] == "现行有效"
    assert "2024年修订" in first["locator"]["text"]


def test_the_answer_is_valid_against_its_schema(http: httpx.Client) -> None:
    for question in (APPROVED, NOWHERE, COUNTED):
        AnswerModel.model_validate(ask(http, question))


def test_no_basis_is_a_refusal_with_its_reason_not_an_error(http: httpx.Client) -> None:
    got = ask(http, NOWHERE)
    assert got["status"] == "refused"
    assert got["reason"]["code"]
    assert got["reason"]["message"]
    assert got["citations"] == []


def test_a_count_is_computed_and_its_link_leads_to_the_rows(http: httpx.Client) -> None:
    got = ask(http, COUNTED)
    assert got["status"] == "answered", got
    query = next(citation["query"] for citation in got["citations"] if citation["kind"] == "query")
    assert query["count"] == 3
    rows = http.get(query["link"]).json()
    assert rows["total"] == 3
    assert [row["id"] for row in rows["findings"]] == query["finding_ids"]


def test_conditions_of_the_request_are_met(http: httpx.Client) -> None:
    got = ask(http, "发现问题多少个？", filters={"units": ["动力厂"]})
    query = next(citation["query"] for citation in got["citations"] if citation["kind"] == "query")
    assert query["count"] == 2
    assert got["filters"]["units"] == ["动力厂"]


def test_before_it_is_in_force_a_regulation_is_not_cited(http: httpx.Client) -> None:
    got = ask(http, APPROVED, as_of="2024-06-30")
    assert got["as_of"] == "2024-06-30"
    assert got["status"] == "refused"


def test_the_stream_is_sources_then_text_then_the_same_answer(http: httpx.Client) -> None:
    got = events(http, APPROVED)
    names = [name for name, _ in got]
    assert names[0] == "sources"
    assert names[-1] == "done"
    assert set(names[1:-1]) == {"text"}
    answer = got[-1][1]
    assert "".join(data["delta"] for name, data in got if name == "text") == answer["text"]
    whole = ask(http, APPROVED)
    assert answer | {"id": ""} == whole | {"id": ""}
    assert got[0][1]["evidence"]


def test_a_refusal_streams_too(http: httpx.Client) -> None:
    got = events(http, NOWHERE)
    assert [name for name, _ in got if name != "text"] == ["sources", "done"]
    assert got[-1][1]["status"] == "refused"


def test_a_stream_with_a_wrong_question_is_a_problem_with_its_status(http: httpx.Client) -> None:
    response = http.post("/api/ask", json={"question": ""}, headers={"Accept": "text/event-stream"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_an_answer_is_opened_again_as_it_was_given(http: httpx.Client) -> None:
    given = ask(http, APPROVED)
    assert http.get(f"/api/answers/{given['id']}").json() == given
    streamed = events(http, COUNTED)[-1][1]
    assert http.get(f"/api/answers/{streamed['id']}").json() == streamed


def test_search_ranks_passages(http: httpx.Client) -> None:
    response = http.post("/api/search", json={"question": "提级巡察", "k": 2})
    assert response.status_code == 200
    found = SearchModel.model_validate(response.json())
    assert 1 <= len(found.hits) <= 2
    assert found.hits[0].document_kind == "regulation"
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)


def test_search_keeps_to_the_kinds_asked_for(http: httpx.Client) -> None:
    body = {"question": "提级巡察", "filters": {"kinds": ["speech"]}}
    found = SearchModel.model_validate(http.post("/api/search", json=body).json())
    assert {hit.document_kind for hit in found.hits} <= {"speech"}


def test_asking_is_audited_with_the_documents_shown(served, http: httpx.Client) -> None:  # type: ignore[no-untyped-def]
    got = ask(http, APPROVED)
    shown = tuple(sorted({item["document_id"] for item in (*got["evidence"], *got["related"])}))
    assert ("local", "ask", shown) in served.audited


def test_twenty_ask_at_once_and_get_the_same(served) -> None:  # type: ignore[no-untyped-def]
    def one(number: int) -> tuple[object, object]:
        with served.http() as http:
            got = events(http, APPROVED)[-1][1] if number % 2 else ask(http, APPROVED)
            return got["text"], got["citations"][0]["start"]

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(one, range(20)))) == 1


def test_the_server_loads_no_torch(served) -> None:  # type: ignore[no-untyped-def]
    import subprocess
    import sys

    code = "import sys, app.main, app.api.parts, app.api.ask; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_questions_asked_while_files_come_in_see_committed_revisions(serve_library, small_files) -> None:  # type: ignore[no-untyped-def]
    with serve_library(small_files) as served:
        stop, seen = threading.Event(), set()

        def asker() -> None:
            with served.http() as http:
                while not stop.is_set():
                    seen.add(ask(http, APPROVED)["library_revision"])

        with ThreadPoolExecutor(4) as pool, served.http() as http:
            asking = [pool.submit(asker) for _ in range(3)]
            revisions = {http.get("/api/library").json()["revision"]}
            for number in range(4):
                file = {"file": (f"纪要{number}.txt", f"会议{number}强调，要抓好整改。".encode())}
                job = http.post("/api/documents", files=file).json()
                while http.get(f"/api/jobs/{job['id']}").json()["state"] in ("queued", "running"):
                    time.sleep(0.02)
                revisions.add(http.get("/api/library").json()["revision"])
            stop.set()
            for one in asking:
                one.result()
        assert seen <= revisions


def test_a_client_that_leaves_stops_the_language_model(
    serve_library: Callable[..., AbstractContextManager[Served]], small_files: Path
) -> None:
    with (
        endpoint(lambda x: slow(x, "还在写，", 0.02)) as model,
        serve_library(small_files, llm_url=model.url, llm_key=Secret(KEY)) as served,
        served.http() as http,
    ):
        headers = {"Accept": "text/event-stream"}
        with http.stream("POST", "/api/ask", json={"question": APPROVED}, headers=headers) as response:
            lines = response.iter_lines()  # kept: an iterator that ends closes the connection
            assert next(lines).startswith("event: sources")
            until = time.monotonic() + 120  # the first call imports the client
            while not model.requests:
                assert time.monotonic() < until
                time.sleep(0.02)
        assert model.gone.wait(15), "the model goes on writing for nobody"


def test_a_search_explains_itself_when_asked_to(http: httpx.Client) -> None:
    plain = http.post("/api/search", json={"question": "2024年8月提级巡察"}).json()
    assert plain["explanation"] is None
    assert [condition["text"] for condition in plain["understood"]] == ["2024年8月"]
    told = http.post("/api/search", json={"question": "2024年8月提级巡察", "k": 2, "explain": True}).json()
    explanation = SearchModel.model_validate(told).explanation
    assert explanation is not None
    assert len(explanation.hits) == 2
    assert "in_force" in [hit.edition.code for hit in explanation.hits if hit.edition is not None]
    wider = http.post("/api/search", json={"question": "2024年8月提级巡察", "ignore": ["2024年8月"]}).json()
    assert wider["understood"] == []
    assert wider["as_of"] != told["as_of"]


def test_a_hit_says_who_issued_it_and_under_which_number(http: httpx.Client) -> None:
    hit = http.post("/api/search", json={"question": "提级巡察", "k": 1}).json()["hits"][0]
    assert hit["number"] == "岱钢党发〔2024〕12号"
    assert ask(http, APPROVED)["citations"][0]["number"] == "岱钢党发〔2024〕12号"
