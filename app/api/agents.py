"""/mcp: 有据 as tools of an agent, over streamable HTTP; each call sees what its key may see."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from app.api.ask import answered, searched
from app.api.errors import request_id, respond
from app.api.findings import findings
from app.api.parts import Parts
from app.api.schema import AnswerModel, AskRequest, SearchModel, SearchRequest
from app.api.security import caller_of
from app.api.views import FindingsModel
from app.mcp import server_of
from ingest.document import Caller
from ingest.errors import YoujuError

PATH = "/mcp"


class _CallersSource:
    """What one caller may see, through the same functions as the routes."""

    def __init__(self, parts: Parts, caller: Caller) -> None:
        self._parts = parts
        self._caller = caller

    def ask(self, request: AskRequest) -> AnswerModel:
        """A cited answer."""
        return answered(request, (), self._parts, self._caller)

    def search(self, request: SearchRequest) -> SearchModel:
        """Ranked passages."""
        return searched(request, self._parts, self._caller)

    def findings(
        self, rounds: Sequence[str], units: Sequence[str], categories: Sequence[str], states: Sequence[str], limit: int
    ) -> FindingsModel:
        """Ledger rows that meet all conditions."""
        return findings(
            self._parts,
            self._caller,
            round=list(rounds),
            unit=list(units),
            category=list(categories),
            state=list(states),
            limit=limit,
        )


class Agents:
    """The tools at /mcp, behind the same door and keys as everything else."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._server = server_of(self._source)
        # Names and origins are checked at the service's own door.
        lenient = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        self._app = self._server.streamable_http_app(
            streamable_http_path=PATH, stateless_http=True, json_response=True, transport_security=lenient
        )

    def _source(self, context: Context[Any, Any]) -> _CallersSource:
        request = context.request_context.request
        assert isinstance(request, Request)
        return _CallersSource(self._parts, caller_of(request, self._parts))

    def running(self) -> AbstractAsyncContextManager[None]:
        """While the service runs."""
        return self._server.session_manager.run()

    @property
    def route(self) -> BaseRoute:
        """Where the service finds them."""
        return Route(PATH, self, methods=None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; who may not come in is told so before any tool is looked at."""
        request = Request(scope)
        try:
            caller_of(request, self._parts)
        except YoujuError as error:
            await respond(error, request_id(request))(scope, receive, send)
            return
        await self._app(scope, receive, send)
