"""The shortest complete spans that answer a question: a sentence, a 款, a 项 with its lead-in, all the items of a list."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.answer.against import Difference, difference
from app.answer.asking import Ask, Want
from app.answer.facts import Fact, holds_post, labelled
from app.answer.matching import CONTEXT, coverage, met, uncovered
from app.answer.meaning import behind
from app.answer.scoring import features, weighed
from app.answer.units import Unit, Units, announces, leads_in
from app.model import Query, Ranked
from ingest.catalogue import Snapshot
from ingest.document import Clause, ClauseLevel, DocumentKind, Span
from ingest.embed import Embedder
from ingest.roster import Header
from ingest.segment import search_key
from ingest.structure.lines import sentences
from ingest.structure.numerals import parse_number

PASSAGES = 14
"""Retrieved passages looked into: on the development questions the answer is among the first eight 99 times in 100."""

_OPENING, _MEANT = 300, 0.15
"""Characters a text is known by, and how much less of the question's words may be in them than in another text's."""
_ITEM_MARGIN = 0.08  # how much better than its whole 款 a 项 need not be, to be quoted alone
_TIED = 0.35  # two 款 of one article this close are both quoted; at .7 precision is .025 less on dev, and recall .014 more on c
_SERIES_LIMIT = 450
_POINTS_LIMIT = 900  # characters: points together longer than this are quoted by their first sentences

SAYING = re.compile(
    r"指出|强调|要求|提出|发表|提了|讲|说|谈|表示|认为|表态|汇报|通报|宣布|承诺|回答|解释|建议|怎么看|点了|打算"
)
_PERIOD = re.compile(r"近[一二三四五六七八九十\d]+年|(?:期限|时限|时间|周期|年限)(?:一般)?(?:为|是|不超过|不少于|不得)")
_RULES = (DocumentKind.REGULATION,)
_TALKS = (DocumentKind.MEETING, DocumentKind.SPEECH, DocumentKind.OTHER)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A span to quote, with the unit it comes from."""

    unit: Unit
    span: Span
    clause: Clause | None
    lead_in: Span | None
    score: float


@dataclass(frozen=True, slots=True)
class Selection:
    """What answers one question of a text: spans in reading order; none where nothing was retrieved."""

    ask: Ask
    chosen: tuple[Chosen, ...] = ()
    share: float = 0.0  # the best span's share of a softmax over all the spans it was chosen from
    dense: float = 0.0  # the cosine of the best chosen passage
    against: tuple[Chosen, ...] = ()  # what another text says otherwise, to be shown beside it
    differs: Difference | None = None  # and in what
    told: bool = False  # it is the place where a document says of itself what is asked


@dataclass(frozen=True, slots=True)
class Material:
    """What one question is answered from."""

    query: Query
    ranked: Sequence[Ranked]
    snapshot: Snapshot
    units: Units
    people: Sequence[str] = ()
    only: Sequence[Span] = field(default=())  # limit to these spans (a place that was named)
    before: frozenset[str] = frozenset()  # versions the parts of the question before this one are answered from
    articles: frozenset[tuple[str, int]] = frozenset()  # and their articles
    paragraphs: frozenset[tuple[str, int]] = frozenset()  # and their paragraphs, of talks
    about_findings: bool = True  # the question names a unit or findings: a row of the ledger may answer it
    strangers: Sequence[str] = ()  # organisations only the question knows
    embedder: Embedder | None = None  # what meanings are compared by

    def allows(self, span: Span) -> bool:
        """Whether the span lies in what the question is limited to."""
        return not self.only or any(one.contains(span) or span.contains(one) for one in self.only)

    def header(self, version_id: str) -> Header | None:
        """The facts of a version."""
        return self.snapshot.header(version_id)


@dataclass(frozen=True, slots=True)
class Scored:
    """A span that might answer, its features by name, and what they come to."""

    unit: Unit
    features: Mapping[str, float]
    score: float
    own: float  # the question's words it has itself


def select(ask: Ask, material: Material, kinds: Iterable[DocumentKind] = ()) -> Selection:
    """The spans that answer ``ask`` best, from documents of ``kinds`` (none: any)."""
    scored = ranked_spans(ask, material, tuple(kinds))
    if not scored:
        return Selection(ask)
    best = scored[0]
    first = _completed(best, ask, scored, material)
    told = _is_told(best, ask)
    twin = None if told else _twin(first[0], scored)
    chosen = [*first, _one(twin)] if twin is not None else first
    passages = {one.unit.passage_id for one in chosen}
    otherwise = _otherwise(best, scored, ask, material)
    near = [ranked.scores for ranked in material.ranked if ranked.passage.id in passages]
    return Selection(
        ask,
        tuple(_in_reading_order(chosen)),
        1.0 / sum(math.exp(one.score - best.score) for one in scored),
        max((scores.get("dense", 0.0) for scores in near), default=0.0),
        (_one(otherwise[0]),) if otherwise else (),
        otherwise[1] if otherwise else None,
        told=told,
    )


def _is_told(best: Scored, ask: Ask) -> bool:
    """Whether the best span is known to answer by what it is: the line that tells a fact, the words of whoever was asked for."""
    if ask.fact is not None:
        return best.features["fact"] > 0
    who = best.features["post"] > 0 or best.features["speaker"] > 0
    return who and all(term.name for term in uncovered(ask, [best.unit.context]))


def ranked_spans(ask: Ask, material: Material, kinds: Sequence[DocumentKind] = ()) -> list[Scored]:
    """The spans of the retrieved passages, best first."""
    found = list(_candidates(ask, material, kinds))
    near = [0.0] * len(found)
    if material.embedder is not None:
        spans = [unit for unit, _ in found]
        near = behind(ask.text, spans, material.ranked, material.snapshot, material.units, material.embedder)
    scored = []
    for (unit, its), meaning in zip(found, near, strict=True):
        its["meaning"] = meaning
        scored.append(Scored(unit, its, weighed(its), coverage(ask, unit.key, unit.context, CONTEXT)))
    return sorted(scored, key=lambda one: (-one.score, one.unit.version_id, one.unit.span))


def _candidates(ask: Ask, material: Material, kinds: Sequence[DocumentKind]) -> Iterator[tuple[Unit, dict[str, float]]]:
    top = max((ranked.score for ranked in material.ranked), default=1.0) or 1.0
    seen: set[tuple[str, Span]] = set()
    meant = _meant_texts(ask, material) if ask.fact is not None else frozenset()
    for ranked in (*_fixed_places(ask, material, meant), *material.ranked[:PASSAGES]):
        header = material.header(ranked.passage.version_id)
        if header is None or (kinds and header.kind not in kinds):
            continue
        title = search_key(header.title)
        for unit in material.units.of(ranked.passage, header, material.snapshot):
            place = (unit.version_id, unit.span)
            if place in seen or not material.allows(unit.span):
                continue
            seen.add(place)
            found = features(ask, unit, title, ranked.score / top, material.people)
            yield unit, found | _circumstances(ask, unit, material) | {"fact": _fact(ask, unit, meant)}


def _meant_texts(ask: Ask, material: Material) -> frozenset[str]:
    """Of the texts found, those the question may mean: whose title and opening have as many of its words as any."""
    named = replace(ask, terms=tuple(term for term in ask.terms if ask.fact is None or not ask.fact.names(term.text)))
    likeness = {}
    for version_id in dict.fromkeys(ranked.passage.version_id for ranked in material.ranked):
        header = material.header(version_id)
        opening = material.snapshot.text(version_id)[:_OPENING]
        likeness[version_id] = coverage(named, search_key(f"{header.title if header else ''}\n{opening}"))
    top = max(likeness.values(), default=0.0)
    return frozenset(version_id for version_id, value in likeness.items() if value >= top - _MEANT)


def _fixed_places(ask: Ask, material: Material, meant: frozenset[str]) -> Iterator[Ranked]:
    """The passages in which these texts tell the fact asked for, however few of its words they have."""
    if ask.fact is None:
        return
    best = {ranked.passage.version_id: ranked for ranked in reversed(material.ranked)}
    for version_id, ranked in best.items():
        header = material.header(version_id)
        if header is None or header.kind is DocumentKind.LEDGER or version_id not in meant:
            continue
        for passage in material.snapshot.passages_of(version_id):
            units = material.units.of(passage, header, material.snapshot)
            if passage.locator.article is None and any(ask.fact.told.search(unit.key) for unit in units):
                yield replace(ranked, passage=passage)


def _circumstances(ask: Ask, unit: Unit, material: Material) -> dict[str, float]:
    """What speaks for a span besides its words: who says it, in what kind of text, after which other answer."""
    speakers = material.query.constraints.get("speakers", ())
    said = bool(speakers) and unit.speaker is not None and search_key(unit.speaker) in speakers
    article, block = unit.locator.article, unit.locator.block
    again = article is not None and (unit.version_id, article) in material.articles
    again = again or (block is not None and (unit.version_id, block) in material.paragraphs)
    return {
        "rule": float(not material.query.spoken and unit.kind in _RULES),
        "stray_row": float(unit.kind is DocumentKind.LEDGER and not material.about_findings),
        "speaker": float(said and SAYING.search(ask.text) is not None),
        "post": _post(ask, unit, material),
        "stated": float(bool(ask.stated) and re.search(ask.stated, unit.key) is not None),
        "period": float(Want.DURATION in ask.wants and _PERIOD.search(unit.key) is not None),
        "same_text": float(unit.version_id in material.before),
        "same_article": float(again),
    }


def _post(ask: Ask, unit: Unit, material: Material) -> float:
    """1 when the holder of the post the question names says it, -1 when somebody else or nobody does."""
    if not ask.post or unit.kind not in _TALKS:
        return 0.0
    if unit.speaker is None:
        return -1.0
    text = material.units.text_key(unit.version_id, material.snapshot)
    return 1.0 if holds_post(search_key(unit.speaker), ask.post, text) else -1.0


def _fact(ask: Ask, unit: Unit, meant: frozenset[str]) -> float:
    """1 when a line tells what is asked of its document, -1 when it does not; an article of a rule tells nothing of it."""
    if unit.locator.article is not None or unit.locator.row is not None:
        return 0.0
    if ask.fact is None:
        return float(labelled(ask.text, unit.key))
    return 1.0 if unit.version_id in meant and ask.fact.told.search(unit.key) else -1.0


# ---------------------------------------------------------------- completing the best span


def _completed(best: Scored, ask: Ask, scored: Sequence[Scored], material: Material) -> list[Chosen]:
    unit = best.unit
    if ask.fact is not None and best.features["fact"] > 0:
        return _told(best, ask, ask.fact, scored, material)
    if unit.kind in _RULES or unit.whole:
        return [_rule(best, ask, scored)]
    if unit.kind not in _TALKS:
        return [_one(best)]
    text = material.snapshot.text(unit.version_id)
    if _asks_series(ask) and (listed := _listing(best, ask, text, material)):
        return listed
    words = unit.span.of(text)
    if announces(words) and (points := _points(best, ask, material)):
        return points
    if leads_in(words):
        return [_with_next(best, text)]
    beside = next((one for one in scored if _adjoins(best.unit, one.unit, text) and _completes(best, one, ask)), None)
    return [_one(best) if beside is None else _together(best, beside, material)]


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
    return replace(_one(best), span=span, clause=clause)


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
    return [replace(_one(best), span=sentence)]


def _sentence_around(unit: Unit, text: str) -> Span:
    """The sentence a part between ； stands in; a unit of a sentence or more itself."""
    start = max(text.rfind(mark, 0, unit.span.start) for mark in "\n。！？")
    around = sentences(text, Span(start + 1, len(text) if (end := text.find("\n", unit.span.end - 1)) < 0 else end))
    return next((one for one in around if one.contains(unit.span)), unit.span)


def _with_next(best: Scored, text: str) -> Chosen:
    """What only announces something, with the sentence that follows it."""
    after = Span(best.unit.span.end, min(len(text), best.unit.span.end + _SERIES_LIMIT))
    following = next(iter(sentences(text, after)), None)
    return replace(_one(best), span=Span(best.unit.span.start, following.end if following else best.unit.span.end))


def _told(best: Scored, ask: Ask, fact: Fact, scored: Sequence[Scored], material: Material) -> list[Chosen]:
    """The line that tells a fact; where several lines do, each; a list of annexes to its last line."""
    same = [one for one in scored if one.unit.version_id == best.unit.version_id and one.features["fact"] > 0]
    if fact.series:
        return _points(best, ask, material) or [_one(best)]
    if fact.every:
        asked = [one for one in same if any(verb in ask.text and verb in one.unit.key for verb in ("出席", "列席"))]
        return [_one(one) for one in (asked or same)[:_LINES]]
    if fact.opening:
        return [_one(min(same, key=lambda one: one.unit.span))]
    if not fact.listed:
        return [_one(best)]
    return [replace(_one(best), span=_listed(best.unit.span, material.snapshot.text(best.unit.version_id)))]


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


def _one(scored: Scored) -> Chosen:
    unit = scored.unit
    return Chosen(unit, unit.span, unit.clause, unit.lead_in, scored.score)


def _rule(best: Scored, ask: Ask, scored: Sequence[Scored]) -> Chosen:
    """Of a 款 with items: the item the question is about, or all of it."""
    unit = best.unit
    family = [one for one in scored if _family(one.unit, unit)]
    whole = next((one for one in family if one.unit.whole), None)
    items = [one for one in family if not one.unit.whole and one.unit.lead_in is not None]
    if whole is None or not items:
        return _one(best)
    leader = items[0]
    rivals = [one for one in items[1:] if one.own >= leader.own - 0.05]
    distinct = coverage(ask, leader.unit.key) > 0.15 and not rivals
    if _AMOUNT.search(ask.text) and _AMOUNT.search(whole.unit.key):
        return _one(whole)  # which of several thresholds applies is for the reader to judge
    if Want.LIST not in ask.wants and distinct and leader.own >= whole.own - _ITEM_MARGIN:
        return _one(leader)
    return _one(whole)


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


# ---------------------------------------------------------------- further spans


def _twin(best: Chosen, scored: Sequence[Scored]) -> Scored | None:
    """The next best 款 of the same article, when it is as likely: a reader can tell which of two 款 was meant."""
    if best.unit.kind not in _RULES:
        return None
    rivals = (one for one in scored if not _overlap(one.unit.span, best.span) and one.unit.lead_in is None)
    rival = next(rivals, None)
    if rival is None or best.score - rival.score > _TIED:
        return None
    home, other = best.unit.locator, rival.unit.locator
    same = best.unit.version_id == rival.unit.version_id and home.article == other.article
    return rival if same and (home.article_suffix or 0) == (other.article_suffix or 0) else None


_RIVALS = 12


def _otherwise(
    best: Scored, scored: Sequence[Scored], ask: Ask, material: Material
) -> tuple[Scored, Difference] | None:
    """The first span of another source that answers the question differently, and in what; no other edition's."""
    for one in scored[1:_RIVALS] if best.unit.kind is not DocumentKind.LEDGER else ():
        if one.unit.kind is DocumentKind.LEDGER or _source(one, material) == _source(best, material):
            continue
        if (found := difference(ask, best.unit.key, one.unit.key)) is not None:
            return one, found
    return None


def _source(scored: Scored, material: Material) -> str:
    """The work a span is of, in whatever edition; of what is no work, the document."""
    header = material.header(scored.unit.version_id)
    return header.edition.work_id if header is not None and header.edition else scored.unit.version_id


def _overlap(span: Span, other: Span) -> bool:
    return span.start < other.end and other.start < span.end


def _in_reading_order(chosen: Iterable[Chosen]) -> list[Chosen]:
    return sorted(chosen, key=lambda one: (one.unit.version_id, one.span))
