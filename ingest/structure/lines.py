"""The lines of a document and small facts about spans, shared by every kind of structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.document import BlockKind, Document, Span

SENTENCE_END = "。！？!?"
CLOSERS = "”’」』）)》"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a block without the white space around it."""

    text: str
    span: Span
    block: int  # index into document.blocks
    kind: BlockKind
    level: int | None = None

    @property
    def bare(self) -> str:
        """The text without any white space: 总　则 is 总则."""
        return bare(self.text)


def bare(text: str) -> str:
    """The text without any white space."""
    return "".join(text.split())


def lines_of(document: Document) -> list[Line]:
    """The non-empty lines of all blocks in text order; a table row is one line."""
    out = []
    for index, block in enumerate(document.blocks):
        spans = [block.span] if block.kind is BlockKind.ROW else list(split_lines(document.text, block.span))
        for span in spans:
            span = trimmed(document.text, span)
            if span.start < span.end:
                out.append(Line(span.of(document.text), span, index, block.kind, block.level))
    return out


def split_lines(text: str, span: Span) -> Iterator[Span]:
    """The parts of a span between line breaks."""
    start = span.start
    while start < span.end:
        stop = text.find("\n", start, span.end)
        stop = span.end if stop < 0 else stop
        yield Span(start, stop)
        start = stop + 1


def trimmed(text: str, span: Span) -> Span:
    """The span without white space at its ends."""
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def sentences(text: str, span: Span) -> list[Span]:
    """The sentences of a span, each with its closing marks; together they cover it (white space apart)."""
    out, start, position = [], span.start, span.start
    while position < span.end:
        if text[position] in SENTENCE_END or text[position] == "\n":
            position += 1
            while position < span.end and text[position] in SENTENCE_END + CLOSERS:
                position += 1
            out.append(Span(start, position))
            start = position
        else:
            position += 1
    out.append(Span(start, span.end))
    kept = [trimmed(text, s) for s in out]
    return [s for s in kept if s.start < s.end]


_NUMBERED_HEADING = re.compile(r"[一二三四五六七八九十]{1,3}、[^，。；：！？,;:]{2,36}")


def is_heading(line: Line) -> bool:
    """Whether a line is a heading: by its style, or a short 一、…… without any mark where texts have no styles."""
    if line.kind is BlockKind.ROW:
        return False
    return line.kind is BlockKind.HEADING or _NUMBERED_HEADING.fullmatch(line.text) is not None
