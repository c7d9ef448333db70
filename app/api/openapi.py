"""The service's description: what the framework generates, with problems as they are sent and how keys are given."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.errors import document_as_problems
from app.api.examples import EXAMPLES

DESCRIPTION = """\
每一句回答都有可打开的依据。

- 出错时的应答都是 `application/problem+json`：`code` 是稳定的代码，`detail` 是给人看的中文。
- 只供本机使用（监听 127.0.0.1）且没有配置密钥时不需要密钥；否则在请求头写 `Authorization: Bearer <密钥>`。
- 所有位置（start、end）按 Unicode 码位计，`text[start:end]` 就是引用的原文。
- 字段只会增加，不会改名或删除；`schema_version` 在含义改变时增加。
"""


def describe(app: FastAPI) -> None:
    """Give ``app`` the whole of its description, made when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
            schema["components"]["securitySchemes"] = {
                "key": {"type": "http", "scheme": "bearer", "description": "访问密钥"}
            }
            schema["security"] = [{}, {"key": []}]
            for name, example in EXAMPLES.items():
                schema["components"]["schemas"][name].setdefault("examples", [example])
            app.openapi_schema = document_as_problems(schema)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
