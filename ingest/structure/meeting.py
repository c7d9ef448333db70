"""Meetings and speeches: paragraphs with their speakers, and the numbered points in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ingest.document import BlockKind, Clause, ClauseLevel, Document, DocumentKind, Locator, Metadata, Span
from ingest.structure.dates import day_of_year, days_in, years_in
from ingest.structure.enumeration import SPOKEN, Marker
from ingest.structure.lines import Line, bare, is_heading, lines_of, sentences, trimmed
from ingest.structure.metadata import Title
from ingest.structure.official import number_of
from ingest.structure.passages import LONGEST, SHORTEST, Draft, pieces
from ingest.structure.points import Point, opening_marker, points_in
from ingest.structure.speakers import Turn, is_label, is_name, people_in, speaker_of_heading, turns_in


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a paragraph that one speaker speaks (None: nobody in particular)."""

    span: Span
    speaker: str | None
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """A paragraph: its number over the paragraphs, the heading it stands under, and who speaks in it."""

    span: Span
    block: int
    heading: str | None
    stretches: tuple[Stretch, ...]
    own_point: Point | None = None  # the paragraph is itself a numbered point
    people: frozenset[str] = frozenset()  # the speakers in it that are persons

    @property
    def locator(self) -> Locator:
        """第4段."""
        return Locator(section=self.heading, block=self.block)

    @property
    def speaker(self) -> str | None:
        """Who speaks the whole paragraph; None when several do, or nobody in particular."""
        speakers = {stretch.speaker for stretch in self.stretches}
        return speakers.pop() if len(speakers) == 1 else None


@dataclass(frozen=True, slots=True)
class _Series:
    """A series of paragraphs that are numbered points: what leads it in, and in whose words it stands."""

    lead: Span | None
    speaker: str | None


@dataclass(slots=True)
class Floor:
    """Who has the floor from paragraph to paragraph, and what leads in a series of them."""

    people: frozenset[str] | None  # None: nobody's words are looked for
    whole: str | None = None  # the speaker of a speech
    speaker: str | None = None
    held: bool = False  # until another speaker or a heading; else while paragraphs go on with his words
    last: Span | None = None  # the last sentence before this paragraph
    series: dict[str, _Series] = field(default_factory=dict)  # by style of enumerator

    def turn_to(self, heading: Line, speaker: str | None) -> None:
        """A heading: it leads in the series right under it, and who it names speaks."""
        self.speaker, self.held, self.last, self.series = speaker, speaker is not None, heading.span, {}


def talks(document: Document, kind: DocumentKind, title: Title) -> list[Talk]:
    """The paragraphs of a meeting or speech.

    A speech by one person is his throughout, whomever he quotes; where headings name speakers, each has his part.
    """
    lines = lines_of(document)
    given = document.metadata.speakers
    people = frozenset(people_in(lines) | {name for name in given if is_name(name)})
    headings = [line for i, line in enumerate(lines) if i not in title.lines and is_heading(line)]
    headed = {name for line in headings if (name := speaker_of_heading(line.bare, people))}
    people = heard(document.text, lines, people | headed)
    whole = speech_speaker(title, lines, given) if kind is DocumentKind.SPEECH and not headed else None
    floor = Floor(people, whole, whole)
    out: list[Talk] = []
    heading: str | None = None
    number, block = 0, -1
    for index, line in enumerate(lines):
        if index in title.lines:
            continue
        if is_heading(line):
            heading = line.bare
            floor.turn_to(line, whole or speaker_of_heading(heading, people))
            continue
        number += line.block != block
        block = line.block
        out.append(talk_of(document.text, line, number, heading, floor))
    return out


def heard(text: str, lines: Sequence[Line], people: frozenset[str]) -> frozenset[str]:
    """These people, and everybody else who says something."""
    return people | {turn.speaker for line in lines for turn in turns_in(text, line.span, set(people)) if turn.person}


def talk_of(text: str, line: Line, number: int, heading: str | None, floor: Floor) -> Talk:
    """One paragraph, with who has the floor in it and after it."""
    span = line.span
    if is_label(line.text):
        floor.last = None
        return Talk(span, number, heading, (Stretch(span, None),))
    marker = opening_marker(text, span)
    carried = _carried(text, line, marker, floor)
    silent = floor.whole or floor.people is None or line.kind is BlockKind.ROW
    turns = [] if silent else turns_in(text, span, set(floor.people or ()))
    stretches = tuple(
        Stretch(part, speaker, tuple(_with_lead(points_in(text, part), floor.last)))
        for part, speaker in _stretches(text, span, turns, carried)
    )
    own = None
    if marker:
        if marker.number == 1:
            floor.series[marker.style] = _Series(floor.last, carried)
        runs_inside = any(s.points and s.points[0].span.start == span.start for s in stretches)
        series = floor.series.get(marker.style)
        own = None if runs_inside else Point(marker.word, span, series.lead if series else None)
    floor.last = sentences(text, span)[-1]
    floor.speaker = turns[-1].speaker if turns else carried
    floor.held = turns[-1].held if turns else floor.held and carried is not None
    persons = frozenset(turn.speaker for turn in turns if turn.person)
    return Talk(span, number, heading, stretches, own, persons | ({carried} if carried and floor.held else set()))


def _carried(text: str, line: Line, marker: Marker | None, floor: Floor) -> str | None:
    """Whose words a paragraph goes on with when it names no speaker itself."""
    if floor.whole or floor.speaker is None:
        return floor.whole
    if floor.held:
        return None if _NARRATES.match(line.text) else floor.speaker
    if marker and marker.number > 1 and marker.style in floor.series:
        return floor.series[marker.style].speaker
    if marker:
        leads = floor.last is not None and floor.last.of(text)[-1] in "：:"
        return floor.speaker if marker.style in SPOKEN or leads else None
    return floor.speaker if _GOES_ON.match(line.text) else None


_GOES_ON = re.compile(
    r"[他她](?!们)|要|必须|务必|坚持|切实|同时|此外|另外|各|应当?|下一步|我们|大家|一方面|另一方面|希望"
)
_NARRATES = re.compile(
    r"会上|会前|会后|随后|出席|参加会议|参会|列席|与会|会议由|会议审议|会议听取|议定|(?:记录|主送|抄送|报送|印发)[：:]"
)


def _with_lead(points: list[Point], last: Span | None) -> Iterator[Point]:
    for point in points:
        yield point if point.lead_in or point.inner else replace(point, lead_in=last)


def _stretches(text: str, span: Span, turns: Sequence[Turn], speaker: str | None) -> list[tuple[Span, str | None]]:
    """The paragraph cut where the speaker changes."""
    out: list[tuple[Span, str | None]] = []
    start = span.start
    for turn in turns:
        if turn.speaker == speaker:
            continue
        before = trimmed(text, Span(start, turn.start))
        if before.start < before.end:
            out.append((before, speaker))
        start, speaker = turn.start, turn.speaker
    return [*out, (trimmed(text, Span(start, span.end)), speaker)]


def speech_speaker(title: Title, lines: Sequence[Line], given: Sequence[str]) -> str | None:
    """Whose speech it is: the front matter's speaker, the name in the title, or the byline under it."""
    if given:
        return given[0] if len(given) == 1 else None
    in_title = re.match(r"(?P<who>[\u4e00-\u9fff]{2,4})(?:同志)?在", title.words or "")
    if in_title and is_name(in_title["who"]):
        return in_title["who"]
    for line in [line for i, line in enumerate(lines[:8]) if i not in title.lines and not is_label(line.text)]:
        word = line.bare.strip("（）()")
        word = re.sub(r"^(?:讲话人|发言人|主讲人)[：:]?", "", word)
        tail = re.search(r"(?:^|[^\u4e00-\u9fff]|书记|长|经理|主任|常委|委员|主席)(?P<who>[\u4e00-\u9fff]{2,3})$", word)
        if len(word) <= 30 and tail and is_name(tail["who"]):
            return tail["who"]
    return None


# ---------------------------------------------------------------- clauses and passages


def clauses(paragraphs: Sequence[Talk]) -> Iterator[Clause]:
    """Paragraphs, the stretches of several speakers inside one, and numbered points; outer before inner."""
    for talk in paragraphs:
        first = next((p for s in talk.stretches for p in s.points), None)
        lead = first.lead_in if first and first.lead_in and talk.span.contains(first.lead_in) else None
        yield Clause(ClauseLevel.PARAGRAPH, talk.locator, talk.span, lead, talk.speaker)
        if talk.own_point:
            yield _point_clause(talk, talk.own_point, talk.speaker)
        for stretch in talk.stretches:
            if len(talk.stretches) > 1:
                yield Clause(ClauseLevel.PARAGRAPH, talk.locator, stretch.span, None, stretch.speaker)
            for point in stretch.points:
                yield _point_clause(talk, point, stretch.speaker)


def _point_clause(talk: Talk, point: Point, speaker: str | None) -> Clause:
    return Clause(ClauseLevel.ITEM, replace(talk.locator, point=point.word), point.span, point.lead_in, speaker)


def drafts(text: str, paragraphs: Sequence[Talk], title: str) -> list[Draft]:
    """A passage a paragraph, one a speaker or numbered point where it is long; short neighbours are joined."""
    out: list[Draft] = []
    whose: str | None = None
    for talk in paragraphs:
        for stretch in talk.stretches:
            for draft in _stretch_drafts(text, talk, stretch, title):
                if out and whose == stretch.speaker and _join(text, out[-1], draft):
                    longer = max(out[-1], draft, key=lambda d: d.span.end - d.span.start)
                    out[-1] = Draft(Span(out[-1].span.start, draft.span.end), longer.locator, longer.context)
                else:
                    out.append(draft)
                whose = stretch.speaker
    return out


def _join(text: str, last: Draft, draft: Draft) -> bool:
    """Whether a short passage goes together with the next one: nothing between them, and not too long together."""
    short = last.span.end - last.span.start < SHORTEST and draft.span.end - last.span.start <= LONGEST
    return short and not text[last.span.end : draft.span.start].strip()


def _stretch_drafts(text: str, talk: Talk, stretch: Stretch, title: str) -> Iterator[Draft]:
    context = " ".join(words for words in (title, talk.heading, stretch.speaker) if words)
    if stretch.span.end - stretch.span.start <= LONGEST:
        locator = talk.locator
        if talk.own_point and len(talk.stretches) == 1:
            locator = replace(locator, point=talk.own_point.word)
            context += _lead_words(text, talk.own_point, talk.heading)
        yield Draft(stretch.span, locator, context)
        return
    tops = [point for point in stretch.points if not point.inner]
    start = tops[0].span.start if tops else stretch.span.end
    head = trimmed(text, Span(stretch.span.start, start))
    if head.start < head.end:
        for span in pieces(text, head, LONGEST):
            yield Draft(span, talk.locator, context)
    for point in tops:
        for span in pieces(text, point.span, LONGEST):
            yield Draft(span, replace(talk.locator, point=point.word), context + _lead_words(text, point, talk.heading))


def _lead_words(text: str, point: Point, heading: str | None) -> str:
    """The end of the sentence that leads in a point, short enough for a context that has its heading."""
    words = point.lead_in.of(text)[-80:] if point.lead_in else ""
    return f" {words}" if words and bare(words) != heading else ""


# ---------------------------------------------------------------- metadata


def meeting_metadata(document: Document, title: Title, paragraphs: Sequence[Talk], kind: DocumentKind) -> Metadata:
    """Date, place and speakers of a meeting or speech as its text gives them."""
    lines = lines_of(document)
    speakers: list[str] = []
    if kind is DocumentKind.SPEECH:
        whole = speech_speaker(title, lines, document.metadata.speakers)
        speakers = [whole] if whole else []
    for talk in paragraphs:
        for stretch in talk.stretches:
            if stretch.speaker in talk.people and stretch.speaker not in speakers:
                speakers.append(stretch.speaker or "")
    metadata = document.metadata.infer(
        title=title.words,
        date=_date(document, title, lines),
        speakers=tuple(speakers),
        number=next((number for line in lines[:8] if (number := number_of(line))), None),
    )
    place = next((m[1] for line in lines[:15] if (m := re.match(r"(?:会议)?地点[：:]\s*(\S.*)", line.text))), None)
    if place and "place" not in metadata.extra:
        metadata = replace(metadata, extra={**metadata.extra, "place": place}, inferred=metadata.inferred | {"place"})
    return metadata


def _date(document: Document, title: Title, lines: Sequence[Line]) -> date | None:
    """The day: a 时间： line, a date line under the title, the file's name, else the first date of the text.

    10月28日 without a year takes the year the title names, or the only one the text names.
    """
    front = lines[:12]
    for line in front:
        found = days_in(line.text)
        if found and re.match(r"(?:会议|召开|讲话)?(?:时间|日期)[：:]", line.bare):
            return found[0].day
    for line in front[:6]:
        found = days_in(line.text)
        if found and (len(line.bare) <= 20 or re.match(r"[（(][^，。]*[0-9]", line.text)):
            return found[0].day
    if named := days_in(document.name.replace("_", " ")):
        return named[0].day
    years = years_in(title.words or "") or {year for line in lines for year in years_in(line.text)}
    for line in front[:6]:
        found = days_in(line.text)
        if found:
            return found[0].day
        if len(years) == 1 and (day := day_of_year(line.text, next(iter(years)))):
            return day
    return None
