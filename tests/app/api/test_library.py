from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture
def http(served) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    with served.http() as client:
        yield client


def test_the_library_tells_its_revision_counts_and_what_made_the_index(http: httpx.Client) -> None:
    got = http.get("/api/library").json()
    assert got["revision"] >= 1
    assert got["counts"]["documents"] == 4
    assert got["counts"]["works"] == got["counts"]["editions"] == 1
    assert got["counts"]["findings"] == 3
    assert got["counts"]["by_kind"] == {"regulation": 1, "meeting": 1, "speech": 1, "ledger": 1, "other": 0}
    assert "multilingual-e5-small" in got["index"]["embedder"]


def test_a_healthy_library_has_no_problems(http: httpx.Client) -> None:
    assert http.get("/api/library/problems").json() == {"problems": []}


def test_health(http: httpx.Client) -> None:
    assert http.get("/api/health").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({}, ["2024-1-001", "2024-1-002", "2024-1-003"]),
        ({"unit": "动力厂"}, ["2024-1-002", "2024-1-003"]),
        ({"unit": ["动力厂", "炼钢二厂"], "state": "已完成"}, ["2024-1-001"]),
        ({"round": "2024年第一轮", "category": "选人用人"}, ["2024-1-003"]),
        ({"round": "2023年第一轮"}, []),
        ({"text": "账实不符"}, ["2024-1-002"]),
        ({"deadline_from": "2024-09-01", "deadline_to": "2024-09-30"}, ["2024-1-002"]),
        ({"limit": 1, "offset": 1}, ["2024-1-002"]),
    ],
)
def test_findings_meet_every_condition(http: httpx.Client, query: dict[str, object], numbers: list[str]) -> None:
    got = http.get("/api/findings", params=query).json()  # type: ignore[arg-type]
    assert [row["number"] for row in got["findings"]] == numbers
    assert got["total"] == (3 if "limit" in query else len(numbers))


def test_rows_are_found_by_their_ids_and_open_at_their_span(http: httpx.Client) -> None:
    rows = http.get("/api/findings").json()["findings"]
    wanted = f"{rows[0]['id']},{rows[2]['id']}"
    found = http.get("/api/findings", params={"ids": wanted}).json()["findings"]
    assert found == [rows[0], rows[2]]
    text = http.get(f"/api/documents/{rows[0]['document_id']}").json()["text"]
    quoted = text[rows[0]["start"] : rows[0]["end"]]
    assert "2024-1-001" in quoted
    assert rows[0]["fields"]["问题描述"] == "未按规定公开招标"
    assert rows[0]["deadline"] == "2024-08-31"
    assert http.get("/api/findings", params={"ids": "没有这一行"}).json()["total"] == 0


def test_a_long_list_of_ids_is_taken(http: httpx.Client) -> None:
    rows = [row["id"] for row in http.get("/api/findings").json()["findings"]]
    wanted = ",".join([*rows, *(f"{number:016x}:1" for number in range(400))])
    assert http.get("/api/findings", params={"ids": wanted}).json()["total"] == 3
