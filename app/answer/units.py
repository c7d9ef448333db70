"""What may be quoted: the sentences, 款 and 项 of the retrieved passages, with what is needed to understand them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.catalogue import Snapshot
from ingest.document import Clause, ClauseLevel, DocumentKind, Locator, Passage, Span
from ingest.embed import Embedder, Vector
from ingest.roster import Header, Recent
from ingest.segment import search_key
from ingest.structure.lines import sentences, trimmed

LONG_SENTENCE = 60
"""A sentence of a talk or report longer than this is cut at ；: its parts are about different things."""


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


_BARE_SENTENCE = 25  # 二要防止“抢跑”。 says nothing without what follows it
_OPENING = re.compile(
    r"^(?:[(（]?[一二三四五六七八九十\d]+[)）、.．]|第?[一二三四五六七八九十](?:是|要|，|,|[条点件个种]))"
)
_LIMITS = re.compile(r"但|否则|除非|除外|例外|不过(?!\d)|不在此限|不含|不包括|不适用")
_LIMITED = 200
"""Characters a sentence has at most with what limits it: 但…… after a long story is a new thought."""
_COUNTS = re.compile(r"[一二两三四五六七八九十几\d]+(?:点|条|句话|件事|个方面|个问题|种)[\u4e00-\u9fff]{0,6}。$")


def announces(words: str) -> bool:
    """Whether a sentence says that a series follows it: 他提出三点要求：, 我讲三点。."""
    return leads_in(words) or _COUNTS.search(words) is not None


def leads_in(words: str) -> bool:
    """Whether a sentence is not finished without what follows it."""
    return words.endswith(("：", ":"))


def _talk_spans(text: str, span: Span, inside: Sequence[Clause]) -> list[Span]:
    """The sentences of a passage, cut where a numbered point begins; with what opens one or limits it."""
    starts = {clause.span.start for clause in inside if clause.level is ClauseLevel.ITEM}
    out: list[Span] = []
    pending: int | None = None
    for sentence in _cut_at(text, sentences(text, span), starts):
        words = sentence.of(text)
        if pending is not None and ("\n" in text[pending : sentence.start] or sentence.start in starts):
            out.append(trimmed(text, Span(pending, sentence.start)))
            pending = None
        start = sentence.start if pending is None else pending
        if start == sentence.start and out and _limits(text, out[-1], sentence):
            out[-1] = Span(out[-1].start, sentence.end)
        elif sentence.end < span.end and _opens(words, sentence.end - start):
            pending = start
        else:
            out.append(Span(start, sentence.end))
            pending = None
    if pending is not None:
        out.append(trimmed(text, Span(pending, span.end)))
    return out


def _cut_at(text: str, of: Sequence[Span], starts: Collection[int]) -> Iterator[Span]:
    """Sentences cut where a numbered point begins inside one: 提出三点：第一，…；第二，…."""
    for sentence in of:
        start = sentence.start
        inside = (place for place in starts if sentence.start < place < sentence.end)
        for cut in sorted(place for place in inside if text[sentence.start : place].rstrip()[-1:] in "：:；;。"):
            yield trimmed(text, Span(start, cut))
            start = cut
        yield Span(start, sentence.end)


def _opens(words: str, length: int) -> bool:
    """Whether a sentence is a headline, 二是靶心要准。, or a question that is answered next."""
    if words.endswith(("？", "?")):
        return length < LONG_SENTENCE
    return (
        length < _BARE_SENTENCE
        and _OPENING.search(words) is not None
        and not re.search(r"[，,；;：:]", re.sub(r"^第?[^，,]{1,3}[，,]", "", words))
    )


def _limits(text: str, before: Span, sentence: Span) -> bool:
    """Whether a sentence says what the one before it does not hold for."""
    near = "\n" not in text[before.end : sentence.start] and sentence.end - before.start <= _LIMITED
    return near and _LIMITS.match(sentence.of(text)) is not None


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
    return min(holding, key=_size, default=None)


def _size(clause: Clause) -> tuple[int, bool, int]:
    """Smaller for what is further inside; a paragraph that is a numbered point is cited as the point."""
    return clause.span.end - clause.span.start, clause.level is not ClauseLevel.ITEM, -clause.span.start


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
