"""A maker of small documents: lines of Chinese text become blocks, without a reader."""

import hashlib
from collections.abc import Callable

import pytest

from ingest.document import Block, BlockKind, Document, DocumentKind, Metadata, Source, Span

MakeDocument = Callable[..., Document]


def _metadata(values: dict[str, object]) -> Metadata:
    kind = values.pop("kind", None)
    return Metadata(**values, kind=DocumentKind(kind) if kind else None)


def _make(text: str, *, name: str = "文件.txt", **metadata: object) -> Document:
    """Each non-empty line is a block; a line that begins with # is a heading."""
    canonical, blocks = "", []
    for line in text.strip("\n").split("\n"):
        words = line.strip()
        if not words:
            continue
        level = len(words) - len(words.lstrip("#"))
        words = words.lstrip("#").strip() if level else words
        canonical += "\n" if canonical else ""
        span = Span(len(canonical), len(canonical) + len(words))
        canonical += words
        blocks.append(Block(BlockKind.HEADING if level else BlockKind.PARAGRAPH, span, level=level or None))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return Document(name, "text/plain", digest, canonical, tuple(blocks), metadata=_metadata(metadata))


def _make_table(
    sheets: dict[str | None, list[dict[str, str]]], *, name: str = "台账.xlsx", notes: str = "", **metadata: object
) -> Document:
    """Rows become blocks of 列名：值 lines, as the spreadsheet readers make them; the header is row 1."""
    canonical, blocks = "", []
    for sheet, rows in sheets.items():
        for number, row in enumerate(rows, 2):
            canonical += "\n\n" if canonical else ""
            start, cells = len(canonical), []
            for column, value in row.items():
                canonical += ("\n" if cells else "") + f"{column}："
                cells.append((column, Span(len(canonical), len(canonical) + len(value))))
                canonical += value
            span = Span(start, len(canonical))
            blocks.append(Block(BlockKind.ROW, span, Source(sheet=sheet, row=number), cells=tuple(cells)))
    for line in notes.split("\n") if notes else []:
        canonical += "\n\n"
        span = Span(len(canonical), len(canonical) + len(line))
        canonical += line
        blocks.append(Block(BlockKind.PARAGRAPH, span, Source(sheet="填表说明")))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return Document(name, "application/xlsx", digest, canonical, tuple(blocks), metadata=_metadata(metadata))


@pytest.fixture(scope="session")
def make_document() -> MakeDocument:
    return _make


@pytest.fixture(scope="session")
def make_table() -> MakeDocument:
    return _make_table
