"""The tools over the Model Context Protocol, called by the official client: over HTTP and over stdio."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from app.settings import ApiKey
from tests.app.conftest import Served

TOOLS = {"ask", "search", "get_article", "list_findings"}


Call = tuple[str, dict[str, Any]]
Talk = tuple[set[str], list[Any]]


async def talk(transport: Any, calls: tuple[Call, ...]) -> Talk:
    """The names of the tools, and the result of each call."""
    async with Client(transport) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        return names, [await client.call_tool(name, arguments) for name, arguments in calls]


def over_http(served: Served, *calls: Call, key: str = "") -> Talk:
    async def talked() -> Talk:
        headers = {"Authorization": f"Bearer {key}"} if key else None
        async with create_mcp_http_client(headers=headers) as http:
            return await talk(streamable_http_client(f"{served.url}/mcp", http_client=http), calls)

    return asyncio.run(talked())


CALLS: tuple[Call, ...] = (
    ("ask", {"question": "提级巡察由谁批准？"}),
    ("search", {"text": "提级巡察", "k": 3}),
    ("get_article", {"work": "巡察工作办法", "place": "第二条"}),
    ("list_findings", {"units": ["动力厂"], "states": ["整改中"]}),
)


def check(names: set[str], results: list[Any]) -> None:
    assert names == TOOLS
    assert not any(result.is_error for result in results), results
    asked, found, article, rows = (result.structured_content for result in results)
    assert asked["status"] == "answered"
    assert "集团党委批准" in asked["citations"][0]["quote"]
    assert len(found["hits"]) == 3
    assert "集团党委统一领导" in article["text"]
    assert article["citations"][0]["locator"]["article"] == 2
    assert rows["total"] == 2
    assert {row["unit"] for row in rows["findings"]} == {"动力厂"}


def test_an_agent_uses_the_tools_over_http(served: Served) -> None:
    check(*over_http(served, *CALLS))


def test_an_agent_uses_the_tools_over_stdio(small_files: Path, tmp_path: Path) -> None:
    run = [sys.executable, "-m", "app.cli"]
    subprocess.run(
        [*run, "ingest", str(small_files), "--library", str(tmp_path / "库")], check=True, capture_output=True
    )
    parameters = StdioServerParameters(
        command=run[0], args=[*run[1:], "mcp", "--library", str(tmp_path / "库")], env=dict(os.environ)
    )
    check(*asyncio.run(talk(stdio_client(parameters), CALLS)))


def test_what_is_wrong_with_a_call_is_told_in_chinese(served: Served) -> None:
    _, (empty, wrong) = over_http(
        served, ("ask", {"question": " "}), ("get_article", {"work": "巡察工作办法", "place": "第九十条"})
    )
    assert empty.is_error
    assert "问题" in empty.content[0].text
    assert not wrong.is_error
    assert wrong.structured_content["reason"]["code"] == "no_such_article"


def test_a_call_sees_what_its_key_may_see(
    serve_library: Callable[..., AbstractContextManager[Served]], small_files: Path
) -> None:
    keys = tuple(
        ApiKey(name, hashlib.sha256(f"{name}-a-long-enough-key".encode()).hexdigest(), groups)
        for name, groups in (("one", ()), ("two", ("纪委",)))
    )
    with serve_library(small_files, api_keys=keys) as served:
        question = ("search", {"text": "动力厂的问题线索另行研究"})
        _, (outside,) = over_http(served, question, key="one-a-long-enough-key")
        _, (inside,) = over_http(served, question, key="two-a-long-enough-key")
        assert "另行研究" not in str(outside.structured_content)
        assert "另行研究" in str(inside.structured_content)
        with httpx.Client(trust_env=False) as http:
            refused = http.post(f"{served.url}/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
        assert refused.status_code == 401
        assert refused.json()["code"] == "key_required"
        with pytest.raises(BaseException):  # noqa: B017, PT011 - the SDK wraps it in a group of its own
            over_http(served, question, key="wrong")
