"""How far the reading of one file is, for readers that take long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Tell: TypeAlias = Callable[[int, int], None]
"""Told by readers that take long: pages done, pages in all."""


def silent(done: int, total: int) -> None:
    """Nobody wants to know."""
