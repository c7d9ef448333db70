r"""Word's fields that stand for a character: 带圈字符 are written as ``EQ \o\ac(○,20)`` and have no other text."""

from __future__ import annotations

import re

_ENCLOSED = re.compile(r"\s*eq\s*\\o\s*\\ac\s*\(\s*(\S)\s*[,，]\s*([^()\s]{1,4})\s*\)\s*", re.IGNORECASE)
_RINGS = "○〇◯"


def enclosed(code: str) -> str:
    """What a field with a ring around its characters shows: ⑳, or the characters alone; "" of any other field."""
    found = _ENCLOSED.fullmatch(code)
    if found is None:
        return ""
    ring, inner = found.groups()
    if ring in _RINGS and inner.isascii() and inner.isdigit() and 1 <= int(inner) <= 20:
        return chr(ord("①") + int(inner) - 1)
    return inner
