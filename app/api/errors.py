"""One set of exception handlers: whatever goes wrong leaves as problem JSON, and nothing leaves as a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from app.api.problem import AccessError, ProblemModel, invalid, problem
from ingest.errors import EngineError, InputError, NotFoundError, YoujuError

log = logging.getLogger("youju.api")

MEDIA_TYPE = "application/problem+json"


class ProblemResponse(JSONResponse):
    """An error as application/problem+json."""

    media_type = MEDIA_TYPE


def request_id(request: Request) -> str:
    """The id given to this request by the door (`app.api.security.Door`)."""
    return str(request.scope.get("state", {}).get("request_id", "-"))


def respond(error: YoujuError, request_id: str) -> ProblemResponse:
    """The response to an error, with the headers its status asks for."""
    found = problem(error, request_id)
    headers = {}
    if found.status == 401:
        # Basic, so that a browser asks for the key by itself and the page needs no log-in form.
        headers["WWW-Authenticate"] = 'Basic realm="youju", charset="UTF-8"'
    if found.status == 503:
        headers["Retry-After"] = "2"
    if error.code == "method_not_allowed":
        headers["Allow"] = str(error.params.get("allow", ""))
    return ProblemResponse(found.model_dump(mode="json"), status_code=found.status, headers=headers)


def install_handlers(app: FastAPI) -> None:
    """Every failure of a handler becomes a problem."""
    app.add_exception_handler(YoujuError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def unexpected(error: Exception, request_id: str) -> EngineError:
    """A failure nobody foresaw: logged whole with its request id, told without its inside."""
    log.error("unexpected failure", exc_info=error, extra={"request_id": request_id})
    return EngineError("unexpected", request_id=request_id)


def _known(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, YoujuError)
    if isinstance(error, EngineError):
        log.error("engine failure", exc_info=error, extra={"request_id": request_id(request)})
    return respond(error, request_id(request))


def _invalid(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    for item in found:
        if item["type"] == "json_invalid":
            place = int(item["loc"][-1]) + 1
            return respond(InputError("body_broken", reason=f"第 {place} 个字符处不合语法"), request_id(request))
    return respond(invalid(found), request_id(request))


def _http(request: Request, error: Exception) -> ProblemResponse:
    """What the framework itself refuses."""
    assert isinstance(error, HTTPException)
    status, path = error.status_code, request.url.path
    known: YoujuError
    if status == 404:
        known = NotFoundError("no_such_address", path=path)
    elif status == 405:
        allow = ", ".join(sorted(_methods(request)))
        known = InputError("method_not_allowed", method=request.method, allow=allow)
    elif status == 413:
        known = InputError("body_too_large", limit=str(error.detail))
    elif status == 401:
        known = AccessError("key_required")
    elif status < 500 and "multipart" in request.headers.get("content-type", ""):
        known = InputError("form_broken", reason=str(error.detail))
    elif status < 500:
        known = InputError("body_broken", reason=str(error.detail))
    else:
        known = unexpected(error, request_id(request))
    return respond(known, request_id(request))


def _methods(request: Request) -> set[str]:
    """What may be done at this address: the framework names only the first route's methods."""
    routes = [route for route in request.app.state.routes if isinstance(route, Route)]
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in matching for method in route.methods or ()} or {"GET", "HEAD"}


def takes(media_type: str) -> Any:
    """A route's dependency: a body of any other type is refused by name, not read as something it is not."""

    def check(request: Request) -> None:
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if given != media_type and (given or request.headers.get("content-length", "0") != "0"):
            raise InputError("media_type", given=given or "没有写明", wanted=media_type)

    return Depends(check)


JSON, MULTIPART = takes("application/json"), takes("multipart/form-data")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI words for the problems an endpoint may answer with."""
    return {status: _documented(DESCRIPTIONS[status]) for status in sorted(set(statuses) | COMMON)}


COMMON: frozenset[int] = frozenset({401, 403, 421, 422, 500, 503})
DESCRIPTIONS: dict[int, str] = {
    400: "请求正文不是正确的 JSON，或输入不能用",
    401: "需要访问密钥，或密钥不对",
    403: "当前的密钥或来源不允许这项操作",
    404: "没有找到，或当前的密钥看不到",
    409: "与资料库的状态冲突",
    413: "请求正文或文件太大",
    415: "不支持这种内容类型",
    421: "访问所用的主机名不被接受",
    422: "字段缺失、不认识或取值不对；`params.errors` 逐项说明",
    500: "服务内部出错；`request_id` 可在日志中查到",
    503: "暂时不可用，请按 Retry-After 稍后重试",
}


def _documented(words: str) -> dict[str, Any]:
    return {"model": ProblemModel, "description": words}


def document_as_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """Correct the generated OpenAPI: problems are application/problem+json, not application/json."""
    for responses in _responses(schema):
        for status, response in responses.items():
            content = response.get("content", {})
            if status >= "400" and "application/json" in content:
                content[MEDIA_TYPE] = content.pop("application/json")
    return schema


def _responses(schema: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for path in schema["paths"].values():
        for operation in path.values():
            yield operation["responses"]
