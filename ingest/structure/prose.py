"""Other texts, and regulations without articles: paragraphs grouped under their headings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from ingest.document import Document
from ingest.structure.headings import contents_lines
from ingest.structure.lines import is_heading, lines_of
from ingest.structure.meeting import Floor, Talk, heard, talk_of
from ingest.structure.passages import Draft, grouped
from ingest.structure.points import opening_marker
from ingest.structure.speakers import people_in


def texts(
    document: Document,
    title_lines: frozenset[int],
    blocks: frozenset[int] | None = None,
    *,
    headed: bool = True,
    spoken: bool = False,
) -> list[Talk]:
    """The paragraphs of a document in text order; of the given blocks only, when given.

    ``headed=False``: a numbered line is a paragraph even where it looks like a heading (一、删去第十条).
    ``spoken``: what somebody says in them is told as his, as in a meeting.
    """
    lines = lines_of(document)
    skipped = contents_lines(lines) | title_lines
    floor = Floor(heard(document.text, lines, frozenset(people_in(lines))) if spoken else None)
    out: list[Talk] = []
    heading: str | None = None
    number, block = 0, -1
    for index, line in enumerate(lines):
        if index in skipped or (blocks is not None and line.block not in blocks):
            continue
        if is_heading(line) and (headed or opening_marker(document.text, line.span) is None):
            heading = line.bare
            floor.turn_to(line, None)
            continue
        number += line.block != block
        block = line.block
        out.append(talk_of(document.text, line, number, heading, floor))
    return out


def drafts(text: str, paragraphs: Sequence[Talk], title: str) -> list[Draft]:
    """Passages of neighbouring paragraphs under one heading; the address is the first paragraph's."""
    out = []
    for heading, group in groupby(paragraphs, key=lambda p: p.heading):
        context = f"{title} {heading or ''}".strip()
        units = [(paragraph.span, paragraph.locator) for paragraph in group]
        out += [Draft(span, locator, context) for span, locator in grouped(text, units)]
    return out
