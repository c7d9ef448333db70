"""Passages: how text is cut and grouped into the units that are indexed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.document import Locator, Passage, Span
from ingest.structure.lines import CLOSERS, SENTENCE_END, trimmed

SHORTEST, LONGEST = 60, 450
"""A passage holds about this many characters; an article is never joined to another to reach the first."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage before it has its id."""

    span: Span
    locator: Locator
    context: str


def numbered(version_id: str, drafts: Sequence[Draft]) -> tuple[Passage, ...]:
    """The passages with their ids ``<version id>:<ordinal>``, in text order."""
    return tuple(Passage(f"{version_id}:{n}", d.span, d.locator, d.context) for n, d in enumerate(drafts))


def grouped(
    text: str,
    units: Sequence[tuple[Span, Locator]],
    joined: Callable[[Locator, Locator], Locator] = lambda first, _: first,
) -> list[tuple[Span, Locator]]:
    """Neighbouring units joined up to the longest, long ones cut at sentence ends; a short last one is merged.

    Units with other text between them (a heading) are no neighbours.
    ``joined`` gives the address of two units together; by default the first one's.
    """
    out: list[tuple[Span, Locator]] = []
    open_ended = False
    for span, locator in units:
        near = bool(out) and not text[out[-1][0].end : span.start].strip()
        if open_ended and near and span.end - out[-1][0].start <= LONGEST:
            out[-1] = (Span(out[-1][0].start, span.end), joined(out[-1][1], locator))
            continue
        parts = pieces(text, span, LONGEST)
        out += [(part, locator) for part in parts]
        open_ended = len(parts) == 1
    if len(out) > 1:
        (before, first), (last, second) = out[-2:]
        near = not text[before.end : last.start].strip()
        if near and last.end - last.start < SHORTEST and last.end - before.start <= LONGEST * 1.2:
            out[-2:] = [(Span(before.start, last.end), joined(first, second))]
    return out


def pieces(text: str, span: Span, limit: int) -> list[Span]:
    """The span cut into parts of at most about ``limit`` characters, at sentence ends, else at ； and ，, else hard."""
    if span.end - span.start <= limit:
        return [span]
    cuts = _cut_points(text, span, "\n" + SENTENCE_END) or _cut_points(text, span, "；;")
    parts: list[Span] = []
    start = span.start
    previous = span.start
    for cut in [*cuts, span.end]:
        if cut - start > limit and previous > start:
            parts.append(Span(start, previous))
            start = previous
        previous = cut
    parts.append(Span(start, span.end))
    out: list[Span] = []
    for part in parts:
        out += [part] if part.end - part.start <= limit * 1.5 else _finer(text, part, limit)
    return [s for s in (trimmed(text, p) for p in out) if s.start < s.end]


def _finer(text: str, span: Span, limit: int) -> list[Span]:
    out, start = [], span.start
    while span.end - start > limit:
        window = text[start : start + limit]
        cut = max(window.rfind(mark) for mark in ("；", ";", "，", ",", "、", "\n"))
        cut = start + (cut + 1 if cut > limit // 3 else limit)
        out.append(Span(start, cut))
        start = cut
    out.append(Span(start, span.end))
    return out


def _cut_points(text: str, span: Span, marks: str) -> list[int]:
    found = re.compile(rf"[{re.escape(marks)}][{re.escape(SENTENCE_END + CLOSERS)}]*").finditer(
        text, span.start, span.end
    )
    return [match.end() for match in found if match.end() < span.end]
