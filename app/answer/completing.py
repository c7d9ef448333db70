"""From the best span to a whole answer: its neighbours, the item or the whole 款, a series, a fact told in several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.answer.asking import Ask, Want
from app.answer.facts import Fact
from app.answer.matching import coverage, met
from app.answer.material import RULES, TALKS, Chosen, Material, Scored
from app.answer.units import Unit, announces, leads_in
from ingest.document import Clause, ClauseLevel, Span
from ingest.segment import search_key
from ingest.structure.lines import sentences
from ingest.structure.numerals import parse_number

_ITEM_MARGIN = 0.08  # how much better than its whole 款 a 项 need not be, to be quoted alone
_SERIES_LIMIT = 450
_POINTS_LIMIT = 900  # characters: points together longer than this are quoted by their first sentences


def completed(best: Scored, ask: Ask, scored: Sequence[Scored], material: Material) -> list[Chosen]:
    """What is quoted for the best span of these, in text order."""
    unit = best.unit
    if ask.fact is not None and best.features["fact"] > 0:
        return _told(best, ask, ask.fact, scored, material)
    if unit.kind in RULES or unit.whole:
        return [_rule(best, ask, scored)]
    if unit.kind not in TALKS:
        return [best.chosen]
    text = material.snapshot.text(unit.version_id)
    if _asks_series(ask) and (listed := _listing(best, ask, text, material)):
        return listed
    words = unit.span.of(text)
    if announces(words) and (points := _points(best, ask, material)):
        return points
    if leads_in(words):
        return [_with_next(best, text)]
    beside = next((one for one in scored if _adjoins(best.unit, one.unit, text) and _completes(best, one, ask)), None)
    return [best.chosen if beside is None else _together(best, beside, material)]


_MENDED = 0.6
_ENUMERATED = re.compile(r"[,，、;；]|以及|和|与|及")


def _adjoins(unit: Unit, other: Unit, text: str) -> bool:
    """Whether two spans stand side by side in one paragraph."""
    if unit.version_id != other.version_id:
        return False
    first, second = sorted((unit.span, other.span))
    return first.end <= second.start and not text[first.end : second.start].strip(" 　")


def _completes(best: Scored, beside: Scored, ask: Ask) -> bool:
    """Whether a span has most of what one clause of the question is about, of which the best one has nothing."""
    own = f"{best.unit.key} {best.unit.context}"
    for clause in _ENUMERATED.split(ask.text):
        terms = [term for term in ask.subjects if term.text in clause]
        if not terms or any(met(term, own) for term in terms):
            continue
        there = sum(term.weight * met(term, beside.unit.key) for term in terms)
        if there >= _MENDED * sum(term.weight for term in terms):
            return True
    return False


def _together(best: Scored, beside: Scored, material: Material) -> Chosen:
    """Two spans side by side as one quotation."""
    first, second = sorted((best.unit.span, beside.unit.span))
    span = Span(first.start, second.end)
    clause = best.unit.clause
    if clause is None or not clause.span.contains(span):
        clause = _around(material.snapshot.clauses(best.unit.version_id), span)
    return replace(best.chosen, span=span, clause=clause)


_SERIES_ASKED = re.compile(r"(?P<size>[二两三四五六七八九十几])(?:个|大)?(?:点|条|项|件|方面|种|句|类|样)")


def _asks_series(ask: Ask) -> bool:
    """Whether a question is for a list: 哪些, 提出的五条建议, 接下来要做的四件事."""
    return Want.LIST in ask.wants or _SERIES_ASKED.search(ask.text) is not None


def _listing(best: Scored, ask: Ask, text: str, material: Material) -> list[Chosen]:
    """What a list question is answered with: the series, all that somebody says, the sentence of several parts."""
    found = _points(best, ask, material) or _remarks(best, ask, material)
    if found:
        return found
    sentence = _sentence_around(best.unit, text)
    if sentence == best.unit.span or sentence.end - sentence.start > _SERIES_LIMIT:
        return []
    return [replace(best.chosen, span=sentence)]


def _sentence_around(unit: Unit, text: str) -> Span:
    """The sentence a part between ； stands in; a unit of a sentence or more itself."""
    start = max(text.rfind(mark, 0, unit.span.start) for mark in "\n。！？")
    around = sentences(text, Span(start + 1, len(text) if (end := text.find("\n", unit.span.end - 1)) < 0 else end))
    return next((one for one in around if one.contains(unit.span)), unit.span)


def _with_next(best: Scored, text: str) -> Chosen:
    """What only announces something, with the sentence that follows it."""
    after = Span(best.unit.span.end, min(len(text), best.unit.span.end + _SERIES_LIMIT))
    following = next(iter(sentences(text, after)), None)
    return replace(best.chosen, span=Span(best.unit.span.start, following.end if following else best.unit.span.end))


def _told(best: Scored, ask: Ask, fact: Fact, scored: Sequence[Scored], material: Material) -> list[Chosen]:
    """The line that tells a fact; where several lines do, each; a list of annexes to its last line."""
    same = [one for one in scored if one.unit.version_id == best.unit.version_id and one.features["fact"] > 0]
    if fact.series:
        return _points(best, ask, material) or [best.chosen]
    if fact.every:
        asked = [one for one in same if any(verb in ask.text and verb in one.unit.key for verb in ("出席", "列席"))]
        return [one.chosen for one in (asked or same)[:_LINES]]
    if fact.opening:
        return [min(same, key=lambda one: one.unit.span).chosen]
    if not fact.listed:
        return [best.chosen]
    return [replace(best.chosen, span=_listed(best.unit.span, material.snapshot.text(best.unit.version_id)))]


_LINES = 4
_LISTED = re.compile(r"\s*\d{1,2}[ 　]*[.．、].*")


def _listed(span: Span, text: str) -> Span:
    """A span with the numbered lines right under it."""
    end = span.end
    while (found := _LISTED.match(text, end)) is not None and "\n" in text[end : found.start() + len(found[0])]:
        end = found.end()
    return Span(span.start, end)


def _remarks(best: Scored, ask: Ask, material: Material) -> list[Chosen]:
    """All that somebody says in a place, when the question is about nothing but who says it."""
    unit = best.unit
    if unit.speaker is None or ask.subjects:
        return []
    paragraphs = [
        clause
        for clause in material.snapshot.clauses(unit.version_id)
        if clause.speaker == unit.speaker and clause.level is ClauseLevel.PARAGRAPH
    ]
    length = sum(clause.span.end - clause.span.start for clause in paragraphs)
    if length > _POINTS_LIMIT:
        return []
    return [Chosen(unit, clause.span, clause, None, best.score) for clause in paragraphs]


def _rule(best: Scored, ask: Ask, scored: Sequence[Scored]) -> Chosen:
    """Of a 款 with items: the item the question is about, or all of it."""
    unit = best.unit
    family = [one for one in scored if _family(one.unit, unit)]
    whole = next((one for one in family if one.unit.whole), None)
    items = [one for one in family if not one.unit.whole and one.unit.lead_in is not None]
    if whole is None or not items:
        return best.chosen
    leader = items[0]
    rivals = [one for one in items[1:] if one.own >= leader.own - 0.05]
    distinct = coverage(ask, leader.unit.key) > 0.15 and not rivals
    if _AMOUNT.search(ask.text) and _AMOUNT.search(whole.unit.key):
        return whole.chosen  # which of several thresholds applies is for the reader to judge
    if CATCH_ALL.search(leader.unit.key):
        return whole.chosen
    if Want.LIST not in ask.wants and distinct and leader.own >= whole.own - _ITEM_MARGIN:
        return leader.chosen
    return whole.chosen


CATCH_ALL = re.compile(r"^(?:[(（][一二三四五六七八九十\d]+[)）])?[ 　]*其[他它]|的其[他它][^,，;；。]{0,8}[;；。]?$")
"""（六）集团党委认为需要的其他情形: says nothing without the items before it."""
_AMOUNT = re.compile(r"[0-9一二三四五六七八九十百千两]+(?:几|来|多|余)?(?:个)?(?:万|亿|千|百|%|百分|成)|百分之")


def _family(unit: Unit, other: Unit) -> bool:
    return unit.version_id == other.version_id and (unit.span.contains(other.span) or other.span.contains(unit.span)
        or (unit.lead_in is not None and unit.lead_in == other.lead_in))  # fmt: skip


def _points(best: Scored, ask: Ask, material: Material) -> list[Chosen]:
    """A series of numbered points when the question asks for the series, not for what one of them says."""
    unit = best.unit
    clauses = material.snapshot.clauses(unit.version_id)
    text = material.snapshot.text(unit.version_id)
    series = [c for c in clauses if c.level is ClauseLevel.ITEM and c.lead_in is not None and _belongs(c, unit)]
    if len(series) < 2 or not _means(ask, unit, series, text):
        return []
    if len(series) not in _sizes(ask):  # 哪两点要求: both
        series = _meant(series, ask, text, unit.context)
    if len(series) == 1:
        point = series[0]
        if point.span.contains(unit.span):
            return []  # the sentence found in it is the shorter answer
        return [Chosen(unit, point.span, point, point.lead_in, best.score)]
    length = sum(clause.span.end - clause.span.start for clause in series)
    joined = _joined(series, text)
    if joined is not None:
        return [Chosen(unit, joined, _around(clauses, joined), None, best.score)]
    out = []
    for clause in series:
        span = clause.span if length <= _POINTS_LIMIT else sentences(text, clause.span)[0]
        out.append(Chosen(unit, span, clause, clause.lead_in, best.score))
    return out


def _sizes(ask: Ask) -> set[int]:
    """How many things the question says there are."""
    told = (parse_number(found["size"]) for found in _SERIES_ASKED.finditer(ask.text))
    return {number for number in (ask.number, *told) if number}


def _means(ask: Ask, unit: Unit, series: Sequence[Clause], text: str) -> bool:
    """Whether a question is about a series: one inside a paragraph is; paragraphs are where they or their lead-in tell it.

    三个靶心 that one point names is not the series of three this point is of.
    """
    lead = series[0].lead_in
    if lead is None or series[0].locator.block == series[-1].locator.block:
        return True
    if ask.stated and not lead.meets(unit.span) and re.search(ask.stated, unit.key):
        return False
    told = search_key(lead.of(text))
    return len(series) in _sizes(ask) or any(met(term, told) for term in ask.subjects)


def _meant(series: Sequence[Clause], ask: Ask, text: str, context: str) -> list[Clause]:
    """Of a series, the points that have the words only some of them have; all where no word tells them apart.

    Words of the title or lead-in name the meeting, not the point.
    """
    points = [search_key(clause.span.of(text)) for clause in series]
    content = [term for term in ask.subjects if term.text not in context]
    telling = [term for term in content if 0 < sum(term.text in point for point in points) < len(points)]
    weights = [sum(term.weight for term in telling if term.text in point) for point in points]
    top = max(weights)
    return [clause for clause, weight in zip(series, weights, strict=True) if weight == top]


def _joined(series: Sequence[Clause], text: str) -> Span | None:
    """A series that stands in one piece of a paragraph, with its lead-in, as one span."""
    lead = series[0].lead_in
    if lead is None or any(clause.locator.block != series[0].locator.block for clause in series):
        return None
    start = lead.start if "\n" not in text[lead.start : series[0].span.start] else series[0].span.start
    span = Span(start, series[-1].span.end)
    return span if "\n" not in span.of(text) and span.end - span.start <= _SERIES_LIMIT else None


def _around(clauses: Sequence[Clause], span: Span) -> Clause | None:
    holding = [c for c in clauses if c.span.contains(span) and c.level is ClauseLevel.PARAGRAPH]
    return min(holding, key=lambda clause: clause.span.end - clause.span.start, default=None)


def _belongs(clause: Clause, unit: Unit) -> bool:
    """Whether a point is one of the series the unit stands in or leads in."""
    lead = clause.lead_in
    if lead is None:
        return False
    return lead == unit.lead_in or (lead.start < unit.span.end and unit.span.start < lead.end)
