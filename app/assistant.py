"""Assistant.ask: a question in, sources, text and the cited answer out. The one entry of every interface and eval."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from app.answer import draft
from app.answer.cite import evidence
from app.answer.generative import Writer, material_of
from app.answer.units import Units
from app.model import Answer, Delta, Done, Event, Evidence, Filters, Query, Ranked, Sources
from app.retrieve import retrieve
from app.settings import Clock
from app.understand import understand
from ingest.catalogue import Snapshot
from ingest.document import Caller
from ingest.errors import ConflictError, InputError
from ingest.library import Library

LONGEST_QUESTION = 2000
RETRIEVED = 20
SHOWN = 8
"""Passages sent as sources before the answer, and kept as its evidence."""


class Keeper(Protocol):
    """Where answers are kept."""

    def save(self, answer: Answer, *, caller: str, at: datetime) -> None:
        """Keep an answer under its id."""


@dataclass(frozen=True, slots=True)
class Found:
    """Ranked passages, best first, and the state of the library they come from."""

    hits: tuple[Evidence, ...]
    as_of: date
    library_revision: int

    def __iter__(self) -> Iterator[Evidence]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)


class Assistant:
    """Answers from one open library. Many threads may ask at once; each question reads one snapshot."""

    def __init__(self, library: Library, records: Keeper | None, clock: Clock, writer: Writer | None = None) -> None:
        self._library = library
        self._records = records
        self._clock = clock
        self._writer = writer
        self._units = Units()

    def ask(
        self,
        question: str,
        *,
        caller: Caller,
        as_of: date | None = None,
        filters: Filters | None = None,
        cancel: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Sources, then the text in pieces, then the answer, which is kept. InputError for a question of no use."""
        _check(question)
        return self._events(question, caller, as_of, filters or Filters(), cancel or threading.Event())

    def answer(
        self,
        question: str,
        *,
        caller: Caller,
        as_of: date | None = None,
        filters: Filters | None = None,
        cancel: threading.Event | None = None,
    ) -> Answer:
        """The finished answer."""
        for event in self.ask(question, caller=caller, as_of=as_of, filters=filters, cancel=cancel):
            if isinstance(event, Done):
                return event.answer
        raise AssertionError("an ask ends with its answer")

    def search(
        self,
        text: str,
        *,
        caller: Caller,
        as_of: date | None = None,
        filters: Filters | None = None,
        k: int = 10,
    ) -> Found:
        """The best passages for a text, as an answer would find them."""
        _check(text)
        with self._library.snapshot() as snapshot:
            query = self._understand(text, snapshot, caller, as_of, filters or Filters())
            ranked = retrieve(query, self._library, snapshot, caller, k=k)
            hits = tuple(_passages(ranked, query, snapshot, caller))
            return Found(hits, query.as_of, snapshot.revision)

    def _understand(self, text: str, snapshot: Snapshot, caller: Caller, as_of: date | None, filters: Filters) -> Query:
        return understand(text, snapshot, today=self._clock.today(), as_of=as_of, filters=filters, caller=caller)

    def _events(
        self, question: str, caller: Caller, as_of: date | None, filters: Filters, cancel: threading.Event
    ) -> Iterator[Event]:
        with self._library.snapshot() as snapshot:
            query = self._understand(question, snapshot, caller, as_of, filters)
            _stop_if(cancel)
            ranked = retrieve(query, self._library, snapshot, caller, k=RETRIEVED)
            shown = tuple(_passages(ranked[:SHOWN], query, snapshot, caller))
            yield Sources(shown)
            _stop_if(cancel)
            made = draft.answer(query, ranked, self._library, snapshot, caller, self._units)
            _stop_if(cancel)
            material = material_of(made, query, ranked, snapshot, caller) if self._writer is not None else None
            revision = snapshot.revision
        if self._writer is not None and material is not None:  # the snapshot is closed: a model may take its time
            for item in self._writer.write(query.standalone, query.as_of, made, material, cancel):
                if isinstance(item, Delta):
                    yield item
                else:
                    made = item
                _stop_if(cancel)
        answer = _finished(made, query, shown, revision)
        if made.writer is None:
            for piece in _pieces(answer):
                yield Delta(piece)
                _stop_if(cancel)
        if self._records is not None:
            self._records.save(answer, caller=caller.id, at=self._clock.now())
        yield Done(answer)


def _check(question: str) -> None:
    if not question.strip():
        raise InputError("question_empty")
    if len(question) > LONGEST_QUESTION:
        raise InputError("question_too_long", length=len(question), limit=LONGEST_QUESTION)


def _stop_if(cancel: threading.Event) -> None:
    if cancel.is_set():
        raise ConflictError("cancelled")


def _passages(ranked: Sequence[Ranked], query: Query, snapshot: Snapshot, caller: Caller) -> Iterator[Evidence]:
    for one in ranked:
        passage = one.passage
        yield evidence(
            passage.version_id,
            passage.span,
            passage.locator,
            snapshot=snapshot,
            caller=caller,
            on=query.as_of,
            passage_id=passage.id,
            score=one.score,
        )


def _finished(made: draft.Draft, query: Query, shown: tuple[Evidence, ...], revision: int) -> Answer:
    """The answer with its id. Its evidence is what it cites, then what else was found; a refusal's is only related."""
    cited = tuple(citation.evidence for citation in made.citations if citation.evidence is not None)
    refused = made.reason is not None and not made.statements
    others = tuple(one for one in shown if not any(_same(one, other) for other in cited))
    return Answer(
        id=secrets.token_hex(8),
        question=query.text,
        standalone_question=query.standalone,
        as_of=query.as_of,
        filters=replace(query.filters),
        engine=made.writer or "extractive",
        status=made.status,
        reason=made.reason,
        text=made.text,
        statements=made.statements,
        citations=made.citations,
        evidence=cited,
        related=made.related or (others[:5] if refused else others[:3]),
        notes=made.notes,
        library_revision=revision,
    )


def _same(one: Evidence, other: Evidence) -> bool:
    return one.version_id == other.version_id and one.span.start <= other.span.start and other.span.end <= one.span.end


def _pieces(answer: Answer) -> Iterator[str]:
    """The text line by line; together exactly the answer's text."""
    yield from answer.text.splitlines(keepends=True)
