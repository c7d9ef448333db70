"""Plain text: a line is a paragraph, unless the text is set in lines of a fixed width."""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import pairwise

from ingest.clean import Draft
from ingest.document import Metadata, Source
from ingest.read.decode import decode
from ingest.read.frontmatter import split_front_matter
from ingest.read.furniture import FurnitureLines, page_lines
from ingest.read.wrapping import wrapped_paragraphs


def read_text(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put the paragraphs of a plain text into the draft."""
    decoded = decode(data, name)
    for notice in decoded.notices:
        draft.note(notice.code, notice.message)
    metadata, first = split_front_matter([line.text for line in decoded.lines], draft)
    lines = decoded.lines[first:]
    texts = [line.text for line in lines]
    pages = page_lines(texts)
    kept = [index for index in range(len(texts)) if index not in pages]
    furniture = FurnitureLines()
    done = 0
    for group in wrapped_paragraphs([texts[index] for index in kept]):
        places = [kept[index] for index in group]
        _drop_pages(draft, texts, pages, range(done, places[0]))
        done = places[-1] + 1
        source = Source(byte_start=lines[places[0]].start, byte_end=lines[places[-1]].end)
        _paragraph(draft, furniture, texts, places, source)
    _drop_pages(draft, texts, pages, range(done, len(texts)))
    return furniture.told(metadata)


def _drop_pages(draft: Draft, texts: Sequence[str], pages: Set[int], places: range) -> None:
    for index in places:
        if index in pages:
            draft.drop(texts[index], "page")


def _paragraph(
    draft: Draft, furniture: FurnitureLines, texts: Sequence[str], places: Sequence[int], source: Source
) -> None:
    """Lines that belong together; between those that are no neighbours stands page furniture."""
    runs = [[places[0]]]
    for index in places[1:]:
        if any(text.strip() for text in texts[runs[-1][-1] + 1 : index]):
            runs.append([index])
        else:
            runs[-1].append(index)
    raws = ["\n".join(texts[index] for index in run) for run in runs]
    if len(raws) > 1:
        between = ["\n".join(["", *texts[a[-1] + 1 : b[0]], ""]) for a, b in pairwise(runs)]
        draft.interrupted(raws, between, source)
    elif furniture.is_furniture(raws[0]):
        draft.drop(raws[0], "furniture")
    else:
        draft.paragraph(raws[0], source)
