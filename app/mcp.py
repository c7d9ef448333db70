"""有据 as tools of an agent, by the Model Context Protocol: ask, search, get_article, list_findings.

The same tools over stdio (``youju mcp``) and over HTTP (/mcp of the service). What a document says is data in a
result; nothing in it is ever taken for an instruction, and no tool changes the library.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Protocol, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel, Field

from app.api.problem import checked
from app.api.schema import AnswerModel, AskRequest, SearchModel, SearchRequest
from app.api.views import FindingsModel
from app.version import version
from ingest.document import DocumentKind
from ingest.errors import YoujuError

INSTRUCTIONS = (
    "有据：巡察资料库。回答逐句带引用，引用到条、款、项；没有依据时 status 为 refused 并说明理由。"
    "引用原文时请用 citations 里的 quote，并写明 locator.text；不要改写，也不要把拒答当作“没有规定”。"
)
MOST_FINDINGS = 200

Day = Annotated[date | None, Field(description="按这一天有效的版本，写成 2024-07-01；不填就是今天")]
Kinds = Annotated[list[DocumentKind] | None, Field(description="只查这些类型的资料")]
Names = Annotated[list[str] | None, Field(description="可写多个，满足其一")]
Wired = TypeVar("Wired", bound=BaseModel)


class Source(Protocol):
    """Where the tools get their answers: a desk, for one caller."""

    def ask(self, request: AskRequest) -> AnswerModel:
        """A cited answer."""

    def search(self, request: SearchRequest) -> SearchModel:
        """Ranked passages."""

    def findings(
        self, rounds: Sequence[str], units: Sequence[str], categories: Sequence[str], states: Sequence[str], limit: int
    ) -> FindingsModel:
        """Ledger rows that meet all conditions."""


def server_of(source_of: Callable[[Context[Any, Any]], Source]) -> MCPServer[Any]:
    """The server; ``source_of`` gives what a call may see. Failures come back as tool errors with the Chinese sentence."""
    if not logging.getLogger().handlers:  # or the SDK would set up a console of its own for the whole program
        logging.getLogger().addHandler(logging.StreamHandler())
    server: MCPServer[Any] = MCPServer("youju", title="有据", instructions=INSTRUCTIONS, version=version())

    async def done(work: Callable[[], Wired]) -> dict[str, Any]:
        try:
            return (await asyncio.to_thread(work)).model_dump(mode="json")
        except YoujuError as error:
            raise ToolError(str(error)) from error

    @server.tool(title="提问", description="回答一个问题：逐句带引用；没有依据时拒答并说明理由。")
    async def ask(
        question: Annotated[str, Field(description="问题，一到两千字")],
        context: Context[Any, Any],
        as_of: Day = None,
        kinds: Kinds = None,
    ) -> dict[str, Any]:
        wanted = {"question": question, "as_of": as_of, "filters": {"kinds": kinds or []}}
        return await done(lambda: source_of(context).ask(checked(AskRequest, wanted)))

    @server.tool(title="检索", description="按相关程度返回原文片段，不组织回答。")
    async def search(
        text: Annotated[str, Field(description="要找的内容")],
        context: Context[Any, Any],
        as_of: Day = None,
        kinds: Kinds = None,
        k: Annotated[int, Field(description="最多几个片段", ge=1, le=50)] = 10,
    ) -> dict[str, Any]:
        wanted = {"question": text, "as_of": as_of, "filters": {"kinds": kinds or []}, "k": k}
        return await done(lambda: source_of(context).search(checked(SearchRequest, wanted)))

    @server.tool(title="查条文", description="某制度某条（款、项）的全文，取指定日期有效的版本。")
    async def get_article(
        work: Annotated[str, Field(description="制度名称，可用简称，不带书名号", min_length=1, max_length=80)],
        place: Annotated[
            str, Field(description="第十二条、第12条第二款、第十二条之一第（三）项", pattern="^第.{1,30}$")
        ],
        context: Context[Any, Any],
        as_of: Day = None,
    ) -> dict[str, Any]:
        wanted = {"question": f"《{work.strip('《》')}》{place}", "as_of": as_of}
        return await done(lambda: source_of(context).ask(checked(AskRequest, wanted)))

    @server.tool(title="查台账", description="巡察发现问题台账中满足所有条件的行；total 是逐行计算的总数。")
    async def list_findings(
        context: Context[Any, Any],
        rounds: Names = None,
        units: Names = None,
        categories: Names = None,
        states: Names = None,
        limit: Annotated[int, Field(description="最多几行", ge=1, le=MOST_FINDINGS)] = 50,
    ) -> dict[str, Any]:
        rows = functools.partial(
            source_of(context).findings, rounds or [], units or [], categories or [], states or [], limit
        )
        return await done(rows)

    return server
