"""Paragraphs of word processors' files: what their styles mean, and how they go into the draft."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ingest.clean import Draft
from ingest.read.furniture import FurnitureLines
from ingest.read.wrapping import ends_sentence

_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_TITLE_NAME = re.compile(r"title|标题|文件标题|公文标题", re.IGNORECASE)
_CONTENTS_NAME = re.compile(r"(?:toc|目录)\s*[1-9]", re.IGNORECASE)
_LONGEST_HEADING = 80
_BODY = 9  # the outline level of what is no heading


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style: its name, the style it is based on, its outline level (from 0) and its list."""

    name: str
    base: str | None = None
    outline: int | None = None
    number: str | None = None
    level: int | None = None


Styles = Mapping[str, Style]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph's text, its line breaks as line feeds, and how it is set."""

    text: str
    level: int | None = None  # of a heading
    label: str | None = None  # its list number as displayed, "" for a bullet, None outside lists
    centred: bool = False


def chain(styles: Styles, style: str | None) -> Iterator[Style]:
    """A style and what it is based on, nearest first; a circle ends."""
    seen: set[str] = set()
    while style is not None and style in styles and style not in seen:
        seen.add(style)
        yield styles[style]
        style = styles[style].base


def is_contents(styles: Styles, style: str | None) -> bool:
    """Whether paragraphs of the style are lines of a table of contents."""
    found = styles.get(style or "")
    return found is not None and _CONTENTS_NAME.fullmatch(found.name) is not None


def is_title(styles: Styles, style: str | None) -> bool:
    """Whether paragraphs of the style are the document's title."""
    return any(_TITLE_NAME.fullmatch(each.name) for each in chain(styles, style))


def heading_level(styles: Styles, style: str | None, outline: int | None, *, has_title: bool) -> int | None:
    """1 for the title; headings come below it when the document has one. ``outline`` is the paragraph's own."""
    if is_title(styles, style):
        return 1
    if outline is not None:
        return outline + 1 + has_title if outline < _BODY else None
    for each in chain(styles, style):
        match = _HEADING_NAME.fullmatch(each.name)
        if match:
            return int(match[1]) + has_title
        if each.outline is not None:
            return each.outline + 1 + has_title if each.outline < _BODY else None
    return None


def add_paragraph(draft: Draft, paragraph: Paragraph) -> None:
    """Put a paragraph into the draft: a heading, a list item, or a paragraph a line."""
    text, label = paragraph.text, paragraph.label
    if not text.strip():
        return
    if paragraph.level is not None and len(text) <= _LONGEST_HEADING and not ends_sentence(text):
        draft.heading((label or "") + text, paragraph.level)
        return
    for line in [text] if paragraph.centred else text.split("\n"):
        if label is not None:
            draft.item(label + line)
            label = None
        elif FurnitureLines().is_furniture(line):  # pasted from a web page together with its text
            draft.drop(line, "furniture")
        else:
            draft.paragraph(line)
