"""Whether a citation is the right place: the same 款/项, or spans that overlap by half, in the right document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.model import Evidence
from evals.dataset import Target
from ingest.document import Locator, Span

OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """A target found in the library: which version, which span."""

    target: Target
    version_id: str
    span: Span


def same_words(text: str) -> str:
    """Text without white space: what a transcription is compared by."""
    return "".join(text.split())


def locate(target: Target, texts: Mapping[str, tuple[str, str]]) -> Place | None:
    """Find a target's transcription in its document; ``texts`` maps corpus path → (version id, canonical text).

    White space is ignored on both sides, so that a transcription made from the rendered source matches.
    """
    if target.document not in texts:
        return None
    version_id, text = texts[target.document]
    positions = [index for index, char in enumerate(text) if not char.isspace()]
    squeezed = "".join(text[index] for index in positions)
    wanted = same_words(target.quote)
    at = squeezed.find(wanted)
    if at < 0 or not wanted:
        return None
    return Place(target, version_id, Span(positions[at], positions[at + len(wanted) - 1] + 1))


def overlap(first: Span, second: Span) -> float:
    """Length of the common part over the length of the longer span."""
    common = min(first.end, second.end) - max(first.start, second.start)
    return max(0, common) / max(first.end - first.start, second.end - second.start, 1)


def same_address(locator: Locator, target: Target) -> bool:
    """Whether both name the same 条/款/项; both number a 款 only where its article has several.

    An annex has articles of its own, which no target names: there the words decide.
    """
    if target.article is None or locator.annex is not None:
        return False
    return (locator.article, locator.article_suffix, locator.paragraph, locator.item) == (
        target.article,
        target.article_suffix,
        target.paragraph,
        target.item,
    )


def supports(evidence: Evidence, place: Place) -> bool:
    """Whether this evidence is the place meant: the same 款/项, or spans that overlap by half."""
    if evidence.version_id != place.version_id:
        return False
    return same_address(evidence.locator, place.target) or overlap(evidence.span, place.span) >= OVERLAP


def same_quote(evidence: Evidence, place: Place) -> bool:
    """What both the quotation and the transcription cover is in the same words, white space aside."""
    start, end = max(evidence.span.start, place.span.start), min(evidence.span.end, place.span.end)
    both = evidence.quote[start - evidence.span.start : end - evidence.span.start]
    return same_words(both) in same_words(place.target.quote)


def holds(passage_version: str, passage: Span, place: Place) -> bool:
    """Whether a retrieved passage holds at least half of the place meant."""
    if passage_version != place.version_id:
        return False
    common = min(passage.end, place.span.end) - max(passage.start, place.span.start)
    return common / max(place.span.end - place.span.start, 1) >= OVERLAP
