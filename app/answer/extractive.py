"""The shortest complete spans that answer a question: a sentence, a 款, a 项 with its lead-in, all the items of a list."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.answer.against import Difference, difference
from app.answer.asking import Ask, Want
from app.answer.completing import completed
from app.answer.facts import holds_post, labelled
from app.answer.matching import CONTEXT, coverage, uncovered
from app.answer.material import RULES, SAYING, TALKS, Chosen, Material, Scored, Selection
from app.answer.meaning import behind
from app.answer.scoring import features, weighed
from app.answer.units import Unit
from app.model import Ranked
from ingest.document import DocumentKind, Span
from ingest.segment import search_key

PASSAGES = 14
"""Retrieved passages looked into: on the development questions the answer is among the first eight 99 times in 100."""

_OPENING, _MEANT = 300, 0.15
"""Characters a text is known by, and how much less of the question's words may be in them than in another text's."""
_TIED = 0.35  # two 款 of one article this close are both quoted; at .7 precision is .025 less on dev, and recall .014 more on c

_PERIOD = re.compile(r"近[一二三四五六七八九十\d]+年|(?:期限|时限|时间|周期|年限)(?:一般)?(?:为|是|不超过|不少于|不得)")


def select(ask: Ask, material: Material, kinds: Iterable[DocumentKind] = ()) -> Selection:
    """The spans that answer ``ask`` best, from documents of ``kinds`` (none: any)."""
    scored = ranked_spans(ask, material, tuple(kinds))
    if not scored:
        return Selection(ask)
    best = scored[0]
    first = completed(best, ask, scored, material)
    told = _is_told(best, ask)
    twin = None if told else _twin(first[0], scored)
    chosen = [*first, twin.chosen] if twin is not None else first
    passages = {one.unit.passage_id for one in chosen}
    otherwise = _otherwise(best, scored, ask, material)
    near = [ranked.scores for ranked in material.ranked if ranked.passage.id in passages]
    return Selection(
        ask,
        tuple(_in_reading_order(chosen)),
        1.0 / sum(math.exp(one.score - best.score) for one in scored),
        max((scores.get("dense", 0.0) for scores in near), default=0.0),
        (otherwise[0].chosen,) if otherwise else (),
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
        "rule": float(not material.query.spoken and unit.kind in RULES),
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
    if not ask.post or unit.kind not in TALKS:
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


# ---------------------------------------------------------------- further spans


def _twin(best: Chosen, scored: Sequence[Scored]) -> Scored | None:
    """The next best 款 of the same article, when it is as likely: a reader can tell which of two 款 was meant."""
    if best.unit.kind not in RULES:
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
