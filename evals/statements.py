"""True statements about ``corpus/`` and the practice libraries with the places they rest on, as the checker gets them.

One line of ``gold/statements.jsonl`` is one statement; ``cited`` are places as in the gold set, all of which it rests on::

    {"id": "d-001", "split": "dev", "kind": "number", "statement": "…",
     "cited": [{"document": "regulations/….md", "article": 2, "paragraph": 2, "quote": "…"}]}

Statements about a practice library name it: ``"library": "a"``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.answer.cite import evidence
from app.answer.generative import known_names, source_of
from app.answer.support import Source
from evals.dataset import GOLD, TODAY, GoldError, Target, target_of
from evals.gold_run import Ground, ground_of
from evals.judge import Place, locate
from ingest.catalogue import Snapshot
from ingest.document import LOCAL, Locator, Span
from ingest.library import Library

STATEMENTS = GOLD / "statements.jsonl"
MOST_OTHERS = 8
"""Sources shown beside the cited ones: those that share most with the statement, as retrieval would find them."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A true statement that is nobody's sentence, and what it rests on."""

    id: str
    split: str
    kind: str
    text: str
    cited: tuple[Target, ...]
    library: str = ""  # the letter of a practice library; "" for corpus/


@dataclass(frozen=True, slots=True)
class Unit:
    """A passage of the library as a source, with the document and the work it belongs to."""

    source: Source
    document: str
    work: str
    span: Span
    pairs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grounded:
    """A statement with its sources; ``others`` share the most with it, ``editions`` are other texts of its works."""

    statement: Statement
    cited: tuple[Source, ...]
    others: tuple[Source, ...]
    same_document: tuple[Source, ...]
    similar_documents: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """All statements with their sources, and the names that the library knows."""

    grounded: tuple[Grounded, ...]
    people: tuple[str, ...]
    units: tuple[str, ...]
    names: tuple[str, ...]


def load(path: Path = STATEMENTS) -> list[Statement]:
    """Read the statements; raises GoldError naming file and line."""
    out: list[Statement] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            cited = tuple(target_of(target) for target in row["cited"])
            library = row.get("library", "")
            out.append(Statement(row["id"], row["split"], row["kind"], row["statement"], cited, library))
        except (ValueError, KeyError, TypeError) as error:
            raise GoldError(f"{path.name} 第{number}行: {error}") from error
    return out


def pairs_of(text: str) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters and digits: how the evals compare texts."""
    runs = re.findall(r"[\u4e00-\u9fff0-9]+", text)
    return frozenset(run[i : i + 2] for run in runs for i in range(len(run) - 1))


def basis_of(library: Library, statements: Sequence[Statement]) -> Basis:
    """The statements on the library they are about; raises GoldError for a transcription that is not in its document."""
    ground = ground_of(library)
    with library.snapshot() as snapshot:
        units = list(_units(snapshot, ground))
        people, ledger = known_names(snapshot, LOCAL)
        grounded = tuple(_grounded(each, ground, units, snapshot) for each in statements)
    return Basis(grounded, people, tuple(name for name in ledger if "轮" not in name), (*people, *ledger))


def _units(snapshot: Snapshot, ground: Ground) -> Iterator[Unit]:
    for document, (version, _) in ground.texts.items():
        for passage in snapshot.passages_of(version):
            source = _source(snapshot, version, passage.span, passage.locator)
            work = ground.works.get(version, document)
            yield Unit(source, document, work, passage.span, pairs_of(source.text))


def _source(snapshot: Snapshot, version: str, span: Span, locator: Locator) -> Source:
    return source_of(evidence(version, span, locator, snapshot=snapshot, caller=LOCAL, on=TODAY), snapshot)


def _grounded(statement: Statement, ground: Ground, units: Sequence[Unit], snapshot: Snapshot) -> Grounded:
    places = [_place(statement, target, ground) for target in statement.cited]
    pairs = pairs_of(statement.text)
    near = sorted(units, key=lambda unit: (-len(pairs & unit.pairs), unit.source.text))
    own = {place.target.document for place in places}
    works = {unit.work for unit in units if unit.document in own}
    beside = [unit for unit in near if not any(_meets(unit, place) for place in places)]
    # Another edition is shown beside a text only where the question compares them: then it is cited too.
    shown = [unit for unit in beside if unit.document in own or unit.work not in works]
    return Grounded(
        statement,
        tuple(_source(snapshot, place.version_id, place.span, _locator(snapshot, place)) for place in places),
        tuple(unit.source for unit in shown[:MOST_OTHERS]),
        tuple(unit.source for unit in beside if unit.document in own)[:MOST_OTHERS],
        tuple(unit.source for unit in beside if unit.document not in own)[:MOST_OTHERS],
    )


def _meets(unit: Unit, place: Place) -> bool:
    return unit.document == place.target.document and (
        unit.span.start < place.span.end and place.span.start < unit.span.end
    )


def _place(statement: Statement, target: Target, ground: Ground) -> Place:
    place = locate(target, ground.texts)
    if place is None:
        raise GoldError(f"{statement.id}: 在 {target.document} 中找不到原文“{target.quote[:40]}”")
    return place


def _locator(snapshot: Snapshot, place: Place) -> Locator:
    """The address of the smallest clause that holds the place, or of its passage."""
    clauses = [clause for clause in snapshot.clauses(place.version_id) if clause.span.contains(place.span)]
    if clauses:
        return min(clauses, key=lambda clause: clause.span.end - clause.span.start).locator
    passages = snapshot.passages_of(place.version_id)
    return next(p for p in passages if p.span.start < place.span.end and place.span.start < p.span.end).locator
