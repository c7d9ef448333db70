"""Errors as people and programs read them: problem JSON (RFC 9457) with a stable code and a Chinese sentence.

Nothing here needs the web framework: the command line words its bad input with the same functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.errors import (
    BusyError,
    ConflictError,
    EngineError,
    InputError,
    NotFoundError,
    ReadError,
    YoujuError,
)

Model = TypeVar("Model", bound=BaseModel)


class AccessError(YoujuError):
    """Who asks is not known, or may not do this (HTTP 401 or 403)."""


# What a code of its own status says; every other code has its class's status.
STATUS_BY_CODE: Mapping[str, int] = {
    "key_required": 401,
    "key_wrong": 401,
    "not_allowed": 403,
    "local_only": 403,
    "origin_refused": 403,
    "host_refused": 421,
    "invalid_request": 422,
    "method_not_allowed": 405,
    "no_such_address": 404,
    "body_too_large": 413,
    "file_too_large": 413,
    "media_type": 415,
    "file_unsupported": 415,
    "cancelled": 409,
}
STATUS_BY_CLASS: Sequence[tuple[type[YoujuError], int]] = (
    (AccessError, 403),
    (ReadError, 422),
    (InputError, 400),
    (NotFoundError, 404),
    (ConflictError, 409),
    (BusyError, 503),
    (EngineError, 500),
)
TITLES: Mapping[int, str] = {
    400: "请求不正确",
    401: "需要访问密钥",
    403: "不允许",
    404: "没有找到",
    405: "不支持的方法",
    409: "与资料库的状态冲突",
    413: "内容太大",
    415: "不支持的内容类型",
    421: "主机名不被接受",
    422: "输入有误",
    500: "服务内部出错",
    503: "暂时不可用",
}


class ProblemModel(BaseModel):
    """出错时的应答（application/problem+json）：`code` 是稳定的代码，`detail` 说明哪里不对、该怎么办。"""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:youju:problem:document_not_found",
                    "title": "没有找到",
                    "status": 404,
                    "code": "document_not_found",
                    "params": {"id": "d000"},
                    "detail": "资料库里没有这份文档：d000。",
                    "instance": "urn:youju:request:5f2c9a1e0b7d4c38",
                    "request_id": "5f2c9a1e0b7d4c38",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    code: str
    params: dict[str, Any] = Field(description="代码的参数；需要别的语言时，可据此另写说明")
    detail: str
    instance: str
    request_id: str


def status_of(error: YoujuError) -> int:
    """The HTTP status of an error."""
    if error.code in STATUS_BY_CODE:
        return STATUS_BY_CODE[error.code]
    return next((status for kind, status in STATUS_BY_CLASS if isinstance(error, kind)), 500)


def problem(error: YoujuError, request_id: str) -> ProblemModel:
    """The wire form of an error."""
    status = status_of(error)
    return ProblemModel(
        type=f"urn:youju:problem:{error.code}",
        title=TITLES.get(status, TITLES[500]),
        status=status,
        code=error.code,
        params={name: _plain(value) for name, value in error.params.items()},
        detail=str(error),
        instance=f"urn:youju:request:{request_id}",
        request_id=request_id,
    )


def _plain(value: object) -> object:
    """A parameter as JSON: paths, dates and the like become text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)


# ---------------------------------------------------------------- validation in Chinese


LABELS: Mapping[str, str] = {
    "question": "问题",
    "as_of": "依据日期",
    "filters": "筛选条件",
    "kinds": "文档类型",
    "kind": "文档类型",
    "units": "单位",
    "unit": "单位",
    "rounds": "轮次",
    "round": "轮次",
    "date_from": "起始日期",
    "date_to": "截止日期",
    "k": "条数",
    "limit": "每页条数",
    "offset": "起始位置",
    "file": "文件",
    "metadata": "元数据",
    "title": "标题",
    "date": "日期",
    "issuer": "发文机关",
    "number": "文号",
    "work": "所属制度",
    "edition": "版本",
    "published": "公布日期",
    "effective_from": "施行日期",
    "effective_to": "失效日期",
    "declared_status": "标明的状态",
    "readers": "可见范围",
    "undo": "撤销",
    "states": "状态",
    "paths": "路径",
}


def checked(model: type[Model], values: Mapping[str, object]) -> Model:
    """The model made from ``values``, or InputError with the Chinese wording of what is wrong."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise invalid(error.errors(include_url=False)) from None


def invalid(errors: Sequence[Mapping[str, Any]]) -> InputError:
    """The validation errors of pydantic as one InputError; the input itself is not repeated in it."""
    found = [{"field": _field(item["loc"]), "type": str(item["type"]), "message": _message(item)} for item in errors]
    summary = "；".join(f"{_labelled(item['field'])}{item['message']}" for item in found[:5])
    if len(found) > 5:
        summary += f"；另有 {len(found) - 5} 处"
    return InputError("invalid_request", summary=summary, errors=found)


def _field(location: Sequence[object]) -> str:
    parts = [str(part) for part in location]
    return ".".join(parts[1:] if parts and parts[0] in ("body", "query", "path", "header") else parts)


def _labelled(name: str) -> str:
    label = LABELS.get(name.rpartition(".")[2] or name, LABELS.get(name.partition(".")[0], ""))
    if not name:
        return "请求正文"
    return f"“{label}”（{name}）" if label else f"“{name}”"


def _message(item: Mapping[str, Any]) -> str:
    kind, context = str(item["type"]), item.get("ctx") or {}
    if kind == "value_error":  # raised by our own validators: already Chinese
        return str(context["error"])
    if kind == "string_too_short" or (kind == "too_short" and context.get("min_length") == 1):
        return "不能为空"
    if kind == "string_too_long":
        return f"太长，最多 {context['max_length']} 个字"
    if kind == "too_long":
        return f"太多，最多 {context['max_length']} 项"
    if kind in ("enum", "literal_error"):
        return f"只能是 {str(context['expected']).replace(' or ', '、').replace(', ', '、')}"
    bounds = {"greater_than_equal": ("不能小于", "ge"), "less_than_equal": ("不能大于", "le")}
    if kind in bounds:
        words, key = bounds[kind]
        return f"{words} {context[key]}"
    return WORDS.get(kind, f"不正确（{kind}）")


WORDS: Mapping[str, str] = {
    "missing": "没有填",
    "extra_forbidden": "不是认识的字段，请检查拼写",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "string_type": "应为文字",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为 JSON 对象（请求头 Content-Type 应为 application/json）",
}
