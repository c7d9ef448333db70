"""A builder of minimal Word 97 files for tests: pieces of characters, each set in a way of its own."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tests.ingest.read.compound import compound

_HEADER, _PAGE = 1024, 512

DELETED = b"\x00\x08\x01"  # sprmCFRMarkDel
HIDDEN = b"\x3c\x08\x01"  # sprmCFVanish
IN_CELL = b"\x16\x24\x01"  # sprmPFInTable
ROW_END = IN_CELL + b"\x17\x24\x01"  # and sprmPFTtp


@dataclass(frozen=True)
class Piece:
    """Characters with the modifiers of their run and of their paragraph, and those a fast-saved piece has itself."""

    text: str
    narrow: bool = False  # one byte a character
    character: bytes = b""
    paragraph: bytes = b""
    extra: int = 0


def row_end(*edges: int) -> bytes:
    """The modifiers of the mark that ends a row with these cell edges, in twips."""
    cells = struct.pack(f"<B{len(edges)}h", len(edges) - 1, *edges) + bytes(20 * (len(edges) - 1))
    return ROW_END + b"\x08\xd6" + struct.pack("<H", len(cells) + 1) + cells


def word_binary(pieces: Sequence[Piece], *, flags: int = 0, version: int = 0xC1) -> bytes:
    """A .doc of these pieces."""
    text, starts, ends, descriptors = b"", [], [0], b""
    for piece in pieces:
        offset = _HEADER + len(text)
        body = piece.text.encode("cp1252" if piece.narrow else "utf-16-le")
        starts.append(offset)
        ends.append(ends[-1] + len(body) // (1 if piece.narrow else 2))
        descriptors += struct.pack("<HIH", 0, offset * 2 | 0x40000000 if piece.narrow else offset, piece.extra)
        text += body + bytes(len(body) % 2)
    starts.append(_HEADER + len(text))
    table = struct.pack(f"<{len(ends)}I", *ends) + descriptors
    table = b"\x02" + struct.pack("<I", len(table)) + table
    first_page = (_HEADER + len(text) + _PAGE - 1) // _PAGE
    header = bytearray(_HEADER)
    struct.pack_into("<HH", header, 0, 0xA5EC, version)
    struct.pack_into("<H", header, 10, 0x0200 | flags)
    struct.pack_into("<i", header, 0x4C, ends[-1])
    struct.pack_into("<II", header, 0x9A + 33 * 8, 0, len(table))
    for index, number in ((12, first_page), (13, first_page + 1)):
        struct.pack_into("<II", header, 0x9A + index * 8, len(table), 12)
        table += struct.pack("<III", starts[0], starts[-1], number)
    body = bytes(header) + text.ljust(first_page * _PAGE - _HEADER, b"\0")
    characters = _page(starts, [bytes((len(p.character),)) + p.character if p.character else b"" for p in pieces], 1)
    paragraphs = _page(starts, [_paragraph(piece.paragraph) for piece in pieces], 13)
    return compound({"WordDocument": body + characters + paragraphs, "1Table": table})


def _paragraph(modifiers: bytes) -> bytes:
    """The style's number and the modifiers, counted in words."""
    content = b"\0\0" + modifiers
    if len(content) % 2:
        return bytes(((len(content) + 1) // 2,)) + content
    return bytes((0, len(content) // 2)) + content


def _page(starts: Sequence[int], lists: Sequence[bytes], size: int) -> bytes:
    """A page of runs: where each begins, where its list stands, the lists from the end on, and their count."""
    page = bytearray(_PAGE)
    struct.pack_into(f"<{len(starts)}I", page, 0, *starts)
    at = _PAGE - 2
    for index, content in enumerate(lists):
        if content:
            at = (at - len(content)) // 2 * 2
            page[at : at + len(content)] = content
            page[len(starts) * 4 + index * size] = at // 2
    page[-1] = len(lists)
    return bytes(page)
