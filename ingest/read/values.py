"""Values of spreadsheet cells as a reader sees them: ISO dates, whole numbers without .0, percentages, leading zeros."""

from __future__ import annotations

import re
from datetime import datetime


def moment_text(value: datetime, shown_as: str) -> str:
    """A date, with its time where the number format shows one, or a month where it shows no more."""
    plain = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", shown_as).lower()
    if (value.hour or value.minute or value.second) and "h" in plain:
        return value.strftime("%Y-%m-%d %H:%M")
    if "y" in plain and "m" in plain and "d" not in plain and value.day == 1:
        return value.strftime("%Y-%m")
    return value.date().isoformat()


def figure_text(value: int | float, shown_as: str) -> str:
    """A number: a percentage where the format shows one, with leading zeros where it asks for them."""
    if "%" in shown_as and '"' not in shown_as:
        return f"{value * 100:.10g}%"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int):
        return str(value).zfill(len(shown_as)) if re.fullmatch(r"0{2,}", shown_as) else str(value)
    return f"{value:.15g}"
