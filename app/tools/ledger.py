"""A question about the ledger: what the ledgers cover, which rows it is about, what it wants computed over them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from weakref import WeakKeyDictionary

from ingest.catalogue import Snapshot
from ingest.document import Caller
from ingest.roster import View

COLUMNS = {"round": "轮次", "unit": "被巡察单位", "category": "问题类别", "state": "整改状态"}
_FACET_VALUES = 12  # another column with at most so many different values is a condition one can name


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the readable ledgers cover: values by column, other columns with few values, findings' numbers, titles."""

    rounds: tuple[str, ...]
    units: tuple[str, ...]
    categories: tuple[str, ...]
    states: tuple[str, ...]
    facets: Mapping[str, tuple[str, ...]]
    numbers: frozenset[str]
    ledgers: Mapping[str, str]  # document id → title
    pairs: frozenset[tuple[str | None, str | None]]  # (round, unit) that occur
    rounds_of: Mapping[str, frozenset[str]]  # document id → its rounds
    named: Mapping[str, tuple[str, ...]]  # columns of too many values to be met anywhere: 责任人职务, 责任部门

    @staticmethod
    def of(snapshot: Snapshot, caller: Caller) -> Vocabulary:
        """Read once for each state of the library and each caller's view of it."""
        view = snapshot.roster.view(caller)
        known = _KNOWN.get(view)
        if known is None:
            known = _KNOWN[view] = _vocabulary(snapshot, caller)
        return known


_KNOWN: WeakKeyDictionary[View, Vocabulary] = WeakKeyDictionary()


def _vocabulary(snapshot: Snapshot, caller: Caller) -> Vocabulary:
    rows = snapshot.findings(caller)
    ledgers = {header.version_id: header for header in snapshot.documents_of_findings(caller)}
    values: dict[str, dict[str, None]] = {}
    for row in rows:
        for name, value in row.fields.items():
            values.setdefault(name, {})[value] = None
    named = {column: tuple(snapshot.finding_values(caller, column)) for column in COLUMNS}
    taken = {value for column in named.values() for value in column}
    facets = {
        name: tuple(value for value in found if value)
        for name, found in values.items()
        if 1 < len(found) <= _FACET_VALUES and not taken.issuperset(found) and all(_nameable(v) for v in found)
    }
    rounds_of: dict[str, set[str]] = {}
    for row in rows:
        header = ledgers[row.id.rpartition(":")[0]]
        rounds_of.setdefault(header.document_id, set()).update([row.round] if row.round else [])
    return Vocabulary(
        rounds=named["round"],
        units=named["unit"],
        categories=named["category"],
        states=named["state"],
        facets=facets,
        numbers=frozenset(row.number for row in rows if row.number and "-" in row.number),
        ledgers={header.document_id: header.title for header in ledgers.values()},
        pairs=frozenset((row.round, row.unit) for row in rows),
        rounds_of={document: frozenset(found) for document, found in rounds_of.items()},
        named={
            name: tuple(value for value in found if value and _nameable(value))
            for name, found in values.items()
            if name not in facets and name.startswith("责任") and len(found) > 1
        },
    )


def _nameable(value: str) -> bool:
    return len(value) <= 12 and not re.search(r"\d", value)


class Measure(StrEnum):
    """What is computed over the rows that meet the conditions."""

    COUNT = "count"
    UNITS = "units"
    GROUPS = "groups"
    TOP = "top"
    RATE = "rate"
    TOP_DONE = "top done"  # ranked by the share of what is done
    AVERAGE = "average"  # findings for each value of a column
    DONE = "done"  # the share of what is done
    COMPARE = "compare"
    OF_WHICH = "of which"  # the values named in a later part of the question, among all rows
    ROWS = "rows"
    ROW = "row"  # one finding, by its number


@dataclass(frozen=True, slots=True)
class Wanted:
    """A measure; for groups and the top ones, by which column; for the top, whether the smallest, and how many.

    ``values`` are those the question names: of a comparison in its order, of OF_WHICH what is told beside the sum.
    """

    measure: Measure
    column: str = ""
    least: bool = False
    first: int = 1
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which rows. ``facets`` are conditions on other columns (巡察类型); ``excluded`` are columns' values left out."""

    rounds: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    facets: tuple[tuple[str, str], ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    documents: tuple[str, ...] = ()
    text: str | None = None
    deadline_from: date | None = None
    deadline_to: date | None = None
    number: str | None = None
    basis: str | None = None  # 《招标采购管理办法》第五条, as the question writes it


@dataclass(frozen=True, slots=True)
class LedgerQuestion:
    """A question about the ledger. ``unknown`` names what the ledger does not have; ``rest`` what was not understood."""

    wanted: tuple[Wanted, ...]
    conditions: Conditions
    unknown: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether a number is asked for."""
        numbers = (Measure.COUNT, Measure.AVERAGE, Measure.RATE, Measure.DONE, Measure.COMPARE, Measure.OF_WHICH)
        return any(wanted.measure in numbers for wanted in self.wanted)
