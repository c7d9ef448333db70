"""Plain text: a line is a paragraph, unless the text is set in lines of a fixed width."""

from __future__ import annotations

from ingest.clean import Draft
from ingest.document import Metadata, Source
from ingest.read.decode import decode
from ingest.read.frontmatter import split_front_matter
from ingest.read.furniture import FurnitureLines
from ingest.read.wrapping import wrapped_paragraphs


def read_text(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put the paragraphs of a plain text into the draft."""
    decoded = decode(data, name)
    for notice in decoded.notices:
        draft.note(notice.code, notice.message)
    metadata, first = split_front_matter([line.text for line in decoded.lines], draft)
    lines = decoded.lines[first:]
    texts = [line.text for line in lines]
    furniture = FurnitureLines()
    for group in wrapped_paragraphs(texts):
        raw = "\n".join(texts[index] for index in group)
        if furniture.is_furniture(raw):
            draft.drop(raw, "furniture")
            continue
        source = Source(byte_start=lines[group[0]].start, byte_end=lines[group[-1]].end)
        draft.paragraph(raw, source)
    return furniture.told(metadata)
