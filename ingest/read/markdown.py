"""Markdown: headings, paragraphs, lists with their numbers, tables. Markup characters are not text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.clean import Draft
from ingest.document import Metadata, Source
from ingest.read.decode import Line, decode
from ingest.read.frontmatter import split_front_matter
from ingest.read.furniture import FurnitureLines
from ingest.read.html import add_fragment
from ingest.read.table import add_table
from ingest.read.wrapping import ends_sentence, joined_lines

# Writers indent Chinese paragraphs by four spaces and draw a line right under them; CommonMark would make
# code and headings of that.
_PARSER = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").disable(["code", "lheading"])
_HARD = "\u2028"
_BOLD_LEFT = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")  # **“重点”**内容: CommonMark does not see it beside CJK
_LONGEST_HEADING = 60


def read_markdown(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put the blocks of a Markdown text into the draft."""
    decoded = decode(data, name)
    for notice in decoded.notices:
        draft.note(notice.code, notice.message)
    metadata, first = split_front_matter([line.text for line in decoded.lines], draft)
    lines = decoded.lines[first:]
    reading = _Reading(draft, lines, metadata.title)
    reading.all(_PARSER.parse("\n".join(line.text for line in lines)))
    return reading.furniture.told(metadata)


class _Reading:
    """One pass over a file's tokens."""

    def __init__(self, draft: Draft, lines: Sequence[Line], title: str | None) -> None:
        self.draft = draft
        self.lines = lines
        self.title = re.sub(r"\s", "", title or "")
        self.furniture = FurnitureLines()
        self.marker: str | None = None  # of the list item whose first paragraph comes next
        self.heading = 0
        self.table: list[tuple[list[str], Source]] | None = None

    def all(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            match token.type:
                case "heading_open":
                    self.heading = int(token.tag[1:])
                case "heading_close":
                    self.heading = 0
                case "list_item_open":
                    self.marker = f"{token.info}{token.markup} " if token.info else ""
                case "list_item_close":
                    self.marker = None
                case "table_open":
                    self.table = []
                case "tr_open" if self.table is not None:
                    self.table.append(([], self.source(token)))
                case "table_close" if self.table is not None:
                    add_table(
                        self.draft, [row for row, _ in self.table], header=True, sources=[s for _, s in self.table]
                    )
                    self.table = None
                case "inline" if self.table is not None:
                    self.table[-1][0].append(inline_text(token).replace(_HARD, "\n"))
                case "inline":
                    self.inline(token)
                case "fence" | "code_block":
                    self.each_line(token, token.content)
                case "html_block":
                    self.html(token)

    def inline(self, token: Token) -> None:
        lines = re.split(rf"[\n{_HARD}]", inline_text(token))
        hard = _HARD in inline_text(token)
        groups = [[index] for index in range(len(lines))] if hard else joined_lines(lines)
        if self.heading:
            groups = [list(range(len(lines)))]
        first = token.map[0] if token.map else None
        exact = token.map is not None and token.map[1] - token.map[0] == len(lines)
        for group in groups:
            text = "\n".join(lines[index] for index in group)
            source = self.source(token)
            if exact and first is not None:
                source = self.at(first + group[0], first + group[-1] + 1)
            self.block(text, source)

    def block(self, text: str, source: Source) -> None:
        if not text.strip():
            return
        plain = re.sub(r"\s", "", text)
        if self.heading and len(plain) <= _LONGEST_HEADING and not ends_sentence(text):
            self.draft.heading(text, self.heading, source)
        elif plain == self.title:
            self.draft.heading(text, 1, source)
            self.title = ""
        elif self.marker is not None:
            self.draft.item(self.marker + text, source)
            self.marker = None
        elif self.furniture.is_furniture(text):
            self.draft.drop(text, "furniture")
        else:
            self.draft.paragraph(text, source)

    def each_line(self, token: Token, content: str) -> None:
        """Lines that stand as they are, each a paragraph."""
        first = token.map[0] + (1 if token.type == "fence" else 0) if token.map else None
        for index, line in enumerate(content.split("\n")):
            self.draft.paragraph(line, self.at(first + index, first + index + 1) if first is not None else Source())

    def html(self, token: Token) -> None:
        if token.content.lstrip().startswith("<!--") and "-->" not in token.content:
            self.each_line(token, token.content)  # an open comment is no reason to lose the rest of the file
        else:
            add_fragment(self.draft, token.content, self.source(token))

    def source(self, token: Token) -> Source:
        return self.at(*token.map) if token.map else Source()

    def at(self, first: int, after: int) -> Source:
        if not 0 <= first < after <= len(self.lines):
            return Source()
        return Source(byte_start=self.lines[first].start, byte_end=self.lines[after - 1].end)


def inline_text(token: Token) -> str:
    """The text of inline markup: soft breaks as line feeds, hard ones as U+2028."""
    out: list[str] = []
    for child in token.children or []:
        match child.type:
            case "softbreak":
                out.append("\n")
            case "hardbreak":
                out.append(_HARD)
            case "html_inline":
                out.append(_HARD if re.match(r"<br\b", child.content, re.IGNORECASE) else "")
            case _:
                out.append(child.content)
    return _BOLD_LEFT.sub(r"\1", "".join(out))
