"""Properties in Word's binary files: lists of modifiers ("sprm"), each a code of 16 bits and an operand ([MS-DOC] 2.6)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from ingest.read.rows import CellShape

Modifiers = Mapping[int, bytes]

# Characters.
DELETED, HIDDEN, SPECIAL, SYMBOL, CHARACTER_STYLE = 0x0800, 0x083C, 0x0855, 0x6A09, 0x4A30
# Paragraphs.
STYLE, LIST, LIST_LEVEL, OUTLINE, ALIGNED, ALIGNED_BEFORE_2000 = 0x4600, 0x460B, 0x260A, 0x2640, 0x2461, 0x2403
IN_TABLE, ROW_END, DEPTH, INNER_CELL_END, INNER_ROW_END = 0x2416, 0x2417, 0x6649, 0x244B, 0x244C
ELSEWHERE = (0x6645, 0x6646)  # the paragraph's modifiers stand in the data stream, at this offset
# Table rows.
TABLE, HEADER_ROW = 0xD608, 0x3404

_SIZES = (1, 1, 2, 4, 2, 2, None, 3)  # bytes of the operand by the code's highest three bits
_TABS = 0xC615
# The short codes of modifiers that a piece of a fast-saved file carries itself.
_SHORT = {
    0x05: ALIGNED_BEFORE_2000,
    0x0C: LIST_LEVEL,
    0x18: IN_TABLE,
    0x19: ROW_END,
    0x41: DELETED,
    0x5C: HIDDEN,
    0x75: SPECIAL,
    0x78: OUTLINE,
}


def modifiers(data: bytes) -> dict[int, bytes]:
    """The modifiers of a list by code; of several with one code the last counts."""
    return dict(_each(data))


def short_modifier(code: int, value: int) -> dict[int, bytes]:
    """A modifier that a piece carries in two bytes; {} when it is none a reader needs."""
    return {_SHORT[code]: bytes((value,))} if code in _SHORT else {}


def _each(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 < len(data):
        code = data[at] | data[at + 1] << 8
        at += 2
        size = _SIZES[code >> 13]
        if size is None:
            size = _variable(code, data[at:])
        yield code, data[at : at + size]
        at += size


def _variable(code: int, operand: bytes) -> int:
    if code == TABLE:
        return (operand[0] | operand[1] << 8) + 1 if len(operand) > 1 else len(operand)
    if code == _TABS and operand[0] == 255:  # too many tab stops for one byte
        removed = operand[1] * 4 if len(operand) > 1 else 0
        return 3 + removed + (operand[2 + removed] * 3 if len(operand) > 2 + removed else 0)
    return operand[0] + 1


def flag(found: Modifiers, code: int, inherited: bool = False) -> bool:
    """An on-off property; 128 stands for "as the style has it", 129 for the opposite."""
    value = found.get(code, b"\x80")[:1]
    if value == b"\x80":
        return inherited
    return not inherited if value == b"\x81" else value not in (b"", b"\0")


def number(found: Modifiers, code: int) -> int | None:
    """A property that is a number, unsigned; None where it is not set."""
    value = found.get(code)
    return int.from_bytes(value, "little") if value else None


def cell_shapes(found: Modifiers) -> tuple[CellShape, ...]:
    """The cells a row's end defines; () where it defines none."""
    operand = found.get(TABLE, b"")
    if len(operand) < 3:
        return ()
    count = operand[2]
    if len(operand) < 3 + (count + 1) * 2:
        return ()
    edges = struct.unpack_from(f"<{count + 1}h", operand, 3)
    shapes: list[CellShape] = []
    for index in range(count):
        at = 3 + (count + 1) * 2 + index * 20
        bits = operand[at] if at < len(operand) else 0
        beside = shapes and bits & 0x03 and bits & 0x01 == 0
        above = bits & 0x60 == 0x20  # merged vertically, and not the first
        shapes.append(CellShape(edges[index], edges[index + 1], bool(beside), above))
    return tuple(shapes)
