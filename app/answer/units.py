"""What may be quoted: the sentences, 款 and 项 of the retrieved passages, with what is needed to understand them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.catalogue import Snapshot
from ingest.document import Clause, ClauseLevel, DocumentKind, Locator, Passage, Span
from ingest.embed import Embedder, Vector
from ingest.roster import Header, Recent
from ingest.segment import search_key
from ingest.structure.lines import sentences, trimmed

LONG_SENTENCE = 100
"""A sentence of a meeting longer than this is cut at ；: its parts are about different things."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A quotable span. ``key`` is its search key; ``context`` that of what it is understood by (title, lead-in)."""

    version_id: str
    passage_id: str
    kind: DocumentKind
    span: Span
    locator: Locator
    key: str
    context: str
    near: str = ""  # the search key of the rest of its clause
    speaker: str | None = None
    clause: Clause | None = None
    lead_in: Span | None = None  # of a 项 or numbered point: what it goes on from
    whole: bool = False  # a 款 with all its 项


class Units:
    """The units of passages, made once: a passage id names a content that never changes."""

    def __init__(self) -> None:
        self._known: Recent[str, tuple[Unit, ...]] = Recent(4000)
        self._vectors: Recent[tuple[str, Span], Vector] = Recent(20000)
        self._keys: Recent[str, str] = Recent(64)
        self._questions: Recent[str, Vector] = Recent(8)

    def of(self, passage: Passage, header: Header, snapshot: Snapshot) -> tuple[Unit, ...]:
        """The units of a passage in text order."""
        return self._known.get_or(passage.id, lambda: tuple(_units(passage, header, snapshot)))

    def vectors(self, wanted: Sequence[Unit], snapshot: Snapshot, embedder: Embedder) -> list[Vector]:
        """The vectors of units in their contexts; each is encoded alone, so that it depends on nothing else."""
        known = {(unit.version_id, unit.span): self._vectors.get((unit.version_id, unit.span)) for unit in wanted}
        missing = {(unit.version_id, unit.span): unit for unit in wanted if known[unit.version_id, unit.span] is None}
        texts = [f"{unit.context}\n{unit.span.of(snapshot.text(unit.version_id))}" for unit in missing.values()]
        made = zip(missing, embedder.encode_passages(texts), strict=True) if texts else ()
        found = {place: vector for place, vector in known.items() if vector is not None}
        found |= {place: self._vectors.put(place, vector) for place, vector in made}
        return [found[unit.version_id, unit.span] for unit in wanted]

    def text_key(self, version_id: str, snapshot: Snapshot) -> str:
        """The search key of a version's text."""
        return self._keys.get_or(version_id, lambda: search_key(snapshot.text(version_id)))

    def question(self, text: str, embedder: Embedder) -> Vector:
        """A question's vector: one answer asks for it once for each kind of text it looks into."""
        return self._questions.get_or(text, lambda: embedder.encode_question(text))


def _units(passage: Passage, header: Header, snapshot: Snapshot) -> Iterator[Unit]:
    text = snapshot.text(passage.version_id)
    if passage.locator.row is not None:
        yield from _row_units(text, passage, header)
        return
    inside = snapshot.clauses_meeting(passage.version_id, passage.span)
    articles = [clause for clause in inside if clause.level is ClauseLevel.ARTICLE]
    if articles:
        for article in articles:
            yield from _article_units(
                text, passage, header, article, [c for c in inside if article.span.contains(c.span)]
            )
        return
    yield from _talk_units(text, passage, header, inside)


# ---------------------------------------------------------------- regulations


def _article_units(
    text: str, passage: Passage, header: Header, article: Clause, inside: Sequence[Clause]
) -> Iterator[Unit]:
    context = search_key(passage.context)
    whole = search_key(article.span.of(text))
    paragraphs = [clause for clause in inside if clause.level is ClauseLevel.PARAGRAPH and clause.locator.paragraph]
    for clause in paragraphs or [article]:
        if not clause.span.meets(passage.span):
            continue
        items = [c for c in inside if c.level is ClauseLevel.ITEM and clause.span.contains(c.span)]
        blank = Unit(
            passage.version_id, passage.id, header.kind, clause.span, clause.locator, "", context, whole, clause=clause
        )
        if items:
            yield replace(blank, key=search_key(clause.span.of(text)), whole=True)
            lead = items[0].lead_in or clause.lead_in
            led = context + " " + (search_key(lead.of(text)) if lead else "")
            for item in items:
                yield replace(
                    blank, span=item.span, locator=item.locator, key=search_key(item.span.of(text)), context=led,
                    near="", clause=item, lead_in=lead,
                )  # fmt: skip
        else:
            for span in _rule_spans(text, clause.span):
                yield replace(blank, span=span, key=search_key(span.of(text)))


_EXCEPTION = re.compile(
    r"但|除外|另有规定|不受|不适用|例外|否则|前款|前项|其中|上述|该|其|确因|特殊情况|确需|因.{0,8}确"
)
_SHORT = 130
"""A 款 of up to this length is quoted whole: a condition in its second sentence is never cut off."""


def _rule_spans(text: str, span: Span) -> list[Span]:
    """A 款 as it is quoted: whole when short, else its sentences, each with the exceptions that follow it."""
    if span.end - span.start <= _SHORT:
        return [span]
    out: list[Span] = []
    for sentence in sentences(text, span):
        if out and (_EXCEPTION.match(sentence.of(text)) or "除外" in sentence.of(text)):
            out[-1] = Span(out[-1].start, sentence.end)
        else:
            out.append(sentence)
    return out


# ---------------------------------------------------------------- meetings and other texts


def _talk_units(text: str, passage: Passage, header: Header, inside: Sequence[Clause]) -> Iterator[Unit]:
    context = search_key(passage.context)
    whole = search_key(passage.span.of(text))
    for sentence in _talk_spans(text, passage.span, inside):
        for span in _parts(text, sentence):
            clause = _innermost(inside, span)
            speaker = _speaker(inside, span)
            led = clause.lead_in if clause is not None and clause.level is ClauseLevel.ITEM else None
            words = search_key(led.of(text)) if led is not None and not led.contains(span) else ""
            yield Unit(
                passage.version_id,
                passage.id,
                header.kind,
                span,
                clause.locator if clause is not None else passage.locator,
                search_key(span.of(text)),
                f"{context} {words}" + (f" {search_key(speaker)}" if speaker else ""),
                whole,
                speaker,
                clause,
                led,
            )


_SHORT_POINT = 160
_SHORT_PARAGRAPH = 110
_BARE_SENTENCE = 25
_OPENING = re.compile(
    r"^(?:[(（]?[一二三四五六七八九十\d]+[)）、.．]|第?[一二三四五六七八九十](?:是|要|，|,|条))|点(?:要求|意见|建议)?。$|：$|为什么|怎么|？$"
)
"""二要防止“抢跑”。 and 我讲三点。 say nothing without what follows them."""


def _talk_spans(text: str, span: Span, inside: Sequence[Clause]) -> list[Span]:
    """Short points and paragraphs whole, else sentences; a bare opening sentence goes with the next."""
    whole: list[Span] = []
    for clause in inside:
        limit = _SHORT_POINT if clause.level is ClauseLevel.ITEM else _SHORT_PARAGRAPH
        if clause.span.end - clause.span.start <= limit and not any(clause.span.meets(other) for other in whole):
            whole.append(clause.span)
    out = [one for one in whole if span.start <= one.start < span.end]
    pending: int | None = None
    for sentence in sentences(text, span):
        if any(sentence.meets(one) for one in whole):
            # A sentence of several points: what stands before the first of them is its lead-in.
            first = min(one.start for one in whole if sentence.meets(one))
            if sentence.start < first and not any(one.contains(sentence) for one in whole):
                out.append(trimmed(text, Span(sentence.start if pending is None else pending, first)))
            pending = None
            continue
        start = sentence.start if pending is None else pending
        if sentence.end - start < _BARE_SENTENCE and _OPENING.search(text[start : sentence.end]):
            pending = start
            continue
        out.append(Span(start, sentence.end))
        pending = None
    if pending is not None:
        out.append(trimmed(text, Span(pending, span.end)))
    return sorted({one for one in out if one.start < one.end})


def _parts(text: str, sentence: Span) -> list[Span]:
    """A long sentence cut at the ； that stand outside quotation marks and brackets."""
    if sentence.end - sentence.start <= LONG_SENTENCE:
        return [sentence]
    out: list[Span] = []
    depth, start = 0, sentence.start
    for position in range(sentence.start, sentence.end):
        character = text[position]
        depth += (character in "“‘（《(「") - (character in "”’）》)」")
        if character in "；;" and depth <= 0 and position + 1 < sentence.end:
            out.append(Span(start, position + 1))
            start = position + 1
    return [trimmed(text, span) for span in (*out, Span(start, sentence.end))]


def _innermost(clauses: Sequence[Clause], span: Span) -> Clause | None:
    holding = [clause for clause in clauses if clause.span.contains(span)]
    if not holding:
        holding = [clause for clause in clauses if clause.span.start <= span.start < clause.span.end]
    return min(holding, key=lambda clause: (clause.span.end - clause.span.start, -clause.span.start), default=None)


def _speaker(clauses: Sequence[Clause], span: Span) -> str | None:
    holding = [c for c in clauses if c.speaker and c.span.start <= span.start < c.span.end]
    return min(holding, key=lambda clause: clause.span.end - clause.span.start).speaker if holding else None


# ---------------------------------------------------------------- ledgers


def _row_units(text: str, passage: Passage, header: Header) -> Iterator[Unit]:
    """A row is one unit; what is quoted of it are the lines that answer (row_lines)."""
    key = search_key(passage.span.of(text))
    yield Unit(
        passage.version_id, passage.id, header.kind, passage.span, passage.locator, key, search_key(passage.context)
    )  # fmt: skip


def row_lines(text: str, span: Span) -> dict[str, Span]:
    """The values of a row by column name: its canonical text is 列名：值, a line a column."""
    out: dict[str, Span] = {}
    start = span.start
    name = ""
    while start < span.end:
        stop = text.find("\n", start, span.end)
        stop = span.end if stop < 0 else stop
        found, mark, _ = text[start:stop].partition("：")
        if mark and len(found) <= 20:
            name = found
            out[name] = trimmed(text, Span(start + len(found) + 1, stop))
        elif name:  # a value of several lines
            out[name] = trimmed(text, Span(out[name].start, stop))
        start = stop + 1
    return out
