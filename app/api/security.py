"""The door: who may come in, by what name, with how much; and what every response says to the browser."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import logging
import secrets
import time
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import respond, unexpected
from app.api.parts import PartsDep
from app.api.problem import AccessError
from app.settings import Settings, is_loopback
from ingest.document import LOCAL, Caller
from ingest.errors import InputError, YoujuError

log = logging.getLogger("youju.access")

BODY_LIMIT = 1 << 20  # bytes of any request that is not an upload
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


# ---------------------------------------------------------------- who asks


def require_keys(settings: Settings) -> None:
    """Refuse to serve beyond this machine without keys."""
    names = [settings.host, *settings.allowed_hosts]
    exposed = next((name for name in names if not is_loopback(name)), None)
    if exposed is not None and not settings.api_keys:
        raise InputError("keys_needed", host=exposed)


def caller_of(request: Request, parts: PartsDep) -> Caller:
    """Who asks: the command line of this machine, the holder of a key, or anyone on a loopback service without keys."""
    presented = _presented(request.headers.get("authorization"))
    if _is_token(presented, parts.token):
        return _noted(request, LOCAL)
    if not parts.settings.api_keys:
        return _noted(request, LOCAL)
    if presented is None:
        raise AccessError("key_required")
    for key in parts.settings.api_keys:
        if key.matches(presented):
            return _noted(request, Caller(key.id, frozenset(key.groups), reads_all=key.admin))
    raise AccessError("key_wrong")


CallerDep = Annotated[Caller, Depends(caller_of)]


def admin(request: Request, caller: CallerDep) -> Caller:
    """Who may change the library: the local operator, or an admin key."""
    if not caller.reads_all:
        raise AccessError("not_allowed", action=f"{request.method} {request.url.path}")
    return caller


AdminDep = Annotated[Caller, Depends(admin)]


def local_command(request: Request, parts: PartsDep) -> Caller:
    """The command line on this machine, which can read the token in the library's lock file.

    Loopback is not enough: any page or program of this machine could otherwise make the server read files for it.
    """
    if not _is_token(_presented(request.headers.get("authorization")), parts.token):
        raise AccessError("local_only")
    return _noted(request, LOCAL)


LocalDep = Annotated[Caller, Depends(local_command)]


def _noted(request: Request, caller: Caller) -> Caller:
    request.scope["state"]["caller"] = caller.id
    return caller


def _is_token(presented: str | None, token: str) -> bool:
    return presented is not None and bool(token) and hmac.compare_digest(presented.encode(), token.encode())


def _presented(authorization: str | None) -> str | None:
    """The key in an Authorization header: a bearer token, or the password a browser asked its user for."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2] or None
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


# ---------------------------------------------------------------- by what name, with how much


class Door:
    """Every request passes here first: names and origins are checked, bodies measured, responses marked, all logged."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        visit = Visit(scope, receive, send)
        try:
            refusal = self._refusal(Headers(scope=scope), scope["path"])
            limit = self._limit(scope)
            if refusal is None and visit.declared_length > limit:
                refusal = InputError("body_too_large", limit=_megabytes(limit))
            if refusal is not None:
                await respond(refusal, visit.id)(scope, receive, visit.send)
            else:
                visit.limit = limit
                await self.app(scope, visit.receive, visit.send)
        except Exception as error:
            known = unexpected(error, visit.id)
            if visit.status is None:
                await respond(known, visit.id)(scope, receive, visit.send)
        finally:
            visit.log(self.settings.log_texts)

    def _limit(self, scope: Scope) -> int:
        upload = scope["method"] == "POST" and scope["path"] == "/api/documents"
        return BODY_LIMIT + (self.settings.upload_megabytes << 20 if upload else 0)

    def _refusal(self, headers: Headers, path: str) -> YoujuError | None:
        named = headers.get("host", "")
        host = _hostname(named)
        if host is None or not self._own(host):
            wanted = "、".join(("127.0.0.1", "localhost") if self.settings.loopback else (self.settings.host,))
            return AccessError("host_refused", host=named, wanted=wanted)
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != named.lower():
            asked = _hostname(urlsplit(origin).netloc)
            if asked is None or asked not in self.settings.allowed_hosts:
                return AccessError("origin_refused", origin=origin)
        # Requests another site's page makes without an Origin (an image, a script); following a link is fine.
        site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
        if path.startswith("/api/") and site in ("cross-site", "same-site") and mode != "navigate" and origin is None:
            return AccessError("origin_refused", origin=site)
        return None

    def _own(self, host: str) -> bool:
        """Whether a Host is a name of this service. An address cannot be rebound, so a wildcard takes any address."""
        if host in self.settings.allowed_hosts or host == self.settings.host.lower().strip("[]"):
            return True
        if self.settings.loopback:
            return is_loopback(host)
        if self.settings.host in ("0.0.0.0", "::"):
            return host == "localhost" or _is_address(host)
        return False


class Visit:
    """One request on its way through the door."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.id = secrets.token_hex(8)
        self.scope = scope
        scope["state"] = {**scope.get("state", {}), "request_id": self.id}
        self.status: int | None = None
        self.limit = BODY_LIMIT
        self._receive, self._send = receive, send
        self._received = 0
        self._began = time.perf_counter()

    @property
    def declared_length(self) -> int:
        """The length the client announced; 0 when it did not."""
        value = Headers(scope=self.scope).get("content-length", "0")
        return int(value) if value.isdigit() else 0

    async def receive(self) -> Message:
        """The next part of the body, as long as the whole stays within the limit."""
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > self.limit:
            raise HTTPException(413, _megabytes(self.limit))
        return message

    async def send(self, message: Message) -> None:
        """The next part of the response, its start with the headers every response has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store" if self.scope["path"].startswith("/api/") else "no-cache")
            headers["X-Request-Id"] = self.id
        await self._send(message)

    def log(self, texts: bool) -> None:
        """The line of this request. Query strings carry units and rounds: only when texts are opted in."""
        query = self.scope.get("query_string", b"").decode("latin-1") if texts else ""
        log.info(
            "request",
            extra={
                "request_id": self.id,
                "method": self.scope["method"],
                "path": self.scope["path"] + (f"?{query}" if query else ""),
                "status": self.status,
                "milliseconds": round((time.perf_counter() - self._began) * 1000, 1),
                "caller": self.scope["state"].get("caller"),
            },
        )


def _hostname(netloc: str) -> str | None:
    try:
        return urlsplit(f"//{netloc}").hostname
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _megabytes(size: int) -> str:
    return f"{size >> 20} MB"
