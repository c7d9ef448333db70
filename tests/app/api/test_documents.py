from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from tests.ingest.read.printed import Words, lines, pdf

Serve = Callable[..., AbstractContextManager]  # type: ignore[type-arg]


@pytest.fixture
def http(served) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    with served.http() as client:
        yield client


def regulation(http: httpx.Client) -> dict[str, object]:
    (found,) = http.get("/api/documents", params={"kind": "regulation"}).json()["documents"]
    return found


def finished(http: httpx.Client, job: dict[str, object]) -> dict[str, object]:
    for _ in range(600):
        job = http.get(f"/api/jobs/{job['id']}").json()
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.05)
    raise AssertionError(job)


def test_the_list_tells_what_each_document_is(http: httpx.Client) -> None:
    page = http.get("/api/documents").json()
    assert page["total"] == len(page["documents"]) == 4
    found = regulation(http)
    assert found["title"] == "岱川集团巡察工作办法"
    assert found["number"] == "岱钢党发〔2024〕12号"
    assert found["counts"]["articles"] == 3
    assert found["edition"]["label"] == "2024年修订"
    assert found["edition"]["effective_from"] == "2024-07-01"
    assert found["edition"]["state"] == "现行有效"
    assert found["version_state"] == "current"


def test_the_list_comes_in_pages(http: httpx.Client) -> None:
    whole = [item["id"] for item in http.get("/api/documents").json()["documents"]]
    pages = [http.get("/api/documents", params={"limit": 3, "offset": offset}).json() for offset in (0, 3)]
    assert [item["id"] for page in pages for item in page["documents"]] == whole
    assert {page["total"] for page in pages} == {4}
    assert (pages[1]["limit"], pages[1]["offset"]) == (3, 3)


def test_a_document_has_its_text_and_blocks_whose_spans_hold(http: httpx.Client) -> None:
    got = http.get(f"/api/documents/{regulation(http)['id']}").json()
    assert "提级巡察由集团党委批准。" in got["text"]
    assert got["blocks"][0]["kind"] == "heading"
    for block in got["blocks"]:
        assert got["text"][block["start"] : block["end"]].strip()


def test_cells_of_a_ledger_point_at_their_values(http: httpx.Client) -> None:
    (ledger,) = http.get("/api/documents", params={"kind": "ledger"}).json()["documents"]
    got = http.get(f"/api/documents/{ledger['id']}").json()
    row = next(block for block in got["blocks"] if block["kind"] == "row")
    cells = {cell["name"]: got["text"][cell["start"] : cell["end"]] for cell in row["cells"]}
    assert cells["编号"] == "2024-1-001"
    assert got["counts"]["rows"] == 3


def test_the_original_comes_as_an_attachment_under_its_chinese_name(http: httpx.Client, small_files: Path) -> None:
    response = http.get(f"/api/documents/{regulation(http)['id']}/original")
    assert response.content == (small_files / "巡察工作办法.md").read_bytes()
    disposition = response.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=\"document.md\"; filename*=UTF-8''")
    assert unquote(disposition.rpartition("''")[2]) == "巡察工作办法.md"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize("path", ["/api/documents/d000", "/api/documents/d000/original"])
def test_a_document_that_is_not_there_is_told(http: httpx.Client, path: str) -> None:
    response = http.get(path)
    assert response.status_code == 404
    assert response.json()["code"] == "document_not_found"
    assert response.json()["params"] == {"id": "d000"}


def test_a_version_of_another_document_is_not_found(http: httpx.Client) -> None:
    first, second = http.get("/api/documents").json()["documents"][:2]
    response = http.get(f"/api/documents/{first['id']}", params={"version": second["document_version"]})
    assert response.status_code == 404
    assert response.json()["code"] == "version_not_found"


def test_an_upload_becomes_a_job_and_then_a_document(serve_library: Serve) -> None:
    with serve_library() as served, served.http() as http:
        response = http.post(
            "/api/documents",
            files={
                "file": ("C:\\资料\\会议纪要.txt", "会议强调，要抓好整改。".encode("gb18030")),
                "metadata": ("会议纪要.yaml", "title: 整改专题会纪要\nkind: meeting\ndate: 2024-10-28\n".encode()),
            },
        )
        assert response.status_code == 202
        assert response.json()["state"] in ("queued", "running", "done")
        assert response.json()["name"] == "会议纪要.txt"
        job = finished(http, response.json())
        assert job["state"] == "done", job
        (file,) = job["report"]["files"]
        assert (file["outcome"], file["kind"], file["title"]) == ("added", "meeting", "整改专题会纪要")
        got = http.get(f"/api/documents/{file['document_id']}").json()
        assert got["text"].strip() == "会议强调，要抓好整改。"
        assert got["sources"] == ["上传：会议纪要.txt"]
        assert ("local", "add", ()) in served.audited


def test_an_upload_that_cannot_be_read_is_a_finished_job_that_says_why(serve_library: Serve) -> None:
    with serve_library() as served, served.http() as http:
        job = finished(http, http.post("/api/documents", files={"file": ("空.txt", b"")}).json())
        assert job["state"] == "done"
        assert job["report"]["failed"] == 1
        assert job["report"]["files"][0]["error"]["code"] == "file_empty"
        assert http.get("/api/documents").json()["total"] == 0


def test_a_replaced_version_and_a_removed_document_stay_readable_by_id(serve_library: Serve) -> None:
    with serve_library() as served, served.http() as http:
        job = finished(
            http, http.post("/api/documents", files={"file": ("纪要.txt", "第一稿的内容。".encode())}).json()
        )
        document_id = job["report"]["files"][0]["document_id"]
        old = http.get(f"/api/documents/{document_id}").json()
        again = http.post(
            "/api/documents", params={"replaces": document_id}, files={"file": ("纪要.txt", "第二稿的内容。".encode())}
        )
        assert finished(http, again.json())["report"]["files"][0]["outcome"] == "replaced"

        now = http.get(f"/api/documents/{document_id}").json()
        assert now["text"].strip() == "第二稿的内容。"
        before = http.get(f"/api/documents/{document_id}", params={"version": old["document_version"]}).json()
        assert before["text"].strip() == "第一稿的内容。"
        assert before["version_state"] == "replaced"
        original = http.get(f"/api/documents/{document_id}/original", params={"version": old["document_version"]})
        assert original.text == "第一稿的内容。"

        assert http.delete(f"/api/documents/{document_id}").status_code == 204
        assert http.get("/api/documents").json()["total"] == 0
        assert http.get(f"/api/documents/{document_id}").json()["version_state"] == "removed"
        assert http.delete(f"/api/documents/{document_id}").json()["code"] == "document_not_found"


def test_a_job_is_watched_as_a_stream_that_ends_with_its_report(serve_library: Serve, small_files: Path) -> None:
    with serve_library() as served, served.http() as http:
        data = (small_files / "巡察工作办法.md").read_bytes()
        job = http.post("/api/documents", files={"file": ("办法.md", data)}).json()
        states = []
        with http.stream("GET", f"/api/jobs/{job['id']}", headers={"Accept": "text/event-stream"}) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            lines = [line for line in response.iter_lines() if line]
        assert {line for line in lines if line.startswith("event:")} == {"event: job"}
        states = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data:")]
        assert states[-1]["state"] == "done"
        assert states[-1]["report"]["files"][0]["articles"] == 3


def test_a_waiting_job_is_cancelled_and_a_finished_one_cannot_be(serve_library: Serve) -> None:
    with serve_library() as served, served.http() as http:
        long = "会议强调，要抓好整改。\n" * 3000
        first = http.post("/api/documents", files={"file": ("长.txt", long.encode())}).json()
        second = http.post("/api/documents", files={"file": ("短.txt", "要抓好整改。".encode())}).json()
        cancelled = http.post(f"/api/jobs/{second['id']}/cancel")
        assert cancelled.status_code == 200
        http.post(f"/api/jobs/{first['id']}/cancel")
        assert finished(http, second)["state"] == "cancelled"
        assert finished(http, first)["state"] == "cancelled"
        again = http.post(f"/api/jobs/{second['id']}/cancel")
        assert again.status_code == 409
        assert again.json()["code"] == "job_not_running"


def test_a_job_that_is_not_there_is_told(http: httpx.Client) -> None:
    for response in (http.get("/api/jobs/j0"), http.post("/api/jobs/j0/cancel")):
        assert response.status_code == 404
        assert response.json()["code"] == "job_not_found"


def test_an_upload_that_is_too_large_is_refused_before_it_is_kept(serve_library: Serve) -> None:
    with serve_library(upload_megabytes=1) as served, served.http() as http:
        response = http.post("/api/documents", files={"file": ("大.txt", b"a" * (3 << 20))})
        assert response.status_code == 413
        assert response.json()["code"] == "body_too_large"
        response = http.post("/api/documents", files={"file": ("大.txt", b"a" * ((1 << 20) + 10))})
        assert response.status_code == 413


def test_an_upload_needs_a_file_with_a_name(http: httpx.Client) -> None:
    response = http.post("/api/documents", files={"fil": ("a.txt", b"x")})
    assert response.status_code == 422
    assert "“文件”（file）没有填" in response.json()["detail"]
    response = http.post("/api/documents", files={"file": ("名" * 300 + ".txt", b"x")})
    assert response.status_code == 400
    assert response.json()["code"] == "upload_name"


def test_reading_downloading_and_removing_are_audited(served, http: httpx.Client) -> None:  # type: ignore[no-untyped-def]
    document_id = regulation(http)["id"]
    http.get(f"/api/documents/{document_id}")
    http.get(f"/api/documents/{document_id}/original")
    assert ("local", "read", (document_id,)) in served.audited
    assert ("local", "download", (document_id,)) in served.audited


# ---------------------------------------------------------------- filters, corrections, purging


def test_the_list_is_narrowed_by_words_state_and_notices(http: httpx.Client) -> None:
    def titles(**query: object) -> list[str]:
        return [item["title"] for item in http.get("/api/documents", params=query).json()["documents"]]  # type: ignore[arg-type]

    assert titles(q="巡察工作 办法") == []
    assert titles(q="巡察工作") == ["岱川集团巡察工作办法"]
    assert titles(state="现行有效") == ["岱川集团巡察工作办法"]
    assert titles(state="已废止") == []
    assert titles(removed=True) == []
    assert len(titles(problems=True)) < 4
    assert http.get("/api/documents", params={"state": "有效"}).status_code == 422


def test_metadata_is_corrected_marked_and_undone(serve_library: Serve, small_files: Path) -> None:
    with serve_library(small_files / "巡察工作办法.md") as served, served.http() as http:
        address = f"/api/documents/{regulation(http)['id']}"
        read = http.get(address).json()
        response = http.patch(address, json={"number": "岱钢党发〔2024〕13号", "effective_from": "2024-08-01"})
        assert response.status_code == 200, response.text
        got = http.get(address).json()
        assert (got["number"], got["corrected"]) == ("岱钢党发〔2024〕13号", ["effective_from", "number"])
        assert got["edition"]["effective_from"] == "2024-08-01"
        assert {(each["field"], each["value"], each["by"]) for each in got["corrections"]} == {
            ("effective_from", "2024-08-01", "local"),
            ("number", "岱钢党发〔2024〕13号", "local"),
        }
        assert got["document_version"] == read["document_version"]
        assert http.patch(address, json={"number": None}).json()["number"] is None
        undone = http.patch(address, json={"undo": ["number", "effective_from"]}).json()
        assert (undone["number"], undone["corrected"]) == (read["number"], [])
        assert ("local", "correct", (regulation(http)["id"],)) in served.audited


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "没有写明要更正什么"),
        ({"title": None}, 400, "“标题”不能清空"),
        ({"title": "   "}, 422, "不能为空"),
        ({"effective_from": "明天"}, 422, "年-月-日"),
        ({"颜色": "红"}, 422, "不是认识的字段"),
        ({"undo": ["speakers"]}, 422, "只能是"),
    ],
)
def test_a_correction_that_means_nothing_is_refused(
    http: httpx.Client, body: dict[str, object], status: int, words: str
) -> None:
    response = http.patch(f"/api/documents/{regulation(http)['id']}", json=body)
    assert (response.status_code, words in response.json()["detail"]) == (status, True), response.text


def test_a_removed_document_is_listed_apart_and_purged_for_good(serve_library: Serve, small_files: Path) -> None:
    with serve_library(small_files / "动员讲话.txt") as served, served.http() as http:
        (found,) = http.get("/api/documents").json()["documents"]
        address = f"/api/documents/{found['id']}"
        assert http.post(f"{address}/purge").json() == {"document_id": found["id"], "versions": 0}
        assert http.delete(address).status_code == 204
        assert [each["id"] for each in http.get("/api/documents?removed=true").json()["documents"]] == [found["id"]]
        assert http.get(f"{address}/original").status_code == 200
        assert http.post(f"{address}/purge").json()["versions"] == 1
        assert http.get(f"{address}/original").status_code == 404
        assert http.post(f"{address}/purge").status_code == 404


def test_a_page_of_a_pdf_is_shown_and_citations_name_it(serve_library: Serve, tmp_path: Path) -> None:
    text = "第一条　为了规范食堂管理，制定本规定。\n第二条　食堂早餐自六时三十分开始供应，逾时不候。"
    file = tmp_path / "食堂管理规定.pdf"
    file.write_bytes(
        pdf([[Words(190, 60, "食堂管理规定", 22), *lines(text)], [*lines("第三条　本规定自2024年1月1日起施行。")]])
    )
    with serve_library(file) as served, served.http() as http:
        (document,) = http.get("/api/documents").json()["documents"]
        url = f"/api/documents/{document['id']}/pages"
        page = http.get(f"{url}/2")
        assert page.headers["content-type"] == "image/png"
        assert page.content.startswith(b"\x89PNG")
        again = http.get(f"{url}/2", headers={"If-None-Match": page.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        missing = http.get(f"{url}/3")
        assert (missing.status_code, missing.json()["code"]) == (404, "page_not_found")
        answer = http.post("/api/ask", json={"question": "《食堂管理规定》第三条"}).json()
        assert [citation["page"] for citation in answer["citations"]] == [2]
        assert {evidence["page"] for evidence in answer["evidence"]} == {2}
        blocks = http.get(f"/api/documents/{document['id']}").json()["blocks"]
        assert [block["source"]["page"] for block in blocks] == [1, 1, 1, 2]


def test_a_page_is_as_absent_as_its_document(http: httpx.Client) -> None:
    assert http.get("/api/documents/d000/pages/1").json()["code"] == "document_not_found"
    assert http.get(f"/api/documents/{regulation(http)['id']}/pages/1").json()["code"] == "page_not_found"
