"""Word documents: paragraphs, displayed numbers, tables, text boxes and notes, tracked changes as accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ingest.clean import Draft
from ingest.document import Metadata
from ingest.errors import ReadError
from ingest.read.fields import enclosed
from ingest.read.numbering import Numbering, read_numbering
from ingest.read.ole import MACROS
from ingest.read.ooxml import Parts, attribute, below, child, local, open_parts
from ingest.read.styles import Paragraph, Style, Styles, add_paragraph, chain, heading_level, is_contents, is_title
from ingest.read.table import add_headed_table

# Around paragraphs and tables, or around runs: content controls, accepted insertions, markup of other tools.
_WRAPPERS = frozenset({"sdtContent", "ins", "moveTo", "customXml", "smartTag", "sdt"})
_UNSEEN_SIZE = 4  # half-points: two points are a hair's breadth
_SHADED = frozenset({"p", "tc", "tbl"})  # what may lie behind a run
_SKIPPED = frozenset(
    {"del", "moveFrom", "delText", "instrText", "delInstrText", "rPr", "pPr", "rt", "txbxContent", "sectPr", "sdtPr"}
)


@dataclass
class _Word:
    """One document on its way into the draft."""

    draft: Draft
    styles: Styles
    numbering: Numbering
    has_title: bool
    notes: list[tuple[str, str]] = field(default_factory=list)  # kind and id, in order of reference
    carried: str = ""  # text before a deleted paragraph mark, to run on into the next paragraph


def read_docx(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put a Word document into the draft."""
    parts = open_parts(data, name)
    main = _main_part(parts)
    root = parts.xml(main)
    body = child(root, "body")
    if body is None:
        raise ReadError("file_damaged", name=name, reason="没有正文部分")
    folder = main.rpartition("/")[0]
    styles = _styles(parts.xml(f"{folder}/styles.xml"))
    titled = any(
        is_title(styles, attribute(below(p, "pPr", "pStyle"), "val")) for p in body.iterchildren() if local(p) == "p"
    )
    word = _Word(draft, styles, read_numbering(parts.xml(f"{folder}/numbering.xml")), titled)
    for element in _blocks(body):
        if local(element) == "p":
            _paragraph(word, element)
        else:
            _table(word, element)
    if word.carried:
        draft.paragraph(word.carried)
    _notes(word, parts, folder)
    if any(each.endswith("/vbaProject.bin") for each in parts.archive.namelist()):
        draft.note(*MACROS)
    if any(local(each) == "altChunk" for each in body.iter()):
        draft.note("embedded_document", "正文里嵌有另一份文档，没有收入。请用 Word 打开后另存一次，再重新入库。")
    return _properties(parts)


def _main_part(parts: Parts) -> str:
    """The document part, as the package's relationships name it."""
    root = parts.xml("_rels/.rels")
    for each in root if root is not None else ():
        if (attribute(each, "Type") or "").endswith("/officeDocument"):
            return (attribute(each, "Target") or "").lstrip("/")
    return "word/document.xml"


def _blocks(parent: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs and tables in order, through whatever wraps them; deleted ones left out."""
    stack = list(reversed(parent))
    while stack:
        element = stack.pop()
        name = local(element)
        if name in ("p", "tbl"):
            yield element
        elif name in _WRAPPERS:
            stack += reversed(element)
        elif name == "AlternateContent":
            stack += reversed(list(_chosen(element)))


def _chosen(alternate: etree._Element) -> Iterator[etree._Element]:
    """The children of the preferred alternative: the first choice, else the fallback."""
    for name in ("Choice", "Fallback"):
        found = child(alternate, name)
        if found is not None:
            yield from found
            return


# ---------------------------------------------------------------- paragraphs


def _paragraph(word: _Word, paragraph: etree._Element) -> None:
    properties = child(paragraph, "pPr")
    style = attribute(child(properties, "pStyle"), "val")
    boxes: list[etree._Element] = []
    text = word.carried + _text(word, paragraph, boxes)
    word.carried = ""
    if below(properties, "rPr", "del") is not None:  # the paragraph mark is deleted: it runs on
        word.carried = text
    elif is_contents(word.styles, style):
        word.draft.drop(text.replace("\n", " "), "furniture")
    else:
        outline = attribute(child(properties, "outlineLvl"), "val")
        level = heading_level(
            word.styles, style, int(outline) if outline and outline.isdigit() else None, has_title=word.has_title
        )
        centred = attribute(child(properties, "jc"), "val") == "center"
        add_paragraph(word.draft, Paragraph(text, level, _number(word, properties, style), centred))
    for box in boxes:
        for element in _blocks(box):
            if local(element) == "p":
                _paragraph(word, element)
            else:
                _table(word, element)


def _text(word: _Word, paragraph: etree._Element, boxes: list[etree._Element]) -> str:
    """The characters a reader sees; line breaks as line feeds. Text boxes met on the way go to ``boxes``."""
    out: list[str] = []
    codes = ""  # of the field that is open
    context = etree.iterwalk(paragraph, events=("start",))
    for _, element in context:
        name = local(element)
        if name == "txbxContent":
            boxes.append(element)
        if name == "instrText":
            codes += element.text or ""
        elif name == "fldChar":
            out.append(enclosed(codes))
            codes = ""
        if name in _SKIPPED or (name == "Fallback" and child(element.getparent(), "Choice") is not None):
            context.skip_subtree()
        elif name == "r" and (_is_on(below(element, "rPr", "vanish")) or _is_unseen(element)):
            word.draft.drop("".join(t.text or "" for t in element if local(t) == "t"), "hidden")
            context.skip_subtree()
        elif name == "t":
            out.append(element.text or "")
        elif name == "tab" and local(element.getparent()) == "r":
            out.append("\t")
        elif name == "cr" or (name == "br" and attribute(element, "type") in (None, "textWrapping")):
            out.append("\n")
        elif name == "noBreakHyphen":
            out.append("-")
        elif name == "sym":
            out.append(_symbol(element))
        elif name in ("footnoteReference", "endnoteReference"):
            word.notes.append((name.removesuffix("Reference"), attribute(element, "id") or ""))
    return "".join(out)


def _symbol(element: etree._Element) -> str:
    code = attribute(element, "char") or ""
    return chr(int(code, 16)) if re.fullmatch(r"[0-9A-Fa-f]{4}", code) and not 0xD800 <= int(code, 16) < 0xE000 else ""


def _is_on(toggle: etree._Element | None) -> bool:
    return toggle is not None and attribute(toggle, "val") not in ("0", "false", "off")


def _is_unseen(run: etree._Element) -> bool:
    """Whether a run is white on white, or too small to be seen: put there for programs, not for readers."""
    properties = child(run, "rPr")
    size = attribute(child(properties, "sz"), "val")
    if size and size.isdigit() and int(size) <= _UNSEEN_SIZE:
        return True
    if (attribute(child(properties, "color"), "val") or "").upper() != "FFFFFF" or child(
        properties, "highlight"
    ) is not None:
        return False
    holders = [properties, *(child(each, f"{local(each)}Pr") for each in run.iterancestors() if local(each) in _SHADED)]
    fills = [attribute(child(holder, "shd"), "fill") or "auto" for holder in holders]
    return all(fill.upper() in ("AUTO", "FFFFFF") for fill in fills)


def _number(word: _Word, properties: etree._Element | None, style: str | None) -> str | None:
    """The displayed list number, "" for a bullet, None outside lists. An empty paragraph counts, a hidden one does not."""
    if _is_on(below(properties, "rPr", "vanish")):
        return None
    direct = child(properties, "numPr")
    number, level = attribute(child(direct, "numId"), "val"), attribute(child(direct, "ilvl"), "val")
    if number is None:
        for each in chain(word.styles, style):
            if each.number is not None:
                number = each.number
                level = level or (str(each.level) if each.level is not None else None)
                break
    if number is None or number == "0":
        return None
    index = int(level) if level and level.isdigit() else word.numbering.level_of_style(number, style)
    return word.numbering.label(number, index)


# ---------------------------------------------------------------- styles


def _styles(root: etree._Element | None) -> dict[str, Style]:
    found: dict[str, Style] = {}
    for each in root if root is not None else ():
        if local(each) != "style" or attribute(each, "type") not in (None, "paragraph"):
            continue
        outline = attribute(below(each, "pPr", "outlineLvl"), "val")
        level = attribute(below(each, "pPr", "numPr", "ilvl"), "val")
        found[attribute(each, "styleId") or ""] = Style(
            name=attribute(child(each, "name"), "val") or "",
            base=attribute(child(each, "basedOn"), "val"),
            outline=int(outline) if outline and outline.isdigit() else None,
            number=attribute(below(each, "pPr", "numPr", "numId"), "val"),
            level=int(level) if level and level.isdigit() else None,
        )
    return found


# ---------------------------------------------------------------- tables


def _table(word: _Word, table: etree._Element) -> None:
    rows: list[list[str]] = []
    headers = 0
    above: dict[int, str] = {}
    for row in _within(table, "tr"):
        properties = child(row, "trPr")
        if child(properties, "del") is not None:
            continue
        if _is_on(child(properties, "tblHeader")) and headers == len(rows):
            headers += 1
        rows.append(_row(word, row, above))
    width = max(map(len, rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    add_headed_table(word.draft, rows, headers)


def _row(word: _Word, row: etree._Element, above: dict[int, str]) -> list[str]:
    """A row's cells with spans filled; ``above`` holds what vertically merged cells go on with."""
    cells: list[str] = []
    before = attribute(below(row, "trPr", "gridBefore"), "val")
    cells += [""] * (min(int(before), 60) if before and before.isdigit() else 0)
    for cell in _within(row, "tc"):
        properties = child(cell, "tcPr")
        span = attribute(child(properties, "gridSpan"), "val")
        merge = child(properties, "vMerge")
        text = _cell(word, cell)
        if merge is not None and attribute(merge, "val") in (None, "continue"):
            text = above.get(len(cells), text)
        elif child(properties, "hMerge") is not None and attribute(child(properties, "hMerge"), "val") != "restart":
            text = cells[-1] if cells else text
        for column in range(len(cells), len(cells) + (max(1, min(int(span), 60)) if span and span.isdigit() else 1)):
            above[column] = text
            cells.append(text)
    return cells


def _within(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """The rows of a table or the cells of a row, through content controls."""
    stack = list(reversed(parent))
    while stack:
        element = stack.pop()
        if local(element) == name:
            yield element
        elif local(element) in _WRAPPERS:
            stack += reversed(element)


def _cell(word: _Word, cell: etree._Element) -> str:
    """A cell's text, a paragraph a line; a table inside it has its rows on lines."""
    lines: list[str] = []
    for element in _blocks(cell):
        if local(element) == "tbl":
            for row in _within(element, "tr"):
                lines.append("　".join(text for text in _row(word, row, {}) if text.strip()))
            continue
        boxes: list[etree._Element] = []
        text = _text(word, element, boxes).strip()
        properties = child(element, "pPr")
        label = _number(word, properties, attribute(child(properties, "pStyle"), "val")) or ""
        lines.append((label + text).strip())
        lines += [_text(word, each, []).strip() for box in boxes for each in _blocks(box) if local(each) == "p"]
    return "\n".join(line for line in lines if line)


# ---------------------------------------------------------------- notes and properties


def _notes(word: _Word, parts: Parts, folder: str) -> None:
    """Footnotes and endnotes that the text refers to, at the end, numbered in order of reference."""
    texts: dict[tuple[str, str], etree._Element] = {}
    for kind in ("footnote", "endnote"):
        root = parts.xml(f"{folder}/{kind}s.xml") if any(each == kind for each, _ in word.notes) else None
        for note in root if root is not None else ():
            texts[kind, attribute(note, "id") or ""] = note
    referred = list(dict.fromkeys(word.notes))
    for number, key in enumerate(referred, 1):
        if key in texts:
            paragraphs = [_text(word, each, []).strip() for each in _blocks(texts[key]) if local(each) == "p"]
            word.draft.paragraph(f"[{number}] " + "\n".join(text for text in paragraphs if text))


def _properties(parts: Parts) -> Metadata:
    """Title and author the file carries: often a template's, so only remarks for who infers the metadata."""
    try:
        root = parts.xml("docProps/core.xml")
    except ReadError:
        return Metadata()
    extra: dict[str, str] = {}
    for name, key in (("title", "core_title"), ("creator", "core_author")):
        element = child(root, name)
        if element is not None and (element.text or "").strip():
            extra[key] = (element.text or "").strip()
    return Metadata(extra=extra)
