"""Web pages: the text an intranet page is for, without the page around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree
from lxml import html as lxml_html

from ingest.characters import trimmed
from ingest.clean import Draft
from ingest.document import Metadata, Source, chinese_number
from ingest.errors import ReadError
from ingest.read.decode import decode
from ingest.read.furniture import FurnitureLines
from ingest.read.page import Page, tag_of, text_of
from ingest.read.table import add_table
from ingest.read.wrapping import ends_sentence

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form"
        " h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody td th thead tr ul",
    )
)
_PARAGRAPHS = (_BLOCKS | {"br"}) - {"body", "header", "footer", "form", "nav"}
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_SITE = re.compile(r"\s*(?:[|｜_]|\s[-–—]+\s|--|——|\s-|-\s)\s*")
_WHITE = re.compile(r"[ \t\r\n\f]+")
_NOT_WIDE = re.compile(r"[\x00-\x7f\u00c0-\u024f]")
_LONGEST_HEADING = 100


def read_html(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put the main text of a page into the draft; what the page says around it becomes metadata or an edit."""
    declared = _META_CHARSET.search(data[:4096])
    decoded = decode(data, name, declared[1].decode("ascii") if declared else None)
    for notice in decoded.notices:
        draft.note(notice.code, notice.message)
    root = _parsed(decoded.text, draft)
    if root is None:
        raise ReadError("file_empty", name=name)
    page = Page(root)
    metadata, title = _told(root)
    furniture = FurnitureLines()
    flow = _Flow(draft, furniture, page, title)
    heading = page.title_outside(title)
    if heading is not None:
        draft.heading(text_of(heading), 1)
        flow.title = ""
    flow.walk(page.root, start=page.main)
    metadata = furniture.told(metadata)
    shown = text_of(heading) if heading is not None else flow.first_heading or title
    return metadata.infer(title=_WHITE.sub("", shown) if shown else None)


def add_fragment(draft: Draft, text: str, source: Source) -> None:
    """Put a piece of HTML that stands inside another format into the draft."""
    root = _parsed(f"<div>{text}</div>", draft)
    if root is not None:
        _Flow(draft, FurnitureLines(), Page(root, whole=True), "", source).walk(root, start=root)


def _parsed(text: str, draft: Draft) -> lxml_html.HtmlElement | None:
    """The tree of a page; no network, no entities, errors mended."""
    text = _XML_DECLARATION.sub("", text.replace("\x00", ""))
    parser = lxml_html.HTMLParser(no_network=True, recover=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = lxml_html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        draft.note("page_incomplete", "网页的标签嵌套过深，深处的内容没有读到，请核对。")
    return root


def _told(root: lxml_html.HtmlElement) -> tuple[Metadata, str]:
    """What <meta> and <title> say: metadata, and the page's title without the site's name."""
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = (meta.get("name") or meta.get("property") or "").lower()
        if key and meta.get("content"):
            metas.setdefault(key, meta.get("content", "").strip())
    found = next((metas[key] for key in ("articletitle", "og:title", "dc.title") if metas.get(key)), "")
    if not found:
        element = next(root.iter("title"), None)
        whole = _WHITE.sub(" ", element.text or "").strip() if element is not None else ""
        found = _SITE.split(whole)[0].strip() if whole else ""
    extra = {"发布时间": metas["pubdate"]} if metas.get("pubdate") else {}
    origin = metas.get("contentsource") or metas.get("og:url")
    metadata = Metadata(extra=extra)
    return (replace(metadata, origin=origin) if origin else metadata), found


@dataclass
class _Frame:
    """An open block element."""

    element: lxml_html.HtmlElement
    heading: int
    marker: str | None


class _Flow:
    """Text running through block elements."""

    def __init__(
        self, draft: Draft, furniture: FurnitureLines, page: Page, title: str, source: Source | None = None
    ) -> None:
        self.draft = draft
        self.furniture = furniture
        self.page = page
        self.title = _WHITE.sub("", title)
        self.source = source or Source()
        self.first_heading = ""
        self.buffer: list[str] = []
        self.ordinals: dict[lxml_html.HtmlElement, int] = {}
        self.frames: list[_Frame] = []
        self.inside = False  # the main element
        # A text with tags around its words only: its lines are the paragraphs.
        self.by_lines = not any(tag_of(element) in _PARAGRAPHS for element in page.root.iter())

    def walk(self, root: lxml_html.HtmlElement, *, start: lxml_html.HtmlElement) -> None:
        """All of the page in order: the main element's text is placed, what is outside is recorded as left out."""
        context = etree.iterwalk(root, events=("start", "end"))
        for event, element in context:
            tag = tag_of(element)
            if element is start:
                self.flush()
                self.inside = event == "start"
            if event == "start":
                rule = self.page.left_out(element)
                if rule is not None or tag == "head":
                    if tag in _BLOCKS:
                        self.flush()
                    if rule:
                        self.draft.drop(_flat(text_of(element)), rule)
                    context.skip_subtree()
                    continue
                self.open(element, tag, context)
            else:
                self.close(element, tag)
                if element is not root:
                    self.buffer.append(element.tail or "")
        self.flush()

    def open(self, element: lxml_html.HtmlElement, tag: str, context: etree.iterwalk) -> None:
        if tag == "br":
            if self.frames and self.frames[-1].heading:
                self.buffer.append("\n")
            else:
                self.flush()
            return
        if tag in _BLOCKS:
            self.flush()
            if tag == "table" and self.inside and self.page.is_data_table(element):
                for caption in element.iter("caption"):
                    self.draft.paragraph(_flat(text_of(caption)), self.source)
                add_table(self.draft, _grid(element), header=_has_header(element))
                context.skip_subtree()
                return
            above = self.frames[-1] if self.frames else None
            heading = int(tag[1]) if tag[0] == "h" and tag[1:].isdigit() else (above.heading if above else 0)
            marker = _marker(element, self.ordinals) if tag == "li" else None
            self.frames.append(_Frame(element, heading, marker))
        self.buffer.append(element.text or "")

    def close(self, element: lxml_html.HtmlElement, tag: str) -> None:
        if self.frames and self.frames[-1].element is element:
            self.flush()
            self.frames.pop()

    def flush(self) -> None:
        """End the paragraph in the buffer."""
        raw = "".join(self.buffer)
        self.buffer = []
        if not raw.strip():
            return
        pre = self.by_lines or any(tag_of(frame.element) == "pre" for frame in self.frames)
        for line in raw.split("\n") if pre else [_flat(raw)]:
            self.place(trimmed(line))

    def place(self, text: str) -> None:
        if not text:
            return
        plain = _WHITE.sub("", text)
        frame = self.frames[-1] if self.frames else None
        if not self.inside:
            self.furniture.is_furniture(text)  # it may tell a fact
            self.draft.drop(text, "furniture")
        elif frame and frame.heading and len(plain) <= _LONGEST_HEADING and not ends_sentence(text):
            self.first_heading = self.first_heading or (plain if frame.heading <= 2 else "")
            self.draft.heading(text, frame.heading, self.source)
        elif self.title and plain == self.title:
            self.draft.heading(text, 1, self.source)
            self.first_heading, self.title = self.first_heading or plain, ""
        elif self.furniture.is_furniture(text):
            self.draft.drop(text, "furniture")
        elif (item := next((f for f in reversed(self.frames) if f.marker is not None), None)) is not None:
            self.draft.item(item.marker + text if item.marker else text, self.source)
            item.marker = None
        else:
            self.draft.paragraph(text, self.source)


def _flat(raw: str) -> str:
    """White space as a browser shows it, and none where the source broke a line between wide characters."""

    def shown(match: re.Match[str]) -> str:
        before, after = raw[match.start() - 1 : match.start()], raw[match.end() : match.end() + 1]
        if "\n" in match[0] and before and after and not (_NOT_WIDE.match(before) and _NOT_WIDE.match(after)):
            return ""
        return " "

    return _WHITE.sub(shown, raw).strip(" ")


def _whole(text: str | None) -> int | None:
    """An attribute that is a whole number."""
    return int(text) if text and re.fullmatch(r"\s*\d{1,6}\s*", text) else None


def _marker(item: lxml_html.HtmlElement, ordinals: dict[lxml_html.HtmlElement, int]) -> str:
    """The number a browser shows before an <ol>'s item; "" for bullets. ``ordinals`` counts each list."""
    parent = item.getparent()
    if parent is None or tag_of(parent) != "ol":
        return ""
    style = (parent.get("style") or "").replace(" ", "").lower()
    if "list-style:none" in style or "list-style-type:none" in style:
        return ""
    number = ordinals.get(parent, _whole(parent.get("start")) or 1)
    number = _whole(item.get("value")) or number
    ordinals[parent] = number + 1
    if "cjk" in style or "chinese" in style:
        return f"{chinese_number(number)}、" if 0 < number < 10_000 else f"{number}、"
    kind = parent.get("type", "1")
    if kind in ("a", "A") and 1 <= number <= 26:
        return f"{chr(ord(kind) + number - 1)}. "
    return f"{number}. "


def _grid(table: lxml_html.HtmlElement) -> list[list[str]]:
    """A table's cells with spans filled: every row as long as the widest."""
    rows: list[list[str]] = []
    hanging: dict[tuple[int, int], str] = {}
    for r, row in enumerate(table.iter("tr")):
        cells: list[str] = []
        for cell in _cells(row):
            while (r, len(cells)) in hanging:
                cells.append(hanging.pop((r, len(cells))))
            text = cell_text(cell)
            down, across = _span(cell, "rowspan", 500), _span(cell, "colspan", 60)
            for c in range(len(cells), len(cells) + across):
                for below in range(r + 1, r + down):
                    hanging[below, c] = text
            cells += [text] * across
        while (r, len(cells)) in hanging:
            cells.append(hanging.pop((r, len(cells))))
        rows.append(cells)
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _has_header(table: lxml_html.HtmlElement) -> bool | None:
    """True when the markup says that the first row names the columns; None when it does not say."""
    first = next(table.iter("tr"), None)
    if first is None:
        return None
    cells = list(_cells(first))
    in_head = tag_of(first.getparent()) == "thead" if first.getparent() is not None else False
    return True if len(cells) > 1 and (in_head or all(tag_of(cell) == "th" for cell in cells)) else None


def _cells(row: lxml_html.HtmlElement) -> Iterator[lxml_html.HtmlElement]:
    return (child for child in row if tag_of(child) in ("td", "th"))


def _span(cell: lxml_html.HtmlElement, name: str, most: int) -> int:
    value = (cell.get(name) or "1").strip()
    return max(1, min(most, int(value))) if value.isdigit() and len(value) < 6 else 1


def cell_text(cell: lxml_html.HtmlElement) -> str:
    """A cell's text, its paragraphs and breaks on lines of their own."""
    out: list[str] = []
    for event, element in etree.iterwalk(cell, events=("start", "end")):
        tag = tag_of(element)
        if tag == "br" or (tag in _BLOCKS and element is not cell):
            out.append("\u2028")
        if event == "start":
            out.append(element.text or "")
        elif element is not cell:
            out.append(element.tail or "")
    lines = (_flat(line) for line in "".join(out).split("\u2028"))
    return "\n".join(line for line in lines if line)
