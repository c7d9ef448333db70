"""The inside of an article: its text lines → 款, 项 and 目."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.document import BlockKind, Span
from ingest.structure.enumeration import WRITTEN, Marker, inline_positions, marker_at
from ingest.structure.lines import trimmed

_OPENING = "：:；;。，,"  # what may stand before the first run-in enumerator
_CONTINUING = "；;。，,、：:！？ 　"  # and before the ones that follow


_AHEAD = 100  # lines between an enumerator and its next: without an end, time would grow with their square


@dataclass(slots=True)
class Item:
    """A 项 or 目: its number as printed and its span; ``children`` are the 目 of a 项."""

    number: int
    start: int
    end: int
    style: str
    children: list[Item] = field(default_factory=list)

    @property
    def span(self) -> Span:
        """From the enumerator to the end of the text, its 目 included."""
        return Span(self.start, self.end)


@dataclass(slots=True)
class Paragraph:
    """A 款: its span, items included."""

    span: Span
    items: list[Item] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)  # enumerators that do not fit the sequence, as printed


def paragraphs_of(text: str, body: Sequence[tuple[Span, BlockKind]]) -> list[Paragraph]:
    """The 款 of an article. A line opens a 款 unless it begins with the next enumerator, or is a table row.

    The first style of enumerator used in a 款 is its 项, the next deeper one its 目 (附 the usual nesting
    一、 （一） 1. （1） ①); what is deeper still stays text of its 目.
    """
    out: list[Paragraph] = []
    for position, (span, kind) in enumerate(body):
        following = [s for s, k in body[position + 1 : position + 2] if k is not BlockKind.ROW]
        if kind is BlockKind.ROW and out:
            _extend(out[-1], span.end)
            continue
        marker = marker_at(text, span.start, span.end) if kind is not BlockKind.ROW else None
        if marker and out:
            _fold(out, marker)
        opens = marker is not None and marker.number == 1
        ahead = [s for s, k in body[position + 1 : position + _AHEAD] if k is not BlockKind.ROW] if opens else []
        if not (marker and out and _place(text, out[-1], marker, span, ahead)):
            out.append(Paragraph(span))
            if marker and marker.number == 1 and _continues(text, marker, span, following):
                _open(out[-1], marker, span.end)
        if kind is not BlockKind.ROW:
            _run_in(text, out[-1], span, marker, following)
    return out


def _fold(paragraphs: list[Paragraph], marker: Marker) -> None:
    """Join lines without an enumerator to the item before them when the numbers go on after them.

    （一）……；↵ ……；↵ （二）……: the line between is no 款, it goes on with （一）.
    """
    if paragraphs[-1].items:
        return
    for index in range(len(paragraphs) - 2, max(-1, len(paragraphs) - _AHEAD), -1):
        items = paragraphs[index].items
        if items:
            if items[-1].style == marker.style and marker.number == items[-1].number + 1:
                _extend(paragraphs[index], paragraphs[-1].span.end)
                del paragraphs[index + 1 :]
            return


def _place(text: str, paragraph: Paragraph, marker: Marker, span: Span, ahead: Sequence[Span]) -> bool:
    """Put a line's enumerator into the 款 before it, when it fits there."""
    items, end = paragraph.items, span.end
    if not items:
        opened = text[paragraph.span.start : paragraph.span.end].rstrip()[-1:] in "：:"
        if marker.number != 1 or not (opened or _continues(text, marker, span, ahead)):
            return False
        _open(paragraph, marker, end)
        return True
    last = items[-1]
    if marker.style == last.style:
        if marker.number <= last.number:
            return False
        if marker.number > last.number + 1:
            paragraph.odd.append(marker.word)
        _open(paragraph, marker, end)
        return True
    if marker.rank < last_rank(last):
        # A converter may lose the style of the first: “1.……；（二）……；”.
        if marker.number != last.number + 1:
            return False
        _open(paragraph, marker, end)
        return True
    children = last.children
    if (not children and marker.number == 1) or (
        children and children[-1].style == marker.style and marker.number == children[-1].number + 1
    ):
        children.append(Item(marker.number, marker.start, end, marker.style))
    elif not children:
        return False
    _extend(paragraph, end)
    return True


def last_rank(item: Item) -> int:
    """Depth of an item's enumerator style, outermost 0."""
    return WRITTEN.index(item.style)


def _open(paragraph: Paragraph, marker: Marker, end: int) -> None:
    paragraph.items.append(Item(marker.number, marker.start, end, marker.style))
    paragraph.span = Span(paragraph.span.start, end)


def _extend(paragraph: Paragraph, end: int) -> None:
    """Lengthen the 款 and what is open in it."""
    paragraph.span = Span(paragraph.span.start, end)
    if paragraph.items:
        paragraph.items[-1].end = end
        if paragraph.items[-1].children:
            paragraph.items[-1].children[-1].end = end


def _continues(text: str, marker: Marker, span: Span, following: Sequence[Span]) -> bool:
    """Whether an enumerator one is followed by its two, in the same line or at the start of the next."""
    for position in inline_positions(text, marker.content, span.end, _CONTINUING):
        after = marker_at(text, position, span.end, (marker.style,))
        if after and after.number == marker.number + 1:
            return True
    for line in following:
        after = marker_at(text, line.start, line.end)
        if after and ((after.style != marker.style and after.number == 1) or after.number == marker.number + 1):
            return True
    return False


def _run_in(text: str, paragraph: Paragraph, span: Span, first: Marker | None, following: Sequence[Span]) -> None:
    """Find enumerators inside a line and split what is open at them."""
    start = first.content if first else span.start
    for position in inline_positions(text, start, span.end, _CONTINUING):
        marker = marker_at(text, position, span.end, WRITTEN[1:])
        if marker is None:
            continue
        before = text[:position].rstrip()[-1]
        last = paragraph.items[-1] if paragraph.items else None
        child = last.children[-1] if last and last.children else None
        if last is None or (child is None and marker.style != last.style):
            opens = marker.number == 1 and before in _OPENING and _continues(text, marker, span, following)
            if not opens or (last is not None and marker.rank <= last_rank(last)):
                continue
            target = paragraph.items if last is None else last.children
        elif marker.style == last.style and marker.number == last.number + 1:
            target = paragraph.items
        elif child and marker.style == child.style and marker.number == child.number + 1:
            target = last.children
        else:
            continue
        end = trimmed(text, Span(span.start, position)).end
        if target:
            target[-1].end = end
            if target is paragraph.items and target[-1].children:
                target[-1].children[-1].end = end
        target.append(Item(marker.number, position, span.end, marker.style))
