"""Numbered points in running text: 一是…二是…, 一要…二要…, （一）…（二）…, 1. 2., 第一，第二，."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document import Span
from ingest.structure.enumeration import SPOKEN, WRITTEN, Marker, inline_positions, marker_at
from ingest.structure.lines import sentences, trimmed

STYLES = (*SPOKEN, *WRITTEN)
_BEFORE = "。；;，,：:！？、”’）) 　"


@dataclass(frozen=True, slots=True)
class Point:
    """A numbered point: its enumerator as printed, its span, and the sentence that leads in the series."""

    word: str
    span: Span
    lead_in: Span | None
    inner: bool = False  # inside another point


def points_in(text: str, span: Span) -> list[Point]:
    """The points of the first series of at least two that runs inside a paragraph, and series inside its points."""
    return _series(text, span, STYLES, inner=False)


def _series(text: str, span: Span, styles: Sequence[str], *, inner: bool) -> list[Point]:
    runs = [run for style in styles if len(run := _run(text, span, style)) > 1]
    if not runs:
        return []
    run = min(runs, key=lambda r: r[0].start)
    lead = _lead_in(text, Span(span.start, run[0].start))
    out: list[Point] = []
    stops = [*(marker.start for marker in run[1:]), span.end]
    for marker, stop in zip(run, stops, strict=True):
        own = trimmed(text, Span(marker.start, stop))
        out.append(Point(marker.word, own, lead, inner))
        if not inner:
            rest = [style for style in styles if style != marker.style]
            nested = _series(text, Span(marker.content, own.end), rest, inner=True)
            out += [Point(marker.word + point.word, point.span, point.lead_in, True) for point in nested]
    return out


def _run(text: str, span: Span, style: str) -> list[Marker]:
    """The enumerators one, two, three … of a style, each at the start or after a mark."""
    run: list[Marker] = []
    for position in [span.start, *inline_positions(text, span.start, span.end, _BEFORE)]:
        marker = marker_at(text, position, span.end, (style,))
        if marker is None or (style == "一、" and position != span.start):
            continue
        if marker.number == len(run) + 1:
            run.append(marker)
        elif marker.number == 1 and len(run) == 1:
            run = [marker]
    return run


def _lead_in(text: str, before: Span) -> Span | None:
    found = sentences(text, before)
    return found[-1] if found else None


def opening_marker(text: str, span: Span) -> Marker | None:
    """The enumerator a paragraph begins with."""
    return marker_at(text, span.start, span.end, STYLES)
