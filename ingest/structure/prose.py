"""Other texts, and regulations without articles: paragraphs grouped under their headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ingest.document import BlockKind, Clause, ClauseLevel, Document, Locator, Span
from ingest.structure.headings import contents_lines
from ingest.structure.lines import is_heading, lines_of
from ingest.structure.passages import Draft, grouped
from ingest.structure.points import Point, opening_marker, points_in


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph or table row: its number over the paragraphs and the heading it stands under."""

    span: Span
    block: int
    heading: str | None
    points: tuple[Point, ...]
    own_point: str | None

    @property
    def locator(self) -> Locator:
        """第4段."""
        return Locator(section=self.heading, block=self.block)


def texts(
    document: Document, title_lines: frozenset[int], blocks: frozenset[int] | None = None, *, headed: bool = True
) -> list[Text]:
    """The paragraphs of a document in text order; of the given blocks only, when given.

    ``headed=False``: a numbered line is a paragraph even where it looks like a heading (一、删去第十条).
    """
    lines = lines_of(document)
    skipped = contents_lines(lines) | title_lines
    out: list[Text] = []
    heading: str | None = None
    number, block = 0, -1
    for index, line in enumerate(lines):
        if index in skipped or (blocks is not None and line.block not in blocks):
            continue
        if is_heading(line) and (headed or opening_marker(document.text, line.span) is None):
            heading = line.bare
            continue
        number += line.block != block
        block = line.block
        is_row = line.kind is BlockKind.ROW
        points = [] if is_row else points_in(document.text, line.span)
        marker = None if is_row else opening_marker(document.text, line.span)
        own = marker.word if marker and not (points and points[0].span.start == line.span.start) else None
        out.append(Text(line.span, number, heading, tuple(points), own))
    return out


def clauses(paragraphs: Sequence[Text]) -> Iterator[Clause]:
    """Paragraphs and the numbered points in them."""
    for paragraph in paragraphs:
        lead = paragraph.points[0].lead_in if paragraph.points else None
        yield Clause(ClauseLevel.PARAGRAPH, paragraph.locator, paragraph.span, lead)
        if paragraph.own_point:
            at = replace(paragraph.locator, point=paragraph.own_point)
            yield Clause(ClauseLevel.ITEM, at, paragraph.span)
        for point in paragraph.points:
            at = replace(paragraph.locator, point=point.word)
            yield Clause(ClauseLevel.ITEM, at, point.span, point.lead_in)


def drafts(text: str, paragraphs: Sequence[Text], title: str) -> list[Draft]:
    """Passages of neighbouring paragraphs under one heading; the address is the first paragraph's."""
    out = []
    for heading, group in groupby(paragraphs, key=lambda p: p.heading):
        context = f"{title} {heading or ''}".strip()
        units = [(paragraph.span, paragraph.locator) for paragraph in group]
        out += [Draft(span, locator, context) for span, locator in grouped(text, units)]
    return out
