"""The answer before it has an id: look-up, ledger query, comparison, or the spans that answer, each verified."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from app.answer import instructions, refuse
from app.answer.against import ALIKE, Difference, alike, difference
from app.answer.asking import Ask, asks, strangers
from app.answer.cite import Composer, edition_words, evidence
from app.answer.extractive import select
from app.answer.material import Chosen, Material, Selection
from app.answer.units import Units, row_lines
from app.answer.verify import holds
from app.frequencies import readable
from app.model import (
    AnswerStatus,
    Citation,
    Evidence,
    Intent,
    Query,
    Ranked,
    Reason,
    Statement,
)
from app.retrieve import Place, places, retrieve
from app.tools.findings import Computed, compute, unknown_filters
from app.tools.ledger import LedgerQuestion, Measure, Vocabulary
from app.tools.reading import ledger_question
from app.understand import people, rest_of_lookup
from ingest.catalogue import Snapshot
from ingest.document import (
    Caller,
    Clause,
    ClauseLevel,
    DocumentKind,
    Edition,
    EditionState,
    Finding,
    Span,
    chinese_number,
)
from ingest.library import Library
from ingest.roster import Amending
from ingest.segment import search_key
from ingest.structure.lines import trimmed


@dataclass(frozen=True, slots=True)
class Draft:
    """What the answer will say."""

    status: AnswerStatus
    reason: Reason | None
    text: str
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    related: tuple[Evidence, ...] = ()
    notes: tuple[Reason, ...] = ()
    writer: str | None = None  # the model that wrote it; None for evidence alone


@dataclass(slots=True)
class Desk:
    """One question on its way to an answer."""

    query: Query
    ranked: Sequence[Ranked]
    library: Library
    snapshot: Snapshot
    caller: Caller
    units: Units
    composer: Composer = field(default_factory=Composer)
    notes: list[Reason] = field(default_factory=list)
    offered: list[Evidence] = field(default_factory=list)  # not in force, shown beside a refusal with its state
    rankings: Sequence[Sequence[Ranked]] = ()  # of a question of several parts, each part's

    def cite(self, found: Evidence, lead_in: str = "") -> bool:
        """Quote evidence that passes the gate."""
        if not holds(found, self.query, self.snapshot, self.caller):
            return False
        self.composer.quote(found, lead_in)
        self._note_edition(found)
        return True

    def evidence_of(self, version_id: str, clause: Clause, score: float = 0.0) -> Evidence:
        """A whole clause as evidence."""
        return evidence(
            version_id, trimmed(self.snapshot.text(version_id), clause.span), clause.locator,
            snapshot=self.snapshot, caller=self.caller, on=self.query.as_of, score=score,
        )  # fmt: skip

    def _note_edition(self, found: Evidence) -> None:
        note: Reason | None = None
        if found.state is EditionState.UNKNOWN:
            note = Reason("edition_unknown", f"{found.title}的施行日期或效力状态不明（版本不明），引用前请核对。")
        elif found.state in (EditionState.AMENDED, EditionState.REPEALED):
            note = Reason(
                "edition_superseded", f"{found.title}在 {self.query.as_of} {found.state.value}，因问题指明而引用。"
            )
        elif found.state is EditionState.NOT_YET:
            note = Reason("edition_not_yet", f"{found.title}在 {self.query.as_of} 尚未生效，因问题指明而引用。")
        if note is not None and note not in self.notes:
            self.notes.append(note)
        if found.work_id is not None:
            self._note_coming(found.work_id)
            self._note_amended(found)

    def _note_coming(self, work: str) -> None:
        """A newer text that is published but not yet in force."""
        for edition in self.snapshot.editions(work, self.caller):
            published = edition.published is None or edition.published <= self.query.as_of
            if edition.state(self.query.as_of) is EditionState.NOT_YET and published and edition.effective_from:
                note = Reason(
                    "edition_coming", f"{edition_words(edition)}已公布，{edition.effective_from} 起施行，目前尚未生效。"
                )
                if note not in self.notes:
                    self.notes.append(note)

    def _note_amended(self, found: Evidence) -> None:
        """An amending document in the library that is newer than the text cited."""
        edition = self.snapshot.edition_of(found.version_id, self.caller)
        if edition is None or found.state in (EditionState.AMENDED, EditionState.REPEALED):
            return
        for amending in self.snapshot.roster.view(self.caller).amended_after(edition, self.query.as_of):
            note = Reason("amended_since", amended_words(amending, edition))
            if note not in self.notes:
                self.notes.append(note)

    def done(self, reason: Reason | None = None) -> Draft:
        """The draft: answered, partly answered when there is a reason besides, refused without any statement."""
        composer = self.composer
        notes = (*self.query.notes, *self.notes)
        if not composer.statements:
            reason = reason or refuse.not_found()
            return Draft(AnswerStatus.REFUSED, reason, reason.message, related=tuple(self.offered), notes=notes)
        status = AnswerStatus.PARTIAL if reason is not None else AnswerStatus.ANSWERED
        text = composer.text + (f"\n{reason.message}" if reason is not None else "")
        return Draft(
            status, reason, text, tuple(composer.statements), tuple(composer.citations), notes=notes
        )  # fmt: skip


_PLACES_SHOWN = 8


def amended_words(amending: Amending, edition: Edition) -> str:
    """另有《关于修改〈…〉的决定》（2025-02-18，2025-03-01 起施行）修改《…》第二条、第四条，请核对。"""
    header, places = amending.header, amending.amendment.places
    begins = header.edition.effective_from if header.edition else None
    days = [str(header.day)] if header.day else []
    days += [f"{begins} 起施行"] if begins and begins != header.day else []
    changed = "、".join(places[:_PLACES_SHOWN]) + ("等" if len(places) > _PLACES_SHOWN else "")
    dated = f"（{'，'.join(days)}）" if days else ""
    return f"另有《{header.title}》{dated}修改《{edition.title}》{changed}，引用前请核对。"


def answer(
    query: Query,
    ranked: Sequence[Ranked],
    library: Library,
    snapshot: Snapshot,
    caller: Caller,
    units: Units,
    rankings: Sequence[Sequence[Ranked]],
) -> Draft:
    """Answer a question from what was retrieved for it, and of several parts each from its own ranking."""
    desk = Desk(query, ranked, library, snapshot, caller, units, rankings=rankings)
    if unknown := unknown_filters(query.filters, snapshot, caller):
        return desk.done(unknown)
    return _several(desk) if query.parts else _one(desk)


def _one(desk: Desk) -> Draft:
    query, snapshot, caller = desk.query, desk.snapshot, desk.caller
    if query.intent in (Intent.COUNT, Intent.LIST):
        asked = ledger_question(search_key(query.standalone), Vocabulary.of(snapshot, caller), query.as_of)
        if asked is not None:
            return _ledger(desk, asked)
    against = refuse.about_references(query, snapshot, caller)
    if against is not None and not (query.intent is Intent.OPEN and against.code == "not_in_library"):
        if against.code in ("superseded_only", "not_yet_in_force"):
            _offer(desk)
        return desk.done(against)
    if query.intent is Intent.LOOKUP:
        return _lookup(desk)
    if query.intent is Intent.COMPARE:
        return _compared(desk)
    return _open(desk)


_OFFERED = 3


def _offer(desk: Desk) -> None:
    """What a question names and cannot be answered from, since it is not in force: to be seen with its state."""
    query = replace(desk.query, versions=(), editions_asked=None)
    query = replace(query, filters=replace(query.filters, all_editions=True))
    found = places(query, desk.snapshot, desk.caller)[::-1][:_OFFERED]
    desk.offered += [desk.evidence_of(place.version_id, place.clause, 1.0) for place in found]
    if found:
        return
    for one in retrieve(query, desk.library, desk.snapshot, desk.caller, k=_OFFERED):
        passage = one.passage
        desk.offered.append(
            evidence(
                passage.version_id, passage.span, passage.locator, snapshot=desk.snapshot, caller=desk.caller,
                on=query.as_of, passage_id=passage.id, score=one.score,
            )
        )  # fmt: skip


# ---------------------------------------------------------------- several parts


def _several(desk: Desk) -> Draft:
    """Each part answered alone, under its own words; what has no basis says so for itself. Equal answers are told once."""
    made = []
    for part, ranking in zip(desk.query.parts, desk.rankings, strict=True):
        ranked = instructions.material(ranking, part, desk.snapshot)
        alone = replace(desk, query=part, ranked=ranked, offered=[], composer=Composer(), notes=[])
        made.append((part.text, _one(alone)))
    if all(draft.status is AnswerStatus.REFUSED for _, draft in made):
        return _one(replace(desk, query=replace(desk.query, parts=())))
    reasons = [_reason_of(words, draft) for words, draft in made if draft.reason is not None]
    composer = Composer()
    for n, (words, draft) in enumerate(_told_once(made), 1):
        number = chinese_number(n)
        if draft.status is AnswerStatus.REFUSED:
            composer.heading(f"{number}、{_reason_of(words, draft).message}")
            continue
        composer.heading(f"{number}、{words}")
        composer.add(draft.text, draft.statements, draft.citations)
    told = (note for _, draft in made for note in draft.notes)
    notes = dict.fromkeys([*desk.query.notes, *told, *_parts_differ(desk, [draft for _, draft in made])])
    return Draft(
        AnswerStatus.PARTIAL if reasons else AnswerStatus.ANSWERED,
        reasons[0] if reasons else None,
        composer.text,
        tuple(composer.statements),
        tuple(composer.citations),
        related=tuple(dict.fromkeys(one for _, draft in made for one in draft.related)),
        notes=tuple(notes),
    )


def _parts_differ(desk: Desk, made: Sequence[Draft]) -> Iterator[Reason]:
    """Notes on parts put to different sources that answer the same thing differently."""
    sides = [(part, _quoted_alone(draft)) for part, draft in zip(desk.query.parts, made, strict=True)]
    for (part, one), (other_part, other) in itertools.combinations(sides, 2):
        if one is None or other is None or not _of_other_sources(part, other_part):
            continue
        ask = asks_of(replace(desk, query=part))[-1]
        if (found := difference(ask, search_key(one.quote), search_key(other.quote))) is not None:
            yield _differ(one, other, found)


def _quoted_alone(draft: Draft) -> Evidence | None:
    """What a part quotes, where that is one thing."""
    return draft.citations[0].evidence if len(draft.citations) == 1 else None


def _of_other_sources(part: Query, other: Query) -> bool:
    """Whether two parts are put to different kinds of text, or to different works."""
    works = [{work for reference in one.references for work in reference.work_ids} for one in (part, other)]
    return part.filters.kinds != other.filters.kinds or (all(works) and works[0] != works[1])


def _differ(one: Evidence, other: Evidence, found: Difference) -> Reason:
    first, second = (each.title if each.title.startswith("《") else f"《{each.title}》" for each in (one, other))
    words = f"{first}是“{found.one}”，{second}是“{found.other}”"
    return Reason("sources_differ", f"{words}：两处说法不一致，已并列引用，请核对后使用。")


def _reason_of(words: str, draft: Draft) -> Reason:
    """Why a part has no basis, or not for all of it."""
    reason = draft.reason or refuse.not_found()
    if draft.status is not AnswerStatus.REFUSED:
        return reason
    return replace(reason, message=f"“{words}”：{reason.message}")


def _told_once(made: Sequence[tuple[str, Draft]]) -> list[tuple[str, Draft]]:
    """Parts that the same places answer stand together."""
    out: dict[object, tuple[list[str], Draft]] = {}
    for words, draft in made:
        quoted = frozenset((one.evidence.version_id, one.evidence.span) for one in draft.citations if one.evidence)
        computed = any(one.evidence is None for one in draft.citations)
        out.setdefault(quoted if quoted and not computed else words, ([], draft))[0].append(words)
    return [("；".join(words), draft) for words, draft in out.values()]


# ---------------------------------------------------------------- look-up


def _lookup(desk: Desk) -> Draft:
    found = places(desk.query, desk.snapshot, desk.caller)
    if rest_of_lookup(desk.query):
        narrowed = _within_places(desk, found)
        if narrowed is not None:
            return narrowed
    for place in found:
        _quote_place(desk, place)
    return desk.done()


def _quote_place(desk: Desk, place: Place) -> None:
    clause = place.clause
    text = desk.snapshot.text(place.version_id)
    lead = ""
    if clause.level in (ClauseLevel.ITEM, ClauseLevel.SUBITEM) and clause.lead_in is not None:
        lead = clause.lead_in.of(text)
    desk.cite(desk.evidence_of(place.version_id, clause, 1.0), lead)


def _within_places(desk: Desk, found: Sequence[Place]) -> Draft | None:
    """Something asked about the place named: answered from it when it says so, else the place whole."""
    spans = tuple(place.clause.span for place in found)
    if not spans:
        return None
    material = material_for(desk, only=spans)
    for ask in asks_of(desk):
        selection = select(ask, material)
        if refuse.judge(selection, material) is None:
            _quote(desk, selection.chosen)
    return desk.done() if desk.composer.statements else None


# ---------------------------------------------------------------- the ledger


def _ledger(desk: Desk, asked: LedgerQuestion) -> Draft:
    computed = compute(asked, desk.snapshot, desk.caller, search_key(desk.query.standalone), desk.query.filters)
    if computed is not None and computed.refusal is None:
        return _computed(desk, computed)
    # Words no query expresses, or no ledger that covers them: some text may still say it.
    draft = _open(desk)
    if draft.status is not AnswerStatus.REFUSED and (not _counts_findings(asked) or _speaks_of(draft, asked)):
        return draft
    if draft.status is not AnswerStatus.REFUSED:
        reason = refuse.not_found()
        draft = Draft(AnswerStatus.REFUSED, reason, reason.message, notes=desk.query.notes)
    if computed is not None:
        return replace(
            draft, reason=computed.refusal, text=computed.refusal.message if computed.refusal else draft.text
        )
    words = "、".join(f"“{word}”" for word in asked.rest) or "所问内容"
    reason = Reason("ledger_not_covering", f"台账中没有关于{words}的记录，其他资料也没有写明，不能据此回答。")
    return replace(draft, reason=reason, text=reason.message)


def _counts_findings(asked: LedgerQuestion) -> bool:
    """Whether the number asked for is one of findings, not of a rule that happens to speak of 问题."""
    conditions = asked.conditions
    named = conditions.rounds or conditions.units or conditions.facets or asked.unknown
    computed = any(wanted.measure not in (Measure.ROWS, Measure.ROW) for wanted in asked.wanted)
    ranked = any(wanted.measure is Measure.TOP for wanted in asked.wanted)
    return bool(computed and named) or ((asked.counts or ranked) and len(asked.rest) < 2)


_TOLD = (DocumentKind.MEETING, DocumentKind.SPEECH, DocumentKind.OTHER)


def _speaks_of(draft: Draft, asked: LedgerQuestion) -> bool:
    """Whether a number of findings is told where it may be, a meeting or speech, with every word no query has."""
    quoted = [citation.evidence for citation in draft.citations if citation.evidence is not None]
    told = " ".join(search_key(one.quote) for one in quoted)
    words = [re.sub(r"[（(].*$|[“”]", "", word) for word in asked.unknown]
    words += [*asked.rest, *(search_key(unit) for unit in asked.conditions.units)]
    rounds = asked.conditions.rounds
    if rounds and not any(search_key(name) in told for name in rounds):
        return False
    return all(one.kind in _TOLD for one in quoted) and all(word in told for word in words)


def _computed(desk: Desk, computed: Computed) -> Draft:
    _compose(desk, computed)
    return desk.done()


def _compose(desk: Desk, computed: Computed) -> None:
    if computed.query is not None:
        desk.composer.compute(computed.text, computed.query)
    for row in computed.rows:
        _quote_row(desk, row, computed.fields)
    desk.notes += computed.notes


def _quote_row(desk: Desk, row: Finding, fields: Sequence[str]) -> None:
    """The lines of a row that answer: the columns asked for, else its description; of a single row, all of it."""
    version_id = row.id.rpartition(":")[0]
    text = desk.snapshot.text(version_id)
    lines = row_lines(text, row.span)
    passage = desk.snapshot.passages([row.id]).get(row.id)
    if passage is None:
        return
    described = [name for name, span in lines.items() if row.description and span.of(text) == row.description]
    # A column asked for is quoted with its name: 整改期限：2024-09-21.
    asked = [Span(lines[name].start - len(name) - 1, lines[name].end) for name in fields if name in lines]
    spans = asked or [lines[name] for name in described] or [row.span]
    for span in spans:
        desk.cite(
            evidence(
                version_id,
                span,
                passage.locator,
                snapshot=desk.snapshot,
                caller=desk.caller,
                on=desk.query.as_of,
                passage_id=row.id,
                score=1.0,
            )
        )


# ---------------------------------------------------------------- editions side by side


def _compared(desk: Desk) -> Draft:
    """The same question put to each edition; what they say stands side by side, nothing is blended."""
    query = desk.query
    works = tuple(dict.fromkeys(work for reference in query.references for work in reference.work_ids))
    editions = [e for work in works or _revised(desk) for e in desk.snapshot.editions(work, desk.caller)]
    distinct = desk.snapshot.roster.view(desk.caller).distinct(edition.version_id for edition in editions)
    editions = [edition for edition in editions if edition.version_id in distinct]
    if query.versions and len(query.versions) > 1:
        editions = [edition for edition in editions if edition.version_id in query.versions]
    else:
        usable = [e for e in editions if e.state(query.as_of) in (EditionState.IN_FORCE, EditionState.AMENDED)]
        editions = usable[-2:]
    if len(editions) < 2:
        return _open(desk)
    for edition in editions:
        only = replace(
            query, versions=(edition.version_id,), filters=replace(query.filters, all_editions=True), intent=Intent.OPEN
        )
        side = _turned_to(desk, only)
        for place in places(only, desk.snapshot, desk.caller):
            _quote_place(side, place)
        if not any(reference.locator for reference in only.references):
            _answer_parts(side)
        desk.notes = side.notes
    desk.notes.append(Reason("compared", "以上按版本并列引用原文；逐条修订对照请使用对照功能。"))
    return desk.done()


def _revised(desk: Desk) -> tuple[str, ...]:
    """Of a question that names no work, the work of the first passage found whose work has several editions."""
    found = (desk.snapshot.edition_of(one.passage.version_id, desk.caller) for one in desk.ranked)
    works = (edition.work_id for edition in found if edition is not None)
    return next(((work,) for work in works if len(desk.snapshot.editions(work, desk.caller)) > 1), ())


def _turned_to(desk: Desk, query: Query) -> Desk:
    """The same answer in the making, on another query."""
    return replace(desk, query=query, ranked=_found(desk, query), offered=[])


def _found(desk: Desk, query: Query) -> list[Ranked]:
    """What may be used for another query than the one asked."""
    ranked = retrieve(query, desk.library, desk.snapshot, desk.caller, k=len(desk.ranked) or 20)
    return instructions.material(ranked, query, desk.snapshot)


# ---------------------------------------------------------------- open questions


def asks_of(desk: Desk) -> list[Ask]:
    """The parts of the question."""
    total = desk.snapshot.roster.view(desk.caller).passages
    return asks(desk.query, readable(desk.library, desk.snapshot, desk.caller), total)


def material_for(desk: Desk, only: Sequence[Span] = ()) -> Material:
    """What the question is answered from; ``only`` limits it to some spans."""
    return Material(
        desk.query,
        desk.ranked,
        desk.snapshot,
        desk.units,
        people=tuple(people(desk.snapshot, desk.caller)),
        only=tuple(only),
        about_findings=_about_findings(desk),
        strangers=tuple(
            strangers(search_key(desk.query.standalone), readable(desk.library, desk.snapshot, desk.caller))
        ),
        embedder=desk.library.embedder,
    )


def _about_findings(desk: Desk) -> bool:
    """Whether the question names a unit, or findings at all."""
    key = search_key(desk.query.standalone)
    units = Vocabulary.of(desk.snapshot, desk.caller).units
    return any(search_key(unit) in key for unit in units) or re.search(r"问题|发现|查出|台账|被查", key) is not None


def _open(desk: Desk) -> Draft:
    works = tuple(dict.fromkeys(work for reference in desk.query.references for work in reference.work_ids))
    if len(works) < 2 or desk.query.spoken:
        reason = _answer_parts(desk)
        return desk.done(refuse.no_ledger() if reason is not None and _lacks_ledger(desk) else reason)
    reasons: list[Reason] = []
    for work in works:
        side = replace(
            desk.query,
            filters=replace(desk.query.filters, works=(work,)),
            references=tuple(one for one in desk.query.references if work in one.work_ids),
        )
        reason = _answer_parts(_turned_to(desk, side))
        reasons += [reason] if reason is not None else []
    return desk.done(reasons[0] if reasons else None)


def _lacks_ledger(desk: Desk) -> bool:
    """Whether nothing is quoted, findings are to be counted and there is no ledger."""
    vocabulary = Vocabulary.of(desk.snapshot, desk.caller)
    if desk.composer.statements or vocabulary.ledgers:
        return False
    asked = ledger_question(search_key(desk.query.standalone), vocabulary, desk.query.as_of)
    return asked is not None and _counts_findings(asked)


def _answer_parts(desk: Desk) -> Reason | None:
    """Answer each part of the question; the reason of the first part without basis, if any."""
    if not desk.ranked:
        return refuse.not_found()
    material = material_for(desk)
    reason: Reason | None = None
    for ask in asks_of(desk):
        selection = select(ask, material)
        problem = refuse.judge(selection, material)
        if problem is None:
            _quote_with_what_differs(desk, selection, material)
            material = _after(material, selection)
        elif reason is None:
            reason = problem
    if reason is not None and not desk.composer.statements:
        found = _out_of_force(desk)
        return None if desk.composer.statements else found or reason
    return reason


def _after(material: Material, selection: Selection) -> Material:
    """The material for the next part: it is likely answered beside what answered this one."""
    units = [one.unit for one in selection.chosen]
    articles = {(unit.version_id, unit.locator.article) for unit in units if unit.locator.article is not None}
    paragraphs = {(unit.version_id, unit.locator.block) for unit in units if unit.locator.block is not None}
    return replace(
        material,
        before=material.before | {unit.version_id for unit in units},
        articles=material.articles | frozenset(articles),
        paragraphs=material.paragraphs | frozenset(paragraphs),
    )


def _out_of_force(desk: Desk) -> Reason | None:
    """Whether a text that is no longer, or not yet, in force answers what nothing in force does; it is only named.

    Where the edition in force has nearly the same clause, that one is quoted: it was only worded too differently.
    """
    query = desk.query
    if query.spoken or query.editions_asked or query.filters.all_editions:
        return None
    wider = replace(query.filters, all_editions=True, kinds=query.filters.kinds or (DocumentKind.REGULATION,))
    anywhere = replace(query, filters=wider)
    other = _turned_to(desk, anywhere)
    material = material_for(other)
    for ask in asks_of(other):
        selection = select(ask, material)
        if refuse.judge(selection, material) is not None:
            continue
        if _quote_successor(desk, selection.chosen[0]):
            return None
        reason = refuse.out_of_force(selection, query, desk.snapshot, desk.caller)
        if reason is not None:
            desk.offered += [_evidence_of(desk, one) for one in selection.chosen]
        return reason
    return None


def _quote_successor(desk: Desk, one: Chosen) -> bool:
    """Quote the clause of the edition in force that stands where the one found did, if there is one."""
    edition = desk.snapshot.edition_of(one.unit.version_id, desk.caller)
    if edition is None or edition.citable(desk.query.as_of):
        return False
    usable = [e for e in desk.snapshot.editions(edition.work_id, desk.caller) if e.citable(desk.query.as_of)]
    found = [
        (alike(one.unit.key, search_key(clause.span.of(desk.snapshot.text(usable[-1].version_id)))), clause)
        for clause in (desk.snapshot.clauses(usable[-1].version_id) if usable else ())
        if clause.level in (ClauseLevel.ARTICLE, ClauseLevel.PARAGRAPH, ClauseLevel.ITEM)
    ]
    likeness, clause = max(found, key=lambda pair: pair[0], default=(0.0, None))
    if clause is None or likeness < ALIKE:
        return False
    return desk.cite(desk.evidence_of(usable[-1].version_id, clause, one.score))


def _evidence_of(desk: Desk, one: Chosen) -> Evidence:
    return evidence(
        one.unit.version_id, one.span, one.clause.locator if one.clause else one.unit.locator,
        snapshot=desk.snapshot, caller=desk.caller, on=desk.query.as_of, passage_id=one.unit.passage_id, score=one.score,
    )  # fmt: skip


def _quote_with_what_differs(desk: Desk, selection: Selection, material: Material) -> None:
    """What another source says otherwise stands beside the answer, the rule first, and in what they differ is said."""
    against, differs = selection.against, selection.differs
    if differs is None or refuse.unmet(replace(selection, chosen=against), material) is not None:
        _quote(desk, selection.chosen)
        return
    both = sorted((*selection.chosen, *against), key=lambda one: one.unit.kind is not DocumentKind.REGULATION)
    _quote(desk, both)
    desk.notes.append(_differ(_evidence_of(desk, selection.chosen[0]), _evidence_of(desk, against[0]), differs))


def _quote(desk: Desk, chosen: Sequence[Chosen]) -> None:
    for one in chosen:
        unit = one.unit
        text = desk.snapshot.text(unit.version_id)
        found = _evidence_of(desk, one)
        already = {(c.evidence.version_id, c.evidence.span) for c in desk.composer.citations if c.evidence}
        if (found.version_id, found.span) in already:
            continue
        lead = one.lead_in.of(text) if one.lead_in is not None and not one.lead_in.contains(one.span) else ""
        desk.cite(found, lead if len(lead) <= 60 else "")
