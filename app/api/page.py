"""The page at /: files as they are."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles


class Page(Mount):
    """A folder served at /, but nothing under /api, /v1 and /mcp: there a wrong method is told apart from a wrong address."""

    def __init__(self, folder: Path) -> None:
        super().__init__("/", StaticFiles(directory=folder, html=True), name="page")

    def matches(self, scope: MutableMapping[str, Any]) -> tuple[Match, MutableMapping[str, Any]]:
        """Whether this is an address of the page."""
        if f"{scope.get('path', '')}/".startswith(("/api/", "/v1/", "/mcp/")):
            return Match.NONE, {}
        return super().matches(scope)
