"""The nouns of document.py as compact JSON and back: what the catalogue stores of a text's structure.

Fields at their default are left out, so a field added later (with a default) reads old libraries as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, TypeAlias

from ingest.document import (
    Amendment,
    Block,
    BlockKind,
    Clause,
    ClauseLevel,
    DocumentKind,
    Edit,
    Locator,
    Metadata,
    Notice,
    Source,
    Span,
)

Json: TypeAlias = Any  # what json.loads gives

_DATES = {"date", "published", "effective_from", "effective_to"}
_TUPLES = {"aliases", "speakers", "attachments", "readers"}
_SETS = {"inferred", "corrected"}


def dumps(value: Json) -> str:
    """Compact JSON with Chinese left readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def day(value: date | None) -> str | None:
    """A date as the catalogue stores it."""
    return value.isoformat() if value is not None else None


def as_day(value: str | None) -> date | None:
    """A date as stored, back."""
    return date.fromisoformat(value) if value is not None else None


def _known(value: object) -> dict[str, Json]:
    """The fields of a flat dataclass that are not None."""
    named = ((item.name, getattr(value, item.name)) for item in fields(value))  # type: ignore[arg-type]
    return {name: content for name, content in named if content is not None}


def dump_locator(locator: Locator) -> str:
    """A locator's known parts."""
    return dumps(_known(locator))


def load_locator(stored: str) -> Locator:
    """The locator stored by dump_locator."""
    return Locator(**json.loads(stored))


def dump_blocks(blocks: Iterable[Block]) -> str:
    """Blocks as rows: kind, start, end, source, level, cells."""
    return dumps(
        [
            [
                block.kind.value,
                block.span.start,
                block.span.end,
                _known(block.source),
                block.level,
                [[name, span.start, span.end] for name, span in block.cells],
            ]
            for block in blocks
        ]
    )


def load_blocks(stored: str) -> tuple[Block, ...]:
    """The blocks stored by dump_blocks."""
    return tuple(
        Block(
            BlockKind(kind),
            Span(start, end),
            _source(source),
            level,
            tuple((name, Span(first, last)) for name, first, last in cells),
        )
        for kind, start, end, source, level, cells in json.loads(stored)
    )


def page_starts(stored: str) -> tuple[tuple[int, int], ...]:
    """Where in the text the blocks stored by dump_blocks begin, and on which page; none where there are no pages."""
    if '"page":' not in stored:  # most formats have none, and their blocks need not be parsed
        return ()
    return tuple((start, source["page"]) for _, start, _, source, *_ in json.loads(stored) if "page" in source)


def _source(stored: dict[str, Json]) -> Source:
    if "box" in stored:
        stored["box"] = tuple(stored["box"])
    if "further" in stored:
        stored["further"] = tuple((page, tuple(box)) for page, box in stored["further"])
    return Source(**stored)


def dump_edits(edits: Iterable[Edit]) -> str:
    """Edits as rows: start, end, original, rule."""
    return dumps([[edit.span.start, edit.span.end, edit.original, edit.rule] for edit in edits])


def load_edits(stored: str) -> tuple[Edit, ...]:
    """The edits stored by dump_edits."""
    return tuple(Edit(Span(start, end), original, rule) for start, end, original, rule in json.loads(stored))


def dump_clauses(clauses: Iterable[Clause]) -> str:
    """Clauses as rows: level, locator, start, end, lead-in, speaker."""
    return dumps(
        [
            [
                clause.level.value,
                _known(clause.locator),
                clause.span.start,
                clause.span.end,
                [clause.lead_in.start, clause.lead_in.end] if clause.lead_in is not None else None,
                clause.speaker,
            ]
            for clause in clauses
        ]
    )


def load_clauses(stored: str, meeting: Span | None = None) -> tuple[Clause, ...]:
    """The clauses stored by dump_clauses; with ``meeting``, those that have characters of that span."""
    return tuple(
        Clause(ClauseLevel(level), Locator(**locator), Span(start, end), Span(*lead) if lead else None, speaker)
        for level, locator, start, end, lead, speaker in json.loads(stored)
        if meeting is None or (start < meeting.end and meeting.start < end)
    )


def dump_notices(notices: Iterable[Notice]) -> str:
    """Notices as pairs."""
    return dumps([[notice.code, notice.message] for notice in notices])


def load_notices(stored: str) -> tuple[Notice, ...]:
    """The notices stored by dump_notices."""
    return tuple(Notice(code, message) for code, message in json.loads(stored))


def dump_repeals(repeals: Iterable[tuple[str, date]]) -> str:
    """Repeals as pairs: work title, last day in force."""
    return dumps([[title, last.isoformat()] for title, last in repeals])


def load_repeals(stored: str) -> tuple[tuple[str, date], ...]:
    """The repeals stored by dump_repeals."""
    return tuple((title, date.fromisoformat(last)) for title, last in json.loads(stored))


def dump_amends(amends: Iterable[Amendment]) -> str:
    """Amendments as pairs: work title, places."""
    return dumps([[amendment.work, amendment.places] for amendment in amends])


def load_amends(stored: str) -> tuple[Amendment, ...]:
    """The amendments stored by dump_amends."""
    return tuple(Amendment(work, tuple(places)) for work, places in json.loads(stored))


def dump_metadata(metadata: Metadata) -> str:
    """Metadata by field name."""
    default = Metadata()
    out: dict[str, Json] = {}
    for item in fields(metadata):
        value = getattr(metadata, item.name)
        if value == getattr(default, item.name):
            continue
        if item.name in _DATES:
            value = value.isoformat()
        elif item.name == "kind":
            value = value.value
        elif item.name in _SETS:
            value = sorted(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        out[item.name] = value
    return dumps(out)


def load_metadata(stored: str) -> Metadata:
    """The metadata stored by dump_metadata."""
    values = json.loads(stored)
    for name in values.keys() & _DATES:
        values[name] = date.fromisoformat(values[name])
    for name in values.keys() & _TUPLES:
        values[name] = tuple(values[name])
    if "kind" in values:
        values["kind"] = DocumentKind(values["kind"])
    for name in values.keys() & _SETS:
        values[name] = frozenset(values[name])
    return Metadata(**values)
