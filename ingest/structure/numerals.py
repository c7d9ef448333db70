"""Numbers as Chinese documents print them: 第十二条, 第12条, （一）, ㈠, 二〇二四年."""

from __future__ import annotations

import unicodedata

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
UNITS = {"十": 10, "百": 100, "千": 1000}

CHINESE = "零〇○一二两三四五六七八九十百千"
"""Characters of a Chinese number, for regular expressions."""

ANY = CHINESE + "0-9０-９"
"""Characters of a number in either script, for regular expressions."""


def parse_number(text: str) -> int | None:
    """十二, 一百零七, 一〇七, 12, １２ → its value; None when it is no number. Spaces are ignored."""
    plain = unicodedata.normalize("NFKC", "".join(text.split()))
    if not plain:
        return None
    if plain.isascii():
        return int(plain) if plain.isdigit() else None
    if all(c in DIGITS for c in plain):
        return int("".join(str(DIGITS[c]) for c in plain))
    total, digit = 0, None
    for c in plain:
        if c in DIGITS:
            digit = DIGITS[c]
        elif c in UNITS:
            total += (1 if digit is None else digit) * UNITS[c]
            digit = None
        else:
            return None
    return total + (digit or 0)
