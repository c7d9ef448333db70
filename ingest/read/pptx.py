"""Presentations: slide by slide the title, the text frames as they stand on the slide, tables, then the notes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from lxml import etree

from ingest.clean import Draft
from ingest.document import Metadata, Source, chinese_number
from ingest.errors import ReadError
from ingest.read.ole import MACROS
from ingest.read.ooxml import Parts, attribute, below, child, local, open_parts
from ingest.read.table import add_table

_FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr"})
_TITLES = frozenset({"title", "ctrTitle"})
_SAME_LINE = 300_000  # English Metric Units (a third of an inch): frames whose tops differ by less stand side by side
_MOST_SHAPES = 20_000  # of one slide


def read_pptx(data: bytes, name: str, draft: Draft) -> Metadata:
    """Put all slides that are shown into the draft; the page of a block is the slide's number."""
    parts = open_parts(data, name)
    root = parts.xml("ppt/presentation.xml")
    if root is None:
        raise ReadError("file_damaged", name=name, reason="没有演示文稿的正文部分")
    listed = child(root, "sldIdLst")
    targets = _targets(parts, "ppt/presentation.xml")
    titled = False
    for number, entry in enumerate(listed if listed is not None else (), 1):
        part = targets.get(_relation(entry, "id") or "", "")
        slide = parts.xml(part)
        if slide is None:
            draft.note("slide_missing", f"第 {number} 张幻灯片在文件里找不到，没有收入。")
        elif attribute(slide, "show") in ("0", "false"):
            draft.note("hidden_slide", f"隐藏的第 {number} 张幻灯片没有收入。需要收入时请取消隐藏后重新入库。")
        else:
            titled = _slide(draft, slide, number, titled)
            _notes(draft, parts, part, number)
    if "ppt/vbaProject.bin" in parts.archive.namelist():
        draft.note(*MACROS)
    return Metadata()


def _slide(draft: Draft, slide: etree._Element, number: int, titled: bool) -> bool:
    """Add a slide; the first title is the document's. Whether there has been a title by now."""
    source = Source(page=number)
    shapes = list(_shapes(below(slide, "cSld", "spTree")))
    for shape in sorted(shapes, key=lambda each: _placeholder(each) not in _TITLES):
        kind = _placeholder(shape)
        table = next(shape.iter("{*}tbl"), None) if local(shape) == "graphicFrame" else None
        if table is not None:
            rows = list(_rows(table))
            add_table(draft, rows, sources=[source] * len(rows))
        elif local(shape) == "graphicFrame" and next(shape.iter("{*}relIds"), None) is not None:
            draft.note("diagram_unread", f"第 {number} 张幻灯片上的图示（SmartArt）没有读取，请核对。")
        elif kind in _TITLES:
            words = "\n".join(_paragraphs(child(shape, "txBody")))
            draft.heading(words, 2 if titled else 1, source)
            titled = titled or bool(words.strip())
        elif kind in _FURNITURE:
            draft.drop(" ".join(_paragraphs(child(shape, "txBody"))), "furniture")
        else:
            for paragraph in _paragraphs(child(shape, "txBody")):
                draft.paragraph(paragraph, source)
    return titled


def _notes(draft: Draft, parts: Parts, slide: str, number: int) -> None:
    """The speaker's notes of a slide."""
    for part in _targets(parts, slide, "/notesSlide").values():
        root = parts.xml(part)
        for shape in _shapes(below(root, "cSld", "spTree")):
            if _placeholder(shape) == "body":
                for paragraph in _paragraphs(child(shape, "txBody")):
                    draft.paragraph(paragraph, Source(page=number))


# ---------------------------------------------------------------- shapes


def _shapes(tree: etree._Element | None) -> Iterator[etree._Element]:
    """The shapes of a tree from top to bottom and left to right, those of a group together.

    Those without a place of their own, the title and the body as the layout places them, come first.
    """
    stack = _ordered(tree)[::-1]
    for _ in range(_MOST_SHAPES):
        if not stack:
            return
        shape = stack.pop()
        if local(shape) == "grpSp":
            stack += _ordered(shape)[::-1]
        elif local(shape) == "AlternateContent":
            chosen = child(shape, "Choice")
            stack += _ordered(chosen if chosen is not None else child(shape, "Fallback"))[::-1]
        else:
            yield shape


def _ordered(tree: etree._Element | None) -> list[etree._Element]:
    found = [
        each
        for each in (tree if tree is not None else ())
        if local(each) in ("sp", "grpSp", "graphicFrame", "AlternateContent")
    ]
    lines: list[list[tuple[int, int, etree._Element]]] = []
    placed = [(place[1], place[0], each) for each in found if (place := _place(each)) is not None]
    for top, left, each in sorted(placed, key=lambda one: one[:2]):
        if lines and top - lines[-1][0][0] < _SAME_LINE:
            lines[-1].append((top, left, each))
        else:
            lines.append([(top, left, each)])
    unplaced = [each for each in found if _place(each) is None]
    return unplaced + [each for line in lines for _, _, each in sorted(line, key=lambda one: one[1])]


def _place(shape: etree._Element) -> tuple[int, int] | None:
    """The left and top of a shape."""
    frame = child(shape, "xfrm")
    for holder in ("spPr", "grpSpPr"):
        frame = frame if frame is not None else below(shape, holder, "xfrm")
    corner = child(frame, "off")
    left, top = attribute(corner, "x"), attribute(corner, "y")
    if not (left and top and re.fullmatch(r"-?\d{1,15}", left) and re.fullmatch(r"-?\d{1,15}", top)):
        return None
    return int(left), int(top)


def _placeholder(shape: etree._Element) -> str | None:
    """What a shape is the place for: title, body, sldNum …"""
    place = below(shape, "nvSpPr", "nvPr", "ph")
    return None if place is None else attribute(place, "type") or "obj"


def _paragraphs(body: etree._Element | None) -> Iterator[str]:
    """The paragraphs of a text body, automatic numbers included."""
    counts: dict[tuple[int, str], int] = {}
    for paragraph in body if body is not None else ():
        if local(paragraph) != "p":
            continue
        words = "".join(_run(run) for run in paragraph)
        level = attribute(child(paragraph, "pPr"), "lvl") or "0"
        scheme = attribute(below(paragraph, "pPr", "buAutoNum"), "type")
        counts = {key: count for key, count in counts.items() if key[0] <= int(level[:1] or 0)}
        if scheme and words.strip():
            key = (int(level[:1]) if level[:1].isdigit() else 0, scheme)
            counts[key] = counts.get(key, 0) + 1
            words = _numbered(counts[key], scheme) + words
        yield words


def _run(run: etree._Element) -> str:
    if local(run) == "br":
        return "\n"
    if local(run) == "r" or (local(run) == "fld" and not (attribute(run, "type") or "").startswith("slidenum")):
        words = child(run, "t")
        return (words.text or "") if words is not None else ""
    return ""


def _numbered(number: int, scheme: str) -> str:
    if "Chs" in scheme or "ChtPeriod" in scheme or "JpnChs" in scheme:
        return f"{chinese_number(number)}、"
    return f"（{number}）" if scheme.endswith("ParenBoth") else f"{number}. "


def _rows(table: etree._Element) -> Iterator[Sequence[str]]:
    """A table's rows, merged cells filled."""
    above: dict[int, str] = {}
    for row in table:
        if local(row) != "tr":
            continue
        cells: list[str] = []
        for column, cell in enumerate(each for each in row if local(each) == "tc"):
            words = "\n".join(_paragraphs(child(cell, "txBody"))).strip()
            if attribute(cell, "hMerge") in ("1", "true"):
                words = cells[-1] if cells else ""
            elif attribute(cell, "vMerge") in ("1", "true"):
                words = above.get(column, "")
            above[column] = words
            cells.append(words)
        yield cells


# ---------------------------------------------------------------- parts


def _targets(parts: Parts, part: str, kind: str = "") -> Mapping[str, str]:
    """The parts that a part refers to, by relation id; what lies outside the file is never followed."""
    folder, _, own = part.rpartition("/")
    root = parts.xml(f"{folder}/_rels/{own}.rels")
    found: dict[str, str] = {}
    for each in root if root is not None else ():
        if attribute(each, "TargetMode") != "External" and (attribute(each, "Type") or "").endswith(kind):
            target = attribute(each, "Target") or ""
            place = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[attribute(each, "Id") or ""] = place
    return found


def _relation(element: etree._Element, name: str) -> str | None:
    """An attribute of the relationships' namespace: ``id`` alone is the slide's own number."""
    return next(
        (str(value) for key, value in element.attrib.items() if re.search(rf"relationships}}{name}$", str(key))), None
    )
