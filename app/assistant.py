"""Assistant.ask: a question in, sources, text and the cited answer out. The one entry of every interface and eval."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from app.answer import draft, instructions
from app.answer.cite import evidence
from app.answer.generative import Writer, material_of
from app.answer.units import Units
from app.authority import CLASSES
from app.conditions import conditions, widened, without
from app.conversation import Turn, leans, rewritten, standalone
from app.explain import Explanation, explain
from app.frequencies import readable
from app.model import Answer, Condition, Delta, Done, Event, Evidence, Filters, Query, Ranked, Reason, Sources
from app.rerank import FEATURES, Reranker
from app.retrieve import candidates, interleaved, named_documents, named_works, retrieve, scope
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
    understood: tuple[Condition, ...] = ()
    notes: tuple[Reason, ...] = ()
    explanation: Explanation | None = None

    def __iter__(self) -> Iterator[Evidence]:
        return iter(self.hits)

    def __len__(self) -> int:
        return len(self.hits)


class Assistant:
    """Answers from one open library. Many threads may ask at once; each question reads one snapshot."""

    def __init__(
        self,
        library: Library,
        records: Keeper | None,
        clock: Clock,
        writer: Writer | None = None,
        reranker: Reranker = FEATURES,
        authority: Sequence[str] = CLASSES,
    ) -> None:
        self._library = library
        self._records = records
        self._clock = clock
        self._writer = writer
        self._reranker = reranker
        self._authority = tuple(authority)
        self._units = Units()

    def ask(
        self,
        question: str,
        *,
        caller: Caller,
        as_of: date | None = None,
        filters: Filters | None = None,
        cancel: threading.Event | None = None,
        turns: Sequence[Turn] = (),
        conversation: str | None = None,
        ignore: Sequence[str] = (),
    ) -> Iterator[Event]:
        """Sources, then the text in pieces, then the answer, which is kept. InputError for a question of no use.

        ``turns`` are what was asked and answered before, the last one last: a follow-up is understood in their light.
        ``conversation`` is where the answer is kept as the next turn. ``ignore`` are words of the question that are to
        be no condition (``Condition.text``).
        """
        _check(question)
        asked = _Asked(question, as_of, filters or Filters(), tuple(turns), conversation, tuple(ignore))
        return self._events(asked, caller, cancel or threading.Event())

    def answer(
        self,
        question: str,
        *,
        caller: Caller,
        as_of: date | None = None,
        filters: Filters | None = None,
        cancel: threading.Event | None = None,
        turns: Sequence[Turn] = (),
        conversation: str | None = None,
        ignore: Sequence[str] = (),
    ) -> Answer:
        """The finished answer."""
        events = self.ask(
            question,
            caller=caller,
            as_of=as_of,
            filters=filters,
            cancel=cancel,
            turns=turns,
            conversation=conversation,
            ignore=ignore,
        )
        for event in events:
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
        ignore: Sequence[str] = (),
        explained: bool = False,
    ) -> Found:
        """The best passages for a text, as an answer would find them; ``explained``: with the reasons."""
        _check(text)
        with self._library.snapshot() as snapshot:
            query = self._understand(text, snapshot, caller, as_of, filters or Filters(), ignore)
            query = _usable(query, snapshot, caller)
            ranked = candidates(query, self._library, snapshot, caller, k=k, reranker=self._reranker)
            hits = tuple(_passages(ranked[:k], query, snapshot, caller))
            why = explain(query, ranked, k, self._library, snapshot, caller, self._reranker) if explained else None
            drawn = conditions(query, snapshot, caller)
            return Found(hits, query.as_of, snapshot.revision, drawn, query.notes, why)

    def _understand(
        self,
        text: str,
        snapshot: Snapshot,
        caller: Caller,
        as_of: date | None,
        filters: Filters,
        ignore: Sequence[str],
    ) -> Query:
        """The question without the conditions taken back."""
        words = without(text, ignore) or text
        today = self._clock.today()
        query = understand(words, snapshot, today=today, as_of=as_of, filters=filters, caller=caller)
        return replace(query, authority=self._authority)

    def _alone(self, asked: _Asked, caller: Caller, cancel: threading.Event) -> str:
        """The question with what the turns before it say; by rules, and by the model for what they do not cover."""
        if not asked.turns:
            return asked.question
        with self._library.snapshot() as snapshot:
            alone = standalone(asked.question, asked.turns, snapshot, caller, readable(self._library, snapshot, caller))
        if alone == asked.question.strip() and self._writer is not None and leans(alone):
            return rewritten(self._writer.model, alone, asked.turns, cancel)
        return alone

    def _events(self, asked: _Asked, caller: Caller, cancel: threading.Event) -> Iterator[Event]:
        alone = self._alone(asked, caller, cancel)
        with self._library.snapshot() as snapshot:
            query = self._understand(alone, snapshot, caller, asked.as_of, asked.filters, asked.ignore)
            query = replace(query, text=asked.question)
            drawn = conditions(query, snapshot, caller)
            _stop_if(cancel)
            rankings = [
                retrieve(part, self._library, snapshot, caller, k=RETRIEVED, reranker=self._reranker)
                for part in query.parts or (query,)
            ]
            ranked = interleaved(rankings)[:RETRIEVED]
            shown = tuple(_passages(ranked[:SHOWN], query, snapshot, caller))
            yield Sources(shown)
            _stop_if(cancel)
            ranked = instructions.material(ranked, query, snapshot)
            made = draft.answer(query, ranked, self._library, snapshot, caller, self._units, rankings)
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
        answer = _finished(made, query, shown, revision, self._depends_on(), asked.conversation)
        answer = replace(answer, understood=drawn)
        if made.writer is None:
            for piece in _pieces(answer):
                yield Delta(piece)
                _stop_if(cancel)
        if self._records is not None:
            self._records.save(answer, caller=caller.id, at=self._clock.now())
        yield Done(answer)

    def _depends_on(self) -> dict[str, str]:
        """What an answer depends on besides the library's revision: a change of it may change the answer."""
        made_by = self._library.manifest()
        facts: dict[str, str] = {name: made_by[name] for name in ("build", "embedder") if name in made_by}
        facts["questions"] = self._library.embedder.question_id
        return facts | ({"model": self._writer.model.name} if self._writer is not None else {})


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question as it came."""

    question: str
    as_of: date | None
    filters: Filters
    turns: tuple[Turn, ...]
    conversation: str | None
    ignore: tuple[str, ...]


def _check(question: str) -> None:
    if not question.strip():
        raise InputError("question_empty")
    if len(question) > LONGEST_QUESTION:
        raise InputError("question_too_long", length=len(question), limit=LONGEST_QUESTION)


def _usable(query: Query, snapshot: Snapshot, caller: Caller) -> Query:
    """The question as a search puts it: where the work it names has nothing to use, an answer says why instead."""
    if query.parts:
        parts = tuple(_usable(part, snapshot, caller) for part in query.parts)
        told = dict.fromkeys(note for part in parts for note in part.notes)
        return replace(query, parts=parts, notes=tuple(told))
    limited = named_works(query) or named_documents(query)
    return widened(query) if limited and not scope(query, snapshot, caller).versions else query


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


def _finished(
    made: draft.Draft,
    query: Query,
    shown: tuple[Evidence, ...],
    revision: int,
    settings: Mapping[str, str],
    conversation: str | None,
) -> Answer:
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
        settings=settings,
        conversation=conversation,
    )


def _same(one: Evidence, other: Evidence) -> bool:
    return one.version_id == other.version_id and one.span.start <= other.span.start and other.span.end <= one.span.end


def _pieces(answer: Answer) -> Iterator[str]:
    """The text line by line; together exactly the answer's text."""
    yield from answer.text.splitlines(keepends=True)
